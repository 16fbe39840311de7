// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {IAccountScan} from "./IAccountScan.sol";

/// @title Solvency auditor
/// @notice Recomputes from the accounts what the house claims, for anyone. Whoever proves that an identity of the books fails stops
/// everybody from adding risk; nothing else is stopped.
/// @dev Everything is refused while a batch is open (ILedger.AlreadyInBatch): between two sides of a posting nothing adds up.
interface ISolvencyAuditor is IAccountScan {
    /// @notice What must hold whenever no batch is open. The figure is the difference from it; the subject says of what.
    enum Identity {
        /// The vault's balance of a token, less what the ledger owes of it: not negative. Subject: the asset, 0 for cash.
        Custody,
        /// Cash of all accounts as last written, the vault's included: zero. No subject.
        Cash,
        /// What accounts hold of a collateral, less the total that the ledger keeps: zero. Subject: the asset.
        Collateral,
        /// Contracts of a bucket's perpetual or future: zero until the expiry. Subject: the bucket.
        Quantity,
        /// Quotes of a bucket, its clearing and closeout accounts included: zero. Subject: the bucket.
        Quote,
        /// Contracts of an option: zero until the expiry. Subject: the instrument.
        Option,
        /// Cash of the fee account, the insurance account or a bucket's clearing account: not negative. Subject: the account.
        SystemCash
    }

    /// @notice Custody of one token, in its own unit. @param held The vault's balance, as the token says. @param recorded What the vault
    /// says it owes. @param owed What the ledger says.
    struct TokenCustody {
        address token;
        uint256 held;
        uint256 recorded;
        uint256 owed;
    }

    /// @notice What one call can see. Cash is USD with 6 decimals.
    /// @param holds Whether custody covers every token, and none of the accounts in here is overdrawn.
    /// @param tokens The cash token first. @param fees, interest, insurance Cash of the house's own accounts; interest may be below
    /// zero by what was rounded or not collected yet. @param openDeficit Losses that nobody has borne yet.
    /// @param supplied, borrowed Cash owed to and by accounts, interest up to now included.
    /// @param clearingCash Cash of all perpetuals' clearing accounts; those of expiries are in the pages. @param overdrawn Accounts among
    /// fees, insurance and clearing that are below zero. @param accounts In the list, the house's own included.
    struct Summary {
        bool holds;
        bool isRiskPaused;
        TokenCustody[] tokens;
        int256 fees;
        int256 interest;
        int256 insurance;
        uint256 openDeficit;
        uint256 supplied;
        uint256 borrowed;
        int256 clearingCash;
        uint256 overdrawn;
        uint256 perpetuals;
        uint256 accounts;
    }

    /// @notice Sums over the accounts of a page. Added up over pages of one block they are those of all accounts.
    /// @param next The account that the following page starts at; zero after the last.
    /// @param storedCash As last written: zero over all pages. @param cash With interest up to now.
    /// @param supplied, borrowed Positive and negative cash of traders with interest up to now; over all pages those of the pool, but for
    /// rounding by a unit for each account. @param collaterals By asset, the first at index 0.
    /// @param instruments Ascending, what is zero left out: over all pages quantity and quote of each sum to zero; after an expiry quotes
    /// only, because sweeps turn the contracts of one account after the other into quote.
    /// @param equity Sum of equities above zero. @param shortfall Sum of those below, as a magnitude, unreadable accounts as in `scan`.
    /// @param belowMaintenance, insolvent, unreadable, overdrawn Accounts with equity below maintenance margin, below zero, without a margin
    /// that can be read, and of the house's own that are below zero but must not be.
    struct Page {
        uint256 next;
        int256 storedCash;
        int256 cash;
        uint256 supplied;
        uint256 borrowed;
        uint256[] collaterals;
        InstrumentSum[] instruments;
        uint256 equity;
        uint256 shortfall;
        uint256 belowMaintenance;
        uint256 insolvent;
        uint256 unreadable;
        uint256 overdrawn;
    }

    /// @param quantity Contracts, 8 decimals. @param quote USD; zero for options.
    struct InstrumentSum {
        InstrumentId instrument;
        int256 quantity;
        int256 quote;
    }

    struct AtRisk {
        AccountId account;
        int256 equity;
        uint256 maintenance;
    }

    /// @notice An identity failed and was proven; adding risk is paused since.
    event Tripped(Identity indexed identity, uint256 indexed subject, int256 difference, address indexed by);
    event DifferenceAccepted(Identity indexed identity, uint256 indexed subject, uint256 magnitude);
    event ScanStarted(uint40 indexed startedAt, uint256 accounts);
    event ScanCompleted(uint40 indexed startedAt, uint256 accounts, uint256 unreadable, uint256 shortfall);

    /// @notice Nothing is wrong, or no more than what was accepted or what rounding explains.
    error IdentityHolds(Identity identity, uint256 subject, int256 difference);
    error UnknownSubject(Identity identity, uint256 subject);
    /// @notice Raise the gas limit: reading one more account may take so much.
    error ScanNeedsGas(uint256 available, uint256 required);

    // ───────────────────────────────────────────── identities

    /// @notice Whether an identity holds now, and by how much it does not. Sums loop over all accounts.
    function check(Identity identity, uint256 subject) external view returns (bool holds, int256 difference);

    /// @notice Pauses adding risk if an identity fails. Anyone may call. The proof is one transaction, because pages read in several
    /// would be torn by the trades between them: sums reach as many accounts as a block's gas (docs/audit.md).
    /// Requirements: the identity fails by more than was accepted, a token's custody by more than a millionth (rounding of tokens that
    /// rebase), cash by anything; the auditor holds the guardian role.
    function trip(Identity identity, uint256 subject) external;

    /// @notice Takes note of a failure that stays, such as a token that lost value in custody: up to this difference the identity no
    /// longer trips. Zero forgets it. Requirements: risk role.
    function accept(Identity identity, uint256 subject, uint256 magnitude) external;

    function accepted(Identity identity, uint256 subject) external view returns (uint256 magnitude);

    // ───────────────────────────────────────────── views

    function summary() external view returns (Summary memory);

    /// @notice Sums over accounts `from` to `from + count − 1` of the list. The house's accounts that may not be in the list (fees,
    /// interest, insurance, deficit, vault) are in the first page, a bucket's closeout account with its clearing account.
    function audit(uint256 from, uint256 count) external view returns (Page memory);

    /// @notice Up to `most` accounts among `from` to `from + count − 1` with the lowest E − MM, the lowest first. Accounts that owe nothing
    /// and accounts without a readable margin are left out.
    function largestAtRisk(uint256 from, uint256 count, uint256 most) external view returns (AtRisk[] memory);

    // ───────────────────────────────────────────── the scan

    /// @notice Goes on with the pass over all accounts that were open when it started, by at most `count` accounts, fewer when gas runs
    /// short; begins one if none is under way. Adds up what accounts owe beyond all they have, at the prices of the moment. A pass that
    /// is not complete after `PASS_SECONDS` is given up. Anyone may call.
    /// @dev An account whose margin cannot be read does not stop the pass: nothing that it has counts then, and everything that it owes
    /// or paid for does.
    /// @return scanned Accounts of this call. @return complete Whether this call completed the pass.
    function scan(uint256 count) external returns (uint256 scanned, bool complete);

    /// @notice The pass under way: zeros if there is none.
    function currentScan()
        external
        view
        returns (uint40 startedAt, uint256 next, uint256 end, uint256 unreadable, uint256 shortfall);
}

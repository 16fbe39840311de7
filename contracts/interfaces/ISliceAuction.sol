// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {ILiquidationEngine} from "./ILiquidationEngine.sol";

/// @title Slice auction: the waterfall after margin relief
/// @notice What margin relief does not cure is sold in slices at one falling price for the whole account, which goes on below zero:
/// there the insurance account pays. What that cannot pay is deleveraged, and what is left then is an open deficit. At every equity there
/// is a price at which somebody gains by taking the account over.
/// @dev The price is P(s) = top − s·(top − bottom), s from 0 to 1 over `durationSeconds`, top = E less the first discount of it where
/// E > 0, bottom = min(E, 0) − MM. It stays at the bottom. Parts move at the mark, which changes nobody's equity, so buying a slice at P
/// means earning the discount E − P on it. A slice is measured by the maintenance margin that it takes away: discount·(MM − MM')/MM. For
/// a slice pro rata that is the share sold; for any other choice of parts it is what the choice relieves, so that all slices together
/// never earn more than the whole, whatever is chosen. For the same reason E⁺ counts, for each unit of MM, with no more than at the lowest
/// sale of the auction. See docs/waterfall.md.
interface ISliceAuction {
    /// @param durationSeconds From the first to the lowest price; 60 seconds to one day.
    /// @param reliefSeconds How long an account with equity is left to margin relief before an auction may start; at most one day.
    /// @param firstDiscountBps Discount of the first price from positive equity; at most 2,000.
    /// @param insuranceCapBps Share of the insurance account's cash that losses on one underlying may use up, unless the underlying has a
    /// cap of its own; 100 to 10,000. @param insuranceWindowSeconds In which a share that is used up comes back, evenly; one hour to 30 days.
    struct AuctionParameters {
        uint32 durationSeconds;
        uint32 reliefSeconds;
        uint16 firstDiscountBps;
        uint16 insuranceCapBps;
        uint32 insuranceWindowSeconds;
    }

    event AuctionStarted(AccountId indexed account, int256 equity, uint256 maintenance);
    /// @notice Nothing of the account can be taken now, so its price starts from the top again.
    event AuctionPostponed(AccountId indexed account);
    event AuctionEnded(AccountId indexed account, int256 equity, uint256 maintenance);
    /// @param price Of the whole account when the slice was sold. @param discount Paid to the bidder. @param insurancePaid Out of the
    /// insurance account. @param deficitPaid Out of the deficit account. USD, 6 decimals.
    event SliceSold(
        AccountId indexed account,
        AccountId indexed bidder,
        ILiquidationEngine.PositionPart[] positions,
        ILiquidationEngine.CollateralPart[] collaterals,
        int256 price,
        uint256 discount,
        uint256 insurancePaid,
        uint256 deficitPaid,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    );
    /// @notice What the insurance account paid for losses on an underlying; 0: of accounts that hold nothing any more.
    event InsuranceDrawn(uint8 indexed underlying, uint256 amount);
    /// @notice The perpetuals of an account were closed against the other side. @param deficit What was missing.
    /// @param insurancePaid, covered, deficitPaid How much of it the insurance account, the other side and the deficit account bore.
    event AccountDeleveraged(
        AccountId indexed account,
        uint256 deficit,
        uint256 insurancePaid,
        uint256 covered,
        uint256 deficitPaid
    );
    /// @notice An account that holds next to nothing but a debt was paid out.
    event DeficitCovered(AccountId indexed account, uint256 insurancePaid, uint256 deficitPaid);
    event AuctionParametersSet(AuctionParameters parameters);
    event InsuranceCapSet(uint8 indexed underlying, uint16 capBps);

    /// @notice Margin relief has the account until then: an account with equity must be flagged (ILiquidationEngine.flag) and wait.
    /// @param availableFrom Zero while it is not flagged.
    error AuctionTooEarly(AccountId account, uint40 availableFrom);
    error AuctionRunning(AccountId account);
    error NoAuction(AccountId account);
    /// @notice The insurance account cannot pay for this slice, and the account's perpetuals come before the deficit account: take
    /// less, or deleverage. @param available What its caps leave for these parts.
    error InsuranceExhausted(uint256 needed, uint256 available);
    /// @notice The account owes nothing, or the insurance account can pay it: it is not deleveraged before twice the auction's time.
    error InsuranceSuffices(AccountId account, uint256 deficit);
    error NoPerpetuals(AccountId account);
    /// @notice The account still has positions or tokens, or owes nothing.
    error NoBareDeficit(AccountId account, int256 equity, uint256 maintenance);

    // ───────────────────────────────────────────── anyone

    /// @notice Starts the auction of an account below maintenance margin: at once if its equity is gone, otherwise when relief has had its
    /// time. Ends it when the account recovered. Brings a running auction back to its first price while nothing of the account can be taken,
    /// because feeds are dead, markets closed or settlement prices not proven. An auction that has been at its lowest price for
    /// `LAPSE_SECONDS` is over: another may be started. As a batch of its own (ILedger.NotAlone).
    function start(AccountId account) external;

    /// @notice Takes parts of the account over at the mark and pays the slice's discount to the bidder: out of the account as far as E/MM
    /// stays what it was, the rest out of the insurance account within its caps, and, once the account has neither equity nor perpetuals,
    /// out of the deficit account. What nobody pays lowers the discount.
    /// Requirements: those of ILiquidationEngine.liquidate, but equity may be gone; an auction runs; the batch has not changed the account
    /// before. E − MM of the account rises, E/MM never falls, and E stays at or below the target as there.
    /// @param request `minReward` is the least discount (USD, 6 decimals) for this slice that the bidder accepts.
    function bid(ILiquidationEngine.Request calldata request) external;

    /// @notice Closes the perpetuals of an account in auction against the other side. The insurance account pays first, within its caps by
    /// underlying; the other side pays what is missing then (ICompulsoryCloses.deleverage), the deficit account what that leaves.
    /// Requirements: the account has perpetuals; it owes more than the insurance account can pay, or nobody took it in twice the auction's
    /// time, and it is below its maintenance margin. Where it has equity its perpetuals are closed at the mark, and nobody pays; its
    /// maintenance margin must fall. What cannot be closed now keeps its part of the debt. As a batch of its own.
    function deleverage(AccountId account) external;

    /// @notice Pays the debt of an account that has nothing else: from the insurance account within its caps, the rest from the deficit
    /// account. Also that of an account whose maintenance margin is at most `DUST_MARGIN` and which nobody took in the auction's time.
    /// As a batch of its own: nobody pays for a loss that the same batch made. Requirements: it is a trader's account.
    function coverDeficit(AccountId account) external;

    // ───────────────────────────────────────────── views

    /// @notice Price of the whole account now, USD with 6 decimals; below zero others than the account pay.
    /// Equity and maintenance margin are those at the prices the feeds have now, `elapsed` the seconds that count.
    function quote(
        AccountId account
    ) external view returns (int256 price, int256 equity, uint256 maintenance, uint256 elapsed);

    /// @notice When the auction started or was postponed; zero if none runs or it has lapsed.
    function startedAt(AccountId account) external view returns (uint40);
    /// @notice Equity (zero if it was below) and maintenance margin at the sale of the auction with the lowest E/MM; zeros before the first.
    function lowestSale(AccountId account) external view returns (uint256 equity, uint256 maintenance);
    /// @notice What the insurance account would pay now for losses on an underlying, USD with 6 decimals; 0: for bare debts.
    function insuranceRoom(uint8 underlying) external view returns (uint256);
    /// @return capBps Zero: the default. @return used What counts against the cap, as last written. @return updatedAt When that was.
    function insuranceCap(uint8 underlying) external view returns (uint16 capBps, uint128 used, uint40 updatedAt);
    function auctionParameters() external view returns (AuctionParameters memory);

    // ───────────────────────────────────────────── administration

    /// @notice Requirements: risk role; the bounds of the struct.
    function setAuctionParameters(AuctionParameters calldata parameters) external;
    /// @notice Gives an underlying a cap of its own; zero: the default. Requirements: risk role; zero, or 100 to 10,000.
    function setInsuranceCap(uint8 underlying, uint16 capBps) external;
}

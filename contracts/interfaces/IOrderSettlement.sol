// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";

/// @title Order settlement
/// @notice Turns signed orders into postings. Holds no balances and takes no custody of orders: makers sign, takers submit.
/// @dev EIP-712 domain: name "Counterpoise", version "1", chain id, this contract. Prices have 8 decimals, quantities 8, USD 6.
interface IOrderSettlement {
    /// @notice One leg of a combination. @param ratio Contracts per combination, 8 decimals; positive: the signer buys.
    struct Leg {
        uint64 instrument;
        int64 ratio;
    }

    /// @notice An order as it is signed. The complementary side takes the negative of every leg at the same net price.
    /// @param owner, subaccount The account. @param signer Owner, ERC-1271 wallet or delegate that signs.
    /// @param taker Only this address may fill; zero: anyone.
    /// @param legs Perpetuals, futures and options of any underlyings and expiries: ascending instruments, no duplicates, no zero ratio.
    /// @param quantity Combinations, 8 decimals. An order with one leg may be filled in parts, others at once.
    /// @param limitPrice Most the account pays for one combination, USD, 8 decimals; negative: least it must receive.
    /// @param maxFeeBps Highest fee rate that the account accepts on any leg, of the leg's notional.
    /// @param triggerPrice Index (8 decimals) of the first leg's underlying at which the order comes alive; zero: alive at once.
    /// @param triggerAbove Alive at or above the trigger (true) or at or below it (false).
    /// @param reduceOnly Every leg must shrink a position of the account.
    /// @param expiry Seconds; dead after it. @param nonce Any number; cancelling it cancels every order that carries it.
    /// @param epoch The account's cancel-all counter.
    struct Order {
        address owner;
        uint96 subaccount;
        address signer;
        address taker;
        Leg[] legs;
        uint64 quantity;
        int256 limitPrice;
        uint16 maxFeeBps;
        uint64 triggerPrice;
        bool triggerAbove;
        bool reduceOnly;
        uint40 expiry;
        uint256 nonce;
        uint32 epoch;
    }

    /// @notice One maker order to fill. @param quantity Combinations to fill.
    struct Fill {
        Order order;
        bytes signature;
        uint64 quantity;
    }

    /// @notice Fees and the price band, basis points. The notional of a leg is its contracts at the index, whatever its kind. One slot.
    /// @param makerBps, takerBps Of the notional of perpetuals and futures; at most 100.
    /// @param priceBandBps Most that a net price may deviate from the mark, of the notional of all legs; 10 to 2,000. For options too:
    /// the mark of an option is Black-76 on the surface, but the deviation is a share of the notional, not of the premium.
    /// @param optionMakerBps, optionTakerBps Of the notional of options; at most 100.
    /// @param optionFeeCapBps Most that an option leg costs in fees, of its premium at the mark; at most 5,000.
    struct Fees {
        uint16 makerBps;
        uint16 takerBps;
        uint16 priceBandBps;
        uint16 optionMakerBps;
        uint16 optionTakerBps;
        uint16 optionFeeCapBps;
    }

    /// @param price Net price of one combination as the maker signed it. @param taker, maker Accounts.
    /// @param makerFee, takerFee USD, 6 decimals.
    event OrderFilled(
        bytes32 indexed orderHash,
        AccountId indexed maker,
        AccountId indexed taker,
        uint64 quantity,
        int256 price,
        uint256 makerFee,
        uint256 takerFee,
        uint64 filledTotal
    );
    event NonceCancelled(AccountId indexed account, uint256 indexed nonce);
    event AllOrdersCancelled(AccountId indexed account, uint32 newEpoch);
    event FeesSet(Fees fees);

    error OrderExpired(bytes32 orderHash, uint40 expiry);
    error OrderCancelled(bytes32 orderHash);
    error OrderOverfilled(bytes32 orderHash, uint64 requested, uint64 left);
    error PartialFillOfCombination(bytes32 orderHash, uint64 requested, uint64 quantity);
    error InvalidSignature(bytes32 orderHash, address signer);
    error SignerNotAuthorized(AccountId account, address signer);
    error TakerNotNamed(bytes32 orderHash, address named, address taker);
    error SelfFill(AccountId maker, AccountId taker);
    error InvalidLegs(bytes32 orderHash);
    error TooManyLegs(uint256 given, uint256 maximum);
    error NotTriggered(bytes32 orderHash, uint64 index, uint64 triggerPrice);
    error NotReducing(bytes32 orderHash, InstrumentId instrument);
    error FeeAboveLimit(bytes32 orderHash, uint256 feeBps, uint256 maxFeeBps);
    error PriceOutsideBand(bytes32 orderHash, uint256 deviationBps, uint256 bandBps);
    /// @notice The makers' prices together are worse than the taker's limit. USD, 6 decimals.
    error TakerLimitExceeded(int256 cost, int256 limit);
    error NothingToFill();
    error TooManyFills(uint256 given, uint256 maximum);
    error InvalidFees(string reason);
    error NoncesNotAscending();

    /// @notice Fills one or several makers' orders from the taker's account, at the makers' prices; both sides are checked once.
    /// @dev A maker's cost is limitPrice·quantity rounded down to 1e-6 USD, so that its limit holds whatever part is filled, and
    /// the taker's is the exact negative. Fees round up. An order with one leg books at its price; with several legs each leg
    /// books at its mark (perpetual: index, future: forward, option: premium) and the rest of the net price moves as cash. What a leg
    /// of an option costs moves as cash at once, so that a combination of options costs exactly its net price in cash.
    /// @param maxCost Most the taker pays in all, fees excluded, USD with 6 decimals; negative: least it must receive.
    /// Requirements: the caller may trade for the taker's account; see the errors.
    function fill(AccountId taker, Fill[] calldata fills, int256 maxCost) external;

    /// @notice Cancels every order of the account that carries one of the nonces. Callable by owner and trading delegates.
    function cancel(AccountId account, uint256[] calldata nonces) external;
    /// @notice Cancels every order of the account signed so far.
    function cancelAll(AccountId account) external;

    function hashOrder(Order calldata order) external view returns (bytes32);
    function filledQuantity(bytes32 orderHash) external view returns (uint64);
    function isNonceCancelled(AccountId account, uint256 nonce) external view returns (bool);
    function epochOf(AccountId account) external view returns (uint32);
    /// @notice Whether an order could be filled now by `taker`, before margin, open interest, vega caps and the limits of delegates;
    /// reverts with the reason if not. Looks at the newest prices and surfaces, and at the caller as the taker's actor if it may
    /// trade for the account, else at the owner. A side that a leg brings closer to zero needs no fresh price or surface.
    function checkOrder(Fill calldata fill_, AccountId taker) external view;
    function fees() external view returns (Fees memory);
    function setFees(Fees calldata fees_) external;
}

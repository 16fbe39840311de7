import { usdText } from "../format.ts";
import type { ErrorTable } from "./table.ts";

/** IOrderSettlement. */
export const exchangeErrors: ErrorTable = {
  "OrderExpired(bytes32 orderHash, uint40 expiry)": (w) => [
    `${w.order()} expired at ${w.time("expiry")}.`,
    "Ask the maker for a new order.",
  ],
  "OrderCancelled(bytes32 orderHash)": (w) => [
    `${w.order()} was cancelled by its maker.`,
    "Ask for a new order; the maker signs it with a fresh nonce and the account's present epoch.",
  ],
  "OrderOverfilled(bytes32 orderHash, uint64 requested, uint64 left)": (w) => [
    `${w.order()} has ${w.quantity("left")} left, less than the ${w.quantity("requested")} to be filled.`,
    "Fill at most what is left.",
  ],
  "PartialFillOfCombination(bytes32 orderHash, uint64 requested, uint64 quantity)": (w) => [
    `${w.order()} has several legs and is filled whole or not at all: ${w.quantity("quantity")}, not ${w.quantity("requested")}.`,
    "Fill the whole quantity.",
  ],
  "InvalidSignature(bytes32 orderHash, address signer)": (w) => [
    `The signature of order ${w.address("orderHash")} is not by ${w.address("signer")}.`,
    "Check that the order was not changed after signing, and that it was signed for this chain and this contract.",
  ],
  "SignerNotAuthorized(bytes32 account, address signer)": (w) => [
    `${w.address("signer")} may not sign orders for account ${w.accountInside()}.`,
    "The owner must sign, or grant the signer a delegation to trade that has not expired.",
  ],
  "TakerNotNamed(bytes32 orderHash, address named, address taker)": (w) => [
    `${w.order()} may be filled by ${w.address("named")} only, not by ${w.address("taker")}.`,
    "Ask for an order that names you, or none.",
  ],
  "SelfFill(bytes32 maker, bytes32 taker)": (w) => [
    `Accounts ${w.accountInside("maker")} and ${w.accountInside("taker")} have the same owner, so they cannot trade with each other.`,
    "Fill somebody else's order.",
  ],
  "InvalidLegs(bytes32 orderHash)": (w) => [
    `The legs of order ${w.address("orderHash")} are not valid: instruments ascend, each once, no ratio is zero, and every leg is a whole number of units.`,
    "Build the order with the SDK, and fill a quantity that divides.",
  ],
  "TooManyLegs(uint256 given, uint256 maximum)": (w) => [
    `The order has ${w.text("given")} legs, more than ${w.text("maximum")}.`,
    "Split it into several orders.",
  ],
  "NotTriggered(bytes32 orderHash, uint64 index, uint64 triggerPrice)": (w) => [
    `${w.order()} waits for an index of ${w.price("triggerPrice")}; it is ${w.price("index")}.`,
    "Fill it when the index has reached the trigger.",
  ],
  "NotReducing(bytes32 orderHash, uint64 instrument)": (w) => [
    `${w.order()} is reduce-only, but its maker has no position in ${w.instrument()} that this fill would shrink.`,
    "Fill less, or another order.",
  ],
  "FeeAboveLimit(bytes32 orderHash, uint256 feeBps, uint256 maxFeeBps)": (w) => [
    `The maker fee is ${w.percent("feeBps")}, above the ${w.percent("maxFeeBps")} that order ${w.address("orderHash")} allows.`,
    "Ask the maker for an order with a higher fee limit.",
  ],
  "PriceOutsideBand(bytes32 orderHash, uint256 deviationBps, uint256 bandBps)": (w) => [
    w.big("deviationBps") >= 1n << 64n
      ? `The price of order ${w.address("orderHash")} is far outside the band of ${w.percent("bandBps")} around the mark.`
      : `The price of order ${w.address("orderHash")} is ${w.percent("deviationBps")} of the notional from the mark; the band is ${w.percent("bandBps")}.`,
    "Trade closer to the mark.",
  ],
  "TakerLimitExceeded(int256 cost, int256 limit)": (w) => [
    w.big("cost") < 0n
      ? `The fills would pay ${usdText(-w.big("cost"))}, less than the limit of ${usdText(-w.big("limit"), "up")}.`
      : `The fills would cost ${usdText(w.big("cost"), "up")}, more than the limit of ${w.usd("limit")}.`,
    "Raise the limit, or choose better orders.",
  ],
  "NothingToFill()": () => [
    "There is nothing to fill.",
    "Name at least one order, and a quantity above zero for each.",
  ],
  "TooManyFills(uint256 given, uint256 maximum)": (w) => [
    `There are ${w.text("given")} fills, more than ${w.text("maximum")}.`,
    "Split them over several calls.",
  ],
  "InvalidFees(string reason)": (w) => [
    `The fees are not valid: ${w.text("reason")}.`,
    "Choose fees within the bounds that the contract states.",
  ],
  "NoncesNotAscending()": () => ["The nonces to cancel do not ascend.", "Sort them, each once; the SDK does."],
};

/** ILiquidationEngine. */
export const liquidationErrors: ErrorTable = {
  "NotLiquidatable(bytes32 account, int256 equity, uint256 maintenance)": (w) => [
    `${w.account()} is healthy: its equity of ${w.usd("equity")} covers the maintenance margin of ${w.usd("maintenance", "up")}.`,
    "Only accounts below maintenance margin can be liquidated.",
  ],
  "EquityExhausted(bytes32 account, int256 equity)": (w) => [
    `${w.account()} has no equity left (${w.usd("equity")}), so no reward can be paid from it.`,
    "This stage of liquidation is over; the next stages of the loss waterfall take it from here.",
  ],
  "NothingToLiquidate()": () => ["The request names nothing to take.", "Name at least one position or collateral."],
  "PartExceedsPosition(uint64 instrument, int64 requested, int64 held)": (w) => [
    `The account holds ${w.quantity("held")} of ${w.instrument()}, so ${w.quantity("requested")} cannot be taken.`,
    "Take at most what it holds, with the same sign.",
  ],
  "CollateralPartExceedsHolding(uint8 asset, uint256 requested, uint256 held)": (w) => [
    `The account holds ${w.text("held")} smallest units of ${w.asset()}, not ${w.text("requested")}.`,
    "Take at most what it holds.",
  ],
  "LiquidationPastTarget(bytes32 account, int256 equity, uint256 targetEquity)": (w) => [
    `The parts would bring account ${w.accountInside()} to ${w.usd("equity", "up")} of equity, past the target of ${w.usd("targetEquity")}.`,
    "Take less.",
  ],
  "NoMarginRelieved(bytes32 account, uint256 maintenanceBefore, uint256 maintenanceAfter)": (w) => [
    `Taking these parts would not lower the maintenance margin of account ${w.accountInside()}: ${w.usd("maintenanceBefore")} before, ${w.usd("maintenanceAfter", "up")} after.`,
    "Take positions that are not hedges of the others.",
  ],
  "RewardTooLow(uint256 reward, uint256 minReward)": (w) => [
    `The reward would be ${w.usd("reward")}, less than the ${w.usd("minReward", "up")} asked for.`,
    "Ask for less, or wait: the share rises with time.",
  ],
  "SelfLiquidation(bytes32 account)": (w) => [
    `Account ${w.accountInside()} and the liquidator's account have the same owner.`,
    "Liquidate with an account of another owner.",
  ],
  "PartsNotAscending(uint256 index)": (w) => [
    `Part ${w.big("index") + 1n} does not come after the one before it.`,
    "Sort positions by instrument and collateral by asset, each once.",
  ],
};

/** ISliceAuction. */
export const auctionErrors: ErrorTable = {
  "AuctionTooEarly(bytes32 account, uint40 availableFrom)": (w) =>
    w.big("availableFrom") === 0n
      ? [
          `${w.account()} still has equity and was not flagged, so its auction cannot start.`,
          "Flag it: margin relief has it first.",
        ]
      : [
          `Margin relief has account ${w.accountInside()} until ${w.time("availableFrom")}.`,
          "Liquidate parts of it now, or start the auction then.",
        ],
  "AuctionRunning(bytes32 account)": (w) => [`The auction of account ${w.accountInside()} runs already.`, "Bid in it."],
  "NoAuction(bytes32 account)": (w) => [`No auction of account ${w.accountInside()} runs.`, "Start it first."],
  "InsuranceExhausted(uint256 needed, uint256 available)": (w) => [
    `The slice would need ${w.usd("needed", "up")} of the insurance account, which can pay ${w.usd("available")} for these parts.`,
    "Take less, or deleverage the account.",
  ],
  "InsuranceSuffices(bytes32 account, uint256 deficit)": (w) => [
    `The insurance account can pay the ${w.usd("deficit")} that account ${w.accountInside()} owes, so nobody is deleveraged yet.`,
    "Bid in the auction. An account that nobody took in twice the auction's time is closed all the same.",
  ],
  "NoPerpetuals(bytes32 account)": (w) => [
    `${w.account()} has no perpetuals that could be closed.`,
    "Bid for what it has, or cover its deficit.",
  ],
  "NoBareDeficit(bytes32 account, int256 equity, uint256 maintenance)": (w) => [
    `${w.account()} is not one that only owes: its equity is ${w.usd("equity")}, its maintenance margin ${w.usd("maintenance", "up")}.`,
    "Bid for what it has.",
  ],
};

import { usdText } from "../format.ts";
import type { ErrorTable, Words } from "./table.ts";

const PAUSABLE_ACTIONS = ["taking risk", "opening accounts", "liquidation", "moving tokens between accounts"] as const;

const WAIT_FOR_PRICE = "Closing positions and adding collateral stay possible; try again when the price is back.";

/** What separates the equity from the requirement, as a deposit. */
const shortfall = (w: Words, equity: string, required: string): string =>
  usdText(w.big(required) - w.big(equity), "up");

const wholeUsd = (w: Words, name: string): string => usdText(w.big(name) * 1_000_000n);

/** ILedger: what the clearing house says to traders, modules and administrators. */
export const ledgerErrors: ErrorTable = {
  "AlreadyInBatch()": () => [
    "The clearing house is in the middle of a batch and was called again from inside it.",
    "Put the call into the batch itself, and do not call the clearing house from a token or wallet hook.",
  ],
  "NotAlone()": () => [
    "This function is a batch of its own: it was called as one of several calls of a batch.",
    "Call it directly.",
  ],
  "NotInBatch()": () => ["This function works only while a batch is open.", "Call it from a call of a batch."],
  "EmptyBatch()": () => ["The batch has no calls.", "Give it at least one call."],
  "TooManyCalls(uint256 given, uint256 maximum)": (w) => [
    `The batch has ${w.text("given")} calls, more than ${w.text("maximum")}.`,
    "Split it into several batches.",
  ],
  "UnauthorizedModule(address target)": (w) => [
    `A call of the batch goes to ${w.address("target")}, which is not a module of the clearing house.`,
    "Batches may call the clearing house, order settlement and the liquidation engine; check the addresses of this chain.",
  ],
  "ActionPaused(uint8 action)": (w) => [
    `The guardian has paused ${PAUSABLE_ACTIONS[Number(w.big("action"))] ?? `action ${w.text("action")}`}.`,
    "Closing positions, adding collateral and withdrawing what is free stay possible; try the rest later.",
  ],
  "UnknownAccount(bytes32 account)": (w) => [
    `${w.account()} was never opened.`,
    "Deposit into it first, from its owner or an operator.",
  ],
  "NotAuthorized(bytes32 account, address actor)": (w) => [
    `${w.address("actor")} may not act for account ${w.accountInside()}.`,
    "Use the owner's wallet, or let the owner grant a delegation of the right scope that has not expired.",
  ],
  "SystemAccount(bytes32 account)": (w) => [
    `${w.account()} belongs to the protocol and cannot be used like this.`,
    "Use an account of a trader.",
  ],
  "ZeroAmount()": () => ["The amount is zero.", "Give an amount above zero."],
  "SameAccount(bytes32 account)": (w) => [
    `${w.account()} is on both sides of the transfer.`,
    "Choose another account to send to.",
  ],
  "UnknownCollateral(address token)": (w) => [
    `The clearing house does not take the token ${w.token()}.`,
    "Use the cash token or one of the listed collateral tokens, and check the addresses of this chain.",
  ],
  "UnknownInstrument(uint64 instrument)": (w) => [
    `There is no market for ${w.instrument()}.`,
    "Use one of the listed instruments.",
  ],
  "CollateralCapExceeded(address token, uint256 total, uint256 cap)": (w) => [
    `The vault would hold ${w.tokens("total")}, but takes at most ${w.tokens("cap")}.`,
    "Deposit less, or another token.",
  ],
  "CollateralSlotClosed(bytes32 account, address token)": (w) => [
    `${w.account()} does not hold ${w.token()} yet, and only its owner or an operator may bring a new token to it.`,
    "Let the owner deposit first; others can top up afterwards.",
  ],
  "TopUpTooSmall(address token, uint256 amount, uint256 minimum)": (w) => [
    `Others than the owner top up with at least ${w.tokens("minimum")}; this is ${w.tokens("amount")}.`,
    "Deposit more, or deposit as the owner.",
  ],
  "TooManyPositions(bytes32 account, uint256 maximum)": (w) => [
    `At most ${w.text("maximum")} positions of account ${w.accountInside()} can be taken at once.`,
    "Name fewer positions.",
  ],
  "TooManyPostings(bytes32 account, uint256 maximum)": (w) => [
    `The batch changes positions and collateral of account ${w.accountInside()} more than ${w.text("maximum")} times.`,
    "Split it into several batches.",
  ],
  "TooManyCollaterals(bytes32 account, uint256 maximum)": (w) => [
    `${w.account()} would hold, or give at once, more than ${w.text("maximum")} kinds of collateral.`,
    "Withdraw one of them first, or name fewer.",
  ],
  "TooManyAccountsInBatch(uint256 maximum)": (w) => [
    `The batch touches more than ${w.text("maximum")} accounts.`,
    "Split it into several batches.",
  ],
  "InsufficientCollateral(bytes32 account, address token, uint256 requested, uint256 available)": (w) => [
    `${w.account()} holds ${w.tokens("available")}, not ${w.tokens("requested")}.`,
    "Ask for at most what it holds.",
  ],
  "InsufficientCash(bytes32 account, uint256 requested, int256 available)": (w) => [
    w.big("requested") === (1n << 256n) - 1n
      ? `${w.account()} has no cash to take out: its balance is ${w.usd("available")}.`
      : `${w.account()} has ${w.usd("available")} of cash, not ${w.usd("requested", "up")}.`,
    "Cash leaves only as far as it is there; settling a profitable position turns profit into cash first.",
  ],
  "UtilizationTooHigh(uint256 utilizationBps, uint256 limitBps)": (w) => [
    `${w.percent("utilizationBps")} of the cash would be lent out after this withdrawal; the limit is ${w.percent("limitBps")}.`,
    "Withdraw less, or later when borrowers have paid back.",
  ],
  "OpenInterestCapExceeded(uint64 instrument, uint256 openInterest, uint256 cap)": (w) => [
    `The open interest of ${w.instrument()} would be ${w.quantity("openInterest")} contracts; the cap is ${w.quantity("cap")}.`,
    "Trade less, or close positions only.",
  ],
  "MarketReduceOnly(uint64 instrument)": (w) => [
    `${w.instrument()} can only be closed at present.`,
    "Trade at most what is needed to bring positions to zero, on both sides.",
  ],
  "MarketWindingDown(uint64 instrument)": (w) => [
    `${w.instrument()} is coming to its end, and is not traded any more once its time has come.`,
    "Before its time positions can be closed; after it, windDown closes all at the proven price and settle pays. Anybody may call both.",
  ],
  "TooManyExpiries(bytes32 account, uint256 maximum)": (w) => [
    `${w.account()} would be in more than ${w.text("maximum")} expiries.`,
    "Close everything in one of them first, settle one that is over, or use another account.",
  ],
  "ExpiryNotEmpty(bytes32 account, uint32 bucket)": (w) => [
    `${w.account()} has options of ${w.expiry()} already, so all options of that expiry cannot be taken as one.`,
    "Name the options one by one, or take them with an account that has none there.",
  ],
  "TooManyOptions(bytes32 account, uint256 maximum)": (w) => [
    `${w.account()} would have options at more than ${w.text("maximum")} strikes.`,
    "Close those at one of them first, or use another account.",
  ],
  "QuantityNotInLots(uint64 instrument, int64 quantity, uint64 lot)": (w) => [
    `${w.quantity("quantity")} contracts of ${w.instrument()} are not tradable: options come in lots of ${w.quantity("lot")}, and there is a limit to how many an account may have.`,
    "Trade a multiple of the lot, or less.",
  ],
  "VegaCapExceeded(uint32 bucket, uint256 vega, uint256 cap)": (w) => [
    `All options of ${w.expiry()} together could move by ${wholeUsd(w, "vega")} with 100 volatility points; the cap is ${wholeUsd(w, "cap")}.`,
    "Trade less, or close positions only.",
  ],
  "MarketExpired(uint64 instrument)": (w) => [
    `${w.instrument()} has expired and can no longer be traded.`,
    "It turns into cash with settleExpiry once the settlement price is proven; anybody may do both.",
  ],
  "StaleSurface(uint32 bucket, uint40 updatedAt)": (w) => [
    w.big("updatedAt") === 0n
      ? `There is no forward and volatility for ${w.expiry()} yet.`
      : `Forward and volatility of ${w.expiry()} are too old: they are from ${w.time("updatedAt")}.`,
    "Closing positions and adding collateral stay possible; try again after the next report of the surface.",
  ],
  "SettlementPriceUnknown(uint32 bucket)": (w) => [
    `The settlement price of ${w.expiry()} has not been proven yet.`,
    "Anybody may prove it with proveExpiry at the market data contract, once the price feed has a round after the expiry.",
  ],
  "StalePrice(uint8 underlying, uint40 updatedAt)": (w) => [
    `The price of ${w.underlying()} is too old: it is from ${w.time("updatedAt")}.`,
    WAIT_FOR_PRICE,
  ],
  "PriceOutOfBounds(uint8 underlying, uint64 lastGoodPrice)": (w) => [
    `The feed of ${w.underlying()} gives an absurd price; the last good one is ${w.price("lastGoodPrice")}.`,
    WAIT_FOR_PRICE,
  ],
  "PriceUnconfirmed(uint8 underlying, uint64 boundedPrice)": (w) => [
    `The price of ${w.underlying()} jumped, and no second round has confirmed it; until then it counts as ${w.price("boundedPrice")}.`,
    WAIT_FOR_PRICE,
  ],
  "MarketClosed(uint8 underlying)": (w) => [
    `The market of ${w.underlying()} is closed.`,
    "Positions can be closed now, and opened after the market has reopened.",
  ],
  "SequencerDown(uint8 underlying)": (w) => [
    `The chain's sequencer was down a moment ago, so the price of ${w.underlying()} is not trusted yet.`,
    WAIT_FOR_PRICE,
  ],
  "CashDepegged(uint64 cashPrice)": (w) => [
    `${w.cash()} trades at ${w.price("cashPrice")}, too low for anybody to add risk.`,
    "Closing positions and adding collateral stay possible.",
  ],
  "InsufficientMargin(bytes32 account, int256 equity, uint256 required)": (w) => [
    `${w.account()} would have ${w.usd("equity")} of equity but needs ${w.usd("required", "up")} initial margin.`,
    `Deposit ${shortfall(w, "equity", "required")} more of ${w.cash()} or reduce the trade.`,
  ],
  "CashDeficit(bytes32 account, int256 cash, uint256 collateral)": (w) => [
    `${w.account()} owes ${usdText(-w.big("cash"), "up")} of cash, but its collateral counts only ${w.usd("collateral")} after haircut.`,
    `Deposit ${usdText(-w.big("cash") - w.big("collateral"), "up")} of ${w.cash()} or add collateral.`,
  ],
  "AccountNotSafer(bytes32 account, int256 excessBefore, int256 excessAfter)": (w) => [
    `${w.account()} is below its initial margin, and this would not make it safer: equity minus requirement would go from ${w.usd("excessBefore")} to ${w.usd("excessAfter")}.`,
    "Only deposits and trades that reduce positions are possible now; deposit or trade less.",
  ],
  "EquityLossTooLarge(bytes32 account, int256 loss, uint256 allowed)": (w) => [
    `${w.account()} is below its initial margin, and this close would cost it ${w.usd("loss", "up")}; at most ${w.usd("allowed")} is allowed.`,
    "Close at a better price, or deposit first.",
  ],
  "LiquidationNotImproving(bytes32 account, int256 excessBefore, int256 excessAfter)": (w) => [
    `The liquidation would not help account ${w.accountInside()}: equity minus maintenance margin would go from ${w.usd("excessBefore")} to ${w.usd("excessAfter")}.`,
    "Take parts that relieve margin, and do nothing else with the account in the same batch.",
  ],
  "DelegationExpired(address owner, address delegate, uint40 expiry)": (w) => [
    `The delegation of ${w.address("owner")} to ${w.address("delegate")} ended at ${w.time("expiry")}.`,
    "Let the owner grant a new one.",
  ],
  "DelegationSlippageExceeded(address delegate, uint256 slippageBps, uint256 maximumBps)": (w) => [
    `The fill is ${w.percent("slippageBps")} worse than the index, fees included; the delegation of ${w.address("delegate")} allows ${w.percent("maximumBps")}.`,
    "Fill at a better price, or let the owner trade.",
  ],
  "DelegationNotionalExceeded(address delegate, uint256 notional, uint256 left)": (w) => [
    `The fill is worth ${wholeUsd(w, "notional")}, but ${w.address("delegate")} may trade only ${wholeUsd(w, "left")} more today.`,
    "Trade less, wait for the next day (UTC), or let the owner raise the limit.",
  ],
  "InvalidDelegation(string reason)": (w) => [
    `The delegation is not valid: ${w.text("reason")}.`,
    "Correct it and grant it again.",
  ],
  "InvalidParameter(string name, uint256 value)": (w) => [
    `The parameter ${w.text("name")} cannot be ${w.text("value")}.`,
    "Choose a value within the bounds that the interface documents.",
  ],
};

/** ICollateralVault. */
export const vaultErrors: ErrorTable = {
  "OnlyClearingHouse(address caller)": (w) => [
    `The vault moves tokens for the clearing house only, not for ${w.address("caller")}.`,
    "Deposit and withdraw at the clearing house.",
  ],
  "VaultShortfall(address token, uint256 held, uint256 recorded)": (w) => [
    `The vault holds ${w.tokens("held")} but owes ${w.tokens("recorded")}, so it takes no deposits of the token.`,
    "Deposit another token.",
  ],
  "NothingReceived(address token)": (w) => [
    `Nothing of ${w.token()} arrived at the vault.`,
    "The token keeps what is sent, or does not move at all: use another token.",
  ],
  "UnexpectedBalance(address token, uint256 expected, uint256 held)": (w) => [
    `The vault should hold ${w.tokens("expected")} after the transfer but holds ${w.tokens("held")}.`,
    "The token does not behave like one: use another token.",
  ],
};

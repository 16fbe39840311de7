import type { ErrorTable } from "./table.ts";

/** IMarketData. */
export const marketDataErrors: ErrorTable = {
  "UnknownUnderlying(uint8 underlying)": (w) => [
    `${w.underlying()} has no price feed.`,
    "Use one of the listed underlyings.",
  ],
  "InvalidFeedConfig(string reason)": (w) => [
    `The feed cannot be used: ${w.text("reason")}.`,
    "Check the feed and its settings against the bounds that the interface documents.",
  ],
  "InsufficientGas(uint256 available, uint256 required)": (w) => [
    `Only ${w.text("available")} gas was left to read a price feed with; ${w.text("required")} is needed.`,
    "Raise the gas limit of the transaction.",
  ],
};

/** IRiskEngine, IRiskParameters, IMarginLens and IOptionLens. */
export const riskErrors: ErrorTable = {
  "UnderlyingWithoutParameters(uint8 underlying)": (w) => [
    `${w.underlying()} has no risk parameters.`,
    "The risk role must publish parameters for it before anybody can hold it.",
  ],
  "CollateralWithoutParameters(uint8 asset)": (w) => [
    `${w.asset()} has no risk parameters.`,
    "The risk role must publish parameters for it before anybody can be margined with it.",
  ],
  "PortfolioTooLarge(uint256 words, uint256 maximum)": (w) => [
    `The portfolio has ${w.text("words")} entries, more than ${w.text("maximum")}.`,
    "Assess a smaller portfolio.",
  ],
  "ParameterOutOfBounds(string name, uint256 value, uint256 minimum, uint256 maximum)": (w) => [
    `The parameter ${w.text("name")} is ${w.text("value")}, outside ${w.text("minimum")} to ${w.text("maximum")}.`,
    "Choose a value within the bounds.",
  ],
  "WrongCorrelationCount(uint256 given, uint256 expected)": (w) => [
    `There are ${w.text("given")} correlations, but that many underlyings have ${w.text("expected")}.`,
    "Give the lower triangle row by row.",
  ],
  "MatrixNotPositiveSemidefinite(uint256 row)": (w) => [
    `The correlation matrix is not positive semidefinite (row ${w.text("row")}).`,
    "Shrink the correlations towards zero, or estimate them from the same window.",
  ],
  "LotTooLarge(uint8 lotExponent)": (w) => [
    `A lot of 10^(${w.text("lotExponent")} − 8) contracts is more than any expiry has.`,
    "Give a portfolio as the clearing house makes it.",
  ],
  "WrongOptionTable(address table, bytes32 codeHash)": (w) => [
    `The option table at ${w.address("table")} is not the one that the risk engine was made for.`,
    "Deploy the tables of this release, and check their code hashes.",
  ],
  "PriceOutsideBounds(uint256 price, uint256 lowest, uint256 limit)": () => [
    "No volatility gives the option this price.",
    "Give a price from the payoff at the forward up to, but not at, the forward (call) or strike (put).",
  ],
  "NoTimeLeft()": () => [
    "The option has expired, so its price says nothing about volatility.",
    "Ask before the expiry.",
  ],
  "PriceWithoutVolatility(uint64 instrument, uint64 price, uint64 lowest, uint64 highest)": (w) => [
    `No volatility makes ${w.instrument()} worth ${w.price("price")}.`,
    `Give a price from ${w.price("lowest")} up to, but not at, ${w.price("highest")}.`,
  ],
  "NotThatMuchHeld(address token, uint256 held)": (w) => [
    `The account holds ${w.tokens("held")}, less than the hypothetical withdrawal takes.`,
    "Ask about at most what it holds.",
  ],
};

/** IInstrumentRegistry. */
export const registryErrors: ErrorTable = {
  "InvalidSymbol(string symbol)": (w) => [
    `"${w.text("symbol")}" is not a symbol.`,
    "Symbols are 2 to 10 upper-case letters and digits.",
  ],
  "SymbolTaken(string symbol, uint8 underlying)": (w) => [
    `The symbol ${w.text("symbol")} belongs to underlying ${w.text("underlying")} already.`,
    "Choose another symbol.",
  ],
  "TooManyUnderlyings(uint256 maximum)": (w) => [
    `All ${w.text("maximum")} numbers of underlyings are taken.`,
    "No more can be listed on this clearing house.",
  ],
  "UnknownSymbol(string symbol)": (w) => [
    `No underlying has the symbol "${w.text("symbol")}".`,
    "Check the spelling; symbols are in capitals.",
  ],
  "UnknownName(string name)": (w) => [
    `No listed instrument has the name "${w.text("name")}".`,
    'Names look like "ETH-PERP", "ETH-27MAR26" or "ETH-27MAR26-3000-C".',
  ],
  "FeedMismatch(string expectedDescription, string description)": (w) => [
    `The feed says "${w.text("description")}", not "${w.text("expectedDescription")}".`,
    "Check the feed's address for this chain.",
  ],
  "AlreadyListed(uint64 instrument)": (w) => [`There is a market of ${w.instrument()} already.`, "Trade it."],
  "GridNotSet(uint8 underlying)": (w) => [
    `Nobody may list expiries and options of ${w.underlying()} yet.`,
    "The listing role must set its grid first.",
  ],
  "ExpiryOutsideGrid(uint8 underlying, uint40 expiry)": (w) => [
    `${w.time("expiry")} is not on the calendar of expiries of ${w.underlying()}.`,
    "Choose a day, a Friday or the last Friday of a month near enough, at 08:00 UTC; the registry's grid says how near.",
  ],
  "StrikeNotOnStep(uint64 instrument, uint64 strike, uint64 step)": (w) => [
    `The strike ${w.price("strike")} lies between two strikes of the grid, which are ${w.price("step")} apart there.`,
    "Choose a multiple of the step.",
  ],
  "StrikeOutsideRange(uint64 instrument, uint64 strike, uint256 lowest, uint256 highest)": (w) => [
    `The strike ${w.price("strike")} is too far from the present price: strikes from ${w.price("lowest")} to ${w.price("highest")} can be listed.`,
    "Choose a strike within the range.",
  ],
  "TooManyLiveExpiries(uint8 underlying, uint256 maximum)": (w) => [
    `${w.underlying()} has ${w.text("maximum")} expiries already.`,
    "List it when one of them is over.",
  ],
  "TooManyListedOptions(uint32 bucket, uint256 maximum)": (w) => [
    `The expiry has ${w.text("maximum")} options already.`,
    "The listing role may list more.",
  ],
};

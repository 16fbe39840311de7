/** Portfolios that are not: parts of one, one after trades and flows, one at another price; contracts/views/Hypothesis.sol. */
import { decodeInstrument, encodeInstrument, expiryOf, type Instrument, Kind } from "../instruments.ts";
import type { Exposure, Holding, OptionEntry, ParameterSet, Portfolio, Surface } from "../types.ts";
import { abs, divDown, QUANTITY_PRICE_TO_USD } from "./fixedPoint.ts";
import { values } from "./values.ts";

/** One position of a portfolio. */
export interface Position {
  readonly instrument: bigint;
  /** Contracts, 8 decimals. */
  readonly quantity: bigint;
  readonly exposure: Exposure;
}

/** What a trade needs to know about a bucket that the account does not hold; surface and lot for an expiry. */
export type TradeMarket = Pick<Exposure, "openInterest" | "price" | "status"> & {
  readonly surface?: Surface;
  readonly lotExponent?: number;
};

/** A hypothetical trade of any instrument; without a price it is at the mark. */
export interface Trade {
  readonly instrument: bigint;
  readonly quantity: bigint;
  readonly price?: bigint;
  readonly market?: TradeMarket;
}

/**
 * A hypothetical deposit (positive) or withdrawal: cash in its own unit (6 decimals), or a token in 8 decimals. `market` is needed
 * for a token the account does not hold; `total` is then what the vault holds of it before.
 */
export type Flow =
  | { readonly kind: "cash"; readonly amount: bigint }
  | {
      readonly kind: "token";
      readonly asset: number;
      readonly amount: bigint;
      readonly market?: Pick<Holding, "underlying" | "total" | "price" | "status">;
    };

/** A hypothetical trade that the clearing house would refuse. */
export class TradeError extends RangeError {
  override readonly name = "TradeError";
}

/** Most lots of one option that an account may be long or short. */
const MAX_LOTS = 2n ** 29n - 1n;

/** Every position, one for each instrument, in the order of the words. */
export function positionsOf({ exposures }: Portfolio): Position[] {
  return exposures.flatMap((exposure): Position[] => {
    const { underlying, expiryHours, quantity, dated } = exposure;
    const of = (kind: number, strike: number, contracts: bigint): Position[] =>
      contracts === 0n
        ? []
        : [
            {
              instrument: encodeInstrument({ underlying, expiryHours, kind, strike }),
              quantity: contracts,
              exposure,
            },
          ];
    const lot = lotOf(dated?.lotExponent ?? 0);
    return [
      ...of(Kind.Linear, 0, quantity),
      ...(dated?.options ?? []).flatMap(({ strike, calls, puts }) => [
        ...of(Kind.Call, strike, calls * lot),
        ...of(Kind.Put, strike, puts * lot),
      ]),
    ];
  });
}

/** Exposures without cash and collateral. */
export function only(portfolio: Portfolio, exposures: readonly Exposure[]): Portfolio {
  return { ...portfolio, cash: 0n, exposures, holdings: [] };
}

/** Every position alone, without cash and collateral. */
export function singles(portfolio: Portfolio): Portfolio[] {
  return positionsOf(portfolio).map(({ instrument, quantity, exposure }) => {
    const { dated, ...linear } = { ...exposure, quantity: 0n };
    const empty = dated === undefined ? linear : { ...linear, dated: { ...dated, options: [] } };
    return only(portfolio, [changed(empty, decodeInstrument(instrument), quantity)]);
  });
}

/** The portfolio after trades and flows that did not happen; `assess` it for its margin. */
export function whatIf(
  portfolio: Portfolio,
  trades: readonly Trade[],
  flows: readonly Flow[],
  parameters: ParameterSet,
): Portfolio {
  const traded = trades.reduce((before, trade) => applyTrade(before, trade, parameters), portfolio);
  return flows.reduce(applyFlow, traded);
}

/** The portfolio with one underlying at another price; surfaces stay, so forwards move in proportion. */
export function reprice(portfolio: Portfolio, underlying: number, price: bigint): Portfolio {
  const at = <T extends { readonly underlying: number; readonly price: bigint }>(word: T): T =>
    word.underlying === underlying ? { ...word, price } : word;
  return { ...portfolio, exposures: portfolio.exposures.map(at), holdings: portfolio.holdings.map(at) };
}

/** What a position is worth at the mark, USD with 16 decimals. */
export function valueOf(
  portfolio: Portfolio,
  { instrument, quantity, exposure }: Position,
  parameters: ParameterSet,
): bigint {
  const surface = exposure.dated?.surface;
  const item = { instrument, quantity, spot: exposure.price, ...(surface === undefined ? {} : { surface }) };
  if (surface !== undefined && portfolio.now === undefined) {
    throw new TradeError("The portfolio needs the time (now): it has expiries.");
  }
  return values([item], portfolio.now ?? 0n, parameters)[0]!;
}

/** A lot in contracts with 8 decimals. */
export const lotOf = (lotExponent: number): bigint => 10n ** BigInt(lotExponent);

function applyTrade(portfolio: Portfolio, trade: Trade, parameters: ParameterSet): Portfolio {
  const instrument = decodeInstrument(trade.instrument);
  const isTraded = (e: Exposure) => e.underlying === instrument.underlying && e.expiryHours === instrument.expiryHours;
  const known = portfolio.exposures.find(isTraded);
  const before = known ?? opened(trade, instrument);
  requireTradable(portfolio, trade);
  const cost =
    trade.price === undefined
      ? valueOf(portfolio, { instrument: trade.instrument, quantity: trade.quantity, exposure: before }, parameters)
      : trade.quantity * trade.price;
  const withLot = before.dated?.options.length === 0 ? relotted(before, trade.market?.lotExponent) : before;
  const after = changed(withLot, instrument, trade.quantity);
  return {
    ...portfolio,
    cash: portfolio.cash + divDown(-cost, QUANTITY_PRICE_TO_USD),
    exposures: known ? portfolio.exposures.map((e) => (isTraded(e) ? after : e)) : [...portfolio.exposures, after],
  };
}

function opened({ market }: Trade, { underlying, expiryHours }: Instrument): Exposure {
  if (market === undefined) {
    throw new Error(
      `The account holds nothing in this bucket of underlying ${underlying}: give the market of the trade.`,
    );
  }
  const { surface, lotExponent = 0, ...words } = market;
  const linear = { ...words, underlying, expiryHours, quantity: 0n };
  if (expiryHours === 0) return linear;
  if (surface === undefined) throw new Error("The trade opens an expiry: give its surface and lot.");
  return { ...linear, dated: { surface, lotExponent, options: [] } };
}

/** A future's exposure may not say what a lot is. */
function relotted(exposure: Exposure, lotExponent: number | undefined): Exposure {
  if (exposure.dated === undefined || lotExponent === undefined) return exposure;
  return { ...exposure, dated: { ...exposure.dated, lotExponent } };
}

function requireTradable({ now }: Portfolio, { instrument }: Trade): void {
  const expiry = expiryOf(instrument);
  if (expiry !== undefined && now !== undefined && now * 1_000n >= BigInt(expiry.getTime())) {
    throw new TradeError(`Instrument ${instrument} has expired.`);
  }
}

/** The exposure with more of one instrument. */
function changed(exposure: Exposure, { kind, strike }: Instrument, quantity: bigint): Exposure {
  const { dated } = exposure;
  if (kind === Kind.Linear || dated === undefined) return { ...exposure, quantity: exposure.quantity + quantity };
  const lot = lotOf(dated.lotExponent);
  if (quantity % lot !== 0n) throw new TradeError(`${quantity} is not a whole number of lots of ${lot}.`);
  const known = dated.options.find((entry) => entry.strike === strike);
  const before = known ?? { strike, calls: 0n, puts: 0n };
  const lots = quantity / lot;
  const after: OptionEntry =
    kind === Kind.Call ? { ...before, calls: before.calls + lots } : { ...before, puts: before.puts + lots };
  if (abs(after.calls) > MAX_LOTS || abs(after.puts) > MAX_LOTS) {
    throw new TradeError(`No account may have more than ${MAX_LOTS} lots of an option.`);
  }
  const options = known ? dated.options.map((entry) => (entry === known ? after : entry)) : [...dated.options, after];
  return { ...exposure, dated: { ...dated, options } };
}

function applyFlow(portfolio: Portfolio, flow: Flow): Portfolio {
  if (flow.kind === "cash") return { ...portfolio, cash: portfolio.cash + flow.amount };
  const known = portfolio.holdings.find((h) => h.asset === flow.asset);
  if (known === undefined && flow.market === undefined) {
    throw new Error(`The account does not hold asset ${flow.asset}: give the market of the deposit.`);
  }
  const before = known ?? { ...flow.market!, asset: flow.asset, amount: 0n };
  if (before.amount + flow.amount < 0n) {
    throw new RangeError(`The account holds ${before.amount} of asset ${flow.asset}, less than ${abs(flow.amount)}.`);
  }
  const after = { ...before, amount: before.amount + flow.amount, total: before.total + flow.amount };
  return {
    ...portfolio,
    holdings: known ? portfolio.holdings.map((h) => (h === known ? after : h)) : [...portfolio.holdings, after],
  };
}

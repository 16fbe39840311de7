/** Portfolios that are not: after trades and flows, or at another price. The twin of contracts/views/Hypothesis.sol. */
import { bucketOf, decodeInstrument } from "../instruments.ts";
import type { Exposure, Holding, Market, ParameterSet, Portfolio } from "../types.ts";
import { BPS, divUp, max, valueDown } from "./fixedPoint.ts";
import { assess } from "./riskEngine.ts";

/** A market that the account may not be in yet. */
export interface MarketState extends Market {
  readonly openInterest: bigint;
}

export interface HypotheticalTrade {
  readonly instrument: bigint;
  /** Contracts; negative to sell. */
  readonly quantity: bigint;
  /** 8 decimals; the mark unless told. */
  readonly price?: bigint;
  /** Needed where the portfolio has no position in the instrument. */
  readonly market?: MarketState;
}

/** A deposit (positive) or withdrawal of collateral, in the token's own unit. */
export interface HypotheticalFlow {
  readonly asset: number;
  readonly underlying: number;
  readonly decimals: number;
  readonly amount: bigint;
  /** What the account, and what the vault holds of it before. */
  readonly held: bigint;
  readonly total: bigint;
  /** Needed where the portfolio does not hold the asset. */
  readonly market?: Market;
}

/** A hypothesis that cannot be. */
export class HypothesisError extends Error {
  override readonly name = "HypothesisError";
}

/** Open interest stays: it depends on the other side too. Fees are left out. */
export function afterTrade(portfolio: Portfolio, trade: HypotheticalTrade): Portfolio {
  const { underlying, expiryHours } = decodeInstrument(trade.instrument);
  const isIt = (e: Exposure): boolean => e.underlying === underlying && e.expiryHours === expiryHours;
  const known = portfolio.exposures.find(isIt);
  const market = known ?? trade.market;
  if (market === undefined) {
    throw new HypothesisError(`The trade in bucket ${bucketOf(trade.instrument)} needs the state of its market.`);
  }
  const changed: Exposure = {
    underlying,
    expiryHours,
    quantity: (known?.quantity ?? 0n) + trade.quantity,
    openInterest: market.openInterest,
    price: market.price,
    status: market.status,
  };
  return {
    ...portfolio,
    cash: portfolio.cash + valueDown(-trade.quantity, trade.price ?? market.price),
    exposures:
      known === undefined ? [...portfolio.exposures, changed] : portfolio.exposures.map((e) => (isIt(e) ? changed : e)),
  };
}

/** @param amount USD, 6 decimals; negative: a withdrawal. */
export const afterCashFlow = (portfolio: Portfolio, amount: bigint): Portfolio => ({
  ...portfolio,
  cash: portfolio.cash + amount,
});

export function afterFlow(portfolio: Portfolio, flow: HypotheticalFlow): Portfolio {
  if (flow.held + flow.amount < 0n) {
    throw new HypothesisError(`The account holds ${flow.held} of asset ${flow.asset}, less than the withdrawal takes.`);
  }
  const isIt = (h: Holding): boolean => h.asset === flow.asset;
  const known = portfolio.holdings.find(isIt);
  const market = known ?? flow.market;
  if (market === undefined)
    throw new HypothesisError(`The flow of asset ${flow.asset} needs the price of its underlying.`);
  const changed: Holding = {
    asset: flow.asset,
    underlying: flow.underlying,
    amount: toEightDecimals(flow.held + flow.amount, flow.decimals, false),
    total: toEightDecimals(flow.total + flow.amount, flow.decimals, true),
    price: market.price,
    status: market.status,
  };
  const holdings =
    known === undefined ? [...portfolio.holdings, changed] : portfolio.holdings.map((h) => (isIt(h) ? changed : h));
  return { ...portfolio, holdings };
}

/** The portfolio at another price of one underlying. */
export function atPrice(portfolio: Portfolio, underlying: number, price: bigint): Portfolio {
  const reprice = <T extends Exposure | Holding>(word: T): T =>
    word.underlying === underlying ? { ...word, price } : word;
  return {
    ...portfolio,
    exposures: portfolio.exposures.map(reprice),
    holdings: portfolio.holdings.map(reprice),
  };
}

export interface LiquidationPrices {
  /** First price on the way down at which equity no longer meets maintenance margin; undefined: none above zero. */
  readonly below: bigint | undefined;
  /** The same on the way up; undefined: none up to ten times the present price. */
  readonly above: bigint | undefined;
}

const PRICE_RANGE = 10n;
const MAX_PRICE = (1n << 64n) - 1n;

/**
 * Equity is linear in a price and the requirement convex, so the prices at which the account is healthy form an interval: an
 * account that is healthy now leaves it at most once on either side. Both prices are the present one where it is not.
 */
export function liquidationPrices(
  portfolio: Portfolio,
  underlying: number,
  parameters: ParameterSet,
): LiquidationPrices {
  const price = [...portfolio.exposures, ...portfolio.holdings].find((w) => w.underlying === underlying)?.price;
  if (price === undefined || price === 0n) return { below: undefined, above: undefined };
  const isHealthy = (at: bigint): boolean => {
    const margin = assess(atPrice(portfolio, underlying, at), parameters);
    return margin.equity >= margin.maintenance;
  };
  if (!isHealthy(price)) return { below: price, above: price };
  const highest = price * PRICE_RANGE < MAX_PRICE ? price * PRICE_RANGE : MAX_PRICE;
  return {
    below: isHealthy(0n) ? undefined : edge(price, 0n, isHealthy),
    above: isHealthy(highest) ? undefined : edge(price, highest, isHealthy),
  };
}

/** The first price from one that is healthy to one that is not, by bisection. */
function edge(healthy: bigint, unhealthy: bigint, isHealthy: (price: bigint) => boolean): bigint {
  while (healthy > unhealthy ? healthy - unhealthy > 1n : unhealthy - healthy > 1n) {
    const middle = (healthy + unhealthy) / 2n;
    if (isHealthy(middle)) healthy = middle;
    else unhealthy = middle;
  }
  return unhealthy;
}

export interface Summary {
  /** Equity over maintenance margin; undefined without requirement. */
  readonly healthBps: bigint | undefined;
  /** Equity above initial margin. */
  readonly free: bigint;
  /** Sum of the initial margins of the positions taken alone, and that of the positions together; without collateral. */
  readonly isolated: bigint;
  readonly portfolioMargin: bigint;
  /** 1 − portfolioMargin / isolated. */
  readonly gainBps: bigint;
}

/** What a front-end shows beside the margin. */
export function summarize(portfolio: Portfolio, parameters: ParameterSet): Summary {
  const { equity, initial, maintenance } = assess(portfolio, parameters);
  const positive = max(equity, 0n);
  const alone = (exposures: readonly Exposure[]): bigint =>
    assess({ cash: 0n, cashPrice: portfolio.cashPrice, exposures, holdings: [] }, parameters).initial;
  const isolated = portfolio.exposures.reduce((sum, exposure) => sum + alone([exposure]), 0n);
  const portfolioMargin = alone(portfolio.exposures);
  return {
    healthBps:
      maintenance === 0n && equity >= 0n ? undefined : maintenance === 0n ? 0n : (positive * BPS) / maintenance,
    free: max(positive - initial, 0n),
    isolated,
    portfolioMargin,
    gainBps: (max(isolated - portfolioMargin, 0n) * BPS) / max(isolated, 1n),
  };
}

function toEightDecimals(amount: bigint, decimals: number, up: boolean): bigint {
  if (decimals <= 8) return amount * 10n ** BigInt(8 - decimals);
  const scale = 10n ** BigInt(decimals - 8);
  return up ? divUp(amount, scale) : amount / scale;
}

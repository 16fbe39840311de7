/** Figures about one account, as contracts/views/MarginLens.sol shows them, from one read of the chain. */
import type { Bucket, Exposure, Holding, Margin, ParameterSet, Portfolio } from "../types.ts";
import { abs, BPS, divUp, max, min, valueDown } from "./fixedPoint.ts";
import { assess, explain } from "./riskEngine.ts";

/** A hypothetical trade; without a price it is at the mark. `market` is needed for a bucket the account does not hold. */
export interface Trade extends Bucket {
  readonly quantity: bigint;
  readonly price?: bigint;
  readonly market?: Pick<Exposure, "openInterest" | "price" | "status">;
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

export interface Summary {
  readonly margin: Margin;
  /** Equity over maintenance margin; undefined without requirement, zero when equity is negative. */
  readonly healthBps: bigint | undefined;
  /** Initial margin over equity, rounded up; undefined when equity is not positive but margin is needed. */
  readonly utilizationBps: bigint | undefined;
  readonly free: bigint;
  readonly isolated: bigint;
  readonly portfolioMargin: bigint;
  readonly gainBps: bigint;
}

export interface LiquidationPrices {
  /** Undefined: none below the present price. */
  readonly below: bigint | undefined;
  /** Undefined: none up to ten times the present price. */
  readonly above: bigint | undefined;
}

export interface WorstPoint {
  /** Scan risk ρ: what the account loses there. */
  readonly loss: bigint;
  /** Joint move of the underlyings, positive is up, with what each brings or costs. */
  readonly moves: readonly { readonly underlying: number; readonly moveBps: bigint; readonly profit: bigint }[];
}

/** Equity over maintenance margin in basis points; undefined without requirement. */
export function healthBps({ equity, maintenance }: Margin): bigint | undefined {
  if (equity < 0n) return 0n;
  return maintenance === 0n ? undefined : (equity * BPS) / maintenance;
}

/** Initial margin over equity in basis points; undefined when margin is needed and equity is not positive. */
export function utilizationBps({ equity, initial }: Margin): bigint | undefined {
  if (initial === 0n) return 0n;
  return equity <= 0n ? undefined : divUp(initial * BPS, equity);
}

/** Equity above initial margin: what new positions can use. */
export function freeCollateral({ equity, initial }: Margin): bigint {
  return max(equity - initial, 0n);
}

/** Initial margin of the positions taken alone, summed; collateral and cash are left out. */
export function isolatedMargin(portfolio: Portfolio, parameters: ParameterSet): bigint {
  return portfolio.exposures.reduce(
    (sum, exposure) => sum + assess(positionsOf(portfolio, [exposure]), parameters).initial,
    0n,
  );
}

/** Initial margin of the positions together; collateral and cash are left out. */
export function portfolioMargin(portfolio: Portfolio, parameters: ParameterSet): bigint {
  return assess(positionsOf(portfolio, portfolio.exposures), parameters).initial;
}

/** What margining together saves: 1 − portfolio margin / isolated margin. */
export function gainBps(isolated: bigint, together: bigint): bigint {
  return isolated === 0n ? 0n : (max(isolated - together, 0n) * BPS) / isolated;
}

export function summary(portfolio: Portfolio, parameters: ParameterSet): Summary {
  const margin = assess(portfolio, parameters);
  const isolated = isolatedMargin(portfolio, parameters);
  const together = portfolioMargin(portfolio, parameters);
  return {
    margin,
    healthBps: healthBps(margin),
    utilizationBps: utilizationBps(margin),
    free: freeCollateral(margin),
    isolated,
    portfolioMargin: together,
    gainBps: gainBps(isolated, together),
  };
}

/** The portfolio after trades and flows that did not happen; `assess` it for its margin. */
export function whatIf(portfolio: Portfolio, trades: readonly Trade[], flows: readonly Flow[] = []): Portfolio {
  const traded = trades.reduce(applyTrade, portfolio);
  return flows.reduce(applyFlow, traded);
}

/** The portfolio with one underlying at another price. */
export function reprice(portfolio: Portfolio, underlying: number, price: bigint): Portfolio {
  const at = <T extends { readonly underlying: number; readonly price: bigint }>(word: T): T =>
    word.underlying === underlying ? { ...word, price } : word;
  return { ...portfolio, exposures: portfolio.exposures.map(at), holdings: portfolio.holdings.map(at) };
}

/**
 * The first price of one underlying on the way down, and on the way up, at which equity no longer meets maintenance margin, others
 * unchanged. Equity is linear in a price and the requirement convex, so the prices at which it is met form an interval. Both are
 * the present price where the account is below maintenance margin now.
 */
export function liquidationPrices(
  portfolio: Portfolio,
  underlying: number,
  parameters: ParameterSet,
): LiquidationPrices {
  const word = [...portfolio.exposures, ...portfolio.holdings].find((w) => w.underlying === underlying);
  if (word === undefined) return { below: undefined, above: undefined };
  const meets = (price: bigint) => {
    const margin = assess(reprice(portfolio, underlying, price), parameters);
    return margin.equity >= margin.maintenance;
  };
  const present = word.price;
  if (!meets(present)) return { below: present, above: present };
  const highest = min(present * 10n, 2n ** 64n - 1n);
  return {
    below: meets(0n) ? undefined : edge(meets, present, 0n),
    above: meets(highest) ? undefined : edge(meets, present, highest),
  };
}

/** The joint scenario that loses the scan risk. */
export function worstPoint(portfolio: Portfolio, parameters: ParameterSet): WorstPoint {
  const { parts, risks } = explain(portfolio, parameters);
  return {
    loss: parts.scan,
    moves: risks.map(({ underlying, worstMoveBps, linear }) => ({
      underlying,
      moveBps: worstMoveBps,
      profit: (linear * worstMoveBps) / BPS,
    })),
  };
}

function positionsOf(portfolio: Portfolio, exposures: readonly Exposure[]): Portfolio {
  return { cash: 0n, cashPrice: portfolio.cashPrice, exposures, holdings: [] };
}

function applyTrade(portfolio: Portfolio, trade: Trade): Portfolio {
  const { underlying, expiryHours } = trade;
  const isTraded = (e: Exposure) => e.underlying === underlying && e.expiryHours === expiryHours;
  const known = portfolio.exposures.find(isTraded);
  if (known === undefined && trade.market === undefined) {
    throw new Error(`The account holds nothing on underlying ${underlying}: give the market of the trade.`);
  }
  const before = known ?? { ...trade.market!, underlying, expiryHours, quantity: 0n };
  const after = { ...before, quantity: before.quantity + trade.quantity };
  return {
    ...portfolio,
    cash: portfolio.cash + valueDown(-trade.quantity, trade.price ?? before.price),
    exposures: known ? portfolio.exposures.map((e) => (isTraded(e) ? after : e)) : [...portfolio.exposures, after],
  };
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

/** The price next to the last that meets, on the way from `inside`, which meets, to `outside`, which does not. */
function edge(meets: (price: bigint) => boolean, inside: bigint, outside: bigint): bigint {
  while (abs(inside - outside) > 1n) {
    const middle = (inside + outside) / 2n;
    if (meets(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

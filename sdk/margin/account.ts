/** Figures about one account, as contracts/views/MarginLens.sol shows them, from one read of the chain. */
import type { Bucket, Margin, ParameterSet, Portfolio } from "../types.ts";
import { BPS, divUp, max } from "./fixedPoint.ts";
import { only, reprice, singles } from "./hypotheses.ts";
import { downwards, firstFailure, upwards } from "./priceSearch.ts";
import { assess, explain } from "./riskEngine.ts";

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

/** Initial margin of every perpetual, future and option taken alone, summed; collateral and cash are left out. */
export function isolatedMargin(portfolio: Portfolio, parameters: ParameterSet): bigint {
  return singles(portfolio).reduce((sum, single) => sum + assess(single, parameters).initial, 0n);
}

/** Initial margin of the positions together; collateral and cash are left out. */
export function portfolioMargin(portfolio: Portfolio, parameters: ParameterSet): bigint {
  return assess(only(portfolio, portfolio.exposures), parameters).initial;
}

/** Initial margin of a bucket alone, and what it adds to the others; negative for a hedge. */
export interface BucketMargin extends Bucket {
  readonly alone: bigint;
  readonly contribution: bigint;
}

/** Initial margin by expiry, perpetuals apart; collateral and cash are left out. */
export function marginByBucket(portfolio: Portfolio, parameters: ParameterSet): BucketMargin[] {
  const { exposures } = portfolio;
  const whole = portfolioMargin(portfolio, parameters);
  return exposures.map((exposure) => {
    const others = exposures.filter((other) => other !== exposure);
    return {
      underlying: exposure.underlying,
      expiryHours: exposure.expiryHours,
      alone: assess(only(portfolio, [exposure]), parameters).initial,
      contribution: whole - assess(only(portfolio, others), parameters).initial,
    };
  });
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

/**
 * The first price of one underlying on the way down, and on the way up, at which equity no longer meets maintenance margin, others,
 * time and surfaces unchanged. Both are the present price where the account is below maintenance margin now.
 *
 * Without options equity is linear in a price and the requirement convex, so the prices at which it is met form an interval and its
 * ends are exact. With options there may be several crossings: the first is looked for on a grid of 24 prices each way, 2.5 % apart
 * within 22 %, then 5 %, then 24 %, and from there to within a millionth of the present price. A gap between two neighbours of the
 * grid that closes again before the next is not seen.
 */
export function liquidationPrices(
  portfolio: Portfolio,
  underlying: number,
  parameters: ParameterSet,
): LiquidationPrices {
  const word = [...portfolio.exposures, ...portfolio.holdings].find((w) => w.underlying === underlying);
  if (word === undefined || word.price === 0n) return { below: undefined, above: undefined };
  const meets = (price: bigint) => {
    const margin = assess(reprice(portfolio, underlying, price), parameters);
    return margin.equity >= margin.maintenance;
  };
  const present = word.price;
  if (!meets(present)) return { below: present, above: present };
  const isBent = portfolio.exposures.some(({ dated }) => dated !== undefined && dated.options.length > 0);
  return {
    below: firstFailure(meets, present, downwards(present, isBent), isBent),
    above: firstFailure(meets, present, upwards(present, isBent), isBent),
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

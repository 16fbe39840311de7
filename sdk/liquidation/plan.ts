/**
 * Chooses what to take of an account below maintenance margin, from one read of the chain. The leg that relieves most margin for
 * its size goes first, in small pieces, so that a hedged book is brought back into balance before it is shrunk.
 */
import type { Margin, Portfolio } from "../types.ts";
import {
  DUST_VALUE,
  purchaseUp,
  quoteUp,
  type Reward,
  rewardDown,
  split,
  targetDown,
  valueUp,
} from "./marginRelief.ts";
import {
  awayFromZero,
  type ExpiringBook,
  isOption,
  isSmallest,
  type Leg,
  magnitude,
  MAX_POSITION_PARTS,
  phasesOf,
  positionParts,
  type PositionPart,
  type Slot,
  slotsOf,
  take,
  takeAll,
  type Taken,
  takeNothing,
} from "./parts.ts";

export { type ExpiringBook, MAX_POSITION_PARTS, type OptionPosition, type PositionPart } from "./parts.ts";

const PIECES = 16n;
const AMOUNT_DECIMALS = 8;

/** ILiquidationEngine.CollateralPart: the amount is in the token's own unit. */
export interface CollateralPart {
  readonly asset: number;
  readonly amount: bigint;
}

/**
 * @param before, after Margin before the call and with parts moved and reward paid.
 * @param value Of the parts at the mark; options count with their contracts at the index.
 */
export interface LiquidationPlan {
  readonly positions: readonly PositionPart[];
  readonly collaterals: readonly CollateralPart[];
  readonly reward: Reward;
  readonly value: bigint;
  readonly before: Margin;
  readonly after: Margin;
}

/**
 * @param assess The margin of a portfolio: usually `(p) => assess(p, parameters)` of sdk/margin.
 * @param shareBps What `rewardShareBps` says, or `shareAt`. @param targetBps `liquidationTargetBps` of the risk engine.
 * @param decimals Decimals of each collateral token, by asset.
 * @param expiring Needed to take futures and options; without it they stay.
 */
export interface PlanInput {
  readonly portfolio: Portfolio;
  readonly assess: (portfolio: Portfolio) => Margin;
  readonly shareBps: bigint;
  readonly insuranceShareBps: bigint;
  readonly targetBps: bigint;
  readonly decimals: ReadonlyMap<number, number>;
  readonly expiring?: ExpiringBook;
}

/** One plan in the making. */
interface Search {
  readonly input: PlanInput;
  readonly slots: readonly Slot[];
  readonly before: Margin;
}

interface Outcome {
  readonly taken: Taken;
  readonly value: bigint;
  readonly moved: Margin;
  readonly gross: bigint;
  readonly isPastTarget: boolean;
}

/**
 * The parts that bring the account as close to the target as it goes, positions before tokens; undefined when the account is not
 * liquidatable or no part that can move relieves margin. What is returned passes the engine's own checks at these prices.
 */
export function planLiquidation(input: PlanInput): LiquidationPlan | undefined {
  const before = input.assess(input.portfolio);
  if (before.equity >= before.maintenance || before.equity <= 0n) return undefined;

  const slots = slotsOf(input.portfolio, input.expiring);
  const search = { input, slots, before };
  let best = outcome(search, takeAll(slots));
  if (best.isPastTarget || best.moved.maintenance >= before.maintenance || !fits(search, best.taken)) {
    best = outcome(search, takeNothing(slots));
    for (const phase of phasesOf(slots)) best = grow(search, best, phase);
  }
  if (best.moved.maintenance >= before.maintenance) return undefined;
  return toPlan(search, best);
}

/** Takes pieces of these legs, best first, until the target is reached or no piece relieves margin any more. */
function grow(search: Search, start: Outcome, phase: readonly Leg[]): Outcome {
  let current = start;
  for (;;) {
    const next = bestPiece(search, current, phase);
    if (next === undefined) return current;
    if (next.outcome.isPastTarget) return refine(search, current, next.leg, next.piece);
    current = next.outcome;
  }
}

function bestPiece(search: Search, current: Outcome, phase: readonly Leg[]) {
  const { slots } = search;
  let best: { leg: Leg; piece: bigint; outcome: Outcome; relief: bigint; cost: bigint } | undefined;
  for (const leg of phase) {
    if (leg.slots.every((i) => current.taken[i] === slots[i]!.whole)) continue;
    const piece = awayFromZero(leg.units, PIECES);
    const taken = take(slots, current.taken, leg, piece);
    if (!fits(search, taken)) continue;
    const result = outcome(search, taken);
    const relief = current.moved.maintenance - result.moved.maintenance;
    const cost = result.value - current.value;
    // relief/cost > best.relief/best.cost, without dividing; a piece may be worth less than one unit.
    if (relief > 0n && (best === undefined || relief * best.cost > best.relief * cost)) {
      best = { leg, piece, outcome: result, relief, cost };
    }
  }
  return best;
}

/** The largest part of the last piece that stays within the target. */
function refine(search: Search, current: Outcome, leg: Leg, piece: bigint): Outcome {
  let within = 0n;
  let past = piece;
  let result = current;
  while (past - within > 1n) {
    const middle = (within + past) / 2n;
    const candidate = outcome(search, take(search.slots, current.taken, leg, middle));
    if (candidate.isPastTarget) {
      past = middle;
    } else {
      within = middle;
      result = candidate;
    }
  }
  return result.moved.maintenance < current.moved.maintenance ? result : current;
}

function fits({ slots }: Search, taken: Taken): boolean {
  return positionParts(slots, taken).length <= MAX_POSITION_PARTS;
}

function outcome({ input, slots, before }: Search, taken: Taken): Outcome {
  const { portfolio } = input;
  const expiring = slots.flatMap(({ kind, instrument }, i) =>
    kind === "expiring" && taken[i] !== 0n ? [{ instrument, quantity: taken[i]! }] : [],
  );
  const values = input.expiring?.values(expiring) ?? [];
  const marks = new Map(expiring.map(({ instrument }, i) => [instrument, values[i]!]));
  let paid = 0n;
  let value = 0n;
  for (const [i, slot] of slots.entries()) {
    const credit = creditOf(slot, taken[i]!, marks.get(slot.instrument) ?? 0n, portfolio.cashPrice.price);
    paid += credit;
    value += magnitude(isOption(slot) ? quoteUp(taken[i]!, slot.price) : credit);
  }
  const moved = input.assess({ ...remaining(input, slots, taken, expiring), cash: portfolio.cash + paid });
  const gross = moved.maintenance < before.maintenance ? rewardDown(before, moved, input.shareBps) : 0n;
  const isAbove = value >= DUST_VALUE && moved.equity - gross > targetDown(moved.maintenance, input.targetBps);
  return { taken, value, moved, gross, isPastTarget: isAbove && !isSmallest(slots, taken) };
}

/** What the account is credited for a part. */
function creditOf({ kind, price }: Slot, amount: bigint, mark: bigint, cashPrice: bigint): bigint {
  if (kind === "perpetual") return quoteUp(amount, price);
  return kind === "token" ? purchaseUp(amount, price, cashPrice) : valueUp(mark);
}

/** The portfolio without the parts; its cash is the caller's to change. */
function remaining(
  { portfolio, expiring }: PlanInput,
  slots: readonly Slot[],
  taken: Taken,
  parts: readonly PositionPart[],
): Portfolio {
  const takenOf = (kind: Slot["kind"], index: number): bigint => {
    const at = slots.findIndex((slot) => slot.kind === kind && slot.index === index);
    return at < 0 ? 0n : taken[at]!;
  };
  // Futures and options go through the book; what is left of perpetuals and tokens is looked up by their place.
  const left: Portfolio = {
    ...portfolio,
    exposures: portfolio.exposures
      .map((e, i) => (e.expiryHours === 0 ? { ...e, quantity: e.quantity - takenOf("perpetual", i) } : e))
      .filter((e) => e.expiryHours !== 0 || e.quantity !== 0n),
    holdings: portfolio.holdings
      .map((h, i) => ({ ...h, amount: h.amount - takenOf("token", i) }))
      .filter(({ amount }) => amount !== 0n),
  };
  return parts.length === 0 || expiring === undefined ? left : expiring.without(left, parts);
}

function toPlan({ input, slots, before }: Search, { taken, value, moved, gross }: Outcome): LiquidationPlan {
  const collaterals = slots
    .flatMap(({ kind, index }, i) => {
      if (kind !== "token") return [];
      const { asset } = input.portfolio.holdings[index]!;
      return [{ asset, amount: tokenAmount(taken[i]!, decimalsOf(input, asset)) }];
    })
    .filter((part) => part.amount !== 0n)
    .sort((a, b) => a.asset - b.asset);
  return {
    positions: positionParts(slots, taken),
    collaterals,
    reward: split(gross, input.insuranceShareBps),
    value,
    before,
    after: { ...moved, equity: moved.equity - gross },
  };
}

function decimalsOf({ decimals }: PlanInput, asset: number): number {
  const known = decimals.get(asset);
  if (known === undefined) throw new Error(`The decimals of collateral asset ${asset} are missing.`);
  return known;
}

function tokenAmount(amount: bigint, decimals: number): bigint {
  return decimals >= AMOUNT_DECIMALS
    ? amount * 10n ** BigInt(decimals - AMOUNT_DECIMALS)
    : amount / 10n ** BigInt(AMOUNT_DECIMALS - decimals);
}

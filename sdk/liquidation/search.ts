/** Chooses parts of an account: what relieves most margin for its size first, until the target is reached. */
import type { Margin, Portfolio } from "../types.ts";
import { DUST_VALUE, purchaseUp, quoteUp, targetDown, valueUp } from "./marginRelief.ts";
import {
  awayFromZero,
  type ExpiringBook,
  isOption,
  isSmallest,
  type Leg,
  magnitude,
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

const PIECES = 16n;
const AMOUNT_DECIMALS = 8;

/** ILiquidationEngine.CollateralPart: the amount is in the token's own unit. */
export interface CollateralPart {
  readonly asset: number;
  readonly amount: bigint;
}

/**
 * An account whose parts are chosen.
 * @param assess The margin of a portfolio: usually `(p) => assess(p, parameters)` of sdk/margin.
 * @param targetBps `liquidationTargetBps` of the risk engine. @param decimals Decimals of each collateral token, by asset.
 * @param expiring Needed to take futures and options; without it they stay.
 */
export interface Holder {
  readonly portfolio: Portfolio;
  readonly assess: (portfolio: Portfolio) => Margin;
  readonly targetBps: bigint;
  readonly decimals: ReadonlyMap<number, number>;
  readonly expiring?: ExpiringBook;
}

/** What whoever takes the parts earns, and how much of that others than the account pay. */
export interface Payment {
  readonly earned: bigint;
  readonly byOthers: bigint;
}

/** @param pay From the margin with the parts gone, before anybody paid. @param maxParts Positions in one call. */
export interface Search {
  readonly holder: Holder;
  readonly before: Margin;
  readonly maxParts: number;
  readonly pay: (moved: Margin) => Payment;
}

/** @param value Of the parts at the mark; options count with their contracts at the index. @param after With everything paid. */
export interface Found {
  readonly positions: readonly PositionPart[];
  readonly collaterals: readonly CollateralPart[];
  readonly payment: Payment;
  readonly value: bigint;
  readonly after: Margin;
}

interface Run extends Search {
  readonly slots: readonly Slot[];
}

interface Outcome {
  readonly taken: Taken;
  readonly value: bigint;
  readonly moved: Margin;
  readonly payment: Payment;
  readonly isPastTarget: boolean;
}

/** The parts that bring the account as close to the target as it goes; undefined when nothing that can move relieves margin. */
export function searchParts(search: Search): Found | undefined {
  const slots = slotsOf(search.holder.portfolio, search.holder.expiring);
  const run: Run = { ...search, slots };
  const { before } = run;
  let best = outcome(run, takeAll(slots));
  if (best.isPastTarget || best.moved.maintenance >= before.maintenance || !fits(run, best.taken)) {
    best = outcome(run, takeNothing(slots));
    for (const phase of phasesOf(slots)) best = grow(run, best, phase);
  }
  return best.moved.maintenance >= before.maintenance ? undefined : toFound(run, best);
}

/** Takes pieces of these legs, best first, until the target is reached or no piece relieves margin any more. */
function grow(run: Run, start: Outcome, phase: readonly Leg[]): Outcome {
  let current = start;
  for (;;) {
    const next = bestPiece(run, current, phase);
    if (next === undefined) return current;
    if (next.outcome.isPastTarget) return refine(run, current, next.leg, next.piece);
    current = next.outcome;
  }
}

function bestPiece(run: Run, current: Outcome, phase: readonly Leg[]) {
  const { slots } = run;
  let best: { leg: Leg; piece: bigint; outcome: Outcome; relief: bigint; cost: bigint } | undefined;
  for (const leg of phase) {
    if (leg.slots.every((i) => current.taken[i] === slots[i]!.whole)) continue;
    const piece = awayFromZero(leg.units, PIECES);
    const taken = take(slots, current.taken, leg, piece);
    if (!fits(run, taken)) continue;
    const result = outcome(run, taken);
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
function refine(run: Run, current: Outcome, leg: Leg, piece: bigint): Outcome {
  let within = 0n;
  let past = piece;
  let result = current;
  while (past - within > 1n) {
    const middle = (within + past) / 2n;
    const candidate = outcome(run, take(run.slots, current.taken, leg, middle));
    if (candidate.isPastTarget) {
      past = middle;
    } else {
      within = middle;
      result = candidate;
    }
  }
  return result.moved.maintenance < current.moved.maintenance ? result : current;
}

function fits({ slots, maxParts }: Run, taken: Taken): boolean {
  return positionParts(slots, taken).length <= maxParts;
}

function outcome({ holder, slots, before, pay }: Run, taken: Taken): Outcome {
  const { portfolio } = holder;
  const expiring = slots.flatMap((slot, i) =>
    slot.kind === "expiring" && taken[i] !== 0n
      ? [{ instrument: slot.instrument, quantity: taken[i]!, isOption: isOption(slot) }]
      : [],
  );
  const futures = expiring.filter((part) => !part.isOption);
  const values = futures.length === 0 ? [] : (holder.expiring?.values(futures) ?? []);
  const marks = new Map(futures.map(({ instrument }, i) => [instrument, values[i]!]));
  let [paid, forTokens, value] = [0n, 0n, 0n];
  for (const [i, slot] of slots.entries()) {
    if (isOption(slot)) {
      value += magnitude(quoteUp(taken[i]!, slot.price));
      continue;
    }
    const credit = creditOf(slot, taken[i]!, marks.get(slot.instrument) ?? 0n, portfolio.cashPrice.price);
    if (slot.kind === "token") forTokens += credit;
    else paid += credit;
    value += magnitude(credit);
  }
  const margin = (parts: Taken, cash: bigint): Margin =>
    holder.assess({ ...remaining(holder, slots, parts, expiring), cash: portfolio.cash + cash });
  let moved: Margin | undefined;
  // What equity loses when positions are gone is what their options were worth, and is paid for.
  if (futures.length !== expiring.length) {
    const withTokens = margin(
      slots.map(({ kind }, i) => (kind === "token" ? 0n : taken[i]!)),
      paid,
    );
    paid += before.equity - withTokens.equity;
    if (forTokens === 0n) moved = { ...withTokens, equity: before.equity };
  }
  moved ??= margin(taken, paid + forTokens);
  const payment = pay(moved);
  const equity = moved.equity - payment.earned + payment.byOthers;
  const isAbove = value >= DUST_VALUE && equity > targetDown(moved.maintenance, holder.targetBps);
  return { taken, value, moved, payment, isPastTarget: isAbove && !isSmallest(slots, taken) };
}

/** What the account is credited for a part that is no option. */
function creditOf({ kind, price }: Slot, amount: bigint, mark: bigint, cashPrice: bigint): bigint {
  if (kind === "perpetual") return quoteUp(amount, price);
  return kind === "token" ? purchaseUp(amount, price, cashPrice) : valueUp(mark);
}

/** The portfolio without the parts; its cash is the caller's to change. */
function remaining(
  { portfolio, expiring }: Holder,
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

function toFound({ holder, slots }: Run, { taken, value, moved, payment }: Outcome): Found {
  const collaterals = slots
    .flatMap(({ kind, index }, i) => {
      if (kind !== "token") return [];
      const { asset } = holder.portfolio.holdings[index]!;
      return [{ asset, amount: tokenAmount(taken[i]!, decimalsOf(holder, asset)) }];
    })
    .filter((part) => part.amount !== 0n)
    .sort((a, b) => a.asset - b.asset);
  const equity = moved.equity - payment.earned + payment.byOthers;
  return { positions: positionParts(slots, taken), collaterals, payment, value, after: { ...moved, equity } };
}

function decimalsOf({ decimals }: Holder, asset: number): number {
  const known = decimals.get(asset);
  if (known === undefined) throw new Error(`The decimals of collateral asset ${asset} are missing.`);
  return known;
}

function tokenAmount(amount: bigint, decimals: number): bigint {
  return decimals >= AMOUNT_DECIMALS
    ? amount * 10n ** BigInt(decimals - AMOUNT_DECIMALS)
    : amount / 10n ** BigInt(AMOUNT_DECIMALS - decimals);
}

/**
 * Chooses what to take of an account below maintenance margin, from one read of the chain. The leg that relieves most margin for
 * its size goes first, in small pieces, so that a hedged book is brought back into balance before it is shrunk.
 */
import { encodeInstrument } from "../instruments.ts";
import { type Exposure, type Holding, type Margin, type Portfolio, PriceStatus } from "../types.ts";
import { DUST_VALUE, purchaseUp, quoteUp, type Reward, rewardDown, split, targetDown } from "./marginRelief.ts";

const PIECES = 16n;
const AMOUNT_DECIMALS = 8;

/** ILiquidationEngine.PositionPart. */
export interface PositionPart {
  readonly instrument: bigint;
  readonly quantity: bigint;
}

/** ILiquidationEngine.CollateralPart: the amount is in the token's own unit. */
export interface CollateralPart {
  readonly asset: number;
  readonly amount: bigint;
}

/** @param before, after Margin before the call and with parts moved and reward paid. @param value Of the parts at the mark. */
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
 */
export interface PlanInput {
  readonly portfolio: Portfolio;
  readonly assess: (portfolio: Portfolio) => Margin;
  readonly shareBps: bigint;
  readonly insuranceShareBps: bigint;
  readonly targetBps: bigint;
  readonly decimals: ReadonlyMap<number, number>;
}

/** How much of each exposure and of each holding is taken, in the portfolio's order and units. */
interface Taken {
  readonly exposures: readonly bigint[];
  readonly holdings: readonly bigint[];
}

interface Outcome {
  readonly taken: Taken;
  readonly value: bigint;
  readonly moved: Margin;
  readonly gross: bigint;
  readonly isPastTarget: boolean;
}

type Leg = { readonly kind: keyof Taken; readonly index: number; readonly whole: bigint };

/**
 * The parts that bring the account as close to the target as it goes, positions before tokens; undefined when the account is not
 * liquidatable or no part that can move relieves margin. What is returned passes the engine's own checks at these prices.
 */
export function planLiquidation(input: PlanInput): LiquidationPlan | undefined {
  const { portfolio } = input;
  const before = input.assess(portfolio);
  if (before.equity >= before.maintenance || before.equity <= 0n) return undefined;

  const phases = legs(portfolio);
  const everything = take(nothing(portfolio), phases.flat());
  let best = outcome(input, before, everything);
  if (best.isPastTarget || best.moved.maintenance >= before.maintenance) {
    best = outcome(input, before, nothing(portfolio));
    for (const phase of phases) best = grow(input, before, best, phase);
  }
  if (best.moved.maintenance >= before.maintenance) return undefined;
  return toPlan(input, before, best);
}

/** What can move, positions first: legs at a price that can be acted upon. */
function legs({ exposures, holdings, cashPrice }: Portfolio): [Leg[], Leg[]] {
  const positions = exposures.map((e, index): Leg => ({ kind: "exposures", index, whole: e.quantity }));
  const tokens = holdings.map((h, index): Leg => ({ kind: "holdings", index, whole: h.amount }));
  return [
    positions.filter((leg) => leg.whole !== 0n && isMovable(exposures[leg.index]!.status)),
    tokens.filter((leg) => leg.whole !== 0n && isMovable(holdings[leg.index]!.status) && isMovable(cashPrice.status)),
  ];
}

function isMovable(status: PriceStatus): boolean {
  return status === PriceStatus.Fresh || status === PriceStatus.Unconfirmed;
}

/** Takes pieces of these legs, best first, until the target is reached or no piece relieves margin any more. */
function grow(input: PlanInput, before: Margin, start: Outcome, phase: readonly Leg[]): Outcome {
  let current = start;
  for (;;) {
    const next = bestPiece(input, before, current, phase);
    if (next === undefined) return current;
    if (next.outcome.isPastTarget) return refine(input, before, current, next.leg, next.piece);
    current = next.outcome;
  }
}

function bestPiece(input: PlanInput, before: Margin, current: Outcome, phase: readonly Leg[]) {
  let best: { leg: Leg; piece: bigint; outcome: Outcome; relief: bigint; cost: bigint } | undefined;
  for (const leg of phase) {
    const left = leg.whole - current.taken[leg.kind][leg.index]!;
    if (left === 0n) continue;
    const piece = shorter(awayFromZero(leg.whole, PIECES), left);
    const result = outcome(input, before, add(current.taken, leg, piece));
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
function refine(input: PlanInput, before: Margin, current: Outcome, leg: Leg, piece: bigint): Outcome {
  const sign = piece < 0n ? -1n : 1n;
  let within = 0n;
  let past = piece * sign;
  let result = current;
  while (past - within > 1n) {
    const middle = (within + past) / 2n;
    const candidate = outcome(input, before, add(current.taken, leg, middle * sign));
    if (candidate.isPastTarget) {
      past = middle;
    } else {
      within = middle;
      result = candidate;
    }
  }
  return result.moved.maintenance < current.moved.maintenance ? result : current;
}

function outcome(input: PlanInput, before: Margin, taken: Taken): Outcome {
  const { exposures, holdings, cash, cashPrice } = input.portfolio;
  const credits = exposures.map((e, i) => quoteUp(taken.exposures[i]!, e.price));
  const payments = holdings.map((h, i) => purchaseUp(taken.holdings[i]!, h.price, cashPrice.price));
  const moved = input.assess({
    cash: cash + sum(credits) + sum(payments),
    cashPrice,
    exposures: exposures.map((e, i) => ({ ...e, quantity: e.quantity - taken.exposures[i]! })).filter(isHeld),
    holdings: holdings.map((h, i) => ({ ...h, amount: h.amount - taken.holdings[i]! })).filter(isHeld),
  });
  const value = sum(credits.map((c) => (c < 0n ? -c : c))) + sum(payments);
  const gross = moved.maintenance < before.maintenance ? rewardDown(before, moved, input.shareBps) : 0n;
  const isPastTarget = value >= DUST_VALUE && moved.equity - gross > targetDown(moved.maintenance, input.targetBps);
  return { taken, value, moved, gross, isPastTarget };
}

function toPlan(input: PlanInput, before: Margin, { taken, value, moved, gross }: Outcome): LiquidationPlan {
  const { exposures, holdings } = input.portfolio;
  const positions = exposures
    .map((e, i) => ({ instrument: linearOf(e), quantity: taken.exposures[i]! }))
    .filter((part) => part.quantity !== 0n)
    .sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  const collaterals = holdings
    .map((h, i) => ({ asset: h.asset, amount: tokenAmount(taken.holdings[i]!, decimalsOf(input, h.asset)) }))
    .filter((part) => part.amount !== 0n)
    .sort((a, b) => a.asset - b.asset);
  return {
    positions,
    collaterals,
    reward: split(gross, input.insuranceShareBps),
    value,
    before,
    after: { ...moved, equity: moved.equity - gross },
  };
}

function linearOf({ underlying, expiryHours }: Exposure): bigint {
  return encodeInstrument({ underlying, expiryHours, kind: 0, strike: 0 });
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

function nothing({ exposures, holdings }: Portfolio): Taken {
  return { exposures: exposures.map(() => 0n), holdings: holdings.map(() => 0n) };
}

function take(taken: Taken, wanted: readonly Leg[]): Taken {
  return wanted.reduce((all, leg) => add(all, leg, leg.whole), taken);
}

function add(taken: Taken, { kind, index }: Leg, amount: bigint): Taken {
  return { ...taken, [kind]: taken[kind].map((t, i) => (i === index ? t + amount : t)) };
}

function isHeld(word: Pick<Exposure, "quantity"> | Pick<Holding, "amount">): boolean {
  return ("quantity" in word ? word.quantity : word.amount) !== 0n;
}

function awayFromZero(amount: bigint, pieces: bigint): bigint {
  return amount < 0n ? -((-amount + pieces - 1n) / pieces) : (amount + pieces - 1n) / pieces;
}

/** The one closer to zero of two amounts of one sign. */
function shorter(a: bigint, b: bigint): bigint {
  return (a < 0n ? -a : a) < (b < 0n ? -b : b) ? a : b;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

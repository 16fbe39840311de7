/** What of an account can be taken, and in which proportions: the pieces that sdk/liquidation/plan.ts chooses from. */
import { decodeInstrument, encodeInstrument, Kind } from "../instruments.ts";
import { type Portfolio, PriceStatus } from "../types.ts";

/** LiquidationEngine.MAX_POSITION_PARTS, and how many one-lot parts may pass the target. */
export const MAX_POSITION_PARTS = 24;
const MAX_LOT_PARTS = 8;

const SECONDS_PER_HOUR = 3_600n;

/** ILiquidationEngine.PositionPart. */
export interface PositionPart {
  readonly instrument: bigint;
  readonly quantity: bigint;
}

/** An option that the account holds, contracts with 8 decimals. @param lot Contracts of a lot of its expiry. */
export interface OptionPosition extends PositionPart {
  readonly lot: bigint;
}

/** What the plan must know about an account with futures or options. */
export interface ExpiringBook {
  readonly options: readonly OptionPosition[];
  /** Unix seconds: what has expired is settled, not taken. */
  readonly now: bigint;
  /** `IRiskEngine.values`: what futures and options are worth at the mark, USD with 16 decimals. */
  readonly values: (parts: readonly PositionPart[]) => readonly bigint[];
  /** The portfolio without these futures and options. Its cash stays. */
  readonly without: (portfolio: Portfolio, parts: readonly PositionPart[]) => Portfolio;
}

/** Something that the account holds, taken in multiples of a step. @param index Where a perpetual or token is in the portfolio. */
export interface Slot {
  readonly kind: "perpetual" | "expiring" | "token";
  readonly index: number;
  readonly instrument: bigint;
  readonly whole: bigint;
  readonly step: bigint;
  /** Index of the underlying. */
  readonly price: bigint;
}

/** Slots that are taken together, in proportion. `units` is how finely: the number of steps of the finest. */
export interface Leg {
  readonly slots: readonly number[];
  readonly units: bigint;
}

/** How much of each slot is taken. */
export type Taken = readonly bigint[];

/** All that can move: at a price that can be acted upon, not expired. */
export function slotsOf({ exposures, holdings, cashPrice }: Portfolio, expiring: ExpiringBook | undefined): Slot[] {
  const linear = exposures.map((e, index): Slot & { movable: boolean } => {
    const instrument = encodeInstrument({ ...e, kind: Kind.Linear, strike: 0 });
    const isPerpetual = e.expiryHours === 0;
    const movable = isMovable(e.status) && (isPerpetual || isLive(e.expiryHours, expiring));
    const kind = isPerpetual ? "perpetual" : "expiring";
    return { kind, index, instrument, whole: e.quantity, step: 1n, price: e.price, movable };
  });
  const options = (expiring?.options ?? []).flatMap((o): Slot[] => {
    const bucket = linear.find(({ instrument }) => instrument >> 32n === o.instrument >> 32n);
    if (bucket === undefined) throw new Error(`The portfolio has no word for the expiry of option ${o.instrument}.`);
    if (!bucket.movable) return [];
    const { index, price } = bucket;
    return [{ kind: "expiring", index, instrument: o.instrument, whole: o.quantity, step: o.lot, price }];
  });
  const tokens = holdings.flatMap((h, index): Slot[] =>
    isMovable(h.status) && isMovable(cashPrice.status)
      ? [{ kind: "token", index, instrument: 0n, whole: h.amount, step: 1n, price: h.price }]
      : [],
  );
  return [...linear.filter(({ movable }) => movable), ...options, ...tokens].filter(({ whole }) => whole !== 0n);
}

/**
 * What is tried in which phase: perpetuals and futures one by one; then options by expiry with its future, and by underlying with
 * everything on it, so that a hedged book shrinks evenly; then tokens.
 */
export function phasesOf(slots: readonly Slot[]): Leg[][] {
  const all = slots.map((slot, i) => ({ slot, i }));
  const single = ({ i }: { i: number }): Leg => legOf(slots, [i]);
  const positions = all.filter(({ slot }) => slot.kind !== "token");
  const together = (key: (instrument: bigint) => bigint): Leg[] => {
    const keys = new Set(positions.filter(({ slot }) => isOption(slot)).map(({ slot }) => key(slot.instrument)));
    return [...keys].map((k) => {
      const members = positions.filter(({ slot }) => key(slot.instrument) === k).map(({ i }) => i);
      return legOf(slots, largest(slots, members));
    });
  };
  return [
    positions.filter(({ slot }) => !isOption(slot)).map(single),
    [...together((instrument) => instrument >> 32n), ...together((instrument) => instrument >> 56n)],
    all.filter(({ slot }) => slot.kind === "token").map(single),
  ];
}

/** So many units of a leg more, in whole steps away from zero, but of no slot more than there is. */
export function take(slots: readonly Slot[], taken: Taken, leg: Leg, units: bigint): Taken {
  const result = [...taken];
  for (const i of leg.slots) {
    const { whole, step } = slots[i]!;
    const wanted = awayFromZero(whole * units, leg.units * step) * step;
    result[i] = result[i]! + shorter(wanted, whole - result[i]!);
  }
  return result;
}

export const takeAll = (slots: readonly Slot[]): Taken => slots.map(({ whole }) => whole);
export const takeNothing = (slots: readonly Slot[]): Taken => slots.map(() => 0n);

/** The parts of positions, ascending. */
export function positionParts(slots: readonly Slot[], taken: Taken): PositionPart[] {
  return slots
    .map(({ kind, instrument }, i) => ({ kind, instrument, quantity: taken[i]! }))
    .filter(({ kind, quantity }) => kind !== "token" && quantity !== 0n)
    .sort((a, b) => (a.instrument < b.instrument ? -1 : 1))
    .map(({ instrument, quantity }) => ({ instrument, quantity }));
}

/** One lot of each of a few options of one underlying and what hedges them: LiquidationEngine lets them pass the target. */
export function isSmallest(slots: readonly Slot[], taken: Taken): boolean {
  const parts = slots.flatMap((slot, i) => (taken[i] === 0n ? [] : [{ slot, quantity: magnitude(taken[i]!) }]));
  if (parts.length > MAX_LOT_PARTS || parts.some(({ slot }) => slot.kind === "token")) return false;
  if (new Set(parts.map(({ slot }) => slot.instrument >> 56n)).size !== 1) return false;
  const contracts = (of: typeof parts) => of.reduce((sum, { quantity }) => sum + quantity, 0n);
  const options = parts.filter(({ slot }) => isOption(slot));
  if (options.some(({ slot, quantity }) => quantity !== slot.step)) return false;
  return contracts(parts.filter(({ slot }) => !isOption(slot))) <= contracts(options);
}

export const isOption = ({ kind, instrument }: Slot): boolean =>
  kind === "expiring" && decodeInstrument(instrument).kind !== Kind.Linear;

export const magnitude = (a: bigint): bigint => (a < 0n ? -a : a);

/** Quotient rounded away from zero. */
export function awayFromZero(a: bigint, b: bigint): bigint {
  return a < 0n ? -((-a + b - 1n) / b) : (a + b - 1n) / b;
}

function legOf(slots: readonly Slot[], members: readonly number[]): Leg {
  const units = members.map((i) => magnitude(slots[i]!.whole) / slots[i]!.step);
  return { slots: members, units: units.reduce((most, n) => (n > most ? n : most), 1n) };
}

/** As many as a call may take, the largest at the index first. */
function largest(slots: readonly Slot[], members: readonly number[]): number[] {
  const size = (i: number): bigint => magnitude(slots[i]!.whole) * slots[i]!.price;
  return [...members].sort((a, b) => (size(a) < size(b) ? 1 : -1)).slice(0, MAX_POSITION_PARTS);
}

function isMovable(status: PriceStatus): boolean {
  return status === PriceStatus.Fresh || status === PriceStatus.Unconfirmed;
}

/** Futures and options cannot be valued, so not be taken either, without a book that says how. */
function isLive(expiryHours: number, expiring: ExpiringBook | undefined): boolean {
  return expiring !== undefined && expiring.now < BigInt(expiryHours) * SECONDS_PER_HOUR;
}

/** The one closer to zero of two amounts of one sign. */
function shorter(a: bigint, b: bigint): bigint {
  return magnitude(a) < magnitude(b) ? a : b;
}

import { isAddress, ZeroAddress } from "ethers";
import { decodeInstrument, expiryOf, isInstrument, Kind, MAX_UNDERLYING } from "../instruments.ts";
import { formatQuantity } from "../units.ts";
import { legQuantity } from "./legs.ts";
import type { Leg, Order } from "./types.ts";

export const MAX_LEGS = 8;
export const MAX_FILLS = 16;

/** What of the world the check may look at. */
export interface ValidationContext {
  /** Unix seconds; without it the expiry is not compared. */
  readonly now?: bigint | number;
}

/** An order that no contract would accept. `problems` are sentences for people. */
export class OrderError extends Error {
  override readonly name = "OrderError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join(" "));
    this.problems = problems;
  }
}

const UNSIGNED = {
  subaccount: 96n,
  quantity: 64n,
  maxFeeBps: 16n,
  triggerPrice: 64n,
  expiry: 40n,
  nonce: 256n,
  epoch: 32n,
} as const satisfies Partial<Record<keyof Order, bigint>>;

const MAX_INT64 = (1n << 63n) - 1n;
// The contract refuses larger prices as outside any band.
const MAX_PRICE = (1n << 128n) - 1n;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** Everything that is wrong with an order by itself, as sentences; empty if nothing is. */
export function orderProblems(order: Order, { now }: ValidationContext = {}): string[] {
  const problems = [...addressProblems(order), ...rangeProblems(order), ...legProblems(order.legs, order.quantity)];
  if (order.quantity <= 0n) problems.push("The quantity must be more than zero.");
  if (magnitude(order.limitPrice) > MAX_PRICE) problems.push("The limit price is too large.");
  const [first] = order.legs;
  if (order.legs.length === 1 && first !== undefined) problems.push(...singlePriceProblems(order, first));
  if (order.triggerPrice === 0n && order.triggerAbove) {
    problems.push("The order says that it triggers above a price, but gives no trigger price.");
  }
  if (now !== undefined) {
    if (BigInt(now) > order.expiry) problems.push("The order has expired.");
    problems.push(...expiryProblems(order.legs, BigInt(now)));
  }
  return problems;
}

/** An option may be worth nothing, so it may also be given away; a perpetual or future is always worth something. */
function singlePriceProblems({ limitPrice }: Order, { instrument, ratio }: Leg): string[] {
  const isOption = isInWord(instrument) && decodeInstrument(instrument).kind !== Kind.Linear;
  if (isOption) {
    if (ratio > 0n && limitPrice < 0n) return ["An order to buy one option needs a limit price of zero or more."];
    if (ratio < 0n && limitPrice > 0n) {
      return ["An order to sell one option needs a limit price of zero or less: the least it must receive."];
    }
    return [];
  }
  if (ratio > 0n && limitPrice <= 0n) return ["An order to buy one instrument needs a limit price above zero."];
  if (ratio < 0n && limitPrice >= 0n) {
    return ["An order to sell one instrument needs a limit price below zero: the least it must receive."];
  }
  return [];
}

function expiryProblems(legs: readonly Leg[], now: bigint): string[] {
  return legs.flatMap(({ instrument }, i) => {
    const expiry = isInWord(instrument) ? expiryOf(instrument) : undefined;
    return expiry !== undefined && now * 1_000n >= BigInt(expiry.getTime())
      ? [`Leg ${i + 1} names an instrument that has expired.`]
      : [];
  });
}

const isInWord = (instrument: bigint): boolean => instrument >= 0n && instrument < 1n << 64n;

/** Throws an OrderError with every problem. */
export function assertValidOrder(order: Order, context: ValidationContext = {}): void {
  const problems = orderProblems(order, context);
  if (problems.length > 0) throw new OrderError(problems);
}

function addressProblems(order: Order): string[] {
  const problems: string[] = [];
  for (const role of ["owner", "signer", "taker"] as const) {
    const valid: boolean = isAddress(order[role]);
    if (!valid) problems.push(`The ${role} "${order[role]}" is not an address.`);
  }
  for (const role of ["owner", "signer"] as const) {
    if (order[role] === ZeroAddress) problems.push(`The ${role} must not be the zero address.`);
  }
  if (order.taker !== ZeroAddress && order.taker.toLowerCase() === order.owner.toLowerCase()) {
    problems.push("The owner is named as the taker, but nobody can fill an order of their own.");
  }
  return problems;
}

function rangeProblems(order: Order): string[] {
  return Object.entries(UNSIGNED)
    .filter(([name, bits]) => {
      const value = order[name as keyof typeof UNSIGNED];
      return value < 0n || value >= 1n << bits;
    })
    .map(([name, bits]) => `The field ${name} must be between 0 and 2^${bits} - 1.`);
}

function legProblems(legs: readonly Leg[], quantity: bigint): string[] {
  if (legs.length === 0) return ["The order has no legs."];
  const problems: string[] = [];
  if (legs.length > MAX_LEGS) problems.push(`The order has ${legs.length} legs, more than ${MAX_LEGS}.`);
  legs.forEach((leg, i) => {
    const name = `Leg ${i + 1}`;
    const previous = legs[i - 1];
    if (leg.ratio === 0n) problems.push(`${name} has a ratio of zero.`);
    if (previous !== undefined && previous.instrument >= leg.instrument) {
      problems.push(`${name} must have a higher instrument id than the leg before it, once each.`);
    }
    if (!isInWord(leg.instrument)) {
      problems.push(`${name} has an instrument id outside 64 bits.`);
    } else {
      const { underlying } = decodeInstrument(leg.instrument);
      if (underlying === 0 || underlying > MAX_UNDERLYING) problems.push(`${name} names an unknown underlying.`);
      else if (!isInstrument(leg.instrument)) problems.push(`${name} names an instrument that cannot exist.`);
    }
    const contracts = legQuantity(leg, quantity);
    if (contracts === undefined) {
      problems.push(`${name}: ${formatQuantity(quantity)} times its ratio is not a whole number of units.`);
    } else if (magnitude(contracts) > MAX_INT64 || magnitude(leg.ratio) > MAX_INT64) {
      problems.push(`${name} is larger than a position can be.`);
    }
  });
  return problems;
}

/** The one place where measured numbers become the integers that are published. Rounding is in the name. */

/** Binary fractions such as 0.07 · 10,000 land a hair above their integer; this much is not a fraction of a unit. */
const REPRESENTATION_SLACK = 1e-9;

export function bpsUp(fraction: number): number {
  return Math.ceil(fraction * 10_000 * (1 - REPRESENTATION_SLACK));
}

/** Down to a multiple of `unit`, as the decimal text of an integer. */
export function multipleDown(value: number, unit: number): string {
  return (BigInt(Math.floor((value / unit) * (1 + REPRESENTATION_SLACK))) * BigInt(unit)).toString();
}

export function multipleUp(value: number, unit: number): string {
  return (BigInt(Math.ceil((value / unit) * (1 - REPRESENTATION_SLACK))) * BigInt(unit)).toString();
}

/** Six digits: more than the estimates are worth, fewer than two machines may differ in. */
export function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}

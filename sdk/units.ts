/** Fixed-point numbers as the contracts hold them, from and to decimal text. Nothing is ever rounded silently. */

/** Decimals of prices and of quantities. */
export const PRICE_DECIMALS = 8;
export const QUANTITY_DECIMALS = 8;
/** Decimals of cash and of every other amount in dollars. */
export const USD_DECIMALS = 6;
/** Basis points are a hundredth of a percent. */
export const BPS_DECIMALS = 2;

/** One contract, one combination, or a price of one dollar. */
export const ONE = 10n ** 8n;
export const BPS = 10_000n;

/** What may be given where a decimal number is read. A `number` is read as JavaScript prints it. */
export type Decimal = string | number;

/** A text that is not a decimal number of the kind asked for. */
export class UnitError extends Error {
  override readonly name = "UnitError";
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Reads a decimal number as an integer in units of 10^-decimals. Commas, spaces and exponents are not numbers here. */
export function parseDecimal(value: Decimal, decimals: number, what = "number"): bigint {
  const text = String(value);
  const match = DECIMAL.exec(text);
  if (match === null) throw new UnitError(`The ${what} "${text}" is not a decimal number like 1234.5.`);
  const [, sign, whole = "", fraction = ""] = match;
  if (fraction.length > decimals) {
    throw new UnitError(`The ${what} "${text}" has more than ${decimals} decimals.`);
  }
  const magnitude = BigInt(whole + fraction.padEnd(decimals, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

/** The shortest decimal text of an integer in units of 10^-decimals; `parseDecimal` reads it back exactly. */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

export const parsePrice = (value: Decimal): bigint => parseDecimal(value, PRICE_DECIMALS, "price");
export const formatPrice = (value: bigint): string => formatDecimal(value, PRICE_DECIMALS);

export const parseQuantity = (value: Decimal): bigint => parseDecimal(value, QUANTITY_DECIMALS, "quantity");
export const formatQuantity = (value: bigint): string => formatDecimal(value, QUANTITY_DECIMALS);

export const parseUsd = (value: Decimal): bigint => parseDecimal(value, USD_DECIMALS, "amount in USD");
export const formatUsd = (value: bigint): string => formatDecimal(value, USD_DECIMALS);

/** Reads a percentage as basis points: "0.05" or "0.05 %" is 5. */
export const parsePercent = (value: Decimal): bigint =>
  parseDecimal(String(value).replace(/\s*%$/, ""), BPS_DECIMALS, "percentage");
/** Basis points as a percentage: 5 is "0.05 %". */
export const formatBps = (bps: bigint): string => `${formatDecimal(bps, BPS_DECIMALS)} %`;

/** Figures as people read them: grouped digits, a unit, no more decimals than matter. For sentences, never for arithmetic. */
import { ONE, PRICE_DECIMALS, QUANTITY_DECIMALS, USD_DECIMALS } from "./units.ts";

/** Towards minus infinity, or towards plus infinity. */
export type Rounding = "down" | "up";

/** An integer in units of 10^-decimals with at least `shown` decimals kept and the rest rounded off, digits in threes. */
export function formatGrouped(value: bigint, decimals: number, shown: number, rounding: Rounding = "down"): string {
  const kept = Math.min(decimals, shown);
  const unit = 10n ** BigInt(decimals - kept);
  const negative = value < 0n;
  const towardsZero = value / unit;
  const away = value % unit !== 0n && (rounding === "up") !== negative;
  const rounded = away ? towardsZero + (negative ? -1n : 1n) : towardsZero;
  const digits = (rounded < 0n ? -rounded : rounded).toString().padStart(kept + 1, "0");
  const whole = digits.slice(0, digits.length - kept).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits.slice(digits.length - kept);
  return `${rounded < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Decimals with which a small amount is still told from zero. */
function decimalsFor(value: bigint, decimals: number, least: number): number {
  const magnitude = value < 0n ? -value : value;
  return magnitude !== 0n && magnitude < 10n ** BigInt(decimals - least) ? decimals : least;
}

/** "1,204.50 USD"; fractions of a cent are rounded, amounts below a cent are given in full. */
export function usdText(value: bigint, rounding: Rounding = "down"): string {
  return `${formatGrouped(value, USD_DECIMALS, decimalsFor(value, USD_DECIMALS, 2), rounding)} USD`;
}

/** "3,000.25 USD", with more decimals the cheaper the unit. */
export function priceText(price: bigint): string {
  const magnitude = price < 0n ? -price : price;
  return `${formatGrouped(price, PRICE_DECIMALS, magnitude >= 10n * ONE ? 2 : magnitude >= ONE / 10n ? 4 : 8)} USD`;
}

/** "2.5": as many decimals as there are. */
export const quantityText = (quantity: bigint): string => trimmed(quantity, QUANTITY_DECIMALS);

/** An amount of a token in its own decimals: "1.25". */
export const amountText = (amount: bigint, decimals: number): string => trimmed(amount, decimals);

function trimmed(value: bigint, decimals: number): string {
  const text = formatGrouped(value, decimals, decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** "0.50 %" from basis points. */
export const percentText = (bps: bigint): string => `${formatGrouped(bps, 2, 2)} %`;

/** "2020-03-12T10:00:00Z" from Unix seconds. */
export function timeText(seconds: bigint | number): string {
  const date = new Date(Number(seconds) * 1_000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace(".000Z", "Z");
}

/** "0x12…ab": enough of an address or hash to recognise it. */
export const shortHex = (hex: string): string => (hex.length <= 12 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`);

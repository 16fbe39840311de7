/**
 * What deleveraging takes, and from whom (ICompulsoryCloses), equal to the contracts to the last unit: the deficit of an account is spread
 * over its perpetuals by notional, each is closed against the other side at the mark moved by that, the riskiest rank first and in
 * proportion inside a rank. Quantities and prices with 8 decimals, USD with 6.
 */
import { abs, BPS, divDown, min, QUANTITY_PRICE_TO_USD } from "../margin/fixedPoint.ts";
import { RANKS } from "./ranks.ts";

/** Nobody is closed further from the mark than this much of it. */
export const MAX_PRICE_SHARE_BPS = 2_000n;
/** What a class has of one contract before its first close. */
export const WHOLE = 10n ** 27n;
/** 16 (notional) − 6 (USD) decimals. */
const USD_TO_VALUE = 10n ** 10n;

export interface MarkedPosition {
  /** Positive: long. */
  readonly quantity: bigint;
  readonly mark: bigint;
}

/** One holder of the other side. @param quantity Unsigned. */
export interface Holder {
  readonly quantity: bigint;
  readonly rank: number;
}

/** Of all perpetuals of an account, USD with 16 decimals. */
export const notionalOf = (positions: readonly MarkedPosition[]): bigint =>
  positions.reduce((sum, { quantity, mark }) => sum + abs(quantity) * mark, 0n);

/** How far from the mark a perpetual is closed. @param notional Of all perpetuals of the account. */
export const distanceDown = (mark: bigint, deficit: bigint, notional: bigint): bigint =>
  min((mark * deficit * USD_TO_VALUE) / notional, (mark * MAX_PRICE_SHARE_BPS) / BPS);

/** The price of the close: a long that could not pay is closed above the mark, a short below. */
export function closingPrice({ quantity, mark }: MarkedPosition, deficit: bigint, notional: bigint): bigint {
  const distance = distanceDown(mark, deficit, notional);
  return quantity > 0n ? mark + distance : mark - distance;
}

/** What the other side pays beyond the mark. @param quantity Unsigned. */
export const coveredDown = (quantity: bigint, distance: bigint): bigint =>
  (quantity * distance) / QUANTITY_PRICE_TO_USD;

/** What a class has left of one contract after so many of its `total` are closed. */
export const remainingDown = (remaining: bigint, total: bigint, quantity: bigint): bigint =>
  (remaining * (total - quantity)) / total;

/** What is left of a position, towards zero. @param from, to Of one contract, when it was last up to date and now. */
export const leftOf = (quantity: bigint, from: bigint, to: bigint): bigint => (quantity * to) / from;

/** What a holder gets for contracts that are closed. @param closed Signed like the position. */
export const proceedsDown = (closed: bigint, price: bigint): bigint => divDown(closed * price, QUANTITY_PRICE_TO_USD);

/** Contracts closed in each rank: whole ranks from the riskiest on, together at most what there is. */
export function closeRanks(quantity: bigint, totals: readonly bigint[]): bigint[] {
  let left = quantity;
  return [...totals]
    .reverse()
    .map((total) => {
      const part = min(total, left);
      left -= part;
      return part;
    })
    .reverse();
}

/**
 * How much of each holder's position is closed, in their order, where nothing was closed in the ranks before. Each is rounded up by less
 * than a unit, which the market's closeout account keeps.
 */
export function allocate(quantity: bigint, holders: readonly Holder[]): bigint[] {
  const totals = Array.from({ length: RANKS }, () => 0n);
  for (const holder of holders) totals[holder.rank]! += holder.quantity;
  const left = closeRanks(quantity, totals).map((part, rank) =>
    part === 0n ? WHOLE : remainingDown(WHOLE, totals[rank]!, part),
  );
  return holders.map((holder) => holder.quantity - leftOf(holder.quantity, WHOLE, left[holder.rank]!));
}

/** The same without ranks: what others do at best. */
export const allocateProRata = (quantity: bigint, holders: readonly Pick<Holder, "quantity">[]): bigint[] =>
  allocate(
    quantity,
    holders.map((holder) => ({ quantity: holder.quantity, rank: 0 })),
  );

/**
 * What deleveraging takes, and from whom: the deficit of an account is spread over its perpetuals by notional, each is closed against
 * the other side at the mark less that, the riskiest rank first and pro rata inside a rank. Nothing is rounded against the other
 * side, so it never pays more than the deficit.
 */
import { abs, BPS, min, QUANTITY_PRICE_TO_USD } from "../margin/fixedPoint.ts";
import { RANKS } from "./ranks.ts";

/** The worst price that anybody is closed at: this much of the mark away from it. */
export const MAX_SHIFT_BPS = 2_000n;

/** A position of the account whose loss nobody covers. Quantity and mark with 8 decimals. */
export interface LosingPosition {
  readonly quantity: bigint;
  readonly mark: bigint;
}

/** One holder of the other side. @param quantity Unsigned, 8 decimals. */
export interface Holder {
  readonly quantity: bigint;
  readonly rank: number;
}

/** Shares of a deficit (USD, 6 decimals) for each position, by notional; together at most the deficit. */
export function spreadDeficit(deficit: bigint, positions: readonly LosingPosition[]): bigint[] {
  const notionals = positions.map(({ quantity, mark }) => abs(quantity) * mark);
  const total = notionals.reduce((sum, notional) => sum + notional, 0n);
  return notionals.map((notional) => (total === 0n ? 0n : (deficit * notional) / total));
}

/** How far from the mark a position is closed, 8 decimals. @param share Of the deficit, USD with 6 decimals. */
export function shiftOf(share: bigint, { quantity, mark }: LosingPosition): bigint {
  if (quantity === 0n) return 0n;
  return min((share * QUANTITY_PRICE_TO_USD) / abs(quantity), (mark * MAX_SHIFT_BPS) / BPS);
}

/** The price that both sides are closed at: a long is closed above the mark, a short below. */
export function closingPrice(share: bigint, position: LosingPosition): bigint {
  const shift = shiftOf(share, position);
  return position.quantity > 0n ? position.mark + shift : position.mark - shift;
}

/** What a holder gives up for the part of it that is closed, USD with 6 decimals. */
export const takenDown = (closed: bigint, shift: bigint): bigint => (closed * shift) / QUANTITY_PRICE_TO_USD;

/**
 * How much of each holder's position is closed, in their order: whole ranks from the riskiest on, and of the last one the same share of
 * everybody's. Together at most `quantity`; less only by rounding, or where the holders have less.
 */
export function allocate(quantity: bigint, holders: readonly Holder[]): bigint[] {
  const totals = Array.from({ length: RANKS }, () => 0n);
  for (const holder of holders) totals[holder.rank]! += holder.quantity;
  let left = quantity;
  const closing = totals.map(() => 0n);
  for (let rank = RANKS - 1; rank >= 0; rank--) {
    closing[rank] = min(left, totals[rank]!);
    left -= closing[rank]!;
  }
  return holders.map((holder) => {
    const total = totals[holder.rank]!;
    return total === 0n ? 0n : (holder.quantity * closing[holder.rank]!) / total;
  });
}

/** Plain pro rata, without ranks: what others do at best. */
export const allocateProRata = (quantity: bigint, holders: readonly Pick<Holder, "quantity">[]): bigint[] =>
  allocate(
    quantity,
    holders.map((holder) => ({ quantity: holder.quantity, rank: 0 })),
  );

/** Integer arithmetic that says where it rounds. `Down` is towards minus infinity, `Up` towards plus infinity. */

/** 8 (quantity) + 8 (price) − 6 (USD) decimals. */
export const QUANTITY_PRICE_TO_USD = 10n ** 10n;
export const BPS = 10_000n;
export const WAD = 10n ** 18n;

export function divDown(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

export function divUp(a: bigint, b: bigint): bigint {
  return -divDown(-a, b);
}

/** Half away from zero. */
export function divNearest(a: bigint, b: bigint): bigint {
  return (a < 0n ? a - b / 2n : a + b / 2n) / b;
}

export function abs(a: bigint): bigint {
  return a < 0n ? -a : a;
}

export function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Smallest integer whose square is at least `a`. Newton's method from above. */
export function sqrtUp(a: bigint): bigint {
  if (a < 0n) throw new RangeError("square root of a negative number");
  if (a < 2n) return a;
  let root = 1n << BigInt((a.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + a / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  return root * root < a ? root + 1n : root;
}

/** Value of a signed quantity at a price, USD with 6 decimals. */
export function valueDown(quantity: bigint, price: bigint): bigint {
  return divDown(quantity * price, QUANTITY_PRICE_TO_USD);
}

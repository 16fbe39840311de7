/** Where to look for the first price at which something fails; contracts/views/PriceSearch.sol. */
import { abs, min } from "./fixedPoint.ts";

/** Searches of bent functions end within this part of the present price. */
const TOLERANCE = 1_000_000n;
const RANGE = 10n;
/** Three stretches of a grid in the log of the price, in thousandths: 1.025^8 · 1.05^8 · 1.24^8 = 10.06. */
const RATIOS = [1_025n, 1_050n, 1_240n].flatMap((ratio) => Array.from({ length: 8 }, () => ratio));
const ONE = 1_000n;
const MAX_PRICE = 2n ** 64n - 1n;

/** @param isBent Whether there may be several crossings: then on a grid, else the end at once. */
export function upwards(price: bigint, isBent: boolean): bigint[] {
  const highest = min(price * RANGE, MAX_PRICE);
  if (!isBent) return [highest];
  const grid = steps(price, (before, ratio) => min((before * ratio) / ONE, highest));
  return [...grid.slice(0, -1), highest];
}

/** The same downwards; the end is zero. */
export function downwards(price: bigint, isBent: boolean): bigint[] {
  return isBent ? [...steps(price, (before, ratio) => (before * ONE) / ratio), 0n] : [0n];
}

function steps(price: bigint, next: (before: bigint, ratio: bigint) => bigint): bigint[] {
  let at = price;
  return RATIOS.map((ratio) => (at = next(at, ratio)));
}

/** The first price on the path out at which `meets` is false, or undefined. With options to within a millionth of the price. */
export function firstFailure(
  meets: (price: bigint) => boolean,
  price: bigint,
  path: readonly bigint[],
  isBent: boolean,
): bigint | undefined {
  const tolerance = isBent ? price / TOLERANCE + 1n : 1n;
  let inside = price;
  for (let outside of path) {
    if (meets(outside)) {
      inside = outside;
      continue;
    }
    while (abs(inside - outside) > tolerance) {
      const middle = (inside + outside) / 2n;
      if (meets(middle)) inside = middle;
      else outside = middle;
    }
    return outside;
  }
  return undefined;
}

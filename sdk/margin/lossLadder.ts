/** Losses of everything on one underlying within the scan range; contracts/risk/LossLadder.sol. USD with 6 decimals. */
import { abs, BPS, divUp, max, min, QUANTITY_PRICE_TO_USD } from "./fixedPoint.ts";
import type { Curve } from "./optionPricing.ts";
import { MOVE_BITS, MOVE_ONE, type ScanGrid } from "./scanGrid.ts";

/** A ladder with options: losses at the lower edge, the nodes inside, the upper edge; shares of the scan range, 60 fraction bits. */
export interface BentLadder {
  readonly losses: readonly bigint[];
  readonly shares: readonly bigint[];
  readonly scan: bigint;
}

/**
 * θ: what a linear ladder gains at the upper edge of the scan range, or loses where it is negative. USD with 6 decimals, rounded
 * away from zero. @param linear Value, USD with 16 decimals.
 */
export function line(linear: bigint, scanRangeBps: bigint): bigint {
  const magnitude = divUp(abs(linear) * scanRangeBps, QUANTITY_PRICE_TO_USD * BPS);
  return linear < 0n ? -magnitude : magnitude;
}

/** @param linear What moves with the price, the curve's `linear` included. @param limit No loss is larger; undefined: no limit. */
export function bend(curve: Curve, grid: ScanGrid, linear: bigint, limit: bigint | undefined): BentLadder {
  const { nodes, range, farLow, farHigh } = grid;
  const last = nodes.length - 1;
  const shares = nodes.map(({ move }) => (move << MOVE_BITS) / range);
  const losses = nodes.map(({ move }, i) => max(curve.up[i]!, curve.down[i]!) + scaleUp(-linear, move));
  const lowest = edge(losses[0]!, losses[1]!, shares[0]!, shares[1]!);
  const highest = edge(losses[last]!, losses[last - 1]!, shares[last]!, shares[last - 1]!);
  const fallen = divUp((curve.farLow + scaleUp(linear, -farLow.move)) * range, -farLow.move);
  const risen = divUp((curve.farHigh + scaleUp(-linear, farHigh.move)) * range, farHigh.move);
  losses[0] = max(lowest, fallen);
  losses[last] = max(highest, risen);
  shares[0] = -MOVE_ONE;
  shares[last] = MOVE_ONE;

  const rounded = losses.map((loss) => divUp(limit === undefined ? loss : min(loss, limit), QUANTITY_PRICE_TO_USD));
  const centre = nodes.findIndex(({ k }) => k === 0);
  rounded[centre] = max(rounded[centre]!, 0n);
  return { losses: rounded, shares, scan: rounded.reduce(max) };
}

/** Half of what the ladder gains from edge to edge. */
export function secant({ losses }: BentLadder): bigint {
  return (losses[0]! - losses.at(-1)!) / 2n;
}

/** What is lost at worst beside a line θ, and at which node. */
export function remainder({ losses, shares }: BentLadder, theta: bigint): { loss: bigint; node: number } {
  let [loss, node] = [0n, 0];
  losses.forEach((l, i) => {
    const rest = l + scaleUp(theta, shares[i]!);
    if (rest > loss) [loss, node] = [rest, i];
  });
  return { loss, node };
}

function edge(outer: bigint, inner: bigint, outerShare: bigint, innerShare: bigint): bigint {
  const end = outerShare < 0n ? -MOVE_ONE : MOVE_ONE;
  return inner + scaleUp(outer - inner, ((end - innerShare) << MOVE_BITS) / (outerShare - innerShare));
}

function scaleUp(a: bigint, share: bigint): bigint {
  return -((-a * share) >> MOVE_BITS);
}

/** Options of one expiry, valued at the mark and at the nodes of the scan grid; contracts/risk/OptionPricing.sol. */
import { strikePrice } from "../instruments.ts";
import type { OptionEntry } from "../types.ts";
import { type ExpiryTerms, smile, worlds } from "./expiryTerms.ts";
import { abs, max, min } from "./fixedPoint.ts";
import { moneyness } from "./moneyness.ts";
import { value, window } from "./optionTable.ts";
import type { ScanGrid } from "./scanGrid.ts";

const FAR = 12n << 30n;
const TABLE_BITS = 31n;
/** U at nodes keeps 22 bits. */
const NODE_BITS = 22n;
const SLOPE = 10_732_945_620n;
const SLOPE_BITS = 30n;
const MAX_LOT_EXPONENT = 10;
/** What lies between two nodes costs K / 78 at most, and K / (7,600·w) of an option that is not about to expire. */
const KINK = 78n << 30n;
const CURVATURE = 7_600n;

/** A lot may be at most 100 contracts. */
export class LotTooLarge extends Error {
  override readonly name = "LotTooLarge";
}

/**
 * What adds up over the expiries of an underlying; USD with 16 decimals. Nodes, in the order of the grid, are Σ n·K·U with 22 more
 * bits, and after `finish` what moves cost beyond `linear`.
 */
export interface Curve {
  readonly mark: bigint;
  readonly linear: bigint;
  readonly shorts: bigint;
  /** Whether any right is sold. */
  readonly sold: boolean;
  readonly long: bigint;
  readonly gross: bigint;
  /** Σ n·K·U at the mark: what the sums at the nodes are relative to. */
  readonly covered: bigint;
  readonly farLow: bigint;
  readonly farHigh: bigint;
  readonly up: readonly bigint[];
  readonly down: readonly bigint[];
}

/** A lot in contracts with 8 decimals. */
export function lotOf(lotExponent: number): bigint {
  if (lotExponent > MAX_LOT_EXPONENT) throw new LotTooLarge(`A lot of 10^${lotExponent - 8} contracts is too large.`);
  return 10n ** BigInt(lotExponent);
}

/** K·U at the mark in units of a price: F less a call, K less a put; never above either. */
export function coveredMark(terms: ExpiryTerms, strike: bigint): bigint {
  const x = moneyness(terms.forward, strike);
  if (x < -FAR) return terms.forward;
  if (x > FAR) return strike;
  return covered(terms, strike, x, smile(terms, x));
}

/** @param longPrice Add-on of a net long contract, before it is held to the premium; in units of a price. */
export function curveOf(
  entries: readonly OptionEntry[],
  lotExponent: number,
  terms: ExpiryTerms,
  grid: ScanGrid,
  longPrice: bigint,
): Curve {
  const lot = lotOf(lotExponent);
  const { forward } = terms;
  let [mark, linear, shorts, long, gross] = [0n, 0n, 0n, 0n, 0n];
  let sold = false;
  let [farLow, farHigh, coveredValue] = [0n, 0n, 0n];
  const up = grid.nodes.map(() => 0n);
  const down = grid.nodes.map(() => 0n);

  for (const entry of entries) {
    const strike = strikePrice(entry.strike);
    const [calls, puts] = [entry.calls * lot, entry.puts * lot];
    const net = calls + puts;
    linear += calls * forward;
    mark += calls * forward + puts * strike;
    sold ||= calls < 0n || puts < 0n;
    if (net === 0n) continue;

    const x = moneyness(terms.forward, strike);
    const unit = coveredMark(terms, strike);
    mark -= net * unit;
    const premium = min(longPrice, min(forward, strike) - unit);
    if (net < 0n) shorts -= net;
    else long += net * premium;
    if (x < -FAR) linear -= net * forward;
    if (abs(x) > FAR) continue;

    coveredValue += net * unit;
    const size = net * strike;
    const mid = smile(terms, x);
    const w = worlds(terms, mid);
    const first = grid.nodes[0]!.k;
    const lowStep = (BigInt(first) << 30n) / 20n;
    const start = x + lowStep;
    if (net > 0n && abs(x) <= -lowStep) {
      long += net * max((strike << 30n) / max(KINK, CURVATURE * mid) - premium, 0n);
    }
    farLow += size * atNode(value(start, w.up, grid.farLow.k - first));
    farHigh += size * atNode(value(start, w.up, grid.farHigh.k - first));
    const upper = lanes(grid, start, w.up);
    const lower = lanes(grid, start, w.down);
    grid.nodes.forEach((_, i) => {
      up[i]! += size * atNode(upper[i]!);
      down[i]! += size * atNode(lower[i]!);
    });
    const centre = grid.nodes.findIndex(({ k }) => k === 0);
    // Unsigned on the chain, so a falling table would wrap; it never falls.
    const slope = (strike * (upper[centre + 1]! - upper[centre - 1]!) * SLOPE) >> (SLOPE_BITS + TABLE_BITS);
    gross += abs(net) * (strike < forward ? slope : max(forward - slope, 0n));
  }
  return {
    mark,
    linear,
    shorts,
    sold,
    long,
    gross,
    covered: coveredValue,
    farLow,
    farHigh,
    up,
    down,
  };
}

/** What moves cost beyond `linear`, rounded up: sums with the mark taken off. */
export function finish(curve: Curve): Curve {
  const toLoss = (sum: bigint) => -(-sum >> NODE_BITS) - curve.covered;
  return {
    ...curve,
    farLow: toLoss(curve.farLow),
    farHigh: toLoss(curve.farHigh),
    up: curve.up.map(toLoss),
    down: curve.down.map(toLoss),
  };
}

export function addCurves(a: Curve, b: Curve): Curve {
  const each = (x: readonly bigint[], y: readonly bigint[]) => x.map((value_, i) => value_ + y[i]!);
  return {
    mark: a.mark + b.mark,
    linear: a.linear + b.linear,
    shorts: a.shorts + b.shorts,
    sold: a.sold || b.sold,
    long: a.long + b.long,
    gross: a.gross + b.gross,
    covered: a.covered + b.covered,
    farLow: a.farLow + b.farLow,
    farHigh: a.farHigh + b.farHigh,
    up: each(a.up, b.up),
    down: each(a.down, b.down),
  };
}

/** Slope of the value in the price, mean of the worlds; and how far apart the worlds value it where nothing moves. */
export function sensitivities(curve: Curve, grid: ScanGrid): { delta: bigint; vega: bigint } {
  const centre = grid.nodes.findIndex(({ k }) => k === 0);
  const at = (i: number) => curve.up[i]! + curve.down[i]!;
  const rise = at(centre + 1) - at(centre - 1);
  return {
    delta: curve.linear - ((rise * SLOPE) >> (SLOPE_BITS + NODE_BITS + 1n)),
    vega: abs(curve.up[centre]! - curve.down[centre]!) >> NODE_BITS,
  };
}

/** U at every node of the grid. @param start x at the first. */
function lanes(grid: ScanGrid, start: bigint, w: bigint): bigint[] {
  const result: bigint[] = [];
  while (result.length < grid.nodes.length) result.push(...window(start, w, result.length));
  return result;
}

function atNode(u: bigint): bigint {
  return u >> (TABLE_BITS - NODE_BITS);
}

function covered(terms: ExpiryTerms, strike: bigint, x: bigint, w: bigint): bigint {
  return min((strike * value(x, w)) >> TABLE_BITS, min(terms.forward, strike));
}

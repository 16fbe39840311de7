/** The moves of a price at which options are valued: x_k = e^(0.05·k) − 1, as contracts/risk/ScanGrid.sol computes them. */
import { BPS, min } from "./fixedPoint.ts";

/** Moves and shares have 60 fraction bits. */
export const MOVE_BITS = 60n;
export const MOVE_ONE = 1n << MOVE_BITS;

/** e^0.05 and e^−0.05. */
const STEP_UP = 1_212_033_054_183_535_271n;
const STEP_DOWN = 1_096_692_859_321_668_344n;
const LARGEST_FALL = (MOVE_ONE * 85n) / 100n;

export interface Node {
  readonly k: number;
  readonly move: bigint;
}

/** Nodes from the last at or beyond −R to the first at or beyond +R, and a far node on each side. */
export interface ScanGrid {
  readonly range: bigint;
  readonly nodes: readonly Node[];
  readonly farLow: Node;
  readonly farHigh: Node;
}

/** A range is a whole number of basis points, so there are few; margins of many accounts ask for the same ones. */
const grids = new Map<bigint, ScanGrid>();

export function scanGrid(rangeBps: bigint): ScanGrid {
  const known = grids.get(rangeBps);
  if (known !== undefined) return known;
  const grid = computeGrid(rangeBps);
  grids.set(rangeBps, grid);
  return grid;
}

function computeGrid(rangeBps: bigint): ScanGrid {
  const range = (rangeBps << MOVE_BITS) / BPS;
  const low = walk(STEP_DOWN, -1, range, min(3n * range, LARGEST_FALL));
  const high = walk(STEP_UP, 1, range, 3n * range);
  return {
    range,
    nodes: [...low.nodes.reverse(), { k: 0, move: 0n }, ...high.nodes],
    farLow: low.far,
    farHigh: high.far,
  };
}

function walk(step: bigint, sign: 1 | -1, range: bigint, distance: bigint): { nodes: Node[]; far: Node } {
  const nodes: Node[] = [];
  let [k, price] = [0, MOVE_ONE];
  const travelled = () => BigInt(sign) * (price - MOVE_ONE);
  const advance = (): Node => {
    price = (price * step) >> MOVE_BITS;
    k += sign;
    return { k, move: price - MOVE_ONE };
  };
  while (travelled() < range) nodes.push(advance());
  let far = nodes.at(-1)!;
  while (travelled() < distance) far = advance();
  return { nodes, far };
}

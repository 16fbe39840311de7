/** Samples U(x, w) for one band of the option table. */
import { coveredCallShare } from "../../sdk/options/black76.ts";
import { type BandPlan, H, LANES, W_STEPS, WORTHLESS } from "./bands.ts";

/** Fraction bits of a value. */
export const VALUE_BITS = 21;
const ONE = 2 ** VALUE_BITS;
/** Fraction bits of `trim`, and of the weights that the kernel interpolates with. */
const TRIM_BITS = 20;
const WEIGHT_BITS = 10;

export interface Band {
  readonly plan: BandPlan;
  /** Columns, H apart, from x = −start·H; a window may begin in columns 0 to `last`, where all values are 1. */
  readonly start: number;
  readonly last: number;
  readonly columns: number;
  /** What the values are kept below eˣ by, in 2^−20 of it. */
  readonly trim: number;
  /** Values in units of 2^−21: level, phase, column. */
  readonly rows: readonly (readonly (readonly number[])[])[];
}

export function sample(plan: BandPlan): Band {
  const { from, width, levels, phases } = plan;
  const h = H / phases;
  const step = width / W_STEPS / levels;
  const top = (from + width) / W_STEPS;

  let wing = -1;
  while (Math.exp(wing * H) - coveredCallShare(wing * H, top) > WORTHLESS) --wing;
  let certain = 1;
  while (1 - coveredCallShare(certain * H, top) > WORTHLESS) ++certain;
  const start = LANES - 1 - wing;
  const last = certain + start;
  // With one phase, the last column's window would end on the value that encodeRows leaves out.
  const columns = last + LANES + (phases === 1 ? 1 : 0);

  // A chord of eˣ lies above it by up to h²/8, and the kernel's weights round to the nearest: with this much less in the nodes,
  // nothing between them is above eˣ, so no option is ever worth less than its payoff at the forward.
  const trim = Math.ceil(((h * h) / 8 + h / 2 ** (WEIGHT_BITS + 1)) * 2 ** TRIM_BITS);

  const grid: number[][] = [];
  for (let level = 0; level <= levels; ++level) {
    // The kernel rounds weights in w down, by half of their unit on average: the levels are that much further on. Not at w = 0.
    const w = from / W_STEPS + level * step + (from === 0 ? 0 : step / 2 ** (WEIGHT_BITS + 1));
    grid.push(
      Array.from({ length: columns * phases }, (_, j) => {
        const x = j * h - start * H;
        const ceiling = Math.exp(x) * (1 - trim / 2 ** TRIM_BITS);
        if (j >= last * phases) return ONE;
        if (j <= (start + wing) * phases) return Math.floor(ceiling * ONE);
        return Math.floor(Math.max(0, Math.min(balanced(x, w, h, step), ceiling, 1)) * ONE);
      }),
    );
  }
  makeMonotone(grid);
  const rows = grid.map((values) =>
    Array.from({ length: phases }, (_, phase) =>
      Array.from({ length: columns }, (_, q) => values[q * phases + phase]!),
    ),
  );
  return { plan, start, last, columns, trim, rows };
}

/** The node moved by half of what the chords around it are off, so that the error of interpolation has both signs alike. */
function balanced(x: number, w: number, h: number, step: number): number {
  const u = coveredCallShare(x, w);
  const bendInX = coveredCallShare(x + h, w) - 2 * u + coveredCallShare(x - h, w);
  const bendInW = w === 0 ? 0 : coveredCallShare(x, w + step) - 2 * u + coveredCallShare(x, Math.abs(w - step));
  return u - (bendInX + bendInW) / 16;
}

/** U rises in x and falls in w; balancing and rounding must not change that. */
function makeMonotone(grid: number[][]): void {
  grid.forEach((values, level) => {
    values.forEach((value, j) => {
      const above = level === 0 ? ONE : grid[level - 1]![j]!;
      values[j] = Math.min(Math.max(value, j === 0 ? 0 : values[j - 1]!), above);
    });
  });
}

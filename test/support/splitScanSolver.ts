/**
 * The split-scan measure as the method defines it, minimised numerically over all splits:
 *
 *     min over θ of  ‖θ‖ + Σ_u max_k [ ℓ_u(x_k) − θ_u · x_k / R_u ]
 *
 * A second-order cone programme (epigraphs s ≥ ‖θ‖ in each world, t_u ≥ each node), solved by a primal barrier method (Boyd and
 * Vandenberghe, Convex Optimization, §11.3) in floating point. It knows nothing of the closed form for linear books.
 */
import { cholesky, type Matrix, solveCholesky } from "./linearAlgebra.ts";

/** Loss ladder of one underlying: losses at moves x in [−R, R]. */
export interface Ladder {
  readonly range: number;
  readonly moves: readonly number[];
  readonly losses: readonly number[];
}

/** The method's nodes: x_k = exp(0.05·k) − 1, k = −12 … 11, inside ±R, and the edges. */
export function nodes(range: number): number[] {
  const grid = Array.from({ length: 24 }, (_, i) => Math.exp(0.05 * (i - 12)) - 1);
  return [-range, ...grid.filter((x) => Math.abs(x) < range), range];
}

/** The three correlation worlds as matrices: measured, drawn towards none by `a`, towards one by `b`. */
export function worlds(correlations: Matrix, a: number, b: number): Matrix[] {
  const shrink = (weight: number, target: (i: number, j: number) => number) =>
    correlations.map((row, i) => row.map((c, j) => (1 - weight) * c + weight * target(i, j)));
  return [correlations.map((row) => [...row]), shrink(a, (i, j) => (i === j ? 1 : 0)), shrink(b, () => 1)];
}

/** The minimum, from above: off by at most `gap` times the sum of the largest losses. */
export function minimumOfSplits(ladders: readonly Ladder[], matrices: readonly Matrix[], gap = 1e-9): number {
  const n = ladders.length;
  const size = ladders.reduce((sum, l) => sum + Math.max(...l.losses.map(Math.abs)), 0);
  if (size === 0) return 0;
  const constraints = ladders.flatMap((ladder, u) =>
    ladder.moves.map((x, k) => ({ u, slope: x / ladder.range, loss: ladder.losses[k]! / size })),
  );
  // z = (s, θ_1 … θ_n, t_1 … t_n), strictly feasible to begin with.
  let z = [1, ...Array<number>(n).fill(0), ...ladders.map((l) => Math.max(...l.losses) / size + 1)];

  const isInside = (point: readonly number[]) =>
    matrices.every((matrix) => point[0]! > 0 && cone(point, matrix, n).rest > 0) &&
    constraints.every(({ u, slope, loss }) => point[1 + n + u]! - loss + point[1 + u]! * slope > 0);

  const degree = 2 * matrices.length + constraints.length;
  for (let weight = 1; degree / weight > gap; weight *= 8) {
    for (let step = 0; step < 500; step++) {
      const { gradient, hessian } = derivatives(z, weight, n, matrices, constraints);
      const direction = solveCholesky(cholesky(hessian), gradient);
      const decrement = Math.sqrt(direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0));
      // Centred, or at the limit of floating point: then the centre reached so far is as good as any.
      if (!(decrement > 1e-4)) break;
      // The barrier is self-concordant, so this step stays inside without a search (ibid., §9.6).
      const length = decrement > 0.25 ? 1 / (1 + decrement) : 1;
      const next = z.map((x, i) => x - length * direction[i]!);
      if (!isInside(next)) break;
      z = next;
    }
  }
  return size * (z[0]! + z.slice(n + 1).reduce((sum, t) => sum + t, 0));
}

function cone(z: readonly number[], matrix: Matrix, n: number) {
  const theta = z.slice(1, n + 1);
  const image = matrix.map((row) => row.reduce((sum, c, j) => sum + c * theta[j]!, 0));
  return { image, rest: z[0]! ** 2 - theta.reduce((sum, x, i) => sum + x * image[i]!, 0) };
}

function derivatives(
  z: readonly number[],
  weight: number,
  n: number,
  matrices: readonly Matrix[],
  constraints: readonly { readonly u: number; readonly slope: number; readonly loss: number }[],
) {
  const dimension = 2 * n + 1;
  const gradient = Array.from({ length: dimension }, (_, i) => (i === 0 || i > n ? weight : 0));
  const hessian = Array.from({ length: dimension }, () => Array<number>(dimension).fill(0));
  for (const matrix of matrices) {
    // −log(zᵀAz) with A = diag(1, −M).
    const { image, rest } = cone(z, matrix, n);
    const half = [z[0]!, ...image.map((x) => -x)];
    for (let i = 0; i <= n; i++) {
      gradient[i]! -= (2 * half[i]!) / rest;
      for (let j = 0; j <= n; j++) {
        const entry = i === 0 && j === 0 ? 1 : i === 0 || j === 0 ? 0 : -matrix[i - 1]![j - 1]!;
        hessian[i]![j]! += (-2 * entry) / rest + (4 * half[i]! * half[j]!) / rest ** 2;
      }
    }
  }
  for (const { u, slope, loss } of constraints) {
    const [line, top] = [1 + u, 1 + n + u];
    const slack = z[top]! - loss + z[line]! * slope;
    gradient[line]! -= slope / slack;
    gradient[top]! -= 1 / slack;
    hessian[line]![line]! += slope ** 2 / slack ** 2;
    hessian[line]![top]! += slope / slack ** 2;
    hessian[top]![line]! += slope / slack ** 2;
    hessian[top]![top]! += 1 / slack ** 2;
  }
  return { gradient, hessian };
}

/** Books of perpetuals, and of perpetuals with a token as collateral. Weights are shares of one gross notional. */
import { Random } from "./random.ts";

export const LINEAR_CLASSES = ["single", "long-only", "pair", "market-neutral", "random"] as const;
export const COLLATERAL_CLASSES = ["ETH collateral, short", "ETH collateral, long"] as const;

export interface LinearBook {
  readonly className: string;
  readonly name: string;
  /** Perpetuals by asset; their magnitudes add up to one. */
  readonly weights: readonly number[];
  /** Value of WETH held as collateral. */
  readonly ether: number;
}

const DRAWN_BOOKS = 60;

/** With eleven assets 22 singles, 110 pairs and 60 of each drawn class: 312. */
export function linearBooks(symbols: readonly string[], seed: number): LinearBook[] {
  const random = new Random(seed);
  const size = symbols.length;
  const book = (className: string, name: string, legs: readonly (readonly [asset: number, weight: number])[]) => {
    const gross = legs.reduce((sum, [, weight]) => sum + Math.abs(weight), 0);
    const weights = new Array<number>(size).fill(0);
    for (const [asset, weight] of legs) weights[asset] = weight / gross;
    return { className, name, weights, ether: 0 };
  };
  const drawn = (className: string, least: number, weigh: (count: number) => number[]) =>
    size < least
      ? []
      : Array.from({ length: DRAWN_BOOKS }, (_, i) => {
          const assets = random.choice(size, random.integer(least, size));
          const weights = weigh(assets.length);
          return book(
            className,
            `${className} ${i + 1}`,
            assets.map((asset, k) => [asset, weights[k]!] as const),
          );
        });
  const normals = (count: number) => Array.from({ length: count }, () => random.normal());
  const singles = symbols.flatMap((symbol, i) => [
    book("single", `${symbol} long`, [[i, 1]]),
    book("single", `${symbol} short`, [[i, -1]]),
  ]);
  const pairs = symbols.flatMap((long, i) =>
    symbols.flatMap((short, j) =>
      i === j
        ? []
        : [
            book("pair", `${long} long, ${short} short`, [
              [i, 1],
              [j, -1],
            ]),
          ],
    ),
  );
  return [
    ...singles,
    ...drawn("long-only", Math.min(3, Math.max(size, 2)), (count) =>
      Array.from({ length: count }, () => random.exponential()),
    ),
    ...pairs,
    ...drawn("market-neutral", Math.min(4, Math.max(size, 2)), (count) => {
      const weights = normals(count);
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
      return weights.map((weight) => weight - mean);
    }),
    ...drawn("random", Math.min(3, Math.max(size, 2)), normals),
    ...collateralBooks(symbols),
  ];
}

/** Books whose collateral is ether, against a short in it (a hedge) and beside a long (a concentration). */
function collateralBooks(symbols: readonly string[]): LinearBook[] {
  const ether = symbols.indexOf("ETH");
  if (ether < 0) return [];
  const bitcoin = symbols.indexOf("BTC");
  const book = (className: (typeof COLLATERAL_CLASSES)[number], asset: number, weight: number, value: number) => {
    const weights = new Array<number>(symbols.length).fill(0);
    weights[asset] = weight;
    const side = weight < 0 ? "short" : "long";
    return { className, name: `${value} WETH, ${side} ${symbols[asset]}`, weights, ether: value };
  };
  const [short, long] = COLLATERAL_CLASSES;
  return [
    book(short, ether, -1, 1),
    book(short, ether, -1, 0.5),
    book(short, ether, -1, 2),
    book(long, ether, 1, 1),
    book(long, ether, 1, 0.5),
    book(long, ether, 1, 2),
    ...(bitcoin < 0 ? [] : [book(short, bitcoin, -1, 1), book(long, bitcoin, 1, 1)]),
  ];
}

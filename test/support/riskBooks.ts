/** Seeded random parameters and linear books for tests of the margin. */
import {
  type Exposure,
  type GlobalParameters,
  type Holding,
  type ParameterSet,
  type Portfolio,
  PriceStatus,
} from "../../sdk/types.ts";

export const PRICE_ONE = 10n ** 8n;
export const QUANTITY_ONE = 10n ** 8n;
export const USD_ONE = 10n ** 6n;

/** The method's defaults (docs/margin-method.md). */
export const METHOD_GLOBALS: GlobalParameters = {
  independenceWeightBps: 2_000n,
  unityWeightBps: 5_000n,
  maintenanceFactorBps: 7_500n,
  maintenanceAddOnBps: 5_000n,
  impactFactorBps: 10_000n,
  deadFeedScanRangeBps: 4_500n,
  depegThresholdBps: 9_900n,
  cashFloorBps: 9_500n,
  liquidationTargetBps: 12_500n,
  datedBasisBps: 30n,
  vegaBps: 1_500n,
  shortOptionBps: 100n,
  longOptionFloorBps: 10n,
  longOptionBps: 75n,
};

/** A deterministic stream of numbers (mulberry32 by Tommy Ettinger, public domain). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Integer in [low, high]. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  bigint(low: number, high: number): bigint {
    return BigInt(this.integer(low, high));
  }

  /** Spread evenly over orders of magnitude. */
  logarithmic(low: number, high: number): bigint {
    return BigInt(Math.round(low * (high / low) ** this.unit()));
  }

  gaussian(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!;
  }

  /** `count` distinct numbers of 1 … `from`, in random order. */
  choose(count: number, from: number): number[] {
    const pool = Array.from({ length: from }, (_, i) => i + 1);
    return Array.from({ length: count }, () => pool.splice(this.integer(0, pool.length - 1), 1)[0]!);
  }
}

/** Correlations of `size` underlyings from a random factor model: positive definite after rounding because of the 0.9. */
export function randomCorrelations(random: Random, size: number, factors = 3): bigint[] {
  const loadings = Array.from({ length: size }, () => {
    const vector = Array.from({ length: factors }, (_, f) => random.gaussian() + (f === 0 ? 0.8 : 0));
    const length = Math.hypot(...vector);
    return vector.map((x) => x / length);
  });
  const lower: bigint[] = [];
  for (let i = 1; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const rho = loadings[i]!.reduce((sum, x, f) => sum + x * loadings[j]![f]!, 0);
      lower.push(BigInt(Math.round(0.9 * rho * 127)));
    }
  }
  return lower;
}

export function randomParameters(random: Random, underlyings: number, collaterals: number): ParameterSet {
  return {
    globals: {
      independenceWeightBps: random.bigint(0, 5_000),
      unityWeightBps: random.bigint(0, 7_500),
      maintenanceFactorBps: random.bigint(5_000, 10_000),
      maintenanceAddOnBps: random.bigint(0, 10_000),
      impactFactorBps: random.bigint(0, 50_000),
      deadFeedScanRangeBps: random.bigint(1_000, 8_500),
      depegThresholdBps: random.bigint(9_000, 10_000),
      cashFloorBps: random.bigint(0, 9_000),
      liquidationTargetBps: random.bigint(10_100, 20_000),
      datedBasisBps: random.bigint(0, 1_000),
      vegaBps: random.bigint(0, 10_000),
      shortOptionBps: random.bigint(0, 1_000),
      longOptionFloorBps: random.bigint(0, 1_000),
      longOptionBps: random.bigint(0, 1_000),
    },
    underlyings: Array.from({ length: underlyings }, () => ({
      scanRangeBps: random.bigint(100, 8_500),
      basisBps: random.bigint(0, 1_000),
      halfSpreadBps: random.bigint(0, 1_000),
      sigmaDayBps: random.bigint(1, 5_000),
      dailyVolumeUsd: random.logarithmic(1_000, 1e11),
    })),
    correlations: randomCorrelations(random, underlyings),
    collaterals: Array.from({ length: collaterals }, () => ({
      basisHaircutBps: random.bigint(0, 9_000),
      protocolHaircutBps: random.bigint(0, 9_000),
      sigmaDayBps: random.bigint(0, 5_000),
      dailyVolumeUsd: random.logarithmic(1_000, 1e11),
    })),
  };
}

export function exposure(underlying: number, quantity: bigint, price: bigint, more: Partial<Exposure> = {}): Exposure {
  return { underlying, expiryHours: 0, quantity, openInterest: 0n, price, status: PriceStatus.Fresh, ...more };
}

export function holding(
  asset: number,
  underlying: number,
  amount: bigint,
  price: bigint,
  more: Partial<Holding> = {},
): Holding {
  return { asset, underlying, amount, total: amount, price, status: PriceStatus.Fresh, ...more };
}

export function book(more: Partial<Portfolio> = {}): Portfolio {
  return {
    cash: 0n,
    cashPrice: { price: PRICE_ONE, status: PriceStatus.Fresh, updatedAt: 1n },
    exposures: [],
    holdings: [],
    ...more,
  };
}

const STATUSES = [PriceStatus.Fresh, PriceStatus.Fresh, PriceStatus.Fresh, PriceStatus.Closed, PriceStatus.Stale];

/** A linear book: perpetuals, tokens, sometimes dead feeds and a depegged cash price. */
export function randomBook(random: Random, underlyings: number, collaterals: number): Portfolio {
  const prices = Array.from({ length: underlyings }, () => random.logarithmic(1e3, 1e13));
  const statuses = Array.from({ length: underlyings }, () => random.pick(STATUSES));
  const market = (underlying: number) => ({ price: prices[underlying - 1]!, status: statuses[underlying - 1]! });

  const perpetuals = random.choose(random.integer(0, Math.min(10, underlyings)), underlyings);
  const leg = (underlying: number, expiryHours: number): Exposure => {
    const size = random.logarithmic(1, 1e15);
    const quantity = random.unit() < 0.5 ? -size : size;
    return {
      underlying,
      expiryHours,
      quantity,
      openInterest: size + random.logarithmic(1, 1e17),
      ...market(underlying),
    };
  };
  const assets = random.choose(random.integer(0, Math.min(4, collaterals)), collaterals);
  return {
    cash: random.logarithmic(1, 1e14) * (random.unit() < 0.3 ? -1n : 1n),
    cashPrice: {
      price: random.unit() < 0.3 ? random.bigint(80_000_000, 100_000_000) : PRICE_ONE,
      status: PriceStatus.Fresh,
      updatedAt: random.bigint(1, 2 ** 31),
    },
    exposures: [...perpetuals.map((underlying) => leg(underlying, 0))],
    holdings: assets.map((asset) => {
      const underlying = random.integer(1, underlyings);
      const amount = random.logarithmic(1, 1e14);
      return { asset, underlying, amount, total: amount + random.logarithmic(1, 1e16), ...market(underlying) };
    }),
  };
}

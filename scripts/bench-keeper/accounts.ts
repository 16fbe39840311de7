/** Seeded accounts in the proportions of a busy house, and prices that move. */
import { accountId, strikeCode } from "../../sdk/instruments.ts";
import type { AccountBook, BookedPosition } from "../../sdk/remargin/accountBook.ts";
import { surfaceKey, type Tick, type UnderlyingState } from "../../sdk/remargin/tick.ts";
import { type OptionEntry, type ParameterSet, PriceStatus, type Surface, SurfaceStatus } from "../../sdk/types.ts";

/** Of a hundred accounts so many of each kind. */
export const MIX = { fewPerpetuals: 60, eightPerpetuals: 35, sixteenOptions: 5 } as const;

/** USD, by underlying of event-2020-03.json: BTC, ETH, BNB, XRP, ADA, LTC, LINK, BCH. */
const PRICES = [7_900, 195, 18, 0.21, 0.041, 48, 3.5, 265];
const NOW = 1_584_000_000n;
const HOUR = Number(NOW / 3_600n);
const EXPIRIES = [3 * 24, 10 * 24, 17 * 24, 45 * 24];
const STRIKES = 13;
const LOT_EXPONENT = 6;
const OPTIONS_ON = 2;
const HUNDRED = 100;

/** A deterministic stream of numbers in [0, 1) (mulberry32 by Tommy Ettinger, public domain). */
export function randomStream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const units = (price: number): bigint => BigInt(Math.round(price * 1e8));

/** All markets with every price moved by a share. */
export function tickAt(parameters: ParameterSet, move: number): Tick {
  const underlyings = new Map(
    PRICES.map((price, i): [number, UnderlyingState] => [
      i + 1,
      {
        price: units(price * (1 + move)),
        status: PriceStatus.Fresh,
        openInterest: units(50_000_000 / price),
        fundingIndex: 0n,
      },
    ]),
  );
  const surfaces = new Map<number, Surface>();
  for (let underlying = 1; underlying <= OPTIONS_ON; underlying++) {
    for (const hours of EXPIRIES) surfaces.set(surfaceKey(underlying, HOUR + hours), SURFACE);
  }
  const cashPrice = { price: units(1), status: PriceStatus.Fresh, updatedAt: NOW };
  return { now: NOW, cashPrice, underlyings, surfaces, assets: new Map(), parameters };
}

const SURFACE: Surface = {
  atmVolatility: 800_000n,
  basis: 1_000n,
  skew: -50_000n,
  curvature: 20_000n,
  status: SurfaceStatus.Fresh,
  updatedAt: NOW,
  settlementPrice: 0n,
};

/** So many accounts, in the proportions of `MIX` whatever their number. */
export function makeBooks(count: number, seed: number): AccountBook[] {
  const random = randomStream(seed);
  return Array.from({ length: count }, (_, i): AccountBook => {
    const account = accountId(`0x${(i + 1).toString(16).padStart(40, "0")}`, 0);
    const kind = (i * 37) % HUNDRED;
    const positions =
      kind < MIX.fewPerpetuals
        ? perpetuals(random, 1 + Math.floor(random() * 2))
        : kind < MIX.fewPerpetuals + MIX.eightPerpetuals
          ? perpetuals(random, PRICES.length)
          : options(random);
    // Enough for most, not for all: a keeper has something to find.
    const cash = BigInt(Math.round(grossOf(positions) * (0.12 + 1.4 * random()) * 1e6));
    return { account, cash: cash - positionValue(positions), positions, holdings: [] };
  });
}

/** Positions of about 5,000 USD each, long or short. */
function perpetuals(random: () => number, count: number): BookedPosition[] {
  const from = Math.floor(random() * PRICES.length);
  return Array.from({ length: count }, (_, i): BookedPosition => {
    const at = (from + i) % PRICES.length;
    const size = (2_000 + 6_000 * random()) / PRICES[at]!;
    const quantity = units(random() < 0.6 ? size : -size);
    return { underlying: at + 1, expiryHours: 0, quantity, fundingIndex: 0n, lotExponent: 0, options: [] };
  });
}

/** USD at the first prices; options count with their contracts. */
function grossOf(positions: readonly BookedPosition[]): number {
  return positions.reduce((sum, { underlying, quantity, options }) => {
    const contracts = options.reduce((all, { calls, puts }) => all + Math.abs(Number(calls + puts)) / HUNDRED, 0);
    return sum + PRICES[underlying - 1]! * (Math.abs(Number(quantity)) / 1e8 + contracts);
  }, 0);
}

/** What perpetuals are worth at the first prices, which their quotes took from the cash. */
function positionValue(positions: readonly BookedPosition[]): bigint {
  return positions.reduce((sum, p) => sum + (p.quantity * units(PRICES[p.underlying - 1]!)) / 10n ** 10n, 0n);
}

/** Sixteen strikes over four expiries of two underlyings. */
function options(random: () => number): BookedPosition[] {
  const perExpiry = 16 / (EXPIRIES.length * OPTIONS_ON);
  return Array.from({ length: OPTIONS_ON }, (_, u) => u).flatMap((u) =>
    EXPIRIES.map((hours): BookedPosition => {
      const price = PRICES[u]!;
      const first = Math.floor(random() * (STRIKES - perExpiry));
      const entries = Array.from({ length: perExpiry }, (_, i): OptionEntry => {
        const strike = Number((price * (0.7 + 0.05 * (first + i))).toPrecision(3));
        const lots = BigInt(Math.max(1, Math.round(((1_000 + 2_000 * random()) / price) * HUNDRED)));
        const signed = random() < 0.5 ? lots : -lots;
        const isCall = strike > price;
        return { strike: strikeCode(units(strike)), calls: isCall ? signed : 0n, puts: isCall ? 0n : signed };
      });
      return {
        underlying: u + 1,
        expiryHours: HOUR + hours,
        quantity: 0n,
        fundingIndex: 0n,
        lotExponent: LOT_EXPONENT,
        options: entries,
      };
    }),
  );
}

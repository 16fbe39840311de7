/** Seeded random books with futures and options for tests of the margin. */
import { strikeCode } from "../../sdk/instruments.ts";
import {
  type ExpiryHolding,
  type Exposure,
  type OptionEntry,
  type Portfolio,
  PriceStatus,
  type Surface,
  SurfaceStatus,
} from "../../sdk/types.ts";
import { book, exposure, holding, QUANTITY_ONE, type Random } from "./riskBooks.ts";

/** Lots of a hundredth of a contract. */
export const LOT_EXPONENT = 6;
export const LOTS_PER_CONTRACT = 100;

/** A fresh surface at 80 % without smile, unless told otherwise. */
export function surface(more: Partial<Surface> = {}): Surface {
  return {
    atmVolatility: 800_000n,
    basis: 0n,
    skew: 0n,
    curvature: 0n,
    status: SurfaceStatus.Fresh,
    updatedAt: 0n,
    settlementPrice: 0n,
    ...more,
  };
}

/** Calls and puts of one strike. @param strike USD. @param calls, puts Contracts. */
export function entry(strike: number, calls: number, puts = 0): OptionEntry {
  return {
    strike: strikeCode(BigInt(Math.round(strike * 1e8))),
    calls: BigInt(Math.round(calls * LOTS_PER_CONTRACT)),
    puts: BigInt(Math.round(puts * LOTS_PER_CONTRACT)),
  };
}

/** Options and a future of one expiry. @param price USD. @param expiryHours Since 1970. @param future Contracts. */
export function expiry(
  underlying: number,
  price: number,
  expiryHours: number,
  options: readonly OptionEntry[],
  more: { readonly future?: number; readonly surface?: Partial<Surface>; readonly status?: PriceStatus } = {},
): Exposure {
  const dated: ExpiryHolding = { surface: surface(more.surface), lotExponent: LOT_EXPONENT, options };
  const quantity = BigInt(Math.round((more.future ?? 0) * 1e8));
  const status = more.status ?? PriceStatus.Fresh;
  return exposure(underlying, quantity, BigInt(Math.round(price * 1e8)), { expiryHours, dated, status });
}

const PRICE_STATUSES = [PriceStatus.Fresh, PriceStatus.Fresh, PriceStatus.Fresh, PriceStatus.Closed, PriceStatus.Stale];
const SURFACE_STATUSES = [
  SurfaceStatus.Fresh,
  SurfaceStatus.Fresh,
  SurfaceStatus.Fresh,
  SurfaceStatus.Stale,
  SurfaceStatus.None,
  SurfaceStatus.Settled,
];

/** Anything an account may hold, also what no market would list: far strikes, expiries that are past, wild smiles, dead feeds. */
export function randomOptionBook(random: Random, underlyings: number, collaterals: number, now: bigint): Portfolio {
  const prices = Array.from({ length: underlyings }, () => random.logarithmic(1e4, 1e13));
  const statuses = Array.from({ length: underlyings }, () => random.pick(PRICE_STATUSES));
  const openInterests = Array.from({ length: underlyings }, () => random.logarithmic(1, 1e17));
  const market = (underlying: number) => ({
    price: prices[underlying - 1]!,
    status: statuses[underlying - 1]!,
    openInterest: openInterests[underlying - 1]!,
  });
  const hour = Number(now / 3_600n);
  const quantity = () => random.logarithmic(1, 1e13) * (random.unit() < 0.5 ? -1n : 1n);

  const exposures: Exposure[] = [];
  for (const underlying of random.choose(random.integer(1, 4), underlyings)) {
    const { price } = market(underlying);
    if (random.unit() < 0.5) exposures.push(exposure(underlying, quantity(), price, market(underlying)));
    for (const days of random.choose(random.integer(0, 3), 60)) {
      const expiryHours = hour + (random.unit() < 0.1 ? -days : days * random.integer(1, 24));
      exposures.push(
        exposure(underlying, random.unit() < 0.5 ? quantity() : 0n, price, {
          ...market(underlying),
          expiryHours,
          dated: randomExpiry(random, Number(price)),
        }),
      );
    }
  }
  const holdings = random.choose(random.integer(0, 2), collaterals).map((asset) => {
    const underlying = random.integer(1, underlyings);
    const amount = random.logarithmic(1, 1e13);
    const { price, status } = market(underlying);
    return holding(asset, underlying, amount, price, { total: amount + random.logarithmic(1, 1e15), status });
  });
  return book({
    now,
    cash: random.logarithmic(1, 1e13) * (random.unit() < 0.3 ? -1n : 1n),
    exposures: exposures.sort(() => random.unit() - 0.5),
    holdings,
  });
}

function randomExpiry(random: Random, price: number): ExpiryHolding {
  const isLongOnly = random.unit() < 0.2;
  const lots = () => {
    if (random.unit() < 0.4) return 0n;
    const size = random.logarithmic(1, 1e6);
    return isLongOnly || random.unit() < 0.5 ? size : -size;
  };
  const spread = random.pick([0.05, 0.3, 1.5, 16]);
  const strikes = new Set(
    Array.from({ length: random.integer(0, 8) }, () => {
      const digits = 10 ** Math.max(0, Math.floor(Math.log10(price)) - random.integer(1, 4));
      return Math.max(1, Math.round((price * Math.exp(spread * (random.unit() - 0.5))) / digits)) * digits;
    }).filter((strike) => strike <= 1e18),
  );
  return {
    surface: surface({
      atmVolatility: random.bigint(0, 3_000_000),
      basis: random.bigint(-200_000, 200_000),
      skew: random.bigint(-400_000, 400_000),
      curvature: random.bigint(-200_000, 400_000),
      status: random.pick(SURFACE_STATUSES),
      settlementPrice: BigInt(Math.round(price * (0.5 + random.unit()))),
    }),
    lotExponent: random.integer(0, 10),
    options: [...strikes]
      .map((strike) => strikeOf(strike))
      .flatMap((code) => ({ strike: code, calls: lots(), puts: lots() })),
  };
}

/** The nearest strike of at most six digits. */
function strikeOf(price: number): number {
  const exponent = Math.max(0, Math.floor(Math.log10(price)) - 5);
  return strikeCode((BigInt(Math.round(price)) / 10n ** BigInt(exponent)) * 10n ** BigInt(exponent));
}

export { QUANTITY_ONE };

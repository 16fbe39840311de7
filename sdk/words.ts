/** Packed words of contracts/types, layouts drawn there: field by field, from the low end up. */
import type {
  DatedMarket,
  ExpiryHolding,
  Exposure,
  Holding,
  Market,
  OptionEntry,
  PackedPortfolio,
  Portfolio,
  PriceStatus,
  Surface,
  SurfaceStatus,
} from "./types.ts";

const ENTRIES_PER_WORD = 3;
const ENTRY_BITS = 84;

function field(word: bigint, offset: number, bits: number): bigint {
  return BigInt.asUintN(bits, word >> BigInt(offset));
}

function place(value: bigint, offset: number, bits: number): bigint {
  if (BigInt.asUintN(bits, value) !== value) throw new RangeError(`${value} does not fit into ${bits} bits`);
  return value << BigInt(offset);
}

function placeSigned(value: bigint, offset: number, bits: number): bigint {
  if (BigInt.asIntN(bits, value) !== value) throw new RangeError(`${value} does not fit into ${bits} signed bits`);
  return BigInt.asUintN(bits, value) << BigInt(offset);
}

function decodeMarket(word: bigint): Market {
  return { price: field(word, 0, 64), status: Number(field(word, 64, 8)) as PriceStatus };
}

function encodeMarket(market: Market): bigint {
  return place(market.price, 0, 64) | place(BigInt(market.status), 64, 8);
}

export function decodeMarketWord(word: bigint): DatedMarket {
  return { ...decodeMarket(word), updatedAt: field(word, 72, 40) };
}

export function encodeMarketWord(market: DatedMarket): bigint {
  return encodeMarket(market) | place(market.updatedAt, 72, 40);
}

/** The surface and the options of an expiry are in words of their own. */
export function decodeExposure(word: bigint, dated?: ExpiryHolding): Exposure {
  return {
    underlying: Number(field(word, 224, 8)),
    expiryHours: Number(field(word, 200, 24)),
    quantity: BigInt.asIntN(64, word >> 136n),
    openInterest: field(word, 72, 64),
    ...decodeMarket(word),
    ...(dated === undefined ? {} : { dated }),
  };
}

export function encodeExposure(exposure: Exposure): bigint {
  const { lotExponent, options } = exposure.dated ?? { lotExponent: 0, options: [] };
  return (
    place(BigInt(lotExponent), 240, 8) |
    place(BigInt(optionWords(options.length)), 232, 8) |
    place(BigInt(exposure.underlying), 224, 8) |
    place(BigInt(exposure.expiryHours), 200, 24) |
    placeSigned(exposure.quantity, 136, 64) |
    place(exposure.openInterest, 72, 64) |
    encodeMarket(exposure)
  );
}

export function decodeSurface(word: bigint): Surface {
  return {
    atmVolatility: field(word, 0, 24),
    basis: BigInt.asIntN(24, word >> 24n),
    skew: BigInt.asIntN(24, word >> 48n),
    curvature: BigInt.asIntN(24, word >> 72n),
    updatedAt: field(word, 96, 40),
    status: Number(field(word, 136, 8)) as SurfaceStatus,
    settlementPrice: field(word, 144, 64),
  };
}

export function encodeSurface(surface: Surface): bigint {
  return (
    place(surface.atmVolatility, 0, 24) |
    placeSigned(surface.basis, 24, 24) |
    placeSigned(surface.skew, 48, 24) |
    placeSigned(surface.curvature, 72, 24) |
    place(surface.updatedAt, 96, 40) |
    place(BigInt(surface.status), 136, 8) |
    place(surface.settlementPrice, 144, 64)
  );
}

/** The options of an expiry from their words; entries fill words without holes. */
export function decodeOptions(words: readonly bigint[]): OptionEntry[] {
  const entries = words.flatMap((word) =>
    Array.from({ length: ENTRIES_PER_WORD }, (_, i) => {
      const offset = i * ENTRY_BITS;
      return {
        strike: Number(field(word, offset, 24)),
        calls: BigInt.asIntN(30, word >> BigInt(offset + 24)),
        puts: BigInt.asIntN(30, word >> BigInt(offset + 54)),
      };
    }),
  );
  return entries.filter(({ strike }) => strike !== 0);
}

export function encodeOptions(entries: readonly OptionEntry[]): bigint[] {
  const words = Array.from({ length: optionWords(entries.length) }, () => 0n);
  entries.forEach(({ strike, calls, puts }, i) => {
    const offset = (i % ENTRIES_PER_WORD) * ENTRY_BITS;
    words[Math.floor(i / ENTRIES_PER_WORD)]! |=
      place(BigInt(strike), offset, 24) | placeSigned(calls, offset + 24, 30) | placeSigned(puts, offset + 54, 30);
  });
  return words;
}

function optionWords(entries: number): number {
  return Math.ceil(entries / ENTRIES_PER_WORD);
}

export function decodeHolding(word: bigint): Holding {
  return {
    asset: Number(field(word, 208, 8)),
    underlying: Number(field(word, 200, 8)),
    amount: field(word, 136, 64),
    total: field(word, 72, 64),
    ...decodeMarket(word),
  };
}

export function encodeHolding(holding: Holding): bigint {
  return (
    place(BigInt(holding.asset), 208, 8) |
    place(BigInt(holding.underlying), 200, 8) |
    place(holding.amount, 136, 64) |
    place(holding.total, 72, 64) |
    encodeMarket(holding)
  );
}

/** @param packed Its surfaces and options may be left out where there is no expiry. @param now Seconds; only expiries need it. */
export function decodePortfolio(
  packed: Omit<PackedPortfolio, "surfaces" | "options"> & Partial<PackedPortfolio>,
  now?: bigint,
): Portfolio {
  const surfaces = [...(packed.surfaces ?? [])];
  const options = [...(packed.options ?? [])];
  const exposures = packed.exposures.map((word) => {
    const surface = field(word, 200, 24) === 0n ? undefined : surfaces.shift();
    if (surface === undefined) return decodeExposure(word);
    return decodeExposure(word, {
      surface: decodeSurface(surface),
      lotExponent: Number(field(word, 240, 8)),
      options: decodeOptions(options.splice(0, Number(field(word, 232, 8)))),
    });
  });
  return {
    cash: packed.cash,
    cashPrice: decodeMarketWord(packed.cashPrice),
    exposures,
    holdings: packed.holdings.map(decodeHolding),
    ...(now === undefined ? {} : { now }),
  };
}

export function encodePortfolio(portfolio: Portfolio): PackedPortfolio {
  const dated = portfolio.exposures.flatMap((exposure) => exposure.dated ?? []);
  return {
    cash: portfolio.cash,
    cashPrice: encodeMarketWord(portfolio.cashPrice),
    exposures: portfolio.exposures.map(encodeExposure),
    holdings: portfolio.holdings.map(encodeHolding),
    surfaces: dated.map(({ surface }) => encodeSurface(surface)),
    options: dated.flatMap(({ options }) => encodeOptions(options)),
  };
}

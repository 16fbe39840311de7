/** Packed words of contracts/types, layouts drawn there: field by field, from the low end up. */
import type {
  DatedMarket,
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
const LOT_BITS = 30;

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

/** A perpetual, or an expiry without its surface and options. */
export function decodeExposure(word: bigint): Exposure {
  return {
    underlying: Number(field(word, 224, 8)),
    expiryHours: Number(field(word, 200, 24)),
    quantity: BigInt.asIntN(64, word >> 136n),
    openInterest: field(word, 72, 64),
    ...decodeMarket(word),
  };
}

export function encodeExposure(exposure: Exposure): bigint {
  const { dated } = exposure;
  return (
    place(BigInt(dated?.lotExponent ?? 0), 240, 8) |
    place(BigInt(dated === undefined ? 0 : wordsFor(dated.options)), 232, 8) |
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
    place(surface.settlementPrice, 144, 64) |
    place(BigInt(surface.status), 136, 8) |
    place(surface.updatedAt, 96, 40) |
    placeSigned(surface.curvature, 72, 24) |
    placeSigned(surface.skew, 48, 24) |
    placeSigned(surface.basis, 24, 24) |
    place(surface.atmVolatility, 0, 24)
  );
}

/** The strikes of one word; empty entries are left out. */
export function decodeOptionWord(word: bigint): OptionEntry[] {
  const entries = Array.from({ length: ENTRIES_PER_WORD }, (_, i) => {
    const bits = field(word, i * ENTRY_BITS, ENTRY_BITS);
    return {
      strike: Number(field(bits, 0, 24)),
      calls: BigInt.asIntN(LOT_BITS, bits >> 24n),
      puts: BigInt.asIntN(LOT_BITS, bits >> 54n),
    };
  });
  return entries.filter(({ strike }) => strike !== 0);
}

export function encodeOptionWord(entries: readonly OptionEntry[]): bigint {
  return entries.reduce((word, { strike, calls, puts }, i) => {
    const low = i * ENTRY_BITS;
    const lots = placeSigned(calls, low + 24, LOT_BITS) | placeSigned(puts, low + 54, LOT_BITS);
    return word | place(BigInt(strike), low, 24) | lots;
  }, 0n);
}

const wordsFor = (options: readonly OptionEntry[]): number => Math.ceil(options.length / ENTRIES_PER_WORD);

function encodeOptions(options: readonly OptionEntry[]): bigint[] {
  return Array.from({ length: wordsFor(options) }, (_, i) =>
    encodeOptionWord(options.slice(i * ENTRIES_PER_WORD, (i + 1) * ENTRIES_PER_WORD)),
  );
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

/** @param now Unix seconds of the block that the portfolio was read at; needed with options. */
export function decodePortfolio(packed: PackedPortfolio, now?: bigint): Portfolio {
  let [surface, option] = [0, 0];
  const exposures = packed.exposures.map((word): Exposure => {
    const exposure = decodeExposure(word);
    if (exposure.expiryHours === 0) return exposure;
    const own = packed.options.slice(option, (option += Number(field(word, 232, 8))));
    const dated = {
      surface: decodeSurface(packed.surfaces[surface++]!),
      lotExponent: Number(field(word, 240, 8)),
      options: own.flatMap(decodeOptionWord),
    };
    return { ...exposure, dated };
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

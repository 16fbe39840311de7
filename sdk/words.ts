/** Packed words of contracts/types, layouts drawn there: field by field, from the low end up. */
import type { DatedMarket, Exposure, Holding, Market, PackedPortfolio, Portfolio, PriceStatus } from "./types.ts";

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
  return (
    place(BigInt(exposure.underlying), 224, 8) |
    place(BigInt(exposure.expiryHours), 200, 24) |
    placeSigned(exposure.quantity, 136, 64) |
    place(exposure.openInterest, 72, 64) |
    encodeMarket(exposure)
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

export function decodePortfolio(packed: PackedPortfolio): Portfolio {
  return {
    cash: packed.cash,
    cashPrice: decodeMarketWord(packed.cashPrice),
    exposures: packed.exposures.map(decodeExposure),
    holdings: packed.holdings.map(decodeHolding),
  };
}

export function encodePortfolio(portfolio: Portfolio): PackedPortfolio {
  return {
    cash: portfolio.cash,
    cashPrice: encodeMarketWord(portfolio.cashPrice),
    exposures: portfolio.exposures.map(encodeExposure),
    holdings: portfolio.holdings.map(encodeHolding),
  };
}

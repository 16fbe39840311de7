/** What instruments are worth at the mark; RiskEngine.values. USD with 16 decimals, exact. */
import { decodeInstrument, Kind, strikePrice } from "../instruments.ts";
import { type ParameterSet, type Surface, SurfaceStatus } from "../types.ts";
import { IncompleteExpiry } from "./errors.ts";
import { expiryTerms, forwardOf } from "./expiryTerms.ts";
import { max } from "./fixedPoint.ts";
import { coveredMark } from "./optionPricing.ts";

/** Quantity in contracts, spot price, both 8 decimals. A perpetual needs no surface. */
export interface Valuation {
  readonly instrument: bigint;
  readonly quantity: bigint;
  readonly spot: bigint;
  readonly surface?: Surface;
}

/** @param now Seconds. */
export function values(items: readonly Valuation[], now: bigint, parameters: ParameterSet): bigint[] {
  return items.map((item) => item.quantity * priceOf(item, now, parameters));
}

function priceOf({ instrument, spot, surface }: Valuation, now: bigint, parameters: ParameterSet): bigint {
  const { underlying, expiryHours, kind, strike: code } = decodeInstrument(instrument);
  if (expiryHours === 0) return spot;
  if (surface === undefined) throw new IncompleteExpiry(`Instrument ${instrument} needs the surface of its expiry.`);
  const strike = strikePrice(code);
  const isSettled = surface.status === SurfaceStatus.Settled;
  if (kind === Kind.Linear) return isSettled ? surface.settlementPrice : forwardOf(surface, spot);
  const sign = kind === Kind.Call ? 1n : -1n;
  if (isSettled) return max(sign * (surface.settlementPrice - strike), 0n);
  const left = max(BigInt(expiryHours) * 3_600n - now, 0n);
  const terms = expiryTerms(surface, spot, left, parameters.underlyings[underlying - 1]?.sigmaDayBps ?? 0n);
  return (kind === Kind.Call ? terms.forward : strike) - coveredMark(terms, strike);
}

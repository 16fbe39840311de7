/** What one underlying is margined for besides its scan; contracts/risk/AddOns.sol. Initial, USD with 6 decimals, rounded up. */
import type { GlobalParameters, UnderlyingParameters } from "../types.ts";
import type { Optioned } from "./datedPositions.ts";
import { abs, BPS, divUp, min, QUANTITY_PRICE_TO_USD, WAD } from "./fixedPoint.ts";
import { costUp } from "./squareRootImpact.ts";

const BPS_TO_WAD = 10n ** 14n;

export interface AddOns {
  readonly basis: bigint;
  readonly vega: bigint;
  readonly shortOptions: bigint;
  readonly longOptions: bigint;
  readonly concentration: bigint;
}

/** Sizes in USD with 16 decimals. */
export interface Sizes {
  readonly perpetuals: bigint;
  readonly futures: bigint;
  readonly openInterest: bigint;
  readonly exposure: bigint;
  readonly vega: bigint;
  readonly optioned: Optioned | undefined;
}

/** @param limit Together no more than this; undefined: no limit. */
export function addOns(
  sizes: Sizes,
  own: UnderlyingParameters,
  globals: GlobalParameters,
  limit: bigint | undefined,
): AddOns {
  const { perpetuals, futures, openInterest, exposure, vega, optioned } = sizes;
  const size = abs(perpetuals + futures) + (optioned?.curve.gross ?? 0n);
  const impact = costUp(openInterest, own.dailyVolumeUsd, globals.impactFactorBps, own.sigmaDayBps);
  const shorts = (optioned?.curve.shorts ?? 0n) * (optioned?.spot ?? 0n);
  const parts = [
    shareUp(abs(perpetuals), own.basisBps) + shareUp(exposure, globals.datedBasisBps),
    shareUp(vega, globals.vegaBps),
    shareUp(shorts, globals.shortOptionBps),
    divUp(optioned?.curve.long ?? 0n, QUANTITY_PRICE_TO_USD),
    divUp(size * (own.halfSpreadBps * BPS_TO_WAD + impact), QUANTITY_PRICE_TO_USD * WAD),
  ];
  let left = limit;
  const [basis, vegaPart, shortOptions, longOptions, concentration] = parts.map((part) => {
    if (left === undefined) return part;
    const taken = min(part, left);
    left -= taken;
    return taken;
  }) as [bigint, bigint, bigint, bigint, bigint];
  return { basis, vega: vegaPart, shortOptions, longOptions, concentration };
}

function shareUp(size: bigint, shareBps: bigint): bigint {
  return divUp(size * shareBps, QUANTITY_PRICE_TO_USD * BPS);
}

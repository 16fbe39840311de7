/** Futures and options of one underlying, expiry by expiry; contracts/risk/DatedPositions.sol. USD with 16 decimals. */
import { strikePrice } from "../instruments.ts";
import {
  type ExpiryHolding,
  type Exposure,
  type GlobalParameters,
  type Portfolio,
  SurfaceStatus,
  type UnderlyingParameters,
} from "../types.ts";
import { IncompleteExpiry } from "./errors.ts";
import { type ExpiryTerms, expiryTerms, forwardOf } from "./expiryTerms.ts";
import { abs, BPS, divDown, max, QUANTITY_PRICE_TO_USD, WAD } from "./fixedPoint.ts";
import { addCurves, type Curve, curveOf, lotOf, sensitivities } from "./optionPricing.ts";
import type { ScanGrid } from "./scanGrid.ts";

/** Options on one underlying that are not settled. `order` is that of the portfolio's exposures. */
export interface Optioned {
  readonly order: number;
  readonly spot: bigint;
  readonly grid: ScanGrid;
  readonly curve: Curve;
}

export interface DatedPositions {
  readonly futures: bigint;
  readonly hasFutures: boolean;
  /** Σ |price exposure of an expiry| and Σ |value in the upper less value in the lower volatility world|. */
  readonly exposure: bigint;
  readonly vega: bigint;
  /** In equity, USD with 6 decimals. */
  readonly value: bigint;
  readonly optioned: Optioned | undefined;
}

export function datedPositions(
  portfolio: Portfolio,
  underlying: number,
  grid: ScanGrid,
  own: UnderlyingParameters,
  globals: GlobalParameters,
): DatedPositions {
  let [futures, exposure, vega, value] = [0n, 0n, 0n, 0n];
  let hasFutures = false;
  let optioned: Optioned | undefined;
  portfolio.exposures.forEach((position, order) => {
    if (position.underlying !== underlying || position.expiryHours === 0) return;
    const dated = holdingOf(position);
    if (dated.surface.status === SurfaceStatus.Settled) {
      value += divDown(settledValue(position.quantity, dated), QUANTITY_PRICE_TO_USD);
      return;
    }
    const future = position.quantity * forwardOf(dated.surface, position.price);
    futures += future;
    hasFutures ||= position.quantity !== 0n;
    if (dated.options.length === 0) {
      exposure += abs(future);
      value += divDown(future, QUANTITY_PRICE_TO_USD);
      return;
    }
    const terms = expiryTerms(dated.surface, position.price, secondsTo(position, portfolio), own.sigmaDayBps);
    const longPrice = longOptionPrice(position.price, terms, globals);
    const curve = curveOf(dated.options, dated.lotExponent, terms, grid, longPrice);
    const { delta, vega: difference } = sensitivities(curve, grid);
    exposure += abs(future + delta);
    vega += difference;
    value += divDown(future + curve.mark, QUANTITY_PRICE_TO_USD);
    optioned = {
      order: optioned?.order ?? order,
      spot: optioned?.spot ?? position.price,
      grid,
      curve: optioned === undefined ? curve : addCurves(optioned.curve, curve),
    };
  });
  return { futures, hasFutures, exposure, vega, value, optioned };
}

/** Seconds to an expiry, zero after it. */
export function secondsTo({ expiryHours }: { readonly expiryHours: number }, { now }: Portfolio): bigint {
  if (now === undefined) throw new IncompleteExpiry("A portfolio with options must say what time it is.");
  return max(BigInt(expiryHours) * 3_600n - now, 0n);
}

function holdingOf({ underlying, expiryHours, dated }: Exposure): ExpiryHolding {
  if (dated !== undefined) return dated;
  throw new IncompleteExpiry(`The expiry at hour ${expiryHours} of underlying ${underlying} has no surface.`);
}

/** Everything that was settled is cash. */
function settledValue(quantity: bigint, { surface, options, lotExponent }: ExpiryHolding): bigint {
  const price = surface.settlementPrice;
  return options.reduce((sum, { strike, calls, puts }) => {
    const above = price - strikePrice(strike);
    return sum + (above > 0n ? calls * above : puts * -above) * lotOf(lotExponent);
  }, quantity * price);
}

/** Add-on of a net long contract: a share of the spot price that falls with the root of the days, but not below its floor. */
function longOptionPrice(spot: bigint, { sqrtDays }: ExpiryTerms, globals: GlobalParameters): bigint {
  if (sqrtDays === 0n) return 0n;
  const share = max(globals.longOptionFloorBps * WAD, (globals.longOptionBps * WAD * WAD) / sqrtDays);
  return (spot * share) / (BPS * WAD) + 1n;
}

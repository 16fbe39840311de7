/** Forward, time and volatility of an expiry in double precision, as contracts/views/SmileModel.sol has them. */
import type { Surface } from "../types.ts";
import { SurfaceStatus } from "../types.ts";
import { DAYS_PER_YEAR } from "./black76.ts";

const Z_LIMIT = 2.5;
const LEAST_SMILE = 0.2;
/** The margin takes no σ√T above it. */
const LARGEST_W = 2;
const SECONDS_PER_DAY = 86_400;

export interface Smile {
  readonly spot: number;
  readonly forward: number;
  readonly years: number;
  /** At a strike in USD; zero at and after expiry. */
  readonly volatilityAt: (strike: number) => number;
  /** A volatility in the upper and in the lower volatility world. */
  readonly worlds: (volatility: number) => readonly [up: number, down: number];
}

/** @param spot USD. @param expiry, now Unix seconds. @param sigmaDayBps Measured volatility of a day, from the risk parameters. */
export function smileOf(surface: Surface, spot: number, expiry: number, now: number, sigmaDayBps: bigint): Smile {
  const [forward, left] = [spot * (1 + six(surface.basis)), Math.max(expiry - now, 0) / SECONDS_PER_DAY];
  const years = left / DAYS_PER_YEAR;
  const measured = (Number(sigmaDayBps) / 10_000) * Math.sqrt(DAYS_PER_YEAR);
  const isUnknown = surface.status === SurfaceStatus.None;
  const atm = isUnknown ? measured : six(surface.atmVolatility);
  const [skew, curvature] = isUnknown ? [0, 0] : [six(surface.skew), six(surface.curvature)];
  const shock = (30 / Math.max(left, 1)) ** (left < 30 ? 0.3 : 0.13);
  const [up, down] = [1 + 0.45 * shock, Math.max(1 - 0.3 * shock, 0.2)];
  const isFresh = surface.status === SurfaceStatus.Fresh;
  return {
    spot,
    forward,
    years,
    volatilityAt: (strike) => {
      if (years === 0) return 0;
      const z = clip(Math.log(strike / forward) / (atm * Math.sqrt(years)));
      return atm * Math.max(1 + z * (skew + curvature * z), LEAST_SMILE);
    },
    worlds: (volatility) => [
      Math.max(volatility * up, isFresh ? 0 : Math.max(up, 1.5) * measured),
      Math.min(volatility * down, isFresh ? Infinity : Math.min(down, 0.5) * measured),
    ],
  };
}

/** The volatility that the margin takes: σ√T is at most 2. */
export function held(volatility: number, years: number): number {
  return years === 0 ? 0 : Math.min(volatility, LARGEST_W / Math.sqrt(years));
}

const six = (value: bigint): number => Number(value) / 1e6;
const clip = (z: number): number => Math.min(Math.max(z, -Z_LIMIT), Z_LIMIT);

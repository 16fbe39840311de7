/** What all options of an expiry share: forward, time, smile and volatility worlds; contracts/risk/ExpiryTerms.sol. */
import { type Surface, SurfaceStatus } from "../types.ts";
import { BPS, max, min, WAD } from "./fixedPoint.ts";
import { expWad, lnWad } from "./wadMath.ts";

const W_BITS = 30n;
const W_ONE = 1n << W_BITS;
const SECONDS_PER_DAY = 86_400n;
/** √365, 18 decimals. */
const SQRT_YEAR = 19_104_973_174_542_800_178n;
const SHOCK_SECONDS = 30n * SECONDS_PER_DAY;
const SHORT_POWER = 300_000_000_000_000_000n;
const LONG_POWER = 130_000_000_000_000_000n;
const LEAST_DOWN = W_ONE / 5n;
const Z_LIMIT = (W_ONE * 5n) / 2n;
const SMILE_ONE = 1_000_000n;
const LEAST_SMILE = 200_000n;

/** w = σ√T and shocks have 30 fraction bits, logarithms and days 18 decimals. */
export interface ExpiryTerms {
  readonly forward: bigint;
  readonly sqrtDays: bigint;
  readonly atm: bigint;
  readonly skew: bigint;
  readonly curvature: bigint;
  readonly up: bigint;
  readonly down: bigint;
  readonly leastUp: bigint;
  /** Undefined: no bound. */
  readonly mostDown: bigint | undefined;
}

/** Forward at a spot price, rounded down to 8 decimals. */
export function forwardOf(surface: Surface, spot: bigint): bigint {
  return (spot * (1_000_000n + surface.basis)) / 1_000_000n;
}

export function expiryTerms(surface: Surface, spot: bigint, secondsLeft: bigint, sigmaDayBps: bigint): ExpiryTerms {
  const forward = forwardOf(surface, spot);
  if (secondsLeft === 0n) {
    const none = { sqrtDays: 0n, atm: 0n, skew: 0n, curvature: 0n, up: 0n, down: 0n, leastUp: 0n };
    return { forward, ...none, mostDown: undefined };
  }
  const sqrtDays = sqrtDown((secondsLeft * WAD * WAD) / SECONDS_PER_DAY);
  const { up, down } = shocks(secondsLeft);
  const measured = ((sqrtDays * sigmaDayBps) << W_BITS) / (WAD * BPS);
  const isFresh = surface.status === SurfaceStatus.Fresh;
  const hasSmile = surface.status !== SurfaceStatus.None;
  return {
    forward,
    sqrtDays,
    atm: hasSmile ? ((surface.atmVolatility * sqrtDays) << W_BITS) / SQRT_YEAR / SMILE_ONE : measured,
    skew: hasSmile ? surface.skew : 0n,
    curvature: hasSmile ? surface.curvature : 0n,
    up,
    down,
    leastUp: isFresh ? 0n : (max(up, (W_ONE * 3n) / 2n) * measured) >> W_BITS,
    mostDown: isFresh ? undefined : (min(down, W_ONE / 2n) * measured) >> W_BITS,
  };
}

/** w at a strike. @param x ln(F/K), 30 fraction bits. */
export function smile(terms: ExpiryTerms, x: bigint): bigint {
  if (terms.atm === 0n) return 0n;
  const z = max(min(-(x << W_BITS) / terms.atm, Z_LIMIT), -Z_LIMIT);
  const factor = SMILE_ONE + ((z * (terms.skew + ((terms.curvature * z) >> W_BITS))) >> W_BITS);
  return (terms.atm * max(factor, LEAST_SMILE)) / SMILE_ONE;
}

/** w in the upper and the lower volatility world. */
export function worlds(terms: ExpiryTerms, w: bigint): { up: bigint; down: bigint } {
  const down = (w * terms.down) >> W_BITS;
  return {
    up: max((w * terms.up) >> W_BITS, terms.leastUp),
    down: terms.mostDown === undefined ? down : min(down, terms.mostDown),
  };
}

function shocks(secondsLeft: bigint): { up: bigint; down: bigint } {
  const left = max(secondsLeft, SECONDS_PER_DAY);
  const power = left < SHOCK_SECONDS ? SHORT_POWER : LONG_POWER;
  const scaled = expWad((power * lnWad((SHOCK_SECONDS * WAD) / left)) / WAD) << W_BITS;
  const fall = (scaled * 30n) / (100n * WAD);
  return {
    up: W_ONE + (scaled * 45n) / (100n * WAD),
    down: fall + LEAST_DOWN > W_ONE ? LEAST_DOWN : W_ONE - fall,
  };
}

function sqrtDown(a: bigint): bigint {
  if (a < 2n) return a;
  let root = 1n << BigInt((a.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + a / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Posts a volatility surface every hour: what the rule asks for, as far as the steps of the house let it. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import type { DemoHouse } from "./house.ts";
import { OPTION_SYMBOLS, type OptionSymbol } from "./option-books.ts";
import type { SurfaceResult } from "./result.ts";
import { afterMove, CURVATURE, SKEW, type VolatilityState, volatilityOnEve, volatilityUntil } from "./volatility.ts";

const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;
const BPS = 10_000;
const MICRO = 1e6;

export type PriceOf = (symbol: string) => number;

export interface SurfacePoster {
  /** A report for each underlying with options, at these prices. */
  readonly post: (priceOf: PriceOf, timestamp: number) => Promise<SurfaceResult[]>;
}

/** @param expiries Hours since 1970, ascending; those to come are posted. */
export function surfacePoster(
  house: DemoHouse,
  { underlyings }: ParameterFile,
  expiries: readonly number[],
): SurfacePoster {
  const states = new Map<OptionSymbol, { state: VolatilityState; price: number; timestamp: number }>();

  const stateOf = (symbol: OptionSymbol, price: number, timestamp: number): VolatilityState => {
    const last = states.get(symbol);
    const { sigmaDayBps } = underlyings.find((u) => u.symbol === symbol)!;
    const hours = last === undefined ? 0 : (timestamp - last.timestamp) / SECONDS_PER_HOUR;
    const state =
      last === undefined
        ? volatilityOnEve(Number(sigmaDayBps) / BPS)
        : hours === 0
          ? last.state
          : afterMove(last.state, last.price, price, hours);
    states.set(symbol, { state, price, timestamp });
    return state;
  };

  const postOne = async (symbol: OptionSymbol, price: number, timestamp: number): Promise<SurfaceResult[]> => {
    const state = stateOf(symbol, price, timestamp);
    const underlying = house.underlyingOf(symbol);
    const now = await house.now();
    const results: SurfaceResult[] = [];
    const points = [];
    let variance = 0n;
    for (const expiryHours of expiries) {
      const left = BigInt(expiryHours * SECONDS_PER_HOUR - now);
      if (left <= 0n) continue;
      const bucket = (BigInt(underlying) << 24n) | BigInt(expiryHours);
      const [low, high] = await house.marketData.surfaceBand(bucket, now);
      const wanted = volatilityUntil(state, Number(left) / SECONDS_PER_DAY);
      const posted = admitted(
        BigInt(Math.round(wanted * MICRO)),
        [low.atmVolatility, high.atmVolatility],
        left,
        variance,
      );
      variance = posted * posted * left;
      results.push({ timestamp, symbol, expiryHours, wanted, posted: Number(posted) / MICRO });
      points.push({
        expiryHours,
        basis: 0n,
        atmVolatility: posted,
        skew: BigInt(Math.round(SKEW * MICRO)),
        curvature: BigInt(Math.round(CURVATURE * MICRO)),
      });
    }
    await house.marketData.postSurface({ underlying, timestamp: now, points });
    return results;
  };

  return {
    post: async (priceOf, timestamp) => {
      const results: SurfaceResult[] = [];
      for (const symbol of OPTION_SYMBOLS) results.push(...(await postOne(symbol, priceOf(symbol), timestamp)));
      return results;
    },
  };
}

/**
 * The volatility nearest to what is wanted that the house admits: within its band, and of no less total variance until the expiry
 * than the expiry before (`left` seconds, 6 decimals; variance with 12 times seconds), which may still be on its way down in steps.
 */
export function admitted(
  wanted: bigint,
  [low, high]: readonly [bigint, bigint],
  left: bigint,
  variance: bigint,
): bigint {
  const within = wanted < low ? low : wanted > high ? high : wanted;
  return within * within * left < variance ? rootUp(variance, left) : within;
}

/** The least volatility of at least this total variance. */
function rootUp(variance: bigint, seconds: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(variance / seconds))));
  while (root * root * seconds < variance) root++;
  return root;
}

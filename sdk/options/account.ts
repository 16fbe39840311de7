/**
 * Greeks and stress of an account from one read of the chain, in double precision: contracts/views/OptionLens.sol without its calls.
 * For people; margins are integers and elsewhere.
 */
import { decodeInstrument, expiryOf, Kind, strikePrice } from "../instruments.ts";
import { type Position, positionsOf } from "../margin/hypotheses.ts";
import { type Exposure, type ParameterSet, type Portfolio, SurfaceStatus } from "../types.ts";
import { type OptionGreeks, optionGreeks, optionPrice, type OptionTerms } from "./black76.ts";
import { held, type Smile, smileOf } from "./smile.ts";

/** By the price of the underlying: delta in contracts, gamma in contracts per USD, vega in USD a volatility point, theta in USD a day. */
export type Greeks = OptionGreeks;

export interface PositionGreeks extends Position {
  /** At the strike; zero for what is not an option. */
  readonly volatility: number;
  /** By Black's formula, USD, without the quote of a perpetual or future. */
  readonly value: number;
  readonly greeks: Greeks;
}

export interface StressPoint {
  /** Of the price, a fraction. */
  readonly move: number;
  readonly price: number;
  /** Profit in USD in the upper and in the lower volatility world. */
  readonly up: number;
  readonly down: number;
}

const FLAT: Greeks = { delta: 0, gamma: 0, vega: 0, theta: 0 };
const FIRST_NODE = -12;
const NODES = 24;
const STEP = 0.05;

/** Greeks of every position, in the order of the words. */
export function positionGreeks(portfolio: Portfolio, parameters: ParameterSet): PositionGreeks[] {
  return positionsOf(portfolio).map((position) => {
    const { instrument, quantity, exposure } = position;
    const contracts = Number(quantity) / 1e8;
    const smile = smileOfExposure(exposure, portfolio, parameters);
    const settlement = settledPrice(exposure);
    const option = optionTerms(instrument, smile);
    if (settlement !== undefined) {
      const payoff = option === undefined ? settlement : optionPrice({ ...option, forward: settlement, years: 0 });
      return { ...position, volatility: 0, value: contracts * payoff, greeks: FLAT };
    }
    const perForward = smile.forward / smile.spot;
    if (option === undefined) {
      const greeks = { ...FLAT, delta: contracts * perForward };
      return { ...position, volatility: 0, value: contracts * smile.forward, greeks };
    }
    const one = optionGreeks(option);
    // Where the margin holds σ√T to its limit, neither volatility nor time matters.
    const isHeld = option.volatility < smile.volatilityAt(option.strike);
    const greeks: Greeks = {
      delta: contracts * one.delta * perForward,
      gamma: contracts * one.gamma * perForward ** 2,
      vega: isHeld ? 0 : (contracts * one.vega) / 100,
      theta: isHeld ? 0 : contracts * one.theta,
    };
    const volatility = smile.volatilityAt(option.strike);
    return { ...position, volatility, value: contracts * optionPrice(option), greeks };
  });
}

/** Sum of greeks: of an expiry, of an underlying (tokens of it are a delta besides). */
export function sumGreeks(positions: readonly { readonly greeks: Greeks }[]): Greeks {
  return positions.reduce(
    (sum, { greeks }) => ({
      delta: sum.delta + greeks.delta,
      gamma: sum.gamma + greeks.gamma,
      vega: sum.vega + greeks.vega,
      theta: sum.theta + greeks.theta,
    }),
    FLAT,
  );
}

/** Profit and loss if one underlying moves to e^(0.05·k) − 1, k = −12 … 11, and the volatility of every strike stays or is shocked. */
export function stress(portfolio: Portfolio, underlying: number, parameters: ParameterSet): StressPoint[] {
  const isHere = (word: { readonly underlying: number }) => word.underlying === underlying;
  const spot = Number([...portfolio.exposures, ...portfolio.holdings].find(isHere)?.price ?? 0n) / 1e8;
  const tokens = portfolio.holdings.filter(isHere).reduce((sum, { amount }) => sum + Number(amount) / 1e8, 0);
  const positions = positionsOf(portfolio).filter(({ exposure }) => isHere(exposure) && !isSettled(exposure));
  return Array.from({ length: NODES }, (_, i) => {
    const move = Math.exp(STEP * (i + FIRST_NODE)) - 1;
    const profit = (world: 0 | 1) =>
      positions.reduce(
        (sum, position) => {
          const smile = smileOfExposure(position.exposure, portfolio, parameters);
          const contracts = Number(position.quantity) / 1e8;
          return sum + contracts * change(position.instrument, smile, move, world);
        },
        tokens * spot * move,
      );
    return { move, price: spot * (1 + move), up: profit(0), down: profit(1) };
  });
}

/** Of one contract. */
function change(instrument: bigint, smile: Smile, move: number, world: 0 | 1): number {
  const option = optionTerms(instrument, smile);
  const moved = smile.forward * (1 + move);
  if (option === undefined) return moved - smile.forward;
  const shocked = smile.worlds(smile.volatilityAt(option.strike))[world];
  const after = { ...option, forward: moved, volatility: held(shocked, option.years) };
  return optionPrice(after) - optionPrice(option);
}

function optionTerms(instrument: bigint, smile: Smile): OptionTerms | undefined {
  const { kind, strike: code } = decodeInstrument(instrument);
  if (kind === Kind.Linear) return undefined;
  const strike = Number(strikePrice(code)) / 1e8;
  const { forward, years } = smile;
  const volatility = held(smile.volatilityAt(strike), years);
  return { right: kind === Kind.Call ? "call" : "put", forward, strike, volatility, years };
}

function smileOfExposure(exposure: Exposure, { now }: Portfolio, parameters: ParameterSet): Smile {
  const { underlying, dated } = exposure;
  const spot = Number(exposure.price) / 1e8;
  if (dated === undefined) return { ...PERPETUAL, spot, forward: spot };
  if (now === undefined) throw new RangeError("The portfolio needs the time (now): it has expiries.");
  const expiry = expiryOf(BigInt(exposure.expiryHours) << 32n)!.getTime() / 1_000;
  const sigmaDayBps = parameters.underlyings[underlying - 1]?.sigmaDayBps ?? 0n;
  return smileOf(dated.surface, spot, expiry, Number(now), sigmaDayBps);
}

const PERPETUAL: Smile = { spot: 0, forward: 0, years: 0, volatilityAt: () => 0, worlds: (v) => [v, v] };

const isSettled = ({ dated }: Exposure): boolean => dated?.surface.status === SurfaceStatus.Settled;

const settledPrice = (exposure: Exposure): number | undefined =>
  isSettled(exposure) ? Number(exposure.dated!.surface.settlementPrice) / 1e8 : undefined;

/** What the option lens shows: contracts/interfaces/IOptionLens.sol, which says units and signs. */
import type { Result } from "ethers";
import { optionLensAbi } from "../abi.ts";
import type { PriceStatus, SurfaceStatus } from "../types.ts";
import { addressOf, type HouseReader, read, type ReadOptions } from "./house.ts";

/** Delta in contracts (8 decimals), gamma in contracts per USD (16), vega in USD a volatility point and theta in USD a day (6). */
export interface ChainGreeks {
  readonly delta: bigint;
  readonly gamma: bigint;
  readonly vega: bigint;
  readonly theta: bigint;
}

export interface AccountGreeks {
  readonly positions: readonly {
    readonly instrument: bigint;
    readonly quantity: bigint;
    readonly value: bigint;
    readonly volatility: bigint;
    readonly greeks: ChainGreeks;
  }[];
  readonly expiries: readonly {
    readonly bucket: bigint;
    readonly forward: bigint;
    readonly status: SurfaceStatus;
    readonly greeks: ChainGreeks;
  }[];
  readonly underlyings: readonly {
    readonly underlying: number;
    readonly price: bigint;
    readonly tokens: bigint;
    readonly greeks: ChainGreeks;
  }[];
  /** In USD, 6 decimals: gain per 100 % of all prices, its change for 1 %, per volatility point, per day. */
  readonly total: ChainGreeks;
}

/** One contract of an instrument now. */
export interface Mark {
  readonly instrument: bigint;
  readonly price: bigint;
  readonly forward: bigint;
  readonly volatility: bigint;
  readonly priceStatus: PriceStatus;
  readonly surfaceStatus: SurfaceStatus;
  readonly greeks: ChainGreeks;
}

/** A node of the stress chart: move with 6 decimals, price with 8, profit in the upper and the lower volatility world in USD. */
export interface StressNode {
  readonly move: bigint;
  readonly price: bigint;
  readonly up: bigint;
  readonly down: bigint;
}

/** What an account has in an expiry that is over. */
export interface Settlement {
  readonly bucket: bigint;
  /** Unix seconds. */
  readonly expiry: bigint;
  /** 8 decimals; zero while it must still be proven. */
  readonly settlementPrice: bigint;
  /** What settling pays (positive) or takes. */
  readonly value: bigint;
  /** What the bucket's clearing account can pay now. */
  readonly available: bigint;
}

/** Greeks by position, by expiry, by underlying and in total. */
export async function readGreeks(
  house: HouseReader,
  account: string,
  options: ReadOptions = {},
): Promise<AccountGreeks> {
  const answer = await ask(house, "greeks", [account], options);
  const [positions, expiries, underlyings, total] = answer as unknown as [Result, Result, Result, Result];
  return {
    positions: structs<AccountGreeks["positions"][number]>(positions),
    expiries: structs<AccountGreeks["expiries"][number]>(expiries).map((expiry) => ({
      ...expiry,
      status: Number(expiry.status) as SurfaceStatus,
    })),
    underlyings: structs<AccountGreeks["underlyings"][number]>(underlyings).map((entry) => ({
      ...entry,
      underlying: Number(entry.underlying),
    })),
    total: struct<ChainGreeks>(total),
  };
}

/** Marks of perpetuals, futures and options with their greeks. */
export async function readMarks(
  house: HouseReader,
  instruments: readonly bigint[],
  options: ReadOptions = {},
): Promise<Mark[]> {
  const [marks] = await ask(house, "marks", [instruments], options);
  return structs<Mark>(marks as Result).map(({ priceStatus, surfaceStatus, ...rest }) => ({
    ...rest,
    priceStatus: Number(priceStatus) as PriceStatus,
    surfaceStatus: Number(surfaceStatus) as SurfaceStatus,
  }));
}

/** One contract by Black's formula on the smile, 8 decimals. */
export async function readFairValue(
  house: HouseReader,
  instrument: bigint,
  options: ReadOptions = {},
): Promise<bigint> {
  return (await ask(house, "fairValue", [instrument], options))[0] as bigint;
}

/** The volatility (6 decimals) at which an option is worth a price (8 decimals). */
export async function readImpliedVolatility(
  house: HouseReader,
  instrument: bigint,
  price: bigint,
  options: ReadOptions = {},
): Promise<bigint> {
  return (await ask(house, "impliedVolatility", [instrument, price], options))[0] as bigint;
}

/** Profit and loss of an account on one underlying, at 24 moves of its price from −45 % to +73 %. */
export async function readStress(
  house: HouseReader,
  account: string,
  underlying: number,
  options: ReadOptions = {},
): Promise<StressNode[]> {
  const [nodes] = await ask(house, "stress", [account, underlying], options);
  return structs<StressNode>(nodes as Result);
}

/** Expiries that are over and in which the account has something: what `proveExpiry` and `settleExpiry` are for. */
export async function readSettlements(
  house: HouseReader,
  account: string,
  options: ReadOptions = {},
): Promise<Settlement[]> {
  const [list] = await ask(house, "settlements", [account], options);
  return structs<Settlement>(list as Result);
}

const ask = (house: HouseReader, name: string, args: readonly unknown[], options: ReadOptions): Promise<Result> =>
  read(house, addressOf(house, "optionLens"), optionLensAbi, name, args, options);

const struct = <T>(result: Result): T => result.toObject(true) as T;
const structs = <T>(list: Result): T[] => [...list].map((item) => struct<T>(item as Result));

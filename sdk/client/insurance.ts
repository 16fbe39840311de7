/** The insurance fund and the losses behind it, as the chain knows them, and the calls of a staker. */
import { clearingHouseAbi, insuranceFundAbi } from "../abi.ts";
import type { Call } from "./calls.ts";
import { addressOf, type HouseAddresses, type HouseReader, read, type ReadOptions } from "./house.ts";
import { readHouse } from "./read.ts";

type At = Pick<HouseAddresses, "insuranceFund">;

const call = (at: At, name: string, args: readonly unknown[] = []): Call => ({
  to: at.insuranceFund,
  data: insuranceFundAbi.encodeFunctionData(name, args),
});

/** Stakes USDC (6 decimals) that the sender approved to the fund. */
export const stake = (at: At, assets: bigint, receiver: string): Call => call(at, "deposit", [assets, receiver]);
/** Announces an exit: shares stay locked, and bear losses, for the cooldown and the window after it. */
export const requestExit = (at: At, shares: bigint): Call => call(at, "requestRedeem", [shares]);
export const cancelExit = (at: At): Call => call(at, "cancelRequest");
/** Redeems shares of the sender within the window of his request. */
export const exit = (at: At, shares: bigint, owner: string): Call => call(at, "redeem", [shares, owner, owner]);

/** Pays an open deficit, then gives socialised losses back to suppliers. The sender acts for the account. */
export const repayLoss = (at: Pick<HouseAddresses, "clearingHouse">, from: string, amount: bigint): Call => ({
  to: at.clearingHouse,
  data: clearingHouseAbi.encodeFunctionData("batch", [
    [{ target: at.clearingHouse, data: clearingHouseAbi.encodeFunctionData("repayLoss", [from, amount]) }],
  ]),
});
/** Lets everybody with cash above zero bear the open deficit. Anyone may send it once the grace time has passed. */
export const socialise = (at: Pick<HouseAddresses, "clearingHouse">): Call => ({
  to: at.clearingHouse,
  data: clearingHouseAbi.encodeFunctionData("socialise"),
});

/** USD with 6 decimals, times in unix seconds, the share with 18 decimals. */
export interface DeficitState {
  /** Losses that nobody has borne yet. */
  readonly openDeficit: bigint;
  /** Null when none is open. */
  readonly openSince: number | null;
  /** From when it can be socialised. */
  readonly dueAt: number | null;
  /** What a withdrawal of cash pays of each unit. */
  readonly payoutShare: bigint;
  /** Socialised losses that can still be repaid. */
  readonly socialisedLoss: bigint;
}

export async function readDeficit(house: HouseReader, options: ReadOptions = {}): Promise<DeficitState> {
  const ask = <T>(name: string): Promise<T> => readHouse<T>(house, name, [], options);
  const [openDeficit, since, grace, payoutShare, socialisedLoss] = await Promise.all([
    ask<bigint>("openDeficit"),
    ask<bigint>("deficitOpenSince"),
    ask<bigint>("socialiseGrace"),
    ask<bigint>("payoutShare"),
    ask<bigint>("socialisedLoss"),
  ]);
  const isOpen = since !== 0n;
  return {
    openDeficit,
    openSince: isOpen ? Number(since) : null,
    dueAt: isOpen ? Number(since + grace) : null,
    payoutShare,
    socialisedLoss,
  };
}

/** IInsuranceFund.ExitStatus. */
export const EXIT_STATUSES = ["none", "cooling down", "awaiting scan", "open", "lapsed"] as const;
export type ExitStatus = (typeof EXIT_STATUSES)[number];

/** Assets in USD with 6 decimals, shares with 18. */
export interface FundState {
  readonly totalAssets: bigint;
  /** Less the shortfall that the last scan found: what exits are paid from. */
  readonly availableAssets: bigint;
  readonly totalShares: bigint;
  /** What a whole share owns. */
  readonly sharePrice: bigint;
  /** Brought by liquidations and fees less drawn by losses, since the fund began. */
  readonly netIncome: bigint;
  readonly generation: bigint;
}

export async function readInsuranceFund(house: HouseReader, options: ReadOptions = {}): Promise<FundState> {
  const ask = (name: string): Promise<bigint> => askFund<bigint>(house, name, [], options);
  const [totalAssets, availableAssets, totalShares, sharePrice, netIncome, generation] = await Promise.all(
    ["totalAssets", "availableAssets", "totalSupply", "sharePrice", "netIncome", "generation"].map(ask),
  );
  return {
    totalAssets: totalAssets!,
    availableAssets: availableAssets!,
    totalShares: totalShares!,
    sharePrice: sharePrice!,
    netIncome: netIncome!,
    generation: generation!,
  };
}

/** A staker's shares and his request to leave. */
export interface StakeState {
  readonly shares: bigint;
  /** Shares in the request. */
  readonly requested: bigint;
  readonly status: ExitStatus;
  /** The window, unix seconds. */
  readonly from: number;
  readonly until: number;
  /** What can be redeemed now, and what it would pay. */
  readonly redeemable: bigint;
  readonly assets: bigint;
}

export async function readStake(house: HouseReader, owner: string, options: ReadOptions = {}): Promise<StakeState> {
  const [shares, exitOf] = await Promise.all([
    askFund<bigint>(house, "balanceOf", [owner], options),
    askFund<Record<"shares" | "from" | "until" | "status" | "redeemable" | "assets", bigint>>(
      house,
      "exitOf",
      [owner],
      options,
    ),
  ]);
  return {
    shares,
    requested: exitOf.shares,
    status: EXIT_STATUSES[Number(exitOf.status)]!,
    from: Number(exitOf.from),
    until: Number(exitOf.until),
    redeemable: exitOf.redeemable,
    assets: exitOf.assets,
  };
}

async function askFund<T>(
  house: HouseReader,
  name: string,
  args: readonly unknown[],
  options: ReadOptions,
): Promise<T> {
  const result = await read(house, addressOf(house, "insuranceFund"), insuranceFundAbi, name, args, options);
  return result[0] as T;
}

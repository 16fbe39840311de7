/** Fees of transactions (EIP-1559), below a cap. All in wei. */
import type { JsonRpcProvider } from "ethers";
import type { KeeperConfig } from "./config.ts";

const WEI_PER_GWEI = 1e9;
/** The base fee may rise by an eighth with each block: twice of it lasts for six. */
const BASE_FEE_ROOM = 2n;
/** Nodes take a replacement only if both fees are a tenth higher. */
const RAISE_PERCENT = 113n;
const PERCENT = 100n;

export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Of the latest block. */
  readonly baseFee: bigint;
}

type GasConfig = Pick<KeeperConfig["gas"], "maxFeeGwei" | "priorityFeeGwei">;

const toWei = (gwei: number): bigint => BigInt(Math.round(gwei * WEI_PER_GWEI));

export async function readFees(provider: JsonRpcProvider, gas: GasConfig): Promise<Fees> {
  const [block, suggested] = await Promise.all([provider.getBlock("latest"), readPriorityFee(provider, gas)]);
  const baseFee = block?.baseFeePerGas;
  if (baseFee === undefined || baseFee === null)
    throw new Error("The chain has no base fee; the keeper needs EIP-1559.");
  const wanted = baseFee * BASE_FEE_ROOM + suggested;
  const cap = toWei(gas.maxFeeGwei);
  return { maxFeePerGas: wanted < cap ? wanted : cap, maxPriorityFeePerGas: suggested, baseFee };
}

async function readPriorityFee(provider: JsonRpcProvider, { priorityFeeGwei }: GasConfig): Promise<bigint> {
  if (priorityFeeGwei !== undefined) return toWei(priorityFeeGwei);
  return BigInt((await provider.send("eth_maxPriorityFeePerGas", [])) as string);
}

/** Whether the next block can take it without passing the cap. */
export const isAffordable = ({ baseFee, maxPriorityFeePerGas }: Fees, gas: GasConfig): boolean =>
  baseFee + maxPriorityFeePerGas <= toWei(gas.maxFeeGwei);

/** Fees that replace others; undefined when only more than the cap would do. */
export function raised(old: Fees, now: Fees, gas: GasConfig): Fees | undefined {
  const above = (fee: bigint): bigint => (fee * RAISE_PERCENT + PERCENT - 1n) / PERCENT;
  const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  const maxPriorityFeePerGas = most(above(old.maxPriorityFeePerGas), now.maxPriorityFeePerGas);
  const maxFeePerGas = most(most(above(old.maxFeePerGas), now.maxFeePerGas), maxPriorityFeePerGas);
  if (maxFeePerGas > toWei(gas.maxFeeGwei)) return undefined;
  return { maxFeePerGas, maxPriorityFeePerGas, baseFee: now.baseFee };
}

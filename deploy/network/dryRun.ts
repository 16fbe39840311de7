/** The whole deployment on a fork of a network: what it would cost, and whether it would succeed. */
import type { NetworkConnection } from "hardhat/types/network";
import { JsonRpcProvider } from "ethers";
import type { NetworkFile } from "../config/network.ts";
import { deployNetwork, type NetworkDeployment } from "./deploy.ts";
import { FORK_CHAIN_ID, forkNetwork } from "./fork.ts";

export interface DryRun extends NetworkDeployment {
  readonly gasUsed: bigint;
  /** Wei for a unit of gas on the network now. */
  readonly gasPrice: bigint;
}

export async function dryRun(file: NetworkFile, url: string): Promise<DryRun> {
  const fork = await forkNetwork(url, file);
  try {
    const deployed = await deployNetwork(fork, file, { chainId: FORK_CHAIN_ID });
    const gasUsed = await gasSince(fork, deployed.deployment.fromBlock);
    return { ...deployed, gasUsed, gasPrice: await gasPriceAt(url) };
  } finally {
    await fork.close();
  }
}

async function gasPriceAt(url: string): Promise<bigint> {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
  try {
    const { gasPrice, maxFeePerGas } = await provider.getFeeData();
    return gasPrice ?? maxFeePerGas ?? 0n;
  } finally {
    provider.destroy();
  }
}

async function gasSince({ ethers }: NetworkConnection, firstBlock: number): Promise<bigint> {
  const last = await ethers.provider.getBlockNumber();
  const numbers = Array.from({ length: last - firstBlock + 1 }, (_, i) => firstBlock + i);
  const blocks = await Promise.all(numbers.map((number) => ethers.provider.getBlock(number)));
  return blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n);
}

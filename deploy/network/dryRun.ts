/** The whole deployment on a fork of a network: what it would cost, and whether it would succeed. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import hre from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { JsonRpcProvider } from "ethers";
import type { NetworkFile, NetworkName } from "../config/network.ts";
import { deployNetwork, type NetworkDeployment } from "./deploy.ts";

/** The simulator's own chain id; the network's is asked from the network. */
const FORK_CHAIN_ID = 31_337;

/** How the simulator must read the network's blocks. */
const CHAIN_TYPES = {
  localhost: "l1",
  sepolia: "l1",
  arbitrumSepolia: "generic",
  baseSepolia: "op",
  opSepolia: "op",
} as const satisfies Record<NetworkName, string>;

export interface DryRun extends NetworkDeployment {
  readonly gasUsed: bigint;
  /** Wei for a unit of gas on the network now. */
  readonly gasPrice: bigint;
}

export async function dryRun(file: NetworkFile, url: string): Promise<DryRun> {
  const upstream = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
  try {
    const { chainId } = await upstream.getNetwork();
    if (chainId !== BigInt(file.chainId)) {
      throw new Error(`The node is on chain ${chainId}, but the parameters are for chain ${file.chainId}.`);
    }
    const { maxFeePerGas, gasPrice } = await upstream.getFeeData();
    const blockNumber = await upstream.getBlockNumber();
    // The simulator keeps what it read by chain and block, and a local node starts over with the same numbers.
    if (file.network === "localhost")
      rmSync(join(hre.config.paths.cache, "edr-fork-cache"), { recursive: true, force: true });
    const chainType = CHAIN_TYPES[file.network];
    const fork = (await hre.network.create({
      network: "default",
      chainType,
      override: { chainType, forking: { url, blockNumber } },
    })) as unknown as NetworkConnection;
    try {
      const deployed = await deployNetwork(fork, file, { chainId: FORK_CHAIN_ID });
      const gasUsed = await gasSince(fork, deployed.deployment.fromBlock);
      return { ...deployed, gasUsed, gasPrice: gasPrice ?? maxFeePerGas ?? 0n };
    } finally {
      await fork.close();
    }
  } finally {
    upstream.destroy();
  }
}

async function gasSince({ ethers }: NetworkConnection, firstBlock: number): Promise<bigint> {
  const last = await ethers.provider.getBlockNumber();
  const numbers = Array.from({ length: last - firstBlock + 1 }, (_, i) => firstBlock + i);
  const blocks = await Promise.all(numbers.map((number) => ethers.provider.getBlock(number)));
  return blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n);
}

/** A fork of a network at its latest block: what a rehearsal and the fork tests run on. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import hre from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { type Block, id, JsonRpcProvider } from "ethers";
import type { NetworkFile, NetworkName } from "../config/network.ts";

/** The simulator's own chain id, whatever it forks. */
export const FORK_CHAIN_ID = 31_337;

/** How the simulator must read the network's blocks, and the rules it goes on with: each kind has its own. */
export const CHAINS = {
  localhost: { chainType: "l1", hardfork: "osaka" },
  sepolia: { chainType: "l1", hardfork: "osaka" },
  arbitrumSepolia: { chainType: "generic", hardfork: "osaka" },
  baseSepolia: { chainType: "op", hardfork: "isthmus" },
  opSepolia: { chainType: "op", hardfork: "isthmus" },
} as const satisfies Record<NetworkName, { chainType: string; hardfork: string }>;

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Accounts of a fork, the deployer first. The well-known test accounts would not do: on public networks they carry code that
 * sweeps them and that would be asked for their signatures.
 */
const ACCOUNTS = ["deployer", "first trader", "second trader", "third trader"].map((name) => ({
  privateKey: id(`Counterpoise on a fork: ${name}`),
  balance: 1_000n * 10n ** 18n,
}));

/** Requirements: the node at `url` is on the file's chain. The caller closes the connection. */
export async function forkNetwork(
  url: string,
  file: Pick<NetworkFile, "network" | "chainId">,
): Promise<NetworkConnection> {
  const { number, timestamp } = await latestBlock(url, file.chainId);
  // The simulator keeps what it read by chain and block, and a local node starts over with the same numbers.
  if (LOOPBACK.includes(new URL(url).hostname)) {
    rmSync(join(hre.config.paths.cache, "edr-fork-cache"), { recursive: true, force: true });
  }
  const { chainType, hardfork } = CHAINS[file.network];
  const connection = await hre.network.create({
    network: "default",
    chainType,
    override: {
      hardfork,
      accounts: ACCOUNTS,
      forking: { url, blockNumber: number },
      // Time goes on from that block, so that prices are as old as they are there.
      initialDate: new Date(timestamp * 1_000),
    },
  });
  return connection as unknown as NetworkConnection;
}

async function latestBlock(url: string, expectedChain: number): Promise<Block> {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
  try {
    const { chainId } = await provider.getNetwork();
    if (chainId !== BigInt(expectedChain)) {
      throw new Error(`The node is on chain ${chainId}, but the parameters are for chain ${expectedChain}.`);
    }
    return (await provider.getBlock("latest"))!;
  } finally {
    provider.destroy();
  }
}

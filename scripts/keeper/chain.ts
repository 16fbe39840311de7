/** The chain and the house on it, as all parts of the keeper read them. */
import { FetchRequest, JsonRpcProvider } from "ethers";
import { deploymentOn } from "../../sdk/addresses.ts";
import { read } from "../../sdk/client/house.ts";
import { readHouse, readNames } from "../../sdk/client/read.ts";
import type { HouseReader } from "../../sdk/client/index.ts";
import type { Interface, Result } from "ethers";
import { ConfigError, type KeeperConfig } from "./config.ts";
import { reasonOf } from "./log.ts";

const ANSWER_WITHIN = 30_000;
/** Requests that go to the node at once; the provider puts them into batches. */
const CONCURRENCY = 200;

export interface Head {
  readonly number: number;
  readonly hash: string;
  /** Seconds. */
  readonly timestamp: number;
}

export interface Contracts {
  readonly clearingHouse: string;
  readonly liquidation: string;
  /** Without an address the keeper stops at margin relief. */
  readonly auction?: string | undefined;
  readonly registry: string;
  readonly optionLens: string;
  /** Estimators; without an address one is not brought up to date. */
  readonly volatility?: string | undefined;
  readonly correlation?: string | undefined;
  readonly depthBook?: string | undefined;
}

export interface Chain {
  readonly chainId: number;
  readonly provider: JsonRpcProvider;
  readonly contracts: Contracts;
  readonly house: HouseReader & { readonly caller: JsonRpcProvider };
  readonly fromBlock: number;
}

/** Connects, and makes sure that the house is there. */
export async function connect(config: KeeperConfig): Promise<Chain> {
  const request = new FetchRequest(config.rpc);
  request.timeout = ANSWER_WITHIN;
  const provider = new JsonRpcProvider(request, config.chainId, { staticNetwork: true, cacheTimeout: -1 });
  try {
    const { contracts, fromBlock } = whereabouts(config);
    const found = Number(await provider.send("eth_chainId", []).catch(unreachable(config.rpc)));
    if (found !== config.chainId) {
      throw new ConfigError(`The node is on chain ${found}, but chainId is ${config.chainId}.`);
    }
    const plain = { caller: provider, addresses: contracts };
    const house = { ...plain, names: await readNames(plain) };
    return { chainId: config.chainId, provider, contracts, house, fromBlock };
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

const unreachable =
  (rpc: string) =>
  (error: unknown): never => {
    throw new ConfigError(`Nobody answers at ${rpc}, or it is not a node: ${reasonOf(error)}`);
  };

function whereabouts(config: KeeperConfig): { contracts: Contracts; fromBlock: number } {
  if (config.contracts !== undefined) return { contracts: config.contracts, fromBlock: config.fromBlock ?? 0 };
  const { contracts, fromBlock } = deploymentOn(config.chainId);
  const { clearingHouse, liquidation, auction, registry, optionLens, volatility, correlation, depthBook } = contracts;
  return {
    contracts: { clearingHouse, liquidation, auction, registry, optionLens, volatility, correlation, depthBook },
    fromBlock: config.fromBlock ?? fromBlock,
  };
}

export async function readHead({ provider }: Chain): Promise<Head> {
  const block = await provider.getBlock("latest");
  if (block === null || block.hash === null) throw new Error("The node has no latest block.");
  return { number: block.number, hash: block.hash, timestamp: block.timestamp };
}

/** One view of any contract at a block. */
export const view = (
  chain: Chain,
  to: string,
  abi: Interface,
  name: string,
  args: readonly unknown[],
  blockTag: number | "pending",
): Promise<Result> => read(chain.house, to, abi, name, args, { blockTag });

/** The market data contract may be replaced: it is asked for each time. */
export const marketDataOf = (chain: Chain, blockTag: number): Promise<string> =>
  readHouse<string>(chain.house, "marketData", [], { blockTag });

/** Runs something for each item, many at a time, in order of the items. */
export async function each<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(i, i + CONCURRENCY).map(run))));
  }
  return results;
}

/**
 * Genuine third-party contracts for tests and the demo: Chainlink's price feed pair as it runs on the main networks, and
 * WETH9. Importing this file does nothing; each function deploys with the first signer.
 */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import weth9 from "canonical-weth/build/contracts/WETH9.json" with { type: "json" };
import { type BaseContract, type ContractTransactionResponse, ZeroAddress } from "ethers";
import type { EACAggregatorProxy, FluxAggregator } from "../../typechain-types/index.ts";

export interface FeedOptions {
  /** Decimals of the answers: 8 for a price in dollars, as on the main networks. */
  readonly decimals: number;
  /** As Chainlink writes it: "ETH / USD". */
  readonly description: string;
  /** Smallest answer the aggregator accepts; 1 unless told. */
  readonly minAnswer?: bigint;
  /** Largest answer the aggregator accepts; 2^95 - 1 unless told. */
  readonly maxAnswer?: bigint;
}

export interface Feed {
  /** What consumers read: its round ids carry the phase in the bits above 64. */
  readonly proxy: EACAggregatorProxy;
  /** What the oracle writes to: phase 1 of the proxy. */
  readonly aggregator: FluxAggregator;
  /** Reports `answer` as the only oracle. Each call is the next round, answered at the timestamp of its block. */
  readonly submit: (answer: bigint) => Promise<ContractTransactionResponse>;
}

/**
 * Deploys a feed without an answer: `latestRoundData` reverts until the first `submit`.
 *
 * The first signer owns both contracts and is the only oracle. Its payment is zero, so the aggregator never calls the
 * LINK token and takes the zero address for it.
 */
export async function deployFeed(ethers: HardhatEthers, options: FeedOptions): Promise<Feed> {
  const { decimals, description, minAnswer = 1n, maxAnswer = 2n ** 95n - 1n } = options;
  const [oracle] = await ethers.getSigners();
  if (oracle === undefined) throw new Error("deployFeed needs a signer: configure an account for this network.");

  const aggregator = await ethers.deployContract("FluxAggregator", [
    ZeroAddress, // LINK token
    0n, // payment for one answer
    0n, // seconds until a round times out: never
    ZeroAddress, // answer validator: none
    minAnswer,
    maxAnswer,
    decimals,
    description,
  ]);
  await aggregator.waitForDeployment();
  const configuration = await aggregator.changeOracles([], [oracle.address], [oracle.address], 1, 1, 0);
  await configuration.wait();

  const proxy = await ethers.deployContract("EACAggregatorProxy", [await aggregator.getAddress(), ZeroAddress]);
  await proxy.waitForDeployment();

  return {
    proxy,
    aggregator,
    submit: async (answer) => {
      const roundId = (await aggregator.latestRound()) + 1n;
      const transaction = await aggregator.submit(roundId, answer);
      await transaction.wait();
      return transaction;
    },
  };
}

/** Deploys WETH9 with the bytecode published by its authors. */
export async function deployWeth(ethers: HardhatEthers): Promise<BaseContract> {
  const [deployer] = await ethers.getSigners();
  const factory = new ethers.ContractFactory(weth9.abi, weth9.bytecode, deployer);
  const weth = await factory.deploy();
  return weth.waitForDeployment();
}

/** Deploys to a network through its parameter file: look before, deploy, look after. The command is scripts/deploy.ts. */
import type { NetworkConnection } from "hardhat/types/network";
import type { Deployment } from "../../sdk/addresses.ts";
import { type NetworkFile, networkConfig, withLocalAddresses } from "../config/network.ts";
import { deployContracts, type HouseContracts } from "../local/house.ts";
import { deployWorld } from "../local/world.ts";
import { deploymentProblems } from "./aftercheck.ts";
import { requireReady } from "./preflight.ts";
import { describeDeployment } from "./record.ts";

export interface NetworkDeployment {
  readonly house: HouseContracts;
  readonly deployment: Deployment;
  /** What the deployer sent and paid (wei). */
  readonly transactions: number;
  readonly paid: bigint;
}

export interface DeployOptions {
  /** Name of Ignition's journal, by which an interrupted deployment goes on. */
  readonly deploymentId?: string;
  readonly displayUi?: boolean;
  /** The chain id the node must have; that of the file unless told. A fork has one of its own. */
  readonly chainId?: number;
  readonly requiredConfirmations?: number;
}

export async function deployNetwork(
  connection: NetworkConnection,
  file: NetworkFile,
  options: DeployOptions = {},
): Promise<NetworkDeployment> {
  const { ethers } = connection;
  const [signer] = await ethers.getSigners();
  if (signer === undefined) throw new Error("There is no account to deploy with: set DEPLOYER_PRIVATE_KEY.");
  const deployer = signer.address;
  const chainId = options.chainId ?? file.chainId;
  const config = networkConfig(await withWorld(connection, file, chainId), deployer);
  await requireReady({ provider: ethers.provider, config, chainId, deployer });

  const before = await balanceSheet(connection, deployer);
  const firstBlock = (await ethers.provider.getBlockNumber()) + 1;
  const house = await deployContracts(connection, config, options);
  const problems = await deploymentProblems(house, config, deployer);
  if (problems.length > 0) throw new Error(`The house was deployed, but not as it should be:\n${problems.join("\n")}`);
  const deployment = await describeDeployment(house, config, { chainId: file.chainId, fromBlock: firstBlock });
  const after = await balanceSheet(connection, deployer);
  const [transactions, paid] = [after.nonce - before.nonce, before.balance - after.balance];
  return { house, deployment, transactions, paid };
}

async function balanceSheet({ ethers }: NetworkConnection, deployer: string) {
  const [nonce, balance] = await Promise.all([
    ethers.provider.getTransactionCount(deployer),
    ethers.provider.getBalance(deployer),
  ]);
  return { nonce, balance };
}

/** Feeds and tokens for a file that has none. */
async function withWorld(connection: NetworkConnection, file: NetworkFile, chainId: number): Promise<NetworkFile> {
  if (![file.cash, ...file.collaterals].some(({ token }) => token === "local")) return file;
  const network = await connection.ethers.provider.getNetwork();
  if (network.chainId !== BigInt(chainId)) {
    throw new Error(`The node is on chain ${network.chainId}, but the parameters are for chain ${chainId}.`);
  }
  const prices = Object.fromEntries(file.underlyings.map(({ symbol, referencePrice }) => [symbol, referencePrice]));
  const { tokens, feeds } = await deployWorld(connection.ethers, { [file.cash.symbol]: "1", ...prices });
  const proxies = Object.entries(feeds).map(async ([symbol, { proxy }]) => [symbol, await proxy.getAddress()] as const);
  return withLocalAddresses(file, {
    feeds: Object.fromEntries(await Promise.all(proxies)),
    tokens: {
      USDC: await tokens.usdc.getAddress(),
      WETH: await tokens.weth.getAddress(),
      WBTC: await tokens.wbtc.getAddress(),
    },
  });
}

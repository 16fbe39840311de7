/** Where the house is deployed, by chain id. */
import { getAddress } from "ethers";
import { deployments } from "./deployments.ts";

export interface DeployedMarket {
  /** Number of the underlying. */
  readonly underlying: number;
  /** Id of the perpetual, as decimal text. */
  readonly instrument: string;
  readonly feed: string;
}

export interface Deployment {
  readonly chainId: number;
  /** First block in which events of the house can be. */
  readonly fromBlock: number;
  readonly contracts: {
    /** Clearing house and back office: one address, one interface (IClearingHouse). */
    readonly clearingHouse: string;
    readonly vault: string;
    readonly riskEngine: string;
    readonly marketData: string;
    readonly registry: string;
    readonly orders: string;
    readonly liquidation: string;
    readonly auction: string;
    readonly lens: string;
    readonly optionLens: string;
    readonly volatility: string;
    readonly correlation: string;
    readonly depthBook: string;
    readonly auditor: string;
    readonly upkeep: string;
    readonly insuranceFund: string;
    readonly accessManager: string;
  };
  /** By symbol. */
  readonly tokens: Readonly<Record<string, string>>;
  /** By symbol of the underlying. */
  readonly markets: Readonly<Record<string, DeployedMarket>>;
}

/** A chain without a known deployment, or a deployment that cannot be right. */
export class DeploymentError extends Error {
  override readonly name = "DeploymentError";
}

const registered = new Map<number, Deployment>(deployments.map((deployment) => [deployment.chainId, deployment]));

/** The deployment on a chain: one that comes with this package, or one registered since. */
export function deploymentOn(chainId: number | bigint): Deployment {
  const found = registered.get(Number(chainId));
  if (found !== undefined) return found;
  const known = deployedChains();
  throw new DeploymentError(
    `No deployment is known on chain ${chainId}${known.length === 0 ? "" : `, only on ${known.join(", ")}`}. ` +
      "Call registerDeployment with its addresses first.",
  );
}

/** Makes a deployment known, or replaces the one known on its chain: for local nodes and networks of one's own. */
export function registerDeployment(deployment: Deployment): Deployment {
  const addresses = [
    ...Object.entries(deployment.contracts),
    ...Object.entries(deployment.tokens),
    ...Object.entries(deployment.markets).map(([symbol, { feed }]) => [symbol, feed] as const),
  ];
  for (const [name, address] of addresses) requireAddress(name, address);
  registered.set(deployment.chainId, deployment);
  return deployment;
}

export function deployedChains(): number[] {
  return [...registered.keys()].sort((a, b) => a - b);
}

function requireAddress(name: string, address: string): void {
  try {
    if (getAddress(address) === address) return;
  } catch {
    // Said below.
  }
  throw new DeploymentError(`The address of ${name}, "${address}", is not in EIP-55 form.`);
}

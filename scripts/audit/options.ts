/** What the command line asks for, checked before anything is read. */
import { existsSync, readFileSync } from "node:fs";
import { getAddress, isAddress } from "ethers";
import { type Deployment, deploymentOn } from "../../sdk/addresses.ts";

/** A problem that whoever runs the command can mend. Its message is a sentence that says how. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

export interface CommandLine {
  readonly rpc: string;
  readonly house?: string;
  readonly deployment?: string;
  readonly from?: string;
  readonly blockRange?: string;
  readonly json?: string;
}

export interface Whereabouts {
  readonly clearingHouse: string;
  readonly fromBlock: number | undefined;
}

const NETWORKS: Readonly<Record<string, number>> = {
  localhost: 31_337,
  sepolia: 11_155_111,
  arbitrumSepolia: 421_614,
  baseSepolia: 84_532,
  opSepolia: 11_155_420,
};

export function requireUrl(rpc: string): string {
  if (URL.canParse(rpc) && /^https?:$/.test(new URL(rpc).protocol)) return rpc;
  throw new CommandError(`--rpc must be an address like https://example.org, not "${rpc}".`);
}

/** Where the house is: named on the command line, else the deployment that is known on the node's chain. */
export function whereabouts({ house, deployment, from }: CommandLine, chainId: bigint): Whereabouts {
  const fromBlock = from === undefined ? undefined : wholeNumber("--from", from);
  if (house !== undefined && deployment !== undefined) {
    throw new CommandError("Give --house or --deployment, not both.");
  }
  if (house !== undefined) {
    if (!isAddress(house)) throw new CommandError(`--house must be an address like 0x1234…, not "${String(house)}".`);
    return { clearingHouse: getAddress(house), fromBlock };
  }
  const found = deploymentNamed(deployment ?? String(chainId));
  if (BigInt(found.chainId) !== chainId) {
    throw new CommandError(`The node is on chain ${chainId}, the deployment on ${found.chainId}.`);
  }
  return { clearingHouse: found.contracts.clearingHouse, fromBlock: fromBlock ?? found.fromBlock };
}

/** A record's file, a chain id, or a network's name. */
function deploymentNamed(name: string): Deployment {
  if (name.endsWith(".json")) return readRecord(name);
  const chainId = NETWORKS[name] ?? (/^\d{1,15}$/.test(name) ? Number(name) : undefined);
  if (chainId === undefined) {
    const known = Object.keys(NETWORKS).join(", ");
    throw new CommandError(`--deployment must be a file, a chain id, or one of ${known}, not "${name}".`);
  }
  const record = new URL(`../../deploy/deployments/${chainId}.json`, import.meta.url);
  return existsSync(record) ? readRecord(record) : deploymentOn(chainId);
}

function readRecord(path: string | URL): Deployment {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Deployment;
  } catch (error) {
    throw new CommandError(
      `${String(path)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

export function wholeNumber(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommandError(`${option} must be a whole number, not "${text}".`);
}

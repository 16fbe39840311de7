/** What the command line asks for, checked before anything is read. */
import { isAddress } from "ethers";
import { accountId } from "../../sdk/instruments.ts";

/** A problem that whoever runs the command can mend. Its message is a sentence that says how. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

export interface CommandLine {
  readonly rpc: string;
  readonly clearingHouse: string;
  readonly account: string;
  readonly fromBlock: string;
  readonly toBlock?: string;
  readonly blockRange?: string;
  readonly registry?: string;
  readonly module: readonly string[];
  readonly out?: string;
}

export interface StatementRequest {
  readonly rpc: string;
  readonly clearingHouse: string;
  readonly registry: string | undefined;
  readonly account: string;
  readonly fromBlock: number;
  readonly toBlock: number | undefined;
  readonly blockRange: number | undefined;
  readonly modules: readonly string[];
  readonly out: string | undefined;
}

const MAX_NUMBER = 1n << 96n;

export function statementRequest(line: CommandLine): StatementRequest {
  if (!URL.canParse(line.rpc) || !/^https?:$/.test(new URL(line.rpc).protocol)) {
    throw new CommandError(`--rpc must be an address like https://example.org, not "${line.rpc}".`);
  }
  const fromBlock = block("--from-block", line.fromBlock);
  const toBlock = line.toBlock === undefined ? undefined : block("--to-block", line.toBlock);
  if (toBlock !== undefined && toBlock < fromBlock) throw new CommandError("--to-block is before --from-block.");
  const blockRange = line.blockRange === undefined ? undefined : block("--block-range", line.blockRange);
  if (blockRange === 0) throw new CommandError("--block-range must be at least 1.");
  return {
    rpc: line.rpc,
    clearingHouse: address("--clearing-house", line.clearingHouse),
    registry: line.registry === undefined ? undefined : address("--registry", line.registry),
    account: parseAccount(line.account),
    fromBlock,
    toBlock,
    blockRange,
    modules: line.module.map((module) => address("--module", module)),
    out: line.out,
  };
}

function address(option: string, text: string): string {
  if (isAddress(text)) return text;
  throw new CommandError(`${option} must be an address like 0x1234…, not "${String(text)}".`);
}

function block(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CommandError(`${option} must be a whole number, not "${text}".`);
  return Number(text);
}

/** "0x…/3", or the owner alone for the account number 0. */
function parseAccount(text: string): string {
  const [owner = "", number = "0", ...rest] = text.split("/");
  if (!isAddress(owner) || !/^\d{1,29}$/.test(number) || BigInt(number) >= MAX_NUMBER || rest.length > 0) {
    throw new CommandError(`--account must be an owner and the number of the account, like 0x1234…/0, not "${text}".`);
  }
  return accountId(owner, BigInt(number));
}

import { type ErrorFragment, Interface, isHexString } from "ethers";
import type { Names } from "../names.ts";
import { accessErrors, languageErrors, tokenErrors, utilityErrors } from "./dependencies.ts";
import { closeErrors } from "./closes.ts";
import { correlationErrors } from "./correlation.ts";
import { estimationErrors } from "./estimation.ts";
import { depthErrors, quorumErrors } from "./reports.ts";
import { auctionErrors, exchangeErrors, liquidationErrors } from "./exchange.ts";
import { ledgerErrors, vaultErrors } from "./ledger.ts";
import { marketDataErrors, registryErrors, riskErrors } from "./markets.ts";
import { expiryErrors, surfaceErrors } from "./oracle.ts";
import { type ErrorTable, Words } from "./table.ts";

/** Every error that has a sentence. */
export const errorTable: ErrorTable = {
  ...ledgerErrors,
  ...vaultErrors,
  ...closeErrors,
  ...marketDataErrors,
  ...surfaceErrors,
  ...expiryErrors,
  ...quorumErrors,
  ...depthErrors,
  ...riskErrors,
  ...registryErrors,
  ...exchangeErrors,
  ...liquidationErrors,
  ...auctionErrors,
  ...estimationErrors,
  ...correlationErrors,
  ...tokenErrors,
  ...accessErrors,
  ...utilityErrors,
  ...languageErrors,
};

/** What a contract reverted with, in words. `message` is the sentence with the advice. */
export class CounterpoiseError extends Error {
  /** The error's name in Solidity; "EmptyRevert" without data, "UnknownError" for data that no table knows. */
  override readonly name: string;
  /** By name of the parameter: numbers as bigint, bytes and addresses as hex. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What went wrong. */
  readonly sentence: string;
  /** What to do. */
  readonly advice: string;
  /** The revert data. */
  readonly data: string;

  constructor(name: string, args: Readonly<Record<string, unknown>>, sentence: string, advice: string, data: string) {
    super(`${sentence} ${advice}`);
    this.name = name;
    this.args = args;
    this.sentence = sentence;
    this.advice = advice;
    this.data = data;
  }
}

interface Entry {
  readonly fragment: ErrorFragment;
  readonly say: ErrorTable[string];
}

const declarations = new Interface(Object.keys(errorTable).map((declaration) => `error ${declaration}`));

const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(errorTable).map(([declaration, say]) => {
    const fragment = declarations.getError(declaration.slice(0, declaration.indexOf("(")))!;
    return [fragment.selector, { fragment, say }];
  }),
);

/** The error that revert data encodes. Never throws: data that cannot be read becomes an "UnknownError". */
export function decodeRevert(data: string, names: Names = {}): CounterpoiseError {
  if (data === "0x") {
    return new CounterpoiseError(
      "EmptyRevert",
      {},
      "The transaction failed without giving a reason.",
      "Check the addresses of this chain and the gas limit.",
      data,
    );
  }
  const entry = entries.get(data.slice(0, 10));
  if (entry === undefined) return unknown(data);
  try {
    const args = declarations.decodeErrorResult(entry.fragment, data);
    const [sentence, advice] = entry.say(new Words(args, names));
    return new CounterpoiseError(entry.fragment.name, args.toObject(), capitalize(sentence), advice, data);
  } catch {
    return unknown(data);
  }
}

/** A sentence may begin with a name, and names begin as they like. */
const capitalize = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function unknown(data: string): CounterpoiseError {
  return new CounterpoiseError(
    "UnknownError",
    { selector: data.slice(0, 10) },
    `A contract failed with an error that is not one of the clearing house's: ${data.slice(0, 74)}.`,
    "It probably comes from a token, a wallet or a feed; look the selector up there.",
    data,
  );
}

/**
 * What a failed call or transaction reverted with, from whatever a library or wallet threw; undefined if it was not a revert
 * (no connection, no gas money, rejected by the user).
 */
export function decodeError(thrown: unknown, names: Names = {}): CounterpoiseError | undefined {
  if (thrown instanceof CounterpoiseError) return thrown;
  const data = revertData(thrown);
  return data === undefined ? undefined : decodeRevert(data, names);
}

/** Runs a call and throws its revert as a CounterpoiseError; any other failure as it came. */
export async function withDecodedErrors<T>(call: () => Promise<T>, names: Names = {}): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw decodeError(thrown, names) ?? thrown;
  }
}

/** How deep libraries and wallets wrap what a node answered. */
const MAX_DEPTH = 6;
const WRAPPERS = ["data", "error", "info", "cause", "revert", "originalError"] as const;

/** Nodes put the data into `data` of a JSON-RPC error; libraries wrap that in `error`, `info` or `cause`. */
function revertData(thrown: unknown, depth = 0): string | undefined {
  if (typeof thrown === "string") return isRevertData(thrown) ? thrown : undefined;
  if (typeof thrown !== "object" || thrown === null || depth > MAX_DEPTH) return undefined;
  const fields = thrown as Record<string, unknown>;
  for (const wrapper of WRAPPERS) {
    const found = revertData(fields[wrapper], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A selector and whole words; or nothing, which a node gives as "0x" for a revert without a reason. */
function isRevertData(text: string): boolean {
  return isHexString(text) && (text === "0x" || text.length >= 10);
}

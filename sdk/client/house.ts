/** Where a house is and through whom it is read. */
import type { BlockTag, Interface, Result, TransactionRequest } from "ethers";
import { withDecodedErrors } from "../errors/index.ts";
import type { Names } from "../names.ts";

/** Addresses of one house on one chain, by the names that deployments give them. */
export interface HouseAddresses {
  readonly clearingHouse: string;
  readonly orders: string;
  readonly liquidation: string;
  readonly auction: string;
  readonly registry: string;
  readonly lens: string;
  readonly optionLens: string;
  readonly depthBook: string;
  readonly auditor: string;
  readonly upkeep: string;
  readonly insuranceFund: string;
  readonly volatility: string;
  readonly correlation: string;
}

/** An ethers provider, or a signer that has one. */
export interface Caller {
  call(request: TransactionRequest): Promise<string>;
}

/** What reading functions need: who is asked, and the clearing house's address. Risk engine and prices are found from there. */
export interface HouseReader {
  readonly caller: Caller;
  readonly addresses: Pick<HouseAddresses, "clearingHouse"> & Partial<HouseAddresses>;
  /** For the sentences of errors. */
  readonly names?: Names;
}

export interface ReadOptions {
  /** The latest block unless told. Give a number when several reads must agree. */
  readonly blockTag?: BlockTag;
}

/** An address at which the contract that was expected is not. */
export class HouseError extends Error {
  override readonly name = "HouseError";
}

/** One view call. Reverts come as CounterpoiseError. */
export async function read(
  { caller, names }: Pick<HouseReader, "caller" | "names">,
  to: string,
  abi: Interface,
  name: string,
  args: readonly unknown[] = [],
  { blockTag = "latest" }: ReadOptions = {},
): Promise<Result> {
  const data = abi.encodeFunctionData(name, args);
  const answer = await withDecodedErrors(() => caller.call({ to, data, blockTag }), names);
  try {
    return abi.decodeFunctionResult(name, answer);
  } catch {
    throw new HouseError(`The contract at ${to} does not answer ${name}: check the address and the chain.`);
  }
}

/** The address of a part of the house that a reader was not given. */
export function addressOf(house: HouseReader, part: keyof HouseAddresses): string {
  const address = house.addresses[part];
  if (address === undefined) throw new HouseError(`This needs the address of ${part}.`);
  return address;
}

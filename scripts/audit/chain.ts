/** Everything that the audit reads from the chain: all events of the house, and its state at one block. */
import { Interface, type Provider } from "ethers";
import { clearingHouseAbi } from "../../sdk/abi.ts";
import { type HouseReader, read } from "../../sdk/client/house.ts";
import { readHouse } from "../../sdk/client/read.ts";
import { readLogs } from "../../sdk/client/statement.ts";
import { closesAbi, vaultAbi } from "./abi.ts";
import { Books } from "./books.ts";
import type { Stored } from "./compare.ts";
import { EFFECTS, type HouseEvent, replay } from "./effects.ts";
import { takeSnapshot } from "./snapshot.ts";

export type AuditedHouse = HouseReader & { readonly caller: Provider };

export interface Range {
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Blocks in one request. */
  readonly blockRange: number;
}

/** Called with how far it is. */
export type Progress = (what: "blocks" | "accounts", done: number, of: number) => void;

/** Every event that has an effect. */
export const eventsAbi = new Interface([...clearingHouseAbi.fragments, ...closesAbi.fragments]);

/** Replays all events of the house, chunk by chunk. */
export async function replayEvents(house: AuditedHouse, range: Range, onProgress: Progress): Promise<Books> {
  const { fromBlock, toBlock, blockRange } = range;
  const address = house.addresses.clearingHouse;
  const topics = [Object.keys(EFFECTS).map((name) => eventsAbi.getEvent(name)!.topicHash)];
  const books = new Books();
  for (let from = fromBlock; from <= toBlock; from += blockRange) {
    const to = Math.min(from + blockRange - 1, toBlock);
    const logs = await readLogs(house.caller, { address, topics }, from, to);
    const events = logs.map((log): HouseEvent => {
      const { name, args } = eventsAbi.parseLog(log)!;
      return { name, args: args.toObject(), block: log.blockNumber };
    });
    replay(books, events);
    onProgress("blocks", to - fromBlock + 1, toBlock - fromBlock + 1);
  }
  return books;
}

/** What the contracts say at a block, of everything that was ever listed. */
export async function readStored(
  house: AuditedHouse,
  { instruments, closesApplied }: Pick<Books, "instruments" | "closesApplied">,
  block: number,
  onProgress: Progress,
): Promise<Stored> {
  const options = { blockTag: block };
  const ledger = await takeSnapshot({
    house,
    instruments: [...instruments],
    block,
    isAccrued: false,
    closesApplied,
    onProgress: (done, of) => onProgress("accounts", done, of),
  });
  const vault = await readHouse<string>(house, "vault", [], options);
  const to = house.addresses.clearingHouse;
  const [supplied, borrowed] = await read(house, to, clearingHouseAbi, "cashPool", [], options);
  const count = Number(await readHouse<bigint>(house, "accountCount", [], options));
  const recorded: bigint[] = [];
  const totals: bigint[] = [];
  for (let asset = 0; asset <= ledger.collaterals.length; asset++) {
    const { token } = await readHouse<{ token: string }>(house, "collateralTerms", [asset], options);
    recorded.push((await read(house, vault, vaultAbi, "recorded", [token], options))[0] as bigint);
    totals.push(await readHouse<bigint>(house, "collateralTotal", [asset], options));
  }
  // The snapshot has the list first, in its order.
  const accounts = ledger.accounts.slice(0, count).map(({ id }) => id);
  return { ledger, accounts, recorded, totals, supplied: supplied as bigint, borrowed: borrowed as bigint };
}

/** The block in which the house was deployed, by bisection: a node that keeps old state knows. */
export async function firstBlock({ caller, addresses }: AuditedHouse, head: number): Promise<number> {
  let [before, there] = [-1, head];
  while (there - before > 1) {
    const middle = Math.floor((before + there) / 2);
    const code = await caller.getCode(addresses.clearingHouse, middle);
    if (code === "0x") before = middle;
    else there = middle;
  }
  return there;
}

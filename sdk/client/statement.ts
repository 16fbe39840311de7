/** An account's history from the logs of the chain. */
import { id, type Interface, type Log, type Provider } from "ethers";
import { accessManagerAbi, auctionAbi, clearingHouseAbi, liquidationAbi, ordersAbi } from "../abi.ts";
import { draftEntries, openingBalance, withBalances } from "../statement/entries.ts";
import { type Entry, type LedgerEvent, type Statement, StatementError } from "../statement/types.ts";
import { type HouseReader, read } from "./house.ts";
import { readHouse } from "./read.ts";

export interface StatementOptions {
  /** The block of the account's first deposit, or of the clearing house's deployment, for a statement from the beginning. */
  readonly fromBlock: number;
  /** The latest block unless told. */
  readonly toBlock?: number;
  /** Blocks in one request for logs; providers have limits. */
  readonly blockRange?: number;
  /** Modules to believe beside those that the clearing house has now: replaced ones. */
  readonly modules?: readonly string[];
  /** Called after each range with the last block read. */
  readonly onProgress?: (block: number) => void;
}

/** The ledger's provider: logs, receipts and blocks beside calls. */
export type LogReader = HouseReader & { readonly caller: Provider };

const DEFAULT_BLOCK_RANGE = 5_000;
const ACCOUNT_EVENTS = [
  "Deposited",
  "Withdrawn",
  "CashChanged",
  "CollateralChanged",
  "PositionChanged",
  "OptionPositionChanged",
  "OptionsMoved",
  "ExpiryMoved",
  "ExpirySettled",
  "Settled",
] as const;
/** What fills and liquidations change. */
const TOUCHING: ReadonlySet<string> = new Set([
  "PositionChanged",
  "OptionPositionChanged",
  "OptionsMoved",
  "ExpiryMoved",
  "CollateralChanged",
]);
/** Requests to the provider at a time. */
const CONCURRENCY = 8;

/** Everything that changed an account's cash, positions and collateral, with a running balance that ends at `cashOf`. */
export async function readStatement(house: LogReader, account: string, options: StatementOptions): Promise<Statement> {
  const { fromBlock, blockRange = DEFAULT_BLOCK_RANGE } = options;
  const toBlock = options.toBlock ?? (await house.caller.getBlockNumber());
  if (!Number.isInteger(fromBlock) || fromBlock < 0)
    throw new StatementError("The first block must be a whole number.");
  if (!Number.isInteger(blockRange) || blockRange < 1) throw new StatementError("The block range must be at least 1.");
  if (toBlock < fromBlock) throw new StatementError(`The last block, ${toBlock}, is before the first, ${fromBlock}.`);

  const ledger = await readLedgerEvents(house, account, fromBlock, toBlock, blockRange, options.onProgress);
  const events = [...ledger, ...(await readModuleEvents(house, account, ledger, toBlock, options.modules ?? []))].sort(
    inOrder,
  );
  const closing = await readHouse<bigint>(house, "cashOf", [account], { blockTag: toBlock });
  const opening = openingBalance(events) ?? closing;

  const drafts = byTransaction(events).flatMap((own) => draftEntries(account, own));
  const timestamps = await readTimestamps(house.caller, [...drafts.map((draft) => draft.blockNumber), toBlock]);
  const entries = withBalances(drafts, events, opening, timestamps);
  const booked = entries.at(-1)?.balance ?? opening;
  const accrued =
    closing === booked ? [] : [accruedInterest(closing - booked, closing, toBlock, timestamps.get(toBlock)!)];
  return { account, fromBlock, toBlock, opening, closing, entries: [...entries, ...accrued] };
}

/** Interest that the account has earned or owes, and that its next change of cash will book. */
function accruedInterest(cash: bigint, balance: bigint, blockNumber: number, timestamp: number): Entry {
  return { type: "AccruedInterest", blockNumber, timestamp, transaction: "", logIndex: -1, cash, balance, fee: 0n };
}

async function readLedgerEvents(
  { caller, addresses }: LogReader,
  account: string,
  fromBlock: number,
  toBlock: number,
  blockRange: number,
  onProgress: (block: number) => void = () => {},
): Promise<LedgerEvent[]> {
  const topicOf = (name: string): string => clearingHouseAbi.getEvent(name)!.topicHash;
  // The account comes first in an event, and second in those that have two.
  const filters = [
    [ACCOUNT_EVENTS.map(topicOf), account],
    [["OptionsMoved", "ExpiryMoved"].map(topicOf), null, account],
  ];
  const logs: Log[] = [];
  for (let from = fromBlock; from <= toBlock; from += blockRange) {
    const to = Math.min(from + blockRange - 1, toBlock);
    for (const topics of filters) {
      logs.push(...(await readLogs(caller, { address: addresses.clearingHouse, topics }, from, to)));
    }
    onProgress(to);
  }
  return logs.map((log) => decodeLog(clearingHouseAbi, log));
}

/** Halves a range that the provider refuses, down to one block. */
export async function readLogs(
  provider: Provider,
  filter: { address: string; topics: (string | string[] | null)[] },
  fromBlock: number,
  toBlock: number,
): Promise<Log[]> {
  try {
    return await provider.getLogs({ ...filter, fromBlock, toBlock });
  } catch (thrown) {
    if (fromBlock === toBlock) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new StatementError(`The provider gives no logs of block ${fromBlock}: ${reason}`);
    }
    const middle = Math.floor((fromBlock + toBlock) / 2);
    const first = await readLogs(provider, filter, fromBlock, middle);
    return [...first, ...(await readLogs(provider, filter, middle + 1, toBlock))];
  }
}

/** Fills and liquidations of the account, from the receipts of the transactions that changed what it holds. */
async function readModuleEvents(
  house: LogReader,
  account: string,
  ledger: readonly LedgerEvent[],
  toBlock: number,
  modules: readonly string[],
): Promise<LedgerEvent[]> {
  const touched = ledger.filter(({ name }) => TOUCHING.has(name));
  const transactions = [...new Set(touched.map((event) => event.transaction))];
  const receipts = await inTurns(transactions, async (hash) => {
    const receipt = await house.caller.getTransactionReceipt(hash);
    if (receipt === null) throw new StatementError(`The provider has no receipt of transaction ${hash}.`);
    return receipt;
  });
  const events = receipts.flatMap((receipt) => receipt.logs.flatMap((log) => moduleEvent(log, account)));
  const emitters = [...new Set(events.map(({ emitter }) => emitter))];
  const believed = new Set(modules.map((module) => module.toLowerCase()));
  for (const emitter of emitters) {
    // Anyone can emit an event of that name; only what the clearing house listens to counts.
    if (await isModule(house, emitter, toBlock)) believed.add(emitter);
  }
  return events.filter(({ emitter }) => believed.has(emitter)).map(({ event }) => event);
}

function moduleEvent(log: Log, account: string): { emitter: string; event: LedgerEvent }[] {
  const abi = [ordersAbi, liquidationAbi, auctionAbi].find((candidate) => candidate.parseLog(log) !== null);
  if (abi === undefined || !log.topics.slice(1).includes(account)) return [];
  return [{ emitter: log.address.toLowerCase(), event: decodeLog(abi, log) }];
}

const POST =
  "post((bytes32,bytes32,uint64,int64,int72)[],(bytes32,bytes32,uint72,uint8)[],(bytes32,bytes32,uint8,uint128)[])";

async function isModule(house: LogReader, address: string, blockTag: number): Promise<boolean> {
  const authority = await readHouse<string>(house, "authority", [], { blockTag });
  const args = [address, house.addresses.clearingHouse, id(POST).slice(0, 10)];
  const [may] = await read(house, authority, accessManagerAbi, "canCall", args, { blockTag });
  return Boolean(may);
}

function decodeLog(abi: Interface, log: Log): LedgerEvent {
  const parsed = abi.parseLog(log)!;
  return {
    name: parsed.name,
    args: parsed.args.toObject(),
    blockNumber: log.blockNumber,
    transaction: log.transactionHash,
    logIndex: log.index,
  };
}

const inOrder = (a: LedgerEvent, b: LedgerEvent): number => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex;

/** Events of one transaction together, in order. */
function byTransaction(events: readonly LedgerEvent[]): LedgerEvent[][] {
  const groups = new Map<string, LedgerEvent[]>();
  for (const event of events) groups.set(event.transaction, [...(groups.get(event.transaction) ?? []), event]);
  return [...groups.values()];
}

async function readTimestamps(provider: Provider, blocks: readonly number[]): Promise<Map<number, number>> {
  const times = await inTurns([...new Set(blocks)], async (number): Promise<[number, number]> => {
    const block = await provider.getBlock(number);
    if (block === null) throw new StatementError(`The provider has no block ${number}.`);
    return [number, block.timestamp];
  });
  return new Map(times);
}

async function inTurns<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(i, i + CONCURRENCY).map(run))));
  }
  return results;
}

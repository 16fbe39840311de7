/** Follows the events of the house: which accounts there are, and which changed since they were read. Blocks may be replaced. */
import type { Log as ChainLog } from "ethers";
import { readLogs } from "../../sdk/client/statement.ts";
import { engineAbi, houseAbi } from "./abi.ts";
import { type Chain, each, type Head, view } from "./chain.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { KeeperState } from "./state.ts";

const CHECKPOINTS = 128;
const NO_OWNER = `0x${"0".repeat(40)}`;

/** Fees, insurance, clearing accounts: they are nobody's, and have no margin. */
export const isSystem = (account: string): boolean => account.startsWith(NO_OWNER);

interface Checkpoint {
  readonly number: number;
  readonly hash: string;
  /** What changed in it: to be read again if the block is replaced. Undefined for a block read before a restart. */
  readonly touched: ReadonlySet<string> | undefined;
}

type FollowerState = Pick<KeeperState, "checkpoints" | "accounts" | "flagged">;

export class Follower {
  /** Everything that was opened, system accounts included. */
  readonly accounts: Set<string>;
  /** Accounts whose liquidation clock runs. */
  readonly flagged: Set<string>;
  /** Block of the last accrual of a perpetual's funding, and of interest. */
  readonly fundingAt = new Map<bigint, number>();
  interestAt = 0;

  readonly #chain: Chain;
  readonly #blockRange: number;
  readonly #log: Log;
  readonly #metrics: Metrics;
  #checkpoints: Checkpoint[];
  #dirty: Set<string>;

  constructor(chain: Chain, state: FollowerState, blockRange: number, log: Log, metrics: Metrics) {
    this.#chain = chain;
    this.#blockRange = blockRange;
    this.#log = log;
    this.#metrics = metrics;
    this.#checkpoints = state.checkpoints.map((at) => ({ ...at, touched: undefined }));
    this.accounts = new Set(state.accounts);
    this.flagged = new Set(state.flagged);
    // Nothing is known of them but their names.
    this.#dirty = new Set(state.accounts.filter((account) => !isSystem(account)));
  }

  get state(): FollowerState {
    return {
      checkpoints: this.#checkpoints.map(({ number, hash }) => ({ number, hash })),
      accounts: [...this.accounts],
      flagged: [...this.flagged],
    };
  }

  /** Accounts to be read; they count as read unless they are put back. */
  takeDirty(): string[] {
    const taken = [...this.#dirty];
    this.#dirty = new Set();
    return taken;
  }

  putBack(accounts: Iterable<string>): void {
    for (const account of accounts) this.#dirty.add(account);
  }

  /** Reads the events up to a block. */
  async follow(head: Head): Promise<void> {
    await this.#rewind(head);
    const last = this.#checkpoints.at(-1);
    const from = last === undefined ? this.#chain.fromBlock : last.number + 1;
    const touched = new Set<string>();
    for (let at = from; at <= head.number; at += this.#blockRange) {
      const to = Math.min(at + this.#blockRange - 1, head.number);
      for (const log of await this.#read(at, to)) this.#apply(log, touched);
      if (to < head.number) this.#log.info({ from: at, to, head: head.number }, "read events");
    }
    for (const account of touched) this.#dirty.add(account);
    if (last?.number !== head.number) {
      this.#checkpoints = [...this.#checkpoints, { number: head.number, hash: head.hash, touched }].slice(-CHECKPOINTS);
    }
  }

  /** Compares with the clearing house's own list. */
  async crossCheck(head: Head): Promise<void> {
    const ask = async (name: string, args: readonly unknown[]): Promise<unknown> =>
      (await view(this.#chain, this.#chain.contracts.clearingHouse, houseAbi, name, args, head.number))[0];
    const count = Number(await ask("accountCount", []));
    if (count === this.accounts.size) return;
    const indices = Array.from({ length: count }, (_, i) => i);
    const listed = new Set(await each(indices, async (i) => String(await ask("accountAt", [i]))));
    const missed = [...listed].filter((account) => !this.accounts.has(account));
    const gone = [...this.accounts].filter((account) => !listed.has(account));
    for (const account of gone) this.accounts.delete(account);
    for (const account of missed) {
      this.accounts.add(account);
      if (!isSystem(account)) this.#dirty.add(account);
    }
    this.#metrics.missedAccounts.inc(missed.length);
    this.#log.warn({ missed: missed.length, gone: gone.length }, "the events differ from the list of accounts");
  }

  /** Goes back behind blocks that are not on the chain any more. */
  async #rewind(head: Head): Promise<void> {
    let replaced = 0;
    for (;;) {
      const last = this.#checkpoints.at(-1);
      if (last === undefined || (await this.#isOnChain(last, head))) break;
      replaced += 1;
      this.#checkpoints.pop();
      this.putBack(last.touched ?? this.#traders());
    }
    if (replaced === 0) return;
    if (this.#checkpoints.length === 0) this.putBack(this.#traders());
    this.#metrics.reorgs.inc(replaced);
    this.#log.warn({ replaced, head: head.number }, "blocks were replaced; their accounts are read again");
  }

  #traders(): string[] {
    return [...this.accounts].filter((account) => !isSystem(account));
  }

  async #isOnChain({ number, hash }: Checkpoint, head: Head): Promise<boolean> {
    if (number > head.number) return false;
    if (number === head.number) return hash === head.hash;
    return (await this.#chain.provider.getBlock(number))?.hash === hash;
  }

  async #read(from: number, to: number): Promise<ChainLog[]> {
    const { provider, contracts } = this.#chain;
    const ofHouse = readLogs(provider, { address: contracts.clearingHouse, topics: [HOUSE_TOPICS] }, from, to);
    const ofEngine = readLogs(provider, { address: contracts.liquidation, topics: [ENGINE_TOPICS] }, from, to);
    return (await Promise.all([ofHouse, ofEngine])).flat();
  }

  #apply(log: ChainLog, touched: Set<string>): void {
    const [topic, first, second] = log.topics;
    if (topic === FUNDING) this.fundingAt.set(BigInt(first!), log.blockNumber);
    else if (topic === INTEREST) this.interestAt = log.blockNumber;
    // Everybody's cash fell, and no account was written.
    else if (topic === SOCIALISED) for (const account of this.#traders()) touched.add(account);
    else if (topic === STARTED) this.flagged.add(first!);
    else if (topic === ENDED) this.flagged.delete(first!);
    else {
      if (topic === OPENED) this.accounts.add(first!);
      if (topic === MOVED || topic === EXPIRY_MOVED) touched.add(second!);
      if (!isSystem(first!)) touched.add(first!);
    }
  }
}

const topicOf = (name: string): string => houseAbi.getEvent(name)!.topicHash;
const [OPENED, FUNDING, INTEREST, SOCIALISED, MOVED, EXPIRY_MOVED] = [
  "AccountOpened",
  "FundingAccrued",
  "InterestAccrued",
  "LossSocialised",
  "OptionsMoved",
  "ExpiryMoved",
].map(topicOf);
const [STARTED, ENDED] = ["LiquidationStarted", "LiquidationEnded"].map((name) => engineAbi.getEvent(name)!.topicHash);
const ENGINE_TOPICS = [STARTED!, ENDED!];
const HOUSE_TOPICS: string[] = [];
houseAbi.forEachEvent(({ topicHash }) => HOUSE_TOPICS.push(topicHash));

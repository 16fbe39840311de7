/** The accounts' books: read from the chain, kept here for the jobs and in the margin threads for every tick. */
import { readHouse } from "../../sdk/client/read.ts";
import { bookOf, type AccountBook } from "../../sdk/remargin/accountBook.ts";
import { surfaceKey, type Tick } from "../../sdk/remargin/tick.ts";
import type { PackedPortfolio, Portfolio } from "../../sdk/types.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { type Chain, each, type Head } from "./chain.ts";
import type { RemarginPool } from "./remargin/pool.ts";

/** Portfolios at the prices that the feeds have in a block. */
export function readPortfolios(
  chain: Chain,
  accounts: readonly string[],
  blockTag: number,
  now: bigint,
): Promise<Portfolio[]> {
  return each(accounts, async (account) => {
    const packed = await readHouse<PackedPortfolio>(chain.house, "portfolioOf", [account], { blockTag });
    const words = {
      cash: packed.cash,
      cashPrice: packed.cashPrice,
      exposures: [...packed.exposures],
      holdings: [...packed.holdings],
      surfaces: [...packed.surfaces],
      options: [...packed.options],
    };
    return decodePortfolio(words, now);
  });
}

export class Books {
  readonly #pool: RemarginPool;
  /** The longest unread first: reading an account again puts it at the end. */
  readonly #books = new Map<string, AccountBook>();
  readonly #readAt = new Map<string, number>();
  /** By `surfaceKey`; the perpetual is the expiry zero. */
  readonly #holders = new Map<number, Set<string>>();

  constructor(pool: RemarginPool) {
    this.#pool = pool;
  }

  get size(): number {
    return this.#books.size;
  }

  get(account: string): AccountBook | undefined {
    return this.#books.get(account);
  }

  /** Keys of the expiries that somebody has something in. */
  expiries(): number[] {
    return [...this.#holders.keys()].filter((key) => key % 2 ** 24 !== 0).sort((a, b) => a - b);
  }

  /** Accounts with something in a bucket. */
  holders(key: number): string[] {
    return [...(this.#holders.get(key) ?? [])];
  }

  /** Accounts read before a time, the oldest first. */
  readBefore(timestamp: number, most: number): string[] {
    const found: string[] = [];
    for (const [account, at] of this.#readAt) {
      if (at >= timestamp || found.length === most) break;
      found.push(account);
    }
    return found;
  }

  put(accounts: readonly string[], portfolios: readonly Portfolio[], tick: Tick, head: Head): void {
    const books = accounts.map((account, i) =>
      bookOf(account, portfolios[i]!, (underlying) => tick.underlyings.get(underlying)?.fundingIndex ?? 0n),
    );
    for (const book of books) this.#replace(book, head.timestamp);
    this.#pool.put(books);
  }

  #replace(book: AccountBook, timestamp: number): void {
    const { account } = book;
    for (const key of keysOf(this.#books.get(account))) {
      const holders = this.#holders.get(key);
      holders?.delete(account);
      if (holders?.size === 0) this.#holders.delete(key);
    }
    for (const key of keysOf(book)) {
      const holders = this.#holders.get(key) ?? new Set();
      this.#holders.set(key, holders.add(account));
    }
    this.#books.set(account, book);
    this.#readAt.delete(account);
    this.#readAt.set(account, timestamp);
  }
}

const keysOf = (book: AccountBook | undefined): number[] =>
  (book?.positions ?? []).map(({ underlying, expiryHours }) => surfaceKey(underlying, expiryHours));

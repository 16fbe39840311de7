/** Margins all accounts in several threads. Each thread keeps its share of them, so that a tick sends prices only. */
import { Worker } from "node:worker_threads";
import type { AccountBook } from "../../../sdk/remargin/accountBook.ts";
import type { Screening } from "../../../sdk/remargin/screen.ts";
import type { Tick } from "../../../sdk/remargin/tick.ts";
import type { Reply, Request } from "./messages.ts";

/** A thread that died: the accounts that it kept are gone, so the keeper must start again. */
export class RemarginError extends Error {
  override readonly name = "RemarginError";
}

interface Waiting {
  readonly resolve: (screening: Screening) => void;
  readonly reject: (error: Error) => void;
}

/** Books in one message: one clone of all of them would stop the main thread for long. */
const CHUNK = 2_000;

export class RemarginPool {
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #places = new Map<string, number>();
  readonly #sizes: number[];
  #failure: RemarginError | undefined;
  #lastId = 0;

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => this.#start());
    this.#sizes = this.#workers.map(() => 0);
  }

  /** Accounts kept. */
  get size(): number {
    return this.#places.size;
  }

  /** Set once a thread has ended: what it kept is gone. */
  get failure(): RemarginError | undefined {
    return this.#failure;
  }

  /** Adds books or replaces those of the same accounts. */
  put(books: readonly AccountBook[]): void {
    const shares = this.#workers.map((): AccountBook[] => []);
    for (const book of books) shares[this.#placeOf(book.account)]!.push(book);
    shares.forEach((share, i) => {
      for (let at = 0; at < share.length; at += CHUNK) {
        this.#post(i, { kind: "put", books: share.slice(at, at + CHUNK) });
      }
    });
  }

  drop(accounts: readonly string[]): void {
    for (const account of accounts) {
      const place = this.#places.get(account);
      if (place === undefined) continue;
      this.#places.delete(account);
      this.#sizes[place]! -= 1;
      this.#post(place, { kind: "drop", accounts: [account] });
    }
  }

  /** The margin of every account at these prices. */
  async screen(tick: Tick, bandBps: bigint): Promise<Screening> {
    const parts = await Promise.all(
      this.#workers.map(
        (_, i) =>
          new Promise<Screening>((resolve, reject) => {
            if (this.#failure !== undefined) return reject(this.#failure);
            const id = ++this.#lastId;
            this.#waiting.set(id, { resolve, reject });
            this.#post(i, { kind: "screen", id, tick, bandBps });
          }),
      ),
    );
    return {
      accounts: parts.reduce((sum, part) => sum + part.accounts, 0),
      unhealthy: parts.flatMap((part) => part.unhealthy),
      near: parts.flatMap((part) => part.near),
      skipped: parts.flatMap((part) => part.skipped),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    worker.on("message", (reply: Reply) => this.#receive(reply));
    worker.on("error", (error) => this.#fail(`A margin thread failed: ${error.message}`));
    worker.on("exit", (code) => this.#fail(`A margin thread ended with code ${code}.`));
    return worker;
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === "screened") waiting?.resolve(reply.screening);
    else waiting?.reject(new RemarginError(reply.reason));
  }

  #fail(reason: string): void {
    this.#failure ??= new RemarginError(reason);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  #post(place: number, request: Request): void {
    this.#workers[place]!.postMessage(request);
  }

  /** The thread of an account; new ones go where fewest are. */
  #placeOf(account: string): number {
    const known = this.#places.get(account);
    if (known !== undefined) return known;
    const place = this.#sizes.indexOf(Math.min(...this.#sizes));
    this.#places.set(account, place);
    this.#sizes[place]! += 1;
    return place;
  }
}

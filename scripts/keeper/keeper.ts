/** The service: follows the chain, and gives each job its turn. */
import { setTimeout as sleep } from "node:timers/promises";
import { Wallet } from "ethers";
import { readParameters } from "../../sdk/client/read.ts";
import type { Tick } from "../../sdk/remargin/tick.ts";
import type { ParameterSet } from "../../sdk/types.ts";
import { Books, readPortfolios } from "./books.ts";
import { type Chain, type Head, readHead } from "./chain.ts";
import { ConfigError, type KeeperConfig } from "./config.ts";
import { Follower } from "./follower.ts";
import type { Context, Job } from "./jobs/job.ts";
import { type Log, reasonOf } from "./log.ts";
import { isSameMarket, readTick } from "./market.ts";
import type { Metrics } from "./metrics.ts";
import { nativePrice } from "./native.ts";
import { RemarginPool } from "./remargin/pool.ts";
import { Sender } from "./sender.ts";
import { loadState, saveState } from "./state.ts";

/** @param key Undefined: nothing is sent. */
export interface KeeperOptions {
  readonly config: KeeperConfig;
  readonly chain: Chain;
  readonly jobs: readonly Job[];
  readonly key: string | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}

const CROSS_CHECK_SECONDS = 3_600;
const BALANCE_SECONDS = 60;
const RAMP_SECONDS = 3_600;
const BEHIND_AFTER_POLLS = 10;
const LEAST_PATIENCE_MS = 60_000;
/** How long a stopping keeper waits for what it has begun. */
const GRACE_MS = 15_000;
const MAX_STALE_READS = 500;
const ETHER = 1e18;

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #follower: Follower;
  readonly #pool: RemarginPool;
  readonly #books: Books;
  readonly #sender: Sender;
  readonly #lastRun = new Map<string, number>();
  readonly #running = new Set<string>();
  readonly #background = new Set<Promise<void>>();
  readonly #wallet: Wallet | undefined;
  #tick: Tick | undefined;
  #parameters: { readonly set: ParameterSet; readonly readAt: number } | undefined;
  #crossCheckedAt = -Infinity;
  #balanceAt = -Infinity;
  #followedAt = 0;

  private constructor(options: KeeperOptions, follower: Follower, wallet: Wallet | undefined) {
    const { chain, config, log, metrics } = options;
    this.#options = options;
    this.#follower = follower;
    this.#wallet = wallet;
    this.#pool = new RemarginPool(config.threads);
    this.#books = new Books(this.#pool);
    this.#sender = new Sender({
      provider: chain.provider,
      from: wallet?.address ?? config.liquidator.owner,
      wallet,
      gas: config.gas,
      names: chain.house.names ?? {},
      log,
      metrics,
    });
  }

  /** Takes up where the state file says that an earlier run ended. */
  static async open(options: KeeperOptions): Promise<Keeper> {
    const { chain, config, key, log, metrics } = options;
    const state = loadState(config.stateFile, {
      chainId: chain.chainId,
      clearingHouse: chain.contracts.clearingHouse,
    });
    const wallet = key === undefined ? undefined : new Wallet(key, chain.provider);
    const follower = new Follower(chain, state, config.blockRange, log, metrics);
    const keeper = new Keeper(options, follower, wallet);
    await keeper.#sender.resume(state.inFlight);
    const from = state.checkpoints.at(-1)?.number;
    log.info({ accounts: state.accounts.length, from, dryRun: key === undefined, sender: wallet?.address }, "opened");
    return keeper;
  }

  /** Whether the chain was read not long ago. */
  isFollowing(): boolean {
    const patience = Math.max(this.#options.config.pollSeconds * 1_000 * BEHIND_AFTER_POLLS, LEAST_PATIENCE_MS);
    return Date.now() - this.#followedAt < patience;
  }

  /** One pass: reads what changed, and starts every job that is due. */
  async cycle(): Promise<void> {
    const { chain, metrics } = this.#options;
    const head = await readHead(chain);
    await this.#follower.follow(head);
    const context = await this.#observe(head);
    await this.#sender.advance();
    metrics.headBlock.set(head.number);
    metrics.headTime.set(head.timestamp);
    metrics.accounts.set(this.#books.size);
    this.#followedAt = Date.now();
    await this.#readBalance(head);
    for (const job of this.#options.jobs) this.#start(job, context);
    this.save();
  }

  /** One pass, and everything that it began. */
  async once(): Promise<void> {
    await this.cycle();
    await this.settle();
    this.save();
  }

  /** Waits for what was begun, looking for receipts meanwhile. */
  async settle(signal?: AbortSignal): Promise<void> {
    while (this.#background.size > 0 && !signal?.aborted) {
      await Promise.race([Promise.all(this.#background), sleep(Math.min(this.#options.config.pollSeconds, 1) * 1_000)]);
      await this.#sender.advance();
    }
  }

  /** Passes until it is told to stop. A pass that fails is said, and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { config, log, metrics } = this.#options;
    while (!signal.aborted) {
      try {
        await this.cycle();
        metrics.cycles.inc({ result: "ok" });
      } catch (error) {
        if (error instanceof ConfigError) throw error;
        metrics.cycles.inc({ result: "failed" });
        log.error({ reason: reasonOf(error) }, "pass failed");
      }
      // The accounts of a lost thread are only found again by a new start.
      if (this.#pool.failure !== undefined) throw this.#pool.failure;
      await sleep(config.pollSeconds * 1_000, undefined, { signal }).catch(() => undefined);
    }
    log.info({ background: this.#background.size }, "stopping");
    await this.settle(AbortSignal.timeout(GRACE_MS)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.save();
    await this.#pool.close();
  }

  save(): void {
    const { chain, config } = this.#options;
    saveState(config.stateFile, {
      version: 1,
      chainId: chain.chainId,
      clearingHouse: chain.contracts.clearingHouse,
      ...this.#follower.state,
      inFlight: this.#sender.saved,
    });
  }

  /** Reads what changed, and all markets, at one block. */
  async #observe(head: Head): Promise<Context> {
    const { chain, config, log, metrics } = this.#options;
    if (head.timestamp - this.#crossCheckedAt >= CROSS_CHECK_SECONDS) {
      await this.#follower.crossCheck(head);
      this.#crossCheckedAt = head.timestamp;
    }
    const parameters = await this.#readParameters(head);
    const dirty = this.#follower.takeDirty();
    const stale = this.#books.readBefore(head.timestamp - config.jobs.liquidations.refreshSeconds, MAX_STALE_READS);
    const accounts = [...new Set([...dirty, ...stale])];
    try {
      const first = await readTick(chain, head, this.#books.expiries(), parameters);
      const portfolios = await readPortfolios(chain, accounts, head.number, first.now);
      metrics.reads.inc(accounts.length);
      this.#books.put(accounts, portfolios, first, head);
      // New books may name expiries that nobody had before.
      const known = this.#books.expiries().every((key) => first.surfaces.has(key));
      const tick = known ? first : await readTick(chain, head, this.#books.expiries(), parameters);
      nativePrice(config, tick);
      const isNews = dirty.length > 0 || this.#tick === undefined || !isSameMarket(tick, this.#tick);
      this.#tick = tick;
      return {
        chain,
        config,
        head,
        tick,
        isNews,
        follower: this.#follower,
        books: this.#books,
        pool: this.#pool,
        log,
        metrics,
        send: (task) => this.#sender.send(task),
        background: (work) => this.#keep(work),
      };
    } catch (error) {
      this.#follower.putBack(dirty);
      throw error;
    }
  }

  async #readParameters(head: Head): Promise<ParameterSet> {
    const { chain, config } = this.#options;
    const known = this.#parameters;
    const hourOf = (timestamp: number): number => Math.floor(timestamp / RAMP_SECONDS);
    // Measured parameters move by a step at every full hour.
    const isOfThisHour = known !== undefined && hourOf(known.readAt) === hourOf(head.timestamp);
    if (isOfThisHour && head.timestamp - known.readAt < config.parametersSeconds) return known.set;
    const set = await readParameters(chain.house, { blockTag: head.number });
    this.#parameters = { set, readAt: head.timestamp };
    return set;
  }

  #start(job: Job, context: Context): void {
    const { log, metrics } = this.#options;
    const last = this.#lastRun.get(job.name) ?? -Infinity;
    if (this.#running.has(job.name) || context.head.timestamp - last < job.intervalSeconds) return;
    this.#running.add(job.name);
    this.#lastRun.set(job.name, context.head.timestamp);
    const end = metrics.jobSeconds.startTimer({ job: job.name });
    const work = job
      .run(context)
      .then(() => metrics.jobRuns.inc({ job: job.name, result: "ok" }))
      .catch((error: unknown) => {
        metrics.jobRuns.inc({ job: job.name, result: "failed" });
        log.error({ job: job.name, reason: reasonOf(error) }, "job failed");
      })
      .finally(() => {
        end();
        this.#running.delete(job.name);
      });
    this.#keep(work);
  }

  #keep(work: Promise<void>): void {
    const kept = work
      .catch((error: unknown) => this.#options.log.error({ reason: reasonOf(error) }, "work failed"))
      .finally(() => this.#background.delete(kept));
    this.#background.add(kept);
  }

  async #readBalance(head: Head): Promise<void> {
    if (this.#wallet === undefined || head.timestamp - this.#balanceAt < BALANCE_SECONDS) return;
    this.#balanceAt = head.timestamp;
    const balance = await this.#options.chain.provider.getBalance(this.#wallet.address);
    this.#options.metrics.balance.set(Number(balance) / ETHER);
  }
}

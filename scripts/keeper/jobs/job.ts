/** What every job is: something that is due now and then, looks at the chain, and sends what its trial says will work. */
import type { Tick } from "../../../sdk/remargin/tick.ts";
import type { Books } from "../books.ts";
import type { Chain, Head } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import type { Follower } from "../follower.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { RemarginPool } from "../remargin/pool.ts";
import type { Outcome, Task } from "../sender.ts";

/**
 * One moment of the chain, and all that a job may use. @param isNews Whether a price, a parameter or an account changed since the last
 * pass. @param send Never throws for a refusal: the outcome says it. @param background Goes on while the job ends; the keeper waits for it
 * before it stops.
 */
export interface Context {
  readonly chain: Chain;
  readonly config: KeeperConfig;
  readonly head: Head;
  readonly tick: Tick;
  readonly isNews: boolean;
  readonly follower: Follower;
  readonly books: Books;
  readonly pool: RemarginPool;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly send: (task: Task) => Promise<Outcome>;
  readonly background: (work: Promise<void>) => void;
}

/** @param intervalSeconds Of the chain's time; zero for every pass. A job never runs twice at once. */
export interface Job {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly run: (context: Context) => Promise<void>;
}

/** Refusals that only say that somebody else did it, or that it is not needed any more. */
const BENIGN: ReadonlySet<string> = new Set([
  "NotLiquidatable",
  "PartExceedsPosition",
  "CollateralPartExceedsHolding",
  "LiquidationPastTarget",
  "NoMarginRelieved",
  "NothingToLiquidate",
  "RewardTooLow",
  "EquityExhausted",
  "ExpiryPriceKnown",
  "AuctionRunning",
  "AuctionTooEarly",
  "NoAuction",
  "NoBareDeficit",
  "InsuranceSuffices",
  "NothingToDeleverage",
  "NotBelowMaintenance",
  "DeficitNotDue",
  "NothingToSocialise",
]);

/** Says in the log what became of a task; whether it is in a block. */
export function report({ log }: Pick<Context, "log">, task: Task, outcome: Outcome): boolean {
  const about = { job: task.job, label: task.label, outcome: outcome.kind };
  switch (outcome.kind) {
    case "mined":
      return true;
    case "refused": {
      const { error } = outcome;
      const fields = { ...about, error: error.name, reason: error.message };
      if (BENIGN.has(error.name)) log.info(fields, "not needed any more");
      else log.warn(fields, "the trial failed; nothing was sent");
      return false;
    }
    case "reverted":
      log.warn(about, "somebody else was first");
      return false;
    case "unprofitable":
    case "dry":
      log.info(
        { ...about, costWei: outcome.costWei.toString() },
        outcome.kind === "dry" ? "dry run" : "not worth its gas",
      );
      return false;
    case "expensive":
      log.warn({ ...about, feeWei: outcome.feeWei.toString() }, "gas is above the cap");
      return false;
    case "cancelled":
    case "lost":
      log.warn(about, "nothing came of it");
      return false;
  }
}

export async function sendAndReport(context: Context, task: Task): Promise<boolean> {
  return report(context, task, await context.send(task));
}

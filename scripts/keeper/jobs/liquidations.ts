/**
 * Margins every account at every price tick, in threads. Only accounts at or near the edge are read from the chain; what is unhealthy
 * there is planned, tried, weighed against its gas, and sent.
 */
import { flag } from "../../../sdk/client/calls.ts";
import { assess } from "../../../sdk/margin/riskEngine.ts";
import { isUnhealthy, type Screened, type Screening } from "../../../sdk/remargin/screen.ts";
import type { Margin, Portfolio } from "../../../sdk/types.ts";
import { engineAbi } from "../abi.ts";
import { readPortfolios } from "../books.ts";
import { each, view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { reasonOf } from "../log.ts";
import { attempt, type EngineTerms, NAME } from "./liquidation/attempt.ts";
import { attend, type AuctionTerms, readAuctionTerms } from "./liquidation/auction.ts";
import type { Ranked } from "./liquidation/ranking.ts";
import { type Context, type Job, sendAndReport } from "./job.ts";

/** Without news only time passes: options lose value, and interest grows. */
const IDLE_SECONDS = 60;
/** Accounts read from the chain for each that may be liquidated in a pass. */
const READS_PER_ACCOUNT = 8;

interface Terms {
  readonly engine: EngineTerms;
  readonly auction: AuctionTerms | undefined;
}

interface Candidate {
  readonly account: string;
  readonly portfolio: Portfolio;
  readonly margin: Margin;
}

export function liquidationsJob(own: KeeperConfig["jobs"]["liquidations"]): Job {
  const busy = new Set<string>();
  const ranked: Ranked = new Map();
  let screenedAt = -IDLE_SECONDS;
  return {
    name: NAME,
    intervalSeconds: own.intervalSeconds,
    run: async (context) => {
      const { books, head, isNews, metrics, tick } = context;
      if (!isNews && head.timestamp - screenedAt < IDLE_SECONDS) return;
      screenedAt = head.timestamp;
      const screening = await remargin(context, BigInt(own.nearBps));
      const suspects = suspectsOf(screening).slice(0, own.maxAccounts * READS_PER_ACCOUNT);
      const candidates = await readCandidates(context, suspects);
      books.put(
        candidates.map(({ account }) => account),
        candidates.map(({ portfolio }) => portfolio),
        tick,
        head,
      );
      const unhealthy = candidates.filter(({ margin }) => isUnhealthy(margin));
      const solvent = unhealthy.filter(({ margin }) => margin.equity > 0n);
      metrics.unhealthy.set(unhealthy.length);
      metrics.exhausted.set(unhealthy.length - solvent.length);

      const chosen = unhealthy.filter(({ account }) => !busy.has(account)).slice(0, own.maxAccounts);
      const terms = chosen.length === 0 ? undefined : await readTerms(context);
      for (const candidate of chosen) {
        const { account } = candidate;
        busy.add(account);
        const work = help(context, terms!, candidate, ranked)
          .catch((error: unknown) =>
            context.log.error({ job: NAME, account, reason: reasonOf(error) }, "attempt failed"),
          )
          .finally(() => busy.delete(account));
        context.background(work);
      }
      if (own.stopClocks) await stopClocks(context, new Set(suspects));
    },
  };
}

/** Margin relief while there is equity; what it does not want, or cannot do, is for the auction. */
async function help(
  context: Context,
  terms: Terms,
  { account, portfolio, margin }: Candidate,
  ranked: Ranked,
): Promise<void> {
  if (margin.equity > 0n && (await attempt(context, terms.engine, account, portfolio))) return;
  if (terms.auction !== undefined) await attend(context, terms.auction, account, portfolio, margin, ranked);
}

async function remargin({ head, log, metrics, pool, tick }: Context, nearBps: bigint): Promise<Screening> {
  const started = performance.now();
  const screening = await pool.screen(tick, nearBps);
  const seconds = (performance.now() - started) / 1_000;
  const { accounts, unhealthy, near, skipped } = screening;
  metrics.remarginSeconds.observe(seconds);
  metrics.remargined.inc(accounts);
  metrics.skipped.set(skipped.length);
  const counts = { unhealthy: unhealthy.length, near: near.length, skipped: skipped.length };
  log.debug({ job: NAME, block: head.number, accounts, ...counts, seconds }, "margined all accounts");
  if (skipped.length > 0)
    log.warn({ job: NAME, skipped: skipped.length, first: skipped[0] }, "accounts without a margin");
  return screening;
}

/** Those that can be helped first, the worst of them before the others; those without equity last. */
function suspectsOf({ unhealthy, near, skipped }: Screening): string[] {
  const health = ({ margin }: Screened): number => Number(margin.equity) / Number(margin.maintenance || 1n);
  const sorted = [...unhealthy].sort((a, b) => health(a) - health(b));
  const solvent = sorted.filter(({ margin }) => margin.equity > 0n);
  const exhausted = sorted.filter(({ margin }) => margin.equity <= 0n);
  return [...solvent, ...skipped, ...near, ...exhausted].map(({ account }) => account);
}

async function readCandidates({ chain, head, tick }: Context, accounts: readonly string[]): Promise<Candidate[]> {
  const portfolios = await readPortfolios(chain, accounts, head.number, tick.now);
  return portfolios.map((portfolio, i) => ({
    account: accounts[i]!,
    portfolio,
    margin: assess(portfolio, tick.parameters),
  }));
}

async function readTerms(context: Context): Promise<Terms> {
  const { chain, config, head } = context;
  const [parameters] = await view(chain, chain.contracts.liquidation, engineAbi, "parameters", [], head.number);
  const { endShareBps, insuranceShareBps } = parameters as EngineTerms;
  const assets = Object.entries(chain.house.names?.assets ?? {});
  const decimals = new Map(assets.map(([asset, token]) => [Number(asset), token.decimals]));
  return {
    engine: { endShareBps, insuranceShareBps, decimals },
    auction: config.jobs.liquidations.auctions ? await readAuctionTerms(context, decimals) : undefined,
  };
}

/** A clock that still runs after the recovery would let the next liquidation begin with a high reward. */
async function stopClocks(context: Context, suspects: ReadonlySet<string>): Promise<void> {
  const { chain, follower, head } = context;
  const recovered = [...follower.flagged].filter((account) => !suspects.has(account));
  const running = await each(recovered, async (account) => {
    const [since] = await view(chain, chain.contracts.liquidation, engineAbi, "flaggedAt", [account], head.number);
    return since !== 0n;
  });
  for (const account of recovered.filter((_, i) => running[i])) {
    const task = { job: NAME, label: `stop the clock of ${account}`, call: flag(chain.contracts, account) };
    context.background(sendAndReport(context, task).then(() => undefined));
  }
}

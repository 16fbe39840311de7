/** One account that margin relief does not cure: its auction is started, a slice is bought, or its debt is borne by whoever is next. */
import { accountId } from "../../../../sdk/instruments.ts";
import { auctionAbi } from "../../../../sdk/abi.ts";
import { bid, coverDeficit, deleverage, startAuction } from "../../../../sdk/client/calls.ts";
import { type BidPlan, planBid } from "../../../../sdk/liquidation/auction.ts";
import { expiringBookOf } from "../../../../sdk/liquidation/book.ts";
import { assess } from "../../../../sdk/margin/riskEngine.ts";
import type { Margin, Portfolio } from "../../../../sdk/types.ts";
import { formatUsd, parseUsd } from "../../../../sdk/units.ts";
import { engineAbi } from "../../abi.ts";
import { view } from "../../chain.ts";
import { nativePrice } from "../../native.ts";
import type { Outcome } from "../../sender.ts";
import { type Context, report, sendAndReport } from "../job.ts";
import { isTooLarge, markValues, NAME, TARGET_RESERVE_BPS, toWei } from "./attempt.ts";
import { namedParts } from "./named.ts";
import { isInsured, prepareDeleveraging, type Ranked } from "./ranking.ts";
import { type Parts, shrink } from "./shrink.ts";

/** Whole, half, a quarter, an eighth, a thirty-second of the plan. */
const DIVISORS = [1n, 2n, 4n, 8n, 32n] as const;
/** SliceAuction.DUST_MARGIN: USD with 6 decimals. */
const DUST_MARGIN = 10_000_000n;
/** The price falls until the bid is carried out, but prices of instruments move too. */
const DISCOUNT_SHARE = { of: 95n, in: 100n } as const;

/** What the auctions of this house are like. */
export interface AuctionTerms {
  readonly auction: string;
  readonly durationSeconds: bigint;
  readonly reliefSeconds: bigint;
  readonly firstDiscountBps: bigint;
  readonly decimals: ReadonlyMap<number, number>;
}

/** Undefined where the house has no auction that the keeper knows. */
export async function readAuctionTerms(
  { chain, head }: Context,
  decimals: ReadonlyMap<number, number>,
): Promise<AuctionTerms | undefined> {
  const { auction } = chain.contracts;
  if (auction === undefined) return undefined;
  const [parameters] = await view(chain, auction, auctionAbi, "auctionParameters", [], head.number);
  const { durationSeconds, reliefSeconds, firstDiscountBps } = parameters as AuctionTerms;
  return { auction, durationSeconds, reliefSeconds, firstDiscountBps, decimals };
}

/** @param margin From the portfolio, which was read from the chain. */
export async function attend(
  context: Context,
  terms: AuctionTerms,
  account: string,
  portfolio: Portfolio,
  margin: Margin,
  ranked: Ranked,
): Promise<void> {
  const { chain, head } = context;
  const { auction } = terms;
  const send = (what: string, call: typeof startAuction): Promise<boolean> =>
    sendAndReport(context, { job: NAME, label: `${what} ${account}`, call: call({ auction }, account) });

  if (margin.equity < 0n && margin.maintenance === 0n && margin.collateral === 0n) {
    await send("cover the deficit of", coverDeficit);
    return;
  }
  const [startedAt] = await view(chain, auction, auctionAbi, "startedAt", [account], head.number);
  const isDust = margin.equity < 0n && margin.maintenance <= DUST_MARGIN;
  if (startedAt === 0n) {
    // More than that no slice of it will ever earn; but dust must not keep a debt from being paid.
    const most = margin.maintenance + (margin.equity > 0n ? margin.equity : 0n);
    if (!isDust && most <= parseUsd(context.config.jobs.liquidations.minProfitUsd)) return;
    if (margin.equity <= 0n || (await isOpenForAuction(context, terms, account)))
      await send("start the auction of", startAuction);
    return;
  }
  if (await buy(context, terms, account, portfolio)) return;
  if (isDust && BigInt(head.timestamp) >= (startedAt as bigint) + terms.durationSeconds) {
    await send("cover the deficit of", coverDeficit);
    return;
  }
  if (portfolio.exposures.some((e) => e.expiryHours === 0 && e.quantity !== 0n)) {
    const isForsaken = BigInt(head.timestamp) >= (startedAt as bigint) + 2n * terms.durationSeconds;
    const owed = margin.equity < 0n ? -margin.equity : 0n;
    if (!isForsaken && (owed === 0n || (await isInsured(context, auction, portfolio, owed)))) return;
    if (await prepareDeleveraging(context, ranked, account, portfolio, NAME)) await send("deleverage", deleverage);
  }
}

/** Whether margin relief has had its time. The trial of `start` knows about pauses and the sequencer. */
async function isOpenForAuction({ chain, head }: Context, terms: AuctionTerms, account: string): Promise<boolean> {
  const { liquidation } = chain.contracts;
  const [flaggedAt] = await view(chain, liquidation, engineAbi, "flaggedAt", [account], head.number);
  return flaggedAt !== 0n && BigInt(head.timestamp) >= (flaggedAt as bigint) + terms.reliefSeconds;
}

/** Whether a slice was bought, or would be but for a dry run. */
async function buy(context: Context, terms: AuctionTerms, account: string, portfolio: Portfolio): Promise<boolean> {
  const { chain, config, head, log, tick } = context;
  const ask = (name: string) => view(chain, terms.auction, auctionAbi, name, [account], head.number);
  const [quote, lowest] = await Promise.all([ask("quote"), ask("lowestSale")]);
  const { parameters } = tick;
  const hasExpiries = portfolio.exposures.some(({ dated }) => dated !== undefined);
  const plan = planBid({
    portfolio,
    assess: (candidate) => assess(candidate, parameters),
    parameters: terms,
    elapsed: quote["elapsed"] as bigint,
    lowest: { equity: lowest["equity"] as bigint, maintenance: lowest["maintenance"] as bigint },
    targetBps: parameters.globals.liquidationTargetBps - (hasExpiries ? TARGET_RESERVE_BPS : 0n),
    decimals: terms.decimals,
    expiring: expiringBookOf(portfolio, (parts) => markValues(parts, portfolio, parameters)),
  });
  if (plan === undefined) {
    log.info({ job: NAME, account }, "in auction, but nothing of it can move now");
    return false;
  }
  const about = { job: NAME, account, priceUsd: formatUsd(plan.price), discountUsd: formatUsd(plan.discount) };
  log.info({ ...about, byOthersUsd: formatUsd(plan.byOthers) }, "in auction");
  const minProfit = parseUsd(config.jobs.liquidations.minProfitUsd);
  for (const divisor of DIVISORS) {
    const outcome = await bidFor(context, terms, account, portfolio, plan, divisor, minProfit);
    if (outcome === undefined) return false;
    if (outcome.kind === "mined") count(context, terms, outcome);
    if (outcome.kind !== "refused" || !isForSmaller(outcome, context)) return isDone(outcome);
  }
  return false;
}

const isDone = ({ kind }: Outcome): boolean => kind === "mined" || kind === "dry";

async function bidFor(
  context: Context,
  { auction }: AuctionTerms,
  account: string,
  portfolio: Portfolio,
  plan: BidPlan,
  divisor: bigint,
  minProfit: bigint,
): Promise<Outcome | undefined> {
  const { config, tick } = context;
  const parts: Parts | undefined = divisor === 1n ? plan : shrink(plan, divisor, portfolio);
  const discount = plan.discount / divisor;
  if (parts === undefined || discount <= minProfit) return undefined;
  const least = (discount * DISCOUNT_SHARE.of) / DISCOUNT_SHARE.in;
  const liquidator = accountId(config.liquidator.owner, config.liquidator.number);
  const call = bid(
    { auction },
    {
      account,
      liquidator,
      positions: await namedParts(context, liquidator, parts.positions, portfolio),
      collaterals: new Map(parts.collaterals.map(({ asset, amount }) => [asset, amount])),
      minReward: least > minProfit ? least : minProfit,
    },
  );
  const worthWei = toWei(discount - minProfit, nativePrice(config, tick));
  const task = { job: NAME, label: `bid for 1/${divisor} of plan for ${account}`, call, worthWei };
  const outcome = await context.send(task);
  report(context, task, outcome);
  return outcome;
}

/** The own account cannot carry it, or the insurance account cannot pay for it, or not all of it. */
function isForSmaller(outcome: Extract<Outcome, { kind: "refused" }>, { config }: Context): boolean {
  const liquidator = accountId(config.liquidator.owner, config.liquidator.number);
  return isTooLarge(outcome, liquidator) || ["InsuranceExhausted", "RewardTooLow"].includes(outcome.error.name);
}

function count(
  { metrics, log }: Context,
  { auction }: AuctionTerms,
  { receipt }: Extract<Outcome, { kind: "mined" }>,
): void {
  for (const own of receipt.logs) {
    if (own.address.toLowerCase() !== auction.toLowerCase()) continue;
    const event = auctionAbi.parseLog(own);
    if (event?.name !== "SliceSold") continue;
    const { account, discount } = event.args.toObject() as { account: string; discount: bigint };
    metrics.reward.inc(Number(formatUsd(discount)));
    log.info({ job: NAME, account, discountUsd: formatUsd(discount), hash: receipt.hash }, "slice bought");
  }
}

/** One unhealthy account: what to take of it, what that earns, and the transaction. */
import { accountId, decodeInstrument } from "../../../../sdk/instruments.ts";
import { liquidationAbi } from "../../../../sdk/abi.ts";
import { flag, liquidate } from "../../../../sdk/client/calls.ts";
import { expiringBookOf } from "../../../../sdk/liquidation/book.ts";
import { type LiquidationPlan, planLiquidation, type PositionPart } from "../../../../sdk/liquidation/plan.ts";
import { assess } from "../../../../sdk/margin/riskEngine.ts";
import { values } from "../../../../sdk/margin/values.ts";
import type { Portfolio } from "../../../../sdk/types.ts";
import { formatUsd, parseUsd } from "../../../../sdk/units.ts";
import { engineAbi } from "../../abi.ts";
import { view } from "../../chain.ts";
import { nativePrice } from "../../native.ts";
import type { Outcome } from "../../sender.ts";
import { type Context, report } from "../job.ts";
import { namedParts } from "./named.ts";
import { type Parts, shrink } from "./shrink.ts";

export const NAME = "liquidations";

/** Prices and time move until the plan is carried out: options must not restore too much by that. */
export const TARGET_RESERVE_BPS = 5n;
/** The reward may turn out a little smaller than planned. */
const REWARD_SHARE = { of: 99n, in: 100n } as const;
/** Whole, half, a quarter, an eighth of the plan. */
const DIVISORS = [1n, 2n, 4n, 8n] as const;
/** 18 decimals of ether and 8 of its price, over 6 of USD. */
const USD_TO_WEI = 10n ** 20n;

/** @param decimals Of the collateral tokens, by asset. */
export interface EngineTerms {
  readonly endShareBps: bigint;
  readonly insuranceShareBps: bigint;
  readonly decimals: ReadonlyMap<number, number>;
}

/** Whether parts were taken, or would be but for a dry run. */
export async function attempt(
  context: Context,
  terms: EngineTerms,
  account: string,
  portfolio: Portfolio,
): Promise<boolean> {
  const { chain, config, head, log, tick } = context;
  const engine = chain.contracts.liquidation;
  const ask = async (name: string): Promise<bigint> =>
    (await view(chain, engine, engineAbi, name, [account], head.number))[0] as bigint;
  const [shareBps, flaggedAt] = await Promise.all([ask("rewardShareBps"), ask("flaggedAt")]);
  const plan = planOf(context, terms, portfolio, shareBps);
  if (plan === undefined) {
    log.info({ job: NAME, account }, "unhealthy, but nothing of it can move now");
    return false;
  }
  const reward = plan.reward.liquidator;
  const about = {
    job: NAME,
    account,
    parts: plan.positions.length + plan.collaterals.length,
    rewardUsd: formatUsd(reward),
  };
  log.info({ ...about, shareBps: Number(shareBps), healthBps: healthOf(plan) }, "unhealthy");

  const minProfit = parseUsd(config.jobs.liquidations.minProfitUsd);
  const done = reward > minProfit && (await carryOut(context, account, portfolio, plan, minProfit));
  // The reward rises from the flag on: start the clock where waiting may pay.
  const atTheEnd = shareBps === 0n ? 0n : (reward * terms.endShareBps) / shareBps;
  if (!done && flaggedAt === 0n && atTheEnd > minProfit) {
    const task = { job: NAME, label: `flag ${account}`, call: flag(chain.contracts, account) };
    report(
      context,
      task,
      await context.send({ ...task, worthWei: toWei(atTheEnd - minProfit, nativePrice(config, tick)) }),
    );
  }
  return done;
}

/** Whether it is in a block, or would be but for a dry run. Smaller parts are tried while the liquidator's own account cannot carry them. */
async function carryOut(
  context: Context,
  account: string,
  portfolio: Portfolio,
  plan: LiquidationPlan,
  minProfit: bigint,
): Promise<boolean> {
  const { chain, config, tick } = context;
  const liquidator = accountId(config.liquidator.owner, config.liquidator.number);
  for (const divisor of DIVISORS) {
    const parts: Parts | undefined = divisor === 1n ? plan : shrink(plan, divisor, portfolio);
    if (parts === undefined) return false;
    // Margin falls about in proportion; the engine holds the call to the least reward.
    const reward = plan.reward.liquidator / divisor;
    if (reward <= minProfit) return false;
    const call = liquidate(chain.contracts, {
      account,
      liquidator,
      positions: await namedParts(context, liquidator, parts.positions, portfolio),
      collaterals: new Map(parts.collaterals.map(({ asset, amount }) => [asset, amount])),
      minReward: divisor === 1n ? (reward * REWARD_SHARE.of) / REWARD_SHARE.in : minProfit,
    });
    const worthWei = toWei(reward - minProfit, nativePrice(config, tick));
    const task = { job: NAME, label: `1/${divisor} of plan for ${account}`, call, worthWei };
    const outcome = await context.send(task);
    if (isTooLarge(outcome, liquidator)) {
      context.log.warn(
        { job: NAME, account, divisor: Number(divisor) },
        "the liquidator's account cannot carry that much",
      );
      continue;
    }
    if (outcome.kind === "mined") count(context, outcome);
    return report(context, task, outcome) || outcome.kind === "dry";
  }
  return false;
}

/** The batch failed on the margin or the cash of the liquidator, not on the account's. */
export function isTooLarge(outcome: Outcome, liquidator: string): boolean {
  return outcome.kind === "refused" && String(outcome.error.args["account"]).toLowerCase() === liquidator.toLowerCase();
}

function count({ metrics, log, chain }: Context, { receipt }: Extract<Outcome, { kind: "mined" }>): void {
  for (const own of receipt.logs) {
    if (own.address.toLowerCase() !== chain.contracts.liquidation.toLowerCase()) continue;
    const event = liquidationAbi.parseLog(own);
    if (event?.name !== "Liquidated") continue;
    const { account, reward } = event.args.toObject() as { account: string; reward: bigint };
    metrics.reward.inc(Number(formatUsd(reward)));
    log.info({ job: NAME, account, rewardUsd: formatUsd(reward), hash: receipt.hash }, "liquidated");
  }
}

function planOf(
  { tick }: Context,
  { insuranceShareBps, decimals }: EngineTerms,
  portfolio: Portfolio,
  shareBps: bigint,
): LiquidationPlan | undefined {
  const { parameters } = tick;
  const hasExpiries = portfolio.exposures.some(({ dated }) => dated !== undefined);
  return planLiquidation({
    portfolio,
    assess: (candidate) => assess(candidate, parameters),
    shareBps,
    insuranceShareBps,
    targetBps: parameters.globals.liquidationTargetBps - (hasExpiries ? TARGET_RESERVE_BPS : 0n),
    decimals,
    expiring: expiringBookOf(portfolio, (parts) => markValues(parts, portfolio, tick.parameters)),
  });
}

export function markValues(
  parts: readonly PositionPart[],
  portfolio: Portfolio,
  parameters: Context["tick"]["parameters"],
): bigint[] {
  const items = parts.map(({ instrument, quantity }) => {
    const { underlying, expiryHours } = decodeInstrument(instrument);
    const held = portfolio.exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours)!;
    const { price: spot, dated } = held;
    return { instrument, quantity, spot, ...(dated === undefined ? {} : { surface: dated.surface }) };
  });
  return values(items, portfolio.now!, parameters);
}

const healthOf = ({ before }: LiquidationPlan): number => Number((before.equity * 10_000n) / before.maintenance);

/** @param price Of ether, 8 decimals. */
export const toWei = (usd: bigint, price: bigint): bigint => (usd * USD_TO_WEI) / price;

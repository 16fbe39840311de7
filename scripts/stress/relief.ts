/** The first stage: margin relief, planned with the SDK as the keeper does it. */
import { expiringBookOf } from "../../sdk/liquidation/book.ts";
import { planLiquidation } from "../../sdk/liquidation/plan.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import { values } from "../../sdk/margin/values.ts";
import { decodeInstrument } from "../../sdk/instruments.ts";
import type { StressHouse } from "./market.ts";
import { costOf, type Parts, partsValue, type Standing, type Taker, tryParts } from "./takers.ts";

/** Options lose a second of time value until the plan is carried out. */
const TARGET_RESERVE_BPS = 5n;
const BPS = 10_000n;

/** One part of an account that changed hands. USD, 6 decimals. */
export interface Take {
  readonly stage: "relief" | "slice";
  readonly account: string;
  readonly value: bigint;
  readonly income: bigint;
  readonly insuranceEarned: bigint;
  readonly insurancePaid: bigint;
  readonly deficitPaid: bigint;
  readonly maintenanceBefore: bigint;
  readonly maintenanceAfter: bigint;
}

/** Takes what restores the account, if somebody earns its costs by it. Undefined: nobody did. */
export async function relieve(
  house: StressHouse,
  standing: Standing,
  takers: readonly Taker[],
): Promise<Take | undefined> {
  const { liquidation } = house;
  const { account, portfolio, parameters, margin } = standing;
  const [shareBps, { insuranceShareBps }] = await Promise.all([
    liquidation.rewardShareBps(account),
    liquidation.parameters(),
  ]);
  // The most that relief could earn against the least that anybody asks for: no need to plan what nobody will do.
  const most = (margin.maintenance * shareBps) / BPS;
  if (most < costOf(takers[0]!, standing.value)) return undefined;
  const hasOptions = portfolio.exposures.some(({ dated }) => dated !== undefined);
  const decimals = house.config.collaterals.map((terms) => terms.decimals);
  const plan = planLiquidation({
    portfolio,
    assess: (candidate) => assess(candidate, parameters),
    shareBps,
    insuranceShareBps,
    targetBps: parameters.globals.liquidationTargetBps - (hasOptions ? TARGET_RESERVE_BPS : 0n),
    decimals: new Map(decimals.map((places, i) => [i + 1, places])),
    expiring: expiringBookOf(portfolio, (parts) => markValues(standing, parts)),
  });
  if (plan === undefined) return undefined;

  for (const taker of takers) {
    const result = await tryParts(standing, plan, async (parts, divisor) => {
      const reward = plan.reward.liquidator / divisor;
      const value = partsValue(standing, parts, decimals);
      if (reward < costOf(taker, value)) return undefined;
      return sendRelief(house, standing, taker, parts, (reward * 98n) / 100n, value);
    });
    if ("done" in result && result.done !== undefined) return result.done;
  }
  return undefined;
}

async function sendRelief(
  { liquidation }: StressHouse,
  { account }: Standing,
  { trader }: Taker,
  parts: Parts,
  minReward: bigint,
  value: bigint,
): Promise<Take> {
  const request = {
    account,
    liquidator: trader.account,
    positions: [...parts.positions],
    collaterals: [...parts.collaterals],
    minReward,
  };
  const engine = liquidation.connect(trader.signer);
  await engine.liquidate.staticCall(request);
  const receipt = (await (await engine.liquidate(request)).wait())!;
  const [event] = await liquidation.queryFilter(
    liquidation.filters.Liquidated(),
    receipt.blockNumber,
    receipt.blockNumber,
  );
  const { reward, insuranceShare, maintenanceBefore, maintenanceAfter } = event!.args;
  return {
    stage: "relief",
    account,
    value,
    income: reward,
    insuranceEarned: insuranceShare,
    insurancePaid: 0n,
    deficitPaid: 0n,
    maintenanceBefore,
    maintenanceAfter,
  };
}

/** Futures and options at the mark, USD with 16 decimals. */
function markValues(
  { portfolio, parameters }: Standing,
  parts: readonly { readonly instrument: bigint; readonly quantity: bigint }[],
): bigint[] {
  const items = parts.map(({ instrument, quantity }) => {
    const { underlying, expiryHours } = decodeInstrument(instrument);
    const own = portfolio.exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours)!;
    const spot = own.price;
    return { instrument, quantity, spot, ...(own.dated === undefined ? {} : { surface: own.dated.surface }) };
  });
  return values(items, portfolio.now!, parameters);
}

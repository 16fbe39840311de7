/** The reference liquidator at work: flags, waits a little, takes what the plan says, and hands the risk on. */
import { decodeInstrument } from "../../sdk/instruments.ts";
import { type LiquidationPlan, planLiquidation } from "../../sdk/liquidation/plan.ts";
import { abs, valueDown } from "../../sdk/margin/fixedPoint.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import type { Portfolio } from "../../sdk/types.ts";
import { QUANTITY_DECIMALS } from "../../sdk/units.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { type Actor, trade } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import type { Cast } from "./replay.ts";
import type { LiquidationResult, Standing, TakenPart } from "./result.ts";

/** The reward rises from the flag on: waiting pays, but somebody else may come first. */
const PATIENCE_SECONDS = 300;
/** Roundings and the target may leave an account a hair below its maintenance margin. */
const MAX_ROUNDS = 4;

/** Liquidates every account that is below its maintenance margin and has equity left to pay for it. */
export async function liquidateUnhealthy(
  house: DemoHouse,
  cast: Cast,
  standings: readonly Standing[],
  prices: ReadonlyMap<string, bigint>,
  timestamp: number,
): Promise<LiquidationResult[]> {
  const unhealthy = cast.actors.filter((actor, i) => {
    const { equity, maintenance } = standings[i]!;
    return actor !== cast.liquidator && equity > 0n && equity < maintenance;
  });
  if (unhealthy.length === 0) return [];

  const engine = house.liquidation.connect(cast.liquidator.signer);
  for (const { account } of unhealthy) await engine.flag(account);
  await house.wait(PATIENCE_SECONDS);

  const done: LiquidationResult[] = [];
  for (const actor of unhealthy) {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const result = await liquidateOnce(house, actor, cast.liquidator, timestamp);
      if (result === undefined) break;
      done.push(result);
    }
  }
  await handOver(house, cast, prices);
  return done;
}

/** Undefined when nothing is left to do. */
async function liquidateOnce(
  house: DemoHouse,
  actor: Actor,
  liquidator: Actor,
  timestamp: number,
): Promise<LiquidationResult | undefined> {
  const engine = house.liquidation.connect(liquidator.signer);
  const packed = await house.clearingHouse.portfolioOf(actor.account);
  const portfolio = decodePortfolio({
    cash: packed.cash,
    cashPrice: packed.cashPrice,
    exposures: [...packed.exposures],
    holdings: [...packed.holdings],
  });
  const plan = planLiquidation({
    portfolio,
    assess: (candidate) => assess(candidate, house.riskParameters),
    shareBps: await engine.rewardShareBps(actor.account),
    insuranceShareBps: (await engine.parameters()).insuranceShareBps,
    targetBps: house.riskParameters.globals.liquidationTargetBps,
    decimals: new Map(house.collaterals.map((token, i) => [i + 1, token.decimals])),
  });
  if (plan === undefined) return undefined;

  const transaction = await engine.liquidate({
    account: actor.account,
    liquidator: liquidator.account,
    positions: [...plan.positions],
    collaterals: [...plan.collaterals],
    minReward: plan.reward.liquidator,
  });
  const receipt = (await transaction.wait())!;
  const [event] = await house.liquidation.queryFilter(house.liquidation.filters.Liquidated(), receipt.blockNumber);
  const { reward, insuranceShare, maintenanceBefore, maintenanceAfter } = event!.args;
  const after = await house.clearingHouse.marginOf(actor.account);
  return {
    timestamp,
    account: actor.name,
    liquidator: liquidator.name,
    parts: partsOf(house, plan, portfolio),
    reward,
    insuranceShare,
    maintenanceBefore,
    maintenanceAfter,
    equityBefore: plan.before.equity,
    equityAfter: after.equity,
  };
}

function partsOf(house: DemoHouse, plan: LiquidationPlan, { exposures, holdings }: Portfolio): TakenPart[] {
  const positions = plan.positions.map(({ instrument, quantity }) => {
    const { underlying } = decodeInstrument(instrument);
    const price = exposures.find((e) => e.underlying === underlying)?.price ?? 0n;
    const value = valueDown(abs(quantity), price);
    return { instrument: house.nameOf(instrument), quantity, value };
  });
  const tokens = plan.collaterals.map(({ asset, amount }) => {
    const token = house.collaterals[asset - 1]!;
    const price = holdings.find((h) => h.asset === asset)?.price ?? 0n;
    const quantity = scale(amount, token.decimals, QUANTITY_DECIMALS);
    return { instrument: token.symbol, quantity, value: valueDown(quantity, price) };
  });
  return [...positions, ...tokens];
}

/** Sells what was taken over to somebody who wants it, at the index: a liquidator is no investor. */
async function handOver(
  house: DemoHouse,
  { liquidator, buyer }: Cast,
  prices: ReadonlyMap<string, bigint>,
): Promise<void> {
  const legs = await Promise.all(
    house.symbols.map(async (symbol) => {
      const position = await house.clearingHouse.positionOf(liquidator.account, house.perpetualOf(symbol));
      return { symbol, quantity: -position.quantity };
    }),
  );
  const held = legs.filter(({ quantity }) => quantity !== 0n);
  await trade(house, liquidator, buyer, held, (symbol) => prices.get(symbol)!);
}

function scale(amount: bigint, from: number, to: number): bigint {
  return from >= to ? amount / 10n ** BigInt(from - to) : amount * 10n ** BigInt(to - from);
}

/** The reference liquidator at work: flags, waits a little, takes what the plan says, and hands the risk on. */
import { decodeInstrument } from "../../sdk/instruments.ts";
import { expiringBookOf } from "../../sdk/liquidation/book.ts";
import { type LiquidationPlan, planLiquidation, type PositionPart } from "../../sdk/liquidation/plan.ts";
import { abs, divDown, QUANTITY_PRICE_TO_USD, valueDown } from "../../sdk/margin/fixedPoint.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import { values } from "../../sdk/margin/values.ts";
import type { ParameterSet, Portfolio } from "../../sdk/types.ts";
import { QUANTITY_DECIMALS } from "../../sdk/units.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { type Actor, MAX_LEGS, trade } from "./actors.ts";
import type { Refusals } from "./attempt.ts";
import type { DemoHouse } from "./house.ts";
import { tradeOptions } from "./options-opening.ts";
import type { Cast } from "./replay.ts";
import type { LiquidationResult, Standing, TakenPart } from "./result.ts";

/** The reward rises from the flag on: waiting pays, but somebody else may come first, and the next price. */
const PATIENCE_SECONDS = 300;
const PATIENCE_SHARE = 0.5;
/** Roundings and the target may leave an account a hair below its maintenance margin. */
const MAX_ROUNDS = 4;
/** Options lose a second of time value until the plan is carried out: it must not restore too much by that. */
const TARGET_RESERVE_BPS = 2n;

/** When it is, how long the prices stand, and what to do with what the contracts refuse. */
export interface Moment {
  readonly timestamp: number;
  readonly intervalSeconds: number;
  readonly attempt: Refusals["attempt"];
}

/** Liquidates every account that is below its maintenance margin and has equity left to pay for it. */
export async function liquidateUnhealthy(
  house: DemoHouse,
  cast: Cast,
  standings: readonly Standing[],
  prices: ReadonlyMap<string, bigint>,
  { timestamp, intervalSeconds, attempt }: Moment,
): Promise<LiquidationResult[]> {
  const unhealthy = cast.actors.filter((actor, i) => {
    const { equity, maintenance } = standings[i]!;
    return actor !== cast.liquidator && equity > 0n && equity < maintenance;
  });
  if (unhealthy.length === 0) return [];

  const engine = house.liquidation.connect(cast.liquidator.signer);
  for (const { name, account } of unhealthy) await attempt(`flag ${name}`, () => engine.flag(account));
  await house.wait(Math.min(PATIENCE_SECONDS, Math.floor(intervalSeconds * PATIENCE_SHARE)));

  const done: LiquidationResult[] = [];
  for (const actor of unhealthy) {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const result = await attempt(`liquidate ${actor.name}`, () =>
        liquidateOnce(house, actor, cast.liquidator, timestamp),
      );
      if (result === undefined) break;
      done.push(result);
    }
  }
  if (done.length > 0) await handOver(house, cast, prices, attempt);
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
  const portfolio = await portfolioOf(house, actor);
  const parameters = await house.parameters.read();
  const hasOptions = portfolio.exposures.some(({ dated }) => dated !== undefined);
  const valuesOf = (parts: readonly PositionPart[]): bigint[] => markValues(portfolio, parts, parameters);
  const plan = planLiquidation({
    portfolio,
    assess: (candidate) => assess(candidate, parameters),
    shareBps: await engine.rewardShareBps(actor.account),
    insuranceShareBps: (await engine.parameters()).insuranceShareBps,
    targetBps: parameters.globals.liquidationTargetBps - (hasOptions ? TARGET_RESERVE_BPS : 0n),
    decimals: new Map(house.collaterals.map((token, i) => [i + 1, token.decimals])),
    expiring: expiringBookOf(portfolio, valuesOf),
  });
  if (plan === undefined) return undefined;

  const transaction = await engine.liquidate({
    account: actor.account,
    liquidator: liquidator.account,
    positions: [...plan.positions],
    collaterals: [...plan.collaterals],
    minReward: (plan.reward.liquidator * 99n) / 100n,
  });
  const receipt = (await transaction.wait())!;
  const [event] = await house.liquidation.queryFilter(house.liquidation.filters.Liquidated(), receipt.blockNumber);
  const { reward, insuranceShare, maintenanceBefore, maintenanceAfter } = event!.args;
  const after = await house.clearingHouse.marginOf(actor.account);
  return {
    timestamp,
    account: actor.name,
    liquidator: liquidator.name,
    parts: partsOf(house, plan, portfolio, parameters),
    reward,
    insuranceShare,
    maintenanceBefore,
    maintenanceAfter,
    equityBefore: plan.before.equity,
    equityAfter: after.equity,
  };
}

export async function portfolioOf(house: DemoHouse, { account }: Actor): Promise<Portfolio> {
  const packed = await house.clearingHouse.portfolioOf(account);
  const { cash, cashPrice } = packed;
  const [exposures, holdings, surfaces, options] = [
    [...packed.exposures],
    [...packed.holdings],
    [...packed.surfaces],
    [...packed.options],
  ];
  return decodePortfolio({ cash, cashPrice, exposures, holdings, surfaces, options }, BigInt(await house.now()));
}

/** What parts of a portfolio are worth at the mark, USD with 16 decimals. */
export function markValues(portfolio: Portfolio, parts: readonly PositionPart[], parameters: ParameterSet): bigint[] {
  const items = parts.map(({ instrument, quantity }) => {
    const { underlying, expiryHours } = decodeInstrument(instrument);
    const own = portfolio.exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours)!;
    return {
      instrument,
      quantity,
      spot: own.price,
      ...(own.dated === undefined ? {} : { surface: own.dated.surface }),
    };
  });
  return values(items, portfolio.now!, parameters);
}

function partsOf(house: DemoHouse, plan: LiquidationPlan, portfolio: Portfolio, parameters: ParameterSet): TakenPart[] {
  const worth = markValues(portfolio, plan.positions, parameters);
  const positions = plan.positions.map(({ instrument, quantity }, i) => ({
    instrument: house.nameOf(instrument),
    quantity,
    value: divDown(abs(worth[i]!), QUANTITY_PRICE_TO_USD),
  }));
  const tokens = plan.collaterals.map(({ asset, amount }) => {
    const token = house.collaterals[asset - 1]!;
    const price = portfolio.holdings.find((h) => h.asset === asset)?.price ?? 0n;
    const quantity = scale(amount, token.decimals, QUANTITY_DECIMALS);
    return { instrument: token.symbol, quantity, value: valueDown(quantity, price) };
  });
  return [...positions, ...tokens];
}

/** Sells what was taken over to those who want it, at index and mark: a liquidator is no investor. */
async function handOver(
  house: DemoHouse,
  cast: Cast,
  prices: ReadonlyMap<string, bigint>,
  attempt: Refusals["attempt"],
): Promise<void> {
  const { liquidator } = cast;
  const held = await Promise.all(
    [...(await house.clearingHouse.instrumentsOf(liquidator.account))].map(async (instrument) => ({
      instrument,
      quantity: -(await house.clearingHouse.quantityOf(liquidator.account, instrument)),
    })),
  );
  const positions = held.filter(({ quantity }) => quantity !== 0n);
  const perpetuals = positions
    .filter(({ instrument }) => decodeInstrument(instrument).expiryHours === 0)
    .map(({ instrument, quantity }) => ({
      symbol: house.symbols[decodeInstrument(instrument).underlying - 1]!,
      quantity,
    }));
  for (let i = 0; i < perpetuals.length; i += MAX_LEGS) {
    const legs = perpetuals.slice(i, i + MAX_LEGS);
    await attempt("hand over perpetuals", () =>
      trade(house, liquidator, cast.buyer, legs, (symbol) => prices.get(symbol)!),
    );
  }

  const dated = positions.filter(({ instrument }) => decodeInstrument(instrument).expiryHours !== 0);
  if (dated.length === 0 || !(await canTake(house, cast.optionsBuyer, dated))) return;
  const legs = dated.map(({ instrument, quantity }) => ({ instrument, ratio: quantity }));
  await attempt("hand over options", () => tradeOptions(house, liquidator, cast.optionsBuyer, legs));
}

/** Whether a buyer has the margin for what the liquidator gives away. */
async function canTake(house: DemoHouse, { account }: Actor, given: readonly PositionPart[]): Promise<boolean> {
  const trades = given.map(({ instrument, quantity }) => ({ instrument, quantity: -quantity, price: 0n }));
  const [, after] = await house.lens.whatIf(account, trades, []);
  return after.equity > BigInt(after.initial);
}

function scale(amount: bigint, from: number, to: number): bigint {
  return from >= to ? amount / 10n ** BigInt(from - to) : amount * 10n ** BigInt(to - from);
}

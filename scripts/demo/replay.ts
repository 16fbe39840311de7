/** The event, price by price: feeds, settlement, liquidations, and where everybody stands. */
import { abs, valueDown } from "../../sdk/margin/fixedPoint.ts";
import { parsePrice } from "../../sdk/units.ts";
import type { MarketEvent } from "../shared/events.ts";
import type { Actor } from "./actors.ts";
import { type Refusals, refusals } from "./attempt.ts";
import { settleExpired } from "./expiries.ts";
import { feedWriter } from "./feeds.ts";
import { hedge, hedgesOf } from "./hedger.ts";
import type { DemoHouse } from "./house.ts";
import { liquidateUnhealthy } from "./liquidator.ts";
import { treatExhausted } from "./losses.ts";
import type {
  EstimationResult,
  ExpiryResult,
  HedgeResult,
  HourResult,
  LiquidationResult,
  LowestStanding,
  RunResult,
  SurfaceResult,
} from "./result.ts";
import type { SurfacePoster } from "./surfaces.ts";
import { noUpkeep, upkeepOf } from "./upkeep.ts";
import { watch } from "./watch.ts";

const PRICE_DECIMALS = 8;

export interface Replay {
  readonly hours: readonly HourResult[];
  readonly lowest: readonly LowestStanding[];
  readonly run: Omit<RunResult, "seconds">;
  readonly liquidations: readonly LiquidationResult[];
  readonly surfaces: readonly SurfaceResult[];
  readonly expiries: readonly ExpiryResult[];
  readonly hedges: HedgeResult;
  readonly estimation: EstimationResult | undefined;
}

/** The option market during the event. @param expiries Hours since 1970. */
export interface LiveOptions {
  readonly expiries: readonly number[];
  readonly poster: SurfacePoster;
}

export interface Cast {
  readonly actors: readonly Actor[];
  readonly liquidator: Actor;
  /** Buys from the liquidator the perpetuals that it took over. */
  readonly buyer: Actor;
  /** Quotes options, buys those from the liquidator, and hedges every hour. */
  readonly optionsBuyer: Actor;
}

/** How the event runs. @param estimates Whether the estimators are kept up to date. */
export interface Course {
  readonly estimates: boolean;
  readonly onRow: OnRow;
}

/** Called after each row with what happened so far. */
export type OnRow = (progress: Progress) => void;

export interface Progress {
  readonly timestamp: number;
  /** Of the first asset. */
  readonly price: number;
  readonly liquidations: number;
}

const SECONDS_PER_HOUR = 3_600;

export async function replay(
  house: DemoHouse,
  event: MarketEvent,
  cast: Cast,
  options: LiveOptions,
  { estimates, onRow }: Course,
): Promise<Replay> {
  const { assets, intervalSeconds } = event.description;
  const hours: HourResult[] = [];
  const liquidations: LiquidationResult[] = [];
  const surfaces: SurfaceResult[] = [];
  const expiries: ExpiryResult[] = [];
  let hedges: HedgeResult = { trades: 0, value: 0n, refused: 0 };
  let reported = 0;
  const feeds = feedWriter(house, event);
  const watched = watch(house, cast.actors);
  const refused = refusals();
  const settled = new Set<bigint>();
  const priceOf = (symbol: string): number => feeds.known[assets.indexOf(symbol)]!;

  const [opening, ...rows] = event.rows;
  const upkeep = estimates ? await upkeepOf(house, opening!.timestamp, refused) : noUpkeep;
  const start = await watched.look(opening!.timestamp, feeds.known, true);
  hours.push({ timestamp: opening!.timestamp, prices: [...feeds.known], before: start, after: start });

  for (const row of rows) {
    const { timestamp } = row;
    const isHour = timestamp % SECONDS_PER_HOUR === 0;
    const isNews = await feeds.take(row);
    if (isNews) reported++;
    if (isNews || isHour) {
      await house.moveTo(timestamp);
      const prices = new Map(assets.map((symbol) => [symbol, parsePrice(priceOf(symbol).toFixed(PRICE_DECIMALS))]));
      expiries.push(...(await settleExpired(house, options.expiries, settled, cast.actors, timestamp)));
      if (isHour) surfaces.push(...(await options.poster.post(priceOf, timestamp)));
      if (isHour) await refused.attempt("settle profits", () => settleAll(house, cast.actors));
      await upkeep.at(timestamp);
      const before = await watched.look(timestamp, feeds.known, isHour);
      const moment = { timestamp, intervalSeconds, attempt: refused.attempt };
      const done = await liquidateUnhealthy(house, cast, before, prices, moment);
      await treatExhausted(house, cast, before);
      if (isHour) hedges = await hedgeAll(house, cast, prices, hedges, refused);
      if (isHour || done.length > 0) {
        const after = await watched.look(timestamp, feeds.known, true);
        hours.push({ timestamp, prices: [...feeds.known], before, after });
      }
      liquidations.push(...done);
    }
    onRow({ timestamp, price: feeds.known[0]!, liquidations: liquidations.length });
  }
  await settleAll(house, cast.actors);
  const { rounds, lowestCash } = feeds;
  const run = {
    moments: rows.length,
    reported,
    rounds,
    lowestCash,
    checks: watched.checks,
    refusals: refused.counted(),
  };
  return { hours, lowest: watched.lowest, liquidations, surfaces, expiries, hedges, estimation: upkeep.result(), run };
}

async function hedgeAll(
  house: DemoHouse,
  { optionsBuyer, buyer }: Cast,
  prices: ReadonlyMap<string, bigint>,
  soFar: HedgeResult,
  { attempt }: Refusals,
): Promise<HedgeResult> {
  let { trades, value, refused } = soFar;
  const indexOf = (symbol: string): bigint => prices.get(symbol)!;
  for (const wanted of await hedgesOf(house, optionsBuyer)) {
    const work = () => hedge(house, optionsBuyer, buyer, wanted, indexOf);
    if ((await attempt("hedge", work)) === true) {
      trades++;
      value += valueDown(abs(wanted.quantity), prices.get(wanted.symbol)!);
    } else {
      refused++;
    }
  }
  return { trades, value, refused };
}

/**
 * Turns the profits and losses of everybody into cash, losers first: a profit is paid out of losses already settled. One batch
 * for all perpetuals; each settlement reads the feed and brings funding up to date on its way.
 */
async function settleAll(house: DemoHouse, actors: readonly Actor[]): Promise<void> {
  const data: string[] = [];
  const held = await Promise.all(
    actors.map(async ({ account }) => ({
      account,
      instruments: new Set(await house.clearingHouse.instrumentsOf(account)),
    })),
  );
  for (const symbol of house.symbols) {
    const instrument = house.perpetualOf(symbol);
    const holders = held.filter(({ instruments }) => instruments.has(instrument));
    const profits = await Promise.all(
      holders.map(async ({ account }) => ({ account, profit: await house.lens.unsettledProfit(account, instrument) })),
    );
    const unsettled = profits.filter(({ profit }) => profit !== 0n).sort((a, b) => (a.profit < b.profit ? -1 : 1));
    if (unsettled.length === 0) continue;
    const accounts = unsettled.map(({ account }) => account);
    data.push(house.clearingHouse.interface.encodeFunctionData("settle", [accounts, instrument]));
  }
  if (data.length === 0) return;
  const target = await house.clearingHouse.getAddress();
  await house.clearingHouse.batch(data.map((call) => ({ target, data: call })));
}

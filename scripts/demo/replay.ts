/** The event, hour by hour: prices, settlement, liquidations, and where everybody stands. */
import { abs, valueDown } from "../../sdk/margin/fixedPoint.ts";
import { parsePrice } from "../../sdk/units.ts";
import type { MarketEvent, PriceRow } from "../shared/events.ts";
import type { Actor } from "./actors.ts";
import { settleExpired } from "./expiries.ts";
import { hedge, hedgesOf } from "./hedger.ts";
import type { DemoHouse } from "./house.ts";
import { liquidateUnhealthy } from "./liquidator.ts";
import type { ExpiryResult, HedgeResult, HourResult, LiquidationResult, Standing, SurfaceResult } from "./result.ts";
import type { SurfacePoster } from "./surfaces.ts";

export interface Replay {
  readonly hours: readonly HourResult[];
  readonly liquidations: readonly LiquidationResult[];
  readonly surfaces: readonly SurfaceResult[];
  readonly expiries: readonly ExpiryResult[];
  readonly hedges: HedgeResult;
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

/** Called after each hour with what happened so far. */
export type OnHour = (row: PriceRow, liquidations: number) => void;

export async function replay(
  house: DemoHouse,
  event: MarketEvent,
  cast: Cast,
  options: LiveOptions,
  onHour: OnHour,
): Promise<Replay> {
  const { assets } = event.description;
  const hours: HourResult[] = [];
  const liquidations: LiquidationResult[] = [];
  const surfaces: SurfaceResult[] = [];
  const expiries: ExpiryResult[] = [];
  let hedges: HedgeResult = { trades: 0, value: 0n, refused: 0 };
  const [opening, ...rows] = event.rows;
  if (opening === undefined) return { hours, liquidations, surfaces, expiries, hedges };
  const start = await standings(house, cast.actors);
  hours.push({ timestamp: opening.timestamp, prices: opening.closes, before: start, after: start });

  for (const row of rows) {
    const { timestamp } = row;
    const prices = new Map(assets.map((symbol, i) => [symbol, parsePrice(row.closes[i]!)]));
    await publish(house, prices, timestamp);
    expiries.push(...(await settleExpired(house, options.expiries, cast.actors, timestamp)));
    surfaces.push(...(await options.poster.post((symbol) => row.closes[assets.indexOf(symbol)]!, timestamp)));
    await settleAll(house, cast.actors);
    const before = await standings(house, cast.actors);
    const done = await liquidateUnhealthy(house, cast, before, prices, timestamp);
    hedges = await hedgeAll(house, cast, prices, hedges);
    const after = await standings(house, cast.actors);
    hours.push({ timestamp, prices: row.closes, before, after });
    liquidations.push(...done);
    onHour(row, liquidations.length);
  }
  await settleAll(house, cast.actors);
  return { hours, liquidations, surfaces, expiries, hedges };
}

async function hedgeAll(
  house: DemoHouse,
  { optionsBuyer, buyer }: Cast,
  prices: ReadonlyMap<string, bigint>,
  soFar: HedgeResult,
): Promise<HedgeResult> {
  let { trades, value, refused } = soFar;
  for (const wanted of await hedgesOf(house, optionsBuyer)) {
    if (await hedge(house, optionsBuyer, buyer, wanted, (symbol) => prices.get(symbol)!)) {
      trades++;
      value += valueDown(abs(wanted.quantity), prices.get(wanted.symbol)!);
    } else {
      refused++;
    }
  }
  return { trades, value, refused };
}

/**
 * Every feed reports the hour's close, twice. A real feed writes a round whenever the price has moved half a percent, dozens in
 * an hour like 11:00 of 12 March 2020. The table has one price an hour and none is invented in between, so the close itself is
 * what the second round says again; without it a move beyond the deviation guard (bitcoin's 15 % was exceeded in three hours)
 * would stay unconfirmed, and the house would count with a price bounded by the guard.
 */
export async function publish(house: DemoHouse, prices: ReadonlyMap<string, bigint>, timestamp: number): Promise<void> {
  await house.skipTo(timestamp);
  for (let round = 0; round < 2; round++) {
    for (const [symbol, price] of prices) await house.feedOf(symbol).submit(price);
  }
}

export async function standings(house: DemoHouse, actors: readonly Actor[]): Promise<Standing[]> {
  const margins = await Promise.all(actors.map(({ account }) => house.clearingHouse.marginOf(account)));
  return margins.map(({ equity, initial, maintenance }) => ({ equity, initial, maintenance }));
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

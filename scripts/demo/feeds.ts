/**
 * When the feeds report. Without a rule every feed reports each row's price, twice. A real feed writes a round whenever the price has
 * moved half a percent, dozens in an hour like 11:00 of 12 March 2020. The table has one price an hour and none is invented in
 * between, so the close itself is what the second round says again; without it a move beyond the deviation guard (bitcoin's 15 % was
 * exceeded in three hours) would stay unconfirmed, and the house would count with a price bounded by the guard.
 *
 * With a rule a feed reports as real ones do: a price that has moved by the threshold since its last round, or any price once that
 * round is as old as the heartbeat. A move that no guard admits at once is reported twice, for the same reason.
 */
import { parsePrice } from "../../sdk/units.ts";
import type { FeedRule, MarketEvent, PriceRow } from "../shared/events.ts";
import type { DemoHouse } from "./house.ts";

const BPS = 10_000;
/** The smallest guard of any feed (scripts/calibrate/underlying.ts). */
const SMALLEST_GUARD_BPS = 1_000;
const CASH = "USDC";

interface Report {
  readonly symbol: string;
  readonly price: number;
  readonly rounds: number;
}

export interface FeedWriter {
  /** Last price known of each asset, in the order of the event's assets. */
  readonly known: readonly number[];
  /** Rounds written so far. */
  readonly rounds: number;
  /** Lowest price of the cash token that its feed reported. */
  readonly lowestCash: number;
  /** Takes a row in and writes what is due. @returns Whether anything was. */
  readonly take: (row: PriceRow) => Promise<boolean>;
}

export function feedWriter(house: DemoHouse, { description, rows, feeds }: MarketEvent): FeedWriter {
  const { assets } = description;
  const opening = rows[0]!;
  const known = opening.closes.map((price) => price!);
  const last = new Map(assets.map((symbol, i) => [symbol, { price: known[i]!, time: opening.timestamp }]));
  last.set(CASH, { price: 1, time: opening.timestamp });
  let rounds = 0;
  let lowestCash = 1;

  const due = ({ timestamp, closes, cash }: PriceRow): Report[] => {
    const prices = closes.flatMap((price, i) => (price === undefined ? [] : [{ symbol: assets[i]!, price }]));
    if (feeds === undefined) return prices.map((own) => ({ ...own, rounds: 2 }));
    if (cash !== undefined) prices.push({ symbol: CASH, price: cash });
    return prices.flatMap(({ symbol, price }) => {
      const { price: from, time } = last.get(symbol)!;
      const movedBps = Math.abs(price / from - 1) * BPS;
      const [deviation, heartbeat] = thresholds(feeds, symbol);
      if (movedBps < deviation && timestamp - time < heartbeat) return [];
      return [{ symbol, price, rounds: movedBps >= SMALLEST_GUARD_BPS ? 2 : 1 }];
    });
  };

  return {
    known,
    get rounds() {
      return rounds;
    },
    get lowestCash() {
      return lowestCash;
    },
    take: async (row) => {
      row.closes.forEach((price, i) => {
        if (price !== undefined) known[i] = price;
      });
      const reports = due(row);
      if (reports.length === 0) return false;
      await house.skipTo(row.timestamp);
      const most = Math.max(...reports.map((report) => report.rounds));
      for (let round = 0; round < most; round++) {
        for (const { symbol, price } of reports.filter((report) => report.rounds > round)) {
          await house.feedOf(symbol).submit(parsePrice(price.toFixed(8)));
          rounds++;
        }
      }
      for (const { symbol, price } of reports) {
        last.set(symbol, { price, time: row.timestamp });
        if (symbol === CASH) lowestCash = Math.min(lowestCash, price);
      }
      return true;
    },
  };
}

function thresholds(rule: FeedRule, symbol: string): readonly [number, number] {
  return symbol === CASH
    ? [rule.cashDeviationBps, rule.cashHeartbeatSeconds]
    : [rule.deviationBps, rule.heartbeatSeconds];
}

import { expect } from "chai";
import { rmSync } from "node:fs";
import { parseCandles } from "../../../scripts/replay/candles.ts";
import { isClosed, loadDataEvent } from "../../../scripts/replay/dataEvent.ts";
import { parseDollars } from "../../../scripts/replay/dollars.ts";
import { findDataEvent } from "../../../scripts/replay/files.ts";
import { EventError } from "../../../scripts/shared/events.ts";
import { candle, CANDLES, crash, DOLLARS, EVENT_MINUTES, EVENT_START, type Folder, syntheticFolder } from "./folder.ts";
import { expectNear } from "../../support/near.ts";

const T = 1_600_000_200;

describe("replay data", () => {
  describe("parseCandles", () => {
    const parse = (...lines: string[]) => parseCandles({ name: "x.csv", text: [CANDLES, ...lines].join("\n") });

    it("gives each price the time by which it was traded", () => {
      const { fromSeconds, untilSeconds, series } = parse(candle(T, "A", "v", 60, 5), candle(T + 60, "A", "v", 60, 6));
      expect({ fromSeconds, untilSeconds }).to.deep.equal({ fromSeconds: T, untilSeconds: T + 120 });
      expect([...series.get("A")!.closes]).to.deep.equal([
        [T + 60, 5],
        [T + 120, 6],
      ]);
    });

    it("takes the venue with the finest interval, and its coarser candles where the finest end", () => {
      const { series } = parse(
        candle(T, "A", "slow", 180, 1),
        candle(T, "A", "quick", 60, 2),
        candle(T, "A", "quick", 300, 3),
        candle(T + 240, "A", "quick", 60, 4),
      );
      const own = series.get("A")!;
      expect(own).to.include({ venue: "quick", intervalSeconds: 60 });
      // At T + 300 the candle of a minute is preferred.
      expect([...own.closes]).to.deep.equal([
        [T + 60, 2],
        [T + 300, 4],
      ]);
    });

    const cases: [string, string[], string][] = [
      ["a cell too many", [`${candle(T, "A", "v", 60, 5)},1`], "Line 2 of x.csv has 10 cells, its header has 9."],
      ["a time that is none", [candle(NaN, "A", "v", 60, 5)], 'Line 2 of x.csv: "NaN" is not a time in UTC seconds.'],
      ["an interval of nothing", [candle(T, "A", "v", 0, 5)], 'Line 2 of x.csv: "0" is not an interval in seconds.'],
      [
        "a blank price",
        [candle(T, "A", "v", 60, "")],
        "Line 2 of x.csv: A has no price. Prices are never carried forward.",
      ],
      ["a price below zero", [candle(T, "A", "v", 60, -1)], "Line 2 of x.csv: A has no price."],
      [
        "rows out of order",
        [candle(T, "A", "v", 60, 5), candle(T, "A", "v", 60, 5)],
        `Line 3 of x.csv: A at ${T} is not later than the candle before it; sort by timestamp.`,
      ],
      ["no name", [candle(T, "", "v", 60, 5)], "Line 2 of x.csv: an asset and a venue are needed."],
    ];
    for (const [name, lines, sentence] of cases) {
      it(`refuses ${name}`, () => expect(() => parse(...lines)).to.throw(EventError, sentence));
    }

    it("refuses another header, and a file without candles", () => {
      expect(() => parseCandles({ name: "x.csv", text: "time,price\n" })).to.throw(
        EventError,
        `x.csv must begin with "${CANDLES}".`,
      );
      expect(() => parse()).to.throw(EventError, "x.csv has no candles.");
    });
  });

  describe("parseDollars", () => {
    const line = (time: number, venue: string, pair: string, close: number | string) =>
      [time, venue, pair, 1, 1, 1, close, 1].join(",");
    const parse = (...lines: string[]) => parseDollars({ name: "d.csv", text: [DOLLARS, ...lines].join("\n") });

    it("takes the median over the venues that traded in the minute", () => {
      const { cash, quote } = parse(
        line(T, "a", "USDC/USD", 0.9),
        line(T, "b", "USDC/USD", 0.1),
        line(T, "c", "USDC/USD", 0.92),
        line(T + 60, "a", "USDC/USD", 0.8),
        line(T + 60, "b", "USDC/USD", 0.9),
        line(T, "a", "USDT/USD", 1.01),
        line(T, "a", "BTC/USD", 20_000),
      );
      expect([...cash.keys()]).to.deep.equal([T + 60, T + 120]);
      expect(cash.get(T + 60)).to.equal(0.9);
      expectNear(cash.get(T + 120)!, 0.85, 1e-12);
      expect([...quote]).to.deep.equal([[T + 60, 1.01]]);
    });

    it("refuses a price that is none", () => {
      expect(() => parse(line(T, "a", "USDC/USD", "x"))).to.throw(
        EventError,
        "Line 2 of d.csv: USDC/USD has no price.",
      );
    });
  });

  describe("isClosed", () => {
    const hours = { closedFromMinute: 4 * 1_440 + 1_260, closedUntilMinute: 6 * 1_440 + 1_380 };
    const cases: [string, boolean][] = [
      ["2021-05-21T20:59:59Z", false],
      ["2021-05-21T21:00:00Z", true],
      ["2021-05-22T12:00:00Z", true],
      ["2021-05-23T22:59:59Z", true],
      ["2021-05-23T23:00:00Z", false],
    ];
    for (const [time, closed] of cases) {
      it(`of gold is ${closed} at ${time}`, () => expect(isClosed(Date.parse(time) / 1_000, hours)).to.equal(closed));
    }
  });

  describe("loadDataEvent", () => {
    let folder: Folder;
    const load = (name = "2021-03", preferred: readonly string[] = ["BTC", "ETH"]) =>
      loadDataEvent(folder.path, name, preferred);

    before(() => {
      folder = syntheticFolder();
      const { candles, dollars } = crash(folder);
      folder.write("2021-03_made_up.csv.gz", candles);
      folder.write("2021-03_made_up_multivenue_1m.csv", dollars);
      folder.write("2021-04.csv", candles);
    });
    after(() => rmSync(folder.path, { recursive: true }));

    it("opens at the last prices before the event, with parameters that know nothing later", () => {
      const { description, rows, parameters } = load();
      expect(description).to.include({ title: "Made up, 2021-03", from: "2021-03-12T00:00:00Z", intervalSeconds: 60 });
      expect(description.assets).to.deep.equal(["BTC", "ETH", "XAU", "COIN"]);
      const { BTC, ETH, PAXG, COIN } = folder.openings;
      expect(rows[0]).to.deep.equal({ timestamp: EVENT_START, closes: [BTC, ETH, PAXG, COIN] });
      expect(parameters.provenance.until).to.equal("2021-03-12T00:00:00Z");
      expect(parameters.underlyings.map(({ estimates }) => estimates.until)).to.deep.equal(
        Array(4).fill("2021-03-12T00:00:00Z"),
      );
    });

    it("has a row for each moment and leaves out what did not trade in it", () => {
      const { rows } = load();
      expect(rows).to.have.length(1 + EVENT_MINUTES);
      const { BTC, ETH } = folder.openings;
      const left = 1 - 0.4 / EVENT_MINUTES;
      const first = { timestamp: EVENT_START + 60, closes: [BTC * left, ETH * left, undefined, undefined] };
      expect(rows[1]).to.deep.equal({ ...first, cash: 0.9993 });
      // The coin and gold trade by the hour, and all have an opening price.
      expect(rows.filter(({ closes }) => closes[3] !== undefined)).to.have.length(3);
      expect(rows[60]!.closes.every((price) => price !== undefined)).to.equal(true);
    });

    it("has cash at a dollar where no file says otherwise", () => {
      const { rows, description } = load("2021-04");
      expect(rows.every((row) => row.cash === undefined)).to.equal(true);
      expect(description.unit).to.equal("USDT per unit, taken as USD");
    });

    it("turns prices in USDT into dollars", () => {
      const { dollars } = crash(folder);
      const tether = [EVENT_START - 60, "somewhere", "USDT/USD", 1, 1, 1, 1.01, 1].join(",");
      folder.write("2021-03_made_up_multivenue_1m.csv", `${dollars}${tether}\n`);
      expect(load().rows[0]!.closes[0]).to.equal(folder.openings.BTC * 1.01);
      folder.write("2021-03_made_up_multivenue_1m.csv", dollars);
    });

    it("lists no coins of one dollar and no perpetuals, and says what else it left out", () => {
      const { candles } = crash(folder);
      const others = ["USDC", "BTC-PERP", "NEW"].map((asset) => candle(EVENT_START, asset, "somewhere", 60, 1));
      folder.write("2021-05.csv", `${candles}${others.join("\n")}\n`);
      const { description, notes } = load("2021-05");
      expect(description.assets).to.deep.equal(["BTC", "ETH", "XAU", "COIN"]);
      expect(notes).to.include("Not listed: NEW, there is no column NEW in spot/hourly_close.csv.gz.");
    });

    it("says in a sentence what is missing", () => {
      folder.write("2021-06.csv", [CANDLES, candle(EVENT_START, "BTC", "v", 60, 1)].join("\n"));
      expect(() => load("2021-06")).to.throw(
        EventError,
        "Event 2021-06 cannot be replayed without ETH: it is not in the event's file",
      );
      expect(() => load("1987-10")).to.throw(EventError, `There is no event "1987-10" in `);
      expect(() => findDataEvent(`${folder.path}/nowhere`, "x")).to.throw(EventError, "There is no folder stress in ");
      folder.write("2021-06_twice.csv", CANDLES);
      expect(() => load("2021-06")).to.throw(EventError, '2 files of candles for "2021-06": keep one.');
    });
  });
});

import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { publishedCorrelation, smallestEigenvalue } from "../../../scripts/calibrate/correlation.ts";
import { minPremiumNotional } from "../../../scripts/calibrate/funding.ts";
import { historyOf } from "../../../scripts/calibrate/history.ts";
import type { History } from "../../../scripts/calibrate/history.ts";
import { medianTurnover } from "../../../scripts/calibrate/liquidity.ts";
import { weekendRange } from "../../../scripts/calibrate/market-hours.ts";
import type { Seeds } from "../../../sdk/parameters.ts";
import { parseUntil } from "../../../scripts/calibrate/options.ts";
import { scanRange } from "../../../scripts/calibrate/scan-range.ts";
import { seedsOf } from "../../../scripts/calibrate/seeds.ts";
import {
  dailyVolatilityPath,
  effectiveObservations,
  hourlyVariance,
  volatilityOf,
} from "../../../scripts/calibrate/volatility.ts";
import { DAYS, panelOf, START, syntheticHistory, syntheticPanels, uniforms, UNTIL, VOLUME } from "./synthetic.ts";

const steady = (count: number, size: number) =>
  Array.from({ length: count }, (_, i) => ({ logReturn: i % 2 === 0 ? size : -size, hours: 1, day: i }));

describe("calibrate estimators", () => {
  describe("parsePanel", () => {
    it("keeps a candle only once it has closed", () => {
      const { close } = syntheticPanels(10);
      expect(panelOf(close, START + 5 * 3600).closeTimes.at(-1)).to.equal(START + 5 * 3600);
      expect(panelOf(close, START + 5 * 3600 + 3599).closeTimes).to.have.length(5);
    });

    it("says which line is out of order, malformed or negative", () => {
      const read = (text: string) => () => panelOf(text);
      expect(read("time,A\n")).to.throw('first column of synthetic.csv must be "timestamp"');
      expect(read("timestamp,A\n7200,1\n3600,1\n")).to.throw(
        "Line 3 of synthetic.csv is not later than the line before it: sort the rows",
      );
      expect(read("timestamp,A\n7200,1\n7200,1\n")).to.throw("sort the rows");
      expect(read("timestamp,A\n7201,1\n")).to.throw("is not a whole hour");
      expect(read("timestamp,A\n7200,-1\n")).to.throw('column A: "-1" is not a price');
      expect(read("timestamp,A\n7200,1,2\n")).to.throw("has 3 cells, its header has 2");
    });

    it("refuses a range without a candle", () => {
      expect(() => panelOf(syntheticPanels(10).close, START)).to.throw(
        "has no candle that closed by 2019-01-01T00:00:00.000Z",
      );
    });
  });

  describe("historyOf", () => {
    it("names a missing asset and what to do about it", () => {
      expect(() => syntheticHistory("D")).to.throw(
        "synthetic.csv has no column D. Remove it from --assets, or use --proxy D=OTHER",
      );
    });

    it("refuses a short history", () => {
      const { close, volume } = syntheticPanels(100);
      expect(() => historyOf("A", panelOf(close), panelOf(volume))).to.throw(
        "A has 99 hourly returns before --until; 1440 are needed",
      );
    });

    it("bridges a short hole and leaves out a long one", () => {
      const whole = syntheticHistory("A");
      expect(syntheticHistory("A", (hour) => hour === 50).hourly).to.have.length(whole.hourly.length - 1);
      const holed = syntheticHistory("A", (hour) => hour >= 50 && hour < 90);
      expect(holed.hourly).to.have.length(whole.hourly.length - 41);
      expect(Math.max(...holed.hourly.map(({ hours }) => hours))).to.equal(1);
    });

    it("measures days from midnight to midnight", () => {
      const { close } = syntheticPanels(72);
      const panel = panelOf(close);
      const prices = panel.columns.get("A")!;
      const { daily } = syntheticHistory("A");
      // The candle that closes at midnight is the 24th of its day.
      expectNear(daily[0]!.logReturn, Math.log(prices[47]! / prices[23]!), 1e-12);
      expect(daily).to.have.length(DAYS - 1);
    });

    it("takes the turnover of whole days", () => {
      const history = syntheticHistory("A");
      const prices = panelOf(syntheticPanels(DAYS * 24).close).columns.get("A")!;
      const sums = Array.from({ length: 30 }, (_, d) =>
        prices.slice((DAYS - 1 - d) * 24, (DAYS - d) * 24).reduce((total, price) => total + VOLUME * price, 0),
      );
      const sorted = sums.sort((a, b) => a - b);
      expectNear(medianTurnover(history, UNTIL), (sorted[14]! + sorted[15]!) / 2, 1);
      expect(() => medianTurnover(history, UNTIL + 20 * 86_400)).to.throw(
        "A traded on 10 of the 30 days before --until",
      );
    });
  });

  describe("volatility", () => {
    it("of returns of one size is that size, without error", () => {
      const { value, stdErr } = hourlyVariance(steady(2_000, 0.01), 24);
      expectNear(value, 1e-4, 1e-12);
      expectNear(stdErr, 0, 1e-10);
      expect(dailyVolatilityPath(steady(100, 0.05)).every((sigma) => Math.abs(sigma - 0.05) < 1e-12)).to.equal(true);
    });

    it("forgets half of a shock in one half-life", () => {
      const calm = steady(720, 0.01);
      const shock = { logReturn: 0.5, hours: 1, day: 0 };
      const right = hourlyVariance([...calm, shock], 24).value - 1e-4;
      const later = hourlyVariance([...calm, shock, ...steady(24, 0.01)], 24).value - 1e-4;
      expectNear(later / right, 0.5, 1e-9);
    });

    it("does not mistake a hole for a wild hour", () => {
      const bridge = { logReturn: 0.02, hours: 4, day: 0 };
      expectNear(hourlyVariance([...steady(720, 0.01), bridge], 24).value, 1e-4, 1e-12);
    });

    it("of uniform returns is that of the uniform distribution, within four standard errors", () => {
      const { daily, longRun, stress } = volatilityOf(syntheticHistory("A"));
      const exact = Math.sqrt(24) * (0.02 / Math.sqrt(12));
      expect(Math.abs(daily.value - exact)).to.be.lessThan(4 * daily.stdErr + 0.2 * exact);
      expectNear(longRun.value, exact, 4 * exact * Math.sqrt(0.5 / DAYS));
      expect(stress.value).to.be.greaterThan(longRun.value * 0.9);
      // A uniform distribution has the kurtosis 9/5; a day's sum of 24 has 3 − 1.2/24 = 2.95.
      expectNear(longRun.stdErr, (longRun.value / 2) * Math.sqrt(1.95 / (DAYS - 1)), 0.3 * longRun.stdErr);
      expectNear(stress.stdErr, (stress.value / 2) * Math.sqrt(1.95 / (1.97 / 0.03)), 0.5 * stress.stdErr);
    });

    it("has the standard error that independent samples scatter by", () => {
      const next = uniforms(3);
      const samples = Array.from({ length: 400 }, () =>
        hourlyVariance(
          Array.from({ length: 1_000 }, () => ({ logReturn: next() - 0.5, hours: 1 })),
          24,
        ),
      );
      const mean = samples.reduce((total, { value }) => total + value, 0) / samples.length;
      const scatter = Math.sqrt(samples.reduce((total, { value }) => total + (value - mean) ** 2, 0) / samples.length);
      const claimed = samples.reduce((total, { stdErr }) => total + stdErr, 0) / samples.length;
      expectNear(mean, 1 / 12, (4 * scatter) / Math.sqrt(samples.length));
      expect(claimed / scatter).to.be.within(0.85, 1.3);
    });

    it("counts effective observations as the sums of the weights say", () => {
      const weights = Array.from({ length: 50 }, (_, i) => 0.9 ** i);
      const total = weights.reduce((a, b) => a + b);
      expectNear(effectiveObservations(0.9, 50), total ** 2 / weights.reduce((a, b) => a + b * b, 0), 1e-9);
      expectNear(effectiveObservations(251 / 256, 1e6), 507 / 5, 1e-9);
    });
  });

  describe("seedsOf", () => {
    const until = (days: number): { history: History; seeds: Seeds } => {
      const { close, volume } = syntheticPanels(DAYS * 24);
      const end = START + days * 86_400;
      const history = historyOf("A", panelOf(close, end), panelOf(volume, end));
      return { history, seeds: seedsOf(history, volatilityOf(history)) };
    };

    it("goes on from any day as if it had seen what came before", () => {
      const [early, late] = [until(65), until(DAYS)];
      let { hourlyVariance24, hourlyVariance720, dailyVariance, dailySquares } = early.seeds;
      for (const { logReturn } of late.history.hourly.slice(early.history.hourly.length)) {
        hourlyVariance24 += (1 - 2 ** (-1 / 24)) * (logReturn ** 2 - hourlyVariance24);
        hourlyVariance720 += (1 - 2 ** (-1 / 720)) * (logReturn ** 2 - hourlyVariance720);
      }
      const days = late.history.daily.slice(early.history.daily.length);
      for (const { logReturn } of days) {
        dailyVariance += 0.03 * (logReturn ** 2 - dailyVariance);
        dailySquares += logReturn ** 2;
      }
      const figures = { hourlyVariance24, hourlyVariance720, dailyVariance, dailySquares };
      for (const [name, value] of Object.entries(figures)) {
        expectNear(late.seeds[name as keyof typeof figures], value, 2e-5 * value);
      }
      expect(late.seeds.dailyReturns).to.equal(early.seeds.dailyReturns + days.length);
      expect(days).to.have.length(5);
    });

    it("ends at the last close, and at the last midnight", () => {
      const { close } = syntheticPanels(DAYS * 24);
      const priceAt = (hour: number) => Number(close.split("\n")[hour]!.split(",")[1]);
      const last = "2019-03-07T00:00:00Z";
      expect(until(65).seeds).to.include({ lastClose: priceAt(65 * 24), lastCloseAt: last, lastDailyCloseAt: last });
      const half = until(65.5).seeds;
      expect(half).to.include({ lastClose: priceAt(65 * 24 + 12), lastCloseAt: "2019-03-07T12:00:00Z" });
      expect(half).to.include({ lastDailyClose: priceAt(65 * 24), lastDailyCloseAt: last });
    });
  });

  describe("scanRange", () => {
    const sigma = (sigmaDaily: number, sigmaStress: number, sigmaLongRun: number) => ({
      sigmaDaily,
      sigmaStress,
      sigmaLongRun,
    });

    it("mixes today with stress, within its floors and its ceiling", () => {
      expectNear(scanRange("BTC", "crypto", sigma(0.08, 0.12, 0.04)), 0.27, 1e-12);
      expectNear(scanRange("BTC", "crypto", sigma(0.01, 0.05, 0.1)), 0.21, 1e-12);
      expect(scanRange("BTC", "crypto", sigma(0.01, 0.01, 0.01))).to.equal(0.15);
      expect(scanRange("LINK", "crypto", sigma(0.01, 0.01, 0.01))).to.equal(0.25);
      expect(scanRange("LINK", "crypto", sigma(0.3, 0.3, 0.3))).to.equal(0.45);
    });

    it("covers the weekend of metals and currencies", () => {
      // Fifty hours closed, and a day more.
      expectNear(weekendRange("metal", 0.04), 0.12 * Math.sqrt(50 / 24 + 1), 1e-12);
      expect(weekendRange("metal", 0.01)).to.equal(0.15);
      expect(weekendRange("fx", 0.01)).to.equal(0.1);
      expect(scanRange("EUR", "fx", sigma(0.005, 0.005, 0.005))).to.equal(0.1);
    });
  });

  describe("publishedCorrelation", () => {
    it("is 0.9 of the correlation of the data", () => {
      const { rows, stdErrTypical } = publishedCorrelation(["A", "B", "C"].map((symbol) => syntheticHistory(symbol)));
      expect(rows.map((row) => row.length)).to.deep.equal([0, 1, 2]);
      // Weights of 69 days are worth fewer observations than 69; B is built with a correlation of 0.8.
      expect(rows[1]![0]! / 127).to.be.within(0.9 * 0.5, 0.9);
      expect(stdErrTypical).to.be.within(0.05, 0.9 / Math.sqrt(60));
    });

    it("is zero for an asset without history", () => {
      const { rows } = publishedCorrelation([syntheticHistory("A"), undefined, syntheticHistory("B")]);
      expect(rows[1]).to.deep.equal([0]);
      expect(rows[2]![1]).to.equal(0);
      expect(rows[2]![0]).to.be.greaterThan(0);
    });

    it("is positive definite for hostile returns", () => {
      const next = uniforms(11);
      for (let trial = 0; trial < 50; trial++) {
        const frozenFrom = Math.floor(next() * 200);
        const histories = Array.from({ length: 16 }, (_, asset): History => {
          const daily = Array.from({ length: 200 }, (__, day) => ({
            day,
            logReturn: (next() < 0.5 ? -1 : 1) * (next() < 0.1 ? 5 : 0.01),
          }));
          const kept = asset % 3 === 0 ? daily.slice(0, frozenFrom) : daily;
          return {
            symbol: `X${asset}`,
            hourly: [],
            daily: kept.length < 40 ? daily : kept,
            turnover: new Map(),
            firstClose: 0,
            lastClose: 0,
            lastPrice: 1,
            lastMidnight: undefined,
          };
        });
        const { rows, minEigenvalue } = publishedCorrelation(histories);
        expect(minEigenvalue).to.be.greaterThan(0);
        expect(rows.flat().every((entry) => Math.abs(entry) <= 127)).to.equal(true);
      }
    });

    it("of one asset copied sixteen times keeps its smallest eigenvalue", () => {
      const history = syntheticHistory("A");
      const { rows } = publishedCorrelation(Array.from({ length: 16 }, () => history));
      // All coefficients equal c: the smallest eigenvalue is 1 − c.
      expectNear(smallestEigenvalue(rows), 1 - rows[1]![0]! / 127, 1e-9);
    });
  });

  describe("minPremiumNotional", () => {
    it("makes moving the premium cost what it yields, at any size", () => {
      const funding = {
        fundingWindowSeconds: 3600,
        convergenceHours: 8,
        maxFundingRatePerHourBps: 40,
        premiumBandBps: 500,
      };
      const openInterest = 1_000_000;
      const minimum = minPremiumNotional(openInterest, { makerBps: 1, takerBps: 5 }, funding);
      for (const notional of [1_000, 1_000_000]) {
        const cost = notional * 0.0006;
        const yielded = (openInterest * 0.05 * (notional / minimum)) / 8;
        expectNear(yielded, cost, cost * 1e-9);
      }
    });
  });

  describe("parseUntil", () => {
    it("takes UTC days and moments, nothing else", () => {
      expect(parseUntil("2020-03-12")).to.equal(1_583_971_200);
      expect(parseUntil("2020-03-12T00:00Z")).to.equal(1_583_971_200);
      expect(() => parseUntil("2020-03-12T00:00")).to.throw("--until must be a UTC day");
      expect(() => parseUntil("yesterday")).to.throw('not "yesterday"');
    });
  });
});

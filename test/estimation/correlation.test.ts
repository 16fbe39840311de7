import { expect } from "chai";
import { network } from "hardhat";
import { publishedCorrelation } from "../../scripts/calibrate/correlation.ts";
import type { History } from "../../scripts/calibrate/history.ts";
import { dailyVolatilityPath, rootMeanSquare } from "../../scripts/calibrate/volatility.ts";
import { type DailyPanel, replayCorrelations } from "../../scripts/estimators/correlation.ts";
import {
  countOf,
  COVARIANCE_ONE,
  dailyReturn,
  foldedCovariance,
  isPositiveSemidefinite,
  measuredFromPublished,
  movedTowards,
  roundedCorrelations,
  seededCovariance,
  TARGET_ONE,
  targetCorrelations,
} from "../../sdk/estimation/correlation.ts";
import { smallestEigenvalue } from "../support/linearAlgebra.ts";
import { expectNear } from "../support/near.ts";
import { Random } from "../support/riskBooks.ts";
import { readVectors } from "../support/vectors.ts";

const ASSETS = ["BTC", "ETH", "BNB", "XRP", "ADA", "LTC", "LINK", "BCH", "DOGE", "SOL", "AVAX"];
const closes = readVectors("daily-closes");
const days = closes.map(({ day }) => Number(day));
const prices = closes.map((row) => ASSETS.map((asset) => BigInt(Math.round(Number(row[asset]) * 1e8))));
const histories: History[] = ASSETS.map((symbol, i) => ({
  symbol,
  hourly: [],
  daily: days
    .slice(1)
    .map((day, d) => ({ day, logReturn: Math.log(Number(prices[d + 1]![i]) / Number(prices[d]![i])) })),
  turnover: new Map(),
  firstClose: days[0]! * 86_400,
  lastClose: days.at(-1)! * 86_400,
  lastPrice: Number(prices.at(-1)![i]) / 1e8,
  lastMidnight: undefined,
}));
const seedOf = ({ daily }: History): number =>
  rootMeanSquare(daily.slice(0, 30).map(({ logReturn }) => logReturn)) ** 2;
const variances = histories.map((history) => BigInt(Math.round(seedOf(history) * 1e18)));

const full = (lower: readonly (bigint | number)[], size: number, one: number): number[][] =>
  Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) =>
      i === j ? 1 : Number(lower[i > j ? countOf(i) + j : countOf(j) + i]) / one,
    ),
  );

describe("correlation", () => {
  describe("dailyReturn", () => {
    it("is the log return over the volatility, and its square enters the variance with 3 %", () => {
      for (const [sigma, from, to] of [
        [0.04, 100, 105],
        [0.011, 1.0512, 1.0498],
        [0.09, 0.00001234, 0.00001456],
      ] as const) {
        const [price, next] = [BigInt(Math.round(from * 1e8)), BigInt(Math.round(to * 1e8))];
        const r = Math.log(Number(next) / Number(price));
        const { scaled, variance } = dailyReturn(BigInt(Math.round(sigma ** 2 * 1e18)), price, next);
        expectNear(Number(scaled) / 2 ** 20, r / sigma, 2e-6);
        expectNear(Number(variance) / 1e18, 0.97 * sigma ** 2 + 0.03 * r ** 2, 1e-14);
      }
    });

    it("has no return without volatility", () => {
      expect(dailyReturn(0n, 100n, 101n).scaled).to.equal(0n);
      expect(dailyReturn(0n, 100n, 101n).variance).to.be.greaterThan(0n);
    });
  });

  describe("the calibration", () => {
    it("is what 397 days of 11 majors give, from nothing", () => {
      let covariance = Array<bigint>(countOf(ASSETS.length + 1)).fill(0n);
      const current = [...variances];
      for (let d = 1; d < days.length; d++) {
        const scaled = ASSETS.map((_, i) => {
          const daily = dailyReturn(current[i]!, prices[d - 1]![i]!, prices[d]![i]!);
          current[i] = daily.variance;
          return daily.scaled;
        });
        covariance = foldedCovariance(covariance, scaled);
      }
      const target = targetCorrelations(covariance, ASSETS.length);
      const published = publishedCorrelation(histories).rows.flat();
      expect(roundedCorrelations(target).map(Number)).to.deep.equal(published);

      // In doubles: within half a 32,512th of rounding, and what 20 bits of z and 26 bits of S leave.
      const path = histories.map(({ daily }) => dailyVolatilityPath(daily));
      for (let i = 0; i < ASSETS.length; i++) {
        for (let j = 0; j < i; j++) {
          const sums = [0, 0, 0] as [number, number, number];
          for (let d = 0; d + 1 < days.length; d++) {
            const z = [i, j].map((k) => Math.max(-4, Math.min(4, histories[k]!.daily[d]!.logReturn / path[k]![d]!)));
            const products = [z[0]! * z[1]!, z[0]! ** 2, z[1]! ** 2];
            products.forEach((product, s) => (sums[s] = (251 * sums[s]! + 5 * product) / 256));
          }
          const exact = (0.9 * 32_512 * sums[0]) / Math.sqrt(Math.max(sums[1], 0.6) * Math.max(sums[2], 0.6));
          expectNear(Number(target[countOf(i) + j]), exact, 1);
        }
      }
    });
  });

  describe("CorrelationEstimator", () => {
    it("equals its twin to the last unit over 398 days of 11 majors", async function () {
      this.timeout(600_000);
      const connection = await network.create({ override: { initialDate: "2023-07-01T00:00:00Z" } });
      // One of them comes late, one misses a week, one ends early.
      const panel: DailyPanel = {
        assets: ASSETS,
        days,
        prices: prices.map((row, d) =>
          row.map((price, i) => {
            const isMissing = (i === 9 && d < 40) || (i === 4 && d >= 100 && d < 107) || (i === 7 && d > 380);
            return isMissing ? 0n : price;
          }),
        ),
        variances,
      };
      const replay = await replayCorrelations(panel, connection);
      await connection.close();
      expect(replay.differences).to.deep.equal([]);
      expect(replay.samples).to.equal(398 * 11 - 40 - 7 - 17);
      expect(replay.publications).to.equal(398);
    });
  });

  describe("smallest eigenvalue", () => {
    const SIZE = 16;
    const CLIP = 4 * 2 ** 20;
    /** What docs/estimation-correlation.md derives for 16 underlyings, before and after the entries become 127ths. */
    const MOVING_BOUND = 0.0733;
    const PUBLISHED_BOUND = 0.0142;

    const worlds: Readonly<Record<string, (d: number, i: number, next: () => number) => number>> = {
      "all equal": (d) => (d % 2 === 0 ? CLIP : -CLIP),
      alternating: (_, i) => (i % 2 === 0 ? CLIP : -CLIP),
      "turning every week": (d, i) => ((i >> (Math.floor(d / 7) % 4)) % 2 === 0 ? CLIP : -CLIP),
      "feeds that freeze": (d, i, next) => ((d >> 5) % 2 === 1 && i % 3 !== 0 ? 0 : (2 * next() - 1) * CLIP),
      "one speaks a day": (d, i) => (d % SIZE === i ? CLIP : 0),
      "two factors": (d, i) => (i < 8 ? CLIP * Math.cos(d) : CLIP * Math.cos(d + 0.01 * i)),
      random: (_d, _i, next) => (2 * next() - 1) * CLIP,
      "random at the clip": (_d, _i, next) => (next() < 0.5 ? -CLIP : CLIP),
    };
    for (const [name, world] of Object.entries(worlds)) {
      it(`stays above the bound: ${name}`, () => {
        const stream = new Random(7);
        const next = (): number => stream.unit();
        let covariance = seededCovariance(Array<bigint>(countOf(SIZE)).fill(0n));
        let moving = targetCorrelations(covariance, SIZE);
        let [lowestMoving, lowestPublished] = [1, 1];
        for (let d = 0; d < 240; d++) {
          const scaled = Array.from({ length: SIZE }, (_, i) => BigInt(Math.trunc(world(d, i, next))));
          covariance = foldedCovariance(covariance, scaled);
          const target = targetCorrelations(covariance, SIZE);
          for (let hour = 0; hour < (d % 10 === 0 ? 24 : 3); hour++) moving = movedTowards(moving, target);
          const published = roundedCorrelations(moving);
          expect(isPositiveSemidefinite(published)).to.equal(true);
          if (d % 5 !== 0) continue;
          lowestMoving = Math.min(lowestMoving, smallestEigenvalue(full(moving, SIZE, Number(TARGET_ONE))));
          lowestPublished = Math.min(lowestPublished, smallestEigenvalue(full(published, SIZE, 127)));
        }
        expect(lowestMoving).to.be.greaterThan(MOVING_BOUND);
        expect(lowestPublished).to.be.greaterThan(PUBLISHED_BOUND);
      });
    }

    it("is that of the derivation: entries at their worst", () => {
      // Of S: 256/5 · ½ units of 2^-26, over 0.6; of the target: half a 32,512th; of the path: half of one over the least share,
      // 512 of 2 · 29,262; each times the 15 entries beside the diagonal, 16 with it.
      const ofS = (16 * 25.6) / 2 ** 26 / 0.6;
      const ofTarget = (15 * 0.5) / 32_512;
      const ofPath = (15 * 0.5 * ((2 * 29_262) / 512)) / 32_512;
      const moving = 0.1 - 0.9 * ofS - ofTarget - ofPath;
      expect(moving).to.be.greaterThan(MOVING_BOUND);
      expect(moving - 15 / 254).to.be.greaterThan(PUBLISHED_BOUND);
    });
  });

  describe("measuredFromPublished", () => {
    const published = publishedCorrelation(histories).rows.flat().map(BigInt);

    it("comes back to the published matrix within one 127th", () => {
      const measured = measuredFromPublished(published);
      const again = roundedCorrelations(targetCorrelations(seededCovariance(measured), ASSETS.length));
      again.forEach((entry, k) => expect(Math.abs(Number(entry - published[k]!))).to.be.at.most(1));
      expect(smallestEigenvalue(full(measured, ASSETS.length, 127))).to.be.greaterThan(0);
    });

    it("shrinks what rounding made indefinite", () => {
      // 0.9 of correlations of one: 114/127 is 0.8976, and 0.9 of −1 and 1 together is no matrix.
      const measured = measuredFromPublished([114n, 114n, 60n]);
      expect(isPositiveSemidefinite(measured)).to.equal(true);
      expect(measured[0]).to.be.lessThan(127n);
      expect(measured[0]).to.be.greaterThan(100n);
    });

    it("leaves S with a diagonal of one", () => {
      const covariance = seededCovariance([127n, -64n, 0n]);
      expect([covariance[0], covariance[2], covariance[5]]).to.deep.equal([
        COVARIANCE_ONE,
        COVARIANCE_ONE,
        COVARIANCE_ONE,
      ]);
      expect(covariance[1]).to.equal(COVARIANCE_ONE);
    });
  });

  describe("isPositiveSemidefinite", () => {
    it("agrees with eigenvalues", () => {
      const stream = new Random(3);
      const next = (): number => stream.unit();
      let [yes, no] = [0, 0];
      for (let n = 0; n < 300; n++) {
        const size = 2 + Math.floor(next() * 5);
        const lower = Array.from({ length: countOf(size) }, () => BigInt(Math.round((2 * next() - 1) * 127)));
        const smallest = smallestEigenvalue(full(lower, size, 127));
        if (Math.abs(smallest) < 1e-9) continue;
        expect(isPositiveSemidefinite(lower)).to.equal(smallest > 0);
        if (smallest > 0) yes++;
        else no++;
      }
      expect(Math.min(yes, no)).to.be.greaterThan(30);
    });
  });
});

import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { isolatedMargin } from "../../../sdk/margin/account.ts";
import { assess } from "../../../sdk/margin/riskEngine.ts";
import { PriceStatus } from "../../../sdk/types.ts";
import { daySets, readDeployed } from "../../../scripts/backtest/house-margin.ts";
import { type LinearBook, linearBooks } from "../../../scripts/backtest/linear-books.ts";
import { linearDay, NOTIONAL, portfolioOf } from "../../../scripts/backtest/linear-day.ts";
import { MAJORS } from "../../../scripts/backtest/options.ts";
import { optionTemplates } from "../../../scripts/backtest/option-books.ts";
import { expiryDays, optionDay } from "../../../scripts/backtest/option-day.ts";
import type { DayParameters } from "../../../scripts/backtest/parameter-path.ts";
import { linearSeries } from "../../../scripts/backtest/series.ts";
import { summariseRule } from "../../../scripts/backtest/summary.ts";
import { loadEvent } from "../../../scripts/shared/events.ts";

const SYMBOLS = ["BTC", "ETH"];
const day = Date.parse("2020-03-12T00:00Z") / 1_000;
/** Hourly closes of 12 March 2020: venue and unit are in data/events/2020-03.json. */
const prices = loadEvent("2020-03")
  .rows.slice(0, 25)
  .map(({ closes }) => closes.slice(0, 2).map((close) => close!));

const calm = {
  scanRangeBps: [1_500, 1_700],
  sigmaDayBps: [400, 500],
  correlations: [100],
  stressedForHours: undefined,
};
const parameters = (over: object = {}): DayParameters => ({
  inForce: [{ ...calm, ...over }],
  turnover: [1e9, 5e8],
  halfSpreadBps: [2, 2],
  basisBps: [50, 50],
});
const setup = (books: LinearBook[], openInterest = 0) => ({
  symbols: SYMBOLS,
  books,
  deployed: readDeployed(),
  openInterest,
});
const book = (weights: number[], ether = 0): LinearBook => ({ className: "test", name: "test", weights, ether });

describe("backtest margins", () => {
  describe("linearBooks", () => {
    it("makes 312 books of eleven majors, and those with ether as collateral", () => {
      const books = linearBooks(MAJORS, 1);
      const count = (name: string) => books.filter(({ className }) => className === name).length;
      expect(["single", "long-only", "pair", "market-neutral", "random"].map(count)).to.deep.equal([
        22, 60, 110, 60, 60,
      ]);
      expect(books).to.have.length(312 + 8);
      expect(linearBooks(MAJORS, 1)).to.deep.equal(books);
      expect(linearBooks(MAJORS, 2)).to.not.deep.equal(books);
    });

    it("keeps what the classes promise", () => {
      for (const { className, weights, ether } of linearBooks(MAJORS, 1)) {
        const net = weights.reduce((sum, weight) => sum + weight, 0);
        if (ether === 0)
          expectNear(
            weights.reduce((sum, weight) => sum + Math.abs(weight), 0),
            1,
            1e-12,
          );
        if (className === "pair" || className === "market-neutral") expectNear(net, 0, 1e-12);
        if (className === "long-only") expect(Math.min(...weights)).to.be.at.least(0);
      }
    });

    it("makes books of one asset, too", () => {
      expect(linearBooks(["SOL"], 1).map(({ name }) => name)).to.deep.equal(["SOL long", "SOL short"]);
    });
  });

  describe("linearDay", () => {
    const judged = linearDay(
      { day, prices, parameters: parameters() },
      setup([book([1, 0]), book([0.5, -0.5]), book([0, -1], 1)]),
    );

    it("loses what the prices of 12 March 2020 took", () => {
      // From 7,934.52 to 4,800.00 and from 194.61 to 107.82, at their lowest at the end.
      expectNear(judged.lossAtEnd[0]!, 0.3950484717, 1e-9);
      expectNear(judged.lossOnPath[0]!, 0.3950484717, 1e-9);
      expectNear(judged.lossAtEnd[1]!, -0.0254601945, 1e-9);
      expectNear(judged.lossOnPath[1]!, -0.0020103804, 1e-9);
      expectNear(judged.lossAtEnd[2]!, 0, 1e-12);
    });

    it("asks for the range and the basis of a single position", () => {
      // 15 % + 50 bp + 2 bp, and three quarters and half of them.
      expectNear(judged.initial[0]![0]!, 0.1552, 1e-6);
      expectNear(judged.maintenance[0]![0]!, 0.75 * 0.15 + 0.5 * 0.0052, 1e-6);
    });

    it("asks for the SDK's margin of every book, and takes isolated margins as the SDK does", () => {
      const books = linearBooks(SYMBOLS, 3);
      const input = { day, prices, parameters: parameters() };
      const own = setup(books, 0.1);
      const output = linearDay(input, own);
      const sets = daySets(own.deployed, input.parameters, 0, 1);
      books.forEach((b, i) => {
        const portfolio = portfolioOf(b, input, own, 1);
        const { initial, maintenance } = assess(portfolio, sets.initial);
        expect(Math.round(output.initial[0]![i]! * NOTIONAL * 1e6)).to.equal(Number(initial));
        expect(Math.round(output.maintenance[0]![i]! * NOTIONAL * 1e6)).to.equal(Number(maintenance));
        if (b.ether > 0) return;
        expectNear(output.isolated[i]! * NOTIONAL, Number(isolatedMargin(portfolio, sets.initial)) / 1e6, 0.01);
      });
    });

    it("takes the deployed weights and factors, and marks prices as fresh", () => {
      const { globals } = readDeployed();
      expect([globals.independenceWeightBps, globals.unityWeightBps, globals.maintenanceFactorBps]).to.deep.equal([
        2_000n,
        5_000n,
        7_500n,
      ]);
      const { exposures } = portfolioOf(book([1, 0]), { day, prices, parameters: parameters() }, setup([]), 1);
      expect(exposures.map(({ status, price }) => [status, price])).to.deep.equal([
        [PriceStatus.Fresh, 793_452_000_000n],
      ]);
    });

    it("stresses initial margin at once and maintenance margin within a day", () => {
      const pair = book([0.5, -0.5]);
      const at = (stressedForHours: number | undefined) =>
        linearDay({ day, prices, parameters: parameters({ stressedForHours }) }, setup([pair]));
      const [quiet, begun, later] = [at(undefined), at(0), at(24)];
      expect(begun.initial[0]![0]).to.be.above(quiet.initial[0]![0]! * 1.1);
      expect(begun.maintenance[0]![0]).to.equal(quiet.maintenance[0]![0]);
      expect(later.initial[0]![0]).to.equal(begun.initial[0]![0]);
      expect(later.maintenance[0]![0]).to.be.above(quiet.maintenance[0]![0]! * 1.1);
    });
  });

  describe("optionDay", () => {
    const templates = optionTemplates(1);
    const volatilities = prices.map(() => Object.fromEntries(expiryDays(templates).map((days) => [days, 0.8])));
    const input = { day, prices: prices.map((row) => row[0]!), volatilities, asset: 0, parameters: parameters() };
    const output = optionDay(input, { templates, deployed: readDeployed(), openInterest: 0 });
    const place = (name: string) => templates.findIndex((template) => template.name === name);

    it("never asks a vertical spread for more than its width", () => {
      // 10 % of the price, rounded to strikes 50 apart.
      for (const name of ["bull call", "bear call", "bull put", "bear put"]) {
        const i = place(name);
        expect(output.lossOnPath[i]!).to.be.below(0.11);
        expect(output.lossAtEnd[i]!).to.be.at.most(output.lossOnPath[i]!);
        expect(output.initial[0]![i]!).to.be.below(0.14);
        expect(output.isolated[i]!).to.be.above(output.initial[0]![i]!);
      }
    });

    it("loses the crash less the premium on a covered call", () => {
      const i = place("30 days, at the money");
      // Black's call at 80 % and 30⅓ days on 7,934.52 is worth at most 0.4·0.8·√(30⅓/365) = 9.2 % of it.
      expect(output.lossAtEnd[i]!).to.be.within(0.395 - 0.093, 0.395 - 0.08);
    });

    it("begins delta hedges at a delta of zero", () => {
      const after = (move: number) => {
        const moved = input.prices.map((_, hour) => input.prices[0]! * (hour === 0 ? 1 : 1 + move));
        return optionDay({ ...input, prices: moved }, { templates, deployed: readDeployed(), openInterest: 0 });
      };
      const [up, down] = [after(0.01), after(-0.01)];
      for (const name of ["short 30 days", "short strangle 30 days", "long 30 days", "market maker 1, 20 options"]) {
        const i = place(name);
        // What is left of a percent up and down is curvature, the same both ways, and a little of the smile that moves with the price.
        expect(Math.abs(up.lossAtEnd[i]! - down.lossAtEnd[i]!), name).to.be.below(0.0015);
      }
    });
  });

  describe("summariseRule", () => {
    const series = {
      className: "test",
      book: "one",
      days: [0, 1, 2, 3].map((d) => d * 86_400),
      isolated: Float64Array.from([2, 2, 2, 2]),
      lossAtEnd: Float64Array.from([-1, 0.5, 1.5, 0.7]),
      lossOnPath: Float64Array.from([-1, 0.5, 3, 1.2]),
      house: [{ initial: new Float64Array(4).fill(1), maintenance: new Float64Array(4).fill(0.6) }],
      rules: [],
    };

    it("counts what was exceeded and scales to equal coverage", () => {
      const { row, scale } = summariseRule("mine", [series], (s) => s.house[0]!);
      expect(row).to.deep.include({
        class: "test",
        rule: "mine",
        marginOverIsolated: 0.5,
        imExceeded24h: 0.25,
        imExceededPath: 0.5,
        mmExceeded24h: 0.5,
        worstShortfall: 3,
        days: 4,
        books: 1,
      });
      // 99.5 % of four days are all four: the worst counts.
      expect(scale).to.equal(3);
      expect(row.marginAtEqualCoverage).to.equal(1.5);
      expect(row.kupiecP).to.be.below(0.001);
    });

    it("has the same margin at equal coverage whatever a rule is multiplied with", () => {
      const doubled = { initial: new Float64Array(4).fill(2), maintenance: new Float64Array(4).fill(2) };
      const { row } = summariseRule("double", [series], () => doubled);
      expect(row.marginAtEqualCoverage).to.equal(1.5);
      expect(row.imExceededPath).to.equal(0.25);
    });

    it("counts a margin of nothing as too small, and shows no figure for it", () => {
      const nothing = { initial: new Float64Array(4), maintenance: new Float64Array(4) };
      const { row } = summariseRule("none", [series], () => nothing);
      expect(row.imExceededPath).to.equal(0.75);
      expect([row.marginAtEqualCoverage, row.worstShortfall]).to.deep.equal([null, null]);
    });
  });

  it("gives the rules of others the same share of a linear book on every day", () => {
    const output = linearDay({ day, prices, parameters: parameters() }, setup([book([0.5, -0.5])]));
    const [only] = linearSeries([book([0.5, -0.5])], SYMBOLS, [day, day + 86_400], [output, output]);
    expect(only!.rules.map(({ initial }) => [...initial])).to.deep.include([0.1, 0.1]);
  });
});

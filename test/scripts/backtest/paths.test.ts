import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { measuredDays, publishStep } from "../../../scripts/backtest/correlation-path.ts";
import { decisionDays } from "../../../scripts/backtest/market.ts";
import { parameterPath, toolsOff, type Variant } from "../../../scripts/backtest/parameter-path.ts";
import { volatilityPath } from "../../../scripts/backtest/volatility-path.ts";
import { publishedCorrelation } from "../../../scripts/calibrate/correlation.ts";
import { historyOf } from "../../../scripts/calibrate/history.ts";
import { parsePanel } from "../../../scripts/calibrate/panel.ts";
import { volatilityOf } from "../../../scripts/calibrate/volatility.ts";
import { START } from "../calibrate/synthetic.ts";
import { DAYS, marketFrom, panelTexts, SYMBOLS, type Texts } from "./samples.ts";

const ramped: Variant = { name: "on", ramp: 0.02, tools: true };
const unramped: Variant = { name: "no ramp", ramp: Infinity, tools: true };

/** The closes of one asset times a factor from an hour on. */
function jump({ close, volume }: Texts, asset: number, hour: number, factor: number): Texts {
  const lines = close.split("\n").map((line, i) => {
    if (i <= hour || line === "") return line;
    const cells = line.split(",");
    cells[asset + 1] = String(Number(cells[asset + 1]) * factor);
    return cells.join(",");
  });
  return { close: lines.join("\n"), volume };
}

describe("backtest parameters", () => {
  const texts = panelTexts();
  const market = marketFrom(texts);
  const days = decisionDays(market, undefined, undefined);

  /** What calibration says of a file that ends at `until`. */
  const historiesUntil = (until: number) => {
    const cut = (text: string) => ({ file: "cut", sha256: "", ...parsePanel(text, "cut", new Set(SYMBOLS), until) });
    const [close, volume] = [cut(texts.close), cut(texts.volume)];
    return SYMBOLS.map((symbol) => historyOf(symbol, close, volume));
  };

  it("decides on every midnight with 120 daily returns before it and a day after it", () => {
    // The first daily return ends a day after the first midnight with a price.
    expect(days).to.deep.equal(Array.from({ length: DAYS - 121 }, (_, i) => START + (121 + i) * 86_400));
    expect(decisionDays(market, START + 123 * 86_400, START + 125 * 86_400)).to.deep.equal([
      START + 123 * 86_400,
      START + 124 * 86_400,
    ]);
  });

  it("measures volatility as calibration does on prices that end then", () => {
    for (const hour of [1_500, 2_000 + 7, 121 * 24]) {
      SYMBOLS.forEach((_, asset) => {
        const expected = volatilityOf(historiesUntil(START + hour * 3_600)[asset]!);
        const { sigmaDaily, sigmaStress, sigmaLongRun } = volatilityPath(market, asset).at(hour - 1)!;
        expectNear(sigmaDaily, expected.daily.value, 1e-12);
        expectNear(sigmaStress, expected.stress.value, 1e-12);
        expectNear(sigmaLongRun, expected.longRun.value, 1e-12);
      });
    }
  }).timeout(60_000);

  it("measures correlation as calibration does on prices that end then", () => {
    const measured = measuredDays(market.histories);
    for (const day of [90, 124]) {
      const { target } = measured.find((own) => own.day === START / 86_400 + day)!;
      expect([...target]).to.deep.equal(publishedCorrelation(historiesUntil(START + day * 86_400)).rows.flat());
    }
  });

  it("knows nothing of the future", () => {
    const variants = [ramped, toolsOff];
    const before = parameterPath(market, days, variants);
    // Everything after the third decision is another market.
    const hour = (days[2]! - START) / 3_600;
    const other = marketFrom(jump(jump(texts, 0, hour, 1.4), 1, hour, 0.5));
    const after = parameterPath(other, days, variants);
    expect(after.slice(0, 3)).to.deep.equal(before.slice(0, 3));
    expect(after[3]).to.not.deep.equal(before[3]);
  });

  it("lets a range rise by 2 % of itself in an hour and fall at once", () => {
    const hour = (days[1]! - START) / 3_600 - 5;
    const shaken = marketFrom(jump(texts, 0, hour, 1.5));
    const [slow, fast] = [ramped, unramped].map((variant) => parameterPath(shaken, days, [variant]));
    const range = (path: typeof slow, d: number) => path![d]!.inForce[0]!.scanRangeBps[0]!;
    expect(range(slow, 0)).to.equal(range(fast, 0));
    expect(range(fast, 1)).to.be.above(range(slow, 0) * 1.3);
    // Prices of five hours have closed since: the one of the jump, and those after it.
    expect(range(slow, 1)).to.equal(Math.floor(range(slow, 0) * 1.02 ** 5));
    expect(range(slow, 2)).to.be.at.most(range(fast, 2));
  });

  describe("publishStep", () => {
    it("moves no coefficient by more than 0.02 and all by the same share", () => {
      const after = publishStep(Int8Array.from([0, 0, 100]), Int8Array.from([25, -50, 100]));
      // 0.02 is two whole 127ths and a half: 2 of 50, a twenty-fifth of the way.
      expect([...after]).to.deep.equal([1, -2, 100]);
    });

    it("arrives", () => {
      let published: Int8Array = Int8Array.from([0, -20, 114]);
      const target = Int8Array.from([3, 101, -7]);
      for (let hour = 0; hour < 61; hour++) published = publishStep(published, target);
      expect([...published]).to.deep.equal([...target]);
    });
  });
});

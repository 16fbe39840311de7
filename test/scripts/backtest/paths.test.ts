import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { measuredDays, publishStep } from "../../../scripts/backtest/correlation-path.ts";
import { decisionDays } from "../../../scripts/backtest/market.ts";
import { parameterPath, toolsOff, type Variant } from "../../../scripts/backtest/parameter-path.ts";
import { hourlySteps } from "../../../scripts/backtest/ramp.ts";
import { volatilityPath } from "../../../scripts/backtest/volatility-path.ts";
import { publishedCorrelation } from "../../../scripts/calibrate/correlation.ts";
import { historyOf } from "../../../scripts/calibrate/history.ts";
import { parsePanel } from "../../../scripts/calibrate/panel.ts";
import { volatilityOf } from "../../../scripts/calibrate/volatility.ts";
import { adaptive, type AdaptiveState, inForce, publishRange } from "../../../sdk/margin/adaptive.ts";
import type { GlobalParameters } from "../../../sdk/types.ts";
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

  it("moves a range by 2 % of itself in an hour, from the hour after the measurement", () => {
    const hour = (days[1]! - START) / 3_600 - 5;
    const shaken = marketFrom(jump(texts, 0, hour, 1.5));
    const [slow, fast] = [ramped, unramped].map((variant) => parameterPath(shaken, days, [variant]));
    const dayOf = (path: typeof slow, d: number) => path![d]!.inForce[0]!;
    // Prices of five hours have closed since, the one of the jump and those after it: four steps.
    let expected = dayOf(slow, 0).scanRangeBps[0]!;
    expect(expected).to.equal(dayOf(fast, 0).scanRangeBps[0]!);
    for (let step = 0; step < 4; step++) expected += Math.floor(expected / 50);
    expect(dayOf(slow, 1).scanRangeBps[0]!).to.equal(expected);
    expect(dayOf(fast, 1).scanRangeBps[0]!).to.be.above(expected * 1.2);
    expect(dayOf(slow, 1).sigmaDayBps[0]!).to.be.below(dayOf(fast, 1).sigmaDayBps[0]! / 1.2);
  });

  describe("hourlySteps", () => {
    /** A level, a storm, the calm after it, and a figure so small that a step is its least. */
    const measured = [2_000, 2_000, 2_017, 4_500, 4_500, 1_800, 1_790, 1_600, 1_600, 3_000, 2_100, 30, 5, 5, 7, 7];

    it("is what the chain has in force when every hour is published", () => {
      const held = { scanRangeBps: 1n, basisBps: 0n, halfSpreadBps: 1n, sigmaDayBps: 2_000n, dailyVolumeUsd: 1_000n };
      const globals = { deadFeedScanRangeBps: 4_500n } as GlobalParameters;
      // The role's own figure is a floor: below all that is measured.
      const set = adaptive({ globals, underlyings: [held], correlations: [], collaterals: [] });
      let state = {
        ...set,
        underlyings: [{ ...set.underlyings[0]!, base: { ...held, scanRangeBps: 2_000n } }],
      } as AdaptiveState;
      const [range, sigma] = [hourlySteps(0.02, "both ways"), hourlySteps(0.02, "up")];
      measured.forEach((bps, hour) => {
        const now = BigInt(1_000_000 + hour) * 3_600n + 40n;
        const own = { targetRangeBps: BigInt(bps), sigmaDayBps: BigInt(bps), freshUntil: now + 10_800n };
        state = publishRange(state, 1, own, now);
        const { scanRangeBps, sigmaDayBps } = inForce(state, now).underlyings[0]!;
        expect([range(bps), sigma(bps)]).to.deep.equal([Number(scanRangeBps), Number(sigmaDayBps)], `hour ${hour}`);
      });
    });

    it("falls by steps where a fall may burden, at once where it eases", () => {
      const [range, sigma] = [hourlySteps(0.02, "both ways"), hourlySteps(0.02, "up")];
      expect([1_000, 500, 500, 500].map(range)).to.deep.equal([1_000, 1_000, 980, 961]);
      expect([1_000, 500, 600, 600].map(sigma)).to.deep.equal([1_000, 500, 500, 510]);
    });

    it("is what is measured without a ramp", () => {
      expect(measured.map(hourlySteps(Infinity, "both ways"))).to.deep.equal(measured);
    });
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

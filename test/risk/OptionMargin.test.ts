/** What a margin with options must be, whatever the chain says: sdk/margin equals the chain (RiskEngine.test.ts) and is held to it here. */
import { expect } from "chai";
import { correlationAt } from "../../sdk/margin/correlationMatrix.ts";
import { assess, explain } from "../../sdk/margin/riskEngine.ts";
import { values } from "../../sdk/margin/values.ts";
import { option } from "../../sdk/instruments.ts";
import { optionPrice } from "../../sdk/options/index.ts";
import { type Exposure, type ParameterSet, type Portfolio } from "../../sdk/types.ts";
import { entry, expiry, surface } from "../support/optionBooks.ts";
import { plainLadder } from "../support/plainLadder.ts";
import { book, exposure, METHOD_GLOBALS, Random, randomCorrelations } from "../support/riskBooks.ts";
import { minimumOfSplits, worlds } from "../support/splitScanSolver.ts";

const NOW = 1_750_000_000n;
const HOUR = Number(NOW / 3_600n);
const BOOKS = 80;
const UNIT = 1e-6;
/** Of gross option notional: the table's error, twice, because a loss is a difference of two values. */
const TABLE_ERROR = 3e-4;

function parameters(random: Random, size: number): ParameterSet {
  return {
    globals: METHOD_GLOBALS,
    underlyings: Array.from({ length: size }, () => ({
      scanRangeBps: random.bigint(1_500, 3_000),
      basisBps: 50n,
      halfSpreadBps: 2n,
      sigmaDayBps: 400n,
      dailyVolumeUsd: 1_000_000_000n,
    })),
    correlations: randomCorrelations(random, size, 2),
    collaterals: [],
  };
}

type Kind = "mixed" | "short" | "long";

/** A few expiries with a few options each, as traders hold them; with linear positions unless the book is long or short options. */
function optionBook(random: Random, size: number, kind: Kind): Portfolio {
  const contracts = () => {
    const size_ = Math.exp(random.gaussian()) * 5;
    if (random.unit() < 0.4) return 0;
    return kind === "short" ? -size_ : kind === "long" || random.unit() < 0.5 ? size_ : -size_;
  };
  const exposures: Exposure[] = [];
  for (let underlying = 1; underlying <= size; underlying++) {
    const price = 100 * underlying;
    for (const days of random.choose(random.integer(1, 3), 90)) {
      const options = Array.from({ length: random.integer(1, 4) }, () =>
        entry(Math.round(price * Math.exp(random.gaussian() * 0.15)), contracts(), contracts()),
      );
      const future = kind === "mixed" && random.unit() < 0.3 ? random.gaussian() * 10 : 0;
      const smile = { skew: random.bigint(-150_000, 100_000), curvature: random.bigint(0, 80_000) };
      exposures.push(expiry(underlying, price, HOUR + 24 * days, options, { future, surface: smile }));
    }
    if (kind === "mixed" && random.unit() < 0.6) {
      exposures.push(exposure(underlying, BigInt(Math.round(random.gaussian() * 1e9)), BigInt(price) * 10n ** 8n));
    }
  }
  return book({ now: NOW, cash: 0n, exposures });
}

/** Every quantity times a whole number. */
function scaled(portfolio: Portfolio, factor: bigint): Portfolio {
  return {
    ...portfolio,
    exposures: portfolio.exposures.map((e) => ({
      ...e,
      quantity: e.quantity * factor,
      ...(e.dated && {
        dated: {
          ...e.dated,
          options: e.dated.options.map((o) => ({ ...o, calls: o.calls * factor, puts: o.puts * factor })),
        },
      }),
    })),
  };
}

/** Both books in one account; they must not share a bucket. */
function together(a: Portfolio, b: Portfolio): Portfolio {
  return { ...a, exposures: [...a.exposures, ...b.exposures] };
}

function grossNotional(portfolio: Portfolio): number {
  return portfolio.exposures.reduce((sum, e) => {
    const lots = (e.dated?.options ?? []).reduce((n, { calls, puts }) => n + Math.abs(Number(calls + puts)), 0);
    return sum + (lots * 10 ** ((e.dated?.lotExponent ?? 0) - 8) * Number(e.price)) / 1e8;
  }, 0);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

describe("the margin of options", () => {
  describe("against Black-76 in floating point", () => {
    it("values options within the table's error", () => {
      const random = new Random(3);
      const set = parameters(random, 1);
      for (let i = 0; i < 200; i++) {
        const strike = Math.round(100 * Math.exp(random.gaussian() * 0.3));
        const [days, volatility] = [random.integer(1, 200), random.integer(200_000, 1_500_000)];
        const instrument = (right: "call" | "put") =>
          option({ underlying: 1, expiryHours: HOUR + 24 * days }, right, String(strike));
        const item = {
          quantity: 10n ** 8n,
          spot: 100n * 10n ** 8n,
          surface: surface({ atmVolatility: BigInt(volatility) }),
        };
        const [call, put] = values(
          [
            { ...item, instrument: instrument("call") },
            { ...item, instrument: instrument("put") },
          ],
          NOW,
          set,
        );
        const years = ((HOUR + 24 * days) * 3_600 - Number(NOW)) / 31_536_000;
        const exact = optionPrice({ right: "call", forward: 100, strike, volatility: volatility / 1e6, years });
        expect(Math.abs(Number(call!) / 1e16 - exact)).to.be.lessThan(0.015, `call at ${strike}, ${days} days`);
        // Exactly, whatever the table says: c − p = F − K.
        expect(call! - put!).to.equal(10n ** 16n * BigInt(100 - strike));
      }
    });
  });

  describe("the choice of θ", () => {
    for (const kind of ["mixed", "short", "long"] as const) {
      it(`asks for little more than the exact minimum, and never for less, on ${BOOKS} ${kind} books`, () => {
        const random = new Random(20_261);
        const excess: number[] = [];
        for (let i = 0; i < BOOKS; i++) {
          const size = random.integer(1, 5);
          const set = parameters(random, size);
          const portfolio = optionBook(random, size, kind);
          const ladders = set.underlyings.map((own, u) =>
            plainLadder(portfolio, u + 1, Number(own.scanRangeBps) / 1e4),
          );
          const correlations = Array.from({ length: size }, (_, a) =>
            Array.from({ length: size }, (__, b) => Number(correlationAt(set.correlations, a, b)) / 127),
          );
          const exact = minimumOfSplits(ladders, worlds(correlations, 0.2, 0.5));
          const ours = Number(explain(portfolio, set).parts.scan) / 1e6;
          const error = TABLE_ERROR * grossNotional(portfolio);
          expect(ours, `book ${i}`).to.be.greaterThan(exact - error - 20 * UNIT);
          if (exact > 10 * error) excess.push(ours / exact - 1);
        }
        excess.sort((a, b) => a - b);
        const mean = excess.reduce((sum, e) => sum + e, 0) / excess.length;
        if (process.env.SHOW_FIGURES) console.log(kind, excess.length, mean, quantile(excess, 0.95), excess.at(-1));
        expect(excess.length).to.be.greaterThan(BOOKS / 2);
        expect(mean).to.be.lessThan(0.05);
        expect(quantile(excess, 0.95)).to.be.lessThan(0.1);
      });
    }
  });

  describe("what holds for every book", () => {
    const eachBook = (kind: Kind, check: (portfolio: Portfolio, set: ParameterSet, random: Random) => void) => {
      const random = new Random(77);
      for (let i = 0; i < BOOKS; i++) {
        const size = random.integer(1, 4);
        check(optionBook(random, size, kind), parameters(random, size), random);
      }
    };

    it("is homogeneous", () => {
      eachBook("mixed", (portfolio, set) => {
        const [one, seven] = [assess(portfolio, set), assess(scaled(portfolio, 7n), set)];
        // Each of at most 64 roundings is by less than a unit, and seven times that.
        expect(Number(seven.initial - 7n * one.initial)).to.be.within(-7 * 64, 64);
        expect(Number(seven.maintenance - 7n * one.maintenance)).to.be.within(-7 * 64, 64);
      });
    });

    it("is sub-additive within the slack of the choice of θ", () => {
      let worst = 0;
      eachBook("mixed", (portfolio, set, random) => {
        const shifted = optionBook(random, set.underlyings.length, "mixed");
        // Another hour, so that the books share no expiry.
        const other = {
          ...shifted,
          exposures: shifted.exposures.filter((e) => e.dated).map((e) => ({ ...e, expiryHours: e.expiryHours + 1 })),
        };
        const sum = explain(portfolio, set).parts.scan + explain(other, set).parts.scan;
        const both = explain(together(portfolio, other), set).parts.scan;
        worst = Math.max(worst, Number(both) / Number(sum) - 1);
      });
      if (process.env.SHOW_FIGURES) console.log("sub-additivity slack", worst);
      expect(worst).to.be.lessThan(0.02);
    });

    it("never asks for more than the scans of the underlyings", () => {
      eachBook("mixed", (portfolio, set) => {
        const { parts, risks } = explain(portfolio, set);
        expect(parts.scan <= risks.reduce((sum, risk) => sum + risk.scanLoss, 0n)).to.equal(true);
        expect(parts.scan).to.equal(parts.lines + parts.remainder);
      });
    });

    it("never asks long options for more than they are worth", () => {
      eachBook("long", (portfolio, set) => {
        const { equity, initial } = assess(portfolio, set);
        expect(initial <= equity + 16n, `${initial} for ${equity}`).to.equal(true);
      });
    });

    it("never asks for less when a short book grows", () => {
      eachBook("short", (portfolio, set) => {
        const margins = [1n, 2n, 3n, 5n].map((factor) => assess(scaled(portfolio, factor), set).initial);
        margins.slice(1).forEach((margin, i) => expect(margin > margins[i]!).to.equal(true));
      });
    });
  });

  describe("known books", () => {
    const set = parameters(new Random(1), 1);
    const days30 = HOUR + 720;
    const margin = (options: Parameters<typeof expiry>[3], future = 0) =>
      explain(book({ now: NOW, exposures: [expiry(1, 100, days30, options, { future })] }), set);

    it("sees no risk in a call less a put less a future", () => {
      const { parts, margin: m } = margin([entry(110, 10, -10)], -10);
      expect(parts.scan <= 10n).to.equal(true);
      // 10·(F − K) − 10·F = −10·K.
      expect(m.equity).to.equal(-1_100n * 1_000_000n);
    });

    it("asks a vertical spread for no more than its width", () => {
      const { parts } = margin([entry(100, -10), entry(105, 10)]);
      expect(parts.scan <= 50_000_000n).to.equal(true);
    });

    it("asks a covered call for less than its parts", () => {
      const covered = margin([entry(105, -10)], 10);
      expect(covered.parts.scan < margin([entry(105, -10)]).parts.scan + margin([], 10).parts.scan).to.equal(true);
    });
  });
});

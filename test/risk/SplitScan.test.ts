import { expect } from "chai";
import { network } from "hardhat";
import { correlationAt } from "../../sdk/margin/correlationMatrix.ts";
import type { ParameterSet, Portfolio } from "../../sdk/types.ts";
import {
  book,
  exposure,
  holding,
  METHOD_GLOBALS,
  Random,
  randomCorrelations,
  randomParameters,
} from "../support/riskBooks.ts";
import { deployRiskBench } from "../support/riskEngine.ts";
import { type Ladder, minimumOfSplits, nodes, worlds } from "../support/splitScanSolver.ts";

const BOOKS = 120;
/** The solver's gap is 1e-9 of the sum of scans; the chain rounds each line and the norm up by less than one unit. */
const RELATIVE_TOLERANCE = 1e-8;

const IDENTITY = [
  [1, 0],
  [0, 1],
];

function expectClose(actual: number, expected: number, tolerance: number, what = "") {
  const close = Math.abs(actual - expected) <= tolerance;
  expect(close, `${what}: ${actual} should be ${expected} ± ${tolerance}`).to.equal(true);
}

function linearLadder(value: number, range: number): Ladder {
  const moves = nodes(range);
  return { range, moves, losses: moves.map((x) => -value * x) };
}

/** Ladders of a linear book from its words, in floating point. */
function laddersOf(portfolio: Portfolio, parameters: ParameterSet): Ladder[] {
  return parameters.underlyings.map((own, i) => {
    const isOn = (word: { readonly underlying: number }) => word.underlying === i + 1;
    const positions = portfolio.exposures.filter(isOn).map((e) => (Number(e.quantity) * Number(e.price)) / 1e16);
    const tokens = portfolio.holdings.filter(isOn).map((h) => (Number(h.amount) * Number(h.price)) / 1e16);
    const value = [...positions, ...tokens].reduce((sum, v) => sum + v, 0);
    return linearLadder(value, Number(own.scanRangeBps) / 10_000);
  });
}

describe("SplitScan", () => {
  describe("the reference solver", () => {
    it("finds the worst point of any ladder of one underlying", () => {
      const random = new Random(11);
      for (let i = 0; i < 20; i++) {
        const moves = nodes(0.15);
        const losses = moves.map(() => random.gaussian() * 1_000);
        const worst = Math.max(...losses);
        const minimum = minimumOfSplits([{ range: 0.15, moves, losses }], [[[1]]]);
        // A ladder that gains everywhere is worth its smallest gain: a constant is not risk, so it stays.
        expectClose(minimum, worst, 1e-4);
      }
    });

    it("adds what cannot be diversified and takes the root of what can", () => {
      const straddle = (size: number): Ladder => {
        const moves = nodes(0.15);
        return { range: 0.15, moves, losses: moves.map((x) => size * Math.abs(x)) };
      };
      // Two straddles have no line to diversify.
      expectClose(minimumOfSplits([straddle(100), straddle(200)], [IDENTITY]), 45, 1e-6);
      // Two lines without correlation: √(15² + 20²).
      expectClose(minimumOfSplits([linearLadder(100, 0.15), linearLadder(-100, 0.2)], [IDENTITY]), 25, 1e-6);
    });
  });

  describe("ρ of the chain", () => {
    it(`is the exact minimum over all splits on ${BOOKS} random linear books`, async () => {
      const { ethers } = await network.create();
      const random = new Random(20_260);
      for (const size of [2, 5, 8]) {
        const parameters: ParameterSet = {
          ...randomParameters(random, size, 2),
          globals: METHOD_GLOBALS,
          correlations: randomCorrelations(random, size, 2),
        };
        const correlations = Array.from({ length: size }, (_, i) =>
          Array.from({ length: size }, (_, j) => Number(correlationAt(parameters.correlations, i, j)) / 127),
        );
        const books = Array.from({ length: BOOKS / 3 }, () => {
          const price = () => random.logarithmic(1e6, 1e13);
          const prices = Array.from({ length: size }, price);
          const notional = () => random.logarithmic(1e3, 1e6) * 10n ** 16n * (random.unit() < 0.5 ? -1n : 1n);
          return book({
            exposures: prices.map((p, i) => exposure(i + 1, notional() / p, p)),
            holdings: random.unit() < 0.5 ? [holding(1, 1, 10n ** 20n / prices[0]!, prices[0]!)] : [],
          });
        });

        const bench = await deployRiskBench(ethers, parameters);
        const explanations = await bench.explain(books);
        books.forEach((portfolio, i) => {
          const ladders = laddersOf(portfolio, parameters);
          const exact = minimumOfSplits(ladders, worlds(correlations, 0.2, 0.5));
          const scans = ladders.reduce((sum, l) => sum + Math.max(...l.losses), 0);
          const onChain = Number(explanations[i]!.parts.scan) / 1e6;
          expectClose(
            onChain,
            exact,
            RELATIVE_TOLERANCE * scans + (size + 1) * 1e-6,
            `book ${i} of ${size} underlyings`,
          );
        });
      }
    });
  });
});

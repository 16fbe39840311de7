import { expect } from "chai";
import { candidatesOf, declarationsOf } from "../../tools/mutation/candidates.ts";
import { select } from "../../tools/mutation/select.ts";
import { parse, sourceFiles } from "../../tools/mutation/syntax.ts";
import type { Candidate } from "../../tools/mutation/types.ts";
import { weave } from "../../tools/mutation/weave.ts";
import { readKnown } from "../../tools/mutation/results.ts";

const FILE = "contracts/liquidation/SlicePrice.sol";

describe("mutation", function () {
  let found: Candidate[];

  before(function () {
    const { sources, all } = parse([FILE]);
    const declarations = declarationsOf(all);
    found = sources.flatMap((source) => candidatesOf(source, declarations));
  });

  const changes = (operator: string): string[] =>
    found.filter((candidate) => candidate.operator === operator).map(({ before, after }) => `${before} → ${after}`);

  describe("candidates", function () {
    it("change comparisons, sums, roundings and the least of two", function () {
      expect(changes("relational")).to.include("equity >= 0 → equity > 0");
      expect(changes("arithmetic")).to.include("counted - discount + maintenance → counted - discount - maintenance");
      expect(changes("rounding")).to.include("Math.Rounding.Ceil → Math.Rounding.Floor");
      expect(changes("minmax")).to.include("Math.min(elapsed, duration) → Math.max(elapsed, duration)");
      expect(changes("constant")).to.include("BPS → BPS + 1");
    });

    it("say where they are", function () {
      const candidate = found.find(({ before }) => before === "Math.min(elapsed, duration)");
      expect(candidate?.within).to.equal("SlicePrice.discountDown");
      expect(candidate?.file).to.equal(FILE);
    });
  });

  describe("weave", function () {
    it("leaves a source without mutants alone", function () {
      expect(weave("contract C {}", [])).to.equal("contract C {}");
    });

    it("puts a mutant inside another's original text", function () {
      const text = "x = a + b < c;";
      const at = { file: "", line: 1, within: "", operator: "", placement: "expression" as const };
      const outer = { ...at, start: 4, end: 13, before: "a + b < c", after: "a + b <= c", id: 1, key: "" };
      const inner = { ...at, start: 4, end: 9, before: "a + b", after: "a - b", id: 2, key: "" };
      expect(weave(text, [inner, outer]).split("\n")[0]).to.equal(
        "x = (__mutant(1) ? (a + b <= c) : ((__mutant(2) ? (a - b) : (a + b)) < c));",
      );
    });

    it("gives sources that compile with all candidates that compile", function () {
      this.timeout(300_000);
      const { chosen, doNotCompile } = select(found, found.length, 1, () => undefined);
      expect(chosen.length + doNotCompile.length).to.equal(found.length);
      expect(doNotCompile.length).to.be.lessThan(found.length / 10);
    });
  });

  describe("select", function () {
    it("chooses the same for the same seed, and something else for another", function () {
      this.timeout(300_000);
      const keys = (seed: number): string[] => select(found, 8, seed, () => undefined).chosen.map(({ key }) => key);
      expect(keys(7)).to.deep.equal(keys(7));
      expect(keys(7)).not.to.deep.equal(keys(8));
      expect(new Set(keys(7)).size).to.equal(8);
    });
  });

  describe("scope", function () {
    it("has ledger, margin and waterfall", function () {
      const files = sourceFiles();
      for (const file of ["ledger/Postings", "libraries/CashPool", "risk/LossLadder", "liquidation/SliceAuction"]) {
        expect(files).to.include(`contracts/${file}.sol`);
      }
    });

    it("knows no survivor without a reason", function () {
      for (const { key, reason, file } of readKnown().values()) {
        expect(sourceFiles(), key).to.include(file);
        expect(reason, key).to.have.length.greaterThan(10);
      }
    });
  });
});

import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseParameters } from "../../sdk/parameters.ts";
import type { ParameterFile } from "../../sdk/parameters.ts";

const FOLDER = fileURLToPath(new URL("../../deploy/parameters/", import.meta.url));
const read = (name: string): string => readFileSync(`${FOLDER}${name}`, "utf8");

/** The published file of March 2020 with one value replaced; `undefined` removes the field. */
function altered(path: readonly (string | number)[], value: unknown): () => ParameterFile {
  type Node = Record<string | number, unknown>;
  const root = JSON.parse(read("event-2020-03.json")) as Node;
  const parent = path.slice(0, -1).reduce<Node>((at, key) => at[key] as Node, root);
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
  return () => parseParameters(JSON.stringify(root));
}

/** The VaR norm of the method over the sum of its parts, each position with its basis, spread and impact at the cap. */
function requirementShare({ underlyings, correlation, risk }: ParameterFile, usd: ReadonlyMap<string, number>): number {
  const w = underlyings.map(({ symbol, scanRangeBps }) => ((usd.get(symbol) ?? 0) * scanRangeBps) / 10_000);
  const squares = w.reduce((total, x) => total + x * x, 0);
  const cross = correlation.rows
    .flatMap((row, i) => row.map((c, j) => (2 * c * w[i]! * w[j]!) / 127))
    .reduce((a, b) => a + b, 0);
  const total = w.reduce((a, b) => a + b, 0);
  const [a, b] = [risk.independenceWeightBps / 10_000, risk.unityWeightBps / 10_000];
  const q = squares + cross;
  const norm = Math.sqrt(Math.max(q, (1 - a) * q + a * squares, (1 - b) * q + b * total ** 2));
  const addOns = underlyings.reduce((sum, u) => {
    const impact = u.sigmaDayBps * Math.sqrt(Number(u.openInterestCapUsd) / Number(u.advUsd));
    return sum + (Math.abs(usd.get(u.symbol) ?? 0) * (u.basisBps + u.halfSpreadBps + impact)) / 10_000;
  }, 0);
  return (norm + addOns) / (w.reduce((sum, x) => sum + Math.abs(x), 0) + addOns);
}

describe("parameters", () => {
  describe("published files", () => {
    // The files of networks name one of these and are read by deploy/config.
    const published = readdirSync(FOLDER).filter(
      (file) => file.endsWith(".json") && "correlation" in (JSON.parse(read(file)) as object),
    );

    it("are some", () => expect(published).to.include.members(["event-2020-03.json", "testnet.json"]));

    for (const name of published) {
      it(`${name} is accepted`, () => expect(() => parseParameters(read(name))).not.to.throw());
    }

    it("of March 2020 halves the margin of hedged books, with all add-ons at the open-interest cap", () => {
      const file = parseParameters(read("event-2020-03.json"));
      const pair = new Map([
        ["ETH", 1],
        ["BTC", -1],
      ]);
      expect(requirementShare(file, pair)).to.be.lessThan(0.6);
      const [long, short] = [
        ["BTC", "BNB", "XRP", "LTC"],
        ["ETH", "ADA", "LINK", "BCH"],
      ];
      const basket = new Map([...long.map((s) => [s, 1] as const), ...short.map((s) => [s, -1] as const)]);
      expect(requirementShare(file, basket)).to.be.lessThan(0.45);
    });
  });

  describe("parseParameters", () => {
    it("returns what the file says", () => {
      expect(altered(["fees", "makerBps"], 2)().fees).to.deep.equal({ makerBps: 2, takerBps: 5 });
    });

    it("names the field that is missing, unknown or out of range", () => {
      expect(() => parseParameters("{")).to.throw("The parameter file is not JSON");
      expect(() => parseParameters("[]")).to.throw("The parameter file must be an object");
      expect(altered(["risk", "unityWeightBps"], undefined)).to.throw("risk.unityWeightBps is missing");
      expect(altered(["risk", "unityWeight"], 1)).to.throw("risk.unityWeight is not a field of a parameter file");
      expect(altered(["underlyings", 0, "scanRangeBps"], 10_001)).to.throw(
        "underlyings[0].scanRangeBps must be an integer from 1 to 10000, not 10001",
      );
      expect(altered(["underlyings", 0, "scanRangeBps"], 0.15)).to.throw("must be an integer");
      expect(altered(["underlyings", 0, "advUsd"], 5)).to.throw(
        "underlyings[0].advUsd must be the decimal digits of an integer, in quotes",
      );
      expect(altered(["underlyings", 0, "advUsd"], "0")).to.throw("underlyings[0].advUsd must be at least 1");
      expect(altered(["underlyings", 0, "maxDeviationBps"], 999)).to.throw("from 1000 to 10000");
      expect(altered(["underlyings", 1, "symbol"], "BTC")).to.throw("underlyings lists BTC twice");
      expect(altered(["provenance", "inputs", 0, "sha256"], "ab")).to.throw(
        "provenance.inputs[0].sha256 must be a SHA-256",
      );
    });

    it("pairs every class with its market hours", () => {
      expect(altered(["underlyings", 0, "marketHours"], { closedFromMinute: 1, closedUntilMinute: 2 })).to.throw(
        "marketHours must be null for crypto",
      );
      expect(altered(["underlyings", 0, "assetClass"], "metal")).to.throw("must be the weekly pause of a metal feed");
    });

    it("refuses a collateral of an unlisted underlying", () => {
      expect(altered(["collaterals", 0, "underlying"], "DOGE")).to.throw(
        "collaterals[0].underlying DOGE is not among the underlyings",
      );
    });

    it("refuses a matrix of the wrong shape, or with a negative variance", () => {
      expect(altered(["correlation", "rows", 2], [1])).to.throw("correlation.rows[2] needs 2 coefficients");
      expect(altered(["correlation", "rows"], [[]])).to.throw(
        "correlation.rows needs 8 rows, one per underlying, not 1",
      );
      // BTC, ETH and BNB: 0.77, 0.76 and −127/127 contradict each other.
      expect(altered(["correlation", "rows", 2, 1], -127)).to.throw("correlation.rows is not positive definite");
    });
  });
});

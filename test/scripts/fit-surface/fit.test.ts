import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { verifyTypedData, Wallet } from "ethers";
import { parseChain } from "../../../scripts/fit-surface/chain.ts";
import { fitSurface } from "../../../scripts/fit-surface/fit.ts";
import { fitRequest } from "../../../scripts/fit-surface/options.ts";
import {
  findSmileArbitrage,
  parseSurfaceReport,
  surfaceTypedData,
  totalVariance,
} from "../../../sdk/surfaces/index.ts";
import { chainText, DAY, deribitChain, HEADER, madeChain, type Made, NOW } from "./sample.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

const WEEK: Made = { days: 7, basis: 0.001, atm: 0.8, skew: -0.1, curvature: 0.05 };
const QUARTER: Made = { days: 90, basis: 0.015, atm: 0.65, skew: -0.05, curvature: 0.04 };

const fit = (rows: readonly string[]) => fitSurface(parseChain(chainText(rows)), 1);

describe("fit-surface", () => {
  describe("fitSurface", () => {
    it("finds the smile that a chain was made from", () => {
      const { report, errors, skipped } = fit(madeChain([QUARTER, WEEK]));
      expect(skipped).to.deep.equal([]);
      expect(report.timestamp).to.equal(NOW);
      expect(report.points.map(({ expiryHours }) => expiryHours * 3_600)).to.deep.equal([
        NOW + 7 * DAY,
        NOW + 90 * DAY,
      ]);
      [WEEK, QUARTER].forEach((made, i) => {
        const point = report.points[i]!;
        // A basis of 0.0010 may round down to 999 millionths.
        expect(Number(point.basis)).to.be.closeTo(made.basis * 1e6, 1);
        expect(Number(point.atmVolatility)).to.be.closeTo(made.atm * 1e6, 100);
        expect(Number(point.skew)).to.be.closeTo(made.skew * 1e6, 200);
        expect(Number(point.curvature)).to.be.closeTo(made.curvature * 1e6, 200);
        expect(errors[i]!.rms).to.be.lessThan(0.01);
        expect(errors[i]!.rmsToMark).to.be.lessThan(0.01);
        expect(errors[i]).to.deep.include({ inside: 1, worstPrice: 0, adjusted: [], quotes: 13 });
      });
    });

    it("is not led astray by junk", () => {
      const rows = madeChain([WEEK]);
      const spoil = (i: number, bid: string, ask: string) => {
        const cells = rows[i]!.split(",");
        [cells[5], cells[6]] = [bid, ask];
        rows[i] = cells.join(",");
      };
      spoil(3, "0.04", "0.0401"); // a put far from its worth
      spoil(12, "", "0.5"); // nobody bids
      spoil(13, "0.0001", "0.2"); // a spread that says nothing
      spoil(14, "0.02", "0.01"); // crossed
      const { report, errors } = fit(rows);
      expect(Number(report.points[0]!.atmVolatility)).to.be.closeTo(800_000, 6_000);
      expect(Number(report.points[0]!.skew)).to.be.closeTo(-100_000, 20_000);
      expect(errors[0]!.max).to.be.greaterThan(5);
    });

    it("fits quotes of an exchange within their spread", () => {
      const { report, errors } = fit(deribitChain());
      const [point] = report.points;
      // 94,459.67 over 94,126.6.
      expect(Number(point!.basis)).to.be.closeTo(3_538, 1);
      // Between the exchange's own volatilities at 94,000 and 95,000.
      expect(Number(point!.atmVolatility)).to.be.closeTo(429_600, 3_000);
      expect(errors[0]!.rms).to.be.lessThan(0.6);
      expect(errors[0]!.rmsToMark).to.be.lessThan(0.6);
      expect(errors[0]!.inside).to.be.greaterThan(0.8);
    });

    it("reports only what the contract takes, and says what gave way", () => {
      const steep: Made = { days: 1, basis: 0.1, atm: 0.3, skew: -0.19, curvature: 0.15 };
      const low: Made = { days: 8, basis: 0, atm: 0.28, skew: 0, curvature: 0 };
      const { report, errors } = fit(madeChain([steep, WEEK, low]));
      expect(errors.map(({ adjusted }) => adjusted)).to.deep.equal([["basis", "arbitrage"], [], ["variance"]]);
      // 2 % and a day's share of 50 % a year.
      expect(report.points[0]!.basis).to.equal(21_369n);
      let last = 0n;
      for (const { expiryHours, atmVolatility, skew, curvature } of report.points) {
        const variance = totalVariance(atmVolatility, BigInt(expiryHours * 3_600 - report.timestamp));
        expect(variance >= last).to.equal(true);
        expect(findSmileArbitrage(skew, curvature, variance)).to.equal(undefined);
        last = variance;
      }
    });

    it("leaves out what it cannot fit, with the reason", () => {
      const rows = madeChain([WEEK, { ...WEEK, days: 401 }]);
      const few = madeChain([{ ...WEEK, days: 14 }]).slice(0, 8);
      const odd = madeChain([{ ...WEEK, days: 7.01 }]);
      const { report, skipped } = fit([...rows, ...few, ...odd]);
      expect(report.points).to.have.length(1);
      expect(skipped.map(({ reason }) => reason))
        .to.include("more than 400 days ahead")
        .and.include("not on a full hour");
      expect(skipped.find(({ expiry }) => expiry === NOW + 14 * DAY)?.reason).to.include("8 usable quotes");
      expect(() => fit(few)).to.throw("No expiry of the chain has enough quotes");
    });
  });

  describe("parseChain", () => {
    const rows = [...madeChain([WEEK]), ...madeChain([WEEK], "BTC"), ...madeChain([QUARTER], "ETH", NOW + 60)];

    it("takes the last chain of an underlying at or before a time", () => {
      const text = chainText(rows);
      expect(parseChain(text, "ETH")).to.deep.include({ symbol: "ETH", timestamp: NOW + 60 });
      expect(parseChain(text, "ETH", NOW + 59).timestamp).to.equal(NOW);
      expect(parseChain(text, "BTC").quotes).to.have.length(17);
    });

    it("says what is wrong with a chain, and where", () => {
      const cell = (i: number, value: string) => {
        const cells = rows[0]!.split(",");
        cells[i] = value;
        return chainText([cells.join(",")]);
      };
      const cases: [() => unknown, string][] = [
        [() => parseChain("a,b\n1,2\n"), "no column timestamp, currency, expiry"],
        [() => parseChain(chainText(rows.slice(0, 40).reverse())), "Line 8 is earlier than the line before it"],
        [() => parseChain(chainText(rows)), "ETH, BTC: choose one with --underlying"],
        [() => parseChain(chainText(rows), "SOL"), "no rows of SOL"],
        [() => parseChain(chainText(rows), "ETH", NOW - 1), "at or before --at"],
        [() => parseChain(`${HEADER}\n`), "no rows"],
        [() => parseChain(`${HEADER}\n1,2\n`), "Line 2 has 2 cells, the header has 11"],
        [() => parseChain(cell(3, "-5")), 'Line 2, column strike: "-5"'],
        [() => parseChain(cell(4, "X")), 'column cp: "X"'],
        [() => parseChain(cell(5, "none")), 'column bid: "none"'],
        [() => parseChain(cell(8, "0")), "column forward: it must not be zero"],
      ];
      for (const [run, message] of cases) expect(run, message).to.throw(message);
    });
  });

  describe("fitRequest", () => {
    it("reads moments and contracts", () => {
      const contract = "0x00000000000000000000000000000000000000aa";
      const line = { data: "x", at: "2026-03-01", number: "2", json: "y", sign: `10:${contract}` };
      expect(fitRequest(line)).to.deep.include({ at: NOW, underlying: 2 });
      expect(fitRequest(line).sign).to.deep.equal({ chainId: 10, verifyingContract: contract });
      expect(fitRequest({ data: "x", at: String(NOW) }).at).to.equal(NOW);
    });

    it("refuses what it cannot use", () => {
      const cases: [object, string][] = [
        [{ at: "yesterday" }, "--at must be"],
        [{ json: "y" }, "--json needs --number"],
        [{ number: "17" }, "--number must be 1 to 16"],
        [{ sign: "1:0x00" }, "--sign needs --json"],
        [{ sign: "1:0x00", json: "y", number: "1" }, "--sign must be chain:contract"],
      ];
      for (const [over, message] of cases) expect(() => fitRequest({ data: "x", ...over }), message).to.throw(message);
    });
  });

  describe("the command", () => {
    let folder: string;
    const run = (args: readonly string[], env: Record<string, string> = {}) =>
      spawnSync(process.execPath, ["scripts/fit-surface.ts", ...args], {
        cwd: REPOSITORY,
        encoding: "utf8",
        env: { ...process.env, ...env },
      });

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "fit-surface-"));
      writeFileSync(join(folder, "chain.csv.gz"), gzipSync(chainText(madeChain([WEEK, QUARTER]))));
    });

    after(() => rmSync(folder, { recursive: true }));

    it("prints the errors and writes a report that gathers signatures", async () => {
      const [data, json] = [join(folder, "chain.csv.gz"), join(folder, "out/report.json")];
      const where = { chainId: 1, verifyingContract: "0x00000000000000000000000000000000000000AA" };
      const keys = ["11", "22"].map((byte) => byte.repeat(32));
      const options = ["--data", data, "--json", json, "--number", "2"];
      const first = run([...options, "--sign", `1:${where.verifyingContract}`], { SURFACE_SIGNER_KEY: keys[0]! });
      expect(first.stderr).to.equal("");
      expect(first.stdout).to.include("ETH at 2026-03-01T00:00Z").and.include("inside bid-ask");
      run([...options, "--sign", `1:${where.verifyingContract}`], { SURFACE_SIGNER_KEY: keys[1]! });

      const { report, signatures } = parseSurfaceReport(readFileSync(json, "utf8"));
      expect(report).to.deep.include({ underlying: 2, timestamp: NOW });
      const signers = keys.map((key) => new Wallet(`0x${key}`).address);
      expect(signatures.map(({ signer }) => signer)).to.have.members(signers);
      const { domain, types } = surfaceTypedData(where);
      for (const { signer, signature } of signatures) {
        expect(verifyTypedData(domain, types, report, signature)).to.equal(signer);
      }
    });

    it("fails with a sentence", () => {
      const missing = run(["--data", join(folder, "none.csv")]);
      expect(missing).to.deep.include({ status: 1, stderr: "There is no file at the path given with --data.\n" });
      const options = ["--data", join(folder, "chain.csv.gz"), "--json", join(folder, "x.json"), "--number", "1"];
      const keyless = run([...options, "--sign", `1:0x${"00".repeat(19)}aa`], { SURFACE_SIGNER_KEY: "" });
      expect(keyless.status).to.equal(1);
      expect(keyless.stderr).to.include("SURFACE_SIGNER_KEY");
    });
  });
});

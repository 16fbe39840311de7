import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { expectNear } from "../support/near.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/demo.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const AMOUNT = /^-?\d+(\.\d{1,6})?$/;

interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(...args: string[]): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: ROOT });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

interface Account {
  readonly name: string;
  readonly isolatedMargin: string;
  readonly portfolioMargin: string;
  readonly gain: number;
}

interface Liquidation {
  readonly time: string;
  readonly account: string;
  readonly parts: readonly { readonly instrument: string; readonly value: string }[];
  readonly reward: string;
  readonly insuranceShare: string;
  readonly maintenanceBefore: string;
  readonly maintenanceAfter: string;
}

interface Options {
  readonly makerOptions: number;
  readonly makerLegs: readonly { readonly instrument: string; readonly quantity: string }[];
  readonly marginParts: readonly Readonly<Record<string, string>>[];
  readonly stress: readonly { readonly symbol: string; readonly nodes: readonly { readonly move: number }[] }[];
  readonly surfaces: { readonly reports: number; readonly behind: number };
  readonly expiries: readonly {
    readonly time: string;
    readonly expiry: string;
    readonly price: string;
    readonly payments: readonly { readonly account: string; readonly paid: string }[];
  }[];
  readonly hedges: { readonly trades: number };
}

interface Estimation {
  readonly rangesMovedAt: string;
  readonly ranges: readonly {
    readonly symbol: string;
    readonly start: number;
    readonly highest: number;
    readonly end: number;
    readonly updates: number;
  }[];
  readonly days: number;
  readonly publications: number;
  readonly stressedHours: number;
}

interface Result {
  readonly estimation: Estimation;
  readonly accounts: readonly Account[];
  readonly options: Options;
  readonly liquidations: readonly Liquidation[];
  readonly audit: Readonly<Record<string, unknown>>;
}

describe("demo", () => {
  describe("--json", () => {
    const folder = mkdtempSync(join(tmpdir(), "counterpoise-demo-"));
    const report = join(folder, "nested", "report.html");
    let output: Output;
    let result: Result;

    before(async function () {
      this.timeout(240_000);
      output = await demo("--json", "--report", report);
      result = JSON.parse(output.stdout) as Result;
    });
    after(() => rmSync(folder, { recursive: true }));

    it("prints one object and nothing else", () => {
      expect(output).to.include({ code: 0, stderr: "" });
      expect(Object.keys(result)).to.deep.equal([
        "accounts",
        "options",
        "liquidations",
        "losses",
        "estimation",
        "audit",
      ]);
    });

    it("shows what hedged books save", () => {
      const gainOf = (name: string) => result.accounts.find((account) => account.name === name)!.gain;
      expect(gainOf("Long/short pair")).to.be.at.least(0.4);
      expect(gainOf("Market-neutral basket")).to.be.at.least(0.55);
      expect(gainOf("Directional")).to.equal(0);
      for (const { isolatedMargin, portfolioMargin, gain } of result.accounts) {
        expect(isolatedMargin).to.match(AMOUNT);
        expect(portfolioMargin).to.match(AMOUNT);
        const expected = Number(isolatedMargin) === 0 ? 0 : 1 - Number(portfolioMargin) / Number(isolatedMargin);
        expectNear(gain, expected, 1e-4);
      }
    });

    it("shows what netting saves in each of the option books", () => {
      const promised = {
        "Covered call": 0.4,
        "Vertical spread": 0.6,
        "Iron condor": 0.8,
        Calendar: 0.6,
        "Delta-hedged straddle": 0.4,
        "Options market maker": 0.8,
      };
      for (const [name, least] of Object.entries(promised)) {
        expect(result.accounts.find((account) => account.name === name)!.gain, name).to.be.at.least(least);
      }
      expect(result.options.marginParts.map(({ account }) => account)).to.deep.equal(Object.keys(promised));
    });

    it("adds up the parts of each option book to its margin", () => {
      for (const { account, ...parts } of result.options.marginParts) {
        const sum = Object.values(parts).reduce((total, part) => total + Number(part), 0);
        const { portfolioMargin } = result.accounts.find(({ name }) => name === account)!;
        expectNear(sum, Number(portfolioMargin), 1e-5);
      }
    });

    it("gives the market maker forty options over five expiries and both underlyings, hedged with perpetuals", () => {
      const { makerLegs, makerOptions, hedges } = result.options;
      const options = makerLegs.filter(({ instrument }) => /^(BTC|ETH)-\d+[A-Z]{3}20-[\dd]+-[CP]$/.test(instrument));
      expect(makerOptions).to.equal(40);
      expect(new Set(options.map(({ instrument }) => instrument))).to.have.length(40);
      const expiries = new Set(options.map(({ instrument }) => instrument.split("-")[1]));
      expect([...expiries].sort()).to.deep.equal(["13MAR20", "20MAR20", "24APR20", "27MAR20", "29MAY20"]);
      const others = makerLegs.filter((leg) => !options.includes(leg)).map(({ instrument }) => instrument);
      expect(others).to.have.members(["BTC-PERP", "ETH-PERP", "ETH-24APR20"]);
      expect(hedges.trades).to.be.above(0);
    });

    it("draws a ladder of 24 nodes for each underlying", () => {
      expect(result.options.stress.map(({ symbol, nodes }) => [symbol, nodes.length])).to.deep.equal([
        ["BTC", 24],
        ["ETH", 24],
      ]);
    });

    it("posts a surface every hour for what has not expired, and says where it lags", () => {
      // 49 hours of two underlyings; the first of five expiries is gone in the last 17 of them.
      const { reports, behind } = result.options.surfaces;
      expect(reports).to.equal(2 * (49 * 5 - 17));
      expect(behind).to.be.above(0);
    });

    it("settles what expires at the price of that hour, from the losers to the winners", () => {
      // Row 1584086400 of data/events/2020-03.csv.
      const { expiries } = result.options;
      expect(expiries.map(({ time, expiry, price }) => [time, expiry, price])).to.deep.equal([
        ["2020-03-13T08:00:00.000Z", "BTC-13MAR20", "5385.87"],
        ["2020-03-13T08:00:00.000Z", "ETH-13MAR20", "127.28"],
      ]);
      for (const { payments } of expiries) {
        expectNear(
          payments.reduce((sum, { paid }) => sum + Number(paid), 0),
          0,
          1e-5,
        );
      }
      // 20 puts at 7,700 sold and 20 at 7,400 bought, both in the money: the customers win 300 a contract.
      expect(expiries[0]!.payments).to.deep.include({ account: "Options customers", paid: "6000" });
    });

    it("liquidates the leveraged books, and only those", () => {
      const names = new Set(result.liquidations.map(({ account }) => account));
      expect([...names].sort()).to.deep.equal([
        "Covered call",
        "Delta-hedged straddle",
        "Directional",
        "Leveraged alt long",
      ]);
      const options = result.liquidations.flatMap(({ parts }) =>
        parts.filter(({ instrument }) => /-[CP]$/.test(instrument)),
      );
      expect(options).not.to.be.empty;
      for (const liquidation of result.liquidations) {
        expect(liquidation.time).to.match(/^2020-03-1[234]T\d\d:00:00\.000Z$/);
        expect(liquidation.parts).not.to.be.empty;
        expect(Number(liquidation.maintenanceAfter)).to.be.below(Number(liquidation.maintenanceBefore));
        // The insurance account gets a tenth of what is taken out of the account (deploy/config/defaults.ts).
        const gross = Number(liquidation.reward) + Number(liquidation.insuranceShare);
        expectNear(Number(liquidation.insuranceShare), gross / 10, 2e-6);
      }
    });

    it("widens ranges from the second hour on, by 2 % of themselves an hour at most", () => {
      const { ranges, rangesMovedAt, days, publications } = result.estimation;
      // Scan ranges of deploy/parameters/event-2020-03.json, below which none falls.
      expect(ranges.map(({ symbol, start }) => [symbol, start])).to.deep.equal([
        ["BTC", 1_500],
        ["ETH", 2_125],
        ["BNB", 2_553],
        ["XRP", 2_500],
        ["ADA", 2_500],
        ["LTC", 2_500],
        ["LINK", 2_605],
        ["BCH", 2_500],
      ]);
      expect(Date.parse(rangesMovedAt)).to.be.at.least(Date.parse("2020-03-12T02:00:00Z"));
      for (const { symbol, start, highest, end, updates } of ranges) {
        let most = start;
        for (let step = 0; step < 48; step++) most += Math.ceil(most * 0.02);
        expect(highest, symbol).to.be.within(start + 1, Math.min(most, 4_500));
        expect(end, symbol).to.be.within(start, highest);
        expect(updates, symbol).to.equal(48);
      }
      // The day in which it begins, without samples, and the two midnights.
      expect({ days, publications }).to.deep.equal({ days: 3, publications: 3 });
    });

    it("ends with books that balance", () => {
      const { lines, ...identities } = result.audit;
      expect(lines).to.have.lengthOf(8);
      expect(identities).to.deep.equal({
        positionsSumToZero: true,
        openInterestIsWhatLongsHold: true,
        expiriesAreSettled: true,
        cashSumsToZero: true,
        custodyCoversLiabilities: true,
        badDebt: "0",
        ok: true,
      });
    });

    it("writes a report that needs no network", () => {
      const html = readFileSync(report, "utf8");
      expect(html).to.match(/^<!doctype html>/);
      expect(html).to.include("<title>Counterpoise: 12 March 2020");
      const page = html.replace(/(<script>)[\s\S]*?(<\/script>)/g, "$1$2");
      expect(page.match(/<script>/g)).to.have.length(2);
      expect(page).not.to.match(/(src|href)=|url\(|https?:/);
    });
  });

  describe("--no-estimates", () => {
    const folder = mkdtempSync(join(tmpdir(), "counterpoise-demo-"));
    after(() => rmSync(folder, { recursive: true }));

    it("keeps the ranges of the eve: nobody is liquidated whom they do not reach", async function () {
      this.timeout(240_000);
      const { code, stdout } = await demo("--no-estimates", "--json", "--report", join(folder, "report.html"));
      const { liquidations, audit, ...rest } = JSON.parse(stdout) as Result;
      expect(code).to.equal(0);
      expect(Object.keys(rest)).to.deep.equal(["accounts", "options", "losses"]);
      expect(audit).to.include({ ok: true, badDebt: "0" });
      // On wider ranges these are liquidated once more in the afternoon of 13 March.
      const afternoon = liquidations.filter(({ time }) => Date.parse(time) > Date.parse("2020-03-13T08:00:00Z"));
      expect(afternoon).to.deep.equal([]);
    });
  });

  describe("a wrong command line", () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      [
        "an unknown event",
        ["--event", "2021-05"],
        /^Option '--event <name>' argument '2021-05' is invalid\. Allowed choices are .*2020-03/,
      ],
      ["an unknown option", ["--evnt", "2020-03"], /^Unknown option '--evnt'\. Did you mean --event\?/],
      ["a missing value", ["--report"], /^Option '--report <file>' argument missing\./],
      ["an argument too many", ["2020-03"], /^Too many arguments\. Expected 0 arguments but got 1/],
      [
        "a report that cannot be written",
        ["--report", "/dev/null/report.html"],
        /^The report cannot be written to \/dev\/null\/report\.html: /,
      ],
    ];
    for (const [name, args, sentence] of cases) {
      it(`${name} gets one sentence`, async () => {
        const { code, stdout, stderr } = await demo(...args);
        expect(stderr.trimEnd()).to.match(sentence).and.not.include("\n");
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      });
    }

    it("--help says what there is", async () => {
      const { code, stdout } = await demo("--help");
      expect(code).to.equal(0);
      for (const option of ["--event <name>", "--json", "--report <file>", "--help"]) expect(stdout).to.include(option);
    });
  });
});

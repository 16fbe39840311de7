import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expectNear } from "../support/near.ts";
import { DataError, UsageError } from "../../scripts/backtest/errors.ts";
import { readVolatilities, volatilityAt } from "../../scripts/backtest/implied-volatility.ts";
import { readOptions } from "../../scripts/backtest/options.ts";
import { reportPage } from "../../scripts/backtest/report.ts";
import { HOUSE, RULES } from "../../scripts/backtest/rules/index.ts";
import { type Backtest, runBacktest } from "../../scripts/backtest/run.ts";
import { panelTexts, SYMBOLS, type Texts, writeDvol, writeFolder } from "./backtest/samples.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const KEYS = [
  "class",
  "rule",
  "marginOverIsolated",
  "marginAtEqualCoverage",
  "imExceeded24h",
  "imExceededPath",
  "mmExceeded24h",
  "kupiecP",
  "worstShortfall",
  "days",
  "books",
];
const quiet = { start: () => {}, done: () => {} };

describe("backtest", () => {
  let folder: string;
  let texts: Texts;
  let result: Backtest;
  const options = (jobs: number, ...more: string[]) =>
    readOptions(["--data", folder, "--assets", SYMBOLS.join(","), "--jobs", String(jobs), ...more]);

  before(async function () {
    this.timeout(120_000);
    folder = mkdtempSync(join(tmpdir(), "backtest-"));
    texts = panelTexts();
    writeFolder(folder, texts);
    writeDvol(folder);
    result = await runBacktest(options(1), quiet);
  });

  after(() => rmSync(folder, { recursive: true }));

  it("has one row for each class and rule", () => {
    const classes = [...new Set(result.results.map(({ row }) => row.class))];
    expect(classes).to.deep.equal([
      "single",
      "long-only",
      "pair",
      "market-neutral",
      "random",
      "ETH collateral, short",
      "ETH collateral, long",
      "covered call",
      "straddle",
      "vertical spread",
      "condor",
      "calendar",
      "market maker",
    ]);
    const rules = [HOUSE, ...RULES.map(({ id }) => id)];
    expect(result.results.map(({ row }) => [row.class, row.rule])).to.deep.equal(
      classes.flatMap((name) => rules.map((rule) => [name, rule])),
    );
  });

  it("judges every day with a whole day after it", () => {
    expect(result.days).to.have.length(5);
    expect(result.optionMarkets).to.deep.equal([{ name: "BTC DVOL", days: 5 }]);
    for (const { row } of result.results) expect(row.days).to.equal(5);
  });

  it("says the same whoever works on it", async () => {
    const again = await runBacktest(options(2), quiet);
    expect(again.results).to.deep.equal(result.results);
    expect(again.procyclicality).to.deep.equal(result.procyclicality);
  }).timeout(120_000);

  it("draws its figures into one page that needs no network", () => {
    const html = reportPage(result);
    expect(html).to.include("What a rule costs at the same safety");
    expect(html).to.include('id="equal-coverage"');
    expect(html).to.not.match(/<(?:script|link)[^>]+(?:src|href)=/);
  });

  it("compares ramps", async () => {
    const { procyclicality, variants } = await runBacktest(options(1, "--ramps", "0.01,none"), quiet);
    expect(variants.map(({ name }) => name)).to.deep.equal(["ramp 2 %/h", "tools off", "ramp 1 %/h", "no ramp"]);
    expect(procyclicality.filter((row) => row.class === "single").map(({ variant }) => variant)).to.deep.equal(
      variants.map(({ name }) => name),
    );
  }).timeout(120_000);

  it("is a command that writes rows with exactly these keys", () => {
    const [json, report] = [join(folder, "rows.json"), join(folder, "report.html")];
    const args = ["scripts/backtest.ts", "--data", folder, "--assets", "BTC,ETH", "--json", json, "--report", report];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
    expect(stderr).to.match(/Judged \d+ of 10 days/);
    expect(status).to.equal(0);
    expect(stdout).to.include("5 days from 2019-05-02 to 2019-05-06, 2 assets");
    const rows = JSON.parse(readFileSync(json, "utf8")) as Record<string, unknown>[];
    expect(rows).to.have.length(13 * (1 + RULES.length));
    for (const row of rows) {
      expect(Object.keys(row)).to.deep.equal(KEYS);
      for (const key of KEYS.slice(2)) expect(row[key] === null || Number.isFinite(row[key]), key).to.equal(true);
    }
    expect(readFileSync(report, "utf8")).to.include("</html>");
  }).timeout(120_000);

  describe("what goes wrong", () => {
    const command = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, ["scripts/backtest.ts", ...args], {
        cwd: REPOSITORY,
        encoding: "utf8",
      });
      return { status, stderr: stderr.trim() };
    };
    const broken = async (change: (texts: Texts) => Texts): Promise<unknown> => {
      const other = mkdtempSync(join(tmpdir(), "backtest-broken-"));
      try {
        writeFolder(other, change(texts));
        await runBacktest({ ...options(1), data: other }, quiet);
        return undefined;
      } catch (error) {
        return error;
      } finally {
        rmSync(other, { recursive: true });
      }
    };
    const expectData = (error: unknown, message: string) => {
      expect(error).to.be.instanceOf(DataError);
      expect((error as Error).message).to.include(message);
    };

    it("exits with 2 for the command line and 1 for the data, with one sentence", () => {
      expect(command("--data", folder, "--from", "2021-02-31")).to.deep.equal({
        status: 2,
        stderr: '--from must be a UTC day like 2021-01-20, not "2021-02-31".',
      });
      const { status, stderr } = command("--data", join(folder, "nowhere"), "--report", join(folder, "r.html"));
      expect(status).to.equal(1);
      expect(stderr).to.equal(
        "There is no spot/hourly_close.csv.gz in the folder given with --data. See docs/backtest.md for its layout.",
      );
      expect(command("--help").status).to.equal(0);
    }).timeout(60_000);

    for (const [args, message] of [
      [[], "Required option '--data <folder>' not specified"],
      [["--data", "d", "--frm", "x"], "Unknown option '--frm'"],
      [["--data", "d", "--assets", "BTC,BTC"], "--assets lists BTC twice."],
      [["--data", "d", "--assets", ","], "--assets needs at least one symbol"],
      [
        ["--data", "d", "--from", "2022-01-01", "--to", "2022-01-01"],
        "--from 2022-01-01 is not before --to 2022-01-01.",
      ],
      [["--data", "d", "--jobs", "0"], '--jobs must be a whole number from 1, not "0".'],
      [["--data", "d", "--ramp", "0"], "--ramp must be more than 0"],
      [["--data", "d", "--ramps", "0.01,fast"], '--ramps must be a share like 0.1, not "fast".'],
      [["--data", "d", "--open-interest", ""], '--open-interest must be a share like 0.1, not "".'],
    ] as const) {
      it(`refuses ${args.join(" ") || "no arguments"}`, () => {
        expect(() => readOptions(args)).to.throw(UsageError, message);
      });
    }

    it("names a missing asset, and a file that ends too soon", async () => {
      expectData(
        await broken(({ close, volume }) => ({ close: close.replace("ETH", "ETC"), volume })),
        "spot/hourly_close.csv.gz has no column ETH. Remove it from --assets, or add it to the file.",
      );
      const short = panelTexts(100);
      expectData(await broken(() => short), "BTC has 99 daily returns; 120 are needed before the first day");
      expectData(await broken(() => panelTexts(30)), "BTC has 719 hourly returns before --to; 1440 are needed.");
    });

    it("names the line that is unsorted, has a wrong value or a wrong number of cells", async () => {
      const lines = texts.close.split("\n");
      const change = (line: number, value: string) => (own: Texts) => ({
        ...own,
        close: lines.map((text, i) => (i === line ? value : text)).join("\n"),
      });
      expectData(
        await broken(change(5, lines[4]!)),
        "Line 6 of spot/hourly_close.csv.gz is not later than the line before it",
      );
      expectData(
        await broken(change(5, `${lines[5]!},1`)),
        "Line 6 of spot/hourly_close.csv.gz has 5 cells, its header has 4.",
      );
      const time = lines[5]!.split(",")[0]!;
      expectData(
        await broken(change(5, `${time},x,1,1`)),
        'Line 6 of spot/hourly_close.csv.gz, column BTC: "x" is not a price',
      );
      expectData(await broken(change(5, `${time},0,1,1`)), "prices must be positive");
    });

    it("says between which days there is nothing to judge", async () => {
      const late = await runBacktest({ ...options(1), from: Date.parse("2019-06-01") / 1_000 }, quiet).catch(
        (e: unknown) => e,
      );
      expectData(late, "No day between");
      expectData(late, "choose other --from and --to, or other --assets.");
    });
  });

  describe("implied volatility", () => {
    const rows = (times: readonly number[], text = "60") =>
      `timestamp,dvol\n${times.map((t) => `${t},${text}`).join("\n")}\n`;

    it("is known when the day of its stamp is over, and not for long", () => {
      const [dvol] = readVolatilities(folder);
      const stamp = dvol!.terms[3]!.time - 86_400;
      const at = (time: number) => volatilityAt(dvol!, time, 30);
      expect(at(stamp)).to.equal(dvol!.terms[2]!.volatilities[0]);
      expect(at(stamp + 86_399)).to.equal(dvol!.terms[2]!.volatilities[0]);
      expect(at(stamp + 86_400)).to.equal(dvol!.terms[3]!.volatilities[0]);
      expect(at(dvol!.terms.at(-1)!.time + 86_400)).to.equal(undefined);
    });

    it("is linear in total variance between expiries and flat beyond them", () => {
      const series = {
        symbol: "X",
        source: "x",
        oldest: 10,
        terms: [{ time: 0, days: [10, 30], volatilities: [0.5, 0.7] }],
      };
      // (0.25·10 + 0.49·30)/2 over 20 days.
      expectNear(volatilityAt(series, 5, 20)!, Math.sqrt((0.25 * 10 * 0.5 + 0.49 * 30 * 0.5) / 20), 1e-12);
      expect(volatilityAt(series, 5, 7)).to.equal(0.5);
      expect(volatilityAt(series, 5, 60)).to.equal(0.7);
      expect(volatilityAt(series, 11, 20)).to.equal(undefined);
    });

    it("must be sorted and positive, and may be missing", () => {
      const other = mkdtempSync(join(tmpdir(), "backtest-dvol-"));
      try {
        expect(readVolatilities(other)).to.deep.equal([]);
        mkdirSync(join(other, "options"));
        const write = (text: string) => writeFileSync(join(other, "options/deribit_dvol_btc_daily.csv"), text);
        write(rows([86_400, 0]));
        expect(() => readVolatilities(other)).to.throw(DataError, "is not sorted by timestamp");
        write(rows([0], "-1"));
        expect(() => readVolatilities(other)).to.throw(DataError, "a volatility of -1 is not positive");
        write(rows([0], ""));
        expect(() => readVolatilities(other)).to.throw(
          DataError,
          'Line 2 of options/deribit_dvol_btc_daily.csv: "" is not a number.',
        );
        write("time,dvol\n");
        expect(() => readVolatilities(other)).to.throw(DataError, "has no column timestamp");
      } finally {
        rmSync(other, { recursive: true });
      }
    });
  });
});

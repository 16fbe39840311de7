import { expect } from "chai";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { candle, CANDLES, crash, EVENT_MINUTES, EVENT_START, type Folder, syntheticFolder } from "./folder.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

function replay(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["scripts/demo.ts", ...args], { cwd: ROOT });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => (stderr += String(chunk)));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

interface Result {
  readonly replay: Readonly<Record<string, unknown>>;
  readonly accounts: readonly { readonly name: string }[];
  readonly liquidations: readonly { readonly time: string; readonly account: string }[];
  readonly audit: Readonly<Record<string, unknown>>;
}

describe("replay of a data folder", () => {
  let folder: Folder;
  let result: Result;

  before(async function () {
    this.timeout(600_000);
    folder = syntheticFolder();
    const { candles, dollars } = crash(folder);
    folder.write("2021-03_made_up.csv.gz", candles);
    folder.write("2021-03_made_up_multivenue_1m.csv", dollars);
    const report = join(folder.path, "report.html");
    const options = ["--event", "2021-03", "--data", folder.path, "--json", "--report", report];
    const { code, stdout, stderr } = await replay(...options);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    result = JSON.parse(stdout) as Result;
  });
  after(() => rmSync(folder.path, { recursive: true }));

  it("says what was replayed, and how", () => {
    const { seconds, checks, rounds, reported, ...rest } = result.replay;
    expect(rest).to.deep.include({
      event: "2021-03",
      source: "2021-03_made_up.csv.gz",
      from: "2021-03-12T00:00:00Z",
      until: "2021-03-12T02:00:00Z",
      intervalSeconds: 60,
      assets: ["BTC", "ETH", "XAU", "COIN"],
      moments: EVENT_MINUTES,
      lowestCash: 0.92,
    });
    // From 0.33 % to 0.55 % a minute: a round in every second minute at least.
    expect(rounds).to.be.within(2 * (EVENT_MINUTES / 2), 3 * EVENT_MINUTES);
    expect(reported).to.be.within(EVENT_MINUTES / 2, EVENT_MINUTES);
    expect(checks).to.be.above(EVENT_MINUTES);
    expect(seconds).to.be.at.least(0);
  });

  it("opens the books that the listed underlyings allow, and one of all the others", () => {
    const names = result.accounts.map(({ name }) => name);
    expect(names).to.include.members(["Directional", "Long/short pair", "Gold and bitcoin", "Long tail"]);
    expect(names).not.to.include("Market-neutral basket").and.not.to.include("Leveraged alt long");
  });

  it("liquidates in the minute, not in the hour", () => {
    const times = result.liquidations.map(({ time }) => Date.parse(time) / 1_000);
    expect(times.every((time) => time > EVENT_START && (time - EVENT_START) % 60 === 0)).to.equal(true);
    expect(times.some((time) => time % 3_600 !== 0)).to.equal(true);
    expect(result.liquidations.map(({ account }) => account)).to.include("Gold and bitcoin");
  });

  it("ends with books that balance", () => {
    expect(result.audit).to.include({ ok: true, cashSumsToZero: true, positionsSumToZero: true });
  });

  describe("a mistake gets one sentence and the exit code 2", () => {
    const empty = mkdtempSync(join(tmpdir(), "replay-empty-"));
    before(() => {
      mkdirSync(join(empty, "stress"));
      folder.write("2021-07.csv", [CANDLES, candle(EVENT_START, "BTC", "v", 60, "")].join("\n"));
    });
    after(() => rmSync(empty, { recursive: true }));

    const cases: [string, () => string[], RegExp][] = [
      [
        "an event that is not there",
        () => ["--event", "1987-10", "--data", folder.path],
        /^There is no event "1987-10"/,
      ],
      ["a folder that is not there", () => ["--event", "x", "--data", "/nowhere"], /^There is no folder stress in /],
      [
        "a folder without events",
        () => ["--event", "x", "--data", empty],
        /^There is no event "x" in .*Events: none\./,
      ],
      [
        "a row without a price",
        () => ["--event", "2021-07", "--data", folder.path],
        /^Line 2 of 2021-07\.csv: BTC has no price\. Prices are never carried forward\./,
      ],
      ["no value", () => ["--data"], /^Option '--data <folder>' argument missing\./],
    ];
    for (const [name, args, sentence] of cases) {
      it(name, async function () {
        this.timeout(120_000);
        const report = join(folder.path, "none.html");
        const { code, stdout, stderr } = await replay("--report", report, ...args());
        expect(stderr.trimEnd()).to.match(sentence).and.not.include("\n");
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      });
    }

    it("a folder without the hourly panel", async function () {
      this.timeout(120_000);
      const { candles } = crash(folder);
      writeFileSync(join(empty, "stress", "2021-03.csv"), candles);
      const { code, stderr } = await replay("--event", "2021-03", "--data", empty, "--report", join(empty, "r.html"));
      expect(code).to.equal(2);
      expect(stderr).to.match(/^There is no spot\/hourly_close\.csv\.gz in the folder given with --data\./);
    });
  });
});

import { expect } from "chai";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as sdk from "../../sdk/index.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import { type House, newHouse } from "../support/house.ts";
import { readerOf } from "../support/reader.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const DOCUMENT = readFileSync(join(REPOSITORY, "docs/sdk.md"), "utf8");

/** What the examples leave behind for the test. */
interface Outcome {
  readonly account: string;
  readonly margin: sdk.Margin;
  readonly after: sdk.Margin;
  readonly greeks: { readonly delta: number; readonly vega: number; readonly theta: number };
  readonly chart: readonly { readonly move: number; readonly up: number }[];
  readonly total: sdk.ChainGreeks;
  readonly statement: sdk.Statement;
  readonly csv: string;
}
type Run = (given: object) => Promise<Outcome>;

/** 08:00 UTC tomorrow, an expiry of every calendar, in hours since 1970. */
async function tomorrow({ connection }: House): Promise<number> {
  const { timestamp } = (await connection.ethers.provider.getBlock("latest"))!;
  return Math.floor(timestamp / 86_400) * 24 + 8 + 24;
}

describe("docs/sdk.md", () => {
  const folder = join(REPOSITORY, "cache", "docs-sdk");

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs as it stands", async () => {
    const house = await newHouse();
    const { ethers } = house.connection;
    const [, maker, taker] = await ethers.getSigners();
    await house.openAccount(maker!, 0, { usdc: "100000" });
    await house.tokens.usdc.mint(taker!.address, sdk.parseUsd("5000"));
    const expiryHours = await tomorrow(house);
    const options = optionDesk(house);
    await options.list([sdk.option({ underlying: 2, expiryHours }, "call", "200")]);
    await options.postSurface(2, { volatility: 0.8, skew: -0.05 });
    const reader = await readerOf(house);

    const lines: string[] = [];
    const console = { log: (...words: unknown[]) => lines.push(words.map(String).join(" ")) };
    const run = await exampleModule();
    const outcome = await run({
      house: reader,
      provider: reader.caller,
      maker,
      taker,
      expiryHours,
      chainId: 31_337,
      console,
    });

    const { account, margin, after: hypothetical, statement, csv } = outcome;
    expect(statement.closing).to.equal(await house.clearingHouse.cashOf(account));
    expect(csv.split("\r\n").length).to.equal(statement.entries.length + 2);
    // 1.5 ETH bought at 200.25 with the index at 200, and the taker's fee of 5 basis points.
    expect(margin.equity).to.equal(sdk.parseUsd("5000") - sdk.parseUsd("0.375") - sdk.parseUsd("0.15"));
    expect(hypothetical.equity).to.equal(margin.equity - sdk.parseUsd("100"));
    // The perpetual's 1.5 less half a future and 1.5 calls near the money.
    const { greeks, chart, total } = outcome;
    expect(greeks.delta).to.be.within(0.1, 0.4);
    expect(greeks.vega < 0 && greeks.theta > 0).to.equal(true);
    expect([chart.length, Math.sign(chart[0]!.up)]).to.deep.equal([24, -1]);
    expect(total.delta).to.equal(sdk.parseUsd("300"));
    expect(lines.at(-2)).to.match(/^InsufficientMargin /);
    const example = /console\.log\(error\.message\); \/\/ "(.*) Deposit …"/.exec(DOCUMENT)![1]!;
    // The figures follow the calibration, the sentence does not.
    const shape = (text: string): string => text.replace(/0x[^/]*/, "0x…").replace(/[\d,]+\.\d\d/g, "0.00");
    expect(shape(lines.at(-1)!)).to.contain(shape(example));
  });

  it("lists the columns of a statement in their order", () => {
    const table = DOCUMENT.slice(DOCUMENT.indexOf("| column |"));
    const listed = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names]) => names!.split(", "));
    expect(listed.map((name) => name.replaceAll("`", ""))).to.deep.equal([...sdk.STATEMENT_COLUMNS]);
  });

  /** The blocks, one after the other, as one module: imports first, what the reader has as parameters. */
  async function exampleModule(): Promise<Run> {
    const blocks = [...DOCUMENT.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
    expect(blocks.length).to.equal(8);
    const isImport = (line: string): boolean => line.startsWith("import ");
    const code = blocks.join("\n").split("\n");
    const index = pathToFileURL(join(REPOSITORY, "sdk/index.ts")).href;
    const imports = code.filter(isImport).map((line) => line.replace('"counterpoise"', JSON.stringify(index)));
    const body = code.filter((line) => !isImport(line));
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "examples.mjs");
    const given = "{ house, provider, maker, taker, expiryHours, chainId, console }";
    const results = "return { account, margin, after, greeks, chart, total, statement, csv };";
    writeFileSync(file, [...imports, `export async function run(${given}) {`, ...body, results, "}", ""].join("\n"));
    const { run } = (await import(pathToFileURL(file).href)) as { run: Run };
    return run;
  }
});

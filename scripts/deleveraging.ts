/**
 * Command: the accounts that a venue's queue deleveraged, under this house's rule of allocation: `npm run deleverage -- --data DIR`.
 * What is measured, published and assumed: docs/deleveraging.md.
 */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { compare } from "./deleveraging/compare.ts";
import { DataError, loadClosedBook } from "./deleveraging/load.ts";
import * as print from "./deleveraging/print.ts";
import { PUBLISHED } from "./deleveraging/published.ts";

const DATES = Object.keys(PUBLISHED);

const options = new Command("npm run deleverage --")
  .description("Compare a published deleveraging with this house's rule of allocation.")
  .requiredOption("--data <dir>", "folder with liquidity/hyperliquid_adl_by_account_DATE.csv and …_by_coin_DATE.csv")
  .option("--event <date>", `one of ${DATES.join(", ")}`, DATES[0])
  .option(
    "--maintenance <percents>",
    "assumed maintenance margins in percent of notional, separated by commas; results are for the first",
    (text) => text.split(",").map(basisPoints),
    [500n, 250n, 1_000n],
  )
  .option("--json <file>", "write everything into a file as well")
  .showHelpAfterError()
  .parse()
  .opts<{ data: string; event: string; maintenance: bigint[]; json?: string }>();

function basisPoints(text: string): bigint {
  const bps = Math.round(Number(text) * 100);
  if (!(bps > 0 && bps <= 10_000)) throw new InvalidArgumentError("percentages above 0 and up to 100.");
  return BigInt(bps);
}

try {
  const published = PUBLISHED[options.event];
  if (published === undefined)
    throw new DataError(`Nothing is published about ${options.event}, only ${DATES.join(", ")}.`);
  const book = loadClosedBook(options.data, options.event);
  const comparison = compare(book, published, options.maintenance);
  console.log(print.introduction(book, options.event));
  console.log(print.coinTable(comparison));
  console.log(print.ruleTable("Every position that the queue closed is closed", comparison.all));
  console.log(print.ruleTable("Only as many positions as were needed", comparison.needed));
  console.log(print.deficitTable(comparison));
  console.log(print.rankTable(comparison));
  console.log(print.publishedText(published));
  if (options.json !== undefined) {
    const text = JSON.stringify({ event: options.event, published, ...comparison }, plain, 2);
    writeFileSync(options.json, `${text}\n`);
  }
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** Integers as decimal text. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

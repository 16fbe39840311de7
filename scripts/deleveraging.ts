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
  .option(
    "--on-chain <accounts>",
    "also close so many of the largest accounts with the contracts, on a chain in this process",
    whole,
  )
  .option("--json <file>", "write everything into a file as well")
  .showHelpAfterError()
  .parse()
  .opts<{ data: string; event: string; maintenance: bigint[]; json?: string; onChain?: number }>();

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2 || value > 20_000)
    throw new InvalidArgumentError("a whole number from 2 to 20000.");
  return value;
}

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
  const onChain = options.onChain === undefined ? undefined : await closeOnChain(options.onChain);
  if (onChain !== undefined) console.log(print.onChainText(onChain));
  if (options.json !== undefined) {
    const text = JSON.stringify({ event: options.event, published, ...comparison, onChain }, plain, 2);
    writeFileSync(options.json, `${text}\n`);
  }
} catch (error) {
  if (!(error instanceof DataError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** The largest accounts; loaded only now, because the tables need no simulator. */
async function closeOnChain(count: number) {
  const { default: hre } = await import("hardhat");
  const { compileContracts } = await import("./demo/compile.ts");
  const { replayOnChain } = await import("./deleveraging/on-chain.ts");
  await compileContracts(hre, (line) => console.error(line));
  const book = loadClosedBook(options.data, options.event);
  const { needed, excessPositions } = PUBLISHED[options.event]!;
  const total = book.accounts.reduce((sum, { notional }) => sum + notional, 0);
  const largest = [...book.accounts].sort((a, b) => b.notional - a.notional).slice(0, count);
  return replayOnChain(largest, 1 - excessPositions / total, needed / (total - excessPositions));
}

/** Integers as decimal text. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

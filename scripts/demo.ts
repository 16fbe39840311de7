/**
 * The main job: `npm start`. Deploys the clearing house on a chain in this process, opens the books of eleven kinds of trader,
 * six of them with options, replays a crash, liquidates, audits, and writes a report. With --data DIR the crash comes from a folder
 * of candles instead of data/events, and the parameters are measured on what was before it (docs/replay.md).
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { SingleBar } from "cli-progress";
import { CalibrationError } from "./calibrate/errors.ts";
import { TRADED_SYMBOLS } from "./demo/books.ts";
import { loadDataEvent } from "./replay/dataEvent.ts";
import { EventError, listEvents, loadEvent, type MarketEvent, openingPrices } from "./shared/events.ts";
import { type DemoOptions, HelpShown, readOptions, UsageError } from "./demo/options.ts";
import { toJson } from "./demo/json.ts";
import * as print from "./demo/print.ts";
import { estimationText } from "./demo/print-estimation.ts";
import { optionBooks, optionMarketText, optionsInTheCrash } from "./demo/print-options.ts";
import type { DemoResult } from "./demo/result.ts";
import { hour } from "./demo/text.ts";

/** Exit codes: 0 all well, 1 the books do not balance or something broke, 2 the command line is wrong. */
async function main(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const options = readOptions(args, listEvents());
  const say = (text: string): void => {
    if (!options.json) console.log(text);
  };
  const file = options.report ?? `report/${options.event}.html`;
  requireWritable(file);
  const event = load(options);
  const { writeReport } = await import("./demo/report.ts");
  const result = await run(options, event, say);

  writeReport(file, event, result);

  const { shortcomings } = await import("./demo/run.ts");
  const missing = shortcomings(result, event);
  if (options.json) console.log(toJson(result, event));
  for (const sentence of missing) console.error(sentence);
  const seconds = Math.round((performance.now() - started) / 1_000);
  say(`\nReport with charts: ${file} (open it in a browser). Done in ${seconds} seconds.`);
  return missing.length === 0 ? 0 : 1;
}

function load({ event, data }: DemoOptions): MarketEvent {
  return data === undefined ? loadEvent(event) : loadDataEvent(data, event, TRADED_SYMBOLS);
}

/** Found out before the work, not after it. */
function requireWritable(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The report cannot be written to ${file}: ${reason}.`);
  }
}

async function run(options: DemoOptions, event: MarketEvent, say: (text: string) => void): Promise<DemoResult> {
  // Loaded only now: help and mistakes need no simulator.
  const { default: hre } = await import("hardhat");
  const { compileContracts } = await import("./demo/compile.ts");
  await compileContracts(hre, say);
  const { stage } = await import("./demo/stage.ts");
  const { openBooks, playOut } = await import("./demo/run.ts");

  const scene = await stage(event);
  say(print.introduction(event, scene.parameters.provenance.until));
  say(
    `House       deployed on a chain in this process: ${scene.house.symbols.length} perpetuals, cash in USDC, options on BTC and ETH, collateral in WETH and WBTC`,
  );
  say(print.cast(scene.books));
  const opening = await openBooks(scene);
  say(print.books(opening.accounts.filter(({ hasOptions }) => !hasOptions)));
  say(print.collateralEffect(opening.collateralEffect));
  say(optionMarketText(opening.figures, event));

  say(optionBooks(opening.accounts, opening.figures));

  const moments = event.rows.length - 1;
  const opened = event.rows[0]!;
  const unit = event.feeds === undefined ? "hours" : "moments";
  const dollarsOf = (price: number): string => price.toLocaleString("en-US", { maximumFractionDigits: 0 });
  say(`\nReplaying ${moments.toLocaleString("en-US")} ${unit}: prices, settlement, liquidations.`);
  const bar = new SingleBar({
    format: `Replaying {hour}  [{bar}] {value} of {total} ${unit}  ${event.description.assets[0]} {price}  {liquidations} liquidations`,
    stream: process.stderr,
    hideCursor: true,
    barsize: 30,
  });
  const isShown = process.stderr.isTTY && !options.json;
  const openingPrice = openingPrices(event)[0]!;
  if (isShown) bar.start(moments, 0, { hour: hour(opened.timestamp), price: dollarsOf(openingPrice), liquidations: 0 });
  try {
    const result = await playOut(scene, opening, {
      estimates: options.estimates,
      onRow: ({ timestamp, price, liquidations }) => {
        if (isShown) bar.increment({ hour: hour(timestamp), price: dollarsOf(price), liquidations });
      },
    });
    bar.stop();
    say(print.liquidations(result.liquidations));
    say(optionsInTheCrash(result.options));
    say(estimationText(result.estimation));
    say(print.aftermath(result));
    say(print.auditReport(result.audit));
    if (event.feeds !== undefined) say(print.runReport(event, result));
    return result;
  } finally {
    bar.stop();
    await scene.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError || error instanceof EventError || error instanceof CalibrationError) {
    console.error(error.message);
    process.exitCode = 2;
  } else if (!(error instanceof HelpShown)) {
    // The simulator hangs whole source files on its errors: the stack is what helps.
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  }
}

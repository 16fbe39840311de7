/**
 * Command: margins books on every day of a price history, by this house's rule and by those of others, and counts how often the margin
 * was too small. Definitions and results: docs/backtest.md.
 */
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SingleBar } from "cli-progress";
import { DataError, HelpShown, UsageError } from "./backtest/errors.ts";
import { readOptions } from "./backtest/options.ts";
import { introduction, procyclicalityTable, resultTable } from "./backtest/print.ts";
import { type Progress, runBacktest } from "./backtest/run.ts";
import { writeReport } from "./backtest/report.ts";

/** Exit codes: 0 done, 1 the data will not do, 2 the command line is wrong. */
async function main(args: readonly string[]): Promise<void> {
  const started = performance.now();
  const options = readOptions(args);
  requireWritable("--report", options.report);
  if (options.json !== undefined) requireWritable("--json", options.json);
  const bar = new SingleBar({
    format: "Judging  [{bar}] {value} of {total} days  {eta_formatted} left",
    stream: process.stderr,
    hideCursor: true,
    barsize: 30,
  });
  try {
    const backtest = await runBacktest(options, process.stderr.isTTY ? barProgress(bar) : lineProgress());
    bar.stop();
    if (options.json !== undefined) {
      writeFileSync(
        options.json,
        `${JSON.stringify(
          backtest.results.map(({ row }) => row),
          null,
          2,
        )}\n`,
      );
    }
    writeReport(options.report, backtest);
    console.log(introduction(backtest));
    console.log(resultTable(backtest.results));
    console.log(procyclicalityTable(backtest.procyclicality));
  } finally {
    bar.stop();
  }
  const { user, system } = process.cpuUsage();
  const seconds = (microseconds: number) => (microseconds / 1e6).toFixed(0);
  console.log(
    `\nReport with charts: ${options.report} (open it in a browser). Done in ${seconds((performance.now() - started) * 1e3)} seconds, ` +
      `${seconds(user + system)} of processor time.`,
  );
}

function barProgress(bar: SingleBar): Progress {
  return { start: (total) => bar.start(total, 0), done: (days) => bar.increment(days) };
}

/** A line for each tenth where nobody watches a bar. */
function lineProgress(): Progress {
  let [total, judged, told] = [0, 0, 0];
  return {
    start: (all) => {
      total = all;
    },
    done: (days) => {
      judged += days;
      const tenth = Math.floor((10 * judged) / total);
      if (tenth <= told) return;
      told = tenth;
      process.stderr.write(`Judged ${judged} of ${total} days.\n`);
    },
  };
}

/** Found out before the work, not after it. */
function requireWritable(option: string, file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${option}: ${file} cannot be written: ${reason}.`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError || error instanceof DataError) {
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  } else if (!(error instanceof HelpShown)) {
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  }
}

/**
 * Command: measures risk parameters from a folder of price history and writes a parameter file for review; `diff` shows what a file
 * changes of what is deployed, and writes the transactions.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { HouseError } from "../sdk/client/index.ts";
import { CounterpoiseError } from "../sdk/errors/index.ts";
import { parseParameters } from "../sdk/parameters.ts";
import { ParameterError } from "../sdk/parameters-reader.ts";
import { type DiffCommandLine, diffRequest } from "./calibrate/diff/options.ts";
import { runDiff } from "./calibrate/diff/run.ts";
import { CalibrationError } from "./calibrate/errors.ts";
import { calibrationRequest } from "./calibrate/options.ts";
import type { CommandLine } from "./calibrate/options.ts";
import { calibrate, formatParameters } from "./calibrate/parameter-file.ts";
import { ConnectionError } from "./shared/connect.ts";

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

const program = new Command("calibrate").showHelpAfterError();

program
  .command("measure", { isDefault: true })
  .description("Measure volatility, correlation and turnover from hourly prices, and write a parameter file.")
  .requiredOption("--data <folder>", "holds spot/hourly_close.csv.gz and spot/hourly_volume.csv.gz")
  .requiredOption("--until <time>", "use only prices before this UTC day or moment, like 2020-03-12")
  .requiredOption("--assets <symbols>", "underlyings in the order of the file, like BTC,ETH,LINK")
  .requiredOption("--out <file>", "where to write the parameters, like deploy/parameters/testnet.json")
  .option(
    "--proxy <symbol=column>",
    "measure a symbol on another asset's column, like XAU=PAXG (repeatable)",
    collect,
    [],
  )
  .option("--assume <symbol=json>", "take a symbol's figures from a JSON file or object (repeatable)", collect, [])
  .option("--description <text>", "first line of the file")
  .addHelpText("after", "\nLayout of the folder, formulas and limits: docs/calibration.md")
  .action(measure);

program
  .command("diff")
  .description("Show what a parameter file changes of what is deployed, and write the transactions for it.")
  .requiredOption("--file <file>", "the proposed parameters")
  .option("--against <file>", "the file that is deployed")
  .option("--rpc <url>", "a node of the chain where it is deployed")
  .option("--clearing-house <address>", "the clearing house on that chain")
  .option("--registry <address>", "the instrument registry, for symbols; else the feeds are asked")
  .option(
    "--collaterals <symbols>",
    "what the file calls the tokens, in the order of their numbers; else they are asked",
  )
  .option("--step <percent>", "mark what changes by more than this share of itself", "25")
  .option("--correlation-step <difference>", "mark correlations that change by more", "0.12")
  .option("--all", "show what does not change too")
  .option("--batch <file>", "write the transactions for the access manager")
  .option("--holder <address>", "who has the risk role and will send them")
  .addHelpText("after", "\nWhat the file of transactions holds: docs/calibration.md")
  .action(async (line: DiffCommandLine) => console.log(await runDiff(diffRequest(line))));

function measure({ out, ...line }: CommandLine & { readonly out: string }): void {
  const text = formatParameters(calibrate(calibrationRequest(line)));
  const { underlyings, correlation } = parseParameters(text);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
  console.table(
    Object.fromEntries(
      underlyings.map(({ symbol, scanRangeBps, advUsd, estimates }) => [
        symbol,
        {
          scanRangeBps,
          sigmaDaily: estimates.sigmaDaily,
          stdErr: estimates.sigmaDailyStdErr,
          advUsd,
          observations: estimates.observations,
        },
      ]),
    ),
  );
  console.log(`Smallest eigenvalue of the published matrix: ${correlation.minEigenvalue}. Written to ${out}.`);
}

try {
  await program.parseAsync();
} catch (error) {
  const isPlain = [CalibrationError, ConnectionError, HouseError, CounterpoiseError, ParameterError].some(
    (kind) => error instanceof kind,
  );
  if (!isPlain) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Command: measures risk parameters from a folder of price history and writes a parameter file for review. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { parseParameters } from "../sdk/parameters.ts";
import { CalibrationError } from "./calibrate/errors.ts";
import { calibrationRequest } from "./calibrate/options.ts";
import type { CommandLine } from "./calibrate/options.ts";
import { calibrate, formatParameters } from "./calibrate/parameter-file.ts";

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

const command = new Command("calibrate")
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
  .showHelpAfterError()
  .addHelpText("after", "\nLayout of the folder, formulas and limits: docs/calibration.md")
  .parse();

const { out, ...line } = command.opts<CommandLine & { readonly out: string }>();
try {
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
} catch (error) {
  if (!(error instanceof CalibrationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

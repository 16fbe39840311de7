/** Command: fits forwards and smiles to an option chain, says how well, and writes a report ready to be signed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { Wallet } from "ethers";
import {
  formatSurfaceReport,
  parseSurfaceReport,
  type SignerSignature,
  signSurfaceReport,
  sortSignatures,
  type SurfaceAddress,
  type SurfaceReport,
} from "../sdk/surfaces/index.ts";
import { CalibrationError } from "./calibrate/errors.ts";
import { readChain } from "./fit-surface/chain.ts";
import { fitSurface } from "./fit-surface/fit.ts";
import { type CommandLine, fitRequest } from "./fit-surface/options.ts";

const KEY = "SURFACE_SIGNER_KEY";

const command = new Command("fit")
  .description("Fit a volatility surface to an option chain and report the error of the fit.")
  .requiredOption("--data <file>", "option chain, .csv or .csv.gz")
  .option("--at <time>", "take the last chain at or before this time, like 2026-02-05T20:00Z (the end of the file)")
  .option("--underlying <symbol>", "which underlying of the file, like BTC")
  .option("--number <n>", "the underlying's number at the house, for the report")
  .option("--json <file>", "write the report here")
  .option(
    "--sign <chain:contract>",
    `sign for this market data contract with the key in ${KEY}; keeps signatures of others`,
  )
  .showHelpAfterError()
  .addHelpText("after", "\nColumns, formulas and limits: docs/volatility-surface.md")
  .parse();

try {
  const request = fitRequest(command.opts<CommandLine>());
  const chain = readChain(request.data, request.symbol, request.at);
  const { report, errors, skipped } = fitSurface(chain, request.underlying);
  console.log(
    `${chain.symbol} at ${isoTime(chain.timestamp)}; volatilities and errors in points of 1 %, prices in USD`,
  );
  console.table(
    Object.fromEntries(
      report.points.map((point, i) => {
        const error = errors[i]!;
        return [
          isoTime(error.expiry),
          {
            basis: Number(point.basis) / 1e6,
            atm: round(Number(point.atmVolatility) / 1e4),
            skew: Number(point.skew) / 1e6,
            curvature: Number(point.curvature) / 1e6,
            quotes: error.quotes,
            rms: round(error.rms),
            max: round(error.max),
            "rms to mark": error.rmsToMark === undefined ? "" : round(error.rmsToMark),
            "inside bid-ask": `${Math.round(100 * error.inside)} %`,
            "worst price": round(error.worstPrice),
            adjusted: error.adjusted.join(", "),
          },
        ];
      }),
    ),
  );
  for (const { expiry, reason } of skipped) console.log(`Left out ${isoTime(expiry)}: ${reason}.`);
  if (request.json !== undefined) {
    const signatures = request.sign === undefined ? [] : await sign(report, request.sign, request.json);
    mkdirSync(dirname(request.json), { recursive: true });
    writeFileSync(request.json, formatSurfaceReport({ report, signatures }));
    console.log(`Written to ${request.json} with ${signatures.length} signatures.`);
  }
} catch (error) {
  if (!(error instanceof CalibrationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Adds a signature to those that the file has of the very same report. */
async function sign(report: SurfaceReport, where: SurfaceAddress, file: string): Promise<SignerSignature[]> {
  const key = process.env[KEY];
  if (key === undefined || !/^(0x)?[0-9a-f]{64}$/i.test(key)) {
    throw new CalibrationError(`--sign needs a private key of 32 bytes in hex in the environment variable ${KEY}.`);
  }
  const mine = await signSurfaceReport(new Wallet(key), report, where);
  const present = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const earlier = present === undefined ? undefined : parseSurfaceReport(present);
  const isSame =
    earlier !== undefined &&
    formatSurfaceReport({ report: earlier.report, signatures: [] }) === formatSurfaceReport({ report, signatures: [] });
  return sortSignatures([...(isSame ? earlier.signatures : []), mine]);
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 16).concat("Z");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Puts the parts together. The same request and the same input bytes give the same output bytes. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import { collateralsOf } from "./collateral.ts";
import { publishedCorrelation } from "./correlation.ts";
import { FEES, FUNDING, RISK } from "./defaults.ts";
import { isoTime } from "./history.ts";
import type { CalibrationRequest, Origin } from "./options.ts";
import { readPanel } from "./panel.ts";
import { calibrateUnderlying } from "./underlying.ts";

export const CLOSE_FILE = "spot/hourly_close.csv.gz";
export const VOLUME_FILE = "spot/hourly_volume.csv.gz";

const NOTES: readonly string[] = [
  "Only candles that closed no later than `until` were used, so every price was traded before it.",
  "The panel is quoted in USDT on one venue; USDT is taken as USD. Its hours are the exchange's own, so outages are holes.",
  "advUsd is the median turnover of the last 30 days on that one venue: the market as a whole trades more.",
  "sigmaDailyStdErr is σ/2·sqrt((κ − 1)/n) with n the effective observations of the exponential weights and κ the kurtosis of hourly returns over their predicted volatility. The larger of two estimates is published, so it is biased upwards.",
  "sigmaStressStdErr and sigmaLongRunStdErr are the same of daily returns; that of a running maximum leaves out that it is a maximum. advUsdStdErr is that of a median of independent normal days.",
  "seeds is the state of each estimate after the last price used, for a measurement that goes on from there.",
  "stdErrTypical is the median over measured pairs of 0.9·(1 − ρ²)/sqrt(n).",
  "halfSpreadBps, basisBps, openInterestCapUsd, fees and the perpetual block are chosen, not measured; minPremiumNotionalUsd follows from them. Reasons: docs/calibration.md.",
];

export function calibrate(request: CalibrationRequest): ParameterFile {
  const { dataFolder, untilSeconds, origins } = request;
  const wanted = new Set([...origins].map(([symbol, origin]) => (origin.kind === "proxy" ? origin.column : symbol)));
  const closes = readPanel(dataFolder, CLOSE_FILE, wanted, untilSeconds);
  const volumes = readPanel(dataFolder, VOLUME_FILE, wanted, untilSeconds);
  const calibrated = [...origins].map(([symbol, origin]) =>
    calibrateUnderlying(symbol, origin, { closes, volumes, untilSeconds }),
  );
  const underlyings = calibrated.map(({ parameters }) => parameters);
  const collaterals = collateralsOf(underlyings);
  const starts = underlyings.flatMap(({ estimates }) => (estimates.from === null ? [] : [estimates.from])).sort();
  return {
    description: request.description,
    provenance: {
      command: commandOf(request),
      from: starts[0] ?? isoTime(untilSeconds),
      until: isoTime(untilSeconds),
      inputs: [closes, volumes, ...calibrated.flatMap(({ inputs }) => inputs)].map(({ file, sha256 }) => ({
        file,
        sha256,
      })),
      notes: [...NOTES, ...calibrated.flatMap(({ notes }) => notes), ...collaterals.notes],
    },
    risk: RISK,
    underlyings,
    correlation: publishedCorrelation(calibrated.map(({ history }) => history)),
    collaterals: collaterals.parameters,
    fees: FEES,
    perpetual: FUNDING,
  };
}

/** JSON with two spaces; lists of numbers stay on one line, so that the matrix looks like one. */
export function formatParameters(file: ParameterFile): string {
  return (
    JSON.stringify(file, null, 2).replace(
      /\[\s+(-?\d[^[\]{}"]*?)\s+\]/g,
      (_, numbers: string) => `[${numbers.replace(/\s+/g, " ")}]`,
    ) + "\n"
  );
}

/** As typed, but for the data folder and the output file: those are different on every machine. */
function commandOf({ origins, untilSeconds, description }: CalibrationRequest): string {
  const options = [...origins].flatMap(([symbol, origin]) => optionOf(symbol, origin));
  const parts = [
    "--data DIR",
    `--until ${isoTime(untilSeconds)}`,
    `--assets ${[...origins.keys()].join(",")}`,
    ...options,
  ];
  return `npm run calibrate -- ${parts.join(" ")} --description ${quoted(description)} --out FILE`;
}

function optionOf(symbol: string, origin: Origin): string[] {
  if (origin.kind === "proxy") return [`--proxy ${symbol}=${origin.column}`];
  return origin.kind === "assumed" ? [`--assume ${quoted(`${symbol}=${origin.source}`)}`] : [];
}

function quoted(text: string): string {
  return /^[\w./=:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

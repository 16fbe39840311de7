/** What the command line asks for, checked before any file is opened. */
import { CalibrationError } from "./errors.ts";

/** Where the figures of one underlying come from. */
export type Origin =
  | { readonly kind: "measured" }
  | { readonly kind: "proxy"; readonly column: string }
  | { readonly kind: "assumed"; readonly source: string };

export interface CalibrationRequest {
  readonly dataFolder: string;
  readonly untilSeconds: number;
  /** In the order of the file that is written. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly description: string;
}

export interface CommandLine {
  readonly data: string;
  readonly until: string;
  readonly assets: string;
  readonly proxy: readonly string[];
  readonly assume: readonly string[];
  readonly description?: string;
}

export function calibrationRequest(line: CommandLine): CalibrationRequest {
  const symbols = line.assets
    .split(",")
    .map((symbol) => symbol.trim())
    .filter((symbol) => symbol !== "");
  if (symbols.length === 0) throw new CalibrationError("--assets needs at least one symbol, like --assets BTC,ETH.");
  const twice = symbols.find((symbol, i) => symbols.indexOf(symbol) !== i);
  if (twice !== undefined) throw new CalibrationError(`--assets lists ${twice} twice.`);
  const origins = new Map<string, Origin>(symbols.map((symbol) => [symbol, { kind: "measured" }]));
  for (const assignment of line.proxy) assign(origins, "--proxy", assignment, (column) => ({ kind: "proxy", column }));
  for (const assignment of line.assume)
    assign(origins, "--assume", assignment, (source) => ({ kind: "assumed", source }));
  const untilSeconds = parseUntil(line.until);
  const description = line.description ?? `Calibrated for ${symbols.join(", ")} from prices before ${line.until}.`;
  return { dataFolder: line.data, untilSeconds, origins, description };
}

/** A day, or a moment that names its time zone as Z: a local time would make the output depend on the machine. */
export function parseUntil(text: string): number {
  const milliseconds = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(milliseconds)) {
    throw new CalibrationError(
      `--until must be a UTC day like 2020-03-12 or a moment like 2020-03-12T00:00Z, not "${text}".`,
    );
  }
  return milliseconds / 1000;
}

function assign(
  origins: Map<string, Origin>,
  option: string,
  assignment: string,
  origin: (value: string) => Origin,
): void {
  const split = assignment.indexOf("=");
  const symbol = assignment.slice(0, split);
  const value = assignment.slice(split + 1);
  if (split < 1 || value === "")
    throw new CalibrationError(
      `${option} must look like ${option} XAU=${option === "--proxy" ? "PAXG" : "FILE"}, not "${assignment}".`,
    );
  const present = origins.get(symbol);
  if (present === undefined) throw new CalibrationError(`${option} names ${symbol}, which is not in --assets.`);
  if (present.kind !== "measured") throw new CalibrationError(`${symbol} has more than one --proxy or --assume.`);
  origins.set(symbol, origin(value));
}

/**
 * The hourly panel: one CSV, `timestamp,ASSET,ASSET,…`, one row per hourly candle. The timestamp is the candle's open
 * time in UTC seconds; a blank cell means that the venue has no candle for that hour.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { CalibrationError } from "./errors.ts";

export const SECONDS_PER_HOUR = 3_600;

/** The columns of one panel file, cut to the rows that were complete at the limit. */
export interface Panel {
  /** Path inside the data folder, as written into the provenance. */
  readonly file: string;
  readonly sha256: string;
  /** When each candle closed, UTC seconds, strictly increasing. */
  readonly closeTimes: readonly number[];
  /** Value per row and column name; NaN where the cell is blank. */
  readonly columns: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads `folder/file`, keeping the wanted columns that exist and the candles that closed no later than `untilSeconds`
 * (a candle that closes at T holds trades strictly before T).
 *
 * Requirements: the file exists; its first column is `timestamp`; timestamps are whole hours and strictly increasing;
 * every cell is blank or a number that is not negative.
 */
export function readPanel(folder: string, file: string, wanted: ReadonlySet<string>, untilSeconds: number): Panel {
  const path = join(folder, file);
  if (!existsSync(path)) {
    throw new CalibrationError(
      `There is no ${file} in the folder given with --data. See docs/calibration.md for its layout.`,
    );
  }
  const bytes = readFileSync(path);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return {
    file,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    ...parsePanel(text, file, wanted, untilSeconds),
  };
}

/** The text of a panel as columns; see {readPanel}. */
export function parsePanel(
  text: string,
  file: string,
  wanted: ReadonlySet<string>,
  untilSeconds: number,
): Pick<Panel, "closeTimes" | "columns"> {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",");
  if (header[0] !== "timestamp") {
    throw new CalibrationError(`The first column of ${file} must be "timestamp", not "${header[0]}".`);
  }
  const kept = header.map((name, position) => ({ name, position })).filter(({ name }) => wanted.has(name));
  const columns = new Map<string, number[]>(kept.map(({ name }) => [name, []]));
  const closeTimes: number[] = [];
  let previous = -Infinity;
  for (let line = 1; line < lines.length; line++) {
    const row = lines[line]!;
    if (row === "") continue;
    const cells = row.split(",");
    const openTime = Number(cells[0]);
    if (!Number.isInteger(openTime) || openTime % SECONDS_PER_HOUR !== 0) {
      throw new CalibrationError(`Line ${line + 1} of ${file}: "${cells[0]}" is not a whole hour in UTC seconds.`);
    }
    if (openTime <= previous) {
      throw new CalibrationError(
        `Line ${line + 1} of ${file} is not later than the line before it: sort the rows by timestamp.`,
      );
    }
    if (cells.length !== header.length) {
      throw new CalibrationError(
        `Line ${line + 1} of ${file} has ${cells.length} cells, its header has ${header.length}.`,
      );
    }
    previous = openTime;
    if (openTime + SECONDS_PER_HOUR > untilSeconds) continue;
    closeTimes.push(openTime + SECONDS_PER_HOUR);
    for (const { name, position } of kept) {
      const cell = cells[position]!.trim();
      const value = cell === "" ? NaN : Number(cell);
      if (cell !== "" && !(Number.isFinite(value) && value >= 0)) {
        throw new CalibrationError(
          `Line ${line + 1} of ${file}, column ${name}: "${cell}" is not a price or a volume.`,
        );
      }
      columns.get(name)!.push(value);
    }
  }
  if (closeTimes.length === 0) {
    throw new CalibrationError(
      `${file} has no candle that closed by ${new Date(untilSeconds * 1000).toISOString()}: choose a later --until.`,
    );
  }
  return { closeTimes, columns };
}

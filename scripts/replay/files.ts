/** Reading the CSV files of a data folder, plain or compressed, and saying where they are not what they must be. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { EventError } from "../shared/events.ts";

export interface TextFile {
  /** As it is called in messages. */
  readonly name: string;
  readonly text: string;
}

export interface Line {
  /** Where it is: "Line 3 of x.csv". */
  readonly at: string;
  readonly cells: readonly string[];
}

const STRESS = "stress";
const DOLLARS = "multivenue";
const FILE = /^([A-Za-z0-9-]+)(_\w*)?\.csv(\.gz)?$/;

/** The files of an event, by its name: what stands before the first underscore. */
export interface EventFiles {
  readonly name: string;
  /** What stands after it: "covid black thursday". */
  readonly words: string;
  readonly candles: string;
  /** Pairs with the dollar on several venues. */
  readonly dollars: string | undefined;
}

/** The events of `folder/stress`, in order. */
export function listDataEvents(folder: string): EventFiles[] {
  const path = join(folder, STRESS);
  if (!existsSync(path)) throw new EventError(`There is no folder ${STRESS} in ${folder}. See docs/replay.md.`);
  const files = readdirSync(path).flatMap((file) => {
    const match = FILE.exec(file);
    return match === null ? [] : [{ file, name: match[1]!, words: (match[2] ?? "").replaceAll("_", " ").trim() }];
  });
  const candles = files.filter(({ words }) => !words.includes(DOLLARS));
  return candles
    .map(({ file, name, words }) => ({
      name,
      words,
      candles: file,
      dollars: files.find((other) => other.name === name && other.words.includes(DOLLARS))?.file,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function findDataEvent(folder: string, name: string): EventFiles {
  const events = listDataEvents(folder);
  const found = events.filter((event) => event.name === name);
  const names = [...new Set(events.map((event) => event.name))].join(", ") || "none";
  if (found.length === 0)
    throw new EventError(`There is no event "${name}" in ${join(folder, STRESS)}. Events: ${names}.`);
  if (found.length > 1)
    throw new EventError(`${join(folder, STRESS)} has ${found.length} files of candles for "${name}": keep one.`);
  return found[0]!;
}

export function readText(folder: string, file: string): TextFile {
  const bytes = readFileSync(join(folder, STRESS, file));
  try {
    return { name: file, text: (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8") };
  } catch {
    throw new EventError(`${file} is not a gzip file.`);
  }
}

/** The lines under a header, split; empty lines are skipped. */
export function* linesOf({ name, text }: TextFile, header: string): Generator<Line> {
  const lines = text.split(/\r?\n/);
  if (lines[0] !== header) throw new EventError(`${name} must begin with "${header}".`);
  const count = header.split(",").length;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i] === "") continue;
    const cells = lines[i]!.split(",");
    const at = `Line ${i + 1} of ${name}`;
    if (cells.length !== count) throw new EventError(`${at} has ${cells.length} cells, its header has ${count}.`);
    yield { at, cells };
  }
}

export function checkedTime(at: string, cell: string): number {
  const time = Number(cell);
  if (cell.trim() === "" || !Number.isInteger(time) || time <= 0)
    throw new EventError(`${at}: "${cell}" is not a time in UTC seconds.`);
  return time;
}

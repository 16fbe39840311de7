/** Price tables of market events: `data/events/<name>.csv` with the prices, `data/events/<name>.json` with what they are. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ParameterFile } from "../../sdk/parameters.ts";

const EVENTS_FOLDER = fileURLToPath(new URL("../../data/events/", import.meta.url));

export interface EventDescription {
  readonly name: string;
  readonly title: string;
  /** Times of the first and the last row. */
  readonly from: string;
  readonly until: string;
  readonly intervalSeconds: number;
  /** What the time of a row means. */
  readonly timestamp: string;
  readonly venue: string;
  readonly unit: string;
  readonly assets: readonly string[];
  readonly source: string;
}

export interface PriceRow {
  /** Close of the interval, UTC seconds. */
  readonly timestamp: number;
  /** In the order of the description's assets; undefined where nothing new is known. */
  readonly closes: readonly (number | undefined)[];
  /** Price of the cash token, where it is known anew. */
  readonly cash?: number;
}

/** When a feed writes a round: the price moved so far from its last round, or that is so old. */
export interface FeedRule {
  readonly deviationBps: number;
  readonly heartbeatSeconds: number;
  readonly cashDeviationBps: number;
  readonly cashHeartbeatSeconds: number;
}

export interface MarketEvent {
  readonly description: EventDescription;
  /** The first has every price: it is where the books are opened. */
  readonly rows: readonly PriceRow[];
  /** Without a rule every feed reports every row. */
  readonly feeds?: FeedRule;
  /** Of prices before the event; without, those of deploy/parameters/event-<name>.json. */
  readonly parameters?: ParameterFile;
  /** What a reader of the results should know. */
  readonly notes?: readonly string[];
}

/** An event that does not exist or is not whole. Its message says which and where. */
export class EventError extends Error {
  override readonly name = "EventError";
}

/** Names of the events at hand, in order. */
export function listEvents(folder: string = EVENTS_FOLDER): string[] {
  if (!existsSync(folder)) throw new EventError(`There is no folder of events at ${folder}.`);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** The opening prices, in the order of the assets. */
export function openingPrices({ rows }: Pick<MarketEvent, "rows">): readonly number[] {
  return rows[0]!.closes.map((price) => price!);
}

/**
 * One event, whole: a row for every interval from the first to the last, a positive price in every cell. A blank is an
 * error, never the price before it.
 */
export function loadEvent(name: string, folder: string = EVENTS_FOLDER): MarketEvent {
  const names = listEvents(folder);
  if (!names.includes(name))
    throw new EventError(`There is no event "${name}". Events: ${names.join(", ") || "none"}.`);
  if (!existsSync(join(folder, `${name}.csv`)))
    throw new EventError(`Event ${name} has a description but no ${name}.csv.`);
  const description = parseDescription(name, readFileSync(join(folder, `${name}.json`), "utf8"));
  const rows = parseRows(description, readFileSync(join(folder, `${name}.csv`), "utf8"));
  return { description, rows };
}

function parseDescription(name: string, text: string): EventDescription {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new EventError(`${name}.json is not JSON.`);
  }
  for (const key of ["name", "title", "from", "until", "timestamp", "venue", "unit", "source"]) {
    if (typeof fields[key] !== "string" || fields[key] === "")
      throw new EventError(`${name}.json: ${key} must be text.`);
  }
  if (fields["name"] !== name) throw new EventError(`${name}.json: its name is "${String(fields["name"])}".`);
  const { intervalSeconds, assets } = fields;
  if (!Number.isInteger(intervalSeconds) || (intervalSeconds as number) <= 0)
    throw new EventError(`${name}.json: intervalSeconds must be a positive integer.`);
  if (!Array.isArray(assets) || assets.length === 0)
    throw new EventError(`${name}.json: assets must be a list of symbols.`);
  return fields as unknown as EventDescription;
}

function parseRows({ name, from, until, intervalSeconds, assets }: EventDescription, text: string): PriceRow[] {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  const expectedHeader = ["timestamp", ...assets].join(",");
  if (header !== expectedHeader) throw new EventError(`${name}.csv must begin with "${expectedHeader}".`);
  const first = Date.parse(from) / 1000;
  const count = (Date.parse(until) / 1000 - first) / intervalSeconds + 1;
  if (lines.length !== count)
    throw new EventError(`${name}.csv needs ${count} rows from ${from} to ${until}, it has ${lines.length}.`);
  return lines.map((line, i) => {
    const [time, ...cells] = line.split(",");
    const timestamp = first + i * intervalSeconds;
    if (Number(time) !== timestamp)
      throw new EventError(`Line ${i + 2} of ${name}.csv must be of ${timestamp}, not ${time}.`);
    if (cells.length !== assets.length)
      throw new EventError(`Line ${i + 2} of ${name}.csv needs ${assets.length} prices, it has ${cells.length}.`);
    const closes = cells.map((cell, column) => {
      const price = Number(cell);
      if (cell.trim() === "" || !Number.isFinite(price) || price <= 0) {
        throw new EventError(
          `Line ${i + 2} of ${name}.csv: ${assets[column]} has no price. Prices are never carried forward.`,
        );
      }
      return price;
    });
    return { timestamp, closes };
  });
}

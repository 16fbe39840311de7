/** Lays the sampled bands out as the runtime code of two contracts. The header is described in contracts/risk/OptionTable.sol. */
import { BANDS, W_MAX, W_STEPS } from "./bands.ts";
import { type Band, sample } from "./sample.ts";

export const CODE_LIMIT = 24_576;
const WORD = 32;
const VALUE_BYTES = 4;
/** A first byte of zero is STOP: a call to the contract does nothing. */
const STOP_BYTES = 1;
export const LOOKUP_ENTRIES = W_MAX * W_STEPS;
export const HEADER_BYTES = BANDS.length * WORD + LOOKUP_ENTRIES;

export interface Table {
  readonly bands: readonly Band[];
  readonly low: Uint8Array;
  readonly high: Uint8Array;
}

export function buildTable(): Table {
  const bands = BANDS.map(sample);
  const contents = { low: [] as Uint8Array[], high: [] as Uint8Array[] };
  const sizes = { low: STOP_BYTES + HEADER_BYTES, high: STOP_BYTES };
  const words = bands.map((band) => {
    const { contract } = band.plan;
    const data = encodeRows(band);
    const word = bandWord(band, sizes[contract], data.length);
    contents[contract].push(data);
    sizes[contract] += data.length;
    return word;
  });
  const header = [...words, lookup(bands)];
  const stop = new Uint8Array(STOP_BYTES);
  return { bands, low: concat([stop, ...header, ...contents.low]), high: concat([stop, ...contents.high]) };
}

/**
 * Node j of a level is value number j·columns mod (phases·columns − 1): columns are neighbours, phases a row apart. The last value of
 * a level's last phase has no place; no window reaches it.
 */
function encodeRows({ rows }: Band): Uint8Array {
  const values = rows.flatMap((phases) => phases.flat().slice(0, -1));
  const view = new DataView(new ArrayBuffer(values.length * VALUE_BYTES));
  values.forEach((value, i) => view.setUint32(i * VALUE_BYTES, value));
  return new Uint8Array(view.buffer);
}

function bandWord({ plan, start, last, columns, trim }: Band, offset: number, length: number): Uint8Array {
  const { phases, levels, from, width } = plan;
  const rowBytes = columns * VALUE_BYTES;
  const fields: readonly (readonly [value: number, bytes: number])[] = [
    [0, 4],
    [levels, 1],
    // The band is 2^(22 + log2 width) wide in 30 fraction bits: w·levels shifted by 12 + log2 width leaves ten bits of weight.
    [12 + Math.log2(width), 1],
    [5 * phases, 1],
    [plan.contract === "low" ? 0 : 1, 1],
    [offset, 2],
    [length, 2],
    [last, 2],
    [trim, 2],
    [(from / width) * levels, 1],
    [0, 2],
    [start * phases * 2 ** 28 + 2 ** 17, 5],
    [rowBytes, 2],
    [rowBytes * phases - VALUE_BYTES, 2],
    [0, 4],
  ];
  let hex = "";
  for (const [value, bytes] of fields) {
    const digits = value.toString(16).padStart(2 * bytes, "0");
    if (!Number.isInteger(value) || digits.length !== 2 * bytes) throw new RangeError(`${value} is not ${bytes} bytes`);
    hex += digits;
  }
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** The number of the band that each 256th of w belongs to. */
function lookup(bands: readonly Band[]): Uint8Array {
  return Uint8Array.from({ length: LOOKUP_ENTRIES }, (_, step) =>
    bands.findIndex(({ plan }) => step >= plan.from && step < plan.from + plan.width),
  );
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

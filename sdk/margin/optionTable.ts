/** The twin of contracts/risk/OptionTable.sol, equal to the last unit: U(x, w) from the committed table. */
import { decodeBase64, getBytes } from "ethers";
import { max, min, WAD } from "./fixedPoint.ts";
import { HEADER_BYTES, HIGH_CODE, LOW_CODE } from "./optionTableData.ts";
import { expWad } from "./wadMath.ts";

/** U = 1. */
export const ONE = 1n << 31n;
/** x = 1 and w = 1. */
export const X_ONE = 1n << 30n;

const BAND_WORDS = 10;
const WORD = 32;
const WEIGHT_BITS = 10n;
const WEIGHT_ONE = 1n << WEIGHT_BITS;
const W_LIMIT = 2n * X_ONE;
/** exp(k/20) with 31 fraction bits, rounded down. */
const POWERS = [
  0x80000000n,
  0x86900d21n,
  0x8d763d9an,
  0x94b6fc05n,
  0x9c56ecf2n,
  0xa45af1e1n,
  0xacc82c64n,
  0xb5a40164n,
] as const;

export type Window = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

export interface Band {
  readonly phases: bigint;
  readonly levels: bigint;
  readonly shift: bigint;
  readonly last: bigint;
  readonly trim: bigint;
  /** Levels below the band. */
  readonly first: bigint;
  readonly origin: bigint;
  readonly rowBytes: bigint;
  readonly levelBytes: bigint;
  readonly rows: DataView;
}

export interface OptionTable {
  readonly bands: readonly Band[];
  readonly bandOf: Uint8Array;
}

let committed: OptionTable | undefined;

/** Decoding takes a moment: only what prices options does it. */
function loaded(): OptionTable {
  return (committed ??= readTable(getBytes(decodeBase64(LOW_CODE)), getBytes(decodeBase64(HIGH_CODE))));
}

/** @param low, high Codes of the two contracts. */
export function readTable(low: Uint8Array, high: Uint8Array): OptionTable {
  const header = viewOf(low);
  const codes = [header, viewOf(high)] as const;
  const bands = Array.from({ length: BAND_WORDS }, (_, k) => {
    const byte = (offset: number) => header.getUint8(1 + k * WORD + offset);
    const short = (offset: number) => header.getUint16(1 + k * WORD + offset);
    const code = codes[byte(7)]!;
    return {
      levels: BigInt(byte(4)),
      shift: BigInt(byte(5)),
      phases: BigInt(byte(6)) / 5n,
      last: BigInt(short(12)),
      trim: BigInt(short(14)),
      first: BigInt(byte(16)),
      origin: (BigInt(byte(19)) << 32n) | BigInt(header.getUint32(1 + k * WORD + 20)),
      rowBytes: BigInt(short(24)),
      levelBytes: BigInt(short(26)),
      rows: new DataView(code.buffer, code.byteOffset + short(8), short(10)),
    };
  });
  const lookup = 1 + BAND_WORDS * WORD;
  return { bands, bandOf: low.subarray(lookup, 1 + HEADER_BYTES) };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/**
 * U at x, x + H, …, x + 7H (H = 0.05) for one w, each at most `ONE`.
 * @param x ln(F/K), 30 fraction bits, within ±16. @param w σ√T likewise; taken as 2 where above.
 * @param columns How many H farther the window begins; whole columns do not change where x lies between two nodes.
 */
export function window(x: bigint, w: bigint, columns = 0, table: OptionTable = loaded()): Window {
  const lane = lanesFrom(table, x, w, BigInt(columns));
  return [lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7)];
}

/** The first of the eight only. */
export function value(x: bigint, w: bigint, columns = 0, table: OptionTable = loaded()): bigint {
  return lanesFrom(table, x, w, BigInt(columns))(0);
}

function lanesFrom({ bands, bandOf }: OptionTable, x: bigint, w: bigint, columns: bigint): (k: number) => bigint {
  const clipped = min(w, W_LIMIT - 1n);
  const band = bands[bandOf[Number(clipped >> 22n)]!]!;
  const { phases, last, levels, shift, first, origin } = band;

  const place = ((x * 5n * phases + origin) >> 18n) + ((columns * phases) << WEIGHT_BITS);
  if (place < 0n) return powersFrom(x + (columns * X_ONE) / 20n, band.trim);
  if (place >= (last * phases) << WEIGHT_BITS) return () => ONE;
  const [node, weight] = split(place);
  const [level, weightInW] = split((clipped * levels) >> shift);

  return (k) => {
    const here = interpolateInX(band, level - first, node, k, weight);
    const above = weightInW === 0n ? 0n : interpolateInX(band, level + 1n - first, node, k, weight);
    return here * (WEIGHT_ONE - weightInW) + above * weightInW;
  };
}

function interpolateInX(band: Band, level: bigint, node: bigint, lane: number, weight: bigint): bigint {
  const { levelBytes, rowBytes, rows } = band;
  const at = (n: bigint): bigint =>
    BigInt(rows.getUint32(Number(level * levelBytes + ((n * rowBytes) % levelBytes)) + 4 * lane));
  const next = weight === 0n ? 0n : at(node + 1n);
  return (at(node) * (WEIGHT_ONE - weight) + next * weight) >> WEIGHT_BITS;
}

/** Left of the columns U is eˣ, as far below it as the columns' first values are. */
function powersFrom(x: bigint, trim: bigint): (k: number) => bigint {
  const full = (expWad((x * WAD) / X_ONE) << 31n) / WAD;
  const power = max(full - ((full * trim) >> 20n) - (1n << 11n), 0n);
  return (k) => (power * POWERS[k]!) >> 31n;
}

function split(place: bigint): readonly [whole: bigint, weight: bigint] {
  return [place >> WEIGHT_BITS, place & (WEIGHT_ONE - 1n)];
}

/**
 * Names of instruments, equal to contracts/instruments/InstrumentName.sol: `ETH-PERP`, `ETH-27MAR26`, `ETH-27MAR26-3000-C`.
 * Expiries are at 08:00 UTC unless an hour follows (`27MAR26T16`); `d` is the decimal point of a strike (`0d625`).
 */
import { bucketOf, decodeInstrument, encodeInstrument, IdError, Kind, strikeCode, strikePrice } from "./instruments.ts";
import { formatPrice, parsePrice } from "./units.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const USUAL_HOUR = 8;
const MS_PER_HOUR = 3_600_000;
const FIRST_HOUR = Date.UTC(2000, 0) / MS_PER_HOUR;
const END_HOUR = Date.UTC(2100, 0) / MS_PER_HOUR;
const MAX_LENGTH = 48;
const MAX_PRICE = (1n << 64n) - 1n;

const EXPIRY = /^(\d{1,2})([A-Z]{3})(\d\d)(?:T(\d\d))?$/;
const STRIKE = /^\d+(?:d\d{1,8})?$/;

/** A name that no instrument has. */
export class NameError extends Error {
  override readonly name = "NameError";
}

export interface ParsedName {
  readonly symbol: string;
  /** With underlying 0: symbols are the caller's to look up. */
  readonly instrument: bigint;
}

/** The name of an instrument, given the symbol of its underlying. */
export function toName(instrument: bigint, symbol: string): string {
  const { expiryHours, kind, strike } = decodeInstrument(instrument);
  if (expiryHours === 0) return `${symbol}-PERP`;
  const future = `${symbol}-${expiryText(expiryHours)}`;
  if (kind === Kind.Linear) return future;
  return `${future}-${formatPrice(strikePrice(strike)).replace(".", "d")}-${kind === Kind.Call ? "C" : "P"}`;
}

/** Reads a name, or gives undefined when it is not exactly the name of an instrument. */
export function parseName(name: string): ParsedName | undefined {
  if (new TextEncoder().encode(name).length > MAX_LENGTH) return undefined;
  const [symbol, expiry, strike, right, ...rest] = name.split("-");
  if (symbol === undefined || expiry === undefined || rest.length > 0) return undefined;
  if (strike !== undefined && right === undefined) return undefined;
  const expiryHours = expiry === "PERP" ? 0 : parseExpiry(expiry);
  if (expiryHours === undefined) return undefined;
  let option = { kind: Kind.Linear as number, strike: 0 };
  if (strike !== undefined) {
    const code = parseStrike(strike);
    if (code === undefined) return undefined;
    option = { kind: right === "C" ? Kind.Call : Kind.Put, strike: code };
  }
  const instrument = encodeInstrument({ underlying: 0, expiryHours, ...option });
  // One spelling only: what reads the same but is not written so (31FEB26, 3000d0) is no name.
  return toName(instrument, symbol) === name ? { symbol, instrument } : undefined;
}

/** The name of an instrument. @param symbols Symbol by number of the underlying: 1 is "ETH". */
export function nameOf(instrument: bigint, symbols: Readonly<Record<number, string>>): string {
  const { underlying } = decodeInstrument(instrument);
  const symbol = symbols[underlying];
  if (symbol === undefined) throw new NameError(`Underlying ${underlying} has no symbol here.`);
  return toName(instrument, symbol);
}

/** The instrument of a name; the inverse of `nameOf`. It may still not be listed. */
export function instrumentOf(name: string, symbols: Readonly<Record<number, string>>): bigint {
  const parsed = parseName(name);
  if (parsed === undefined) {
    throw new NameError(`"${name}" is not a name like "ETH-PERP", "ETH-27MAR26" or "ETH-27MAR26-3000-C".`);
  }
  const underlying = Object.entries(symbols).find(([, symbol]) => symbol === parsed.symbol)?.[0];
  if (underlying === undefined) throw new NameError(`No underlying has the symbol "${parsed.symbol}".`);
  const { expiryHours, kind, strike } = decodeInstrument(parsed.instrument);
  return encodeInstrument({ underlying: Number(underlying), expiryHours, kind, strike });
}

/** Two digits name the years of one century. */
export function isNameable(instrument: bigint): boolean {
  const { expiryHours } = decodeInstrument(instrument);
  return expiryHours === 0 || (expiryHours >= FIRST_HOUR && expiryHours < END_HOUR);
}

/** `27MAR26`, or `27MAR26T16` when it is not 08:00 UTC. */
export function expiryText(expiryHours: number): string {
  const date = new Date(expiryHours * MS_PER_HOUR);
  const year = date.getUTCFullYear();
  if (expiryHours < FIRST_HOUR || expiryHours >= END_HOUR) {
    throw new IdError(`An expiry in the year ${year} has no name.`);
  }
  const hour = date.getUTCHours();
  const suffix = hour === USUAL_HOUR ? "" : `T${twoDigits(hour)}`;
  return `${date.getUTCDate()}${MONTHS[date.getUTCMonth()]!}${twoDigits(year % 100)}${suffix}`;
}

/** Hours since 1970 of `27MAR26` or `27MAR26T16`, or undefined. */
export function parseExpiry(text: string): number | undefined {
  const [, day, month, year, hour] = EXPIRY.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) return undefined;
  const index = MONTHS.indexOf(month);
  if (index < 0 || Number(hour ?? 0) > 23) return undefined;
  const hours = Date.UTC(2000 + Number(year), index, Number(day), Number(hour ?? USUAL_HOUR)) / MS_PER_HOUR;
  // A day that the month does not have comes out as another day; an hour that is the usual one is not written.
  return hours < END_HOUR && expiryText(hours) === text ? hours : undefined;
}

/** Name of the expiry of an instrument, or "PERP". */
export const expiryNameOf = (instrument: bigint): string => {
  const expiryHours = Number(bucketOf(instrument) & 0xffffffn);
  return expiryHours === 0 ? "PERP" : expiryText(expiryHours);
};

function parseStrike(text: string): number | undefined {
  if (!STRIKE.test(text)) return undefined;
  const price = parsePrice(text.replace("d", "."));
  if (price > MAX_PRICE) return undefined;
  try {
    return strikeCode(price);
  } catch {
    return undefined;
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

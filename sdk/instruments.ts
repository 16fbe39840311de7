/** Ids of instruments and accounts, packed as contracts/types/InstrumentId.sol and AccountId.sol pack them. */
import { getAddress, toBeHex, ZeroAddress } from "ethers";
import { type Decimal, parsePrice } from "./units.ts";

/** Underlyings that carry risk are numbered 1 to this; 0 is the cash token. */
export const MAX_UNDERLYING = 16;

const SECONDS_PER_HOUR = 3_600;

export interface Instrument {
  /** Number of the underlying, 1 to 16. */
  readonly underlying: number;
  /** Hours since 1970; 0 for a perpetual. */
  readonly expiryHours: number;
  /** See `Kind`. */
  readonly kind: number;
  /** Code of the strike (`strikeCode`); 0 for linear instruments. */
  readonly strike: number;
}

/** One underlying and one expiry, in hours since 1970. */
export interface Expiry {
  readonly underlying: number;
  readonly expiryHours: number;
}

/** The numbers in an instrument's id: perpetuals and futures are linear. The last stands for all options of an expiry (`allOptionsOf`). */
export const Kind = { Linear: 0, Call: 1, Put: 2, AllOptions: 3 } as const;

export type Right = "call" | "put";

export interface Account {
  readonly owner: string;
  /** The owner's number for the account, below 2^96. */
  readonly number: bigint;
}

/** A field that does not fit the id it belongs to. */
export class IdError extends Error {
  override readonly name = "IdError";
}

function field(name: string, value: number | bigint, bits: bigint): bigint {
  if (typeof value === "number" && !Number.isInteger(value)) throw new IdError(`The ${name} ${value} is not whole.`);
  const wide = BigInt(value);
  if (wide < 0n || wide >= 1n << bits) throw new IdError(`The ${name} ${value} does not fit into ${bits} bits.`);
  return wide;
}

/** Underlying (8 bits) | expiry in hours (24) | kind (8) | strike (24). */
export function encodeInstrument(instrument: Instrument): bigint {
  const underlying = field("underlying", instrument.underlying, 8n);
  const expiry = field("expiry", instrument.expiryHours, 24n);
  const kind = field("kind", instrument.kind, 8n);
  const strike = field("strike", instrument.strike, 24n);
  return (underlying << 56n) | (expiry << 32n) | (kind << 24n) | strike;
}

export function decodeInstrument(id: bigint): Instrument {
  field("instrument", id, 64n);
  return {
    underlying: Number(id >> 56n),
    expiryHours: Number((id >> 32n) & 0xffffffn),
    kind: Number((id >> 24n) & 0xffn),
    strike: Number(id & 0xffffffn),
  };
}

/** The perpetual of an underlying. */
export function perpetual(underlying: number): bigint {
  if (underlying < 1 || underlying > MAX_UNDERLYING) {
    throw new IdError(`Underlyings are numbered 1 to ${MAX_UNDERLYING}, not ${underlying}.`);
  }
  return encodeInstrument({ underlying, expiryHours: 0, kind: 0, strike: 0 });
}

/** The dated future of an expiry. */
export const future = ({ underlying, expiryHours }: Expiry): bigint =>
  encodeInstrument({ underlying, expiryHours, kind: Kind.Linear, strike: 0 });

/** An option; the strike in dollars: "3000". */
export const option = ({ underlying, expiryHours }: Expiry, right: Right, strike: Decimal): bigint =>
  encodeInstrument({
    underlying,
    expiryHours,
    kind: right === "call" ? Kind.Call : Kind.Put,
    strike: strikeCode(parsePrice(strike)),
  });

/** No instrument: names all options that an account has in an expiry where a liquidation takes them (`nameWholeExpiries`). */
export const allOptionsOf = (bucket: bigint): bigint => (bucket << 32n) | (BigInt(Kind.AllOptions) << 24n);

const MAX_STRIKE_MANTISSA = (1n << 20n) - 1n;
const MAX_STRIKE_EXPONENT = 13;

/** The code of a strike (8 decimals): up to six digits and a power of ten, see contracts/types/Strike.sol. */
export function strikeCode(price: bigint): number {
  let mantissa = price;
  let exponent = 0;
  while (mantissa > 0n && mantissa % 10n === 0n && exponent < MAX_STRIKE_EXPONENT) {
    mantissa /= 10n;
    exponent += 1;
  }
  if (mantissa <= 0n || mantissa > MAX_STRIKE_MANTISSA) {
    throw new IdError(`A strike has one to six digits, unlike ${price} with 8 decimals.`);
  }
  return exponent * 2 ** 20 + Number(mantissa);
}

/** The strike of a code, 8 decimals. */
export const strikePrice = (code: number): bigint =>
  (BigInt(code) & MAX_STRIKE_MANTISSA) * 10n ** (BigInt(code) >> 20n);

/** Whether an id is that of a perpetual, a future, or an option in its one spelling. It may still not be listed. */
export function isInstrument(id: bigint): boolean {
  const { underlying, expiryHours, kind, strike } = decodeInstrument(id);
  if (underlying === 0 || underlying > MAX_UNDERLYING) return false;
  if (kind === Kind.Linear) return strike === 0;
  const price = strikePrice(strike);
  if (kind > Kind.Put || expiryHours === 0 || price === 0n || strike >> 20 > MAX_STRIKE_EXPONENT) return false;
  return strikeCode(price) === strike;
}

/** One underlying and one expiry: the upper half of an instrument's id. */
export const bucketOf = (instrument: bigint): bigint => field("instrument", instrument, 64n) >> 32n;

/** When an instrument expires, or undefined for a perpetual. */
export function expiryOf(instrument: bigint): Date | undefined {
  const { expiryHours } = decodeInstrument(instrument);
  return expiryHours === 0 ? undefined : new Date(expiryHours * SECONDS_PER_HOUR * 1_000);
}

/** Owner (160 bits) | number (96), as 32 bytes in hex. */
export function accountId(owner: string, number: number | bigint = 0n): string {
  return toBeHex((BigInt(getAddress(owner)) << 96n) | field("account number", number, 96n), 32);
}

export function decodeAccountId(id: string): Account {
  const wide = field("account", BigInt(id), 256n);
  return { owner: getAddress(toBeHex(wide >> 96n, 20)), number: wide & ((1n << 96n) - 1n) };
}

const system = (number: bigint): string => accountId(ZeroAddress, number);

/** The protocol's own accounts: their owner is the zero address, so nobody acts for them. */
export const systemAccounts = {
  fees: system(1n),
  interest: system(2n),
  insurance: system(3n),
  vault: system(4n),
  /** Losses that nobody has borne yet: its cash is minus the open deficit. */
  deficit: system(5n),
  /** Holds settled losses on a bucket's linear instrument until they are paid out as profit. */
  clearing: (bucket: bigint): string => system((1n << 32n) | field("bucket", bucket, 32n)),
  /** The other side of compulsory closes in a bucket. */
  closeout: (bucket: bigint): string => system((2n << 32n) | field("bucket", bucket, 32n)),
} as const;

export const isSystemAccount = (id: string): boolean => decodeAccountId(id).owner === ZeroAddress;

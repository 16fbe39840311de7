/** All options of an expiry change hands as one part, for a small part of the gas that each of them would take. */
import { allOptionsOf, bucketOf, decodeInstrument, Kind } from "../instruments.ts";
import type { Portfolio } from "../types.ts";
import { decodeOptions } from "../words.ts";
import { magnitude, type PositionPart } from "./parts.ts";

const isOption = ({ instrument }: PositionPart): boolean => decodeInstrument(instrument).kind !== Kind.Linear;

/**
 * The same parts, ascending, with all options of an expiry as one of them where they are all that the account has there. The contracts
 * without their signs are its quantity: if the account has another number by then, nothing is taken.
 * @param portfolio Of the account. @param occupied Expiries (buckets) in which whoever takes the parts may have options already.
 */
export function nameWholeExpiries(
  parts: readonly PositionPart[],
  portfolio: Portfolio,
  occupied: ReadonlySet<bigint>,
): PositionPart[] {
  const options = parts.filter(isOption);
  const buckets = new Set(options.map(({ instrument }) => bucketOf(instrument)));
  const whole = [...buckets].flatMap((bucket): PositionPart[] => {
    const own = options.filter(({ instrument }) => bucketOf(instrument) === bucket);
    const contracts = own.reduce((sum, { quantity }) => sum + magnitude(quantity), 0n);
    const isAll = contracts === contractsIn(portfolio, bucket);
    return isAll && !occupied.has(bucket) ? [{ instrument: allOptionsOf(bucket), quantity: contracts }] : [];
  });
  const named = new Set(whole.map(({ instrument }) => bucketOf(instrument)));
  const rest = parts.filter((part) => !isOption(part) || !named.has(bucketOf(part.instrument)));
  return [...rest, ...whole].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
}

/** The options that an event ExpiryMoved says went, with their signs. */
export function partsOfWords(bucket: bigint, lotExponent: bigint, words: readonly bigint[]): PositionPart[] {
  const lot = 10n ** lotExponent;
  const instrumentOf = (kind: number, strike: number): bigint =>
    (bucket << 32n) | (BigInt(kind) << 24n) | BigInt(strike);
  return decodeOptions([...words])
    .flatMap(({ strike, calls, puts }) => [
      { instrument: instrumentOf(Kind.Call, strike), quantity: calls * lot },
      { instrument: instrumentOf(Kind.Put, strike), quantity: puts * lot },
    ])
    .filter(({ quantity }) => quantity !== 0n);
}

/** Contracts of all options of an expiry without their signs, 8 decimals. */
function contractsIn({ exposures }: Portfolio, bucket: bigint): bigint {
  const { underlying, expiryHours } = decodeInstrument(bucket << 32n);
  const dated = exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours)?.dated;
  if (dated === undefined) return 0n;
  const lots = dated.options.reduce((sum, { calls, puts }) => sum + magnitude(calls) + magnitude(puts), 0n);
  return lots * 10n ** BigInt(dated.lotExponent);
}

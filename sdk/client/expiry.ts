/** Which round of a feed settles an expiry, and the call that proves it. */
import { feedAbi, marketDataAbi } from "../abi.ts";
import { CounterpoiseError } from "../errors/index.ts";
import type { Call } from "./calls.ts";
import { type HouseReader, read, type ReadOptions } from "./house.ts";

/** Arguments of IExpiryPrices.proveExpiry. */
export interface ExpiryProof {
  readonly roundId: bigint;
  /** Last aggregator round of each phase that ended before the expiry: mostly none. */
  readonly endedPhases: readonly bigint[];
}

const SECONDS_PER_HOUR = 3_600n;
const PHASE_OFFSET = 64n;

/**
 * Finds the first round at or after an expiry, in the phase that was in force. Reads about twice the logarithm of the number
 * of rounds; aggregators number their rounds without holes.
 * @param marketData Address of the market data contract.
 * @returns Undefined while there is no such round.
 */
export async function findExpiryRound(
  reader: Pick<HouseReader, "caller" | "names">,
  marketData: string,
  bucket: bigint,
  options: ReadOptions = {},
): Promise<ExpiryProof | undefined> {
  const [feed, phase] = await read(reader, marketData, marketDataAbi, "settlementSource", [bucket], options);
  const expiry = (bucket & 0xffffffn) * SECONDS_PER_HOUR;
  const timeOf = (id: bigint): Promise<bigint> => roundTime(reader, String(feed), id, options);

  const latestPhase = await phaseNow(reader, String(feed), options);
  const endedPhases: bigint[] = [];
  for (let p = BigInt(phase as bigint); p === phase || p <= latestPhase; p++) {
    const { last, first } = await searchPhase((round) => timeOf((p << PHASE_OFFSET) | round), expiry);
    if (first !== undefined) return { roundId: (p << PHASE_OFFSET) | first, endedPhases };
    endedPhases.push(last);
  }
  return undefined;
}

/** Proves the settlement price of an expiry. Anyone may send it. */
export const proveExpiry = (marketData: string, bucket: bigint, { roundId, endedPhases }: ExpiryProof): Call => ({
  to: marketData,
  data: marketDataAbi.encodeFunctionData("proveExpiry", [bucket, roundId, endedPhases]),
});

/** The first round of a phase at or after a time, and the last one before it; zero if there is none. */
async function searchPhase(
  timeOf: (round: bigint) => Promise<bigint>,
  time: bigint,
): Promise<{ readonly last: bigint; readonly first: bigint | undefined }> {
  const isBefore = async (round: bigint): Promise<boolean> => {
    const at = await timeOf(round);
    return at !== 0n && at < time;
  };
  let last = 0n;
  let next = 1n;
  while (await isBefore(next)) [last, next] = [next, next * 2n];
  while (next - last > 1n) {
    const middle = (last + next) / 2n;
    if (await isBefore(middle)) last = middle;
    else next = middle;
  }
  return { last, first: (await timeOf(next)) === 0n ? undefined : next };
}

/** Zero while the feed has no round: a new aggregator may revert until its first one. */
async function phaseNow(
  reader: Pick<HouseReader, "caller" | "names">,
  feed: string,
  options: ReadOptions,
): Promise<bigint> {
  try {
    const [latestId] = await read(reader, feed, feedAbi, "latestRoundData", [], options);
    return BigInt(latestId as bigint) >> PHASE_OFFSET;
  } catch (error) {
    if (error instanceof CounterpoiseError) return 0n;
    throw error;
  }
}

/** Zero for a round that the feed does not have: some aggregators say so by reverting. */
async function roundTime(
  reader: Pick<HouseReader, "caller" | "names">,
  feed: string,
  id: bigint,
  options: ReadOptions,
): Promise<bigint> {
  try {
    const round = await read(reader, feed, feedAbi, "getRoundData", [id], options);
    return BigInt(round.getValue("updatedAt") as bigint);
  } catch (error) {
    if (error instanceof CounterpoiseError) return 0n;
    throw error;
  }
}

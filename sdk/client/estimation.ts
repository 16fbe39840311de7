/** Which rounds of a feed the estimators ask for next, and the call that brings them. */
import { feedAbi, volatilityEstimatorAbi } from "../abi.ts";
import { CounterpoiseError } from "../errors/index.ts";
import type { Call } from "./calls.ts";
import { type HouseReader, read, type ReadOptions } from "./house.ts";

type Reader = Pick<HouseReader, "caller" | "names">;

/** IVolatilityEstimator.MAX_SAMPLES. */
export const MAX_SAMPLES = 48;
/** RoundSamples.GIVE_UP_AFTER, in seconds. */
const GIVE_UP_AFTER = 21_600n;
const SECONDS_PER_HOUR = 3_600n;
const PHASE_OFFSET = 64n;

/** A feed and the phase in force before some time. */
export interface SampleSource {
  readonly feed: string;
  readonly phase: bigint;
}

/**
 * The round in force at a time: the last one of the phase at or before it. Zero if there is none. One read if that is the latest
 * round, else about twice the logarithm of the distance between rounds searched; aggregators number their rounds without holes.
 * @param from A round known to be at or before the time, such as that of an earlier sample.
 */
export async function findRoundInForce(
  reader: Reader,
  { feed, phase }: SampleSource,
  time: bigint,
  from = 0n,
  options: ReadOptions = {},
): Promise<bigint> {
  const first = phase << PHASE_OFFSET;
  const latest = await readRound(reader, feed, undefined, options);
  const isOfPhase = latest !== undefined && latest.id >> PHASE_OFFSET === phase && latest.at !== 0n;
  if (isOfPhase && latest.at <= time) return latest.id;
  // What is asked beyond the latest round reverts, which some nodes take long to say.
  const limit = isOfPhase ? latest.id - first : undefined;
  const isInTime = async (round: bigint): Promise<boolean> => {
    if (limit !== undefined && round >= limit) return false;
    const at = await roundTime(reader, feed, first | round, options);
    return at !== 0n && at <= time;
  };
  let last = from >> PHASE_OFFSET === phase ? from - first : 0n;
  let step = 1n;
  while (await isInTime(last + step)) [last, step] = [last + step, step * 2n];
  let beyond = last + step;
  while (beyond - last > 1n) {
    const middle = (last + beyond) / 2n;
    if (await isInTime(middle)) last = middle;
    else beyond = middle;
  }
  return last === 0n ? 0n : first | last;
}

/**
 * The rounds of the hours that a volatility series misses up to `now`, in order and at most `MAX_SAMPLES`; none if it is up to
 * date. A first sample comes alone. Hours of a dead feed are given up as the contract allows; the list ends where it does not yet.
 * @param estimator Address of the volatility estimator. @param options `from`: the round of an earlier sample, from which on to search.
 */
export async function findMissingSamples(
  reader: Reader,
  estimator: string,
  series: number,
  now: bigint,
  { from = 0n, ...options }: ReadOptions & { readonly from?: bigint } = {},
): Promise<bigint[]> {
  const ask = (name: string, ...args: readonly unknown[]) =>
    read(reader, estimator, volatilityEstimatorAbi, name, args, options);
  const [start] = await ask("nextSample", series);
  const [state] = await ask("state", series);
  const isFirst = (state as { lastHour: bigint }).lastHour === 0n;

  const found: bigint[] = [];
  let last = from;
  const most = isFirst ? 1 : MAX_SAMPLES;
  for (let time = start as bigint; time < now && found.length < most; time += SECONDS_PER_HOUR) {
    const [feed, phase] = await ask("sampleSource", series, time);
    const source = { feed: String(feed), phase: BigInt(phase as bigint) };
    const id = await findRoundInForce(reader, source, time, last, options);
    if (id === 0n) {
      const isDead = time + GIVE_UP_AFTER <= now && (await roundTime(reader, source.feed, undefined, options)) === 0n;
      if (!isDead || isFirst) break;
    } else last = id;
    found.push(id);
  }
  return found;
}

/** Brings the rounds of missing hours. Anyone may send it. */
export const updateVolatility = (estimator: string, series: number, roundIds: readonly bigint[]): Call => ({
  to: estimator,
  data: volatilityEstimatorAbi.encodeFunctionData("update", [series, roundIds]),
});

/** Whether a feed answers nothing at all: what it takes to give up its samples. */
export async function hasNoLatestRound(reader: Reader, feed: string, options: ReadOptions = {}): Promise<boolean> {
  return (await roundTime(reader, feed, undefined, options)) === 0n;
}

/** Of the latest round unless told; zero for a round that the feed does not have: some aggregators say so by reverting. */
async function roundTime(reader: Reader, feed: string, id: bigint | undefined, options: ReadOptions): Promise<bigint> {
  return (await readRound(reader, feed, id, options))?.at ?? 0n;
}

async function readRound(
  reader: Reader,
  feed: string,
  id: bigint | undefined,
  options: ReadOptions,
): Promise<{ readonly id: bigint; readonly at: bigint } | undefined> {
  try {
    const round =
      id === undefined
        ? await read(reader, feed, feedAbi, "latestRoundData", [], options)
        : await read(reader, feed, feedAbi, "getRoundData", [id], options);
    return { id: BigInt(round.getValue("roundId") as bigint), at: BigInt(round.getValue("updatedAt") as bigint) };
  } catch (error) {
    if (error instanceof CounterpoiseError) return undefined;
    throw error;
  }
}

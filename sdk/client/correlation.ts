/** What the correlation estimator asks for next, and the calls that bring it. */
import { ZeroAddress } from "ethers";
import { correlationEstimatorAbi } from "../abi.ts";
import type { Call } from "./calls.ts";
import { findRoundInForce, hasNoLatestRound } from "./estimation.ts";
import { type HouseReader, read, type ReadOptions } from "./house.ts";

type Reader = Pick<HouseReader, "caller" | "names">;

const SECONDS_PER_DAY = 86_400n;
/** RoundSamples.GIVE_UP_AFTER, in seconds. */
const GIVE_UP_AFTER = 21_600n;
/** Least seconds between two publications. */
const PUBLICATION_SECONDS = 3_600n;
const MOST_UNDERLYINGS = 16;

/** ICorrelationEstimator.Sample. */
export interface CorrelationSample {
  readonly underlying: number;
  readonly roundId: bigint;
}

/** ICorrelationEstimator.Progress, times in seconds. */
export interface CorrelationProgress {
  readonly measured: bigint;
  readonly sampled: bigint;
  readonly lastDay: bigint;
  readonly foldedAt: bigint;
  readonly foldableFrom: bigint;
  readonly nextPublication: bigint;
  readonly stressedUntil: bigint;
  readonly freshUntil: bigint;
}

/** The samples that the open day still misses; none before it has begun. */
export interface MissingSamples {
  readonly day: number;
  readonly samples: readonly CorrelationSample[];
  /** Whether the day can be folded without more of them. */
  readonly foldable: boolean;
}

/** Where the estimate stands. */
export async function correlationProgress(
  reader: Reader,
  estimator: string,
  options: ReadOptions = {},
): Promise<CorrelationProgress> {
  const [progress] = await read(reader, estimator, correlationEstimatorAbi, "progress", [], options);
  return (progress as { toObject(): CorrelationProgress }).toObject();
}

/**
 * The rounds of the open day that nobody has brought yet. A dead feed is given up as the contract allows; until then, and where a
 * feed has no round, its sample is left out.
 * @param estimator Address of the correlation estimator.
 */
export async function findMissingDaySamples(
  reader: Reader,
  estimator: string,
  now: bigint,
  options: ReadOptions = {},
): Promise<MissingSamples> {
  const { measured, sampled, lastDay, foldableFrom } = await correlationProgress(reader, estimator, options);
  const day = lastDay + 1n;
  const time = day * SECONDS_PER_DAY;
  if (now <= time) return { day: Number(day), samples: [], foldable: false };

  const samples: CorrelationSample[] = [];
  for (let underlying = 1; underlying <= MOST_UNDERLYINGS; underlying++) {
    if ((((measured & ~sampled) >> BigInt(underlying - 1)) & 1n) === 0n) continue;
    const source = await read(reader, estimator, correlationEstimatorAbi, "sampleSource", [underlying, day], options);
    const [feed, phase] = [String(source[0]), BigInt(source[1] as bigint)];
    const roundId = feed === ZeroAddress ? 0n : await findRoundInForce(reader, { feed, phase }, time, 0n, options);
    const isGivenUp =
      feed === ZeroAddress || (now >= time + GIVE_UP_AFTER && (await hasNoLatestRound(reader, feed, options)));
    if (roundId === 0n && !isGivenUp) continue;
    samples.push({ underlying, roundId });
  }
  return { day: Number(day), samples, foldable: now >= foldableFrom };
}

/** Brings samples of the open day; the last of them folds it. Anyone may send it. */
export const submitDay = (estimator: string, day: number, samples: readonly CorrelationSample[]): Call => ({
  to: estimator,
  data: correlationEstimatorAbi.encodeFunctionData("submit", [day, samples]),
});

/** Folds the open day without the samples that are missing. Anyone may send it, twelve hours late. */
export const foldDay = (estimator: string, day: number): Call => ({
  to: estimator,
  data: correlationEstimatorAbi.encodeFunctionData("fold", [day]),
});

/** Whether the published matrix has somewhere to go and may go there, or would be fresh for longer. */
export async function isPublicationDue(
  reader: Reader,
  estimator: string,
  now: bigint,
  options: ReadOptions = {},
): Promise<boolean> {
  const progress = await correlationProgress(reader, estimator, options);
  if (now < progress.nextPublication) return false;
  const preview = await read(reader, estimator, correlationEstimatorAbi, "previewPublication", [], options);
  // A day folded since the last publication makes the matrix fresh for longer, even where it does not move.
  const isNewer = progress.foldedAt > progress.nextPublication - PUBLICATION_SECONDS;
  return (preview.getValue("distance") as bigint) > 0n || isNewer;
}

/** Moves the published matrix by a step. Anyone may send it, once an hour. */
export const moveCorrelations = (estimator: string): Call => ({
  to: estimator,
  data: correlationEstimatorAbi.encodeFunctionData("publish"),
});

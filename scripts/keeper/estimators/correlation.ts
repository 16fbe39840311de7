/** Brings the correlation estimator the samples of the open day, and moves the published matrix while it has somewhere to go. */
import { correlationEstimatorAbi } from "../../../sdk/abi.ts";
import type { Call } from "../../../sdk/client/calls.ts";
import {
  correlationProgress,
  findMissingDaySamples,
  foldDay,
  moveCorrelations,
  submitDay,
} from "../../../sdk/client/correlation.ts";
import { view } from "../chain.ts";
import type { Estimator } from "../jobs/estimators.ts";
import type { Context } from "../jobs/job.ts";
import { isUnseeded } from "./volatility.ts";

/** Least seconds between two publications. */
const PUBLICATION_SECONDS = 3_600n;

/** Two, because a publication need not wait for a day's samples. @param address Of the correlation estimator. */
export function correlationEstimators(address: string): Estimator[] {
  return [
    { name: "correlation: samples", due: (context) => ifSeeded(() => samplesDue(context, address)) },
    { name: "correlation: publication", due: (context) => ifSeeded(() => publicationDue(context, address)) },
  ];
}

async function samplesDue({ chain, head, tick }: Context, address: string): Promise<Call[]> {
  const options = { blockTag: head.number };
  const { day, samples, foldable } = await findMissingDaySamples(chain.house, address, tick.now, options);
  if (samples.length > 0) return [submitDay(address, day, samples)];
  return foldable ? [foldDay(address, day)] : [];
}

async function publicationDue({ chain, head, tick }: Context, address: string): Promise<Call[]> {
  const progress = await correlationProgress(chain.house, address, { blockTag: head.number });
  if (tick.now < progress.nextPublication) return [];
  const preview = await view(chain, address, correlationEstimatorAbi, "previewPublication", [], head.number);
  const distance = preview.getValue("distance") as bigint;
  // A day folded since the last publication makes the matrix fresh for longer, even where it does not move.
  const isNewer = progress.foldedAt > progress.nextPublication - PUBLICATION_SECONDS;
  return distance > 0n || isNewer ? [moveCorrelations(address)] : [];
}

async function ifSeeded(due: () => Promise<Call[]>): Promise<Call[]> {
  try {
    return await due();
  } catch (error) {
    if (isUnseeded(error)) return [];
    throw error;
  }
}

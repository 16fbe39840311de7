/** Brings the correlation estimator the samples of the open day, and moves the published matrix while it has somewhere to go. */
import type { Call } from "../../../sdk/client/calls.ts";
import {
  findMissingDaySamples,
  foldDay,
  isPublicationDue,
  moveCorrelations,
  submitDay,
} from "../../../sdk/client/correlation.ts";
import type { Estimator } from "../jobs/estimators.ts";
import type { Context } from "../jobs/job.ts";
import { isUnseeded } from "./volatility.ts";

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
  const isDue = await isPublicationDue(chain.house, address, tick.now, { blockTag: head.number });
  return isDue ? [moveCorrelations(address)] : [];
}

async function ifSeeded(due: () => Promise<Call[]>): Promise<Call[]> {
  try {
    return await due();
  } catch (error) {
    if (isUnseeded(error)) return [];
    throw error;
  }
}

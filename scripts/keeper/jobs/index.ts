/** The jobs that the configuration asks for, in the order in which they get their turn. */
import type { Contracts } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { correlationEstimators } from "../estimators/correlation.ts";
import { depthEstimators } from "../estimators/depth.ts";
import { volatilityEstimators } from "../estimators/volatility.ts";
import { type Estimator, estimatorsJob } from "./estimators.ts";
import { expiriesJob } from "./expiries.ts";
import { feedsJob } from "./feeds.ts";
import { fundingJob } from "./funding.ts";
import { interestJob } from "./interest.ts";
import type { Job } from "./job.ts";
import { liquidationsJob } from "./liquidations.ts";
import { lossesJob } from "./losses.ts";
import { settlementJob } from "./settlement.ts";

/** The estimators of a house, as far as it has them. */
export function estimatorsOf(contracts: Pick<Contracts, "volatility" | "correlation" | "depthBook">): Estimator[] {
  const { volatility, correlation, depthBook } = contracts;
  return [
    ...(volatility === undefined ? [] : volatilityEstimators(volatility)),
    ...(correlation === undefined ? [] : correlationEstimators(correlation)),
    ...(depthBook === undefined ? [] : depthEstimators(depthBook)),
  ];
}

/** Prices first: what liquidations find depends on them. */
export function createJobs({ jobs }: Pick<KeeperConfig, "jobs">, estimators: readonly Estimator[] = []): Job[] {
  const all = [
    { own: jobs.feeds, job: feedsJob(jobs.feeds) },
    { own: jobs.liquidations, job: liquidationsJob(jobs.liquidations) },
    { own: jobs.losses, job: lossesJob(jobs.losses) },
    { own: jobs.expiries, job: expiriesJob(jobs.expiries) },
    { own: jobs.funding, job: fundingJob(jobs.funding) },
    { own: jobs.interest, job: interestJob(jobs.interest) },
    { own: jobs.settlement, job: settlementJob(jobs.settlement) },
    { own: jobs.estimators, job: estimatorsJob(jobs.estimators, estimators) },
  ];
  return all.filter(({ own }) => own.enabled).map(({ job }) => job);
}

/**
 * Estimators of risk measure on chain from the feeds' rounds. Each one says which calls are due; the job sends them. A new estimator
 * is one more entry in the list that the keeper is given.
 */
import type { Call } from "../../../sdk/client/calls.ts";
import { reasonOf } from "../log.ts";
import { type Context, type Job, sendAndReport } from "./job.ts";

/** @param due Calls that bring it up to date, in order; none when it is. Later calls may need the earlier ones. */
export interface Estimator {
  readonly name: string;
  readonly due: (context: Context) => Promise<readonly Call[]>;
}

const NAME = "estimators";

export function estimatorsJob({ intervalSeconds }: { intervalSeconds: number }, estimators: readonly Estimator[]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      for (const estimator of estimators) {
        try {
          for (const call of await estimator.due(context)) {
            if (!(await sendAndReport(context, { job: NAME, label: estimator.name, call }))) break;
          }
        } catch (error) {
          // One that fails must not keep the others waiting.
          context.log.error({ job: NAME, estimator: estimator.name, reason: reasonOf(error) }, "estimator failed");
        }
      }
    },
  };
}

/** Brings funding indices up to date once in every hour: an hour's rate is charged at the index of the moment that accrues it. */
import { batch } from "../../../sdk/client/calls.ts";
import { perpetual } from "../../../sdk/instruments.ts";
import { houseAbi } from "../abi.ts";
import type { KeeperConfig } from "../config.ts";
import { type Context, type Job, sendAndReport } from "./job.ts";

const NAME = "funding";
const SECONDS_PER_HOUR = 3_600;

export function fundingJob({ intervalSeconds }: KeeperConfig["jobs"]["funding"]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      const due: bigint[] = [];
      for (const [underlying, { openInterest }] of context.tick.underlyings) {
        const instrument = perpetual(underlying);
        if (openInterest !== 0n && (await isDue(context, instrument))) due.push(instrument);
      }
      if (due.length === 0) return;
      const { contracts } = context.chain;
      const calls = due.map((instrument) => ({
        to: contracts.clearingHouse,
        data: houseAbi.encodeFunctionData("accrueFunding", [instrument]),
      }));
      await sendAndReport(context, { job: NAME, label: `${due.length} perpetuals`, call: batch(contracts, calls) });
    },
  };
}

/** Whether the clock's hour is another one than that of the last accrual. */
async function isDue({ chain, follower, head }: Context, instrument: bigint): Promise<boolean> {
  const number = follower.fundingAt.get(instrument);
  if (number === undefined) return true;
  const accrued = number === head.number ? head : await chain.provider.getBlock(number);
  const hourOf = (timestamp: number): number => Math.floor(timestamp / SECONDS_PER_HOUR);
  return accrued === null || hourOf(accrued.timestamp) < hourOf(head.timestamp);
}

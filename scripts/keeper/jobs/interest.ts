/** Books interest on the cash pool, so that what suppliers have counts in their margin. */
import { houseAbi } from "../abi.ts";
import { view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { type Job, sendAndReport } from "./job.ts";

const NAME = "interest";

export function interestJob({ intervalSeconds }: KeeperConfig["jobs"]["interest"]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      const { chain, follower, head } = context;
      const to = chain.contracts.clearingHouse;
      const [, borrowed] = await view(chain, to, houseAbi, "cashPool", [], head.number);
      if (borrowed === 0n) return;
      const last = follower.interestAt === 0 ? null : await chain.provider.getBlock(follower.interestAt);
      // Somebody else may have done it since.
      if (last !== null && head.timestamp - last.timestamp < intervalSeconds) return;
      const data = houseAbi.encodeFunctionData("accrueInterest", []);
      await sendAndReport(context, { job: NAME, label: "cash pool", call: { to, data } });
    },
  };
}

/** Losses that nobody's account bears any more: uncollected fees pay them, and when their time has come everybody does. */
import { clearingHouseAbi } from "../../../sdk/abi.ts";
import { systemAccounts } from "../../../sdk/instruments.ts";
import { formatUsd } from "../../../sdk/units.ts";
import { view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { type Job, sendAndReport } from "./job.ts";

const NAME = "losses";

export function lossesJob({ intervalSeconds }: KeeperConfig["jobs"]["losses"]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      const { chain, head, log, metrics } = context;
      const to = chain.contracts.clearingHouse;
      const ask = async (name: string, args: unknown[] = []): Promise<bigint> =>
        (await view(chain, to, clearingHouseAbi, name, args, head.number))[0] as bigint;
      const deficit = await ask("openDeficit");
      metrics.openDeficit.set(Number(formatUsd(deficit)));
      if (deficit === 0n) return;

      const dueAt = (await ask("deficitOpenSince")) + (await ask("socialiseGrace"));
      const isDue = BigInt(head.timestamp) >= dueAt;
      log.warn({ job: NAME, deficitUsd: formatUsd(deficit), socialisedFrom: Number(dueAt) }, "a deficit is open");
      // `socialise` takes the fees first.
      if (!isDue && (await ask("storedCashOf", [systemAccounts.fees])) <= 0n) return;
      const data = clearingHouseAbi.encodeFunctionData(isDue ? "socialise" : "coverFromFees", []);
      await sendAndReport(context, { job: NAME, label: isDue ? "socialise" : "cover from fees", call: { to, data } });
    },
  };
}

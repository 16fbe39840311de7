/** Makes market data accept what the feeds say: it confirms jumps, and knows before an expiry which feed was in force. */
import { BPS } from "../../../sdk/margin/fixedPoint.ts";
import { marketDataAbi, registryAbi } from "../../../sdk/abi.ts";
import { decodeMarketWord } from "../../../sdk/words.ts";
import { feedsAbi } from "../abi.ts";
import { each, marketDataOf, view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { type Job, sendAndReport } from "./job.ts";

const NAME = "feeds";

export function feedsJob({ intervalSeconds, deviationBps, maxLagSeconds }: KeeperConfig["jobs"]["feeds"]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      const { chain, head } = context;
      const marketData = await marketDataOf(chain, head.number);
      const [count] = await view(chain, chain.contracts.registry, registryAbi, "underlyingCount", [], head.number);
      const numbers = Array.from({ length: Number(count) }, (_, underlying) => underlying);
      const [words] = await view(chain, marketData, marketDataAbi, "peek", [numbers], head.number);
      const stored = await each(numbers, async (underlying) => {
        const [price, updatedAt] = await view(chain, marketData, feedsAbi, "lastPrice", [underlying], head.number);
        return { price: price as bigint, updatedAt: updatedAt as bigint };
      });
      const due = numbers.filter((underlying) => {
        const now = decodeMarketWord((words as bigint[])[underlying]!);
        const last = stored[underlying]!;
        // A price that is not accepted comes with the time of the last one that was.
        if (now.updatedAt <= last.updatedAt) return false;
        const distance = now.price > last.price ? now.price - last.price : last.price - now.price;
        const isFar = distance * BPS >= last.price * BigInt(deviationBps);
        const isOld = now.updatedAt - last.updatedAt >= BigInt(maxLagSeconds);
        return isFar || isOld;
      });
      if (due.length === 0) return;
      const data = feedsAbi.encodeFunctionData("sync", [due]);
      await sendAndReport(context, {
        job: NAME,
        label: `underlyings ${due.join(", ")}`,
        call: { to: marketData, data },
      });
    },
  };
}

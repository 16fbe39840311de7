/** Turns profit and loss on perpetuals into cash: losers first, because winners are paid out of what they paid in. */
import { settle } from "../../../sdk/client/calls.ts";
import { perpetual } from "../../../sdk/instruments.ts";
import { valueDown } from "../../../sdk/margin/fixedPoint.ts";
import { surfaceKey } from "../../../sdk/remargin/tick.ts";
import { PriceStatus } from "../../../sdk/types.ts";
import { parseUsd } from "../../../sdk/units.ts";
import { houseAbi } from "../abi.ts";
import { each, view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { type Context, type Job, sendAndReport } from "./job.ts";

const NAME = "settlement";

interface Unsettled {
  readonly account: string;
  readonly value: bigint;
}

export function settlementJob(own: KeeperConfig["jobs"]["settlement"]): Job {
  const least = parseUsd(own.minUsd);
  return {
    name: NAME,
    intervalSeconds: own.intervalSeconds,
    run: async (context) => {
      for (const [underlying, { status }] of context.tick.underlyings) {
        // Nothing is settled at a price that cannot be acted upon.
        if (status !== PriceStatus.Fresh && status !== PriceStatus.Closed) continue;
        const due = (await unsettled(context, underlying, own.maxAccounts)).filter(
          ({ value }) => value >= least || value <= -least,
        );
        // Without losers there is nothing that winners could be paid with.
        if (due.length === 0 || due[0]!.value > 0n) continue;
        for (let i = 0; i < due.length; i += own.batchSize) {
          const accounts = due.slice(i, i + own.batchSize).map(({ account }) => account);
          const call = settle(context.chain.contracts, accounts, perpetual(underlying));
          const label = `perpetual ${underlying}, ${accounts.length} accounts`;
          if (!(await sendAndReport(context, { job: NAME, label, call }))) break;
        }
      }
    },
  };
}

/** What the largest positions have gained or lost since they were settled, losers first. Funding since then is left out. */
async function unsettled(context: Context, underlying: number, most: number): Promise<Unsettled[]> {
  const { books, chain, head, tick } = context;
  const size = (account: string): bigint => {
    const position = books.get(account)?.positions.find((p) => p.underlying === underlying && p.expiryHours === 0);
    const quantity = position?.quantity ?? 0n;
    return quantity < 0n ? -quantity : quantity;
  };
  const largest = books
    .holders(surfaceKey(underlying, 0))
    .map((account) => ({ account, size: size(account) }))
    .sort((a, b) => (a.size < b.size ? 1 : -1))
    .slice(0, most);
  const { price } = tick.underlyings.get(underlying)!;
  const { clearingHouse } = chain.contracts;
  const read = await each(largest, async ({ account }) => {
    const [position] = await view(
      chain,
      clearingHouse,
      houseAbi,
      "positionOf",
      [account, perpetual(underlying)],
      head.number,
    );
    const { quantity, quote } = position as { quantity: bigint; quote: bigint };
    return { account, value: quote + valueDown(quantity, price) };
  });
  return read.sort((a, b) => (a.value < b.value ? -1 : 1));
}

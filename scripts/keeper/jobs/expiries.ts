/** After an expiry: proves its price from the feed's rounds, then turns what everybody has in it into cash, losers first. */
import { settleExpiry } from "../../../sdk/client/calls.ts";
import { findExpiryRound, proveExpiry } from "../../../sdk/client/expiry.ts";
import { readSettlements } from "../../../sdk/client/options.ts";
import { marketDataAbi } from "../../../sdk/abi.ts";
import { each, marketDataOf, view } from "../chain.ts";
import type { KeeperConfig } from "../config.ts";
import { bucketOfKey, expiryHoursOf } from "../market.ts";
import { type Context, type Job, sendAndReport } from "./job.ts";

const NAME = "expiries";
const SECONDS_PER_HOUR = 3_600;

export function expiriesJob({ intervalSeconds, batchSize }: KeeperConfig["jobs"]["expiries"]): Job {
  return {
    name: NAME,
    intervalSeconds,
    run: async (context) => {
      const { books, head } = context;
      const over = books.expiries().filter((key) => expiryHoursOf(key) * SECONDS_PER_HOUR <= head.timestamp);
      for (const key of over) {
        if (await isProven(context, key)) await sweep(context, key, batchSize);
      }
    },
  };
}

/** Proves the price if nobody has. Whether it is known after that. */
async function isProven(context: Context, key: number): Promise<boolean> {
  const { chain, head, log } = context;
  const bucket = bucketOfKey(key);
  const marketData = await marketDataOf(chain, head.number);
  const [price] = await view(chain, marketData, marketDataAbi, "settlementPrice", [bucket], head.number);
  if (price !== 0n) return true;
  const proof = await findExpiryRound(chain.house, marketData, bucket, { blockTag: head.number });
  if (proof === undefined) {
    log.info({ job: NAME, bucket: key }, "no round at or after the expiry yet");
    return false;
  }
  return sendAndReport(context, {
    job: NAME,
    label: `price of bucket ${key}`,
    call: proveExpiry(marketData, bucket, proof),
  });
}

async function sweep(context: Context, key: number, batchSize: number): Promise<void> {
  const { books, chain } = context;
  const bucket = bucketOfKey(key);
  const found = await each(books.holders(key), async (account) => {
    // At the latest block: the price may have been proven a moment ago.
    const settlements = await readSettlements(chain.house, account);
    return { account, own: settlements.find((settlement) => settlement.bucket === bucket) };
  });
  const due = found
    .flatMap(({ account, own }) =>
      own === undefined ? [] : [{ account, own, isClaim: isOnlyClaim(context, account, key) }],
    )
    // A claim waits until the clearing account has something for it.
    .filter(({ own, isClaim }) => !isClaim || own.available > 0n || own.value < 0n)
    .sort((a, b) => (a.own.value < b.own.value ? -1 : 1));
  for (let i = 0; i < due.length; i += batchSize) {
    const accounts = due.slice(i, i + batchSize).map(({ account }) => account);
    const call = settleExpiry(chain.contracts, accounts, bucket);
    const label = `${accounts.length} accounts of bucket ${key}`;
    if (!(await sendAndReport(context, { job: NAME, label, call }))) return;
  }
}

/** Everything was settled before, and only a claim is left. */
function isOnlyClaim({ books }: Context, account: string, key: number): boolean {
  const position = books.get(account)?.positions.find((p) => p.underlying * 2 ** 24 + p.expiryHours === key);
  return position !== undefined && position.quantity === 0n && position.options.length === 0;
}

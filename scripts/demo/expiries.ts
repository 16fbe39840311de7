/** What anyone may do when an expiry is over: prove its price from the feed's rounds, and turn what accounts hold into cash. */
import { findExpiryRound, proveExpiry } from "../../sdk/client/index.ts";
import type { Actor } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import { OPTION_SYMBOLS } from "./option-books.ts";
import type { ExpiryResult } from "./result.ts";

/** Settles every expiry that is over and was not settled before. @param settled Grows by what is settled. */
export async function settleExpired(
  house: DemoHouse,
  expiries: readonly number[],
  settled: Set<bigint>,
  actors: readonly Actor[],
  timestamp: number,
): Promise<ExpiryResult[]> {
  const results: ExpiryResult[] = [];
  for (const expiryHours of expiries) {
    if (expiryHours * 3_600 > timestamp) continue;
    for (const symbol of OPTION_SYMBOLS) {
      const bucket = expiryBucket(house, symbol, expiryHours);
      if (settled.has(bucket)) continue;
      const result = await settleOne(house, bucket, actors, timestamp);
      if (result === undefined) continue;
      settled.add(bucket);
      results.push(result);
    }
  }
  return results;
}

/** Underlying and expiry as one number. */
export const expiryBucket = (house: DemoHouse, symbol: string, expiryHours: number): bigint =>
  (BigInt(house.underlyingOf(symbol)) << 24n) | BigInt(expiryHours);

/** Undefined as long as the feed has no round since the expiry. */
async function settleOne(
  house: DemoHouse,
  bucket: bigint,
  actors: readonly Actor[],
  timestamp: number,
): Promise<ExpiryResult | undefined> {
  const marketData = await house.marketData.getAddress();
  const reader = { caller: house.operator };
  const round = await findExpiryRound(reader, marketData, bucket);
  if (round === undefined) return undefined;
  const { to, data } = proveExpiry(marketData, bucket, round);
  await (await house.operator.sendTransaction({ to, data })).wait();

  // What the price makes of each account: losers pay first, so that winners are paid in one pass.
  const claims = await Promise.all(actors.map((actor) => claimOf(house, actor, bucket)));
  const held = actors
    .map((actor, i) => ({ account: actor.account, name: actor.name, paid: claims[i]! }))
    .filter(({ paid }) => paid !== undefined)
    .map(({ account, name, paid }) => ({ account, name, paid: paid }))
    .sort((a, b) => (a.paid < b.paid ? -1 : 1));
  const transaction = await house.clearingHouse.settleExpiry(
    held.map(({ account }) => account),
    bucket,
  );
  await transaction.wait();
  return {
    timestamp,
    expiry: house.nameOf(bucket << 32n),
    price: await house.marketData.settlementPrice(bucket),
    round: round.roundId & ((1n << 64n) - 1n),
    payments: held.map(({ name, paid }) => ({ account: name, paid })),
  };
}

/** What settling brings an account; undefined if it holds nothing of the expiry. */
async function claimOf(house: DemoHouse, { account }: Actor, bucket: bigint): Promise<bigint | undefined> {
  const settlements = await house.optionLens.settlements(account);
  return settlements.find((s) => s.bucket === bucket)?.value;
}

/** Before an account is deleveraged: a round of ranking in each of its markets, and the riskiest of the other sides ranked in it. */
import { auctionAbi } from "../../../../sdk/abi.ts";
import { perpetual } from "../../../../sdk/instruments.ts";
import { assess } from "../../../../sdk/margin/riskEngine.ts";
import { portfolioAt, surfaceKey } from "../../../../sdk/remargin/tick.ts";
import type { Portfolio } from "../../../../sdk/types.ts";
import { houseAbi } from "../../abi.ts";
import { view } from "../../chain.ts";
import { type Context, sendAndReport } from "../job.ts";

/** Deleveraging.RANKING_SECONDS, ROUND_SECONDS: when a round begins to count, and when it ends. */
const RANKING_SECONDS = 300;
const ROUND_SECONDS = 3_600;
/** Who has more equity for its maintenance margin is in the last rank anyway. */
const RANKED_BELOW = 3n;
const BATCH = 40;

/** Rounds in which this keeper has ranked, by instrument. */
export type Ranked = Map<bigint, bigint>;

/** Whether the insurance account would pay all that an account owes: then nobody is deleveraged. */
export async function isInsured(
  { chain, head }: Context,
  auction: string,
  { exposures }: Portfolio,
  owed: bigint,
): Promise<boolean> {
  const held = exposures.filter((e) => e.expiryHours === 0 && e.quantity !== 0n);
  const sizes = held.map(({ quantity, price }) => (quantity < 0n ? -quantity : quantity) * price);
  const all = sizes.reduce((sum, size) => sum + size, 0n);
  const rooms = await Promise.all(
    held.map(({ underlying }) => view(chain, auction, auctionAbi, "insuranceRoom", [underlying], head.number)),
  );
  return sizes.every((size, i) => (owed * size) / all <= (rooms[i]![0] as bigint));
}

/** Whether every market's round counts by now. */
export async function prepareDeleveraging(
  context: Context,
  ranked: Ranked,
  account: string,
  portfolio: Portfolio,
  job: string,
): Promise<boolean> {
  const { chain, head } = context;
  const { clearingHouse } = chain.contracts;
  const held = portfolio.exposures.filter((e) => e.expiryHours === 0 && e.quantity !== 0n);
  let isReady = true;
  for (const { underlying, quantity } of held) {
    const instrument = perpetual(underlying);
    const [round, openedAt] = await view(chain, clearingHouse, houseAbi, "roundOf", [instrument], head.number);
    const age = head.timestamp - Number(openedAt);
    if (openedAt === 0n || age >= ROUND_SECONDS) {
      const data = houseAbi.encodeFunctionData("announceDeleveraging", [account]);
      await sendAndReport(context, {
        job,
        label: `announce deleveraging of ${account}`,
        call: { to: clearingHouse, data },
      });
      return false;
    }
    if (ranked.get(instrument) !== round) {
      ranked.set(instrument, round as bigint);
      await rankOthers(context, instrument, underlying, quantity < 0n, job);
    }
    isReady &&= age >= RANKING_SECONDS;
  }
  return isReady;
}

/** @param long The side that is ranked. */
async function rankOthers(
  context: Context,
  instrument: bigint,
  underlying: number,
  long: boolean,
  job: string,
): Promise<void> {
  const { books, chain, tick } = context;
  const risky = books.holders(surfaceKey(underlying, 0)).filter((account) => {
    const portfolio = portfolioAt(books.get(account)!, tick);
    const own = portfolio.exposures.find((e) => e.underlying === underlying && e.expiryHours === 0);
    if (own === undefined || own.quantity === 0n || own.quantity > 0n !== long) return false;
    const { equity, maintenance } = assess(portfolio, tick.parameters);
    return equity < RANKED_BELOW * maintenance;
  });
  for (let i = 0; i < risky.length; i += BATCH) {
    const accounts = risky.slice(i, i + BATCH);
    const data = houseAbi.encodeFunctionData("rank", [instrument, accounts]);
    const call = { to: chain.contracts.clearingHouse, data };
    await sendAndReport(context, { job, label: `rank ${accounts.length} accounts of ${instrument}`, call });
  }
}

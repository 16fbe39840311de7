/** The later stages of the waterfall in a replay: accounts without equity are auctioned, deleveraged and paid out as anybody may do it. */
import { planBid } from "../../sdk/liquidation/auction.ts";
import { expiringBookOf } from "../../sdk/liquidation/book.ts";
import { decodeError } from "../../sdk/errors/index.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import type { Margin } from "../../sdk/types.ts";
import type { Actor } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import { markValues, portfolioOf } from "./liquidator.ts";
import type { Cast } from "./replay.ts";
import type { LossResult } from "./result.ts";

/** A bidder wants at least this part of what it takes. */
const COST_BPS = 100n;
const BPS = 10_000n;

/** @param standings In the order of the actors. */
export async function treatExhausted(
  house: DemoHouse,
  { actors, liquidator }: Cast,
  standings: readonly Pick<Margin, "equity" | "maintenance">[],
): Promise<void> {
  const exhausted = actors.filter((actor, i) => actor !== liquidator && standings[i]!.equity < 0n);
  for (const actor of exhausted) {
    const { account } = actor;
    await quietly(() => house.auction.start(account));
    await quietly(() => bid(house, actor, liquidator));
    if ((await house.clearingHouse.marginOf(account)).equity >= 0n) continue;
    if (await quietly(() => house.clearingHouse.announceDeleveraging(account))) await rankAll(house, account, actors);
    await quietly(() => house.auction.deleverage(account));
    await quietly(() => house.auction.coverDeficit(account));
  }
  if (exhausted.length > 0) await quietly(() => house.clearingHouse.socialise());
}

async function bid(house: DemoHouse, actor: Actor, liquidator: Actor): Promise<void> {
  const { auction } = house;
  const portfolio = await portfolioOf(house, actor);
  const parameters = await house.parameters.read();
  const [{ elapsed }, terms, lowest] = await Promise.all([
    auction.quote(actor.account),
    auction.auctionParameters(),
    auction.lowestSale(actor.account),
  ]);
  const plan = planBid({
    portfolio,
    assess: (candidate) => assess(candidate, parameters),
    targetBps: parameters.globals.liquidationTargetBps,
    decimals: new Map(house.collaterals.map((token, i) => [i + 1, token.decimals])),
    expiring: expiringBookOf(portfolio, (parts) => markValues(portfolio, parts, parameters)),
    parameters: terms,
    elapsed,
    lowest,
  });
  if (plan === undefined || plan.discount * BPS < plan.value * COST_BPS) return;
  await auction.connect(liquidator.signer).bid({
    account: actor.account,
    liquidator: liquidator.account,
    positions: [...plan.positions],
    collaterals: [...plan.collaterals],
    minReward: (plan.value * COST_BPS) / BPS,
  });
}

async function rankAll({ clearingHouse }: DemoHouse, account: string, actors: readonly Actor[]): Promise<void> {
  const ids = actors.map((actor) => actor.account);
  for (const instrument of await clearingHouse.instrumentsOf(account)) {
    await quietly(() => clearingHouse.rank(instrument, ids));
  }
}

/** What is refused waits for another moment: for the price, for the round of ranking, for the grace time. @returns Whether it went through. */
async function quietly(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (decodeError(thrown) === undefined) throw thrown;
    return false;
  }
}

/** From the events of the whole replay. */
export async function lossResult({ auction, clearingHouse }: DemoHouse): Promise<LossResult> {
  const [slices, closes, covers, socialised] = await Promise.all([
    auction.queryFilter(auction.filters.SliceSold()),
    auction.queryFilter(auction.filters.AccountDeleveraged()),
    auction.queryFilter(auction.filters.DeficitCovered()),
    clearingHouse.queryFilter(clearingHouse.filters.LossSocialised()),
  ]);
  const paid = [...slices, ...closes, ...covers].map(({ args }) => args);
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
  return {
    slices: slices.length,
    discounts: sum(slices.map(({ args }) => args.discount)),
    insurancePaid: sum(paid.map(({ insurancePaid }) => insurancePaid)),
    deleveraged: closes.length,
    covered: sum(closes.map(({ args }) => args.covered)),
    deficitPaid: sum(paid.map(({ deficitPaid }) => deficitPaid)),
    socialised: sum(socialised.map(({ args }) => args.borne)),
    openDeficit: await clearingHouse.openDeficit(),
  };
}

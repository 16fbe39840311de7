/**
 * The largest accounts of an event as shorts of one perpetual on a chain in this process, and one account whose loss nobody covers on
 * the other side: closed by the contracts, and compared with the allocation of sdk/waterfall account by account.
 */
import { accountId } from "../../sdk/instruments.ts";
import { abs } from "../../sdk/margin/fixedPoint.ts";
import { allocate, coveredDown, distanceDown, notionalOf, rankOf, RANKS } from "../../sdk/waterfall/index.ts";
import { chunks, openAccounts } from "../stress/open.ts";
import { each } from "../stress/ledger.ts";
import { openHouse, type StressHouse } from "../stress/market.ts";
import type { DrawnAccount } from "../stress/population.ts";
import { OPENING } from "../stress/scenarios.ts";
import { moveTo } from "../stress/shock.ts";
import { gini, topShare } from "./concentration.ts";
import type { ClosedAccount } from "./load.ts";

const SYMBOL = "BTC";
/**
 * Whoever is short gains by the fall that the other side cannot pay for, so with nothing else nobody would have a rank: accounts above
 * this leverage hold the same amount of another perpetual long, which falls further.
 */
const OTHER = "ETH";
const OTHER_FALL = 0.2;
const OTHER_FROM_LEVERAGE = 1;
/** What all positions together are worth on the chain: within the cap of the market. */
const OPEN_USD = 10e6;
const MOST_ACCOUNTS = 40;
/** For accounts without a balance, and the most that the initial margin lets anybody have. */
const HIGHEST_LEVERAGE = 10;
const LEAST_LEVERAGE = 0.2;
const LOSER = 5;
/** Equity over initial margin of the account that will lose. */
const COVER = 1.02;
/** ICompulsoryCloses: a round counts after five minutes. */
const RANKING_SECONDS = 301;
const ONE = 10n ** 8n;

export interface OnChainResult {
  readonly accounts: number;
  readonly ranks: readonly number[];
  /** Positions and ranks that differ from the twin's. */
  readonly differences: number;
  /** USD, 6 decimals. */
  readonly deficit: bigint;
  readonly covered: bigint;
  readonly coveredByTwin: bigint;
  /** Contracts of the account that could not pay, and what all others together gave. */
  readonly size: bigint;
  readonly closed: bigint;
  readonly topTenOfClosed: number;
  readonly giniOfClosed: number;
}

/** @param neededShare Of all positions: what the losing account holds. @param deficitShare Of the losing account's notional. */
export async function replayOnChain(
  accounts: readonly ClosedAccount[],
  neededShare: number,
  deficitShare: number,
): Promise<OnChainResult> {
  const house = await openHouse();
  try {
    return await replay(house, accounts, neededShare, deficitShare);
  } finally {
    await house.close();
  }
}

async function replay(
  house: StressHouse,
  accounts: readonly ClosedAccount[],
  neededShare: number,
  deficitShare: number,
): Promise<OnChainResult> {
  const { clearingHouse, auction, markets, signers } = house;
  const { instrument } = markets[SYMBOL]!;
  const total = accounts.reduce((sum, { notional }) => sum + notional, 0);
  const opened = await openAccounts(
    house,
    accounts.map(({ notional, leverage }, number) => drawn(number, (notional / total) * OPEN_USD, leverage)),
    () => {},
  );
  const ids = opened.map(({ account }) => account);
  const held = await each(ids, async (id) => -(await clearingHouse.positionOf(id, instrument)).quantity);
  const all = held.reduce((sum, quantity) => sum + quantity, 0n);

  const size = (all * BigInt(Math.round(neededShare * 1e6))) / 1_000_000n;
  const loser = await openLoser(house, size);
  const { equity } = await clearingHouse.marginOf(loser);
  const mark = BigInt(Math.round(OPENING[SYMBOL]! * 1e8));
  const notional = Number((size * mark) / ONE / 100n) / 1e6;
  const fall = Number(equity) / 1e6 / notional + deficitShare;
  await moveTo(house, { [SYMBOL]: OPENING[SYMBOL]! * (1 - fall), [OTHER]: OPENING[OTHER]! * (1 - OTHER_FALL) });
  const after = await clearingHouse.marginOf(loser);

  await auction.start(loser);
  await clearingHouse.announceDeleveraging(loser);
  for (const part of chunks(ids, MOST_ACCOUNTS)) await clearingHouse.rank(instrument, part);
  const ranks = await each(ids, async (id) => Number(await clearingHouse.rankOf(id, instrument)));
  const expected = await each(ids, async (id) => {
    const margin = await clearingHouse.marginOf(id);
    return rankOf(margin.equity, margin.maintenance);
  });
  await house.wait(RANKING_SECONDS);
  const { blockNumber } = (await (await auction.connect(signers[0]).deleverage(loser)).wait())!;
  const [event] = await auction.queryFilter(auction.filters.AccountDeleveraged(), blockNumber, blockNumber);
  const { deficit, covered } = event!.args;

  const closed = await each(ids, async (id) => abs((await clearingHouse.pendingClose(id, instrument)).closed));
  const price = await house.priceOf(SYMBOL);
  const holders = held.map((quantity, i) => ({ quantity, rank: ranks[i]! }));
  const twin = allocate(size, holders);
  const distance = distanceDown(price, deficit, notionalOf([{ quantity: size, mark: price }]));
  const numbers = closed.map(Number);
  return {
    accounts: ids.length,
    ranks: Array.from({ length: RANKS }, (_, rank) => ranks.filter((own) => own === rank).length),
    differences: ids.filter((_, i) => closed[i] !== twin[i] || ranks[i] !== expected[i]).length,
    deficit: after.equity < 0n ? -after.equity : 0n,
    covered,
    coveredByTwin: coveredDown(size, distance),
    size,
    closed: closed.reduce((sum, quantity) => sum + quantity, 0n),
    topTenOfClosed: topShare(numbers, 10),
    giniOfClosed: gini(numbers),
  };
}

/** A short of so many dollars, with the leverage that the table has, as far as margins let it. */
function drawn(number: number, usd: number, given: number | undefined): DrawnAccount {
  const leverage = Math.min(HIGHEST_LEVERAGE, Math.max(LEAST_LEVERAGE, given ?? HIGHEST_LEVERAGE));
  const short = { symbol: SYMBOL, usd: -usd };
  return {
    number,
    kind: "few perpetuals",
    isHedged: false,
    legs: leverage > OTHER_FROM_LEVERAGE ? [short, { symbol: OTHER, usd }] : [short],
    options: undefined,
    leverage,
    tokenShare: 0,
  };
}

/** The other side of what is needed, on little more than the initial margin. */
async function openLoser(house: StressHouse, size: bigint): Promise<string> {
  const { clearingHouse, tokens, signers, perpetualMaker } = house;
  const signer = signers[LOSER]!;
  const usdc = Math.ceil((Number(size) / 1e8) * OPENING[SYMBOL]!);
  const trader = await house.openAccount(signer, 0, { usdc });
  const contracts = (Number(size) / 1e8).toFixed(8);
  await house.trade(trader, perpetualMaker, SYMBOL, contracts, OPENING[SYMBOL]!.toFixed(8));
  const { equity, initial } = await clearingHouse.marginOf(trader.account);
  const spare = equity - (initial * BigInt(COVER * 100)) / 100n;
  await clearingHouse.connect(signer).withdraw(trader.account, tokens.usdc, spare, signer.address);
  return accountId(signer.address, 0);
}

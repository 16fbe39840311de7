/**
 * The closed accounts and coins of an event under three rules: the queue that was in force, this house's, and plain pro rata. Amounts that
 * a rule computes are exact integers (sdk/waterfall); what is measured or published are floating-point dollars. `toUnits` is the
 * one place where these become those.
 */
import {
  allocate,
  allocateProRata,
  type Holder,
  coveredDown,
  distanceDown,
  notionalOf,
  rankOfLeverage,
  RANKS,
} from "../../sdk/waterfall/index.ts";
import { gini, topShare } from "./concentration.ts";
import type { ClosedAccount, ClosedBook, ClosedCoin } from "./load.ts";
import type { PublishedFigures } from "./published.ts";

const USD = 1e6;
const ONE = 1e8;
const MILLIONTHS = 1_000_000n;
const TOP = 10;

export const toUnits = (value: number, unit: number): bigint => BigInt(Math.round(value * unit));

/** One coin: what the queue did, and what closing the same contracts at one price would have taken. Dollars; bigint with 6 decimals. */
export interface CoinResult extends ClosedCoin {
  /** This coin's part of the need: by notional, as the rule spreads it. */
  readonly deficit: bigint;
  /** Taken by this house's rule, at the mark less a shift of so many basis points. */
  readonly taken: bigint;
  readonly shiftBps: number;
  /** The published haircut and overshoot, spread by the profit that was closed. */
  readonly queueHaircut: number;
  readonly queueOvershoot: number;
}

/** One rule over all accounts. Dollars. */
export interface RuleResult {
  readonly rule: "queue" | "queue to the need" | "ranked" | "pro rata";
  readonly accounts: number;
  /** Of whom everything was closed. */
  readonly closedWhole: number;
  readonly closed: number;
  readonly taken: number;
  /** Beyond the need. */
  readonly overshoot: number;
  readonly topTenOfTaken: number;
  readonly giniOfTaken: number;
  readonly topTenOfClosed: number;
  readonly giniOfClosed: number;
}

/** How far the amount taken is from a deficit, USD with 6 decimals. */
export interface DeficitResult {
  readonly deficit: bigint;
  readonly taken: bigint;
  readonly shiftBps: number;
}

export interface Ranked {
  readonly maintenanceBps: bigint;
  /** Accounts and notional by rank, 0 first. */
  readonly accounts: readonly number[];
  readonly notional: readonly number[];
  readonly result: RuleResult;
}

export interface Comparison {
  readonly coins: readonly CoinResult[];
  /** With every closed position closed, and with the published excess left open. */
  readonly all: readonly RuleResult[];
  readonly needed: readonly RuleResult[];
  readonly deficits: readonly DeficitResult[];
  readonly sensitivity: readonly Ranked[];
}

/** @param maintenanceBps Assumed: maintenance margin as a share of notional; the first one is that of the results. */
export function compare(
  { accounts, coins }: ClosedBook,
  published: PublishedFigures,
  maintenanceBps: readonly bigint[],
): Comparison {
  const total = coins.reduce((sum, { notional }) => sum + notional, 0);
  const need = toUnits(published.needed, USD);
  const share = Math.max(0, 1 - published.excessPositions / total);
  const run = (part: number, bps: bigint): RuleResult[] => [
    queueResult(accounts, published),
    ruleResult("queue to the need", accounts, part, need, (quantity) => queueUp(quantity, accounts)),
    ruleResult("ranked", accounts, part, need, (quantity) => allocate(quantity, holdersOf(accounts, bps))),
    ruleResult("pro rata", accounts, part, need, (quantity) => allocateProRata(quantity, holdersOf(accounts, bps))),
  ];
  return {
    coins: coinResults(coins, published),
    all: run(1, maintenanceBps[0]!),
    needed: run(share, maintenanceBps[0]!),
    deficits: [published.needed, published.deficit].map((dollars) => deficitResult(coins, toUnits(dollars, USD))),
    sensitivity: maintenanceBps.map((bps) => {
      const holders = holdersOf(accounts, bps);
      const ranks = Array.from({ length: RANKS }, (_, rank) =>
        accounts.filter((_account, i) => holders[i]!.rank === rank),
      );
      return {
        maintenanceBps: bps,
        accounts: ranks.map((members) => members.length),
        notional: ranks.map((members) => members.reduce((sum, { notional }) => sum + notional, 0)),
        result: run(share, bps)[2]!,
      };
    }),
  };
}

/** Whole positions, the largest profit percentage times leverage first, until there is enough: the priority that venues publish. */
export function queueUp(quantity: bigint, accounts: readonly ClosedAccount[]): bigint[] {
  const priority = accounts.map(({ profitPercent, leverage }) => profitPercent * (leverage ?? Infinity));
  const order = accounts
    .map((_, i) => i)
    .sort((a, b) => (priority[a]! === priority[b]! ? a - b : priority[b]! - priority[a]!));
  const closed = accounts.map(() => 0n);
  let left = quantity;
  for (const i of order) {
    if (left <= 0n) break;
    closed[i] = toUnits(accounts[i]!.notional, ONE);
    left -= closed[i];
  }
  return closed;
}

/** A position of one dollar a contract for each account, with the rank that its leverage gives it. */
export function holdersOf(accounts: readonly ClosedAccount[], maintenanceBps: bigint): Holder[] {
  return accounts.map(({ notional, leverage }) => ({
    quantity: toUnits(notional, ONE),
    rank: rankOfLeverage(
      leverage === undefined ? undefined : toUnits(leverage, Number(MILLIONTHS)),
      MILLIONTHS,
      maintenanceBps,
    ),
  }));
}

const positionOf = ({ volume, notional }: ClosedCoin) => ({
  quantity: toUnits(volume, ONE),
  mark: toUnits(notional / volume, ONE),
});

/** All coins as the perpetuals of one account that cannot pay. */
function coinResults(coins: readonly ClosedCoin[], published: PublishedFigures): CoinResult[] {
  const positions = coins.map(positionOf);
  const [need, notional] = [toUnits(published.needed, USD), notionalOf(positions)];
  const profits = coins.reduce((sum, { profit }) => sum + Math.max(0, profit), 0);
  return coins.map((coin, i) => {
    const { quantity, mark } = positions[i]!;
    const deficit = (need * quantity * mark) / notional;
    const distance = distanceDown(mark, need, notional);
    const queueHaircut = profits === 0 ? 0 : (published.haircut * Math.max(0, coin.profit)) / profits;
    return {
      ...coin,
      deficit,
      taken: coveredDown(quantity, distance),
      shiftBps: (Number(distance) / Number(mark)) * 10_000,
      queueHaircut,
      queueOvershoot: queueHaircut - Number(deficit) / USD,
    };
  });
}

function deficitResult(coins: readonly ClosedCoin[], deficit: bigint): DeficitResult {
  const positions = coins.map(positionOf);
  const notional = notionalOf(positions);
  const taken = positions.reduce(
    (sum, { quantity, mark }) => sum + coveredDown(quantity, distanceDown(mark, deficit, notional)),
    0n,
  );
  const dollars = coins.reduce((sum, coin) => sum + coin.notional, 0);
  return { deficit, taken, shiftBps: (Number(taken) / USD / dollars) * 10_000 };
}

/** What the tables say of the queue; what it took of each account is the published haircut by the profit that was closed. */
function queueResult(accounts: readonly ClosedAccount[], published: PublishedFigures): RuleResult {
  const profits = accounts.map(({ profit }) => Math.max(0, profit));
  const total = profits.reduce((sum, profit) => sum + profit, 0);
  const taken = profits.map((profit) => (total === 0 ? 0 : (published.haircut * profit) / total));
  return {
    rule: "queue",
    accounts: accounts.length,
    closedWhole: accounts.length,
    ...figures(
      accounts.map(({ notional }) => notional),
      taken,
      published.needed,
    ),
  };
}

function ruleResult(
  rule: RuleResult["rule"],
  accounts: readonly ClosedAccount[],
  part: number,
  need: bigint,
  allocation: (quantity: bigint) => bigint[],
): RuleResult {
  const quantities = accounts.map(({ notional }) => toUnits(notional, ONE));
  const whole = quantities.reduce((sum, quantity) => sum + quantity, 0n);
  const quantity = (whole * toUnits(part, USD)) / MILLIONTHS;
  const closed = allocation(quantity);
  const mark = BigInt(ONE);
  const distance = distanceDown(mark, need, notionalOf([{ quantity, mark }]));
  const taken = closed.map((amount) => Number(amount * distance) / (ONE * ONE));
  // What is booked: rounding, below a unit for each account, is no part of it. A queue that closes too much takes too much.
  const all = closed.reduce((sum, amount) => sum + amount, 0n);
  const booked = rule === "queue to the need" ? all : quantity;
  const paid = Number(coveredDown(booked, distance)) / USD;
  return {
    rule,
    accounts: closed.filter((amount) => amount > 0n).length,
    closedWhole: closed.filter((amount, i) => amount === quantities[i]!).length,
    ...figures(
      closed.map((amount) => Number(amount) / ONE),
      taken,
      Number(need) / USD,
    ),
    closed: Number(booked) / ONE,
    taken: paid,
    overshoot: paid - Number(need) / USD,
  };
}

function figures(closed: readonly number[], taken: readonly number[], need: number) {
  const all = taken.reduce((sum, amount) => sum + amount, 0);
  return {
    closed: closed.reduce((sum, amount) => sum + amount, 0),
    taken: all,
    overshoot: all - need,
    topTenOfTaken: topShare(taken, TOP),
    giniOfTaken: gini(taken),
    topTenOfClosed: topShare(closed, TOP),
    giniOfClosed: gini(closed),
  };
}

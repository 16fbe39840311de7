/** Compares the books that the events tell with what the contracts store. Pure. */
import { bucketOf } from "../../sdk/instruments.ts";
import type { Books } from "./books.ts";
import type { AccountEntry, LedgerSnapshot } from "./identities.ts";

/** One figure that is not the same in both. */
export interface Difference {
  /** Account, or what else the figure belongs to. */
  readonly of: string;
  readonly what: string;
  readonly replayed: bigint;
  readonly stored: bigint;
}

/** One claim: that all figures of a kind are the same. The totals are sums of magnitudes, so that the two can be told apart. */
export interface Comparison {
  readonly claim: string;
  readonly holds: boolean;
  readonly figures: number;
  readonly replayed: bigint;
  readonly stored: bigint;
  readonly differences: readonly Difference[];
}

/** What the chain says beside the snapshot. */
export interface Stored {
  readonly ledger: LedgerSnapshot;
  /** In the order of the list. */
  readonly accounts: readonly string[];
  /** What the vault says it owes, and the ledger's total: of cash, then of each collateral. */
  readonly recorded: readonly bigint[];
  readonly totals: readonly bigint[];
  /** The cash pool's totals up to now. */
  readonly supplied: bigint;
  readonly borrowed: bigint;
}

export function compare(books: Books, stored: Stored): Comparison[] {
  return [
    compareAccounts(books, stored),
    comparison("Events fit the ones before them", misfits(books), books.misfits.length),
    compareCash(books, stored),
    compareCollateral(books, stored),
    comparePositions(books, stored),
    compareCustody(books, stored),
    comparePool(books, stored),
  ];
}

function comparison(claim: string, figures: readonly Difference[], count = figures.length, tolerance = 0n): Comparison {
  const differences = figures.filter((d) => magnitude(d.replayed - d.stored) > tolerance);
  return {
    claim,
    holds: differences.length === 0,
    figures: count,
    replayed: sum(figures.map(({ replayed }) => magnitude(replayed))),
    stored: sum(figures.map(({ stored }) => magnitude(stored))),
    differences,
  };
}

const misfits = (books: Books): Difference[] =>
  books.misfits.map(({ event, account, block, reported, replayed }) => ({
    of: account,
    what: `${event} in block ${block}`,
    replayed,
    stored: reported,
  }));

function compareAccounts(books: Books, { accounts }: Stored): Comparison {
  const length = Math.max(accounts.length, books.accounts.length);
  const figures = Array.from({ length }, (_, i): Difference => {
    const [replayed, stored] = [books.accounts[i], accounts[i]];
    return {
      of: stored ?? replayed!,
      what: `number ${i} in the list`,
      replayed: replayed === undefined ? 0n : 1n,
      stored: stored === undefined ? 0n : replayed === undefined || replayed === stored ? 1n : 2n,
    };
  });
  return comparison("Accounts are those that were opened, in that order", figures);
}

function compareCash(books: Books, { ledger }: Stored): Comparison {
  const byId = entries(ledger);
  const figures = union(books.everybody(), byId.keys())
    .filter((id) => id !== ledger.vaultAccount)
    .map((id) => ({
      of: id,
      what: "cash",
      replayed: books.cash.get(id) ?? 0n,
      stored: byId.get(id)?.storedCash ?? 0n,
    }));
  const vault = {
    of: ledger.vaultAccount,
    what: "cash of the vault's account",
    replayed: -(books.custody.get(0) ?? 0n),
    stored: byId.get(ledger.vaultAccount)?.storedCash ?? 0n,
  };
  return comparison("Cash of every account is what its events add up to", [...figures, vault]);
}

function compareCollateral(books: Books, { ledger }: Stored): Comparison {
  const byId = entries(ledger);
  const figures = union(books.everybody(), byId.keys()).flatMap((of) =>
    ledger.collaterals.map(({ symbol }, i) => ({
      of,
      what: symbol,
      replayed: books.collateralOf(of, i + 1),
      stored: byId.get(of)?.collaterals[i] ?? 0n,
    })),
  );
  return comparison("So are the tokens of every account", figures.filter(isSomething));
}

function comparePositions(books: Books, { ledger }: Stored): Comparison {
  const byId = entries(ledger);
  const figures = union(books.everybody(), byId.keys()).flatMap((of) => {
    const replayed = new Map(books.positionsOf(of).map((p) => [p.instrument, p]));
    const stored = new Map((byId.get(of)?.positions ?? []).map((p) => [p.instrument, p]));
    return union(replayed.keys(), stored.keys()).flatMap((instrument): Difference[] => {
      const [a, b] = [replayed.get(instrument), stored.get(instrument)];
      const name = `instrument ${instrument} (bucket ${bucketOf(instrument)})`;
      return [
        { of, what: `contracts of ${name}`, replayed: a?.quantity ?? 0n, stored: b?.quantity ?? 0n },
        { of, what: `quote of ${name}`, replayed: a?.quote ?? 0n, stored: b?.quote ?? 0n },
      ];
    });
  });
  return comparison("So are contracts and quotes of every position, options included", figures.filter(isSomething));
}

function compareCustody(books: Books, { ledger, recorded, totals }: Stored): Comparison {
  const tokens = [ledger.cashToken, ...ledger.collaterals];
  const figures = tokens.flatMap(({ symbol }, asset): Difference[] => {
    const replayed = books.custody.get(asset) ?? 0n;
    return [
      { of: symbol, what: "recorded by the vault", replayed, stored: recorded[asset]! },
      { of: symbol, what: "owed by the ledger", replayed, stored: totals[asset]! },
    ];
  });
  return comparison("The vault owes what came in less what went out", figures);
}

/** Totals grow by the indices, accounts by rounded cash: a unit for each time that an account was written. */
function comparePool(books: Books, { ledger, supplied, borrowed }: Stored): Comparison {
  const cash = ledger.accounts.filter(({ isSystem }) => !isSystem).map((account) => account.cash);
  const figures = [
    { of: "cash pool", what: "supplied", replayed: sum(cash.filter((c) => c > 0n)), stored: supplied },
    { of: "cash pool", what: "borrowed", replayed: -sum(cash.filter((c) => c < 0n)), stored: borrowed },
  ];
  const tolerance = BigInt(books.cashEvents + cash.length);
  return comparison("The cash pool's totals are what accounts have and owe, but for rounding", figures, 2, tolerance);
}

const entries = (ledger: LedgerSnapshot): Map<string, AccountEntry> => new Map(ledger.accounts.map((a) => [a.id, a]));
const union = <T>(a: Iterable<T>, b: Iterable<T>): T[] => [...new Set([...a, ...b])];
const isSomething = ({ replayed, stored }: Difference): boolean => replayed !== 0n || stored !== 0n;
const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);
const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

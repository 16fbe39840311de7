/**
 * The tables of a deleveraging event: `liquidity/hyperliquid_adl_by_account_DATE.csv` and `…_by_coin_DATE.csv`, plain or compressed.
 * What the columns are is in docs/deleveraging.md; only those that are used are read.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** Data or a command line that will not do. The message is a sentence that says where. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** What the queue closed of one account, all coins together. Dollars. */
export interface ClosedAccount {
  readonly id: string;
  readonly notional: number;
  /** Realised by the closes. */
  readonly profit: number;
  /** Notional over the account's balance, as the source has it; undefined where the balance was not positive. */
  readonly leverage: number | undefined;
  /** In percent of the notional, as the source has it. */
  readonly profitPercent: number;
  readonly hadNegativeEquity: boolean;
}

/** What the queue closed of one coin, all accounts together. */
export interface ClosedCoin {
  readonly ticker: string;
  /** Contracts and dollars. */
  readonly volume: number;
  readonly notional: number;
  readonly profit: number;
  readonly accounts: number;
  /** Closes of accounts whose equity was negative. */
  readonly negativeEquity: number;
}

export interface ClosedBook {
  readonly accounts: readonly ClosedAccount[];
  readonly coins: readonly ClosedCoin[];
}

const FOLDER = "liquidity";
const ACCOUNTS = "hyperliquid_adl_by_account_";
const COINS = "hyperliquid_adl_by_coin_";
const ACCOUNT_COLUMNS = [
  "id",
  "adl_notional",
  "closed_pnl",
  "leverage_realtime",
  "pnl_percent",
  "account_value_realtime",
  "is_negative_equity",
] as const;
const COIN_COLUMNS = [
  "ticker",
  "net_volume",
  "net_notional_usd",
  "total_pnl",
  "num_users",
  "is_negative_equity",
] as const;

/** @param date As in the names of the files: 2025-10-10. */
export function loadClosedBook(folder: string, date: string): ClosedBook {
  const accounts = parseAccounts(readTable(folder, `${ACCOUNTS}${date}`));
  const coins = parseCoins(readTable(folder, `${COINS}${date}`));
  return { accounts, coins };
}

interface Table {
  readonly name: string;
  readonly text: string;
}

function readTable(folder: string, stem: string): Table {
  for (const name of [`${stem}.csv.gz`, `${stem}.csv`]) {
    const path = join(folder, FOLDER, name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    return { name, text: (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8") };
  }
  throw new DataError(`There is no ${FOLDER}/${stem}.csv or .csv.gz in ${folder}. See docs/deleveraging.md.`);
}

function parseAccounts(table: Table): ClosedAccount[] {
  const seen = new Set<string>();
  return [...rowsOf(table, ACCOUNT_COLUMNS)].map(({ at, cells }) => {
    const number = (column: (typeof ACCOUNT_COLUMNS)[number]) => numberOf(at, column, cells[column]);
    if (seen.has(cells.id)) throw new DataError(`${at}: account ${cells.id} is there twice.`);
    seen.add(cells.id);
    return {
      id: cells.id,
      notional: positive(at, "adl_notional", cells.adl_notional),
      profit: number("closed_pnl"),
      leverage: number("account_value_realtime") > 0 ? number("leverage_realtime") : undefined,
      profitPercent: number("pnl_percent"),
      hadNegativeEquity: number("is_negative_equity") !== 0,
    };
  });
}

function parseCoins(table: Table): ClosedCoin[] {
  return [...rowsOf(table, COIN_COLUMNS)].map(({ at, cells }) => ({
    ticker: cells.ticker,
    volume: positive(at, "net_volume", cells.net_volume),
    notional: positive(at, "net_notional_usd", cells.net_notional_usd),
    profit: numberOf(at, "total_pnl", cells.total_pnl),
    accounts: numberOf(at, "num_users", cells.num_users),
    negativeEquity: numberOf(at, "is_negative_equity", cells.is_negative_equity),
  }));
}

interface Row<Column extends string> {
  readonly at: string;
  readonly cells: Readonly<Record<Column, string>>;
}

function* rowsOf<Column extends string>({ name, text }: Table, columns: readonly Column[]): Generator<Row<Column>> {
  const lines = text.split(/\r?\n/);
  const header = lines[0]!.split(",");
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) throw new DataError(`${name} has no column ${missing.join(", ")}.`);
  let rows = 0;
  for (let i = 1; i < lines.length; i++) {
    if (lines[i] === "") continue;
    const parts = lines[i]!.split(",");
    const at = `Line ${i + 1} of ${name}`;
    if (parts.length !== header.length) {
      throw new DataError(`${at} has ${parts.length} cells, its header has ${header.length}.`);
    }
    const cells = Object.fromEntries(columns.map((column) => [column, parts[header.indexOf(column)]!.trim()]));
    rows++;
    yield { at, cells: cells as Record<Column, string> };
  }
  if (rows === 0) throw new DataError(`${name} has no rows.`);
}

function numberOf(at: string, column: string, cell: string): number {
  const value = Number(cell);
  if (cell === "" || !Number.isFinite(value)) throw new DataError(`${at}, ${column}: "${cell}" is not a number.`);
  return value;
}

function positive(at: string, column: string, cell: string): number {
  const value = numberOf(at, column, cell);
  if (value <= 0) throw new DataError(`${at}, ${column}: "${cell}" is not positive.`);
  return value;
}

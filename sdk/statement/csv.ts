import { formatDecimal, formatPrice, formatQuantity, formatUsd } from "../units.ts";
import { timeText } from "../format.ts";
import { decodeAccountId } from "../instruments.ts";
import { instrumentName, type Names } from "../names.ts";
import type { Entry, Statement } from "./types.ts";

/** Columns in their order, with what is in them; documented in docs/sdk.md. */
export const STATEMENT_COLUMNS = [
  "time",
  "type",
  "instrument",
  "quantity",
  "price",
  "fee",
  "cash",
  "balance",
  "funding",
  "position",
  "quote",
  "asset",
  "amount",
  "asset_balance",
  "counterparty",
  "order",
  "block",
  "transaction",
  "log_index",
] as const;
export type StatementColumn = (typeof STATEMENT_COLUMNS)[number];

const optional = <T>(value: T | undefined, format: (value: T) => string): string =>
  value === undefined ? "" : format(value);

function cells(entry: Entry, names: Names): Record<StatementColumn, string> {
  const asset = entry.asset === undefined ? undefined : names.assets?.[entry.asset];
  const amount = (value: bigint): string =>
    asset === undefined ? value.toString() : plainAmount(value, asset.decimals);
  return {
    time: timeText(entry.timestamp),
    type: entry.type,
    instrument: optional(entry.instrument, (id) => instrumentSymbol(id, names)),
    quantity: optional(entry.quantity, formatQuantity),
    price: optional(entry.price, formatPrice),
    fee: entry.fee === 0n ? "" : formatUsd(entry.fee),
    cash: formatUsd(entry.cash),
    balance: formatUsd(entry.balance),
    funding: optional(entry.funding, formatUsd),
    position: optional(entry.position, formatQuantity),
    quote: optional(entry.quote, formatUsd),
    asset: optional(entry.asset, (id) => asset?.symbol ?? `asset ${id}`),
    amount: optional(entry.amount, amount),
    asset_balance: optional(entry.assetBalance, amount),
    counterparty: optional(entry.counterparty, partyText),
    order: entry.order ?? "",
    block: String(entry.blockNumber),
    transaction: entry.transaction,
    log_index: entry.transaction === "" ? "" : String(entry.logIndex),
  };
}

const plainAmount = (value: bigint, decimals: number): string => formatDecimal(value, decimals);

/** "ETH-PERP", or the id in decimals. */
function instrumentSymbol(instrument: bigint, names: Names): string {
  const underlying = Number(instrument >> 56n);
  return names.underlyings?.[underlying] === undefined ? instrument.toString() : instrumentName(instrument, names);
}

/** An account as owner/number, as the statement command takes it; an address as it is. */
function partyText(party: string): string {
  if (party.length !== 66) return party;
  const { owner, number } = decodeAccountId(party);
  return `${owner}/${number}`;
}

/** RFC 4180: a header, a line for each entry, CRLF. Amounts are plain decimals in dollars and contracts. */
export function statementToCsv(statement: Statement, names: Names = {}): string {
  const rows = statement.entries.map((entry) => {
    const byColumn = cells(entry, names);
    return STATEMENT_COLUMNS.map((column) => byColumn[column]);
  });
  return [STATEMENT_COLUMNS, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

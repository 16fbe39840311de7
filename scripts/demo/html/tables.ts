/** The report's tables. */
import type {
  AccountResult,
  AuditResult,
  CollateralEffect,
  EstimationResult,
  ExpiryResult,
  LiquidationResult,
  OptionsResult,
} from "../result.ts";
import { dollars, health, hour, percent, quantity } from "../text.ts";

const BPS = 10_000;

/** A table's column. */
export interface Column<T> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: T) => string;
  readonly style?: (row: T) => string;
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export function summaryTable(accounts: readonly AccountResult[]): string {
  return table(accounts, [
    { title: "Account", cell: ({ name }) => name },
    { title: "Holds", cell: ({ holds }) => holds, style: () => "wide" },
    { title: "Isolated margin", isNumber: true, cell: (a) => dollars(a.isolatedMargin) },
    { title: "Portfolio margin", isNumber: true, cell: (a) => dollars(a.portfolioMargin) },
    { title: "Gain", isNumber: true, cell: (a) => (a.isolatedMargin === 0n ? "–" : percent(a.gain)) },
    { title: "Equity", isNumber: true, cell: (a) => dollars(a.opening.equity) },
    { title: "Required", isNumber: true, cell: (a) => dollars(a.opening.initial) },
    { title: "Health", isNumber: true, cell: (a) => health(a.opening.equity, a.opening.maintenance) },
  ]);
}

export function collateralTable(effects: readonly CollateralEffect[]): string {
  return table(effects, [
    { title: "Position", cell: ({ position }) => position },
    { title: "Initial margin with USDC", isNumber: true, cell: (e) => dollars(e.withCash) },
    { title: "with 1,000 WETH", isNumber: true, cell: (e) => dollars(e.withEther) },
    { title: "Difference", isNumber: true, cell: (e) => dollars(e.withEther - e.withCash) },
  ]);
}

export function estimationTable({ ranges }: EstimationResult): string {
  return table(ranges, [
    { title: "Underlying", cell: ({ symbol }) => symbol },
    { title: "Scan range before", isNumber: true, cell: ({ start }) => percent(start / BPS) },
    { title: "highest", isNumber: true, cell: ({ highest }) => percent(highest / BPS) },
    { title: "after", isNumber: true, cell: ({ end }) => percent(end / BPS) },
    { title: "Updates", isNumber: true, cell: ({ updates }) => String(updates) },
  ]);
}

export function liquidationTable(liquidations: readonly LiquidationResult[]): string {
  if (liquidations.length === 0) return "<p>No account fell below its maintenance margin.</p>";
  return table(liquidations, [
    { title: "Time, UTC", cell: (l) => hour(l.timestamp) },
    { title: "Account", cell: (l) => l.account },
    { title: "Taken over", cell: (l) => l.parts.map((p) => `${quantity(p.quantity)} ${p.instrument}`).join(", ") },
    { title: "Value", isNumber: true, cell: (l) => dollars(l.parts.reduce((sum, { value }) => sum + value, 0n)) },
    { title: "Reward", isNumber: true, cell: (l) => dollars(l.reward) },
    { title: "To insurance", isNumber: true, cell: (l) => dollars(l.insuranceShare) },
    { title: "Equity", isNumber: true, cell: (l) => `${dollars(l.equityBefore)} → ${dollars(l.equityAfter)}` },
    {
      title: "Maintenance margin",
      isNumber: true,
      cell: (l) => `${dollars(l.maintenanceBefore)} → ${dollars(l.maintenanceAfter)}`,
    },
  ]);
}

/** What the market maker holds: futures and perpetuals after the options of their underlying. */
export function makerTable({ makerLegs }: OptionsResult): string {
  const strike = (name: string): string => name.split("-")[2] ?? "";
  const rows = new Map<string, { series: string; puts: string[]; calls: string[]; linear: string }>();
  for (const { instrument, quantity: amount } of makerLegs) {
    const [symbol, expiry, , right] = instrument.split("-");
    const series = `${symbol}-${expiry}`;
    const row = rows.get(series) ?? { series, puts: [], calls: [], linear: "" };
    const text = `${quantity(amount)} at ${strike(instrument)}`;
    if (right === "P") row.puts.push(text);
    else if (right === "C") row.calls.push(text);
    else row.linear = quantity(amount);
    rows.set(series, row);
  }
  return table(
    [...rows.values()],
    [
      { title: "Underlying and expiry", cell: ({ series }) => series },
      { title: "Puts, contracts at strike", cell: ({ puts }) => puts.join(", ") },
      { title: "Calls, contracts at strike", cell: ({ calls }) => calls.join(", ") },
      { title: "Future or perpetual", isNumber: true, cell: ({ linear }) => linear },
    ],
  );
}

export function expiryTable(expiries: readonly ExpiryResult[]): string {
  if (expiries.length === 0) return "<p>Nothing expired during the event.</p>";
  return table(expiries, [
    { title: "Expiry", cell: ({ expiry }) => expiry },
    { title: "Settled at, USD", isNumber: true, cell: ({ price }) => (Number(price) / 1e8).toLocaleString("en-US") },
    { title: "Round of the feed", isNumber: true, cell: ({ round }) => String(round) },
    {
      title: "Paid to (and by) accounts, USD",
      cell: ({ payments }) => payments.map(({ account, paid }) => `${account} ${dollars(paid)}`).join(", "),
    },
  ]);
}

export function auditTable({ lines }: AuditResult): string {
  return table(lines, [
    { title: "Identity", cell: ({ claim }) => claim },
    { title: "Holds", cell: ({ holds }) => (holds ? "yes" : "NO"), style: ({ holds }) => (holds ? "yes" : "no") },
    { title: "Figures", cell: ({ evidence }) => evidence },
  ]);
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const attribute = (names: readonly string[]) => (names.length === 0 ? "" : ` class="${names.join(" ")}"`);
  const number = ({ isNumber }: Column<T>) => (isNumber === true ? ["number"] : []);
  const head = columns.map((column) => `<th${attribute(number(column))}>${escapeHtml(column.title)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = columns.map((column) => {
      const names = [...number(column), ...(column.style === undefined ? [] : [column.style(row)])];
      return `<td${attribute(names)}>${escapeHtml(column.cell(row))}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`;
}

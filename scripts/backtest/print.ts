/** Results on the terminal. */
import { left, right, section, table } from "../demo/table.ts";
import { plural } from "../demo/text.ts";
import { DEPLOYED } from "./house-margin.ts";
import { dayName } from "./market.ts";
import type { Procyclicality } from "./procyclicality.ts";
import type { Backtest } from "./run.ts";
import { type Result, TARGET } from "./summary.ts";

export const share = (value: number, decimals = 2): string => `${(100 * value).toFixed(decimals)} %`;
export const factor = (value: number | null): string => (value === null ? "–" : value.toFixed(2));
/** Three decimals: the books of market makers need hundredths of what their positions need alone. */
export const figure = (value: number | null): string => (value === null ? "–" : value.toFixed(3));
export const interval = ({ low, high }: { low: number; high: number }): string =>
  `${(100 * low).toFixed(2)}–${(100 * high).toFixed(2)}`;
const probability = (value: number | null): string =>
  value === null ? "–" : value < 0.001 ? "< 0.001" : value.toFixed(3);

/** What a class shows of a rule, title and cell; the report has the same columns. */
export const RESULT_COLUMNS: readonly (readonly [title: string, cell: (result: Result) => string])[] = [
  ["margin ÷ isolated", ({ row }) => figure(row.marginOverIsolated)],
  ["at equal coverage", ({ row }) => figure(row.marginAtEqualCoverage)],
  ["book by book", ({ atEqualCoverageByBook }) => figure(atEqualCoverageByBook)],
  ["IM < loss, 24 h", ({ row }) => share(row.imExceeded24h)],
  ["on the path", ({ row }) => share(row.imExceededPath)],
  ["95 % interval", ({ path }) => interval(path)],
  ["MM < loss, 24 h", ({ row }) => share(row.mmExceeded24h)],
  ["Kupiec p", ({ row }) => probability(row.kupiecP)],
  ["books rejected", ({ rejected }) => share(rejected.path, 1)],
  ["dependent", ({ rejected }) => share(rejected.dependent, 1)],
  ["worst loss ÷ IM", ({ row }) => factor(row.worstShortfall)],
];

export const PROCYCLICALITY_COLUMNS: readonly (readonly [title: string, cell: (row: Procyclicality) => string])[] = [
  ["peak ÷ trough", (row) => factor(row.medianPeakOverTrough)],
  ["worst book", (row) => factor(row.worstPeakOverTrough)],
  ["most in a day", (row) => `×${factor(row.medianRise)}`],
  ["worst book", (row) => `×${factor(row.worstRise)}`],
  ["margin ÷ isolated", (row) => factor(row.marginOverIsolated)],
  ["IM < loss, 24 h", (row) => share(row.imExceeded24h)],
  ["on the path", (row) => share(row.imExceededPath)],
  ["worst loss ÷ IM", (row) => factor(row.worstShortfall)],
];

export function introduction({ symbols, days, linearBooks, optionMarkets, stressedShare, variants }: Backtest): string {
  const options =
    optionMarkets.length === 0
      ? "No option books: the folder holds no implied volatility of these assets."
      : `Option books: ${optionMarkets.map(({ name, days: count }) => `${name} ${plural(count, "day")}`).join(", ")}.`;
  return [
    `${plural(days.length, "day")} from ${dayName(days[0]!)} to ${dayName(days.at(-1)!)}, ${plural(symbols.length, "asset")}, ` +
      `${plural(linearBooks, "book")} of perpetuals.`,
    options,
    `Parameters: ${DEPLOYED} for what is chosen; ranges, volatilities, correlations and turnover as measured until each day; ` +
      `${variants[0]!.name}; correlations stressed on ${share(stressedShare, 1)} of days.`,
  ].join("\n");
}

export function resultTable(results: readonly Result[]): string {
  const rows = results.map((result, i) => [
    results[i - 1]?.row.class === result.row.class ? "" : `${result.row.class} (${result.row.books})`,
    result.row.rule,
    ...RESULT_COLUMNS.map(([, cell]) => cell(result)),
  ]);
  const titles = RESULT_COLUMNS.map(([title]) => right(title));
  return `${section("Coverage", `initial margin may be exceeded on ${share(TARGET, 1)} of days`)}\n${table([left("class (books)"), left("rule"), ...titles], rows)}`;
}

export function procyclicalityTable(rows: readonly Procyclicality[]): string {
  const cells = rows.map((row, i) => [
    rows[i - 1]?.class === row.class ? "" : row.class,
    row.variant,
    ...PROCYCLICALITY_COLUMNS.map(([, cell]) => cell(row)),
  ]);
  const titles = PROCYCLICALITY_COLUMNS.map(([title]) => right(title));
  return `${section("Margin of books that do not change", "largest over smallest on these days")}\n${table([left("class"), left("parameters"), ...titles], cells)}`;
}

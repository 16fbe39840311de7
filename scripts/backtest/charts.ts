/** What the report's charts show; data only, like those of the demo. */
import { AXIS, type Chart, COLOR, FORMAT, LEGEND, LINE_LEGEND, TEXT } from "../demo/html/charts.ts";
import type { Procyclicality } from "./procyclicality.ts";
import { HOUSE, RULES } from "./rules/index.ts";
import type { Backtest } from "./run.ts";
import type { Series } from "./series.ts";
import { type Result, TARGET } from "./summary.ts";

/** The house in its own colour, the others after Okabe and Ito. */
const RULE_COLORS = ["#0072b2", "#9aa5b1", "#e69f00", "#d55e00", "#cc79a7", "#f0e442", "#009e73", "#56b4e9"];
const SHOWN_BOOKS = ["BTC long", "BTC long, ETH short", "market-neutral 1"];

const RULE_NAMES = [HOUSE, ...RULES.map(({ id }) => id)];

/** One group of bars for each class, one bar for each rule. */
function byClass(
  id: string,
  title: string,
  results: readonly Result[],
  value: (result: Result) => number | null,
  format: string,
  more: { readonly max?: number; readonly target?: number } = {},
): Chart {
  const classes = [...new Set(results.map(({ row }) => row.class))];
  const line = [{ xAxis: more.target }];
  return {
    id,
    title,
    height: 90 + 110 * classes.length,
    option: {
      legend: LEGEND,
      grid: { left: 8, right: 24, top: 56, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: format },
      xAxis: {
        type: "value",
        position: "top",
        ...(more.max === undefined ? {} : { max: more.max }),
        ...AXIS,
        axisLabel: { ...TEXT, formatter: format },
      },
      yAxis: { type: "category", inverse: true, data: classes, ...AXIS, axisTick: { show: false } },
      series: RULE_NAMES.map((rule, i) => ({
        name: rule,
        type: "bar",
        barMaxWidth: 11,
        itemStyle: { color: RULE_COLORS[i] },
        data: classes.map((name) => value(results.find(({ row }) => row.class === name && row.rule === rule)!)),
        ...(i === 0 && more.target !== undefined
          ? {
              markLine: {
                silent: true,
                symbol: "none",
                // The default rounds half a percent to a whole one.
                precision: 6,
                data: line,
                lineStyle: { color: COLOR.liquidation },
                label: { show: false },
              },
            }
          : {}),
      })),
    },
  };
}

export const equalCoverageChart = (results: readonly Result[]): Chart =>
  byClass(
    "equal-coverage",
    "Margin at equal coverage, as a share of the isolated margin (less is better)",
    results,
    ({ row }) => row.marginAtEqualCoverage,
    FORMAT.share,
  );

export const exceedanceChart = (results: readonly Result[]): Chart =>
  byClass(
    "exceedance",
    "Days on which the loss passed the initial margin on the hourly path, each rule at its own level; the line is the target; cut at 3 %",
    results,
    ({ row }) => row.imExceededPath,
    FORMAT.finePercent,
    { max: 0.03, target: TARGET },
  );

/** Initial margin of some books over time, with the tools and without. */
export function marginCharts({ series, variants }: Backtest): Chart[] {
  return SHOWN_BOOKS.flatMap((book, i) => {
    const own = series.find((s) => s.book === book);
    return own === undefined ? [] : [marginChart(`margin-${i}`, own, [variants[0]!.name, variants[1]!.name])];
  });
}

function marginChart(id: string, { book, days, house, rules }: Series, [on, off]: readonly [string, string]): Chart {
  const line = (name: string, color: string, values: Float64Array, width: number) => ({
    name,
    type: "line",
    symbol: "none",
    color,
    lineStyle: { width },
    data: days.map((day, i) => [day * 1_000, values[i]]),
  });
  return {
    id,
    title: `${book}: initial margin, share of the gross notional`,
    height: 300,
    option: {
      legend: LINE_LEGEND,
      grid: { left: 8, right: 24, top: 40, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: FORMAT.finePercent },
      xAxis: { type: "time", ...AXIS, splitLine: { show: false } },
      yAxis: { type: "value", min: 0, ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.percent } },
      series: [
        line(`${HOUSE}, ${on}`, COLOR.equity, house[0]!.initial, 2),
        line(off, COLOR.initial, house[1]!.initial, 1),
        line(RULES[0]!.id, COLOR.isolated, rules[0]!.initial, 1.5),
      ],
    },
  };
}

export function procyclicalityChart(rows: readonly Procyclicality[]): Chart {
  const classes = [...new Set(rows.map((row) => row.class))];
  const variants = [...new Set(rows.map((row) => row.variant))];
  return {
    id: "procyclicality",
    title: "Largest over smallest initial margin of a book that does not change, middle book of each class",
    height: 90 + (24 + 14 * variants.length) * classes.length,
    option: {
      legend: LEGEND,
      grid: { left: 8, right: 24, top: 56, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: FORMAT.share },
      xAxis: { type: "value", position: "top", ...AXIS },
      yAxis: { type: "category", inverse: true, data: classes, ...AXIS, axisTick: { show: false } },
      series: variants.map((variant, i) => ({
        name: variant,
        type: "bar",
        barMaxWidth: 12,
        itemStyle: { color: RULE_COLORS[i === 1 ? 2 : i === 2 ? 1 : i] },
        data: classes.map(
          (name) => rows.find((row) => row.class === name && row.variant === variant)!.medianPeakOverTrough,
        ),
      })),
    },
  };
}

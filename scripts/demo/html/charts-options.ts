/** The charts about options; data only, like those of charts.ts. */
import { expiryName, PART_NAMES } from "../print-options.ts";
import type { AccountResult, OptionsResult, StressResult } from "../result.ts";
import { dollars, percent, ratio, toNumber } from "../text.ts";
import { AXIS, type Chart, FORMAT, LEGEND, LINE_LEGEND, TEXT, TIME_AXIS } from "./charts.ts";

/** Okabe and Ito, one for each part of the margin. */
const PART_COLORS = ["#0072b2", "#56b4e9", "#999999", "#e69f00", "#d55e00", "#009e73", "#cc79a7"];
const UP = "#d55e00";
const DOWN = "#0072b2";
const SYMBOL_COLORS: Readonly<Record<string, string>> = { BTC: "#111111", ETH: "#332288" };
const MAX_MOVE = 0.5;

/** Portfolio margin as a share of the isolated one: the books differ too much in size for one scale of dollars. */
export function savingChart(accounts: readonly AccountResult[]): Chart {
  return {
    id: "savings",
    title: "Portfolio margin as a share of what the positions need alone",
    height: 60 + 44 * accounts.length,
    option: {
      grid: { left: 8, right: 24, top: 8, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: FORMAT.percent },
      xAxis: { type: "value", max: 1, ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.percent } },
      yAxis: {
        type: "category",
        inverse: true,
        data: accounts.map(({ name }) => name),
        ...AXIS,
        axisTick: { show: false },
      },
      series: [
        {
          name: "portfolio margin",
          type: "bar",
          barMaxWidth: 24,
          showBackground: true,
          backgroundStyle: { color: "#dbe1e7" },
          itemStyle: { color: DOWN },
          label: { show: true, position: "right", color: "#0f172a", fontSize: 12 },
          data: accounts.map(({ isolatedMargin, portfolioMargin, gain }) => ({
            value: ratio(portfolioMargin, isolatedMargin),
            label: {
              formatter: `${percent(gain)} less: ${dollars(portfolioMargin)} instead of ${dollars(isolatedMargin)} USD`,
            },
          })),
        },
      ],
    },
  };
}

/** Initial margin of each option book, part on part. */
export function partsChart(parts: OptionsResult["parts"]): Chart {
  const total = (own: OptionsResult["parts"][number]["parts"]): number =>
    PART_NAMES.reduce((sum, [part]) => sum + toNumber(own[part]), 0);
  return {
    id: "parts",
    title: "Initial margin by part, share of each book's",
    height: 80 + 44 * parts.length,
    option: {
      legend: LEGEND,
      grid: { left: 8, right: 24, top: 36, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: FORMAT.percent },
      xAxis: { type: "value", max: 1, ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.percent } },
      yAxis: {
        type: "category",
        inverse: true,
        data: parts.map(({ account }) => account),
        ...AXIS,
        axisTick: { show: false },
      },
      series: PART_NAMES.map(([part, title], i) => ({
        name: title,
        type: "bar",
        stack: "margin",
        barMaxWidth: 24,
        itemStyle: { color: PART_COLORS[i] },
        data: parts.map(({ parts: own }) => toNumber(own[part]) / total(own)),
      })),
    },
  };
}

/** The ladder of one account on one underlying. */
export function stressChart({ symbol, range, nodes }: StressResult): Chart {
  const shown = nodes.filter(({ move }) => Math.abs(move) <= MAX_MOVE);
  const line = (name: string, color: string, world: "up" | "down", more: object = {}) => ({
    name,
    type: "line",
    symbolSize: 5,
    color,
    lineStyle: { width: 2 },
    data: shown.map((node) => [node.move, toNumber(node[world])]),
    ...more,
  });
  const area = [[{ xAxis: -range }, { xAxis: range }]];
  return {
    id: `stress-${symbol}`,
    title: `Market maker, ${symbol} moves (USD)`,
    height: 320,
    option: {
      legend: LINE_LEGEND,
      grid: { left: 8, right: 24, top: 40, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: FORMAT.dollars },
      xAxis: {
        type: "value",
        min: -MAX_MOVE,
        max: MAX_MOVE,
        interval: MAX_MOVE / 2,
        ...AXIS,
        axisLabel: { ...TEXT, formatter: FORMAT.percent },
        axisLine: { onZero: false },
        splitLine: { show: false },
      },
      yAxis: {
        type: "value",
        axisLine: { show: false, onZero: false },
        ...AXIS,
        axisLabel: { ...TEXT, formatter: FORMAT.thousands },
      },
      series: [
        line("volatility up", UP, "up", {
          markArea: { silent: true, itemStyle: { color: "#f1f5f9" }, data: area },
        }),
        line("volatility down", DOWN, "down"),
      ],
    },
  };
}

/** At-the-money volatility of the second expiry, which is live throughout: what the rule asks for and what was posted. */
export function surfaceChart({ surfaces, market }: OptionsResult): Chart {
  const expiryHours = market.expiries[1]!;
  const symbols = Object.keys(market.prices);
  const line = (symbol: string, kind: "wanted" | "posted") => ({
    name: `${symbol}, ${kind === "posted" ? "posted" : "rule"}`,
    type: "line",
    symbol: "none",
    color: SYMBOL_COLORS[symbol],
    lineStyle: kind === "posted" ? { width: 2.2 } : { width: 1.4, type: "dashed" },
    data: surfaces
      .filter((s) => s.symbol === symbol && s.expiryHours === expiryHours)
      .map((s) => [s.timestamp * 1_000, s[kind]]),
  });
  return {
    id: "surface",
    title: `Volatility at the money until ${expiryName(expiryHours)}, a year`,
    height: 300,
    option: {
      legend: { ...LEGEND, itemWidth: 26 },
      grid: { left: 8, right: 24, top: 40, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: FORMAT.percent },
      xAxis: TIME_AXIS,
      yAxis: { type: "value", min: 0, ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.percent } },
      series: symbols.flatMap((symbol) => [line(symbol, "wanted"), line(symbol, "posted")]),
    },
  };
}

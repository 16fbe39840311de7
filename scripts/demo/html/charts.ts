/** What each chart shows, as options of the charting library. Pure data: functions are named and resolved by the page. */
import { perAccount } from "../account-series.ts";
import type { AccountResult, DemoResult, HourResult } from "../result.ts";
import { dollars, percent, toNumber } from "../text.ts";

export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly height: number;
  readonly option: Readonly<Record<string, unknown>>;
}

/** Tells apart under every common colour blindness (Okabe and Ito; Tol's muted scheme for the eight prices). */
export const COLOR = {
  equity: "#0072b2",
  initial: "#e69f00",
  maintenance: "#d55e00",
  liquidation: "#b2182b",
  isolated: "#9aa5b1",
};
const PRICE_COLORS = ["#111111", "#332288", "#44aa99", "#117733", "#999933", "#cc6677", "#882255", "#6699cc"];

/** Names of functions that pageScript defines; they cannot be written as data. */
export const FORMAT = {
  dollars: "@dollars",
  thousands: "@thousands",
  index: "@index",
  percent: "@percent",
  finePercent: "@finePercent",
  share: "@share",
  dayAndHour: "@dayAndHour",
};

export const TEXT = { color: "#334155", fontSize: 12 };
export const AXIS = { axisLabel: TEXT, nameTextStyle: TEXT };
export const LEGEND = { top: 0, left: 0, textStyle: TEXT, itemWidth: 18, itemHeight: 8, itemGap: 16 };
/** Lines get a bar of their colour in the legend. */
export const LINE_LEGEND = { ...LEGEND, icon: "roundRect", itemHeight: 4 };
export const TIME_AXIS = {
  type: "time",
  ...AXIS,
  axisLabel: { ...TEXT, formatter: FORMAT.dayAndHour, hideOverlap: true },
  splitLine: { show: false },
};

export function marginChart(accounts: readonly AccountResult[]): Chart {
  const bar = (name: string, color: string, values: readonly bigint[], more: object = {}) => ({
    name,
    type: "bar",
    data: values.map(toNumber),
    itemStyle: { color },
    barMaxWidth: 22,
    ...more,
  });
  return {
    id: "margins",
    title: "Initial margin, USD: positions alone against the portfolio",
    height: 80 + 62 * accounts.length,
    option: {
      legend: LEGEND,
      grid: { left: 8, right: 130, top: 36, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: FORMAT.dollars },
      xAxis: { type: "value", ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.thousands } },
      yAxis: {
        type: "category",
        inverse: true,
        data: accounts.map(({ name }) => name),
        ...AXIS,
        axisTick: { show: false },
      },
      series: [
        bar(
          "isolated: every position alone",
          COLOR.isolated,
          accounts.map((a) => a.isolatedMargin),
        ),
        {
          ...bar(
            "portfolio: the whole book",
            COLOR.equity,
            accounts.map((a) => a.portfolioMargin),
          ),
          label: { show: true, position: "right", color: "#0f172a", fontSize: 12 },
          data: accounts.map((a) => ({
            value: toNumber(a.portfolioMargin),
            label: { formatter: marginLabel(a) },
          })),
        },
      ],
    },
  };
}

/** The saving, and what is required once the collateral itself is in the scan, where that is less. */
function marginLabel({ gain, portfolioMargin, opening }: AccountResult): string {
  const saving = gain > 0 ? `${percent(gain)} less` : "same";
  return opening.initial < portfolioMargin ? `${saving}; ${dollars(opening.initial)} with its collateral` : saving;
}

export function pricesChart(assets: readonly string[], hours: readonly HourResult[]): Chart {
  const first = hours[0]?.prices ?? [];
  return {
    id: "prices",
    title: "Prices, opening = 100",
    height: 380,
    option: {
      legend: LINE_LEGEND,
      grid: { left: 8, right: 24, top: 40, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: FORMAT.index },
      xAxis: TIME_AXIS,
      yAxis: { type: "value", ...AXIS, scale: true, axisLabel: { ...TEXT, formatter: FORMAT.index } },
      series: assets.map((name, i) => ({
        name,
        type: "line",
        showSymbol: false,
        lineStyle: {
          width: name === "BTC" || name === "ETH" ? 2.5 : 1.3,
          // Sixteen prices and eight colours.
          type: i < PRICE_COLORS.length ? "solid" : "dashed",
        },
        color: PRICE_COLORS[i % PRICE_COLORS.length],
        data: hours.map(({ timestamp, prices }) => [timestamp * 1_000, ((prices[i] ?? 0) / (first[i] ?? 1)) * 100]),
      })),
    },
  };
}

export function accountChart(account: AccountResult, { accounts, hours, liquidations }: DemoResult): Chart {
  const series = perAccount(hours, accounts.indexOf(account));
  const line = (name: string, color: string, key: "equity" | "initial" | "maintenance", more: object = {}) => ({
    name,
    type: "line",
    showSymbol: false,
    color,
    lineStyle: { width: 1.6 },
    data: series.map((point) => [point.time, toNumber(point[key])]),
    ...more,
  });
  const taken = liquidations.filter((l) => l.account === account.name);
  return {
    id: `account-${accounts.indexOf(account)}`,
    title: `${account.name}: ${account.holds} (USD)`,
    height: 300,
    option: {
      legend: {
        ...LINE_LEGEND,
        data: [
          "equity",
          "initial margin",
          "maintenance margin",
          { name: "liquidated", icon: "triangle", itemStyle: {} },
        ],
      },
      grid: { left: 8, right: 24, top: 40, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", valueFormatter: FORMAT.dollars },
      xAxis: TIME_AXIS,
      yAxis: { type: "value", ...AXIS, axisLabel: { ...TEXT, formatter: FORMAT.thousands } },
      series: [
        line("equity", COLOR.equity, "equity", { lineStyle: { width: 2.4 } }),
        line("initial margin", COLOR.initial, "initial", { lineStyle: { width: 1.6, type: "dashed" } }),
        line("maintenance margin", COLOR.maintenance, "maintenance"),
        ...(taken.length === 0
          ? []
          : [
              {
                name: "liquidated",
                type: "scatter",
                symbol: "triangle",
                symbolSize: 13,
                color: COLOR.liquidation,
                z: 5,
                data: taken.map((l) => [l.timestamp * 1_000, toNumber(l.equityBefore)]),
              },
            ]),
      ],
    },
  };
}

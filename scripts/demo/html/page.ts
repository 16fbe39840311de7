/** The page of a report: one file with its data and the charting library inside, so that it opens offline. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Chart } from "./charts.ts";
import { escapeHtml } from "./tables.ts";

const CHART_LIBRARY = fileURLToPath(import.meta.resolve("echarts/dist/echarts.common.min.js"));

/** @param main HTML, with a `figure` for each chart. */
export function page(title: string, main: string, charts: readonly Chart[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Counterpoise: ${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
<script>${readFileSync(CHART_LIBRARY, "utf8").replaceAll("</script", "<\\/script")}</script>
<script>${pageScript(charts)}</script>
</body>
</html>
`;
}

/** Where the page draws a chart. */
export function figure({ id, title, height }: Chart): string {
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><div id="${id}" class="chart" style="height:${height}px"></div></figure>`;
}

const STYLE = `
:root { color-scheme: light; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #0f172a; background: #f8fafc; }
body { margin: 0; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 1.25rem; margin: 40px 0 4px; }
p { margin: 0 0 12px; color: #334155; max-width: 80ch; }
figure { margin: 0 0 20px; padding: 14px 16px 10px; background: #fff; border: 1px solid #e2e8f0; border-radius: 8px; }
figcaption { font-weight: 600; margin-bottom: 8px; }
.chart { width: 100%; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 0 20px; }
.grid > figure:last-child:nth-child(odd) { grid-column: 1 / -1; }
td:first-child { white-space: nowrap; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid #e2e8f0; border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid #eef2f6; }
th { font-weight: 600; white-space: nowrap; background: #f1f5f9; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.wide { min-width: 24ch; }
td.yes { color: #15803d; font-weight: 600; }
td.no { color: #b91c1c; font-weight: 600; }
p.above { margin-top: 16px; }
small { color: #64748b; }
`;

/** Draws the charts. Text that begins with @ names one of the functions below. */
function pageScript(charts: readonly Chart[]): string {
  const data = JSON.stringify(charts.map(({ id, option }) => ({ id, option }))).replaceAll("<", "\\u003c");
  return `
const functions = {
  dollars: (value) => Math.round(value).toLocaleString("en-US") + " USD",
  thousands: (value) => (value / 1000).toLocaleString("en-US") + "k",
  percent: (value) => Math.round(value * 100) + " %",
  finePercent: (value) => +(value * 100).toFixed(2) + " %",
  share: (value) => Number(value).toFixed(2),
  index: (value) => Number(value).toFixed(0),
  dayAndHour: (time) => {
    const date = new Date(time);
    const hour = String(date.getUTCHours()).padStart(2, "0") + ":00";
    return hour === "00:00" ? date.getUTCDate() + " " + date.toLocaleString("en-US", { month: "short", timeZone: "UTC" }) : hour;
  },
};
const resolve = (value) => {
  if (typeof value === "string" && value.startsWith("@")) return functions[value.slice(1)];
  if (Array.isArray(value)) return value.map(resolve);
  if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolve(v)]));
  return value;
};
const charts = ${data}.map(({ id, option }) => {
  const chart = echarts.init(document.getElementById(id), undefined, { renderer: "svg" });
  chart.setOption({ animation: false, useUTC: true, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...resolve(option) });
  return chart;
});
window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
`;
}

/** The HTML report of a backtest. */
import { writeFileSync } from "node:fs";
import { figure, page } from "../demo/html/page.ts";
import { escapeHtml, table } from "../demo/html/tables.ts";
import { plural } from "../demo/text.ts";
import { equalCoverageChart, exceedanceChart, marginCharts, procyclicalityChart } from "./charts.ts";
import { dayName } from "./market.ts";
import { introduction, PROCYCLICALITY_COLUMNS, RESULT_COLUMNS, share } from "./print.ts";
import type { Backtest } from "./run.ts";
import { COVERED, TARGET } from "./summary.ts";

export function writeReport(file: string, backtest: Backtest): void {
  writeFileSync(file, reportPage(backtest));
}

export function reportPage(backtest: Backtest): string {
  const { results, days } = backtest;
  const equal = equalCoverageChart(results);
  const exceeded = exceedanceChart(results);
  const cycle = procyclicalityChart(backtest.procyclicality);
  const margins = marginCharts(backtest);
  const title = `${plural(days.length, "day")} of margins, ${dayName(days[0]!)} to ${dayName(days.at(-1)!)}`;
  const main = `<header>
<h1>${escapeHtml(title)}</h1>
${introduction(backtest)
  .split("\n")
  .map((line) => `<p>${escapeHtml(line)}</p>`)
  .join("\n")}
</header>
<section>
<h2>What a rule costs at the same safety</h2>
<p>Every rule is multiplied by the factor at which ${share(COVERED, 1)} of a class's days are covered along the hourly path, so that the bars buy the same
protection. The denominator is the same for all: every position alone under Counterpoise.</p>
${figure(equal)}
</section>
<section>
<h2>How safe each rule is as it stands</h2>
<p>The target is ${share(TARGET, 1)} of days. Rules of others are read in their favour where a detail is not published.</p>
${figure(exceeded)}
</section>
<section>
<h2>All figures</h2>
<p>Kupiec: probability of so many exceedances on the path if the target held, books of a day counted as they fall together. Rejected: books of
which Kupiec's one-sided test at 5 % says that they exceed too often. Dependent: of the books with an exceedance, those whose days Christoffersen's test finds dependent.</p>
${table(results, [
  { title: "Class", cell: ({ row }) => `${row.class} (${plural(row.books, "book")})` },
  { title: "Rule", cell: ({ row }) => row.rule },
  ...RESULT_COLUMNS.map(([heading, cell]) => ({ title: heading, isNumber: true, cell })),
])}
</section>
<section>
<h2>Margin through time</h2>
<p>With the tools: a quarter of the weight on the worst volatility seen, a floor from the long run, least ranges, a ramp, and correlations that move by steps. Without:
three daily volatilities up to 45 %, and correlations as measured.</p>
<div class="grid">
${margins.map(figure).join("\n")}
</div>
${figure(cycle)}
${table(backtest.procyclicality, [
  { title: "Class", cell: (row) => row.class },
  { title: "Parameters", cell: (row) => row.variant },
  ...PROCYCLICALITY_COLUMNS.map(([heading, cell]) => ({ title: heading, isNumber: true, cell })),
])}
</section>`;
  return page("backtest", main, [equal, exceeded, cycle, ...margins]);
}

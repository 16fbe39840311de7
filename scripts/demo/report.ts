/** The HTML report of a replay. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { MarketEvent } from "../shared/events.ts";
import { accountChart, type Chart, marginChart, pricesChart } from "./html/charts.ts";
import { partsChart, savingChart, stressChart, surfaceChart } from "./html/charts-options.ts";
import { figure, page } from "./html/page.ts";
import {
  auditTable,
  collateralTable,
  escapeHtml,
  estimationTable,
  expiryTable,
  liquidationTable,
  makerTable,
  summaryTable,
} from "./html/tables.ts";
import { surfaceLag } from "./lag.ts";
import { correlationLine, ESTIMATION_EXPLAINED, NOT_ESTIMATED } from "./print-estimation.ts";
import { expiryName, PARTS_EXPLAINED, surfaceRule } from "./print-options.ts";
import type { DemoResult, EstimationResult, OptionsResult } from "./result.ts";
import { dollars, hour, interval, longTime, percent, plural, volatility } from "./text.ts";

export function writeReport(file: string, event: MarketEvent, result: DemoResult): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, reportPage(event, result));
}

export function reportPage(replayed: MarketEvent, result: DemoResult): string {
  const { description: event, notes = [] } = replayed;
  const traders = result.accounts.filter(({ isTrader }) => isTrader);
  const margins = marginChart(traders);
  const prices = pricesChart(event.assets, result.hours);
  const optioned = result.accounts.filter(({ hasOptions }) => hasOptions);
  const savings = savingChart(optioned);
  const parts = partsChart(result.options.parts);
  const stress = result.options.stress.map(stressChart);
  const surfaces = surfaceChart(result.options);
  const accounts = [...traders, ...optioned].map((account) => accountChart(account, result));
  const charts: readonly Chart[] = [margins, savings, parts, ...stress, surfaces, prices, ...accounts];
  const main = `<header>
<h1>${escapeHtml(event.title)}</h1>
<p>${lead(replayed, result)}</p>
</header>
<section>
<h2>What a hedge saves</h2>
<p>Initial margin of each book when it was opened: every position taken alone, and the whole book as one portfolio.</p>
${figure(margins)}
<p>USD. Required: the portfolio margin with the account's collateral in the same scan. Health: equity over maintenance margin.</p>
${summaryTable(result.accounts.filter(({ hasOptions }) => !hasOptions))}
</section>
<section>
<h2>Collateral is part of the book</h2>
<p>Ether as collateral hedges a short in ether and adds to a long: the token is in the same scan as the position.</p>
${collateralTable(result.collateralEffect)}
</section>
<section>
<h2>Options in the same margin</h2>
<p>European options on bitcoin and ether, paid in cash when bought and settled in cash when they expire, margined in one scan with
perpetuals and futures. Alone: every option, future and perpetual by itself.</p>
${figure(savings)}
${summaryTable(optioned)}
</section>
<section>
<h2>Where the margin of option books comes from</h2>
<p>${escapeHtml(PARTS_EXPLAINED)}</p>
${figure(parts)}
</section>
<section>
<h2>The options market maker</h2>
<p>${plural(result.options.makerOptions, "option")} over ${plural(result.options.market.expiries.length, "expiry", "expiries")} on two underlyings, with a future from
the straddle's hedge, and perpetuals against the delta. Negative is short.</p>
${makerTable(result.options)}
<p class="above">What it gains or loses if one price moves and nothing else does but volatility, which every scan shocks up and down. Shaded: the scan range.</p>
<div class="grid">
${stress.map(figure).join("\n")}
</div>
</section>
<section>
<h2>Prices</h2>
<p>${escapeHtml(pricesText(replayed))}</p>
${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("\n")}
${figure(prices)}
</section>
<section>
<h2>Volatility</h2>
<p>${escapeHtml(surfaceRule(replayed))}</p>
<p>${lagText(result.options)}</p>
${figure(surfaces)}
</section>
<section>
<h2>Equity against margin</h2>
<p>An account is liquidated while its equity is below maintenance margin, down to what restores it. Each hour shows the account
as the new prices found it, and again when the liquidations were done.</p>
<div class="grid">
${accounts.map(figure).join("\n")}
</div>
</section>
<section>
<h2>Liquidations</h2>
${liquidationTable(result.liquidations)}
</section>
<section>
<h2>What adapted</h2>
${estimationSection(result.estimation)}
</section>
<section>
<h2>Expiry</h2>
<p>The first round of the feed at or after 08:00 UTC settles an expiry; its number is the proof, and anyone may bring it.</p>
${expiryTable(result.options.expiries)}
</section>
<section>
<h2>Audit</h2>
<p>Recomputed from all ${plural(result.audit.accounts, "account")} of the ledger after the last hour.</p>
${auditTable(result.audit)}
</section>`;
  return page(event.title, main, charts);
}

function estimationSection(estimation: EstimationResult | undefined): string {
  if (estimation === undefined) return `<p>${escapeHtml(NOT_ESTIMATED)}</p>`;
  return `<p>${escapeHtml(`${ESTIMATION_EXPLAINED} ${correlationLine(estimation)}`)}</p>
${estimationTable(estimation)}`;
}

function pricesText({ description: { intervalSeconds, venue, unit }, feeds }: MarketEvent): string {
  const closes =
    intervalSeconds === 3_600
      ? "Hourly closes"
      : `Closes, ${interval(intervalSeconds)} at the finest, shown by the hour`;
  const rule =
    feeds === undefined
      ? ""
      : ` The feeds report a move of ${feeds.deviationBps / 100} %, or any price after ${feeds.heartbeatSeconds / 3_600} h. ${unit}.`;
  return `${closes}, ${venue}; the opening price is 100.${rule}`;
}

function lead(
  { description: event, feeds }: MarketEvent,
  { accounts, options, liquidations, audit }: DemoResult,
): string {
  const best = accounts.filter(({ isTrader }) => isTrader).reduce((a, b) => (b.gain > a.gain ? b : a));
  const maker = accounts.findLast(({ hasOptions }) => hasOptions)!;
  const debt = audit.badDebt === 0n ? "no bad debt" : `${dollars(audit.badDebt)} USD of bad debt`;
  return escapeHtml(
    `Replayed ${feeds === undefined ? "hour by hour" : "price by price"} from ${longTime(Date.parse(event.from) / 1_000)} to ${longTime(Date.parse(event.until) / 1_000)}, ` +
      `with risk parameters that use nothing later than the start. The best hedged book of perpetuals needed ${percent(best.gain)} less margin ` +
      `than its positions alone, the options market maker with its ${options.makerOptions} options ${percent(maker.gain)} less. ${plural(liquidations.length, "liquidation")}, ${debt}; ` +
      `the books ${audit.ok ? "balance to the last unit" : "do NOT balance"}.`,
  );
}

function lagText({ surfaces, hedges }: OptionsResult): string {
  const { reports, behind, most } = surfaceLag(surfaces);
  const lag =
    most === undefined
      ? "none was held back by the house's steps per hour"
      : `the house's steps per hour held ${behind} of them below the rule, most at ${hour(most.timestamp)} UTC, when ` +
        `${most.symbol}-${expiryName(most.expiryHours)} got ${volatility(most.posted)} instead of ${volatility(most.wanted)}`;
  return escapeHtml(
    `Of ${plural(reports, "volatility", "volatilities")} posted, ${lag}. The market maker brought its delta back to zero in ` +
      `${plural(hedges.trades, "trade")}, ${dollars(hedges.value)} USD in all.`,
  );
}

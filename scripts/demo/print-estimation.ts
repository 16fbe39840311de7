/** What the estimators made of the event, in words. */
import type { EstimationResult } from "./result.ts";
import { left, right, section, table } from "./table.ts";
import { hour, percent, plural } from "./text.ts";

const BPS = 10_000;

export const ESTIMATION_EXPLAINED =
  "Every full hour anybody proves the hour's rounds to the volatility estimator, and every midnight those of the day to the correlation estimator; a range moves by 2 % of itself an hour at most.";

export const NOT_ESTIMATED =
  "Nobody kept the estimators up to date: the parameters of the eve stood through the event.";

export function estimationText(estimation: EstimationResult | undefined): string {
  const head = section("What adapted", "scan ranges, measured on chain during the event");
  if (estimation === undefined) return `${head}\n${NOT_ESTIMATED}`;
  const rows = estimation.ranges.map(({ symbol, start, highest, end, updates }) => [
    symbol,
    percent(start / BPS),
    percent(highest / BPS),
    percent(end / BPS),
    String(updates),
  ]);
  const columns = [left("Underlying"), right("Before"), right("Highest"), right("After"), right("Updates")];
  const skipped = estimation.ranges
    .filter((range) => range.skipped > 0)
    .map((range) => `${range.symbol} had no usable price to start from in ${plural(range.skipped, "hour")}.`);
  return [
    head,
    ESTIMATION_EXPLAINED.replace(" to the correlation", "\nto the correlation"),
    table(columns, rows),
    ...skipped,
    correlationLine(estimation),
  ].join("\n");
}

export function correlationLine({ days, publications, stressedHours, movedAt }: EstimationResult): string {
  const stress = stressedHours === 0 ? "were not stressed" : `were stressed in ${plural(stressedHours, "hour")}`;
  const moved = movedAt === undefined ? "no range moved" : `the first range moved by ${hour(movedAt)} UTC`;
  return `Correlations: ${plural(days, "day")} folded, ${plural(publications, "publication")}, they ${stress}; ${moved}.`;
}

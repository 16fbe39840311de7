/** Series to figures: one row for each class and rule. */
import { HOUSE, RULES } from "./rules/index.ts";
import type { Margins, Series } from "./series.ts";
import {
  chiSquaredTail,
  christoffersenRatio,
  type Clustered,
  dayClustered,
  kupiecTooMany,
  quantile,
} from "./statistics.ts";

/** Share of days on which initial margin may be too small. */
export const TARGET = 0.005;
/** Equal coverage: every rule is scaled so that this share of a class's book-days is covered along the path. */
export const COVERED = 1 - TARGET;
/** Size of the tests. */
export const SIGNIFICANCE = 0.05;

/** Exactly the keys of --json; null where there is no figure. */
export interface Row {
  readonly class: string;
  readonly rule: string;
  readonly marginOverIsolated: number | null;
  readonly marginAtEqualCoverage: number | null;
  readonly imExceeded24h: number;
  readonly imExceededPath: number;
  readonly mmExceeded24h: number;
  readonly kupiecP: number | null;
  readonly worstShortfall: number | null;
  readonly days: number;
  readonly books: number;
}

export interface Result {
  readonly row: Row;
  /** Of the path, with the day-clustered interval. */
  readonly path: Clustered;
  readonly atEnd: Clustered;
  /** What the rule's margins are multiplied with to reach equal coverage. */
  readonly scale: number;
  /** Margin ÷ isolated if every book had a factor of its own, known in hindsight: what is left is how margins move with time. */
  readonly atEqualCoverageByBook: number;
  /** Share of books that Kupiec's test rejects, along the path and at 24 h, and of those with an exceedance that are dependent. */
  readonly rejected: { readonly path: number; readonly atEnd: number; readonly dependent: number };
}

/** Rows in the order of the classes, the house first in each. */
export function summarise(series: readonly Series[]): Result[] {
  return classesOf(series).flatMap((className) => {
    const own = series.filter((s) => s.className === className);
    return [
      summariseRule(HOUSE, own, (s) => s.house[0]!),
      ...RULES.map(({ id }, r) => summariseRule(id, own, (s) => s.rules[r]!)),
    ];
  });
}

export const classesOf = (series: readonly Series[]): string[] => [
  ...new Set(series.map(({ className }) => className)),
];

/** @param series Of one class. */
export function summariseRule(rule: string, series: readonly Series[], of: (s: Series) => Margins): Result {
  const days = [...new Set(series.flatMap((s) => s.days))].sort((a, b) => a - b);
  const place = new Map(days.map((day, i) => [day, i]));
  const counts = new Array<number>(days.length).fill(0);
  const hits = { path: [...counts], atEnd: [...counts], maintenance: [...counts] };
  const total = series.reduce((sum, s) => sum + s.days.length, 0);
  const multiples = new Float64Array(total);
  let [filled, shares, byBook, rejectedPath, rejectedAtEnd, dependent, exceeded] = [0, 0, 0, 0, 0, 0, 0];
  for (const own of series) {
    const { initial, maintenance } = of(own);
    const onPath = own.days.map((_, i) => own.lossOnPath[i]! > initial[i]!);
    const [begun, sharesBefore] = [filled, shares];
    let [path, atEnd] = [0, 0];
    own.days.forEach((day, i) => {
      const d = place.get(day)!;
      counts[d]!++;
      if (onPath[i]!) {
        hits.path[d]!++;
        path++;
      }
      if (own.lossAtEnd[i]! > initial[i]!) {
        hits.atEnd[d]!++;
        atEnd++;
      }
      if (own.lossAtEnd[i]! > maintenance[i]!) hits.maintenance[d]!++;
      multiples[filled++] = multiple(own.lossOnPath[i]!, initial[i]!);
      shares += initial[i]! / own.isolated[i]!;
    });
    const size = own.days.length;
    byBook += quantile(multiples.subarray(begun, filled), COVERED) * (shares - sharesBefore);
    if (isRejected(size, path)) rejectedPath++;
    if (isRejected(size, atEnd)) rejectedAtEnd++;
    if (path > 0) {
      exceeded++;
      if (chiSquaredTail(christoffersenRatio(onPath)) < SIGNIFICANCE) dependent++;
    }
  }
  const path = dayClustered(hits.path, counts);
  const atEnd = dayClustered(hits.atEnd, counts);
  const scale = Math.max(quantile(multiples, COVERED), 0);
  const marginOverIsolated = shares / total;
  const worst = multiples.reduce((most, value) => Math.max(most, value), 0);
  return {
    row: {
      class: className(series),
      rule,
      marginOverIsolated: finite(marginOverIsolated),
      marginAtEqualCoverage: finite(scale * marginOverIsolated),
      imExceeded24h: atEnd.rate,
      imExceededPath: path.rate,
      mmExceeded24h: hits.maintenance.reduce((sum, hit) => sum + hit, 0) / total,
      kupiecP: finite(pooledKupiec(total, path)),
      worstShortfall: finite(worst),
      days: days.length,
      books: series.length,
    },
    path,
    atEnd,
    scale,
    atEqualCoverageByBook: byBook / total,
    rejected: {
      path: rejectedPath / series.length,
      atEnd: rejectedAtEnd / series.length,
      dependent: exceeded === 0 ? 0 : dependent / exceeded,
    },
  };
}

/** Books of a day fall together: the pooled test counts as many observations as would be independent (Rao and Scott 1984). */
function pooledKupiec(total: number, { rate, designEffect }: Clustered): number {
  const effective = total / designEffect;
  return kupiecTooMany(effective, rate * effective, TARGET);
}

function isRejected(days: number, exceedances: number): boolean {
  return exceedances / days > TARGET && kupiecTooMany(days, exceedances, TARGET) < SIGNIFICANCE;
}

/** Loss over margin; nothing lost is nothing, whatever the margin. */
function multiple(loss: number, margin: number): number {
  return loss <= 0 ? 0 : loss / margin;
}

const className = (series: readonly Series[]): string => series[0]!.className;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

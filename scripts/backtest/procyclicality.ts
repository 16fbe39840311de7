/** How much the margin of a book that does not change moves with the market, by variant of the parameters. */
import type { Variant } from "./parameter-path.ts";
import { classesOf } from "./summary.ts";
import type { Series } from "./series.ts";
import { quantile } from "./statistics.ts";

export interface Procyclicality {
  readonly class: string;
  readonly variant: string;
  /** Largest over smallest initial margin of a book: middle book, and worst. */
  readonly medianPeakOverTrough: number;
  readonly worstPeakOverTrough: number;
  /** Largest rise of initial margin from one day to the next: middle book, and worst. */
  readonly medianRise: number;
  readonly worstRise: number;
  readonly marginOverIsolated: number;
  readonly imExceededPath: number;
  readonly imExceeded24h: number;
  readonly worstShortfall: number;
}

const DAY = 86_400;

export function procyclicality(series: readonly Series[], variants: readonly Variant[]): Procyclicality[] {
  return classesOf(series).flatMap((className) => {
    const own = series.filter((s) => s.className === className);
    return variants.map(({ name }, v): Procyclicality => {
      const peaks = Float64Array.from(own, (s) => peakOverTrough(s.house[v]!.initial));
      const rises = Float64Array.from(own, (s) => largestRise(s.days, s.house[v]!.initial));
      return {
        class: className,
        variant: name,
        medianPeakOverTrough: quantile(peaks, 0.5),
        worstPeakOverTrough: quantile(peaks, 1),
        medianRise: quantile(rises, 0.5),
        worstRise: quantile(rises, 1),
        ...coverage(own, v),
      };
    });
  });
}

function peakOverTrough(margins: Float64Array): number {
  return margins.reduce((a, b) => Math.max(a, b)) / margins.reduce((a, b) => Math.min(a, b));
}

/** Later over earlier of neighbouring days; one if it never rises. */
function largestRise(days: readonly number[], margins: Float64Array): number {
  let most = 1;
  for (let i = 1; i < days.length; i++) {
    if (days[i]! - days[i - 1]! === DAY) most = Math.max(most, margins[i]! / margins[i - 1]!);
  }
  return most;
}

function coverage(series: readonly Series[], v: number) {
  let [total, path, atEnd, shares, worst] = [0, 0, 0, 0, 0];
  for (const { days, house, isolated, lossAtEnd, lossOnPath } of series) {
    const { initial } = house[v]!;
    total += days.length;
    for (let i = 0; i < days.length; i++) {
      if (lossOnPath[i]! > initial[i]!) path++;
      if (lossAtEnd[i]! > initial[i]!) atEnd++;
      shares += initial[i]! / isolated[i]!;
      worst = Math.max(worst, lossOnPath[i]! / initial[i]!);
    }
  }
  return {
    marginOverIsolated: shares / total,
    imExceededPath: path / total,
    imExceeded24h: atEnd / total,
    worstShortfall: worst,
  };
}

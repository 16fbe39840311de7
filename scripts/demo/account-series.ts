import type { HourResult, Standing } from "./result.ts";

export interface SeriesPoint extends Standing {
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** One account through the event: each hour as its prices found it and, if that changed anything, as liquidations left it. */
export function perAccount(hours: readonly HourResult[], account: number): SeriesPoint[] {
  return hours.flatMap(({ timestamp, before, after }) => {
    const [found, left] = [before[account], after[account]];
    if (found === undefined || left === undefined) return [];
    const time = timestamp * 1_000;
    const isSame = found.equity === left.equity && found.maintenance === left.maintenance;
    return isSame
      ? [{ time, ...found }]
      : [
          { time, ...found },
          { time, ...left },
        ];
  });
}

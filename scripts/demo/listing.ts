/** Which expiries and strikes the demo lists: on the grid that anyone may list (deploy/config/grid.ts). */
const SECONDS_PER_DAY = 86_400;
const HOURS_PER_DAY = 24;
const MS_PER_HOUR = 3_600_000;
const EXPIRY_HOUR = 8;
/** 1 January 1970 was a Thursday. */
const FRIDAY = 1;
const WEEKLIES = 3;
const STRIKE_STEP = 0.025;

/** The next three Fridays and the last Fridays of two months after them; hours since 1970, 08:00 UTC. */
export function demoExpiries(timestamp: number): number[] {
  const expiries: number[] = [];
  for (let day = Math.floor(timestamp / SECONDS_PER_DAY) + 1; expiries.length < WEEKLIES + 2; day++) {
    if (day % 7 !== FRIDAY) continue;
    const hours = day * HOURS_PER_DAY + EXPIRY_HOUR;
    if (expiries.length < WEEKLIES || isLastOfMonth(hours)) expiries.push(hours);
  }
  return expiries;
}

function isLastOfMonth(hours: number): boolean {
  const monthOf = (h: number): number => new Date(h * MS_PER_HOUR).getUTCMonth();
  return monthOf(hours) !== monthOf(hours + 7 * HOURS_PER_DAY);
}

/** The nearest strike of the grid: its steps are the largest of 1, 2, 5 · 10^k within 2.5 % of the strike. */
export function strikeNear(price: number): string {
  const most = price * STRIKE_STEP;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= most) ?? power;
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return (Math.round(price / step) * step).toFixed(digits);
}

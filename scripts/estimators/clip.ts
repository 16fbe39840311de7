/** What the clip costs: how often it binds, and how much more often prices then move by more than the range. */
import { hoursOf, type Round } from "./chain.ts";
import { followFloating } from "./floating.ts";

export interface ClipFigures {
  readonly hours: number;
  readonly clipped: number;
  /** Share of hours after which the price moves by more than the range within a day, at its end. */
  readonly exceeded: number;
  readonly meanRange: number;
}

const DAY = 24;
const SEED_HOURS = 720;
const SEED_DAYS = 30;
const CAP = 0.45;
const MAJORS: ReadonlySet<string> = new Set(["BTC", "ETH"]);

/** The range of the default rule, the floor of calibration included, at every hour after the first thirty days. */
export function clipFigures(symbol: string, rounds: readonly Round[], clipDeviations: number): ClipFigures {
  const { firstHour, inForce } = hoursOf(rounds);
  const prices = inForce.map((round) => Number(rounds[round]!.answer));
  const floor = MAJORS.has(symbol) ? 0.15 : 0.25;
  let squares = 0;
  for (let i = 1; i <= SEED_HOURS; i++) squares += Math.log(prices[i]! / prices[i - 1]!) ** 2;
  const sigma = Math.sqrt(squares / SEED_DAYS);
  const seed = { sigmaDaily: sigma, sigmaStress: sigma, sigmaLongRun: sigma, days: SEED_DAYS };

  let hours = 0;
  let exceeded = 0;
  let total = 0;
  let clipped = 0;
  let i = SEED_HOURS;
  for (const v of followFloating(seed, Number(firstHour) + SEED_HOURS, prices.slice(SEED_HOURS), clipDeviations)) {
    i += 1;
    clipped = v.clipped;
    if (i + DAY >= prices.length) break;
    const daily = Math.sqrt(DAY * Math.max(v.fast, v.slow));
    const adaptive = 3 * (0.75 * daily + 0.25 * Math.sqrt(v.stress));
    const range = Math.max(Math.min(Math.max(adaptive, 2.1 * Math.sqrt(v.squares / v.days)), CAP), floor);
    hours += 1;
    total += range;
    if (Math.abs(prices[i + DAY]! / prices[i]! - 1) > range) exceeded += 1;
  }
  return { hours, clipped, exceeded: exceeded / hours, meanRange: total / hours };
}

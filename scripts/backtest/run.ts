/** From a folder of prices to the results. */
import type { BacktestOptions } from "./options.ts";
import { linearBooks } from "./linear-books.ts";
import { readDeployed } from "./house-margin.ts";
import { readVolatilities, volatilityAt, type VolatilitySeries } from "./implied-volatility.ts";
import type { LinearInput } from "./linear-day.ts";
import { DAY, decisionDays, HORIZON, HOUR, type Market, pricesAt, readMarket } from "./market.ts";
import { optionTemplates } from "./option-books.ts";
import { exactDays, expiryDays, type OptionInput } from "./option-day.ts";
import { type DayParameters, parameterPath, stressedShare, toolsOff, type Variant } from "./parameter-path.ts";
import { judge } from "./pool.ts";
import { type Procyclicality, procyclicality } from "./procyclicality.ts";
import { linearSeries, optionSeries, type Series } from "./series.ts";
import { type Result, summarise } from "./summary.ts";
import type { Job, Setup } from "./worker.ts";

/** Days of one message to a worker: few enough for a steady bar, many enough that talking costs nothing. */
const BATCH = 8;

export interface Backtest {
  readonly symbols: readonly string[];
  readonly days: readonly number[];
  readonly linearBooks: number;
  readonly variants: readonly Variant[];
  readonly stressedShare: number;
  readonly parameters: readonly DayParameters[];
  /** Option books by market: which volatility, how many days. */
  readonly optionMarkets: readonly { readonly name: string; readonly days: number }[];
  readonly series: readonly Series[];
  readonly results: readonly Result[];
  readonly procyclicality: readonly Procyclicality[];
}

/** What the bar shows. */
export interface Progress {
  readonly start: (total: number) => void;
  readonly done: (days: number) => void;
}

export function variantsOf({ ramp, ramps }: Pick<BacktestOptions, "ramp" | "ramps">): Variant[] {
  const on = (own: number): Variant => ({ name: rampName(own), ramp: own, tools: true });
  return [on(ramp), toolsOff, ...ramps.filter((own) => own !== ramp).map(on)];
}

export const rampName = (ramp: number): string =>
  ramp === Infinity ? "no ramp" : `ramp ${+(ramp * 100).toFixed(4)} %/h`;

export async function runBacktest(options: BacktestOptions, progress: Progress): Promise<Backtest> {
  const market = readMarket(options.data, options.assets, options.to);
  const days = decisionDays(market, options.from, options.to);
  const variants = variantsOf(options);
  const parameters = parameterPath(market, days, variants);
  const templates = optionTemplates(options.seed);
  const books = linearBooks(market.symbols, options.seed);
  const setup: Setup = {
    symbols: market.symbols,
    books,
    templates,
    deployed: readDeployed(),
    openInterest: options.openInterest,
  };
  const linear = days.map((day, d): LinearInput => ({ day, prices: hourly(market, day), parameters: parameters[d]! }));
  const optionMarkets = readVolatilities(options.data).flatMap((volatilities) => {
    const inputs = optionInputs(market, days, parameters, volatilities, expiryDays(templates));
    return inputs.length === 0 ? [] : [{ name: `${volatilities.symbol} ${volatilities.source}`, inputs }];
  });
  const jobs: Job[] = [
    ...batches(linear).map((inputs): Job => ({ kind: "linear", inputs })),
    ...optionMarkets.flatMap(({ inputs }) => batches(inputs).map((own): Job => ({ kind: "options", inputs: own }))),
  ];
  progress.start(jobs.reduce((sum, { inputs }) => sum + inputs.length, 0));
  const answers = await judge(jobs, setup, options.jobs, progress.done);

  const linearOutputs = answers.flatMap((a) => (a.kind === "linear" ? a.outputs : []));
  const optionOutputs = answers.flatMap((a) => (a.kind === "options" ? a.outputs : []));
  let taken = 0;
  const series = [
    ...linearSeries(books, market.symbols, days, linearOutputs),
    ...optionMarkets.flatMap(({ name, inputs }) => {
      const outputs = optionOutputs.slice(taken, (taken += inputs.length));
      return optionSeries(
        templates,
        name,
        inputs.map(({ day }) => day),
        outputs,
      );
    }),
  ];
  return {
    symbols: market.symbols,
    days,
    linearBooks: books.length,
    variants,
    stressedShare: stressedShare(parameters),
    parameters,
    optionMarkets: optionMarkets.map(({ name, inputs }) => ({ name, days: inputs.length })),
    series,
    results: summarise(series),
    procyclicality: procyclicality(series, variants),
  };
}

function hourly(market: Market, day: number): number[][] {
  return Array.from({ length: HORIZON + 1 }, (_, hour) => pricesAt(market, day + hour * HOUR));
}

/** The days on which the volatility of every expiry is known at every hour. */
function optionInputs(
  market: Market,
  days: readonly number[],
  parameters: readonly DayParameters[],
  volatilities: VolatilitySeries,
  terms: readonly number[],
): OptionInput[] {
  const asset = market.symbols.indexOf(volatilities.symbol);
  if (asset < 0) return [];
  return days.flatMap((day, d) => {
    const byHour: Record<number, number>[] = [];
    for (let hour = 0; hour <= HORIZON; hour++) {
      const known: Record<number, number> = {};
      for (const term of terms) {
        const left = exactDays(term) - (hour * HOUR) / DAY;
        const volatility = volatilityAt(volatilities, day + hour * HOUR, left);
        if (volatility === undefined) return [];
        known[term] = volatility;
      }
      byHour.push(known);
    }
    const prices = hourly(market, day).map((row) => row[asset]!);
    return [{ day, prices, volatilities: byHour, asset, parameters: parameters[d]! }];
  });
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));
}

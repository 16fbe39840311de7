/** One day of the option books on one underlying. */
import { strikeCode } from "../../sdk/instruments.ts";
import { isolatedMargin } from "../../sdk/margin/account.ts";
import { optionGreeks, optionPrice } from "../../sdk/options/black76.ts";
import { type Smile, smileOf } from "../../sdk/options/smile.ts";
import { type Exposure, type OptionEntry, PriceStatus, type Surface, SurfaceStatus } from "../../sdk/types.ts";
import { type DaySets, type Deployed, daySets, dollars, type Requirement, requirement } from "./house-margin.ts";
import type { OptionTemplate, TemplateLeg } from "./option-books.ts";
import type { DayParameters } from "./parameter-path.ts";
import { fixed8, perpetual, portfolio } from "./portfolios.ts";
import { RULES } from "./rules/index.ts";
import type { UnderlyingBook } from "./rules/types.ts";

/** Assumed for every day: the series give only the volatility at the money. A little dearer below the price than above, and in the wings. */
const SKEW = -0.05;
const CURVATURE = 0.02;

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
/** Expiries are at 08:00 UTC. */
const EXPIRY_HOUR = 8;
/** Lots of 0.01 contracts. */
const LOT_EXPONENT = 6;
const LOTS_PER_CONTRACT = 100;

export interface OptionInput {
  readonly day: number;
  /** Of the underlying, by hour, 0 to 24. */
  readonly prices: readonly number[];
  /** Volatility at the money by hour, 0 to 24, and by the days of `expiryDays`. */
  readonly volatilities: readonly Readonly<Record<number, number>>[];
  readonly asset: number;
  readonly parameters: DayParameters;
}

export interface OptionSetup {
  readonly templates: readonly OptionTemplate[];
  readonly deployed: Deployed;
  readonly openInterest: number;
}

/** By book, shares of the underlying's price. `rules` in the order of RULES. */
export interface OptionOutput {
  readonly isolated: number[];
  readonly lossAtEnd: number[];
  readonly lossOnPath: number[];
  readonly initial: readonly number[][];
  readonly maintenance: readonly number[][];
  readonly rules: readonly Requirement[][];
}

interface Leg extends TemplateLeg {
  readonly strike: number;
  readonly expiry: number;
}

/** Days to the expiries of some books, each once, ascending. */
export function expiryDays(templates: readonly OptionTemplate[]): number[] {
  return [...new Set(templates.flatMap(({ legs }) => legs.map(({ days }) => days)))].sort((a, b) => a - b);
}

/** Days from the decision to the expiry that is about so many days away. */
export const exactDays = (days: number): number => days + EXPIRY_HOUR / 24;

export function optionDay(input: OptionInput, setup: OptionSetup): OptionOutput {
  const { day, prices, parameters, asset } = input;
  const spot = prices[0]!;
  const terms = expiryDays(setup.templates);
  const sets = parameters.inForce.map((_, variant) => daySets(setup.deployed, parameters, variant, -1));
  const sigma = BigInt(parameters.inForce[0]!.sigmaDayBps[asset]!);
  const smiles = prices.map((price, hour) => {
    const now = day + hour * HOUR_SECONDS;
    return new Map(
      terms.map((days) => [
        days,
        smileOf(surfaceOf(input.volatilities[hour]![days]!, now), price, expiryOf(day, days), now, sigma),
      ]),
    );
  });
  const books = setup.templates.map((template) => bookOf(template, spot, day, smiles[0]!));
  const needs = books.map((book) => houseNeeds(book, input, setup, sets));
  const losses = books.map((book) => lossesOf(book, prices, smiles));
  return {
    isolated: needs.map(({ isolated }) => isolated / spot),
    lossAtEnd: losses.map(({ atEnd }) => atEnd / spot),
    lossOnPath: losses.map(({ onPath }) => onPath / spot),
    initial: sets.map((_, v) => needs.map(({ own }) => own[v]!.initial / spot)),
    maintenance: sets.map((_, v) => needs.map(({ own }) => own[v]!.maintenance / spot)),
    rules: RULES.map((rule) =>
      books.map((book) => {
        const { initial, maintenance } = rule.requirement(ruleBook(book, spot, smiles[0]!));
        return { initial: initial / spot, maintenance: maintenance / spot };
      }),
    ),
  };
}

interface Book {
  readonly legs: readonly Leg[];
  readonly perpetual: number;
}

function bookOf(template: OptionTemplate, spot: number, day: number, smiles: ReadonlyMap<number, Smile>): Book {
  const legs = template.legs.map((leg): Leg => ({
    ...leg,
    strike: roundStrike(spot * leg.moneyness),
    expiry: expiryOf(day, leg.days),
  }));
  if (template.perpetual !== "delta hedge") return { legs, perpetual: template.perpetual };
  const delta = legs.reduce(
    (sum, leg) => sum + leg.quantity * optionGreeks(termsOf(leg, smiles.get(leg.days)!)).delta,
    0,
  );
  return { legs, perpetual: Number(fixed8(-delta)) / 1e8 };
}

function houseNeeds({ legs, perpetual: held }: Book, input: OptionInput, setup: OptionSetup, sets: readonly DaySets[]) {
  const { day, prices, asset, parameters } = input;
  const price = prices[0]!;
  const interest = setup.openInterest * parameters.turnover[asset]!;
  const linear = held === 0 ? [] : [perpetual(asset, held, price, interest)];
  const all = portfolio([...linear, ...exposuresOf(legs, input, interest)], [], day);
  return {
    own: sets.map((set) => requirement(all, set)),
    isolated: dollars(isolatedMargin(all, sets[0]!.initial)),
  };
}

function exposuresOf(
  legs: readonly Leg[],
  { day, prices, volatilities, asset }: OptionInput,
  interest: number,
): Exposure[] {
  const price = prices[0]!;
  const terms = [...new Set(legs.map(({ days }) => days))].sort((a, b) => a - b);
  return terms.map((days) => {
    const entries = new Map<number, OptionEntry>();
    for (const leg of legs.filter((own) => own.days === days)) {
      const strike = strikeCode(fixed8(leg.strike));
      const before = entries.get(strike) ?? { strike, calls: 0n, puts: 0n };
      const lots = BigInt(Math.round(leg.quantity * LOTS_PER_CONTRACT));
      entries.set(
        strike,
        leg.right === "call" ? { ...before, calls: before.calls + lots } : { ...before, puts: before.puts + lots },
      );
    }
    return {
      underlying: asset + 1,
      expiryHours: expiryOf(day, days) / HOUR_SECONDS,
      quantity: 0n,
      openInterest: fixed8(interest / price),
      price: fixed8(price),
      status: PriceStatus.Fresh,
      dated: {
        lotExponent: LOT_EXPONENT,
        surface: surfaceOf(volatilities[0]![days]!, day),
        options: [...entries.values()].filter(({ calls, puts }) => calls !== 0n || puts !== 0n),
      },
    };
  });
}

/** USD; a gain is negative. Marks are Black's at the smile of each hour. */
function lossesOf(
  { legs, perpetual: held }: Book,
  prices: readonly number[],
  smiles: readonly ReadonlyMap<number, Smile>[],
) {
  const valueAt = (hour: number) =>
    legs.reduce(
      (sum, leg) => sum + leg.quantity * optionPrice(termsOf(leg, smiles[hour]!.get(leg.days)!)),
      held * prices[hour]!,
    );
  const start = valueAt(0);
  let [atEnd, onPath] = [0, -Infinity];
  for (let hour = 1; hour < prices.length; hour++) {
    atEnd = start - valueAt(hour);
    onPath = Math.max(onPath, atEnd);
  }
  return { atEnd, onPath };
}

function ruleBook({ legs, perpetual: held }: Book, spot: number, smiles: ReadonlyMap<number, Smile>): UnderlyingBook {
  return {
    spot,
    perpetual: held,
    token: 0,
    options: legs.map((leg) => {
      const terms = termsOf(leg, smiles.get(leg.days)!);
      const { right, strike, years, volatility } = terms;
      return { right, strike, years, volatility, quantity: leg.quantity, mark: optionPrice(terms) };
    }),
  };
}

function termsOf({ right, strike }: Leg, smile: Smile) {
  return { right, strike, forward: smile.forward, years: smile.years, volatility: smile.volatilityAt(strike) };
}

function surfaceOf(atTheMoney: number, now: number): Surface {
  return {
    atmVolatility: BigInt(Math.round(atTheMoney * 1e6)),
    basis: 0n,
    skew: BigInt(SKEW * 1e6),
    curvature: BigInt(CURVATURE * 1e6),
    status: SurfaceStatus.Fresh,
    updatedAt: BigInt(now),
    settlementPrice: 0n,
  };
}

const expiryOf = (day: number, days: number): number => day + days * DAY_SECONDS + EXPIRY_HOUR * HOUR_SECONDS;

/** To a step of 1, 2 or 5 times a power of ten, about a hundredth of the price. */
function roundStrike(price: number): number {
  const power = 10 ** Math.floor(Math.log10(price / 100));
  const step = [5, 2, 1].map((factor) => factor * power).find((own) => own <= price / 100)!;
  return Math.round(price / step) * step;
}

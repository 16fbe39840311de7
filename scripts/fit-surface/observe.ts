/** Which volatilities an expiry's quotes imply, and which of them to believe. */
import { impliedVolatility, optionPrice, PriceOutsideBounds } from "../../sdk/options/index.ts";
import type { Quote } from "./chain.ts";

export const SECONDS_PER_YEAR = 31_536_000;

/** Volatilities further apart than this share of their middle say nothing. */
const WIDEST_SPREAD = 0.5;

/** One option out of the money with a bid and an ask. Volatilities: 1 is 100 %; prices in USD. */
export interface Observation {
  /** ln(K/F). */
  readonly logStrike: number;
  readonly bidVolatility: number;
  readonly askVolatility: number;
  readonly middle: number;
  readonly bid: number;
  readonly ask: number;
  readonly markVolatility: number | undefined;
  /** USD at a volatility, for the price error. */
  readonly priceAt: (volatility: number) => number;
}

export interface ExpiryQuotes {
  readonly expiry: number;
  readonly years: number;
  readonly forward: number;
  readonly index: number;
  readonly observations: readonly Observation[];
}

/** By ascending expiry. Forward and index are medians: a venue stamps its lines one after the other. */
export function byExpiry(quotes: readonly Quote[], timestamp: number): ExpiryQuotes[] {
  const groups = new Map<number, Quote[]>();
  for (const quote of quotes) {
    const group = groups.get(quote.expiry);
    if (group === undefined) groups.set(quote.expiry, [quote]);
    else group.push(quote);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([expiry, group]) => {
      const years = (expiry - timestamp) / SECONDS_PER_YEAR;
      const forward = median(group.map((quote) => quote.forward));
      const index = median(group.map((quote) => quote.index));
      const observations = years <= 0 ? [] : group.flatMap((quote) => observe(quote, forward, years));
      return { expiry, years, forward, index, observations };
    });
}

function observe(quote: Quote, forward: number, years: number): Observation[] {
  const { strike, right, bid, ask, markVolatility } = quote;
  const isOut = right === "call" ? strike >= forward : strike < forward;
  if (!isOut || bid === undefined || ask === undefined || bid <= 0 || bid > ask) return [];
  const terms = { right, forward, strike, years };
  try {
    const bidVolatility = impliedVolatility(terms, bid * forward);
    const askVolatility = impliedVolatility(terms, ask * forward);
    const middle = (bidVolatility + askVolatility) / 2;
    if (askVolatility - bidVolatility > WIDEST_SPREAD * middle) return [];
    return [
      {
        logStrike: Math.log(strike / forward),
        bidVolatility,
        askVolatility,
        middle,
        bid: bid * forward,
        ask: ask * forward,
        markVolatility,
        priceAt: (volatility) => optionPrice({ ...terms, volatility }),
      },
    ];
  } catch (error) {
    if (error instanceof PriceOutsideBounds) return [];
    throw error;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

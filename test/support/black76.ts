/** Conversions between doubles and 18 decimals for the tests of option prices, and options on spot with interest and yield. */
import type { OptionRight, OptionTerms } from "../../sdk/options/black76.ts";
import { figure, type Vector } from "./vectors.ts";

/** Nine decimals are kept, of magnitudes below nine million. */
export function wad(value: number): bigint {
  return BigInt(Math.round(value * 1e9)) * 10n ** 9n;
}

export function double(value: bigint): number {
  return Number(value) / 1e18;
}

/** A decimal with any number of digits, rounded to 18 places. */
export function decimalToWad(text: string): bigint {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text)!;
  const places = fraction.length - Number(exponent) - 18;
  const digits = BigInt(whole! + fraction);
  const scaled = places <= 0 ? digits * 10n ** BigInt(-places) : divNearest(digits, 10n ** BigInt(places));
  return sign === "-" ? -scaled : scaled;
}

function divNearest(a: bigint, b: bigint): bigint {
  return (a + b / 2n) / b;
}

/** A row of Haug's tables as an option on the forward. */
export interface SpotOption {
  readonly option: OptionTerms;
  readonly spot: number;
  readonly rate: number;
  readonly dividendYield: number;
  /** e^(−rT): value on spot per value on the forward. */
  readonly discount: number;
  /** e^((r − q)T) = F/S. */
  readonly growth: number;
  readonly expected: number;
}

export function spotOption(vector: Vector): SpotOption {
  const [spot, rate, years] = [figure(vector, "spot"), figure(vector, "rate"), figure(vector, "time_years")];
  const dividendYield = figure(vector, "dividend_yield");
  const growth = Math.exp((rate - dividendYield) * years);
  const right: OptionRight = vector["type"] === "Call" ? "call" : "put";
  const option = {
    right,
    forward: spot * growth,
    strike: figure(vector, "strike"),
    volatility: figure(vector, "vol"),
    years,
  };
  return {
    option,
    spot,
    rate,
    dividendYield,
    discount: Math.exp(-rate * years),
    growth,
    expected: figure(vector, "value"),
  };
}

export interface ForwardQuote {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  /** Per day. */
  readonly theta: number;
}

/** What a row of Haug's greeks asks for, by the chain rule from the same figures on the forward. Undefined: not such a figure. */
export function greekOnSpot(name: string, row: SpotOption, quote: ForwardQuote): number | undefined {
  const { discount, growth, option, rate, dividendYield, spot } = row;
  const delta = discount * growth * quote.delta;
  const value = discount * quote.price;
  const theta = rate * value - (rate - dividendYield) * spot * delta + discount * quote.theta * 365;
  switch (name) {
    case "delta":
      return delta;
    case "elasticity":
      return (delta * spot) / value;
    case "gamma":
      return discount * growth ** 2 * quote.gamma;
    case "vega":
      return discount * quote.vega;
    case "theta":
      return theta;
    case "theta per day":
      return theta / 365;
    case "rho":
      return option.years * (spot * delta - value);
    case "dividendRho":
      return -option.years * spot * delta;
    default:
      return undefined;
  }
}

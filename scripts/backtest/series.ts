/** What every book needed and lost, day by day: the one form in which linear and option books are summarised. */
import type { Requirement } from "./house-margin.ts";
import type { LinearBook } from "./linear-books.ts";
import type { LinearOutput } from "./linear-day.ts";
import type { OptionTemplate } from "./option-books.ts";
import type { OptionOutput } from "./option-day.ts";
import { RULES } from "./rules/index.ts";

export interface Margins {
  readonly initial: Float64Array;
  readonly maintenance: Float64Array;
}

/** Amounts are shares of the book's notional or of the underlying's price; entries are days, ascending. */
export interface Series {
  readonly className: string;
  readonly book: string;
  readonly days: readonly number[];
  readonly isolated: Float64Array;
  readonly lossAtEnd: Float64Array;
  readonly lossOnPath: Float64Array;
  /** By variant of the parameters. */
  readonly house: readonly Margins[];
  /** In the order of RULES. */
  readonly rules: readonly Margins[];
}

export function linearSeries(
  books: readonly LinearBook[],
  symbols: readonly string[],
  days: readonly number[],
  outputs: readonly LinearOutput[],
): Series[] {
  const variants = outputs[0]!.initial.map((_, v) => v);
  return books.map((book, b) => {
    const over = (value: (output: LinearOutput) => number) => Float64Array.from(outputs, value);
    return {
      className: book.className,
      book: book.name,
      days,
      isolated: over((output) => output.isolated[b]!),
      lossAtEnd: over((output) => output.lossAtEnd[b]!),
      lossOnPath: over((output) => output.lossOnPath[b]!),
      house: variants.map((v) => ({
        initial: over((output) => output.initial[v]![b]!),
        maintenance: over((output) => output.maintenance[v]![b]!),
      })),
      // The rules of others ask for the same share of a linear book on every day.
      rules: linearRequirements(book, symbols).map(({ initial, maintenance }) => ({
        initial: new Float64Array(outputs.length).fill(initial),
        maintenance: new Float64Array(outputs.length).fill(maintenance),
      })),
    };
  });
}

/** What each of RULES asks for, underlyings added up, as a share of the notional. */
export function linearRequirements({ weights, ether }: LinearBook, symbols: readonly string[]): Requirement[] {
  return RULES.map((rule) =>
    weights.reduce(
      (sum, weight, asset) => {
        const token = symbols[asset] === "ETH" ? ether : 0;
        if (weight === 0 && token === 0) return sum;
        const own = rule.requirement({ spot: 1, perpetual: weight, token, options: [] });
        return { initial: sum.initial + own.initial, maintenance: sum.maintenance + own.maintenance };
      },
      { initial: 0, maintenance: 0 },
    ),
  );
}

export function optionSeries(
  templates: readonly OptionTemplate[],
  market: string,
  days: readonly number[],
  outputs: readonly OptionOutput[],
): Series[] {
  const variants = outputs[0]!.initial.map((_, v) => v);
  return templates.map((template, b) => {
    const over = (value: (output: OptionOutput) => number) => Float64Array.from(outputs, value);
    return {
      className: template.className,
      book: `${market}: ${template.name}`,
      days,
      isolated: over((output) => output.isolated[b]!),
      lossAtEnd: over((output) => output.lossAtEnd[b]!),
      lossOnPath: over((output) => output.lossOnPath[b]!),
      house: variants.map((v) => ({
        initial: over((output) => output.initial[v]![b]!),
        maintenance: over((output) => output.maintenance[v]![b]!),
      })),
      rules: RULES.map((_, r) => ({
        initial: over((output) => output.rules[r]![b]!.initial),
        maintenance: over((output) => output.rules[r]![b]!.maintenance),
      })),
    };
  });
}

/** What a margin rule sees of a book, and what it answers. Double precision: these rules are others', for comparison only. */
import type { OptionRight } from "../../../sdk/options/black76.ts";

export interface OptionLeg {
  readonly right: OptionRight;
  readonly strike: number;
  readonly years: number;
  readonly volatility: number;
  /** Contracts; negative is short. */
  readonly quantity: number;
  /** Mark of one contract, USD. */
  readonly mark: number;
}

/** Everything on one underlying. The forward of every expiry is the spot price. */
export interface UnderlyingBook {
  readonly spot: number;
  /** Contracts. */
  readonly perpetual: number;
  /** Units of the underlying held as collateral. */
  readonly token: number;
  readonly options: readonly OptionLeg[];
}

/**
 * USD of equity that an account needs, where equity counts everything at its full mark. A rule that does not count what a long option
 * is worth asks for its premium here instead, and one that adds the mark of a short option does not: it is in equity already.
 */
export interface RuleRequirement {
  readonly initial: number;
  readonly maintenance: number;
}

export interface Rule {
  readonly id: string;
  /** Of one underlying; every rule here adds underlyings up. */
  readonly requirement: (book: UnderlyingBook) => RuleRequirement;
}

export const markOf = (options: readonly OptionLeg[]): number =>
  options.reduce((sum, { quantity, mark }) => sum + quantity * mark, 0);

export const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);

/** Legs by expiry, in the order of their first leg. */
export function byExpiry(options: readonly OptionLeg[]): OptionLeg[][] {
  const groups = new Map<number, OptionLeg[]>();
  for (const leg of options) {
    const group = groups.get(leg.years);
    if (group === undefined) groups.set(leg.years, [leg]);
    else group.push(leg);
  }
  return [...groups.values()];
}

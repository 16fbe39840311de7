/**
 * A share of each position's notional, without netting between instruments. Collateral counts in full. An option's notional is the
 * underlying's price; one that is held never needs more than its premium.
 */
import { type Rule, sumOf } from "./types.ts";

const INITIAL = 0.1;
const MAINTENANCE = 0.05;

export const flat: Rule = {
  id: "flat",
  requirement: ({ spot, perpetual, options }) => {
    const at = (share: number) =>
      share * Math.abs(perpetual) * spot +
      sumOf(options, ({ quantity, mark }) =>
        quantity < 0 ? -quantity * share * spot : quantity * Math.min(share * spot, mark),
      );
    return { initial: at(INITIAL), maintenance: at(MAINTENANCE) };
  },
};

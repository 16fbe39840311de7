/** The two rules that margin each short option by how far it is out of the money. */
import { byExpiry, markOf, type OptionLeg, type Rule, sumOf } from "./types.ts";

const SRM = { most: 0.15, least: 0.13, maintenance: 0.09, perpetual: 0.1, perpetualMaintenance: 0.065 };
const DERIBIT = { most: 0.15, least: 0.1, maintenance: 0.075, perpetual: 0.02, perpetualMaintenance: 0.01 };
/** What ether as collateral does not count for: 80 % for maintenance margin, times 0.9375 for initial. */
const SRM_COLLATERAL = { initial: 1 - 0.8 * 0.9375, maintenance: 1 - 0.8 };

/**
 * Derive's standard margin. Each expiry needs the smaller of its options alone and its largest loss at expiry, at every strike and at
 * zero; calls sold beyond those held, whose loss has no limit, add the least that a short call alone needs, with the cheapest mark.
 */
export const deriveSrm: Rule = {
  id: "Derive SRM",
  requirement: ({ spot, perpetual, token, options }) => {
    const expiries = byExpiry(options);
    const atExpiry = (legs: readonly OptionLeg[]) => markOf(legs) + largestLoss(legs) + unpairedCalls(legs, spot);
    const notional = Math.abs(perpetual) * spot;
    const collateral = Math.max(token, 0) * spot;
    return {
      initial:
        SRM.perpetual * notional +
        SRM_COLLATERAL.initial * collateral +
        sumOf(expiries, (legs) =>
          Math.min(
            alone(legs, (leg) => shortShare(leg, spot, SRM.most, SRM.least) * spot),
            atExpiry(legs),
          ),
        ),
      maintenance:
        SRM.perpetualMaintenance * notional +
        SRM_COLLATERAL.maintenance * collateral +
        sumOf(expiries, (legs) =>
          Math.min(
            alone(legs, () => SRM.maintenance * spot),
            atExpiry(legs),
          ),
        ),
    };
  },
};

/** Deribit's standard margin, perpetuals at the rates of its smallest positions. Nothing is netted. */
export const deribitStandard: Rule = {
  id: "Deribit standard",
  requirement: ({ spot, perpetual, options }) => {
    const notional = Math.abs(perpetual) * spot;
    return {
      initial:
        DERIBIT.perpetual * notional +
        alone(options, (leg) => shortShare(leg, spot, DERIBIT.most, DERIBIT.least) * spot),
      maintenance: DERIBIT.perpetualMaintenance * notional + alone(options, () => DERIBIT.maintenance * spot),
    };
  },
};

/** Every short option by itself, every long one at its premium. */
function alone(legs: readonly OptionLeg[], short: (leg: OptionLeg) => number): number {
  return sumOf(legs, (leg) => (leg.quantity < 0 ? -leg.quantity * short(leg) : leg.quantity * leg.mark));
}

function shortShare({ right, strike }: OptionLeg, spot: number, most: number, least: number): number {
  const outOfTheMoney = Math.max(right === "call" ? strike - spot : spot - strike, 0) / spot;
  return Math.max(most - outOfTheMoney, least);
}

function largestLoss(legs: readonly OptionLeg[]): number {
  const payoff = (price: number) =>
    sumOf(
      legs,
      ({ right, strike, quantity }) => quantity * Math.max(right === "call" ? price - strike : strike - price, 0),
    );
  return -Math.min(...[0, ...legs.map(({ strike }) => strike)].map(payoff));
}

function unpairedCalls(legs: readonly OptionLeg[], spot: number): number {
  const calls = legs.filter(({ right }) => right === "call");
  const count = -sumOf(calls, ({ quantity }) => quantity);
  if (count <= 0) return 0;
  const cheapest = calls.reduce(
    (least, { quantity, mark }) => (quantity < 0 ? Math.min(least, mark) : least),
    Infinity,
  );
  return count * (SRM.least * spot + cheapest);
}

/** The rules that scan a book on one underlying; each adds its underlyings up. */
import { mirrored, POWERS, FLAT_POWERS, product, type Scenario, shocked, worstLoss } from "./scenarios.ts";
import { byExpiry, markOf, type OptionLeg, type Rule, sumOf, type UnderlyingBook } from "./types.ts";

const PMRM = {
  scenarios: [...product([0, ...mirrored([0.05, 0.1, 0.15])], [0.6, 0, -0.3]), ...product(mirrored([0.2]), [0.6])],
  discount: 0.95,
  discountRate: 0.12,
  linearContingency: 0.03,
  nakedContingency: 0.02,
  initialFactor: 1.25,
};

/**
 * Derive's PMRM. The scenarios value whole expiries; what is worth something is discounted. Read in its favour: no interest, no basis
 * contingency beyond zero, and the contingency of naked shorts nets calls and puts of a strike.
 */
export const derivePmrm: Rule = {
  id: "Derive PMRM",
  requirement: (book) => {
    const { spot, perpetual, token, options } = book;
    const expiries = byExpiry(options);
    let worst = 0;
    for (const scenario of PMRM.scenarios) {
      let value = (perpetual + token) * spot * scenario.move;
      for (const legs of expiries) value += discounted(legs, spot, scenario);
      worst = Math.min(worst, value);
    }
    const contingency =
      PMRM.linearContingency * (Math.abs(perpetual) + Math.abs(token)) * spot +
      PMRM.nakedContingency * sumOf(expiries, nakedShorts) * spot;
    const needed = contingency - worst;
    const mark = markOf(options);
    return { initial: mark + PMRM.initialFactor * needed, maintenance: mark + needed };
  },
};

function discounted(legs: readonly OptionLeg[], spot: number, scenario: Scenario): number {
  const value = sumOf(legs, (leg) => leg.quantity * shocked(leg, spot, scenario, POWERS));
  return value <= 0 ? value : value * PMRM.discount * Math.exp(-PMRM.discountRate * legs[0]!.years);
}

function nakedShorts(legs: readonly OptionLeg[]): number {
  const net = new Map<number, number>();
  for (const { strike, quantity } of legs) net.set(strike, (net.get(strike) ?? 0) + quantity);
  return sumOf([...net.values()], (quantity) => Math.max(-quantity, 0));
}

/** The two far moves whose weights are known; those between are left out, in the rule's favour. */
const tails = (down: number, up: number): Scenario[] => [
  { move: -0.66, volatility: 0, weight: down },
  { move: 5, volatility: 0, weight: up },
];

const PMRM_2_SCENARIOS = [
  ...product([0, ...mirrored([0.045, 0.09, 0.135])], [0.6, 0, -0.3]),
  ...product(mirrored([0.18]), [0.6]),
  ...tails(0.42, 0.028),
];

/** Derive's PMRM_2, without its two skew shocks. */
export const derivePmrm2: Rule = {
  id: "Derive PMRM_2",
  requirement: (book) => {
    const initial = worstLoss(book, PMRM_2_SCENARIOS, POWERS);
    return { initial, maintenance: 0.8 * initial };
  },
};

const DERIBIT_RANGE = 0.16;
/** A far move counts as much as the edge of the range for a straight line. */
const dampedTails = (range: number): Scenario[] => tails(range / 0.66, range / 5);
const DERIBIT_SCENARIOS = [
  ...product([0, ...mirrored([0.04, 0.08, 0.12, 0.16])], [0.5, 0, -0.25]),
  ...dampedTails(DERIBIT_RANGE),
];

/** Deribit's portfolio margin. */
export const deribitPortfolio: Rule = {
  id: "Deribit portfolio",
  requirement: (book) => {
    const initial = worstLoss(book, DERIBIT_SCENARIOS, POWERS);
    return { initial, maintenance: 0.8 * initial };
  },
};

const PARADEX_SCENARIOS = [...product([0, ...mirrored([0.04, 0.08, 0.12, 0.16])], [0.4, -0.22]), ...dampedTails(0.16)];

/** Paradex' portfolio margin; its volatility shock is taken to be the same for every time to expiry. */
export const paradex: Rule = {
  id: "Paradex portfolio",
  requirement: (book) => {
    const initial = Math.max(worstLoss(book, PARADEX_SCENARIOS, FLAT_POWERS), paradexMinimum(book));
    return { initial, maintenance: 0.5 * initial };
  },
};

/** 2 % of the net delta and 1 % of what is hedged of it. */
function paradexMinimum({ spot, perpetual, token, options }: UnderlyingBook): number {
  const deltas = [perpetual, token, ...options.map((leg) => leg.quantity * deltaOf(leg, spot))];
  const long = sumOf(deltas, (delta) => Math.max(delta, 0));
  const short = sumOf(deltas, (delta) => Math.max(-delta, 0));
  return (0.02 * Math.abs(long - short) + 0.01 * Math.min(long, short)) * spot;
}

const DELTA_MOVE = 1e-4;

function deltaOf(leg: OptionLeg, spot: number): number {
  const at = (move: number) => shocked(leg, spot, { move, volatility: 0, weight: 1 }, FLAT_POWERS);
  return (at(DELTA_MOVE) - at(-DELTA_MOVE)) / (2 * DELTA_MOVE * spot);
}

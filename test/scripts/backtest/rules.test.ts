import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { optionPrice } from "../../../sdk/options/black76.ts";
import { RULES } from "../../../scripts/backtest/rules/index.ts";
import type { OptionLeg, UnderlyingBook } from "../../../scripts/backtest/rules/types.ts";

const SPOT = 100;
const YEARS = 30 / 365;
const VOLATILITY = 0.6;
/** Black 1976 at 60 % and 30 days, computed with the error function of another library. */
const AT_THE_MONEY = 6.853940718253547;
const CALL_110 = 3.270260504709409;

const requirement = (id: string, book: Partial<UnderlyingBook>) =>
  RULES.find((rule) => rule.id === id)!.requirement({ spot: SPOT, perpetual: 0, token: 0, options: [], ...book });

const leg = (right: "call" | "put", strike: number, quantity: number, years = YEARS): OptionLeg => {
  const terms = { right, strike, years, volatility: VOLATILITY };
  return { ...terms, quantity, mark: optionPrice({ ...terms, forward: SPOT }) };
};

const expectMargin = (
  { initial, maintenance }: { initial: number; maintenance: number },
  [im, mm]: readonly [number, number],
) => {
  expectNear(initial, im, 1e-5);
  expectNear(maintenance, mm, 1e-5);
};

const straddle = { options: [leg("call", 100, -1), leg("put", 100, -1)] };
const bearCall = { options: [leg("call", 100, -1), leg("call", 110, 1)] };
const longCall = { options: [leg("call", 110, 2)] };

describe("backtest rules of others", () => {
  it("marks the legs of these examples as they should be", () => {
    expectNear(straddle.options[0]!.mark, AT_THE_MONEY, 1e-6);
    expectNear(bearCall.options[1]!.mark, CALL_110, 1e-6);
  });

  // Two contracts at 100: 200 of notional, long and short.
  for (const [id, long, short] of [
    ["flat", [20, 10], [20, 10]],
    ["Derive SRM", [20, 13], [20, 13]],
    // (20 % of the move + 3 % contingency) × 1.25, and × 1.
    ["Derive PMRM", [57.5, 46], [57.5, 46]],
    // Down 66 % × 0.42 is more than 18 %; up 500 % × 0.028 is less.
    ["Derive PMRM_2", [55.44, 44.352], [36, 28.8]],
    ["Deribit standard", [4, 2], [4, 2]],
    ["Deribit portfolio", [32, 25.6], [32, 25.6]],
    ["Paradex portfolio", [32, 16], [32, 16]],
  ] as const) {
    it(`${id}: a perpetual`, () => {
      expectMargin(requirement(id, { perpetual: 2 }), long);
      expectMargin(requirement(id, { perpetual: -2 }), short);
    });
  }

  // One unit of collateral hedges one short perpetual where the rule scans them together.
  for (const [id, expected] of [
    ["flat", [10, 5]],
    ["Derive SRM", [10 + 25, 6.5 + 20]],
    ["Derive PMRM", [1.25 * 6, 6]],
    ["Derive PMRM_2", [0, 0]],
    ["Deribit standard", [2, 1]],
    ["Deribit portfolio", [0, 0]],
    ["Paradex portfolio", [1, 0.5]],
  ] as const) {
    it(`${id}: a short perpetual with its underlying as collateral`, () => {
      expectMargin(requirement(id, { perpetual: -1, token: 1 }), expected);
    });
  }

  // At the money, both sides sold. The scans were computed apart, with another normal distribution.
  for (const [id, expected] of [
    ["flat", [20, 10]],
    ["Derive SRM", [30, 18]],
    ["Derive PMRM", [27.70281555775871, 19.42067615890555]],
    ["Derive PMRM_2", [21.96268979689533, 17.570151837516264]],
    ["Deribit standard", [30, 15]],
    ["Deribit portfolio", [15.561347794031773, 12.44907823522542]],
    ["Paradex portfolio", [15.561347794031773, 7.780673897015887]],
  ] as const) {
    it(`${id}: a short straddle`, () => {
      expectMargin(requirement(id, straddle), expected);
    });
  }

  it("Derive SRM: a spread needs its largest loss at expiry where that is less, a short call alone does not profit from it", () => {
    const atExpiry = 10 - AT_THE_MONEY + CALL_110;
    expectMargin(requirement("Derive SRM", bearCall), [atExpiry, atExpiry]);
    // 10 % out of the money: max(15 − 10, 13) % of 100; the bound at its own strike would be nothing.
    expectMargin(requirement("Derive SRM", { options: [leg("call", 110, -1)] }), [13, 9]);
  });

  it("Deribit standard: nothing is netted, what is long needs its premium", () => {
    expectMargin(requirement("Deribit standard", bearCall), [15 + CALL_110, 7.5 + CALL_110]);
  });

  it("Deribit standard: a short call needs less the further it is out of the money, to a limit", () => {
    const short = (strike: number) => requirement("Deribit standard", { options: [leg("call", strike, -1)] });
    expectMargin(short(104), [11, 7.5]);
    expectMargin(short(130), [10, 7.5]);
  });

  // A straddle held loses most if nothing moves and volatility falls: by 25 % · (30/60)^0.13 and 25 % · (30/7)^0.3.
  for (const [days, loss] of [
    [60, 4.4085141273532145],
    [7, 2.563258300697882],
  ] as const) {
    it(`Deribit portfolio: shocks the volatility of ${days} days by the power for it`, () => {
      const options = [leg("call", 100, 1, days / 365), leg("put", 100, 1, days / 365)];
      expectMargin(requirement("Deribit portfolio", { options }), [loss, 0.8 * loss]);
    });
  }

  it("asks for no more than the premium of what is only held", () => {
    for (const { id } of RULES) {
      expect(requirement(id, longCall).initial, id).to.be.at.most(2 * CALL_110 + 1e-6);
    }
  });
});

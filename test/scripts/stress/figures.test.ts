import { expect } from "chai";
import { type Entry, type Ledger, type Sums, sumsOf } from "../../../scripts/stress/ledger.ts";
import { figuresOf, isConserved, medianOf } from "../../../scripts/stress/print.ts";
import type { ScenarioResult } from "../../../scripts/stress/run.ts";
import { scenarioOf } from "../../../scripts/stress/scenarios.ts";
import { accountId, perpetual, systemAccounts } from "../../../sdk/instruments.ts";

const BTC = perpetual(1);
const USD = 1_000_000n;
const ONE = 10n ** 8n;
const owner = (n: number): string => accountId(`0x${String(n).padStart(40, "0")}`, 0);

/** A long and a short of two contracts at 100 USD that are worth 90, and a vault that owes both what they brought. */
function ledger(change: { cash?: bigint; quantity?: bigint; quote?: bigint; held?: bigint } = {}): Ledger {
  const position = (quantity: bigint, quote: bigint) => ({ instrument: BTC, quantity, quote, fundingIndex: 0n });
  const trader = (n: number, cash: bigint, quantity: bigint, quote: bigint, equity: bigint): Entry => ({
    id: owner(n),
    isSystem: false,
    storedCash: cash,
    cash,
    held: [position(quantity, quote)],
    collaterals: [0n, 0n],
    equity,
    maintenance: 0n,
  });
  const vault: Entry = {
    id: systemAccounts.vault,
    isSystem: true,
    storedCash: -310n * USD,
    cash: -310n * USD,
    held: [],
    collaterals: [0n, 0n],
    equity: 0n,
    maintenance: 0n,
  };
  const { cash = 0n, quantity = 0n, quote = 0n, held = 0n } = change;
  return {
    entries: [
      trader(1, 10n * USD + cash, 2n * ONE + quantity, -200n * USD, -10n * USD),
      trader(2, 300n * USD, -2n * ONE, 200n * USD + quote, 320n * USD),
      vault,
    ],
    vaultHolds: [310n * USD + held, 0n, 0n],
    marks: new Map([[BTC, 90n * ONE]]),
    fundingIndices: new Map([[BTC, 0n]]),
  };
}

describe("stress: figures", () => {
  describe("sumsOf", () => {
    it("is zero for books that balance, and knows the bad debt", () => {
      const sums = sumsOf(ledger());
      expect([sums.cash, sums.quantities, sums.quotes, sums.badDebt]).to.deep.equal([0n, 0n, 0n, 10n * USD]);
      expect(sums.tokens).to.deep.equal([0n, 0n, 0n]);
      expect(sums.equity).to.equal(310n * USD);
    });

    it("sees a single unit too much of anything", () => {
      expect(sumsOf(ledger({ cash: 1n })).cash).to.equal(1n);
      expect(sumsOf(ledger({ quantity: 1n })).quantities).to.equal(1n);
      expect(sumsOf(ledger({ quote: -1n })).quotes).to.equal(1n);
      expect(sumsOf(ledger({ held: -1n })).tokens).to.deep.equal([-1n, 0n, 0n]);
    });
  });

  describe("isConserved", () => {
    const sums = sumsOf(ledger());
    const holds = (after: Partial<Sums>): boolean => isConserved({ before: sums, after: { ...sums, ...after } });

    it("wants every sum to be zero, and what all own to stay to a unit for each entry", () => {
      expect(holds({})).to.equal(true);
      const slack = BigInt(2 * sums.entries);
      expect(holds({ equity: sums.equity + slack })).to.equal(true);
      expect(holds({ equity: sums.equity + slack + 1n })).to.equal(false);
      expect(holds({ own: sums.own - slack - 1n })).to.equal(false);
      for (const broken of [{ cash: 1n }, { quantities: 1n }, { quotes: 1n }, { tokens: [0n, 1n, 0n] }]) {
        expect(holds(broken)).to.equal(false);
      }
    });
  });

  describe("figuresOf", () => {
    const sums = sumsOf(ledger());
    const take = (account: string, value: bigint, income: bigint) => ({
      stage: "slice" as const,
      account,
      value,
      income,
      insuranceEarned: 0n,
      insurancePaid: 3n,
      deficitPaid: 0n,
      maintenanceBefore: 10n,
      maintenanceAfter: 5n,
    });
    /** Unless told, the deficit account pays what the others leave. */
    const deleveraging = (
      account: string,
      deficit: bigint,
      insurancePaid: bigint,
      covered: bigint,
      deficitPaid = deficit - insurancePaid - covered,
    ) => ({
      account,
      deficit,
      insurancePaid,
      covered,
      deficitPaid,
      notional: 100n,
    });
    const result = (deleveragings: ScenarioResult["played"]["deleveragings"]): ScenarioResult => ({
      scenario: scenarioOf("down-30"),
      unhealthy: 3,
      exhausted: 1,
      deficit: 10n,
      played: {
        minutes: 1,
        takes: [take("a", 10n, 1n), take("a", 30n, 2n), take("b", 20n, 4n)],
        deleveragings,
        covers: [{ account: "d", insurancePaid: 5n, deficitPaid: 0n }],
        ranked: 0,
        refusals: new Map(),
        left: [],
      },
      closes: { touched: 2, largest: 0n, total: 0n },
      insurance: { before: 100n, after: 80n },
      openDeficit: 0n,
      socialised: 0n,
      before: sums,
      after: sums,
      seconds: 0,
    });

    it("counts accounts once, and adds up who paid", () => {
      const figures = figuresOf(result([deleveraging("b", 9n, 2n, 6n), deleveraging("c", 4n, 0n, 4n)]));
      expect(figures.liquidated).to.equal(4);
      expect([figures.slices.count, figures.slices.median, figures.slices.largest]).to.deep.equal([3, 20n, 30n]);
      expect([figures.income, figures.insurancePaid, figures.insuranceLost]).to.deep.equal([7n, 16n, 20n]);
      expect([figures.asked, figures.covered, figures.overshoot]).to.deep.equal([11n, 10n, 0n]);
    });

    it("counts once what a call leaves to the next", () => {
      const figures = figuresOf(result([deleveraging("b", 9n, 2n, 3n, 0n), deleveraging("b", 4n, 0n, 4n)]));
      expect([figures.deleveraged, figures.asked, figures.covered, figures.overshoot]).to.deep.equal([1, 7n, 7n, 0n]);
    });

    it("counts what an account owes that was closed at the mark before", () => {
      const figures = figuresOf(result([deleveraging("b", 0n, 0n, 0n), deleveraging("b", 4n, 0n, 4n)]));
      expect([figures.deleveraged, figures.asked, figures.covered, figures.overshoot]).to.deep.equal([1, 4n, 4n, 0n]);
    });

    it("does not let one account's shortfall hide what another paid too much", () => {
      const figures = figuresOf(result([deleveraging("b", 9n, 2n, 5n), deleveraging("c", 4n, 0n, 6n)]));
      expect([figures.asked, figures.covered, figures.overshoot]).to.deep.equal([11n, 11n, 2n]);
    });

    it("takes the middle of slices", () => {
      expect([medianOf([]), medianOf([5n]), medianOf([9n, 1n]), medianOf([9n, 1n, 4n])]).to.deep.equal([
        0n,
        5n,
        5n,
        4n,
      ]);
    });
  });
});

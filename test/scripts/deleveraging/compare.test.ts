import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { compare, queueUp } from "../../../scripts/deleveraging/compare.ts";
import { gini, topShare } from "../../../scripts/deleveraging/concentration.ts";
import { DataError, loadClosedBook } from "../../../scripts/deleveraging/load.ts";

const DATE = "2030-01-01";
const ACCOUNTS = `id,adl_notional,closed_pnl,leverage_realtime,pnl_percent,account_value_realtime,is_negative_equity,num_adl_events
0,600,60,2,10,300,0,3
1,300,90,20,30,15,0,1
2,100,-5,0,-5,-20,1,1
`;
const COINS = `ticker,net_volume,net_notional_usd,total_pnl,num_adl_events,avg_price,adl_notional,closed_pnl,leverage_realtime,pnl_percent,is_negative_equity,num_users,num_events
AAA,4,800,120,4,200,800,120,1,1,1,2,4
BBB,100,200,25,1,2,200,25,1,1,0,1,1
`;
const FIGURES = { deficit: 40, needed: 10, haircut: 30, overshoot: [20, 25], excessPositions: 500 } as const;

describe("deleveraging", () => {
  let folder: string;
  const write = (accounts: string, coins: string): void => {
    mkdirSync(join(folder, "liquidity"), { recursive: true });
    writeFileSync(join(folder, "liquidity", `hyperliquid_adl_by_account_${DATE}.csv.gz`), gzipSync(accounts));
    writeFileSync(join(folder, "liquidity", `hyperliquid_adl_by_coin_${DATE}.csv`), coins);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "adl-"));
    write(ACCOUNTS, COINS);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = () => loadClosedBook(folder, DATE);

  describe("loadClosedBook", () => {
    it("reads what is used, and knows no leverage without a balance", () => {
      const { accounts, coins } = load();
      expect(accounts.map(({ leverage }) => leverage)).to.deep.equal([2, 20, undefined]);
      expect(accounts[2]).to.deep.equal({
        id: "2",
        notional: 100,
        profit: -5,
        leverage: undefined,
        profitPercent: -5,
        hadNegativeEquity: true,
      });
      const first = { ticker: "AAA", volume: 4, notional: 800, profit: 120, accounts: 2, negativeEquity: 1 };
      expect(coins[0]).to.deep.equal(first);
    });

    for (const [what, accounts, sentence] of [
      ["a number that is none", ACCOUNTS.replace("600", "lots"), /Line 2 .*adl_notional: "lots" is not a number/],
      ["nothing closed", ACCOUNTS.replace("600", "0"), /Line 2 .*adl_notional: "0" is not positive/],
      ["an account twice", ACCOUNTS.replace("\n1,", "\n0,"), /Line 3 .*: account 0 is there twice/],
      ["a missing column", ACCOUNTS.replace("leverage_realtime", "leverage"), /has no column leverage_realtime/],
      ["a missing cell", ACCOUNTS.replace(",3\n", "\n"), /Line 2 .* has 7 cells, its header has 8/],
      ["no rows", ACCOUNTS.split("\n")[0]!, /has no rows/],
    ] as const) {
      it(`refuses ${what}, saying where`, () => {
        write(accounts, COINS);
        expect(load).to.throw(DataError, sentence);
      });
    }

    it("says which file is not there", () => {
      expect(() => loadClosedBook(folder, "1999-01-01")).to.throw(DataError, /hyperliquid_adl_by_account_1999-01-01/);
    });
  });

  describe("compare", () => {
    const run = () => compare(load(), FIGURES, [500n, 10_000n]);

    it("spreads the need over coins by notional and closes them at one price", () => {
      const [a, b] = run().coins;
      expect([a!.deficit, b!.deficit]).to.deep.equal([8_000_000n, 2_000_000n]);
      expect([a!.taken, b!.taken]).to.deep.equal([8_000_000n, 2_000_000n]);
      // 10 of 1,000 dollars.
      expect([a!.shiftBps, b!.shiftBps]).to.deep.equal([100, 100]);
      // By profit: 120 and 25 of 145.
      expectNear(a!.queueHaircut, (30 * 120) / 145, 1e-9);
      expectNear(b!.queueOvershoot, (30 * 25) / 145 - 2, 1e-9);
    });

    it("leaves the published excess open, and closes the riskiest first", () => {
      const { needed, all } = run();
      const [queue, stopped, ranked, proRata] = needed;
      expect([queue!.closed, queue!.taken, queue!.overshoot]).to.deep.equal([1_000, 30, 20]);
      // 500 of 1,000: the account without a balance, the one at 20 times, and 100 of the 600.
      expect([ranked!.accounts, ranked!.closedWhole, ranked!.closed]).to.deep.equal([3, 2, 500]);
      expect([proRata!.accounts, proRata!.closedWhole, proRata!.closed]).to.deep.equal([3, 0, 500]);
      // The queue takes account 1 and then all of account 0; account 2 made a loss.
      expect([stopped!.accounts, stopped!.closed]).to.deep.equal([2, 900]);
      expectNear(stopped!.overshoot, 8, 1e-9);
      for (const { taken, overshoot } of [ranked!, proRata!]) {
        expect(taken).to.equal(10);
        expect(overshoot).to.equal(0);
      }
      expect(all.map(({ closed }) => closed)).to.deep.equal([1_000, 1_000, 1_000, 1_000]);
    });

    it("has ranks by leverage for each assumed margin", () => {
      const [first, second] = run().sensitivity;
      expect(first!.accounts).to.deep.equal([1, 0, 0, 0, 2]);
      expect(first!.notional).to.deep.equal([600, 0, 0, 0, 400]);
      // At 100 % of notional nobody here has enough.
      expect(second!.accounts).to.deep.equal([0, 0, 0, 0, 3]);
    });

    it("never takes more than a deficit", () => {
      const { deficits } = run();
      expect(deficits.map(({ deficit }) => deficit)).to.deep.equal([10_000_000n, 40_000_000n]);
      for (const { deficit, taken } of deficits) expect(deficit - taken).to.be.within(0n, 2n);
    });

    it("takes a fifth of the marks where a deficit is larger", () => {
      const { deficits } = compare(load(), { ...FIGURES, deficit: 500 }, [500n]);
      expect(deficits[1]!.taken).to.equal(200_000_000n);
    });
  });

  describe("queueUp", () => {
    it("closes whole positions by profit percentage times leverage", () => {
      const { accounts } = load();
      expect(queueUp(1n, accounts)).to.deep.equal([0n, 30_000_000_000n, 0n]);
      const winner = { ...accounts[2]!, profitPercent: 1 };
      expect(queueUp(1n, [...accounts, winner]), "without a balance there is no leverage to divide by").to.deep.equal([
        ...[0n, 0n, 0n],
        10_000_000_000n,
      ]);
    });
  });

  describe("concentration", () => {
    it("is Gini's coefficient and the share of the largest", () => {
      expectNear(gini([5, 5, 5, 5]), 0, 1e-12);
      // One of four has all: 1 − 1/4.
      expectNear(gini([0, 0, 0, 8]), 0.75, 1e-12);
      expectNear(gini([1, 3]), 0.25, 1e-12);
      expect([gini([]), gini([0, 0])]).to.deep.equal([0, 0]);
      expectNear(topShare([1, 2, 3, 4], 2), 0.7, 1e-12);
      expect(topShare([0], 10)).to.equal(0);
    });
  });
});

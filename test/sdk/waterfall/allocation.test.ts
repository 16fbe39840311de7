import { expect } from "chai";
import {
  allocate,
  allocateProRata,
  closingPrice,
  RANK_BOUNDS_BPS,
  rankOf,
  rankOfLeverage,
  closeRanks,
  coveredDown,
  distanceDown,
  leftOf,
  notionalOf,
  proceedsDown,
  remainingDown,
  WHOLE,
} from "../../../sdk/waterfall/index.ts";
import { uniforms } from "../../scripts/calibrate/synthetic.ts";

const ONE = 10n ** 8n;
const USD = 10n ** 6n;

describe("allocation", () => {
  describe("rankOf", () => {
    it("has bounds of 1.25, 1.5, 2 and 3 times the maintenance margin", () => {
      const ranks = [-50n, 0n, 124n, 125n, 149n, 150n, 199n, 200n, 299n, 300n, 9_999n].map((e) => rankOf(e, 100n));
      expect(ranks).to.deep.equal([4, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0]);
      expect(RANK_BOUNDS_BPS).to.deep.equal([12_500n, 15_000n, 20_000n, 30_000n]);
    });

    it("asks for nothing where there is no margin to keep", () => {
      expect([rankOf(5n, 0n), rankOf(0n, 0n), rankOf(-1n, 0n)]).to.deep.equal([0, 0, 0]);
    });
  });

  describe("rankOfLeverage", () => {
    it("takes a margin as a share of notional: 10 times at 5 % is twice the margin", () => {
      const ranks = [16.01, 16, 13.34, 13.33, 10.01, 10, 6.67, 6.66, 0].map((leverage) =>
        rankOfLeverage(BigInt(Math.round(leverage * 1e6)), USD, 500n),
      );
      expect(ranks).to.deep.equal([4, 3, 3, 2, 2, 1, 1, 0, 0]);
      expect(rankOfLeverage(undefined, USD, 500n)).to.equal(4);
    });
  });

  describe("closingPrice", () => {
    const long = { quantity: 10n * ONE, mark: 200n * ONE };
    const short = { quantity: -500n * ONE, mark: 4n * ONE };

    it("spreads the deficit by notional: the same share of every mark, against the other side", () => {
      const notional = notionalOf([long, short]);
      expect(notional).to.equal(4_000n * ONE * ONE);
      // 100 of 4,000 USD: 2.5 %.
      expect(closingPrice(long, 100n * USD, notional)).to.equal(205n * ONE);
      expect(closingPrice(short, 100n * USD, notional)).to.equal(390_000_000n);
      const covered = [long, short].map(({ quantity, mark }) =>
        coveredDown(quantity < 0n ? -quantity : quantity, distanceDown(mark, 100n * USD, notional)),
      );
      expect(covered).to.deep.equal([50n * USD, 50n * USD]);
    });

    it("is never further than a fifth of the mark", () => {
      const notional = notionalOf([long]);
      expect(closingPrice(long, 400n * USD, notional)).to.equal(240n * ONE);
      expect(closingPrice(long, 401n * USD, notional)).to.equal(240n * ONE);
      expect(closingPrice({ ...long, quantity: -10n * ONE }, 10n ** 12n * USD, notional)).to.equal(160n * ONE);
    });
  });

  describe("a class", () => {
    it("closes the same share of everybody, however often", () => {
      // A quarter, then a third of the rest: half is left.
      const first = remainingDown(WHOLE, 80n, 20n);
      const second = remainingDown(first, 60n, 20n);
      expect(second).to.equal(WHOLE / 2n);
      expect(leftOf(-7n, WHOLE, second), "towards zero").to.equal(-3n);
      expect(leftOf(-9n, first, second)).to.equal(-6n);
    });

    it("pays for what was closed, rounded down", () => {
      expect(proceedsDown(3n, 5n)).to.equal(0n);
      expect(proceedsDown(-3n, 5n)).to.equal(-1n);
      expect(proceedsDown(-2n * ONE, 3n * ONE)).to.equal(-6n * USD);
    });

    it("is closed before the next lower one", () => {
      expect(closeRanks(45n, [50n, 0n, 80n, 0n, 40n])).to.deep.equal([0n, 0n, 5n, 0n, 40n]);
      expect(closeRanks(500n, [50n, 0n, 80n, 0n, 40n])).to.deep.equal([50n, 0n, 80n, 0n, 40n]);
    });
  });

  describe("allocate", () => {
    const holders = [
      { quantity: 50n, rank: 0 },
      { quantity: 30n, rank: 4 },
      { quantity: 60n, rank: 2 },
      { quantity: 20n, rank: 2 },
      { quantity: 10n, rank: 4 },
    ];

    it("closes the riskiest rank first and the same share of everybody in the last one", () => {
      expect(allocate(20n, holders)).to.deep.equal([0n, 15n, 0n, 0n, 5n]);
      expect(allocate(40n, holders)).to.deep.equal([0n, 30n, 0n, 0n, 10n]);
      expect(allocate(80n, holders)).to.deep.equal([0n, 30n, 30n, 10n, 10n]);
      expect(allocate(170n, holders)).to.deep.equal([50n, 30n, 60n, 20n, 10n]);
    });

    it("closes no more than there is", () => {
      expect(allocate(1_000n, holders)).to.deep.equal(allocate(170n, holders));
      expect(allocate(5n, [])).to.deep.equal([]);
    });

    it("without ranks takes the same share of all", () => {
      expect(allocateProRata(17n, holders)).to.deep.equal([5n, 3n, 6n, 2n, 1n]);
    });

    it("passes the quantity by rounding only, and what is paid never the deficit", () => {
      const next = uniforms(11);
      const any = (most: number): bigint => BigInt(Math.floor(next() * most));
      for (let round = 0; round < 300; round++) {
        const all = Array.from({ length: 1 + Number(any(40)) }, () => ({ quantity: any(1e13), rank: Number(any(5)) }));
        const quantity = 1n + any(2e14);
        const mark = 1n + any(1e13);
        const deficit = any(1e15);
        const closed = allocate(quantity, all);
        const distance = distanceDown(mark, deficit, notionalOf([{ quantity, mark }]));
        const [sum, there] = [closed, all.map((holder) => holder.quantity)].map((list) =>
          list.reduce((a, b) => a + b, 0n),
        );
        // Up to a unit each above what was asked for; never below.
        const asked = quantity < there! ? quantity : there!;
        expect(sum! >= asked && sum! < asked + BigInt(all.length + 1)).to.equal(true);
        expect(coveredDown(asked, distance) <= deficit).to.equal(true);
        expect(distance * 5n <= mark).to.equal(true);
        closed.forEach((own, i) => {
          expect(own <= all[i]!.quantity).to.equal(true);
          // Whoever is riskier is closed before, to rounding.
          all.forEach((other, j) => {
            if (other.rank > all[i]!.rank && own > 0n) expect(closed[j]).to.equal(other.quantity);
          });
        });
      }
    });
  });
});

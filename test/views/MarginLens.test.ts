import { expect } from "chai";
import { network } from "hardhat";
import { healthBps, liquidationPrices, summary, utilizationBps, worstPoint } from "../../sdk/margin/account.ts";
import { whatIf } from "../../sdk/margin/hypotheses.ts";
import { assess, explain } from "../../sdk/margin/riskEngine.ts";
import { type ParameterSet, type Portfolio, PriceStatus } from "../../sdk/types.ts";
import { decodePortfolio, encodeMarketWord } from "../../sdk/words.ts";
import {
  book,
  exposure,
  holding,
  METHOD_GLOBALS,
  PRICE_ONE,
  Random,
  randomBook,
  randomParameters,
} from "../support/riskBooks.ts";
import { deployLensBench } from "../support/lensBench.ts";
import { pack, plain } from "../support/riskEngine.ts";

const NO_TIME = 0n;
const UINT64_MAX = 2n ** 64n - 1n;
const UINT256_MAX = 2n ** 256n - 1n;
const ACCOUNT = `0x${"11".repeat(32)}`;
const TOKEN = `0x${"22".repeat(20)}`;
const CASH = `0x${"33".repeat(20)}`;
const FRESH = { status: PriceStatus.Fresh, updatedAt: 1n };

/** One underlying of 10 %, one of 20 %, no correlation, no add-ons; one token on the first. */
const PLAIN: ParameterSet = {
  globals: { ...METHOD_GLOBALS, impactFactorBps: 0n, unityWeightBps: 0n },
  underlyings: [1_000n, 2_000n].map((scanRangeBps) => ({
    scanRangeBps,
    basisBps: 0n,
    halfSpreadBps: 0n,
    sigmaDayBps: 400n,
    dailyVolumeUsd: 10n ** 9n,
  })),
  correlations: [0n],
  collaterals: [{ basisHaircutBps: 1_000n, protocolHaircutBps: 0n, sigmaDayBps: 0n, dailyVolumeUsd: 10n ** 9n }],
};

async function deploy(parameters: ParameterSet) {
  const { ethers } = await network.create();
  const { ledger, marginLens: lens } = await deployLensBench(ethers, parameters);
  const hold = (portfolio: Portfolio, cash = portfolio.cash) => ledger.setPortfolio(pack(portfolio), cash);
  const quote = (underlying: number, price: bigint) =>
    ledger.setMarket(underlying, encodeMarketWord({ price, ...FRESH }));
  const list = (held: bigint, total: bigint, decimals = 18n) =>
    ledger.setCollateral(1, { token: TOKEN, underlying: 1, decimals, cap: 0n, minTopUp: 0n }, held, total);
  return { ledger, lens, hold, quote, list };
}

describe("MarginLens", () => {
  describe("summary", () => {
    it("shows health, utilisation, free collateral and what margining together saves", async () => {
      const { lens, hold } = await deploy(PLAIN);
      // Lines 300 and 400: 500 together, 700 apart; 0.75 of it to maintain.
      await hold(
        book({
          cash: 1_000_000_000n,
          exposures: [exposure(1, 30n * PRICE_ONE, 100n * PRICE_ONE), exposure(2, -20n * PRICE_ONE, 100n * PRICE_ONE)],
        }),
      );
      const s = await lens.summary(ACCOUNT);
      // The uncorrelated world binds: C is the identity.
      expect(s.margin.equity).to.equal(2_000_000_000n);
      expect(s.margin.initial).to.equal(500_000_000n);
      expect(s.margin.maintenance).to.equal(375_000_000n);
      expect(s.healthBps).to.equal(53_333n);
      expect(s.utilizationBps).to.equal(2_500n);
      expect(s.free).to.equal(1_500_000_000n);
      expect(s.isolated).to.equal(700_000_000n);
      expect(s.portfolioMargin).to.equal(500_000_000n);
      expect(s.gainBps).to.equal(2_857n);
    });

    it("has limits without requirement and without equity", async () => {
      const { lens, hold } = await deploy(PLAIN);
      await hold(book({ cash: 5n }));
      let s = await lens.summary(ACCOUNT);
      expect([s.healthBps, s.utilizationBps, s.free, s.gainBps]).to.deep.equal([UINT256_MAX, 0n, 5n, 0n]);
      await hold(book({ cash: -101_000_000n, exposures: [exposure(1, PRICE_ONE, 100n * PRICE_ONE)] }));
      s = await lens.summary(ACCOUNT);
      expect([s.healthBps, s.utilizationBps, s.free]).to.deep.equal([0n, UINT256_MAX, 0n]);
    });
  });

  it("equals the TypeScript figures on random books", async () => {
    const random = new Random(5);
    const parameters = randomParameters(random, 6, 3);
    const { lens, hold } = await deploy(parameters);
    for (let i = 0; i < 25; i++) {
      const portfolio = randomBook(random, 6, 3);
      await hold(portfolio);
      const here = summary(portfolio, parameters);
      const there = plain(await lens.summary(ACCOUNT));
      expect(there).to.deep.equal({
        ...here,
        healthBps: here.healthBps ?? UINT256_MAX,
        utilizationBps: here.utilizationBps ?? UINT256_MAX,
      });
      const prices = await lens.liquidationPrices(ACCOUNT, 1 + (i % 6));
      const expected = liquidationPrices(portfolio, 1 + (i % 6), parameters);
      expect(prices.below).to.equal(expected.below ?? 0n);
      expect(prices.above).to.equal(expected.above ?? UINT64_MAX);
      const packed = await lens.portfolio(ACCOUNT);
      expect(decodePortfolio(packed)).to.deep.equal(portfolio);
    }
  });

  describe("liquidationPrices", () => {
    it("are where equity crosses maintenance margin", async () => {
      const { lens, hold } = await deploy(PLAIN);
      // Long 10 at 100 with 200 of cash after paying: E = 10·p − 800, MM = 0.75 · 10 % · 10·p: p = 800 / 9.25 = 86.486….
      await hold(book({ cash: -800_000_000n, exposures: [exposure(1, 10n * PRICE_ONE, 100n * PRICE_ONE)] }));
      let prices = await lens.liquidationPrices(ACCOUNT, 1);
      expect(Number(prices.below) / 1e8).to.be.within(86.486484, 86.486487);
      expect(prices.above).to.equal(UINT64_MAX);
      // Short 10 at 100: E = 1,200 − 10·p, MM = 0.75·p: p = 1,200 / 10.75 = 111.627906….
      await hold(book({ cash: 1_200_000_000n, exposures: [exposure(1, -10n * PRICE_ONE, 100n * PRICE_ONE)] }));
      prices = await lens.liquidationPrices(ACCOUNT, 1);
      expect(prices.below).to.equal(0n);
      expect(Number(prices.above) / 1e8).to.be.within(111.627905, 111.627908);
      // An underlying it does not hold.
      expect(await lens.liquidationPrices(ACCOUNT, 2)).to.deep.equal([0n, UINT64_MAX]);
    });

    it("move tokens on the underlying and leave the others", async () => {
      const { lens, hold } = await deploy(PLAIN);
      // Four tokens worth 100 each on underlying 2: E = 10·p − 600, MM = 0.75 · √(p² + 80²) + 0.5 · 40.
      const exposures = [exposure(1, 10n * PRICE_ONE, 100n * PRICE_ONE)];
      let holdings = [holding(1, 2, 4n * PRICE_ONE, 100n * PRICE_ONE)];
      await hold(book({ cash: -1_000_000_000n, exposures, holdings }));
      let { below } = await lens.liquidationPrices(ACCOUNT, 1);
      expect(Number(below) / 1e8).to.be.within(69.971185, 69.971187);
      // On underlying 1: E = 14·p − 1,000, MM = 0.75 · 1.4·p + 0.5 · 0.4·p: p = 1,000 / 12.75.
      holdings = [holding(1, 1, 4n * PRICE_ONE, 100n * PRICE_ONE)];
      await hold(book({ cash: -1_000_000_000n, exposures, holdings }));
      ({ below } = await lens.liquidationPrices(ACCOUNT, 1));
      expect(Number(below) / 1e8).to.be.within(78.431372, 78.431374);
    });

    it("are the present price below maintenance margin", async () => {
      const { lens, hold } = await deploy(PLAIN);
      await hold(book({ cash: -950_000_000n, exposures: [exposure(1, 10n * PRICE_ONE, 100n * PRICE_ONE)] }));
      expect(await lens.liquidationPrices(ACCOUNT, 1)).to.deep.equal([100n * PRICE_ONE, 100n * PRICE_ONE]);
    });
  });

  describe("whatIf", () => {
    const perpetual = (underlying: number) => BigInt(underlying) << 56n;

    it("starts from an empty account", async () => {
      const { lens, hold, quote } = await deploy(PLAIN);
      await quote(0, PRICE_ONE);
      await quote(1, 100n * PRICE_ONE);
      await hold({ ...book(), cashPrice: { price: 0n, status: PriceStatus.None, updatedAt: NO_TIME } });
      const [before, after] = await lens.whatIf(
        ACCOUNT,
        [{ instrument: perpetual(1), quantity: 10n * PRICE_ONE, price: 101n * PRICE_ONE }],
        [{ token: CASH, amount: 500_000_000n }],
      );
      expect(before.equity).to.equal(0n);
      // 500 deposited, ten bought one dollar above the mark.
      expect(after.equity).to.equal(490_000_000n);
      expect(after.initial).to.equal(100_000_000n);
    });

    it("equals the TypeScript margin after trades and flows of known and new positions", async () => {
      const { lens, hold, quote, list, ledger } = await deploy(PLAIN);
      await quote(1, 100n * PRICE_ONE);
      await quote(2, 50n * PRICE_ONE);
      await list(3n * 10n ** 18n, 9n * 10n ** 18n);
      await ledger.setPosition(
        { quantity: 0n, quote: 0n, fundingIndex: 0n, optionEntries: 0n, lotExponent: 0n, deleverageIndex: 0n },
        {
          fundingIndex: 0n,
          fundingRate: 0n,
          nextFundingRate: 0n,
          accruedAt: 0n,
          openInterest: 77n * PRICE_ONE,
          status: 1n,
          closeState: 0n,
        },
      );
      const portfolio = book({
        cash: 400_000_007n,
        exposures: [exposure(1, 5n * PRICE_ONE, 100n * PRICE_ONE, { openInterest: 70n * PRICE_ONE })],
        holdings: [holding(1, 1, 3n * PRICE_ONE, 100n * PRICE_ONE, { total: 9n * PRICE_ONE })],
      });
      await hold(portfolio);
      const [before, after] = await lens.whatIf(
        ACCOUNT,
        [
          { instrument: perpetual(1), quantity: -7_123_456_789n, price: 0n },
          { instrument: perpetual(2), quantity: 31n, price: 49n * PRICE_ONE + 7n },
        ],
        [
          { token: CASH, amount: -100_000_000n },
          { token: TOKEN, amount: -(2n * 10n ** 18n) },
        ],
      );
      const then = whatIf(
        portfolio,
        [
          { instrument: perpetual(1), quantity: -7_123_456_789n },
          {
            instrument: perpetual(2),
            quantity: 31n,
            price: 49n * PRICE_ONE + 7n,
            market: { openInterest: 77n * PRICE_ONE, price: 50n * PRICE_ONE, status: PriceStatus.Fresh },
          },
        ],
        [
          { kind: "cash", amount: -100_000_000n },
          { kind: "token", asset: 1, amount: -2n * PRICE_ONE },
        ],
        PLAIN,
      );
      expect(plain(before)).to.deep.equal(assess(portfolio, PLAIN));
      expect(plain(after)).to.deep.equal(assess(then, PLAIN));
    });

    it("adds up the flows of one token", async () => {
      const { lens, hold, list, quote } = await deploy(PLAIN);
      await quote(1, 100n * PRICE_ONE);
      await list(3n * 10n ** 18n, 9n * 10n ** 18n);
      await hold(book({ holdings: [holding(1, 1, 3n * PRICE_ONE, 100n * PRICE_ONE, { total: 9n * PRICE_ONE })] }));
      const flow = (tokens: bigint) => ({ token: TOKEN, amount: tokens * 10n ** 18n });
      const [, once] = await lens.whatIf(ACCOUNT, [], [flow(-2n)]);
      const [, twice] = await lens.whatIf(ACCOUNT, [], [flow(-1n), flow(-1n)]);
      expect(once.equity).to.equal(100_000_000n);
      expect(plain(twice)).to.deep.equal(plain(once));
      await expect(lens.whatIf(ACCOUNT, [], [flow(-2n), flow(-2n)]))
        .to.be.revertedWithCustomError(lens, "NotThatMuchHeld")
        .withArgs("0x2222222222222222222222222222222222222222", 3n * 10n ** 18n);
    });

    it("refuses to withdraw more than is held", async () => {
      const { lens, hold, list } = await deploy(PLAIN);
      await list(5n, 9n);
      await hold(book());
      await expect(lens.whatIf(ACCOUNT, [], [{ token: TOKEN, amount: -6n }]))
        .to.be.revertedWithCustomError(lens, "NotThatMuchHeld")
        .withArgs("0x2222222222222222222222222222222222222222", 5n);
    });
  });

  describe("withdrawable", () => {
    const long = [exposure(1, 10n * PRICE_ONE, 100n * PRICE_ONE)];

    it("of cash is the least of cash, free margin and the pool's liquidity", async () => {
      const { lens, hold, ledger } = await deploy(PLAIN);
      await ledger.setPool(10_000n, 0n, 10n ** 12n, 8_000n);
      // Equity 300, margin 100, cash 250: the rest is unsettled.
      await hold(book({ cash: -700_000_000n, exposures: long }), 250_000_000n);
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(200_000_000n);
      await hold(book({ cash: -700_000_000n, exposures: long }), 150_000_000n);
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(150_000_000n);
      // 80 of 100 may be lent: with 60 lent and 40 there, 25 may leave.
      await ledger.setPool(0n, 60_000_000n, 40_000_000n, 8_000n);
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(25_000_000n);
      await ledger.setPool(0n, 90_000_000n, 10_000_000n, 8_000n);
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(0n);
      await hold(book({ cash: -950_000_000n, exposures: long }), 150_000_000n);
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(0n);
    });

    it("of a token is the most that leaves the initial margin met", async () => {
      const { lens, hold, list } = await deploy(PLAIN);
      const held = 4n * 10n ** 18n;
      await list(held, held);
      // Long 10 at 100, no profit: per token 100 of equity, 10 of scan risk, 10 of haircut; the position needs 100.
      // 100·x ≥ 100 + 20·x: x = 1.25 must stay.
      const tokens = [holding(1, 1, 4n * PRICE_ONE, 100n * PRICE_ONE)];
      await hold(book({ cash: -1_000_000_000n, exposures: long, holdings: tokens }), 0n);
      const amount = await lens.withdrawable(ACCOUNT, TOKEN);
      expect(Number(amount) / 1e18).to.be.within(2.7499999, 2.75);
      // A debt of 200 must stay covered by tokens after haircut: 200 / 90.
      await hold(book({ cash: 0n, holdings: tokens }), -200_000_000n);
      expect(Number(await lens.withdrawable(ACCOUNT, TOKEN)) / 1e18).to.be.within(1.7777777, 1.7777778);
      // Nothing at risk: all of it.
      await hold(book({ cash: 10_000_000_000n, holdings: tokens }));
      expect(await lens.withdrawable(ACCOUNT, TOKEN)).to.equal(held);
    });

    it("is nothing while a price is not trusted", async () => {
      const { lens, hold, ledger } = await deploy(PLAIN);
      await ledger.setPool(0n, 0n, 10n ** 12n, 8_000n);
      const at = (status: PriceStatus) => book({ cash: 500_000_000n, exposures: long.map((e) => ({ ...e, status })) });
      await hold(at(PriceStatus.Closed));
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(500_000_000n);
      await hold(at(PriceStatus.Stale));
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(0n);
      await hold({ ...at(PriceStatus.Fresh), cashPrice: { price: 94_000_000n, ...FRESH } });
      expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(0n);
    });
  });

  describe("unsettledProfit", () => {
    it("is quote, funding and value", async () => {
      const { lens, ledger, quote } = await deploy(PLAIN);
      await quote(1, 103n * PRICE_ONE);
      // Bought 2 at 100; funding of 0.5 a contract since then.
      await ledger.setPosition(
        {
          quantity: 2n * PRICE_ONE,
          quote: -200_000_000n,
          fundingIndex: 10n ** 12n,
          optionEntries: 0n,
          lotExponent: 0n,
          deleverageIndex: 0n,
        },
        {
          fundingIndex: 1_500_000_000_000n,
          fundingRate: 0n,
          nextFundingRate: 0n,
          accruedAt: 0n,
          openInterest: 0n,
          status: 1n,
          closeState: 0n,
        },
      );
      expect(await lens.unsettledProfit(ACCOUNT, 1n << 56n)).to.equal(5_000_000n);
    });
  });

  describe("explain", () => {
    it("names the worst point with its direction", async () => {
      const { lens, hold } = await deploy(PLAIN);
      const portfolio = book({
        exposures: [exposure(1, 30n * PRICE_ONE, 100n * PRICE_ONE), exposure(2, -20n * PRICE_ONE, 100n * PRICE_ONE)],
      });
      await hold(portfolio);
      const [, parts, risks] = await lens.explain(ACCOUNT);
      // Lines +300 and −400, norm 500: 0.6 of 10 % down and 0.8 of 20 % up.
      expect(parts.scan).to.equal(500_000_000n);
      expect(risks.map((r) => r.worstMoveBps)).to.deep.equal([-600n, 1_600n]);
      expect(worstPoint(portfolio, PLAIN)).to.deep.equal({
        loss: 500_000_000n,
        moves: [
          { underlying: 1, moveBps: -600n, profit: -180_000_000n },
          { underlying: 2, moveBps: 1_600n, profit: -320_000_000n },
        ],
      });
      expect(explain(portfolio, PLAIN).parts.scan).to.equal(500_000_000n);
    });
  });

  describe("TypeScript limits", () => {
    it("say undefined where the chain says the largest number", () => {
      const nothing = { equity: 5n, initial: 0n, maintenance: 0n, collateral: 0n };
      expect(healthBps(nothing)).to.equal(undefined);
      expect(utilizationBps({ ...nothing, equity: 0n, initial: 1n })).to.equal(undefined);
    });
  });
});

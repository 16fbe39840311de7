import { expect } from "chai";
import { network } from "hardhat";
import { bucketOf, future, option, perpetual } from "../../sdk/instruments.ts";
import {
  type Exposure,
  type Margin,
  type Portfolio,
  PriceStatus,
  type Surface,
  SurfaceStatus,
} from "../../sdk/types.ts";
import { encodeMarketWord, encodeSurface } from "../../sdk/words.ts";
import { deployLensBench, expiryOf, surfaceOf } from "../support/lensBench.ts";
import { book, exposure, holding, PRICE_ONE } from "../support/riskBooks.ts";
import { pack, plain } from "../support/riskEngine.ts";

const ACCOUNT = `0x${"11".repeat(32)}`;
const CASH = `0x${"33".repeat(20)}`;
const ONE = PRICE_ONE;
const SPOT = 3_000n * ONE;
const UINT64_MAX = 2n ** 64n - 1n;
const START = Date.UTC(2030, 0, 1) / 1_000;
const EXPIRY = { underlying: 1, expiryHours: START / 3_600 + 24 * 40 };
const LATER = { underlying: 1, expiryHours: START / 3_600 + 24 * 90 };
const SURFACE = surfaceOf(0.6, { fractions: [0.004, -0.08, 0.03] });
const LATER_SURFACE = surfaceOf(0.65, { fractions: [0.01, -0.05, 0.02] });
/** Of the underlying: equal in all its words. */
const OPEN_INTEREST = 1_000n * ONE;
const MILLION = 10n ** 12n;

const call = (strike: string, expiry = EXPIRY) => option(expiry, "call", strike);
const put = (strike: string, expiry = EXPIRY) => option(expiry, "put", strike);
const near = (positions: [bigint, bigint][], price = SPOT, surface = SURFACE): Exposure =>
  expiryOf(positions, price, surface);
const later = (positions: [bigint, bigint][]): Exposure => expiryOf(positions, SPOT, LATER_SURFACE);
const ether = (quantity: bigint): Exposure => exposure(1, quantity, SPOT, { openInterest: OPEN_INTEREST });

async function open() {
  const { ethers, networkHelpers } = await network.create();
  await networkHelpers.time.increaseTo(START);
  const { engine, ledger, marginLens: lens } = await deployLensBench(ethers);
  const fresh = (price: bigint) => encodeMarketWord({ price, status: PriceStatus.Fresh, updatedAt: 1n });
  await ledger.setMarket(0, fresh(ONE));
  await ledger.setMarket(1, fresh(SPOT));
  const none = { quantity: 0n, quote: 0n, fundingIndex: 0n, optionEntries: 0n, lotExponent: 0n, deleverageIndex: 0n };
  const setPosition = (position: Partial<typeof none>) =>
    ledger.setPosition(
      { ...none, ...position },
      {
        fundingIndex: 0n,
        fundingRate: 0n,
        nextFundingRate: 0n,
        accruedAt: 0n,
        openInterest: OPEN_INTEREST,
        status: 1n,
        closeState: 0n,
      },
    );
  await setPosition({});
  const listExpiry = (surface: Surface) => ledger.setExpiry(bucketOf(future(EXPIRY)), encodeSurface(surface), 6n, 0n);
  await listExpiry(SURFACE);
  await ledger.setExpiry(bucketOf(future(LATER)), encodeSurface(LATER_SURFACE), 6n, 0n);
  const assess = async (portfolio: Portfolio): Promise<Margin> => plain(await engine.assess(pack(portfolio)));
  /** USD with 16 decimals. */
  const valueOf = async (instrument: bigint, quantity: bigint, surface = SURFACE): Promise<bigint> =>
    (await engine.values([{ instrument, quantity, spot: fresh(SPOT), surface: encodeSurface(surface) }]))[0]!;
  const hold = (portfolio: Portfolio) => ledger.setPortfolio(pack(portfolio), portfolio.cash);
  const expire = () => networkHelpers.time.increaseTo(EXPIRY.expiryHours * 3_600);
  return { engine, ledger, lens, listExpiry, setPosition, assess, valueOf, hold, expire };
}

describe("MarginLens with options", () => {
  describe("summary", () => {
    it("takes every future and every option alone for the isolated sum", async () => {
      const { lens, hold, assess } = await open();
      const positions: [bigint, bigint][] = [
        [future(EXPIRY), 2n * ONE],
        [call("3000"), -3n * ONE],
        [put("3000"), -3n * ONE],
        [call("3600"), 3n * ONE],
        [put("2400"), 3n * ONE],
      ];
      const far: [bigint, bigint][] = [[call("3000", LATER), 2n * ONE]];
      const exposures = [ether(-ONE), near(positions), later(far)];
      await hold(book({ cash: MILLION, exposures, holdings: [holding(1, 1, ONE, SPOT)] }));

      let isolated = (await assess(book({ exposures: [ether(-ONE)] }))).initial;
      for (const one of positions) isolated += (await assess(book({ exposures: [near([one])] }))).initial;
      for (const one of far) isolated += (await assess(book({ exposures: [later([one])] }))).initial;
      const together = (await assess(book({ exposures }))).initial;
      const s = await lens.summary(ACCOUNT);
      expect([s.isolated, s.portfolioMargin]).to.deep.equal([isolated, together]);
      expect(s.gainBps).to.equal(((isolated - together) * 10_000n) / isolated);
      // A condor, hedged: netting must show.
      expect(Number(s.gainBps)).to.be.greaterThan(5_000);
    });
  });

  describe("marginByBucket", () => {
    it("is what each expiry needs alone, and what it adds to the others", async () => {
      const { lens, hold, assess } = await open();
      const short = near([[put("2400"), -ONE]]);
      const long = later([[call("3000", LATER), 3n * ONE]]);
      const exposures = [ether(-3n * ONE), short, long];
      await hold(book({ cash: -MILLION, exposures, holdings: [holding(1, 1, ONE, SPOT)] }));
      const initial = async (some: Exposure[]) => (await assess(book({ exposures: some }))).initial;
      const whole = await initial(exposures);
      const found = await lens.marginByBucket(ACCOUNT);
      for (const [i, { bucket, alone, contribution }] of found.entries()) {
        expect(bucket).to.equal(bucketOf([perpetual(1), future(EXPIRY), future(LATER)][i]!));
        expect(alone).to.equal(await initial([exposures[i]!]));
        expect(contribution).to.equal(whole - (await initial(exposures.filter((_, j) => j !== i))));
      }
      // The calls cover the perpetual.
      expect(found[2]!.contribution < 0n).to.equal(true);
    });
  });

  describe("whatIf", () => {
    it("buys and sells several legs, some at a price and some at the mark", async () => {
      const { lens, hold, assess, valueOf } = await open();
      const present = book({ cash: MILLION, exposures: [near([[call("3000"), -2n * ONE]])] });
      await hold(present);
      const trades = [
        { instrument: call("3000"), quantity: 3n * ONE, price: 250n * ONE },
        { instrument: put("2700"), quantity: -5n * ONE, price: 0n },
        { instrument: future(EXPIRY), quantity: -ONE, price: 3_020n * ONE },
        { instrument: future(LATER), quantity: 2n * ONE, price: 0n },
        { instrument: call("4000", LATER), quantity: -7_000_000n, price: 0n },
        { instrument: perpetual(1), quantity: 4n * ONE, price: 0n },
      ];
      const [before, after] = await lens.whatIf(ACCOUNT, trades, [{ token: CASH, amount: 5_000_000n }]);

      const floorUsd = (value: bigint) =>
        value >= 0n ? value / 10n ** 10n : -((-value + 10n ** 10n - 1n) / 10n ** 10n);
      const cash =
        MILLION +
        5_000_000n -
        750_000_000n +
        3_020_000_000n +
        floorUsd(-(await valueOf(put("2700"), -5n * ONE))) +
        floorUsd(-(await valueOf(future(LATER), 2n * ONE, LATER_SURFACE))) +
        floorUsd(-(await valueOf(call("4000", LATER), -7_000_000n, LATER_SURFACE))) -
        12_000_000_000n;
      const then = book({
        cash,
        exposures: [
          ether(4n * ONE),
          near([
            [future(EXPIRY), -ONE],
            [call("3000"), ONE],
            [put("2700"), -5n * ONE],
          ]),
          later([
            [future(LATER), 2n * ONE],
            [call("4000", LATER), -7_000_000n],
          ]),
        ],
      });
      expect(plain(before)).to.deep.equal(await assess(present));
      expect(plain(after)).to.deep.equal(await assess(then));
    });

    it("costs nothing but the spread at the mark", async () => {
      const { lens, hold } = await open();
      await hold(book({ cash: MILLION }));
      const [, after] = await lens.whatIf(ACCOUNT, [{ instrument: call("3000"), quantity: 9n * ONE, price: 0n }], []);
      expect(MILLION - after.equity <= 1n && after.equity <= MILLION).to.equal(true);
    });

    it("refuses what the clearing house would refuse", async () => {
      const { lens, hold, expire } = await open();
      await hold(book({ exposures: [near([[call("3000"), 9_000_000n]])] }));
      const ask = (instrument: bigint, quantity: bigint) =>
        lens.whatIf(ACCOUNT, [{ instrument, quantity, price: ONE }], []);
      const lot = 1_000_000n;
      await expect(ask(call("3000"), lot + 1n))
        .to.be.revertedWithCustomError(lens, "QuantityNotInLots")
        .withArgs(call("3000"), lot + 1n, lot);
      const most = (2n ** 29n - 1n) * lot;
      await ask(put("3000"), -most);
      for (const quantity of [most - 8n * lot, -most - 10n * lot]) {
        await expect(ask(call("3000"), quantity))
          .to.be.revertedWithCustomError(lens, "QuantityNotInLots")
          .withArgs(call("3000"), quantity, lot);
      }
      const unlisted = future({ underlying: 1, expiryHours: EXPIRY.expiryHours + 1 });
      for (const instrument of [unlisted, perpetual(1) | 7n, call("3000") | (3n << 24n)]) {
        await expect(ask(instrument, ONE))
          .to.be.revertedWithCustomError(lens, "UnknownInstrument")
          .withArgs(instrument);
      }
      await expire();
      await expect(ask(future(EXPIRY), ONE))
        .to.be.revertedWithCustomError(lens, "MarketExpired")
        .withArgs(future(EXPIRY));
    });
  });

  describe("liquidationPrices", () => {
    const at = (portfolio: Portfolio, price: bigint): Portfolio => ({
      ...portfolio,
      exposures: portfolio.exposures.map((e) => ({ ...e, price })),
    });

    it("are where a short straddle fails on either side", async () => {
      const { lens, hold, assess } = await open();
      const positions: [bigint, bigint][] = [
        [call("3000"), -10n * ONE],
        [put("3000"), -10n * ONE],
      ];
      const portfolio = book({ cash: 12_000_000_000n, exposures: [near(positions)] });
      await hold(portfolio);
      const { below, above } = await lens.liquidationPrices(ACCOUNT, 1);
      const meets = async (price: bigint) => {
        const { equity, maintenance } = await assess(at(portfolio, price));
        return equity >= maintenance;
      };
      const tolerance = SPOT / 1_000_000n + 1n;
      expect([await meets(below), await meets(below + tolerance)]).to.deep.equal([false, true]);
      expect([await meets(above), await meets(above - tolerance)]).to.deep.equal([false, true]);
      for (let price = below + tolerance; price < above - tolerance; price += 40n * ONE) {
        expect(await meets(price), `at ${price}`).to.equal(true);
      }
    });

    it("find the first of several crossings", async () => {
      const { lens, hold, assess } = await open();
      // Long straddles at 2,500 are worth least there; the account would recover further down.
      const positions: [bigint, bigint][] = [
        [call("2500"), 10n * ONE],
        [put("2500"), 10n * ONE],
      ];
      const held = book({ exposures: [near(positions)] });
      const { equity, maintenance } = await assess(held);
      const portfolio = { ...held, cash: (maintenance * 11n) / 10n - equity };
      await hold(portfolio);
      const { below, above } = await lens.liquidationPrices(ACCOUNT, 1);
      expect(below > 2_500n * ONE && below < SPOT).to.equal(true);
      expect(above).to.equal(UINT64_MAX);
      const there = await assess(at(portfolio, 1_500n * ONE));
      expect(there.equity >= there.maintenance).to.equal(true);
    });

    it("know none for a bought option, and the present one for who is below already", async () => {
      const { lens, hold } = await open();
      await hold(book({ cash: 1_000_000n, exposures: [near([[call("3000"), ONE]])] }));
      expect(await lens.liquidationPrices(ACCOUNT, 1)).to.deep.equal([0n, UINT64_MAX]);
      expect(await lens.liquidationPrices(ACCOUNT, 2)).to.deep.equal([0n, UINT64_MAX]);
      await hold(book({ cash: 1_000_000n, exposures: [near([[call("3000"), -ONE]])] }));
      expect(await lens.liquidationPrices(ACCOUNT, 1)).to.deep.equal([SPOT, SPOT]);
    });
  });

  describe("withdrawable", () => {
    it("is nothing while the surface of an expiry is not fresh", async () => {
      const { lens, hold, ledger } = await open();
      await ledger.setPool(0n, 0n, MILLION, 8_000n);
      const withSurface = (status: SurfaceStatus) =>
        book({
          cash: 10_000_000_000n,
          exposures: [near([[call("3000"), ONE]], SPOT, { ...SURFACE, status, settlementPrice: SPOT })],
        });
      for (const status of [SurfaceStatus.Fresh, SurfaceStatus.Settled]) {
        await hold(withSurface(status));
        expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(10_000_000_000n);
      }
      for (const status of [SurfaceStatus.Stale, SurfaceStatus.None]) {
        await hold(withSurface(status));
        expect(await lens.withdrawable(ACCOUNT, CASH)).to.equal(0n);
      }
    });
  });

  describe("unsettledProfit", () => {
    it("is quote and forward of a future, and the value of an option", async () => {
      const { lens, ledger, setPosition, valueOf, listExpiry } = await open();
      await setPosition({ quantity: 2n * ONE, quote: -6_000_000_000n, fundingIndex: 10n ** 12n });
      // Two at a forward of 3,012; a future pays no funding.
      expect(await lens.unsettledProfit(ACCOUNT, future(EXPIRY))).to.equal(24_000_000n);
      await ledger.setQuantity(call("3100"), -3n * ONE);
      const value = await valueOf(call("3100"), -3n * ONE);
      expect(await lens.unsettledProfit(ACCOUNT, call("3100"))).to.equal(-((-value + 10n ** 10n - 1n) / 10n ** 10n));
      await listExpiry({ ...SURFACE, status: SurfaceStatus.Settled, settlementPrice: 3_110n * ONE });
      expect(await lens.unsettledProfit(ACCOUNT, call("3100"))).to.equal(-30_000_000n);
      expect(await lens.unsettledProfit(ACCOUNT, future(EXPIRY))).to.equal(220_000_000n);
    });
  });
});

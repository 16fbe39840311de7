import { expect } from "chai";
import { network } from "hardhat";
import { bucketOf, future, option } from "../../sdk/instruments.ts";
import { liquidationPrices, marginByBucket, summary } from "../../sdk/margin/account.ts";
import { positionsOf, TradeError, valueOf, whatIf } from "../../sdk/margin/hypotheses.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import { positionGreeks, stress, sumGreeks } from "../../sdk/options/account.ts";
import { type Portfolio, PriceStatus, SurfaceStatus } from "../../sdk/types.ts";
import { encodeMarketWord, encodeSurface } from "../../sdk/words.ts";
import { deployLensBench, expiryOf, LENS_PARAMETERS, surfaceOf } from "../support/lensBench.ts";
import { expectNear } from "../support/near.ts";
import { book, exposure, holding, PRICE_ONE, Random } from "../support/riskBooks.ts";
import { pack, plain } from "../support/riskEngine.ts";

const ACCOUNT = `0x${"11".repeat(32)}`;
const ONE = PRICE_ONE;
const UINT64_MAX = 2n ** 64n - 1n;
const UINT256_MAX = 2n ** 256n - 1n;
const START = BigInt(Date.UTC(2030, 0, 1) / 1_000);
const PRICES = [3_000, 40];
const STATUSES = [SurfaceStatus.Fresh, SurfaceStatus.Fresh, SurfaceStatus.Stale, SurfaceStatus.None];

/** Some of everything on two underlyings and four expiries, one of them past. */
function randomPortfolio(random: Random, now: bigint): Portfolio {
  const quantity = () => (random.unit() < 0.5 ? -1n : 1n) * random.bigint(1, 900) * (ONE / 100n);
  const price = (underlying: number) => BigInt(PRICES[underlying - 1]!) * ONE;
  const exposures = [1, 2].flatMap((underlying) => [
    ...(random.unit() < 0.5 ? [exposure(underlying, quantity(), price(underlying))] : []),
    ...[-24, 24 * 3, 24 * 40, 24 * 200].flatMap((hours) => {
      if (random.unit() < 0.6) return [];
      const expiry = { underlying, expiryHours: Number(now / 3_600n) + hours };
      const surface = surfaceOf(0.3 + random.unit(), {
        fractions: [(random.unit() - 0.5) / 50, (random.unit() - 0.5) / 5, random.unit() / 20],
        status: hours < 0 && random.unit() < 0.7 ? SurfaceStatus.Settled : random.pick(STATUSES),
        settlementPrice: (price(underlying) * 11n) / 10n,
      });
      const options = Array.from({ length: random.integer(0, 3) }, (): [bigint, bigint] => {
        const strike = (PRICES[underlying - 1]! * random.integer(6, 15)) / 10;
        return [option(expiry, random.unit() < 0.5 ? "call" : "put", String(strike)), quantity()];
      });
      return [
        expiryOf([[future(expiry), random.unit() < 0.5 ? quantity() : 0n], ...options], price(underlying), surface),
      ];
    }),
  ]);
  return book({
    now,
    cash: random.bigint(-5_000, 60_000) * 1_000_000n,
    exposures,
    holdings: random.unit() < 0.5 ? [holding(1, 1, ONE, price(1))] : [],
  });
}

async function open() {
  const { ethers, networkHelpers } = await network.create();
  await networkHelpers.time.increaseTo(START);
  const bench = await deployLensBench(ethers);
  const { ledger } = bench;
  for (const [i, price] of PRICES.entries()) {
    await ledger.setMarket(
      i + 1,
      encodeMarketWord({ price: BigInt(price) * ONE, status: PriceStatus.Fresh, updatedAt: 1n }),
    );
  }
  /** Sets the portfolio and gives it the time that the next views see. */
  const hold = async (portfolio: Portfolio): Promise<Portfolio> => {
    const { blockNumber } = (await (await ledger.setPortfolio(pack(portfolio), portfolio.cash)).wait())!;
    const { timestamp } = (await ethers.provider.getBlock(blockNumber))!;
    return { ...portfolio, now: BigInt(timestamp) };
  };
  return { ...bench, lens: bench.marginLens, hold };
}

describe("the SDK's figures of an account with options", () => {
  it("equal those of the lens on random books", async () => {
    const random = new Random(20_300_101);
    const { lens, hold } = await open();
    for (let i = 0; i < 12; i++) {
      const portfolio = await hold(randomPortfolio(random, START));
      const here = summary(portfolio, LENS_PARAMETERS);
      expect(plain(await lens.summary(ACCOUNT))).to.deep.equal({
        ...here,
        healthBps: here.healthBps ?? UINT256_MAX,
        utilizationBps: here.utilizationBps ?? UINT256_MAX,
      });
      const buckets = (await lens.marginByBucket(ACCOUNT)).map((bucket) => plain(bucket));
      expect(buckets).to.deep.equal(
        marginByBucket(portfolio, LENS_PARAMETERS).map(({ underlying, expiryHours, ...figures }) => ({
          bucket: bucketOf(future({ underlying, expiryHours })),
          ...figures,
        })),
      );
      const prices = await lens.liquidationPrices(ACCOUNT, 1 + (i % 2));
      const expected = liquidationPrices(portfolio, 1 + (i % 2), LENS_PARAMETERS);
      expect([prices.below, prices.above]).to.deep.equal([expected.below ?? 0n, expected.above ?? UINT64_MAX]);
    }
  });

  it("have the greeks and the stress of the option lens", async () => {
    const random = new Random(7);
    const { optionLens: lens, hold } = await open();
    for (let i = 0; i < 8; i++) {
      const portfolio = await hold(randomPortfolio(random, START));
      const [there, , underlyings] = await lens.greeks(ACCOUNT);
      const here = positionGreeks(portfolio, LENS_PARAMETERS);
      expect(here.map(({ instrument }) => instrument)).to.deep.equal(there.map(({ instrument }) => instrument));
      for (const [j, { greeks, quantity, exposure, volatility }] of here.entries()) {
        const size = Math.abs(Number(quantity) / 1e8);
        const price = Number(exposure.price) / 1e8;
        const found = there[j]!;
        expectNear(Number(found.volatility) / 1e6, volatility, 2e-6);
        expectNear(Number(found.greeks.delta) / 1e8, greeks.delta, 1e-7 * size + 1e-8);
        expectNear(Number(found.greeks.gamma) / 1e16, greeks.gamma, (1e-6 * size) / price);
        expectNear(Number(found.greeks.vega) / 1e6, greeks.vega, 1e-7 * size * price + 1e-6);
        expectNear(Number(found.greeks.theta) / 1e6, greeks.theta, 1e-7 * size * price + 1e-6);
      }
      for (const { underlying, greeks } of underlyings) {
        const own = here.filter(({ exposure }) => exposure.underlying === Number(underlying));
        expectNear(Number(greeks.delta) / 1e8, sumGreeks(own).delta, 1e-4);
        const points = stress(portfolio, Number(underlying), LENS_PARAMETERS);
        const nodes = await lens.stress(ACCOUNT, underlying);
        for (const [k, { move, price, up, down }] of points.entries()) {
          expectNear(Number(nodes[k]!.move) / 1e6, move, 1e-6);
          expectNear(Number(nodes[k]!.price) / 1e8, price, 1e-6);
          expectNear(Number(nodes[k]!.up) / 1e6, up, 2e-3);
          expectNear(Number(nodes[k]!.down) / 1e6, down, 2e-3);
        }
      }
    }
  });

  it("equal the lens after trades of several legs", async () => {
    const { lens, ledger, hold } = await open();
    const expiry = { underlying: 1, expiryHours: Number(START / 3_600n) + 24 * 40 };
    const later = { ...expiry, expiryHours: expiry.expiryHours + 24 * 50 };
    const surface = surfaceOf(0.7, { fractions: [0.003, -0.06, 0.02] });
    for (const dated of [expiry, later])
      await ledger.setExpiry(bucketOf(future(dated)), encodeSurface(surface), 6n, 0n);
    const price = 3_000n * ONE;
    const call = option(expiry, "call", "3300");
    // A future alone does not say what a lot is.
    const present = book({ cash: 10n ** 12n, exposures: [expiryOf([[future(expiry), ONE]], price, surface, 0)] });
    const portfolio = await hold({ ...present, now: START });
    const trades = [
      { instrument: call, quantity: -3n * ONE },
      { instrument: option(later, "put", "2500"), quantity: 7_000_000n, price: 101n * ONE },
      { instrument: future(later), quantity: -123_456n },
    ];
    const [before, after] = await lens.whatIf(
      ACCOUNT,
      trades.map((trade) => ({ price: 0n, ...trade })),
      [],
    );
    const market = { price, status: PriceStatus.Fresh, openInterest: 0n, surface, lotExponent: 6 };
    const then = whatIf(
      portfolio,
      trades.map((trade) => ({ ...trade, market })),
      [],
      LENS_PARAMETERS,
    );
    expect(plain(before)).to.deep.equal(assess(portfolio, LENS_PARAMETERS));
    expect(plain(after)).to.deep.equal(assess(then, LENS_PARAMETERS));
    expect(positionsOf(then).map(({ instrument, quantity }) => [instrument, quantity])).to.deep.equal([
      [future(expiry), ONE],
      [call, -3n * ONE],
      [future(later), -123_456n],
      [option(later, "put", "2500"), 7_000_000n],
    ]);
    expect(() => whatIf(portfolio, [{ instrument: call, quantity: 1n, market }], [], LENS_PARAMETERS)).to.throw(
      TradeError,
    );
    const afterwards = { ...portfolio, now: BigInt(expiry.expiryHours) * 3_600n };
    expect(() => whatIf(afterwards, [{ instrument: call, quantity: ONE, market }], [], LENS_PARAMETERS)).to.throw(
      TradeError,
      "has expired",
    );
    const [first] = positionsOf(then);
    // 3,009 at the forward.
    expect(valueOf(then, first!, LENS_PARAMETERS)).to.equal(3_009n * ONE * ONE);
  });
});

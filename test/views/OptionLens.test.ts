import { expect } from "chai";
import { network } from "hardhat";
import { bucketOf, decodeInstrument, future, Kind, option, perpetual, systemAccounts } from "../../sdk/instruments.ts";
import { optionPrice } from "../../sdk/options/black76.ts";
import { type Portfolio, PriceStatus, SurfaceStatus, type Surface } from "../../sdk/types.ts";
import { encodeMarketWord, encodeSurface } from "../../sdk/words.ts";
import { deployLensBench, expiryOf, strikeOf, surfaceOf } from "../support/lensBench.ts";
import { expectNear } from "../support/near.ts";
import { book, exposure, holding, PRICE_ONE } from "../support/riskBooks.ts";
import { pack } from "../support/riskEngine.ts";

const ACCOUNT = `0x${"11".repeat(32)}`;
const SPOT = 3_000;
const YEAR = 365 * 86_400;
/** Hours since 1970 of an expiry about 40 days after the tests' clock begins. */
const START = Date.UTC(2030, 0, 1) / 1_000;
const EXPIRY = { underlying: 1, expiryHours: START / 3_600 + 24 * 40 };
const SMILE = { atm: 0.6, basis: 0.004, skew: -0.08, curvature: 0.03 };
const SURFACE = surfaceOf(SMILE.atm, { fractions: [SMILE.basis, SMILE.skew, SMILE.curvature] });
const ONE = PRICE_ONE;

const CALLS = ["2000", "3000", "3600"].map((strike) => option(EXPIRY, "call", strike));
const PUTS = ["2400", "3000", "3600"].map((strike) => option(EXPIRY, "put", strike));
const FUTURE = future(EXPIRY);

/** The smile, written from docs/margin-method.md. */
function volatilityAt(strike: number, years: number, forward = SPOT * (1 + SMILE.basis)): number {
  const z = Math.min(Math.max(Math.log(strike / forward) / (SMILE.atm * Math.sqrt(years)), -2.5), 2.5);
  return SMILE.atm * Math.max(1 + z * (SMILE.skew + SMILE.curvature * z), 0.2);
}

/** One contract, volatility of its strike given, at a price of the underlying. */
function priceAt(instrument: bigint, spot: number, years: number, volatility: number): number {
  const forward = spot * (1 + SMILE.basis);
  const { kind } = decodeInstrument(instrument);
  if (kind === Kind.Linear) return forward;
  const right = kind === Kind.Call ? "call" : "put";
  return optionPrice({ right, forward, strike: strikeOf(instrument), volatility, years });
}

async function open() {
  const { ethers, networkHelpers } = await network.create();
  await networkHelpers.time.increaseTo(START);
  const bench = await deployLensBench(ethers);
  const { ledger, optionLens: lens } = bench;
  await ledger.setMarket(1, market(SPOT));
  const hold = (portfolio: Portfolio) => ledger.setPortfolio(pack(portfolio), portfolio.cash);
  const listExpiry = (surface: Surface, clearing = 0n) =>
    ledger.setExpiry(bucketOf(FUTURE), encodeSurface(surface), 6n, clearing);
  await listExpiry(SURFACE);
  /** To the expiry from the latest block, whose time views see. */
  const yearsLeft = async () =>
    (EXPIRY.expiryHours * 3_600 - (await ethers.provider.getBlock("latest"))!.timestamp) / YEAR;
  const expire = () => networkHelpers.time.increaseTo(EXPIRY.expiryHours * 3_600);
  return { ...bench, lens, hold, listExpiry, yearsLeft, expire };
}

const market = (price: number) =>
  encodeMarketWord({ price: BigInt(Math.round(price * 1e8)), status: PriceStatus.Fresh, updatedAt: 1n });

/** Two sides of everything on one expiry, a perpetual and a token. */
function mixedBook(): Portfolio {
  const positions: [bigint, bigint][] = [
    [FUTURE, -3n * ONE],
    [CALLS[0]!, 2n * ONE],
    [CALLS[1]!, -5n * ONE],
    [CALLS[2]!, 7n * ONE],
    [PUTS[0]!, -4n * ONE],
    [PUTS[1]!, ONE / 2n],
    [PUTS[2]!, 3n * ONE],
  ];
  return book({
    cash: 1_000_000_000n,
    exposures: [
      exposure(1, 2n * ONE, BigInt(SPOT) * ONE, { openInterest: 1_000n * ONE }),
      expiryOf(positions, BigInt(SPOT) * ONE, SURFACE),
    ],
    holdings: [holding(1, 1, 4n * ONE, BigInt(SPOT) * ONE)],
  });
}

describe("OptionLens", () => {
  describe("volatilities", () => {
    it("are on the smile", async () => {
      const { lens, yearsLeft } = await open();
      const strikes = [300, 1_500, 2_400, 3_000, 3_012, 4_000, 9_000];
      const found = await lens.volatilities(
        bucketOf(FUTURE),
        strikes.map((k) => BigInt(k) * ONE),
      );
      const years = await yearsLeft();
      strikes.forEach((strike, i) => expectNear(Number(found[i]) / 1e6, volatilityAt(strike, years), 2e-6));
    });

    it("are the measured one without a report, and zero after expiry", async () => {
      const { lens, listExpiry, expire } = await open();
      await listExpiry({ ...surfaceOf(0), status: SurfaceStatus.None });
      // 4 % a day.
      const [none] = await lens.volatilities(bucketOf(FUTURE), [2_000n * ONE]);
      expectNear(Number(none) / 1e6, 0.04 * Math.sqrt(365), 2e-6);
      await listExpiry(SURFACE);
      await expire();
      expect(await lens.volatilities(bucketOf(FUTURE), [2_000n * ONE])).to.deep.equal([0n]);
    });

    it("are of expiries only", async () => {
      const { lens } = await open();
      await expect(lens.volatilities(bucketOf(perpetual(1)), []))
        .to.be.revertedWithCustomError(lens, "UnknownInstrument")
        .withArgs(perpetual(1));
    });
  });

  describe("fairValue", () => {
    it("is Black's formula on the smile", async () => {
      const { lens, yearsLeft } = await open();
      const years = await yearsLeft();
      for (const instrument of [...CALLS, ...PUTS, FUTURE]) {
        const expected = priceAt(instrument, SPOT, years, volatilityAt(strikeOf(instrument) || 1, years));
        expectNear(Number(await lens.fairValue(instrument)) / 1e8, expected, 1e-6);
      }
      expect(await lens.fairValue(perpetual(1))).to.equal(BigInt(SPOT) * ONE);
    });

    it("is the payoff at the forward when time is over, and at the settlement price once that is known", async () => {
      const { lens, expire, listExpiry } = await open();
      await expire();
      expect(await lens.fairValue(CALLS[0]!)).to.equal((3_012n - 2_000n) * ONE);
      await listExpiry({ ...SURFACE, status: SurfaceStatus.Settled, settlementPrice: 3_100n * ONE });
      expect(await lens.fairValue(CALLS[0]!)).to.equal(1_100n * ONE);
      expect(await lens.fairValue(PUTS[0]!)).to.equal(0n);
      expect(await lens.fairValue(FUTURE)).to.equal(3_100n * ONE);
    });
  });

  describe("impliedVolatility", () => {
    it("undoes the formula", async () => {
      const { lens, yearsLeft } = await open();
      for (const instrument of [...CALLS, ...PUTS]) {
        const years = await yearsLeft();
        for (const volatility of [0.35, 0.8, 1.6]) {
          const price = priceAt(instrument, SPOT, years, volatility);
          const found = await lens.impliedVolatility(instrument, BigInt(Math.round(price * 1e8)));
          expectNear(Number(found) / 1e6, volatility, 1e-5);
        }
      }
    });

    it("refuses prices that no volatility gives", async () => {
      const { lens } = await open();
      const [call, put] = [CALLS[0]!, PUTS[2]!];
      for (const price of [1_011n * ONE, 3_012n * ONE]) {
        await expect(lens.impliedVolatility(call, price))
          .to.be.revertedWithCustomError(lens, "PriceWithoutVolatility")
          .withArgs(call, price, 1_012n * ONE, 3_012n * ONE);
      }
      await expect(lens.impliedVolatility(put, 3_600n * ONE))
        .to.be.revertedWithCustomError(lens, "PriceWithoutVolatility")
        .withArgs(put, 3_600n * ONE, 588n * ONE, 3_600n * ONE);
    });

    it("is of living options only", async () => {
      const { lens, expire } = await open();
      await expect(lens.impliedVolatility(FUTURE, ONE))
        .to.be.revertedWithCustomError(lens, "UnknownInstrument")
        .withArgs(FUTURE);
      await expire();
      await expect(lens.impliedVolatility(CALLS[1]!, 100n * ONE))
        .to.be.revertedWithCustomError(lens, "MarketExpired")
        .withArgs(CALLS[1]!);
    });
  });

  describe("marks", () => {
    it("are what the margin takes, near the fair value", async () => {
      const { lens, engine, ledger } = await open();
      const instruments = [perpetual(1), FUTURE, ...CALLS, ...PUTS];
      const [spot] = await ledger.peek([1]);
      const surface = encodeSurface(SURFACE);
      const values = await engine.values(
        instruments.map((instrument) => ({ instrument, quantity: ONE, spot: spot!, surface })),
      );
      const marks = await lens.marks(instruments);
      for (const [i, mark] of marks.entries()) {
        expect(mark.instrument).to.equal(instruments[i]);
        expect(mark.price).to.equal(values[i]! / ONE);
        // The error of the table: docs/option-table.md.
        expectNear(Number(mark.price) / 1e8, Number(await lens.fairValue(mark.instrument)) / 1e8, SPOT * 3e-4);
        expect(mark.forward).to.equal((i === 0 ? 3_000n : 3_012n) * ONE);
        expect(mark.priceStatus).to.equal(PriceStatus.Fresh);
        expect(mark.surfaceStatus).to.equal(i === 0 ? SurfaceStatus.None : SurfaceStatus.Fresh);
        expect(mark.volatility === 0n).to.equal(i < 2);
      }
      // Delta of a call less that of the put is that of the future.
      expectNear(Number(marks[3]!.greeks.delta - marks[6]!.greeks.delta), Number(marks[1]!.greeks.delta), 2);
    });

    it("refuse what is no instrument", async () => {
      const { lens } = await open();
      const strange = perpetual(1) | 5n;
      await expect(lens.marks([strange]))
        .to.be.revertedWithCustomError(lens, "UnknownInstrument")
        .withArgs(strange);
    });
  });

  describe("greeks", () => {
    it("are the derivatives of the value", async () => {
      const { lens, hold, yearsLeft } = await open();
      await hold(mixedBook());
      const [positions] = await lens.greeks(ACCOUNT);
      const years = await yearsLeft();
      const h = 1;
      const day = 1 / 365;
      for (const { instrument, quantity, volatility, greeks } of positions) {
        const size = Number(quantity) / 1e8;
        if (instrument === perpetual(1)) {
          expect([greeks.delta, greeks.gamma, greeks.vega, greeks.theta]).to.deep.equal([2n * ONE, 0n, 0n, 0n]);
          continue;
        }
        const isFuture = instrument === FUTURE;
        const sigma = isFuture ? 1 : volatilityAt(strikeOf(instrument), years);
        expectNear(Number(volatility) / 1e6, isFuture ? 0 : sigma, 2e-6);
        const at = (spot: number, t = years, v = sigma) => size * priceAt(instrument, spot, t, v);
        expectNear(Number(greeks.delta) / 1e8, (at(SPOT + h) - at(SPOT - h)) / (2 * h), 1e-5 * Math.abs(size));
        const bend = (at(SPOT + h) - 2 * at(SPOT) + at(SPOT - h)) / h ** 2;
        expectNear(Number(greeks.gamma) / 1e16, bend, 1e-7 * Math.abs(size));
        const perPoint = (at(SPOT, years, sigma + 1e-4) - at(SPOT, years, sigma - 1e-4)) / 2e-2;
        expectNear(Number(greeks.vega) / 1e6, perPoint, 1e-4 * Math.abs(size));
        const perDay = (at(SPOT, years - day / 100) - at(SPOT, years + day / 100)) / 2e-2;
        expectNear(Number(greeks.theta) / 1e6, perDay, 1e-4 * Math.abs(size));
      }
    });

    it("add up by expiry, by underlying and in total", async () => {
      const { lens, hold } = await open();
      await hold(mixedBook());
      const [positions, expiries, underlyings, total] = await lens.greeks(ACCOUNT);
      const names = ["delta", "gamma", "vega", "theta"] as const;
      const sum = (name: (typeof names)[number], from: number) =>
        positions.slice(from).reduce((total, { greeks }) => total + greeks[name], 0n);
      expect(positions.length).to.equal(8);
      expect(expiries.map(({ bucket }) => bucket)).to.deep.equal([bucketOf(perpetual(1)), bucketOf(FUTURE)]);
      expect(expiries.map(({ forward }) => forward)).to.deep.equal([3_000n * ONE, 3_012n * ONE]);
      for (const name of names) {
        expect(expiries[1]!.greeks[name]).to.equal(sum(name, 1));
        expect(underlyings[0]!.greeks[name]).to.equal(sum(name, 0));
      }
      expect([underlyings[0]!.underlying, underlyings[0]!.tokens]).to.deep.equal([1n, 4n * ONE]);
      const { delta, gamma } = underlyings[0]!.greeks;
      expectNear(Number(total.delta) / 1e6, (Number(delta) / 1e8 + 4) * SPOT, 1e-4);
      expectNear(Number(total.gamma) / 1e6, (Number(gamma) / 1e16) * SPOT ** 2 * 0.01, 1e-4);
      expect([total.vega, total.theta]).to.deep.equal([sum("vega", 0), sum("theta", 0)]);
    });

    it("are nothing of an expiry that is settled, and a step at an expiry that is not", async () => {
      const { lens, hold, expire } = await open();
      await expire();
      await hold(mixedBook());
      const [positions] = await lens.greeks(ACCOUNT);
      // A call at 3,000 below the forward of 3,012 is a forward.
      const call = positions.find(({ instrument }) => instrument === CALLS[1])!;
      expect([call.greeks.delta, call.greeks.gamma, call.greeks.vega]).to.deep.equal([-502_000_000n, 0n, 0n]);
      const settled = { ...SURFACE, status: SurfaceStatus.Settled, settlementPrice: 3_100n * ONE };
      await hold(book({ exposures: [expiryOf([[CALLS[1]!, ONE]], 3_000n * ONE, settled)] }));
      const [[position], , , total] = await lens.greeks(ACCOUNT);
      expect([position!.value, position!.greeks.delta, total.delta]).to.deep.equal([100_000_000n, 0n, 0n]);
    });

    it("are empty for an empty account", async () => {
      const { lens, hold } = await open();
      await hold(book());
      const [positions, expiries, underlyings] = await lens.greeks(ACCOUNT);
      expect([positions.length, expiries.length, underlyings.length]).to.deep.equal([0, 0, 0]);
    });
  });

  describe("stress", () => {
    /** Up and down by the shocks of docs/margin-method.md. */
    function shocks(years: number): [number, number] {
      const days = Math.max(years * 365, 1);
      const power = (30 / days) ** (days < 30 ? 0.3 : 0.13);
      return [1 + 0.45 * power, Math.max(1 - 0.3 * power, 0.2)];
    }

    it("is the change of the value at every node in both worlds", async () => {
      const { lens, hold, yearsLeft } = await open();
      const portfolio = mixedBook();
      await hold(portfolio);
      const nodes = await lens.stress(ACCOUNT, 1);
      const years = await yearsLeft();
      const [up, down] = shocks(years);
      const [positions] = await lens.greeks(ACCOUNT);
      expect(nodes.length).to.equal(24);
      nodes.forEach((node, i) => {
        const move = Math.exp(0.05 * (i - 12)) - 1;
        expectNear(Number(node.move) / 1e6, move, 1e-6);
        expectNear(Number(node.price) / 1e8, SPOT * (1 + move), 1e-6);
        const profit = (shock: number) =>
          positions.reduce(
            (sum, { instrument, quantity }) => {
              if (instrument === perpetual(1)) return sum + 2 * SPOT * move;
              const sigma = volatilityAt(strikeOf(instrument) || 1, years);
              const before = priceAt(instrument, SPOT, years, sigma);
              const after = priceAt(instrument, SPOT * (1 + move), years, sigma * shock);
              return sum + (Number(quantity) / 1e8) * (after - before);
            },
            4 * SPOT * move,
          );
        expectNear(Number(node.up) / 1e6, profit(up), 1e-4);
        expectNear(Number(node.down) / 1e6, profit(down), 1e-4);
      });
    });

    it("widens while the surface is stale, and knows nothing of other underlyings", async () => {
      const { lens, hold, yearsLeft } = await open();
      const straddle: [bigint, bigint][] = [
        [CALLS[1]!, ONE],
        [PUTS[1]!, ONE],
      ];
      const stale = { ...surfaceOf(0.1), status: SurfaceStatus.Stale };
      await hold(book({ exposures: [expiryOf(straddle, 3_000n * ONE, stale)] }));
      const years = await yearsLeft();
      const [up, down] = shocks(years);
      const measured = 0.04 * Math.sqrt(365);
      const value = (volatility: number) =>
        (["call", "put"] as const).reduce(
          (sum, right) => sum + optionPrice({ right, forward: SPOT, strike: 3_000, volatility, years }),
          0,
        );
      const centre = (await lens.stress(ACCOUNT, 1))[12]!;
      expectNear(Number(centre.up) / 1e6, value(Math.max(0.1 * up, Math.max(up, 1.5) * measured)) - value(0.1), 1e-4);
      expectNear(
        Number(centre.down) / 1e6,
        value(Math.min(0.1 * down, Math.min(down, 0.5) * measured)) - value(0.1),
        1e-4,
      );
      const other = await lens.stress(ACCOUNT, 2);
      expect(other.map(({ price, up: gain, down: loss }) => [price, gain, loss])).to.deep.equal(
        Array.from({ length: 24 }, () => [0n, 0n, 0n]),
      );
    });
  });

  describe("settlements", () => {
    it("say what an expiry that is over pays, and what it still waits for", async () => {
      const { lens, hold, ledger, listExpiry, expire } = await open();
      const positions: [bigint, bigint][] = [
        [FUTURE, 2n * ONE],
        [CALLS[1]!, -3n * ONE],
      ];
      // A perpetual has nothing to settle.
      const at = (surface: Surface) =>
        book({ exposures: [exposure(1, ONE, 3_000n * ONE), expiryOf(positions, 3_000n * ONE, surface)] });
      const none = { quantity: 2n * ONE, quote: -5_900_000_000n, fundingIndex: 0n };
      await ledger.setPosition(
        { ...none, optionEntries: 1n, lotExponent: 6n, deleverageIndex: 0n },
        {
          fundingIndex: 0n,
          fundingRate: 0n,
          nextFundingRate: 0n,
          accruedAt: 0n,
          openInterest: 0n,
          status: 1n,
          closeState: 0n,
        },
      );
      await hold(at(SURFACE));
      expect(await lens.settlements(ACCOUNT)).to.deep.equal([]);
      await expire();
      const expiry = BigInt(EXPIRY.expiryHours * 3_600);
      // At the forward of 3,012 until the price is known: 2 · 3,012 − 3 · 12 − 5,900.
      expect(await lens.settlements(ACCOUNT)).to.deep.equal([[bucketOf(FUTURE), expiry, 0n, 88_000_000n, 0n]]);
      const settled = { ...SURFACE, status: SurfaceStatus.Settled, settlementPrice: 3_050n * ONE };
      await listExpiry(settled, 17n);
      await hold(at(settled));
      // 2 · 3,050 − 3 · 50 − 5,900, of which the clearing account can pay 17 units now.
      expect(await lens.settlements(ACCOUNT)).to.deep.equal([
        [bucketOf(FUTURE), expiry, 3_050n * ONE, 50_000_000n, 17n],
      ]);
      expect(await ledger.cashOf(systemAccounts.clearing(bucketOf(FUTURE)))).to.equal(17n);
    });
  });
});

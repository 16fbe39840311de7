import { expect } from "chai";
import { network } from "hardhat";
import { future, option, perpetual } from "../../sdk/instruments.ts";
import { DUST_VALUE, purchaseUp, quoteUp, rewardDown, shareAt, split } from "../../sdk/liquidation/marginRelief.ts";
import {
  type ExpiringBook,
  MAX_POSITION_PARTS,
  type OptionPosition,
  planLiquidation,
  type PlanInput,
  type PositionPart,
} from "../../sdk/liquidation/plan.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import {
  type Exposure,
  type Holding,
  type Margin,
  type ParameterSet,
  type Portfolio,
  PriceStatus,
} from "../../sdk/types.ts";

const USD = 10n ** 6n;
const ONE = 10n ** 8n;
const RATES = { net: 400n, gross: 100n, collateral: 2_000n };

const PARAMETERS = { startShareBps: 100n, endShareBps: 3_000n, rampSeconds: 900n, insuranceShareBps: 2_000n };

/** Pseudo-random integers that are the same in every run (a linear congruential generator). */
function generator(seed: bigint) {
  let state = seed;
  return (below: bigint): bigint => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return (state >> 20n) % below;
  };
}

function exposure(
  underlying: number,
  quantity: bigint,
  price: bigint,
  status: PriceStatus = PriceStatus.Fresh,
): Exposure {
  return { underlying, expiryHours: 0, quantity, price, status, openInterest: 0n };
}

function holding(asset: number, underlying: number, amount: bigint, price: bigint): Holding {
  return { asset, underlying, amount, price, status: PriceStatus.Fresh, total: amount };
}

function portfolio(cash: bigint, exposures: Exposure[], holdings: Holding[] = []): Portfolio {
  return { cash, cashPrice: { price: ONE, status: PriceStatus.Fresh, updatedAt: 0n }, exposures, holdings };
}

/** The margin of contracts/test/LedgerDouble.sol. */
function bareMargin({ cash, exposures, holdings }: Portfolio): Margin {
  const floor = (a: bigint, b: bigint) => (a - (((a % b) + b) % b)) / b;
  const ceil = (a: bigint, b: bigint) => -floor(-a, b);
  const magnitude = (a: bigint) => (a < 0n ? -a : a);
  let [equity, net, gross, held] = [cash, 0n, 0n, 0n];
  for (const { quantity, price } of exposures) {
    equity += floor(quantity * price, 10n ** 10n);
    net += quantity * price;
    gross += magnitude(quantity * price);
  }
  for (const { amount, price } of holdings) held += (amount * price) / 10n ** 10n;
  const maintenance =
    ceil(magnitude(net) * RATES.net + gross * RATES.gross, 10n ** 14n) + ceil(held * RATES.collateral, 10_000n);
  return { equity: equity + held, initial: (maintenance * 4n) / 3n, maintenance, collateral: 0n };
}

function input(p: Portfolio, over: Partial<PlanInput> = {}): PlanInput {
  return {
    portfolio: p,
    assess: bareMargin,
    shareBps: 100n,
    insuranceShareBps: 2_000n,
    targetBps: 12_500n,
    decimals: new Map([
      [1, 18],
      [2, 8],
    ]),
    ...over,
  };
}

describe("marginRelief", () => {
  it("ramps the share from the flag, the trusted time or not at all", () => {
    expect(shareAt(PARAMETERS, 0n, 0n, 10_000n)).to.equal(100n);
    expect(shareAt(PARAMETERS, 1_000n, 0n, 1_000n)).to.equal(100n);
    expect(shareAt(PARAMETERS, 1_000n, 0n, 1_001n)).to.equal(103n);
    expect(shareAt(PARAMETERS, 1_000n, 0n, 1_450n)).to.equal(1_550n);
    expect(shareAt(PARAMETERS, 1_000n, 0n, 1_900n)).to.equal(3_000n);
    expect(shareAt(PARAMETERS, 1_000n, 0n, 9_999n)).to.equal(3_000n);
    expect(shareAt(PARAMETERS, 1_000n, 1_450n, 1_900n)).to.equal(1_550n);
    expect(shareAt(PARAMETERS, 1_000n, 2n ** 40n - 1n, 1_900n)).to.equal(100n);
  });

  it("rounds quotes, purchases and the insurance share up and the reward down", () => {
    expect(quoteUp(1n, 50_001n * ONE)).to.equal(501n);
    expect(quoteUp(-1n, 50_001n * ONE)).to.equal(-500n);
    expect(purchaseUp(ONE, 2_000n * ONE, 97_000_000n)).to.equal(2_061_855_671n);
    expect(purchaseUp(ONE, 2_000n * ONE, 103_000_000n)).to.equal(2_000n * USD);
    const margin = (equity: bigint, maintenance: bigint) => ({ equity, maintenance, initial: 0n, collateral: 0n });
    expect(rewardDown(margin(50n, 1_000n), margin(50n, 899n), 100n)).to.equal(1n);
    expect(rewardDown(margin(50n, 1_000n), margin(50n, 899n), 3_000n)).to.equal(5n);
    expect(rewardDown(margin(50n, 1_000n), margin(40n, 899n), 3_000n)).to.equal(0n);
    expect(split(101n, 2_000n)).to.deep.equal({ gross: 101n, liquidator: 80n, insurance: 21n });
  });
});

describe("planLiquidation", () => {
  it("leaves healthy accounts and accounts without equity alone", () => {
    const long = [exposure(1, ONE, 50_000n * ONE)];
    expect(planLiquidation(input(portfolio(-47_500n * USD, long)))).to.equal(undefined);
    expect(planLiquidation(input(portfolio(-50_000n * USD, long)))).to.equal(undefined);
  });

  it("stops at the target of a single position", () => {
    // E 2,000 and MM 2,500: E − 0.01·x = 1.25·(2,500 − x) at x = 907.258, which is 0.36290322 BTC.
    const plan = planLiquidation(input(portfolio(-48_000n * USD, [exposure(1, ONE, 50_000n * ONE)])))!;
    expect(plan.positions).to.have.length(1);
    expect(plan.positions[0]!.instrument).to.equal(1n << 56n);
    expect(plan.positions[0]!.quantity).to.be.within(36_290_321n, 36_290_323n);
    expect(plan.reward.gross).to.be.within(9_072_580n, 9_072_581n);
    expect(plan.after.equity).to.be.at.most((plan.after.maintenance * 12_500n) / 10_000n);
  });

  it("takes the unhedged surplus of a book before its hedged rest", () => {
    // Long 100,000 of BTC, short 50,000 of ETH: the surplus is long.
    const book = [exposure(2, -25n * ONE, 2_000n * ONE), exposure(1, 2n * ONE, 50_000n * ONE)];
    const plan = planLiquidation(input(portfolio(-50_000n * USD + 3_300n * USD, book)))!;
    expect(plan.positions.map((part) => part.instrument)).to.deep.equal([1n << 56n]);
    expect(plan.after.equity > plan.after.maintenance).to.equal(true);
  });

  it("skips legs that cannot move", () => {
    const book = [
      exposure(1, ONE, 50_000n * ONE, PriceStatus.Stale),
      exposure(2, 25n * ONE, 2_000n * ONE, PriceStatus.Unconfirmed),
    ];
    const plan = planLiquidation(input(portfolio(-96_000n * USD, book)))!;
    expect(plan.positions.map((part) => part.instrument)).to.deep.equal([2n << 56n]);
    const dead = book.map((leg) => ({ ...leg, status: PriceStatus.Closed }));
    expect(planLiquidation(input(portfolio(-96_000n * USD, dead)))).to.equal(undefined);
  });

  it("takes tokens, in their own unit, when positions do not suffice", () => {
    const plan = planLiquidation(input(portfolio(-17_000n * USD, [], [holding(1, 2, 10n * ONE, 2_000n * ONE)])))!;
    // E 3,000 and MM 4,000: E − 0.01·x = 1.25·(4,000 − x) at x = 1,612.90, which is 4.0322 of 10 tokens.
    expect(plan.collaterals).to.have.length(1);
    expect(plan.collaterals[0]!.amount % 10n ** 10n).to.equal(0n);
    expect(plan.collaterals[0]!.amount).to.be.within(403n * 10n ** 16n, 404n * 10n ** 16n);
    const noDecimals = input(portfolio(-17_000n * USD, [], [holding(3, 2, 10n * ONE, 2_000n * ONE)]));
    expect(() => planLiquidation(noDecimals)).to.throw("The decimals of collateral asset 3 are missing.");
  });

  it("closes dust whole", () => {
    const plan = planLiquidation(input(portfolio(-91n * USD, [exposure(1, 190_000n, 50_000n * ONE)])))!;
    expect(plan.positions[0]!.quantity).to.equal(190_000n);
    expect(plan.value < DUST_VALUE).to.equal(true);
  });

  it("brings every liquidatable book of the real margin between MM and the target", () => {
    const parameters: ParameterSet = {
      globals: {
        independenceWeightBps: 2_000n,
        unityWeightBps: 5_000n,
        maintenanceFactorBps: 7_500n,
        maintenanceAddOnBps: 5_000n,
        impactFactorBps: 10_000n,
        deadFeedScanRangeBps: 4_500n,
        depegThresholdBps: 9_900n,
        cashFloorBps: 9_500n,
        liquidationTargetBps: 12_500n,
        datedBasisBps: 30n,
        vegaBps: 1_500n,
        shortOptionBps: 100n,
        longOptionFloorBps: 10n,
        longOptionBps: 75n,
      },
      underlyings: [1_500n, 1_500n, 2_500n].map((scanRangeBps) => ({
        scanRangeBps,
        basisBps: 50n,
        halfSpreadBps: 5n,
        sigmaDayBps: 400n,
        dailyVolumeUsd: 1_000_000_000n,
      })),
      correlations: [100n, 80n, 70n],
      collaterals: [
        { basisHaircutBps: 200n, protocolHaircutBps: 0n, sigmaDayBps: 400n, dailyVolumeUsd: 1_000_000_000n },
      ],
    };
    const random = generator(7n);
    const prices = [50_000n * ONE, 2_000n * ONE, ONE / 4n];
    for (let book = 0; book < 60; book++) {
      const exposures = prices.map((price, i) =>
        exposure(i + 1, ((random(2n) === 0n ? 1n : -1n) * (1n + random(100_000n)) * ONE * ONE) / price, price),
      );
      const holdings = [holding(1, 2, 1n + random(20n * ONE), prices[1]!)];
      const bare = assess(portfolio(0n, exposures, holdings), parameters);
      // Above the largest share: below it no part can restore MM, and everything is taken.
      const health = 3_100n + random(6_900n);
      const cash = (bare.maintenance * health) / 10_000n - bare.equity;
      const before = portfolio(cash, exposures, holdings);
      const plan = planLiquidation(input(before, { assess: (p) => assess(p, parameters), shareBps: 3_000n }))!;
      expect(plan.before.equity < plan.before.maintenance, `book ${book}`).to.equal(true);
      expect(plan.after.equity >= plan.after.maintenance, `book ${book} is restored`).to.equal(true);
      expect(plan.after.equity * 10_000n <= plan.after.maintenance * 12_500n, `book ${book} target`).to.equal(true);
    }
  });
});

describe("LiquidationEngine", () => {
  it("accepts every plan and pays the reward that the plan expects", async () => {
    const { ethers } = await network.create();
    const [keeper, trader] = await ethers.getSigners();
    const random = generator(11n);
    const prices = [50_000n * ONE + 7n, 2_000n * ONE + 3n, 12_345_678n];
    for (let book = 0; book < 25; book++) {
      const ledger = await ethers.deployContract("LedgerDouble");
      const engine = await ethers.deployContract("LiquidationEngine", [
        await ledger.getAddress(),
        keeper!.address, // the authority, which nothing here asks
        PARAMETERS,
      ]);
      const account = ethers.zeroPadBytes(trader!.address, 32);
      const liquidator = ethers.zeroPadBytes(keeper!.address, 32);
      await ledger.setRates(RATES.net, RATES.gross, RATES.collateral);
      await ledger.setPrice(0, ONE, PriceStatus.Fresh, 0);
      for (const [i, price] of prices.entries()) await ledger.setPrice(i + 1, price, PriceStatus.Fresh, 0);
      await ledger.listCollateral(2, 18);
      await ledger.listCollateral(1, 8);

      const exposures = prices.map((price, i) =>
        exposure(i + 1, (random(2n) === 0n ? 1n : -1n) * random((200_000n * ONE * ONE) / price), price),
      );
      const holdings = [holding(1, 2, random(10n * ONE), prices[1]!), holding(2, 1, random(ONE / 10n), prices[0]!)];
      const bare = bareMargin(portfolio(0n, exposures, holdings));
      const cash = (bare.maintenance * (1n + random(9_998n))) / 10_000n - bare.equity;
      for (const e of exposures) await ledger.setPosition(account, perpetual(e.underlying), e.quantity, 0);
      await ledger.setCollateral(account, 1, holdings[0]!.amount * 10n ** 10n);
      await ledger.setCollateral(account, 2, holdings[1]!.amount);
      await ledger.setCash(account, cash);

      const plan = planLiquidation(input(portfolio(cash, exposures, holdings)))!;
      const { positions, collaterals, reward, before, after } = plan;
      const request = {
        account,
        liquidator,
        positions: [...positions],
        collaterals: [...collaterals],
        minReward: reward.liquidator,
      };
      await expect(engine.connect(keeper).liquidate(request))
        .to.emit(engine, "Liquidated")
        .withArgs(
          account,
          liquidator,
          positions.map(({ instrument, quantity }) => [instrument, quantity]),
          collaterals.map(({ asset, amount }) => [asset, amount]),
          reward.liquidator,
          reward.insurance,
          before.maintenance,
          after.maintenance,
        );
      const margin = await ledger.marginOf(account);
      expect(margin.equity).to.equal(after.equity);
      expect(margin.maintenance).to.equal(after.maintenance);
    }
  });
});

// ── options: the bare margin counts contracts at the index, whatever they are, and marks that the test sets

const NOW = 1_700_000_000n;
const NEAR = 472_400; // a week later
const FAR = 473_000;
const LOT = ONE / 100n;

interface BareOptions {
  readonly marks: ReadonlyMap<bigint, bigint>;
  readonly options: readonly OptionPosition[];
}

/** A book whose portfolio also lists its options, as the bare margin wants them. */
type OptionPortfolio = Portfolio & { readonly options: readonly OptionPosition[] };

/** Each option counts as a position at the index for MM and at its mark for equity; a future at its mark. */
function bareOptionMargin(marks: ReadonlyMap<bigint, bigint>) {
  return (p: Portfolio): Margin => {
    const { options } = p as OptionPortfolio;
    const priceOf = (underlying: number) => p.exposures.find((e) => e.underlying === underlying)!.price;
    const linear = p.exposures.map((e) => ({ instrument: future(e), quantity: e.quantity, price: e.price }));
    const all = [
      ...linear,
      ...options.map(({ instrument, quantity }) => ({
        instrument,
        quantity,
        price: priceOf(Number(instrument >> 56n)),
      })),
    ];
    const { maintenance } = bareMargin({
      ...p,
      exposures: all.map(({ quantity, price }) => exposure(1, quantity, price)),
    });
    const floor = (a: bigint, b: bigint) => (a - (((a % b) + b) % b)) / b;
    const held = p.holdings.reduce((sum, { amount, price }) => sum + (amount * price) / 10n ** 10n, 0n);
    const equity = all.reduce((sum, { instrument, quantity, price }) => {
      // The double divides its marks towards zero, to 16 decimals.
      const value = marks.has(instrument) ? (marks.get(instrument)! * quantity) / ONE : price * quantity;
      return sum + floor(value, 10n ** 10n);
    }, p.cash + held);
    return { equity, initial: (maintenance * 4n) / 3n, maintenance, collateral: 0n };
  };
}

function bareBook({ marks, options }: BareOptions): ExpiringBook {
  return {
    options,
    now: NOW,
    values: (parts) => parts.map(({ instrument, quantity }) => (marks.get(instrument)! * quantity) / ONE),
    without: (p, parts) => {
      const taken = (instrument: bigint) => parts.find((part) => part.instrument === instrument)?.quantity ?? 0n;
      const left = (p as OptionPortfolio).options
        .map((o) => ({ ...o, quantity: o.quantity - taken(o.instrument) }))
        .filter(({ quantity }) => quantity !== 0n);
      const exposures = p.exposures.map((e) => ({
        ...e,
        quantity: e.quantity - taken(e.expiryHours ? future(e) : 0n),
      }));
      return { ...p, exposures, options: left } as OptionPortfolio;
    },
  };
}

function optionInput(p: Portfolio, bare: BareOptions, over: Partial<PlanInput> = {}): PlanInput {
  return input({ ...p, options: bare.options } as OptionPortfolio, {
    assess: bareOptionMargin(bare.marks),
    expiring: bareBook(bare),
    ...over,
  });
}

describe("planLiquidation with options", () => {
  const near = { underlying: 1, expiryHours: NEAR };
  const price = 50_000n * ONE;
  const word = (expiryHours: number, quantity = 0n): Exposure => ({ ...exposure(1, quantity, price), expiryHours });
  const instruments = (parts: readonly PositionPart[]): bigint[] => parts.map(({ instrument }) => instrument);

  it("takes whole lots of one option up to the target", () => {
    const call = option(near, "call", "60000");
    const bare = { marks: new Map([[call, 10n ** 18n]]), options: [{ instrument: call, quantity: -ONE, lot: LOT }] };
    // MM 5 % of 50,000; E 2,000 as in the test of a single perpetual: 36 lots of the 36.29 that the target allows.
    const plan = planLiquidation(optionInput(portfolio(2_100n * USD, [word(NEAR)]), bare))!;
    expect(plan.before.equity).to.equal(2_000n * USD);
    expect(plan.positions).to.deep.equal([{ instrument: call, quantity: -36n * LOT }]);
    expect(plan.value).to.equal(18_000n * USD);
  });

  it("takes perpetuals and futures before options", () => {
    const call = option(near, "call", "60000");
    const dated = future(near);
    const marks = new Map([
      [call, 10n ** 18n],
      [dated, 50_500n * 10n ** 16n],
    ]);
    const bare = { marks, options: [{ instrument: call, quantity: -ONE, lot: LOT }] };
    const book = [exposure(1, -ONE, price), word(NEAR, -ONE)];
    const cash = 6_000n * USD + 100n * USD + 50_000n * USD + 50_500n * USD;
    const plan = planLiquidation(optionInput(portfolio(cash, book), bare))!;
    expect(plan.before.equity).to.equal(6_000n * USD);
    expect(instruments(plan.positions)).not.to.include(call);
    expect(plan.after.equity >= plan.after.maintenance).to.equal(true);
  });

  it("scales a hedged book of one expiry evenly", () => {
    const options = ["40000", "45000", "55000", "60000"].map((strike, i) => ({
      instrument: option(near, i < 2 ? "put" : "call", strike),
      quantity: (i % 2 === 0 ? ONE : -ONE) * 2n,
      lot: LOT,
    }));
    const bare = { marks: new Map(options.map(({ instrument }) => [instrument, 800n * 10n ** 16n])), options };
    // No net exposure: each leg alone would raise MM, all of them together lower it. MM 1 % of 400,000.
    const plan = planLiquidation(optionInput(portfolio(3_000n * USD, [word(NEAR)]), bare))!;
    expect(instruments(plan.positions)).to.have.length(4);
    expect(new Set(plan.positions.map(({ quantity }) => (quantity < 0n ? -quantity : quantity))).size).to.equal(1);
    expect(plan.after.equity >= plan.after.maintenance).to.equal(true);
    expect(plan.after.equity * 10_000n <= plan.after.maintenance * 12_500n).to.equal(true);
  });

  it("leaves what has expired, and everything dated without a book", () => {
    const call = option(near, "call", "60000");
    const bare = { marks: new Map([[call, 10n ** 18n]]), options: [{ instrument: call, quantity: -ONE, lot: LOT }] };
    const before = portfolio(2_100n * USD, [word(NEAR)]);
    const over = { ...bareBook(bare), now: BigInt(NEAR) * 3_600n };
    expect(planLiquidation(optionInput(before, bare, { expiring: over }))).to.equal(undefined);
    const last = { ...over, now: over.now - 1n };
    expect(planLiquidation(optionInput(before, bare, { expiring: last }))).not.to.equal(undefined);
  });

  it("takes at most as many parts as a call may", () => {
    const options = Array.from({ length: 64 }, (_, i) => ({
      instrument: option({ underlying: 1, expiryHours: i < 32 ? NEAR : FAR }, "call", String(40_000 + 500 * (i % 32))),
      quantity: -BigInt(i + 1) * LOT,
      lot: LOT,
    }));
    const bare = { marks: new Map(options.map(({ instrument }) => [instrument, 10n ** 18n])), options };
    const book = portfolio(0n, [word(NEAR), word(FAR)]);
    const { equity, maintenance } = bareOptionMargin(bare.marks)({ ...book, options } as OptionPortfolio);
    const cash = (maintenance * 99n) / 100n - equity;
    const plan = planLiquidation(optionInput({ ...book, cash }, bare))!;
    expect(plan.positions.length).to.be.within(1, MAX_POSITION_PARTS);
    expect(plan.after.equity >= plan.after.maintenance).to.equal(true);
    for (const { quantity } of plan.positions) expect(quantity % LOT).to.equal(0n);
  });

  it("takes a last lot past the target", () => {
    const call = option(near, "call", "60000");
    const bare = { marks: new Map([[call, 10n ** 18n]]), options: [{ instrument: call, quantity: -LOT, lot: LOT }] };
    // 500 USD at the index: MM 25, equity 20, and nothing smaller to take.
    const plan = planLiquidation(optionInput(portfolio(21n * USD, [word(NEAR)]), bare))!;
    expect(plan.positions).to.deep.equal([{ instrument: call, quantity: -LOT }]);
    expect(plan.after.maintenance).to.equal(0n);
  });
});

describe("LiquidationEngine with options", () => {
  it("accepts every plan and pays the reward that the plan expects", async () => {
    const { ethers, networkHelpers } = await network.create();
    await networkHelpers.time.setNextBlockTimestamp(2_000_000_000n);
    const [keeper, trader] = await ethers.getSigners();
    const random = generator(5n);
    const price = 50_000n * ONE + 7n;
    // After the chain's clock, which cannot go back to that of the books above.
    const dated = { underlying: 1, expiryHours: 600_000 };
    for (let book = 0; book < 15; book++) {
      const ledger = await ethers.deployContract("LedgerDouble");
      const engine = await ethers.deployContract("LiquidationEngine", [
        await ledger.getAddress(),
        keeper!.address,
        PARAMETERS,
      ]);
      const account = ethers.zeroPadBytes(trader!.address, 32);
      const liquidator = ethers.zeroPadBytes(keeper!.address, 32);
      await ledger.setRates(RATES.net, RATES.gross, RATES.collateral);
      await ledger.setPrice(0, ONE, PriceStatus.Fresh, 0);
      await ledger.setPrice(1, price, PriceStatus.Fresh, 0);
      await ledger.setLotExponent(future(dated) >> 32n, 6);

      const sign = () => (random(2n) === 0n ? 1n : -1n);
      const options = ["40000", "50000", "60000", "70000"].map((strike, i) => ({
        instrument: option(dated, i % 2 === 0 ? "call" : "put", strike),
        quantity: sign() * (1n + random(300n)) * LOT,
        lot: LOT,
      }));
      const marks = new Map(options.map(({ instrument }) => [instrument, random(5_000n * 10n ** 16n)]));
      marks.set(future(dated), 50_600n * 10n ** 16n + random(10n ** 16n));
      const exposures = [
        exposure(1, sign() * random(3n * ONE), price),
        { ...exposure(1, sign() * random(3n * ONE), price), expiryHours: dated.expiryHours },
      ];
      const bare = { marks, options };
      const flat = { ...portfolio(0n, exposures), options } as OptionPortfolio;
      const { equity, maintenance } = bareOptionMargin(marks)(flat);
      const cash = (maintenance * (1n + random(9_998n))) / 10_000n - equity;

      for (const e of exposures) await ledger.setPosition(account, future(e), e.quantity, 0);
      for (const o of options) await ledger.setPosition(account, o.instrument, o.quantity, 0);
      for (const [instrument, mark] of marks) await ledger.setMark(instrument, mark);
      await ledger.setCash(account, cash);

      const expiring = { ...bareBook(bare), now: 2_000_000_000n };
      const plan = planLiquidation(optionInput(portfolio(cash, exposures), bare, { expiring }))!;
      const { positions, reward, before, after } = plan;
      const request = { account, liquidator, positions: [...positions], collaterals: [], minReward: reward.liquidator };
      await expect(engine.connect(keeper).liquidate(request), `book ${book}`)
        .to.emit(engine, "Liquidated")
        .withArgs(
          account,
          liquidator,
          positions.map(({ instrument, quantity }) => [instrument, quantity]),
          [],
          reward.liquidator,
          reward.insurance,
          before.maintenance,
          after.maintenance,
        );
      const margin = await ledger.marginOf(account);
      expect(margin.equity).to.equal(after.equity);
      expect(margin.maintenance).to.equal(after.maintenance);
    }
  });
});

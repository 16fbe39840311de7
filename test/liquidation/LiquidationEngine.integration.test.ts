import AccessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json" with { type: "json" };
import { expect } from "chai";
import { network } from "hardhat";
import { accountId, perpetual } from "../../sdk/instruments.ts";
import { type LiquidationPlan, planLiquidation } from "../../sdk/liquidation/plan.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import type { ParameterSet } from "../../sdk/types.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { METHOD_GLOBALS } from "../support/riskBooks.ts";
import { deployRiskEngine } from "../support/riskContracts.ts";
import { mutable } from "../support/riskEngine.ts";
import type { ScriptedFeed } from "../../typechain-types/index.ts";

const USD = 10n ** 6n;
const ONE = 10n ** 8n;
const UNDERLYINGS = 8;
const ADMIN_ROLE = 0n;
const MAX = (1n << 128n) - 1n;
const LIQUIDATION = { startShareBps: 100n, endShareBps: 3_000n, rampSeconds: 900n, insuranceShareBps: 2_000n };
const INSURANCE = `0x${"3".padStart(64, "0")}`;

const PARAMETERS: ParameterSet = {
  globals: METHOD_GLOBALS,
  underlyings: Array.from({ length: UNDERLYINGS }, () => ({
    scanRangeBps: 1_500n,
    basisBps: 50n,
    halfSpreadBps: 5n,
    sigmaDayBps: 400n,
    dailyVolumeUsd: 1_000_000_000n,
  })),
  correlations: Array.from({ length: (UNDERLYINGS * (UNDERLYINGS - 1)) / 2 }, () => 90n),
  collaterals: [{ basisHaircutBps: 200n, protocolHaircutBps: 0n, sigmaDayBps: 400n, dailyVolumeUsd: 1_000_000_000n }],
};

/** The genuine clearing house, risk engine and market data; feeds at 1,000 USD that a test can move. */
async function house() {
  const { ethers, networkHelpers } = await network.create();
  const [admin, trader, maker, keeper] = await ethers.getSigners();
  const manager = await (
    await ethers.getContractFactory(AccessManager.abi, AccessManager.bytecode)
  ).deploy(admin!.address);
  const authority = await manager.getAddress();
  const usdc = await ethers.deployContract("TestUSDC");
  const token = await ethers.deployContract("TestWBTC"); // 8 decimals, on underlying 1
  const offices = {
    backOffice: await ethers.deployContract("BackOffice", [authority]),
    cashier: await ethers.deployContract("Cashier", [authority]),
    expiryDesk: await ethers.deployContract("ExpiryDesk", [authority]),
    lossDesk: await ethers.deployContract("LossDesk", [authority]),
    closeDesk: await ethers.deployContract("CloseDesk", [authority]),
  };
  const core = await ethers.deployContract("ClearingHouse", [
    authority,
    offices,
    { token: await usdc.getAddress(), underlying: 0, decimals: 6, cap: 10n ** 16n, minTopUp: 0 },
    {
      baseBps: 100,
      slopeBelowKinkBps: 400,
      slopeAboveKinkBps: 6_000,
      kinkBps: 8_000,
      reserveShareBps: 1_000,
      withdrawalLimitBps: 8_000,
    },
  ]);
  const address = await core.getAddress();
  const clearingHouse = await ethers.getContractAt("IClearingHouse", address);
  const risk = await deployRiskEngine(ethers, authority);
  await risk.setParameters(mutable(PARAMETERS));
  const marketData = await ethers.deployContract("MarketData", [authority]);
  const engine = await ethers.deployContract("LiquidationEngine", [address, authority, LIQUIDATION]);
  const poster = await ethers.deployContract("PostingModule", [address, authority]);
  for (const module of [engine, poster]) {
    await manager.getFunction("grantRole")(ADMIN_ROLE, await module.getAddress(), 0);
  }
  await clearingHouse.setRiskEngine(await risk.getAddress());
  await clearingHouse.setMarketData(await marketData.getAddress());

  const feeds: ScriptedFeed[] = [];
  for (let underlying = 0; underlying <= UNDERLYINGS; underlying++) {
    const feed = await ethers.deployContract("ScriptedFeed", [8, `U${underlying}`]);
    const price = underlying === 0 ? ONE : 1_000n * ONE;
    await feed.push(price, await networkHelpers.time.latest());
    await marketData.setFeed(underlying, {
      feed: await feed.getAddress(),
      heartbeat: 86_400,
      maxDeviationBps: 5_000,
      closedFromMinute: 0,
      closedUntilMinute: 0,
      minPrice: 1,
      maxPrice: 10n ** 14n,
    });
    feeds.push(feed);
    if (underlying === 0) continue;
    await clearingHouse.listPerpetual(underlying, {
      openInterestCap: 10n ** 15n,
      minPremiumNotional: 1_000_000,
      maxFundingRate: 1_000_000,
      convergenceHours: 8,
    });
  }
  await clearingHouse.listCollateral({
    token: await token.getAddress(),
    underlying: 1,
    decimals: 8,
    cap: MAX >> 66n,
    minTopUp: 0,
  });

  const accounts = {
    trader: accountId(trader!.address),
    maker: accountId(maker!.address),
    keeper: accountId(keeper!.address),
  };
  const deposit = async (owner: typeof trader, coin: typeof usdc | typeof token, amount: bigint) => {
    await coin.mint(owner!.address, amount);
    await coin.connect(owner).approve(await clearingHouse.vault(), amount);
    await clearingHouse.connect(owner).deposit(accountId(owner!.address), await coin.getAddress(), amount);
  };
  await deposit(maker, usdc, 10_000_000n * USD);
  await deposit(keeper, usdc, 1_000_000n * USD);

  return {
    clearingHouse,
    engine,
    accounts,
    keeper: keeper!,
    depositCash: (amount: bigint) => deposit(trader, usdc, amount),
    depositToken: (amount: bigint) => deposit(trader, token, amount),
    /** The trader buys (or sells) from the maker at the mark. */
    open: (legs: readonly (readonly [number, bigint])[]) =>
      poster.post(
        legs.map(([underlying, quantity]) => ({
          from: accounts.maker,
          to: accounts.trader,
          instrument: perpetual(underlying),
          quantity,
          quote: -(quantity * 1_000n * USD) / ONE,
        })),
      ),
    setPrices: async (price: bigint) => {
      const now = await networkHelpers.time.latest();
      for (const feed of feeds.slice(1)) await feed.push(price, now);
    },
    plan: async (shareBps: bigint): Promise<LiquidationPlan> => {
      const packed = await clearingHouse.portfolioOf(accounts.trader);
      const portfolio = decodePortfolio({
        cash: packed.cash,
        cashPrice: packed.cashPrice,
        exposures: [...packed.exposures],
        holdings: [...packed.holdings],
        surfaces: [...packed.surfaces],
        options: [...packed.options],
      });
      return planLiquidation({
        portfolio,
        assess: (p) => assess(p, PARAMETERS),
        shareBps,
        insuranceShareBps: LIQUIDATION.insuranceShareBps,
        targetBps: PARAMETERS.globals.liquidationTargetBps,
        decimals: new Map([[1, 8]]),
      })!;
    },
  };
}

function requestOf(plan: LiquidationPlan, account: string, liquidator: string) {
  return {
    account,
    liquidator,
    positions: [...plan.positions],
    collaterals: [...plan.collaterals],
    minReward: plan.reward.liquidator,
  };
}

const eightLongs = Array.from({ length: UNDERLYINGS }, (_, i) => [i + 1, 10n * ONE] as const);

describe("LiquidationEngine on the clearing house", () => {
  it("restores an account with eight perpetuals as planned", async () => {
    const h = await house();
    const { trader, keeper } = h.accounts;
    await h.depositCash(16_000n * USD);
    await h.open(eightLongs);
    await h.setPrices(880n * ONE);

    const before = await h.clearingHouse.marginOf(trader);
    expect(before.equity < before.maintenance).to.equal(true);
    const plan = await h.plan(100n);
    const keeperBefore = await h.clearingHouse.marginOf(keeper);
    const insuranceBefore = await h.clearingHouse.storedCashOf(INSURANCE);
    const tx = await h.engine.connect(h.keeper).liquidate(requestOf(plan, trader, keeper));
    expect((await tx.wait())!.gasUsed < 1_600_000n, "fits a block many times").to.equal(true);

    const after = await h.clearingHouse.marginOf(trader);
    expect(after.equity >= after.maintenance).to.equal(true);
    expect(after.equity * 10_000n <= after.maintenance * 12_500n).to.equal(true);
    expect(after.equity).to.equal(plan.after.equity);
    expect(after.maintenance).to.equal(plan.after.maintenance);
    const insurance = (await h.clearingHouse.storedCashOf(INSURANCE)) - insuranceBefore;
    expect(insurance).to.equal(plan.reward.insurance);
    // At the mark nobody gains but by the reward; each leg's quote rounds by less than a unit, twice.
    const gain = (await h.clearingHouse.marginOf(keeper)).equity - keeperBefore.equity;
    expect(gain).to.be.within(plan.reward.liquidator - 16n, plan.reward.liquidator);
    expect(await h.engine.flaggedAt(trader)).to.equal(0n);
  });

  it("takes everything of an account whose last equity is the reward", async () => {
    const h = await house();
    const { trader, keeper } = h.accounts;
    await h.depositCash(16_000n * USD);
    await h.open(eightLongs);
    // 80 contracts lose 199.50 each: 40 USD are left, less than a hundredth of the maintenance margin.
    await h.setPrices((80_050n * ONE) / 100n);

    const plan = await h.plan(100n);
    await h.engine.connect(h.keeper).liquidate(requestOf(plan, trader, keeper));
    const after = await h.clearingHouse.marginOf(trader);
    expect([after.equity, after.initial, after.maintenance]).to.deep.equal([0n, 0n, 0n]);
    expect(await h.clearingHouse.instrumentsOf(trader)).to.deep.equal([]);
    expect(plan.reward.gross).to.equal(40n * USD);
  });

  it("sells tokens, then closes positions, of a book on three underlyings", async () => {
    const h = await house();
    const { trader, keeper } = h.accounts;
    await h.depositToken(30n * ONE); // 30,000 USD on underlying 1
    await h.open([
      [1, 20n * ONE],
      [2, -10n * ONE],
      [3, 30n * ONE],
    ]);
    await h.setPrices(640n * ONE);
    const plan = await h.plan(100n);
    const tokens = {
      ...plan,
      positions: [],
      collaterals: [{ asset: 1, amount: 2n * ONE }],
      reward: { ...plan.reward, liquidator: 0n },
    };
    const before = await h.clearingHouse.marginOf(trader);
    const cash = await h.clearingHouse.cashOf(trader);
    await h.engine.connect(h.keeper).liquidate(requestOf(tokens, trader, keeper));
    const after = await h.clearingHouse.marginOf(trader);
    const gross = before.equity - after.equity;
    expect(gross).to.equal((before.maintenance - after.maintenance) / 100n);
    expect(await h.clearingHouse.cashOf(trader)).to.equal(cash + 1_280n * USD - gross);
    expect(await h.clearingHouse.collateralOf(keeper, 1)).to.equal(2n * ONE);
    const rest = await h.plan(await h.engine.rewardShareBps(trader));
    await h.engine.connect(h.keeper).liquidate(requestOf(rest, trader, keeper));
    const healed = await h.clearingHouse.marginOf(trader);
    expect(healed.equity >= healed.maintenance).to.equal(true);
  });
});

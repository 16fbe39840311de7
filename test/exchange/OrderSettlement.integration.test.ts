import { expect } from "chai";
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import AccessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json" with { type: "json" };
import { type BaseContract, MaxUint256 } from "ethers";
import { network } from "hardhat";
import { accountId, perpetual, systemAccounts } from "../../sdk/instruments.ts";
import {
  combinationOrder,
  encodeFill,
  type Order,
  type SettlementAddress,
  signOrder,
  singleLegOrder,
} from "../../sdk/orders/index.ts";
import { ONE, parsePrice, parseUsd } from "../../sdk/units.ts";
import type { IClearingHouse, OrderSettlement } from "../../typechain-types/index.ts";
import { METHOD_GLOBALS } from "../support/riskBooks.ts";
import { deployRiskEngine } from "../support/riskContracts.ts";
import { mutable } from "../support/riskEngine.ts";
import { deployFeed } from "../support/upstream.ts";

const PRICES = ["1", "3000", "60000", "150", "15"];
const MODULE_ROLE = 1n;
const FOREVER = (1n << 40n) - 1n;

/** The ledger with real prices, margin and fees, and two funded traders who each already hold nothing but cash. */
async function deploySystem(ethers: HardhatEthers) {
  const [admin, maker, taker, delegate] = await ethers.getSigners();
  const factory = await ethers.getContractFactory(AccessManager.abi, AccessManager.bytecode, admin);
  const manager = (await factory.deploy(admin!.address)) as BaseContract &
    Record<string, (...args: unknown[]) => Promise<unknown>>;
  const authority = await manager.getAddress();
  const usdc = await ethers.deployContract("TestUSDC");
  const offices = {
    backOffice: await ethers.deployContract("BackOffice", [authority]),
    cashier: await ethers.deployContract("Cashier", [authority]),
    expiryDesk: await ethers.deployContract("ExpiryDesk", [authority]),
    lossDesk: await ethers.deployContract("LossDesk", [authority]),
    closeDesk: await ethers.deployContract("CloseDesk", [authority]),
  };
  const cash = { token: usdc, underlying: 0, decimals: 6, cap: parseUsd("1000000000"), minTopUp: 0n };
  const curve = {
    baseBps: 0,
    slopeBelowKinkBps: 400,
    slopeAboveKinkBps: 6_000,
    kinkBps: 8_000,
    reserveShareBps: 1_000,
    withdrawalLimitBps: 8_000,
  };
  const ledger = await ethers.deployContract("ClearingHouse", [authority, offices, cash, curve]);
  const house = await ethers.getContractAt("IClearingHouse", await ledger.getAddress());
  const marketData = await ethers.deployContract("MarketData", [authority]);
  const engine = await deployRiskEngine(ethers, authority);
  const underlying = {
    scanRangeBps: 2_500n,
    basisBps: 50n,
    halfSpreadBps: 5n,
    sigmaDayBps: 400n,
    dailyVolumeUsd: 1_000_000_000n,
  };
  const underlyings = PRICES.slice(1).map(() => underlying);
  const correlations = [90n, 80n, 80n, 70n, 70n, 70n];
  await engine.setParameters(mutable({ globals: METHOD_GLOBALS, underlyings, correlations, collaterals: [] }));
  await house.setRiskEngine(engine);
  await house.setMarketData(marketData);

  const feeds = [];
  for (const [id, price] of PRICES.entries()) {
    const feed = await deployFeed(ethers, { decimals: 8, description: `U${id} / USD` });
    await feed.submit(parsePrice(price));
    feeds.push(feed);
    await marketData.setFeed(id, {
      feed: feed.proxy,
      heartbeat: 86_400,
      maxDeviationBps: 1_000,
      closedFromMinute: 0,
      closedUntilMinute: 0,
      minPrice: 1n,
      maxPrice: (1n << 63n) - 1n,
    });
    if (id === 0) continue;
    const marketTerms = {
      openInterestCap: 1_000_000n * ONE,
      minPremiumNotional: 1_000n,
      maxFundingRate: 100_000n,
      convergenceHours: 8n,
    };
    await house.listPerpetual(id, marketTerms);
  }

  const optionFees = { optionMakerBps: 3n, optionTakerBps: 4n, optionFeeCapBps: 1_250n };
  const fees = { makerBps: 2n, takerBps: 5n, priceBandBps: 500n, ...optionFees };
  const settlement = await ethers.deployContract("OrderSettlement", [house, authority, fees]);
  const modules = ["enter", "post", "freeze", "reportTrade", "spendDelegation"] as const;
  const selectors = modules.map((name) => house.interface.getFunction(name).selector);
  await manager.setTargetFunctionRole!(house, selectors, MODULE_ROLE);
  await manager.grantRole!(MODULE_ROLE, settlement, 0);

  for (const trader of [maker!, taker!]) {
    await usdc.mint(trader.address, parseUsd("100000"));
    await usdc.connect(trader).approve(await house.vault(), MaxUint256);
    await house.connect(trader).deposit(accountId(trader.address), usdc, parseUsd("100000"));
  }
  return { house, settlement, feeds, maker: maker!, taker: taker!, delegate: delegate! };
}

describe("OrderSettlement on the clearing house", () => {
  let system: Awaited<ReturnType<typeof deploySystem>>;
  let house: IClearingHouse;
  let settlement: OrderSettlement;
  let maker: HardhatEthersSigner;
  let taker: HardhatEthersSigner;
  let where: SettlementAddress;
  let makerAccount: string;
  let takerAccount: string;

  beforeEach(async () => {
    const { ethers } = await network.create();
    system = await deploySystem(ethers);
    ({ house, settlement, maker, taker } = system);
    where = { chainId: 31_337n, verifyingContract: await settlement.getAddress() };
    makerAccount = accountId(maker.address);
    takerAccount = accountId(taker.address);
  });

  const buy = (quantity: string, signer = maker.address): Order =>
    singleLegOrder({
      owner: maker.address,
      signer,
      expiry: FOREVER,
      instrument: perpetual(1),
      side: "buy",
      quantity,
      price: "3010",
    });

  const fill = async (order: Order, signer = maker, sender = taker) => {
    const signed = await signOrder(signer, order, where);
    const data = encodeFill(takerAccount, [{ ...signed, quantity: order.quantity }]);
    return sender.sendTransaction({ to: where.verifyingContract, data });
  };

  it("moves positions at the maker's price and fees to the fee account", async () => {
    await fill(buy("2"));
    const [made, taken] = [
      await house.positionOf(makerAccount, perpetual(1)),
      await house.positionOf(takerAccount, perpetual(1)),
    ];
    expect([made.quantity, made.quote]).to.deep.equal([2n * ONE, -parseUsd("6020")]);
    expect([taken.quantity, taken.quote]).to.deep.equal([-2n * ONE, parseUsd("6020")]);
    expect(await house.cashOf(makerAccount)).to.equal(parseUsd("99998.8"));
    expect(await house.cashOf(takerAccount)).to.equal(parseUsd("99997"));
    expect(await house.storedCashOf(systemAccounts.fees)).to.equal(parseUsd("4.2"));
  });

  it("feeds the trade into the premium", async () => {
    await fill(buy("2"));
    const [premium, notional] = await house.premiumWindow(perpetual(1));
    expect([premium, notional]).to.deep.equal([parseUsd("20"), parseUsd("6000")]);
  });

  it("checks both sides once, after the fill", async () => {
    // 200 ETH at a scan range of 25 % need more than 150,000 dollars.
    // The taker has its deposit, 10 dollars on each and less the fee of 5 bps.
    await expect(fill(buy("200")))
      .to.be.revertedWithCustomError(house, "InsufficientMargin")
      .withArgs(takerAccount, parseUsd("101700"), (required: bigint) => required > parseUsd("150000"));
    expect((await house.positionOf(makerAccount, perpetual(1))).quantity).to.equal(0n);
  });

  it("books the legs of a combination at the index and the rest as cash", async () => {
    const order = combinationOrder({
      owner: maker.address,
      expiry: FOREVER,
      legs: [
        { instrument: perpetual(1), ratio: "2" },
        { instrument: perpetual(2), ratio: "-0.1" },
      ],
      netPrice: "50",
    });
    await fill(order);
    expect((await house.positionOf(makerAccount, perpetual(2))).quote).to.equal(parseUsd("6000"));
    // 50 dollars and 2 bps of 12,000.
    expect(await house.cashOf(makerAccount)).to.equal(parseUsd("99947.6"));
    expect(await house.cashOf(takerAccount)).to.equal(parseUsd("100044"));
    expect((await house.premiumWindow(perpetual(1)))[0]).to.equal(0n);
  });

  it("works as one call of a batch", async () => {
    const signed = await signOrder(maker, buy("2"), where);
    const data = encodeFill(takerAccount, [{ ...signed, quantity: ONE }]);
    const call = { target: where.verifyingContract, data };
    await house.connect(taker).batch([call, call]);
    expect((await house.positionOf(takerAccount, perpetual(1))).quantity).to.equal(-2n * ONE);
  });

  it("holds delegates of both sides to their limits", async () => {
    const { delegate } = system;
    const grant = { canTrade: true, canWithdraw: false, expiry: FOREVER, maxSlippageBps: 36, maxDailyNotional: 6_000 };
    await house.connect(maker).setDelegation(delegate.address, grant);
    await house.connect(taker).setDelegation(delegate.address, grant);
    // The maker's delegate pays 10 of 3,000, that is 33.4 bps, and 2 bps of fee; rounded up together.
    await fill(buy("1", delegate.address), delegate, delegate);
    expect((await house.delegationOf(maker.address, delegate.address)).notionalLeft).to.equal(3_000n);
    expect((await house.delegationOf(taker.address, delegate.address)).notionalLeft).to.equal(3_000n);
    await expect(fill(buy("2", delegate.address), delegate))
      .to.be.revertedWithCustomError(house, "DelegationNotionalExceeded")
      .withArgs(delegate.address, 6_000n, 3_000n);
    await house.connect(maker).setDelegation(delegate.address, { ...grant, maxSlippageBps: 35 });
    await expect(fill(buy("1", delegate.address), delegate))
      .to.be.revertedWithCustomError(house, "DelegationSlippageExceeded")
      .withArgs(delegate.address, 36n, 35n);
  });

  it("refuses to act for a taker without a deposit", async () => {
    const { delegate } = system;
    const stranger = accountId(delegate.address);
    const signed = await signOrder(maker, buy("1"), where);
    const data = encodeFill(stranger, [{ ...signed, quantity: ONE }]);
    await expect(delegate.sendTransaction({ to: where.verifyingContract, data }))
      .to.be.revertedWithCustomError(house, "UnknownAccount")
      .withArgs(stranger);
  });
});

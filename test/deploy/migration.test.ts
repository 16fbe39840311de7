import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { ZeroAddress } from "ethers";
import type { RoleHolders } from "../../deploy/config/types.ts";
import {
  execute,
  type Operation,
  type Phase,
  replaceMarketData,
  replaceModule,
  replaceRiskEngine,
  schedule,
} from "../../deploy/migration.ts";
import type { HeldRole } from "../../deploy/roles.ts";
import { parseUsd } from "../../sdk/units.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { deployRiskEngine } from "../support/riskContracts.ts";
import { mutable } from "../support/riskEngine.ts";

const DAY = 86_400;
const DELAYS = {
  ADMIN: 3 * DAY,
  LISTING: DAY,
  RISK: DAY,
  GUARDIAN: 0,
  FEES: DAY,
  UPGRADE: 3 * DAY,
  SURFACE: 0,
  DEPTH: 0,
} as const;
const NOT_YET = 60;

describe("migration", () => {
  let house: House;
  let holders: Record<HeldRole, HardhatEthersSigner>;
  let stranger: HardhatEthersSigner;
  let alice: Trader;
  let bob: Trader;
  let carol: Trader;
  let wait: (seconds: number) => Promise<void>;
  let snapshot: { restore: () => Promise<void> };

  /** Ten ETH long at alice against bob; carol has cash. Roles are with six signers, the deployer has none. */
  async function openBooks() {
    const connection = await network.create();
    const signers = await connection.ethers.getSigners();
    const roles = Object.keys(DELAYS) as HeldRole[];
    const held = Object.fromEntries(roles.map((role, i) => [role, signers[10 + i]!])) as typeof holders;
    const deployed = await deployHouse(connection, {
      underlyings: { BTC: "8000", ETH: "200" },
      heartbeat: 14 * DAY,
      roles: Object.fromEntries(
        roles.map((role) => [role, { address: held[role].address, delay: DELAYS[role] }]),
      ) as unknown as RoleHolders,
    });
    const [, first, second, third, fourth] = signers;
    return {
      deployed,
      held,
      outsider: fourth!,
      a: await deployed.openAccount(first!, 0, { usdc: "1000" }),
      b: await deployed.openAccount(second!, 0, { usdc: "5000", weth: "5" }),
      c: await deployed.openAccount(third!, 0, { usdc: "50000" }),
      helpers: connection.networkHelpers,
    };
  }

  before(async () => {
    const { helpers, ...books } = await openBooks();
    ({ deployed: house, held: holders, outsider: stranger, a: alice, b: bob, c: carol } = books);
    wait = async (seconds) => void (await helpers.time.increase(seconds));
    await house.trade(alice, bob, "ETH", "10", "200");
    await house.trade(bob, alice, "BTC", "0.05", "8000");
    snapshot = await helpers.takeSnapshot();
  });

  beforeEach(() => snapshot.restore());

  const newEngine = async () => deployRiskEngine(house.connection.ethers, await house.accessManager.getAddress());

  const operationId = async ({ by, target, data }: Operation): Promise<string> =>
    house.accessManager.hashOperation(holders[by], target, data);

  /** Refused before it is announced and before the delay is over; done after it. */
  async function carryOut(phases: readonly Phase[]): Promise<void> {
    const { accessManager } = house;
    for (const phase of phases) {
      for (const operation of phase) {
        const { by, target, data } = operation;
        await expect(accessManager.connect(holders[by]).execute(target, data))
          .to.be.revertedWithCustomError(accessManager, "AccessManagerNotScheduled")
          .withArgs(await operationId(operation));
        await expect(accessManager.connect(stranger).schedule(target, data, 0))
          .to.be.revertedWithCustomError(accessManager, "AccessManagerUnauthorizedCall")
          .withArgs(stranger.address, target, data.slice(0, 10));
      }
      await schedule(accessManager, phase, holders);
      const longest = Math.max(...phase.map(({ by }) => DELAYS[by]));
      await wait(longest - NOT_YET - phase.length);
      const slow = phase.find(({ by }) => DELAYS[by] === longest)!;
      await expect(accessManager.connect(holders[slow.by]).execute(slow.target, slow.data))
        .to.be.revertedWithCustomError(accessManager, "AccessManagerNotReady")
        .withArgs(await operationId(slow));
      await wait(NOT_YET + phase.length);
      await execute(accessManager, phase, holders);
    }
  }

  const marginOf = async ({ account }: Trader) => {
    const { equity, initial, maintenance } = await house.clearingHouse.marginOf(account);
    return { equity, initial, maintenance };
  };

  /** Everything that traders do, through the modules that `current` names. */
  async function expectEverythingToWork(current: House): Promise<void> {
    const { clearingHouse, liquidation, markets, tokens } = current;
    const eth = markets.ETH!.instrument;
    await current.trade(alice, carol, "ETH", "1", "200");
    await current.setPrice("ETH", "190");
    await clearingHouse.settle([alice.account, bob.account, carol.account], eth);
    await clearingHouse
      .connect(carol.signer)
      .withdraw(carol.account, tokens.usdc, parseUsd("100"), carol.signer.address);
    await expect(liquidation.connect(carol.signer).flag(alice.account)).not.to.emit(liquidation, "LiquidationStarted");

    await current.setPrice("ETH", "115");
    const before = await marginOf(alice);
    expect(before.equity < before.maintenance && before.equity > 0n).to.equal(true);
    const request = {
      account: alice.account,
      liquidator: carol.account,
      positions: [{ instrument: eth, quantity: 100_000_000n }],
      collaterals: [],
      minReward: 0n,
    };
    await expect(liquidation.connect(carol.signer).liquidate(request)).to.emit(liquidation, "Liquidated");
    const after = await marginOf(alice);
    expect(after.equity - after.maintenance > before.equity - before.maintenance).to.equal(true);
  }

  describe("risk engine", () => {
    it("is replaced behind a delay, with every position margined the same by the same parameters", async () => {
      const before = [await marginOf(alice), await marginOf(bob)];
      const engine = await newEngine();
      await carryOut(await replaceRiskEngine(house, engine, mutable(house.config.risk)));

      expect(await house.clearingHouse.riskEngine()).to.equal(await engine.getAddress());
      expect([await marginOf(alice), await marginOf(bob)]).to.deep.equal(before);
      await expectEverythingToWork({ ...house, riskEngine: engine });
    });

    it("can ask for more margin, and so make an open book liquidatable", async () => {
      const before = await marginOf(alice);
      const { risk } = house.config;
      const stricter = {
        ...risk,
        underlyings: risk.underlyings.map((u) => ({ ...u, scanRangeBps: 2n * u.scanRangeBps })),
      };
      const engine = await newEngine();
      await carryOut(await replaceRiskEngine(house, engine, mutable(stricter)));
      const after = await marginOf(alice);
      expect(after.equity).to.equal(before.equity);
      expect(after.initial > before.initial).to.equal(true);
      await expectEverythingToWork(house);
    });
  });

  it("replaces the market data behind a delay, with the same prices on every position", async () => {
    const before = [await marginOf(alice), await marginOf(bob)];
    const next = await house.connection.ethers.deployContract("MarketData", [house.accessManager]);
    await carryOut(await replaceMarketData(house, next));

    expect(await house.clearingHouse.marketData()).to.equal(await next.getAddress());
    expect([await marginOf(alice), await marginOf(bob)]).to.deep.equal(before);
    // The registry writes to the new one now, and nobody else.
    const [feed] = await next.feedConfig(2);
    const { heartbeat, maxDeviationBps, closedFromMinute, closedUntilMinute, minPrice, maxPrice } = feed;
    const config = {
      feed: feed.feed,
      heartbeat,
      maxDeviationBps,
      closedFromMinute,
      closedUntilMinute,
      minPrice,
      maxPrice: maxPrice - 1n,
    };
    const listing = holders.LISTING;
    await expect(next.connect(listing).setFeed(2, config))
      .to.be.revertedWithCustomError(next, "AccessManagedUnauthorized")
      .withArgs(listing.address);
    const call = house.registry.interface.encodeFunctionData("setFeed", [2, config, "ETH / USD"]);
    const target = await house.registry.getAddress();
    await schedule(house.accessManager, [{ by: "LISTING", target, data: call }], holders);
    await wait(DAY);
    await execute(house.accessManager, [{ by: "LISTING", target, data: call }], holders);
    const [set] = await next.feedConfig(2);
    expect(set.maxPrice).to.equal(config.maxPrice);

    await expectEverythingToWork({ ...house, marketData: next });
  });

  it("replaces order settlement behind a delay; the old one cannot trade any more", async () => {
    const { clearingHouse, accessManager, config, connection } = house;
    const old = house.orders;
    const next = await connection.ethers.deployContract("OrderSettlement", [
      clearingHouse,
      accessManager,
      config.orders,
    ]);
    await expect(next.connect(alice.signer).fill(alice.account, [], 0n))
      .to.be.revertedWithCustomError(clearingHouse, "UnauthorizedModule")
      .withArgs(await next.getAddress());
    await carryOut(await replaceModule(house, "orders", next));

    await expect(house.trade(alice, bob, "ETH", "-1", "200"))
      .to.be.revertedWithCustomError(clearingHouse, "UnauthorizedModule")
      .withArgs(await old.getAddress());
    const data = old.interface.encodeFunctionData("fill", [alice.account, [], 0n]);
    await expect(clearingHouse.connect(alice.signer).batch([{ target: await old.getAddress(), data }]))
      .to.be.revertedWithCustomError(clearingHouse, "UnauthorizedModule")
      .withArgs(await old.getAddress());
    await expectEverythingToWork(await house.withOrders(next));
  });

  it("replaces liquidation behind a delay; the old one cannot take anything any more", async () => {
    const { clearingHouse, accessManager, config, connection } = house;
    const old = house.liquidation;
    const next = await connection.ethers.deployContract("LiquidationEngine", [
      clearingHouse,
      accessManager,
      config.liquidation,
    ]);
    await carryOut(await replaceModule(house, "liquidation", next));

    await expect(old.connect(carol.signer).flag(alice.account))
      .to.be.revertedWithCustomError(clearingHouse, "UnauthorizedModule")
      .withArgs(await old.getAddress());
    await expectEverythingToWork({ ...house, liquidation: next });
  });

  it("is stopped by the guardian while it is announced", async () => {
    const { accessManager, clearingHouse } = house;
    const engine = await newEngine();
    const data = clearingHouse.interface.encodeFunctionData("setRiskEngine", [await engine.getAddress()]);
    const operation: Operation = { by: "UPGRADE", target: await clearingHouse.getAddress(), data };
    await schedule(accessManager, [operation], holders);
    await accessManager.connect(holders.GUARDIAN).cancel(holders.UPGRADE, operation.target, data);
    await wait(3 * DAY);
    await expect(accessManager.connect(holders.UPGRADE).execute(operation.target, data))
      .to.be.revertedWithCustomError(accessManager, "AccessManagerNotScheduled")
      .withArgs(await operationId(operation));
  });

  it("refuses the holder of the upgrade role without announcement, also directly", async () => {
    const { clearingHouse, accessManager, riskEngine } = house;
    const data = clearingHouse.interface.encodeFunctionData("setRiskEngine", [await riskEngine.getAddress()]);
    const id = await operationId({ by: "UPGRADE", target: await clearingHouse.getAddress(), data });
    await expect(clearingHouse.connect(holders.UPGRADE).setRiskEngine(riskEngine))
      .to.be.revertedWithCustomError(accessManager, "AccessManagerNotScheduled")
      .withArgs(id);
  });

  it("refuses an engine that is none", async () => {
    const { clearingHouse, accessManager } = house;
    const data = clearingHouse.interface.encodeFunctionData("setRiskEngine", [ZeroAddress]);
    const operation: Operation = { by: "UPGRADE", target: await clearingHouse.getAddress(), data };
    await schedule(accessManager, [operation], holders);
    await wait(3 * DAY);
    await expect(execute(accessManager, [operation], holders)).to.be.revertedWithCustomError(
      accessManager,
      "FailedCall",
    );
    expect(await clearingHouse.riskEngine()).to.equal(await house.riskEngine.getAddress());
  });
});

import { expect } from "chai";
import { optionDesk } from "../../../deploy/local/options.ts";
import { option } from "../../../sdk/instruments.ts";
import { parseQuantity } from "../../../sdk/units.ts";
import { expectNear } from "../../support/near.ts";
import {
  type Cast,
  eventually,
  type KeeperBench,
  KEEPER,
  keeperBench,
  type KeeperSetting,
  leveragedTrader,
  setAutomine,
} from "../../support/keeper.ts";

const SECOND_KEEPER = 4;
const SELLER = 5;
/** The trader's 500 ether lose 17,500 USD: 12,490 are left, and 13,418 needed. */
const LOW = "165";

describe("keeper: liquidations", () => {
  let bench: KeeperBench;
  let cast: Cast;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.checkpoint();
  });
  afterEach(() => bench.reset());
  after(() => bench.close());

  /** Nothing but liquidations, so that every transaction is one. */
  const start = (setting: KeeperSetting = {}, own: Readonly<Record<string, unknown>> = {}) =>
    bench.start({ ...setting, only: "liquidations", own });
  const margin = (who: keyof Cast = "trader") => bench.house.clearingHouse.marginOf(cast[who].account);
  const sentBy = async (signer = KEEPER) => {
    const { ethers } = bench.house.connection;
    return ethers.provider.getTransactionCount((await ethers.getSigners())[signer]!.address, "pending");
  };
  const isHealthy = async (): Promise<boolean> => {
    const { equity, maintenance } = await margin();
    return equity >= maintenance;
  };

  it("brings an account back that a price made unhealthy, and leaves it alone after that", async () => {
    const k = await start();
    const before = await sentBy();
    await k.keeper.once();
    expect(await sentBy(), "nothing to liquidate yet").to.equal(before);

    await bench.house.setPrice("ETH", LOW);
    expect(await isHealthy()).to.equal(false);
    const liquidatorBefore = (await margin("liquidator")).equity;
    await k.keeper.once();

    const { equity, maintenance } = await margin();
    expect(equity >= maintenance).to.equal(true);
    expect(equity * 100n <= maintenance * 125n, "not past the target").to.equal(true);
    expect(await sentBy()).to.equal(before + 1);
    const gain = Number((await margin("liquidator")).equity - liquidatorBefore) / 1e6;
    expectNear(Number(await k.metric("reward_usd_total")), gain, 0.00001);
    expect(gain).to.be.above(1);

    await k.keeper.once();
    expect(await sentBy(), "healthy again").to.equal(before + 1);
    expect(await k.metric("unhealthy_accounts")).to.equal(0);
  });

  it("sends nothing in a dry run, and says what it would send", async () => {
    await bench.house.setPrice("ETH", LOW);
    const [before, health] = [await sentBy(), await margin()];
    const block = await bench.house.connection.ethers.provider.getBlockNumber();
    const k = await start({ dryRun: true });
    await k.keeper.once();

    expect(await sentBy()).to.equal(before);
    expect(await bench.house.connection.ethers.provider.getBlockNumber()).to.equal(block);
    expect(await margin()).to.deep.equal(health);
    const dry = k.lines.filter(({ outcome }) => outcome === "dry");
    expect(dry.map(({ label }) => label)).to.deep.equal([`1/1 of plan for ${cast.trader.account}`]);
  });

  it("takes up a transaction that was sent before a restart", async () => {
    const { ethers, networkHelpers } = bench.house.connection;
    await bench.house.setPrice("ETH", LOW);
    const before = await sentBy();
    await setAutomine(bench, false);
    const first = await start();
    await first.keeper.cycle();
    await eventually("the first keeper sends", async () => (await sentBy()) === before + 1);
    first.keeper.save();
    await first.close();

    const second = await start();
    const opened = second.lines.find(({ msg }) => msg === "opened");
    const accounts = Number(await bench.house.clearingHouse.accountCount());
    expect(opened).to.deep.include({ accounts, from: await ethers.provider.getBlockNumber() });
    await networkHelpers.mine();
    await second.keeper.once();
    await setAutomine(bench, true);
    expect(await isHealthy()).to.equal(true);
    expect(await sentBy(), "not sent twice").to.equal(before + 1);
    const resumed = second.lines.find(({ msg }) => msg === "transaction of an earlier run");
    expect(resumed).to.deep.include({ outcome: "mined", label: `1/1 of plan for ${cast.trader.account}` });
  });

  it("loses a race without harm", async () => {
    const { ethers, networkHelpers } = bench.house.connection;
    await bench.house.openAccount((await ethers.getSigners())[SECOND_KEEPER]!, 0, { usdc: "500000" });
    await bench.house.setPrice("ETH", LOW);
    await setAutomine(bench, false);
    const keepers = [await start(), await start({ signer: SECOND_KEEPER })];
    const before = [await sentBy(KEEPER), await sentBy(SECOND_KEEPER)];
    for (const [i, { keeper, lines }] of keepers.entries()) {
      await keeper.cycle();
      // The second may find out from the first one's transaction, which waits for a block, or be too late to see it.
      const signer = [KEEPER, SECOND_KEEPER][i]!;
      const decided = async () =>
        (await sentBy(signer)) === before[i]! + 1 || lines.some((l) => l["outcome"] !== undefined);
      await eventually("it is decided", decided);
    }
    await networkHelpers.mine();
    await setAutomine(bench, true);
    for (const { keeper } of keepers) await keeper.once();

    expect(await isHealthy()).to.equal(true);
    const events = await bench.house.liquidation.queryFilter(bench.house.liquidation.filters.Liquidated());
    expect(events.length, "once").to.equal(1);
    const errors = keepers.flatMap(({ lines }) => lines.filter(({ level }) => level === "error"));
    expect(errors).to.deep.equal([]);
    const lost = keepers.flatMap(({ lines }) =>
      lines.filter(({ msg }) => msg === "somebody else was first" || msg === "not needed any more"),
    );
    expect(lost.length).to.equal(1);
  });

  it("starts the clock when the reward is too small yet, and comes back when it has risen", async () => {
    const { networkHelpers } = bench.house.connection;
    await bench.house.setPrice("ETH", LOW);
    const k = await start({}, { minProfitUsd: 100 });
    await k.keeper.once();
    expect(await isHealthy()).to.equal(false);
    expect(await bench.house.liquidation.flaggedAt(cast.trader.account)).to.not.equal(0n);

    await networkHelpers.time.increase(600);
    await k.keeper.once();
    expect(await isHealthy()).to.equal(true);
    expect(await k.metric("reward_usd_total")).to.be.above(100);
  });

  it("does not send what its gas would make a loss", async () => {
    await bench.house.setPrice("ETH", LOW);
    // The reward is 31 USD; the gas costs hundreds at such a price of ether.
    const k = await start({ config: { gas: { maxFeeGwei: 100, native: { usd: 1_000_000 } } } });
    await k.keeper.once();
    expect(await isHealthy()).to.equal(false);
    const [line] = k.lines.filter(({ outcome }) => outcome === "unprofitable");
    expect(line).to.deep.include({ label: `1/1 of plan for ${cast.trader.account}`, msg: "not worth its gas" });
  });

  it("stops the clock of an account that recovered by itself", async () => {
    await bench.house.setPrice("ETH", LOW);
    await bench.house.liquidation.flag(cast.trader.account);
    await bench.house.setPrice("ETH", "200");
    const k = await start();
    await k.keeper.once();
    expect(await bench.house.liquidation.flaggedAt(cast.trader.account)).to.equal(0n);
    const before = await sentBy();
    await k.keeper.once();
    expect(await sentBy(), "once").to.equal(before);
  });

  it("takes less when its own account cannot carry the whole plan", async () => {
    const { ethers } = bench.house.connection;
    await bench.house.openAccount((await ethers.getSigners())[SECOND_KEEPER]!, 0, { usdc: "3500" });
    await bench.house.setPrice("ETH", LOW);
    const shortOf = async () => {
      const { equity, maintenance } = await margin();
      return maintenance - equity;
    };
    const before = await shortOf();
    const k = await start({ signer: SECOND_KEEPER }, { minProfitUsd: 0 });
    await k.keeper.once();
    const warned = k.lines.filter(({ msg }) => msg === "the liquidator's account cannot carry that much");
    expect(warned.map(({ divisor }) => divisor)).to.deep.equal([1]);
    expect(await shortOf()).to.be.below(before);
    expect(await k.metric("reward_usd_total")).to.be.above(0);
  });

  it("takes options, in lots, of an account that is short of them", async () => {
    const { house } = bench;
    const desk = optionDesk(house);
    const signer = (await house.connection.ethers.getSigners())[SELLER]!;
    const seller = await house.openAccount(signer, 0, { usdc: "3000" });
    const day = Math.floor((await house.connection.networkHelpers.time.latest()) / 86_400) * 24;
    const expiry = { underlying: 2, expiryHours: day + 24 + 8 };
    const calls = ["200", "220"].map((strike) => option(expiry, "call", strike));
    await desk.list(calls);
    await desk.postSurface(2, { volatility: 0.8 });
    for (const instrument of calls) {
      await desk.tradeLegs(seller, cast.maker, [{ instrument, ratio: -parseQuantity("25") }]);
    }
    const marginOf = () => house.clearingHouse.marginOf(seller.account);
    const before = await marginOf();
    expect(before.equity >= before.initial).to.equal(true);
    await house.setPrice("ETH", "245");
    await desk.postSurface(2, { volatility: 0.8 });
    const squeezed = await marginOf();
    expect([squeezed.equity > 0n, squeezed.equity < squeezed.maintenance]).to.deep.equal([true, true]);

    const k = await start();
    await k.keeper.once();
    const after = await marginOf();
    expect(after.equity - after.maintenance > squeezed.equity - squeezed.maintenance).to.equal(true);
    const taken = await house.liquidation.queryFilter(house.liquidation.filters.Liquidated(seller.account));
    const parts = taken.flatMap(({ args }) => args.positions.filter(({ instrument }) => calls.includes(instrument)));
    expect(parts.length).to.be.above(0);
    for (const { quantity } of parts) expect(quantity).to.be.below(0n);
  });

  it("reports an account without equity and, where auctions are not its business, does not touch it", async () => {
    await bench.house.setPrice("ETH", "130");
    const before = await sentBy();
    const k = await start({}, { auctions: false });
    await k.keeper.once();
    expect(await k.metric("exhausted_accounts")).to.equal(1);
    expect(k.lines.filter(({ msg }) => msg === "unhealthy")).to.deep.equal([]);
    expect(await sentBy()).to.equal(before);
  });
});

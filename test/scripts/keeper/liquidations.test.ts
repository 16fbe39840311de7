import { expect } from "chai";
import { type KeeperBench, keeperBench, leveragedTrader } from "../../support/keeper.ts";

describe("keeper: liquidations", () => {
  let bench: KeeperBench;
  beforeEach(async () => {
    bench = await keeperBench();
  });
  afterEach(() => bench.close());

  it("finds an account that a price made unhealthy, and brings it back", async () => {
    const { house } = bench;
    const { trader, liquidator } = await leveragedTrader(house);
    console.log(await house.clearingHouse.marginOf(trader.account));
    const k = await bench.start();
    await k.keeper.once();
    await house.setPrice("ETH", "165");
    console.log(await house.clearingHouse.marginOf(trader.account));
    await k.keeper.once();
    for (const l of k.lines) console.log(JSON.stringify(l));
    console.log(await house.clearingHouse.marginOf(trader.account), await house.clearingHouse.marginOf(liquidator.account));
    console.log(await k.metrics.registry.metrics());
    expect(1).to.equal(1);
  });
});

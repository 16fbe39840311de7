import { expect } from "chai";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import {
  findMissingSamples,
  type Margin,
  readMeasurements,
  readNextUpdate,
  send,
  updateVolatility,
} from "../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { expectNear } from "../support/near.ts";
import { readerOf, type TestReader } from "../support/reader.ts";

const HOUR = 3_600;
const PRICES = { BTC: 8_000, ETH: 200 } as const;
type Symbol = keyof typeof PRICES;

describe("measurements", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let trader: Trader;

  before(async () => {
    connection = await network.create();
    house = await deployHouse(connection, { underlyings: { BTC: "8000", ETH: "200" } });
    reader = await readerOf(house);
    const [, ...signers] = await connection.ethers.getSigners();
    const maker = await house.openAccount(signers[0]!, 0, { usdc: "100000" });
    trader = await house.openAccount(signers[1]!, 0, { usdc: "20000" });
    await house.trade(maker, trader, "BTC", "-1.5", "8000");
    await house.trade(maker, trader, "ETH", "40", "200");
  });
  after(() => connection.close());

  /** Some seconds after the next whole hour. */
  async function nextHour(): Promise<void> {
    const now = await connection.networkHelpers.time.latest();
    await connection.networkHelpers.time.increaseTo((Math.floor(now / HOUR) + 1) * HOUR + 5);
  }

  async function quote(factor: number): Promise<void> {
    for (const symbol of Object.keys(PRICES) as Symbol[]) {
      await house.setPrice(symbol, (PRICES[symbol] * factor).toFixed(2));
    }
  }

  async function feed(): Promise<void> {
    const address = await house.volatility.getAddress();
    for (const { underlying } of Object.values(house.markets)) {
      const now = BigInt(await connection.networkHelpers.time.latest());
      const ids = await findMissingSamples(reader, address, underlying, now);
      if (ids.length !== 0) await send(trader.signer, updateVolatility(address, underlying, ids));
    }
  }

  const marginOnChain = async (): Promise<Margin> => {
    const { equity, initial, maintenance, collateral } = await house.clearingHouse.marginOf(trader.account);
    return { equity, initial, maintenance, collateral };
  };
  const plain = ({ equity, initial, maintenance, collateral }: Margin): Margin => ({
    equity,
    initial,
    maintenance,
    collateral,
  });

  it("says that nothing was measured yet, and that no update is near", async () => {
    const { volatility, inForce } = await readMeasurements(reader, 1);
    expect(volatility.sampledAt).to.equal(0n);
    expect(inForce.scanRangeBps).to.equal(inForce.floorBps);
    const { present, nextHour: later, atTargets } = await readNextUpdate(reader, trader.account);
    expect(plain(present)).to.deep.equal(await marginOnChain());
    expect(later).to.deep.equal(present);
    expect(atTargets).to.deep.equal(present);
  });

  it("says by how much the next update moves a margin, and it does", async () => {
    for (let hour = 0; hour < 3; ++hour) {
      await nextHour();
      await quote(1);
      await feed();
    }
    await quote(1.12);
    const forecast = await readNextUpdate(reader, trader.account);
    expect(plain(forecast.present)).to.deep.equal(await marginOnChain());
    expect(forecast.nextHour.maintenance).to.be.greaterThan(forecast.present.maintenance);
    expect(forecast.atTargets.maintenance).to.be.greaterThan(forecast.nextHour.maintenance);

    await nextHour();
    await feed();
    // What rises waits for the first step of its ramp.
    expect(await marginOnChain()).to.deep.equal(plain(forecast.present));
    const { next, volatility, inForce } = await readMeasurements(reader, 1);
    expect(inForce.targetRangeBps).to.equal(volatility.targetRangeBps);
    expect(next.targetRangeBps).to.be.lessThan(volatility.targetRangeBps);

    await nextHour();
    await connection.networkHelpers.mine();
    expect(await marginOnChain()).to.deep.equal(plain(forecast.nextHour));
  });

  it("has the correlations that are published, and where they go", async () => {
    const { correlations } = await readMeasurements(reader, 2);
    const published = await house.riskEngine.correlation(1, 2);
    expect(correlations.published[0]).to.equal(Number(published) / 127);
    expect(correlations.published[1]).to.equal(1);
    expectNear(correlations.target[0]!, correlations.published[0]!, 0.5 / 127 + 1e-9);
  });
});

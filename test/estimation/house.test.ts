import { expect } from "chai";
import { network } from "hardhat";
import { readParameterFile } from "../../deploy/config/risk.ts";
import { findMissingSamples, updateVolatility } from "../../sdk/client/estimation.ts";
import { deployHouse, type House } from "../support/house.ts";

const { networkHelpers, ...connection } = await network.create();
const HOUR = 3_600;

const deploy = (): Promise<House> => deployHouse({ networkHelpers, ...connection });

/** Lets the hour end, and brings its round as any keeper would. */
async function nextHour(house: House, symbol: string): Promise<number> {
  const { underlying } = house.markets[symbol]!;
  const time = (Math.floor((await networkHelpers.time.latest()) / HOUR) + 1) * HOUR;
  await networkHelpers.time.increaseTo(time + 60);
  const { provider } = connection.ethers;
  const address = await house.volatility.getAddress();
  const ids = await findMissingSamples({ caller: provider }, address, underlying, BigInt(time + 60));
  const [, , , , keeper] = await connection.ethers.getSigners();
  await keeper!.sendTransaction(updateVolatility(address, underlying, ids));
  return time;
}

describe("a house with a volatility estimator", () => {
  it("is seeded with what its parameter file measured", async () => {
    const house = await networkHelpers.loadFixture(deploy);
    const { underlyings } = readParameterFile("event-2020-03.json");
    for (const [symbol, { underlying }] of Object.entries(house.markets)) {
      const { estimates } = underlyings.find((u) => u.symbol === symbol)!;
      const estimate = await house.volatility.estimate(underlying);
      for (const [measured, sigma] of [
        [estimates.sigmaDaily, estimate.sigmaDaily],
        [estimates.sigmaStress, estimate.sigmaStress],
        [estimates.sigmaLongRun, estimate.sigmaLongRun],
      ] as const) {
        expect(Number(sigma) / 1e6).to.be.within(measured, measured + 2.1e-6);
      }
    }
  });

  it("margins at the measured range, which the role's is the floor of, from the first sample on", async () => {
    const house = await networkHelpers.loadFixture(deploy);
    const { underlying } = house.markets.ETH!;
    const before = await house.riskEngine.rangeInForce(underlying);
    const time = await nextHour(house, "ETH");
    const { targetRangeBps, sigmaDaily } = await house.volatility.estimate(underlying);
    const range = await house.riskEngine.rangeInForce(underlying);
    // 3·(0.75·6.5855 % + 0.25·8.5709 %) = 21.25 %, as calibration found it.
    expect(targetRangeBps).to.equal(2_125n);
    expect(range.targetRangeBps).to.equal(targetRangeBps > before.floorBps ? targetRangeBps : before.floorBps);
    expect(range.volatilityFreshUntil).to.equal(BigInt(time + 6 * HOUR));
    expect(sigmaDaily).to.be.within(65_855n, 65_857n);
  });

  it("raises the range after a wild hour, along the ramp, and for this underlying only", async () => {
    const house = await networkHelpers.loadFixture(deploy);
    const { underlying } = house.markets.ETH!;
    const other = house.markets.BTC!.underlying;
    await nextHour(house, "ETH");
    const untouched = await house.riskEngine.rangeInForce(other);
    const calm = await house.riskEngine.rangeInForce(underlying);
    await house.setPrice("ETH", "180");
    await nextHour(house, "ETH");
    const wild = await house.riskEngine.rangeInForce(underlying);
    expect(wild.targetRangeBps).to.equal((await house.volatility.estimate(underlying)).targetRangeBps);
    expect(wild.targetRangeBps).to.be.greaterThan(calm.targetRangeBps);
    expect(wild.scanRangeBps).to.be.lessThan(wild.targetRangeBps);
    const now = await house.riskEngine.rangeInForce(other);
    expect(now.targetRangeBps).to.equal(untouched.targetRangeBps);
  });
});

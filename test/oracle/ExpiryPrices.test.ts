import { expect } from "chai";
import { network } from "hardhat";
import { findExpiryRound, proveExpiry } from "../../sdk/client/expiry.ts";
import { deployFeed, type Feed } from "../support/upstream.ts";

const { ethers, networkHelpers } = await network.create();

const ETH = 1;
const HOUR = 3_600;
const Fault = { WrongPhase: 1n, NotFirst: 4n, PhaseNotOver: 8n } as const;

const usd = (price: number): bigint => BigInt(price) * 10n ** 8n;
const id = (phase: bigint, round: bigint): bigint => (phase << 64n) | round;

async function deploy() {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const market = await ethers.deployContract("MarketData", [await manager.getAddress()]);
  const feed = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
  const next = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
  await feed.submit(usd(2_000));
  await market.setFeed(ETH, {
    feed: await feed.proxy.getAddress(),
    heartbeat: HOUR,
    maxDeviationBps: 1_500,
    closedFromMinute: 0,
    closedUntilMinute: 0,
    minPrice: usd(1),
    maxPrice: usd(100_000),
  });
  const expiry = (Math.floor((await networkHelpers.time.latest()) / HOUR) + 3) * HOUR;
  const bucket = (BigInt(ETH) << 24n) | BigInt(expiry / HOUR);
  const address = await market.getAddress();
  const find = () => findExpiryRound({ caller: ethers.provider }, address, bucket);
  /** Reports at a time of its own. */
  const submitAt = async (source: Feed, seconds: number, price: number) => {
    await networkHelpers.time.setNextBlockTimestamp(expiry + seconds);
    await source.submit(usd(price));
  };
  /** Puts the other aggregator behind the proxy, as its owner does. */
  const change = async () => {
    const aggregator = await next.aggregator.getAddress();
    await feed.proxy.proposeAggregator(aggregator);
    await feed.proxy.confirmAggregator(aggregator);
  };
  const settle = async () => {
    const proof = (await find())!;
    await admin!.sendTransaction(proveExpiry(address, bucket, proof));
    return { proof, price: await market.settlementPrice(bucket) };
  };
  return { market, feed, next, bucket, expiry, find, submitAt, change, settle };
}

describe("ExpiryPrices behind a genuine Chainlink proxy", () => {
  it("settles at the first round after the expiry, which the client finds among many", async () => {
    const { market, feed, bucket, find, submitAt, settle } = await networkHelpers.loadFixture(deploy);
    for (let i = 0; i < 20; i++) await submitAt(feed, -2_000 + i * 97, 2_001 + i);
    expect(await find()).to.equal(undefined);
    for (let i = 0; i < 12; i++) await submitAt(feed, 3 + i * 10, 2_100 + i);
    for (const [round, fault] of [
      [23n, Fault.NotFirst],
      [24n, Fault.NotFirst],
    ] as const) {
      await expect(market.proveExpiry(bucket, id(1n, round), []))
        .to.be.revertedWithCustomError(market, "WrongRound")
        .withArgs(bucket, id(1n, round), fault);
    }
    const { proof, price } = await settle();
    expect(proof).to.deep.equal({ roundId: id(1n, 22n), endedPhases: [] });
    expect(price).to.equal(usd(2_100));
  });

  it("settles in the new phase when the aggregator changed before the expiry and was seen", async () => {
    const { market, feed, next, bucket, submitAt, change, settle } = await networkHelpers.loadFixture(deploy);
    await submitAt(next, -600, 2_010);
    await change();
    await market.sync([ETH]);
    await submitAt(feed, 5, 1_900);
    await submitAt(next, 10, 2_020);
    await expect(market.proveExpiry(bucket, id(1n, 2n), []))
      .to.be.revertedWithCustomError(market, "WrongRound")
      .withArgs(bucket, id(1n, 2n), Fault.WrongPhase);
    const { proof, price } = await settle();
    expect(proof).to.deep.equal({ roundId: id(2n, 2n), endedPhases: [] });
    expect(price).to.equal(usd(2_020));
  });

  it("settles in the old phase when the aggregator changed after the expiry, whatever the new one had", async () => {
    const { market, feed, next, bucket, submitAt, change, settle } = await networkHelpers.loadFixture(deploy);
    await submitAt(next, -600, 1_900);
    await submitAt(feed, 10, 2_020);
    await submitAt(next, 20, 1_901);
    await change();
    await market.sync([ETH]);
    for (const ended of [[], [1n]]) {
      const [faulty, fault] = ended.length === 0 ? [id(2n, 2n), Fault.WrongPhase] : [id(1n, 2n), Fault.PhaseNotOver];
      await expect(market.proveExpiry(bucket, id(2n, 2n), ended))
        .to.be.revertedWithCustomError(market, "WrongRound")
        .withArgs(bucket, faulty, fault);
    }
    const { proof, price } = await settle();
    expect(proof).to.deep.equal({ roundId: id(1n, 2n), endedPhases: [] });
    expect(price).to.equal(usd(2_020));
  });

  it("goes on in the new phase when the old aggregator stopped before the expiry", async () => {
    const { feed, next, submitAt, change, settle } = await networkHelpers.loadFixture(deploy);
    await submitAt(feed, -900, 2_005);
    await submitAt(next, -600, 2_010);
    await change();
    await submitAt(next, 0, 2_020);
    const { proof, price } = await settle();
    expect(proof).to.deep.equal({ roundId: id(2n, 2n), endedPhases: [2n] });
    expect(price).to.equal(usd(2_020));
  });

  it("takes the first round of an aggregator that began after the expiry", async () => {
    const { next, submitAt, change, settle, find } = await networkHelpers.loadFixture(deploy);
    await change();
    // It has no round yet, and its proxy reverts.
    expect(await find()).to.equal(undefined);
    await submitAt(next, 30, 2_030);
    const { proof, price } = await settle();
    expect(proof).to.deep.equal({ roundId: id(2n, 1n), endedPhases: [1n] });
    expect(price).to.equal(usd(2_030));
  });

  it("does not take a failing connection for a missing round", async () => {
    const { market, bucket } = await networkHelpers.loadFixture(deploy);
    const address = await market.getAddress();
    const caller = {
      call: async (request: Parameters<typeof ethers.provider.call>[0]) => {
        if (request.to !== address) throw new Error("no connection");
        return ethers.provider.call(request);
      },
    };
    let message = "";
    await findExpiryRound({ caller }, address, bucket).catch((error: Error) => (message = error.message));
    expect(message).to.equal("no connection");
  });
});

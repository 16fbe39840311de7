import { expect } from "chai";
import { type ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import { deployFeed, type Feed } from "../support/upstream.ts";

const { ethers, networkHelpers } = await network.create();

const ETH = 1;
const HEARTBEAT = 3900;
const GUARD_BPS = 1500n;

/** As PriceStatus in contracts/types/MarketWord.sol. */
const Status = { Fresh: 1n, Closed: 2n, Stale: 3n, OutOfBounds: 4n, Unconfirmed: 5n, SequencerDown: 6n } as const;

/**
 * The first hours of the crash of 12 March 2020: hourly closes of ETH/USDT on Binance spot, in USDT, from the candle that
 * opened at 08:00 UTC to the one that opened at 12:00 UTC. One hour took 20.9 %.
 */
const CRASH_CLOSES = [169.54, 167.97, 132.91, 136.59, 136.99];

function usd(price: number): bigint {
  return BigInt(Math.round(price * 1e8));
}

interface Word {
  readonly price: bigint;
  readonly status: bigint;
  readonly updatedAt: bigint;
}

function decode(word: bigint | undefined): Word {
  if (word === undefined) throw new Error("no word");
  return { price: word & (2n ** 64n - 1n), status: (word >> 64n) & 0xffn, updatedAt: word >> 72n };
}

async function deployMarket(firstPrice: bigint) {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const market = await ethers.deployContract("MarketData", [await manager.getAddress()]);
  const feed = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
  const config = {
    feed: await feed.proxy.getAddress(),
    heartbeat: HEARTBEAT,
    maxDeviationBps: GUARD_BPS,
    closedFromMinute: 0,
    closedUntilMinute: 0,
    minPrice: usd(1),
    maxPrice: usd(100_000),
  };
  await feed.submit(firstPrice);
  await market.setFeed(ETH, config);

  const peek = async (): Promise<Word> => decode((await market.peek([ETH]))[0]);
  /** Syncs, and checks that it returns what was there to be seen before and after. */
  const sync = async (): Promise<Word> => {
    const before = await peek();
    await market.sync([ETH]);
    const after = await peek();
    expect(after).to.deep.equal(before);
    return after;
  };
  return { market, feed, config, peek, sync };
}

async function deployDefault() {
  return deployMarket(usd(200));
}

async function deployBeforeCrash() {
  return deployMarket(usd(CRASH_CLOSES[0]!));
}

async function timeOf(transaction: ContractTransactionResponse): Promise<bigint> {
  return BigInt((await transaction.getBlock())!.timestamp);
}

/** Puts the aggregator of `next` behind the proxy of `feed`, as its owner does. */
async function changeAggregator(feed: Feed, next: Feed): Promise<void> {
  const aggregator = await next.aggregator.getAddress();
  await feed.proxy.proposeAggregator(aggregator);
  await feed.proxy.confirmAggregator(aggregator);
}

describe("MarketData behind a genuine Chainlink proxy", () => {
  describe("setFeed", () => {
    it("reads decimals and description from the aggregator", async () => {
      const { market, feed, config } = await networkHelpers.loadFixture(deployDefault);
      await expect(market.setFeed(ETH, config))
        .to.emit(market, "FeedSet")
        .withArgs(ETH, Object.values(config), "ETH / USD", 8n);
      expect((await market.feedConfig(ETH)).config.feed).to.equal(await feed.proxy.getAddress());
    });

    it("refuses a feed that has no round yet, and a proxy without an aggregator", async () => {
      const { market, config } = await networkHelpers.loadFixture(deployDefault);
      const empty = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
      await expect(market.setFeed(ETH, { ...config, feed: await empty.proxy.getAddress() }))
        .to.be.revertedWithCustomError(market, "InvalidFeedConfig")
        .withArgs("no answer");
      const broken = await ethers.deployContract("EACAggregatorProxy", [ethers.ZeroAddress, ethers.ZeroAddress]);
      await expect(market.setFeed(ETH, { ...config, feed: await broken.getAddress() }))
        .to.be.revertedWithCustomError(market, "InvalidFeedConfig")
        .withArgs("decimals");
    });
  });

  describe("sync", () => {
    it("accepts a new round with the aggregator's time", async () => {
      const { market, feed, peek } = await networkHelpers.loadFixture(deployDefault);
      const updatedAt = await timeOf(await feed.submit(usd(210)));

      await expect(market.sync([ETH]))
        .to.emit(market, "PriceAccepted")
        .withArgs(ETH, usd(210), updatedAt);
      expect(await peek()).to.deep.equal({ price: usd(210), status: Status.Fresh, updatedAt });
      expect(await market.lastPrice(ETH)).to.deep.equal([usd(210), updatedAt]);
      await expect(market.sync([ETH])).not.to.emit(market, "PriceAccepted");
    });

    it("is stale when the heartbeat is over", async () => {
      const { market, peek } = await networkHelpers.loadFixture(deployDefault);
      const [, updatedAt] = await market.lastPrice(ETH);
      await networkHelpers.time.increaseTo(updatedAt + BigInt(HEARTBEAT));
      expect((await peek()).status).to.equal(Status.Fresh);
      await networkHelpers.time.increase(1);
      expect((await peek()).status).to.equal(Status.Stale);
    });

    it("survives a proxy whose owner takes the aggregator or the access away", async () => {
      const { market, feed, sync } = await networkHelpers.loadFixture(deployDefault);
      const [price, updatedAt] = await market.lastPrice(ETH);
      // A controller that cannot answer locks every reader out.
      await feed.proxy.setController(await market.getAddress());
      expect(await sync()).to.deep.equal({ price, status: Status.Stale, updatedAt });
      await feed.proxy.setController(ethers.ZeroAddress);
      expect((await sync()).status).to.equal(Status.Fresh);

      const empty = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
      await changeAggregator(feed, empty);
      expect(await sync()).to.deep.equal({ price, status: Status.Stale, updatedAt });
    });
  });

  describe("an aggregator change", () => {
    it("keeps the last good price while the new aggregator lags behind", async () => {
      const { market, feed, sync } = await networkHelpers.loadFixture(deployDefault);
      const next = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
      await next.submit(usd(195));
      const updatedAt = await timeOf(await feed.submit(usd(205)));
      await market.sync([ETH]);

      await changeAggregator(feed, next);
      expect(await feed.proxy.phaseId()).to.equal(2n);
      expect(await sync()).to.deep.equal({ price: usd(205), status: Status.Fresh, updatedAt });

      const later = await timeOf(await next.submit(usd(206)));
      expect(await sync()).to.deep.equal({ price: usd(206), status: Status.Fresh, updatedAt: later });
    });

    it("waits for the second round when the first one of a phase is a jump", async () => {
      const { market, feed, sync } = await networkHelpers.loadFixture(deployDefault);
      const [, listedAt] = await market.lastPrice(ETH);
      const next = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
      // The old phase ends with the same jump: its round is not the one before the first of the new phase.
      await feed.submit(usd(300));
      await changeAggregator(feed, next);
      await next.submit(usd(300));
      expect((await feed.proxy.latestRoundData()).roundId).to.equal(2n * 2n ** 64n + 1n);
      expect(await sync()).to.deep.equal({ price: usd(230), status: Status.Unconfirmed, updatedAt: listedAt });

      const updatedAt = await timeOf(await next.submit(usd(301)));
      expect(await sync()).to.deep.equal({ price: usd(301), status: Status.Fresh, updatedAt });
    });
  });

  describe("the crash of 12 March 2020", () => {
    it("is bounded for one round and accepted with the second", async () => {
      const { market, feed, sync } = await networkHelpers.loadFixture(deployBeforeCrash);
      const words: Word[] = [];
      for (const close of CRASH_CLOSES.slice(1)) {
        await networkHelpers.time.increase(3600);
        await feed.submit(usd(close));
        words.push(await sync());
      }

      const bounded = (usd(167.97) * (10_000n - GUARD_BPS)) / 10_000n;
      expect(words.map((word) => word.price)).to.deep.equal([usd(167.97), bounded, usd(136.59), usd(136.99)]);
      expect(words.map((word) => word.status)).to.deep.equal([
        Status.Fresh,
        Status.Unconfirmed,
        Status.Fresh,
        Status.Fresh,
      ]);
      expect((await market.lastPrice(ETH)).price).to.equal(usd(136.99));
    });

    it("is accepted by whoever syncs after two rounds without having seen the first", async () => {
      const { feed, sync } = await networkHelpers.loadFixture(deployBeforeCrash);
      for (const close of CRASH_CLOSES.slice(1, 4)) {
        await networkHelpers.time.increase(3600);
        await feed.submit(usd(close));
      }
      const word = await sync();
      expect(word.price).to.equal(usd(136.59));
      expect(word.status).to.equal(Status.Fresh);
    });
  });

  describe("gas", () => {
    /** Cold, without the 21,000 of the transaction. */
    async function gasOf(transaction: ContractTransactionResponse): Promise<bigint> {
      return (await transaction.wait())!.gasUsed - 21_000n;
    }

    it("reads one feed for less than 37,000 with a new round and 31,500 with a known one", async () => {
      const { market, feed } = await networkHelpers.loadFixture(deployDefault);
      await feed.submit(usd(210));
      const withWrite = await gasOf(await market.sync([ETH]));
      const withoutWrite = await gasOf(await market.sync([ETH]));
      expect(withWrite).to.be.lessThan(37_000n);
      expect(withoutWrite).to.be.lessThan(31_500n);
    });
  });
});

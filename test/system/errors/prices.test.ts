import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { fill, ONE, parsePrice } from "../../../sdk/index.ts";
import type { House, Trader } from "../../support/house.ts";
import type { TestReader } from "../../support/reader.ts";
import { expectRefusal, type Offer, offers, structOf, twoTraders } from "../../support/refusals.ts";

const DAY = 86_400;
const MINUTES_PER_WEEK = 10_080;
/** 1 January 1970 was a Thursday. */
const MINUTES_SINCE_MONDAY = 3 * 1_440;

describe("errors of prices", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let offer: Offer;
  let alice: Trader;
  let bob: Trader;

  /** A function of its own: `loadFixture` knows it again by that. */
  const open = () => twoTraders(connection);

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, alice, bob } = await connection.networkHelpers.loadFixture(open));
    offer = offers(house, reader);
  });

  /** Bob cannot buy, but may sell what he has: prices stop new risk only. */
  async function blocked(name: string, args: Record<string, unknown>, price = "200"): Promise<void> {
    const more = fill(reader.addresses, bob.account, [await offer(alice, "ETH", "-1", price)]);
    await expectRefusal(bob.signer, more, name, args);
    const less = fill(reader.addresses, bob.account, [await offer(alice, "ETH", "1", price)]);
    await bob.signer.call(less);
  }

  const underlying = () => BigInt(house.markets.ETH!.underlying);
  const hold = () => house.trade(alice, bob, "ETH", "-5", "200");

  it("StalePrice", async () => {
    await hold();
    const { updatedAt } = await house.marketData.lastPrice(underlying());
    await connection.networkHelpers.time.increase(DAY + 1);
    await connection.networkHelpers.mine();
    await blocked("StalePrice", { underlying: underlying(), updatedAt });
  });

  it("PriceOutOfBounds", async () => {
    await hold();
    await house.feeds.ETH!.submit(parsePrice("200000000"));
    await blocked("PriceOutOfBounds", { underlying: underlying(), lastGoodPrice: parsePrice("200") });
  });

  it("PriceUnconfirmed", async () => {
    await hold();
    await house.setPrice("ETH", "100", { once: true });
    const { config } = await house.marketData.feedConfig(underlying());
    const boundedPrice = (200n * ONE * (10_000n - config.maxDeviationBps)) / 10_000n;
    await blocked("PriceUnconfirmed", { underlying: underlying(), boundedPrice }, "157.5");
  });

  it("MarketClosed", async () => {
    await hold();
    const { config } = await house.marketData.feedConfig(underlying());
    const now = await connection.networkHelpers.time.latest();
    const minute = (Math.floor(now / 60) + MINUTES_SINCE_MONDAY) % MINUTES_PER_WEEK;
    const hours = {
      closedFromMinute: BigInt((minute + MINUTES_PER_WEEK - 60) % MINUTES_PER_WEEK),
      closedUntilMinute: BigInt((minute + 60) % MINUTES_PER_WEEK),
    };
    await house.registry.setFeed(underlying(), { ...structOf(config), ...hours }, "ETH / USD");
    await blocked("MarketClosed", { underlying: underlying() });
  });

  it("SequencerDown", async () => {
    await hold();
    const sequencer = await connection.ethers.deployContract("ScriptedFeed", [0, "uptime"]);
    await sequencer.push(1n, await connection.networkHelpers.time.latest());
    await house.marketData.setSequencerFeed(sequencer, 3_600);
    await blocked("SequencerDown", { underlying: underlying() });
  });

  it("CashDepegged", async () => {
    await hold();
    await house.setPrice("USDC", "0.94");
    await blocked("CashDepegged", { cashPrice: parsePrice("0.94") });
  });

  it("UnknownUnderlying, InvalidFeedConfig", async () => {
    await expectRefusal(bob.signer, house.marketData.peek.populateTransaction([15]), "UnknownUnderlying", {
      underlying: 15n,
    });
    const [admin] = await connection.ethers.getSigners();
    const { config } = await house.marketData.feedConfig(underlying());
    const call = house.registry.setFeed.populateTransaction(1, { ...structOf(config), heartbeat: 1n }, "ETH / USD");
    await expectRefusal(admin!, call, "InvalidFeedConfig", { reason: "heartbeat" });
  });
});

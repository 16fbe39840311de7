import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { optionDesk, type OptionDesk } from "../../../deploy/local/options.ts";
import {
  bucketOf,
  combinationOrder,
  fill,
  fillWhole,
  future,
  option,
  parseQuantity,
  settleExpiry,
  signOrder,
} from "../../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../../support/house.ts";
import { readerOf, type TestReader } from "../../support/reader.ts";
import { expectRefusal, FOREVER } from "../../support/refusals.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

describe("errors of the ledger about futures and options", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let desk: OptionDesk;
  let alice: Trader;
  let bob: Trader;
  let expiry: { underlying: number; expiryHours: number };

  async function open() {
    const opened = await deployHouse(connection);
    const [, first, second] = await connection.ethers.getSigners();
    const traders = {
      alice: await opened.openAccount(first!, 0, { usdc: "1000000" }),
      bob: await opened.openAccount(second!, 0, { usdc: "1000000" }),
    };
    // Tomorrow and the day after, 08:00 UTC, are on the calendar.
    const now = (await connection.ethers.provider.getBlock("latest"))!.timestamp;
    const on = { underlying: opened.markets.ETH!.underlying, expiryHours: Math.floor(now / DAY) * 24 + 8 + 24 };
    const options = optionDesk(opened);
    await options.list([option(on, "call", "200"), option(on, "put", "200")]);
    await options.postSurface(on.underlying, { volatility: 0.8 });
    return { house: opened, reader: await readerOf(opened), desk: options, expiry: on, ...traders };
  }

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, desk, expiry, alice, bob } = await connection.networkHelpers.loadFixture(open));
  });

  const call = () => option(expiry, "call", "200");
  const bucket = () => bucketOf(future(expiry));

  /** Bob fills all of an order that alice signs for one combination of these legs. */
  async function offer(legs: readonly { instrument: bigint; ratio: bigint }[], netPrice: string) {
    const order = combinationOrder({
      owner: alice.signer.address,
      subaccount: alice.number,
      legs,
      netPrice,
      expiry: FOREVER,
    });
    const where = { chainId: 31_337, verifyingContract: reader.addresses.orders };
    return fill(reader.addresses, bob.account, [fillWhole(await signOrder(alice.signer, order, where))]);
  }

  it("QuantityNotInLots", async () => {
    const { lotExponent } = await house.clearingHouse.expiryTerms(bucket());
    const lot = 10n ** lotExponent;
    const quantity = parseQuantity("1") + lot / 2n;
    const args = { instrument: call(), quantity: -quantity, lot };
    await expectRefusal(bob.signer, offer([{ instrument: call(), ratio: quantity }], "6"), "QuantityNotInLots", args);
  });

  it("VegaCapExceeded", async () => {
    const terms = await house.clearingHouse.expiryTerms(bucket());
    const { lotExponent, openInterestCap } = terms;
    const [admin] = await connection.ethers.getSigners();
    const set = house.clearingHouse.connect(admin);
    await (await set.setExpiryTerms(bucket(), { lotExponent, openInterestCap, vegaCap: 1n })).wait();
    const attempt = await offer([{ instrument: call(), ratio: parseQuantity("1") }], "6");
    const { timestamp } = (await connection.ethers.provider.getBlock("latest"))!;
    // 0.4 · 200 · √T for one contract, rounded up to whole dollars; a day at least.
    const left = Math.max(expiry.expiryHours * HOUR - timestamp, DAY);
    const vega = BigInt(Math.ceil(0.4 * 200 * Math.sqrt(left / (365 * DAY))));
    await expectRefusal(bob.signer, attempt, "VegaCapExceeded", { bucket: bucket(), vega, cap: 1n });
  });

  it("StaleSurface", async () => {
    const [word] = await house.marketData.surfaces([bucket()]);
    const updatedAt = (word! >> 96n) & ((1n << 40n) - 1n);
    const attempt = await offer([{ instrument: call(), ratio: parseQuantity("1") }], "6");
    await connection.networkHelpers.time.increase(5 * HOUR);
    await expectRefusal(bob.signer, attempt, "StaleSurface", { bucket: bucket(), updatedAt });
  });

  it("MarketExpired, SettlementPriceUnknown", async () => {
    const attempt = await offer([{ instrument: call(), ratio: parseQuantity("1") }], "6");
    const early = settleExpiry(reader.addresses, [alice.account], bucket());
    await expectRefusal(bob.signer, early, "SettlementPriceUnknown", { bucket: bucket() });
    await connection.networkHelpers.time.increaseTo(expiry.expiryHours * HOUR);
    await expectRefusal(bob.signer, attempt, "MarketExpired", { instrument: call() });
    await expectRefusal(bob.signer, early, "SettlementPriceUnknown", { bucket: bucket() });
  });

  it("TooManyExpiries", async () => {
    const [admin] = await connection.ethers.getSigners();
    const terms = { lotExponent: 6n, openInterestCap: 10n ** 15n, vegaCap: 10n ** 6n };
    const expiries = Array.from({ length: 25 }, (_, i) => ({ ...expiry, expiryHours: expiry.expiryHours + 1 + i }));
    for (const { underlying, expiryHours } of expiries) {
      await (await house.registry.connect(admin).listExpiryOffGrid(underlying, expiryHours, terms)).wait();
    }
    await desk.postSurface(expiry.underlying, { volatility: 0.8 });
    const legs = expiries.map((on) => ({ instrument: future(on), ratio: parseQuantity("0.1") }));
    for (let i = 0; i < 24; i += 8) await (await desk.tradeLegs(alice, bob, legs.slice(i, i + 8))).wait();
    // The taker's side is posted first.
    await expectRefusal(bob.signer, offer([legs[24]!], "20"), "TooManyExpiries", {
      account: bob.account,
      maximum: 24n,
    });
  });
});

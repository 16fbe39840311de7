/**
 * Margins are checked when a batch ends. What an account looks like in the middle of one must not decide about what is taken from it,
 * nor about what others pay for it.
 */
import { expect } from "chai";
import { accountId, systemAccounts } from "../../sdk/instruments.ts";
import { fillWhole, signOrder, singleLegOrder } from "../../sdk/orders/index.ts";
import { formatPrice, parseQuantity, parseUsd } from "../../sdk/units.ts";
import { ROLES } from "../../deploy/roles.ts";
import { type House, newHouse, type Trader } from "../support/house.ts";

const MINUTE = 60;
const CASH_REASON_INTERNAL = 2;
const ANY_COST = (1n << 255n) - 1n;
const INSURED = parseUsd("20000");

interface Call {
  target: string;
  data: string;
}

describe("One batch", () => {
  let house: House;
  let saver: Trader;
  let loser: Trader;
  let friend: Trader;
  let maker: Trader;
  let nonce = 1_000n;
  let snapshot: { restore: () => Promise<void> };

  /** The loser and the friend have 10 USD each, the saver 100,000, the insurance account 20,000. */
  before(async () => {
    house = await newHouse();
    const [, a, b, c, d, e] = await house.connection.ethers.getSigners();
    maker = await house.openAccount(a!, 0, { usdc: "5000000" });
    saver = await house.openAccount(b!, 0, { usdc: "100000" });
    loser = await house.openAccount(c!, 0, { usdc: "10" });
    friend = await house.openAccount(d!, 0, { usdc: "10" });
    const donor = await house.openAccount(e!, 0, { usdc: "20000" });
    const { ethers } = house.connection;
    const module = await ethers.deployContract("PostingModule", [house.clearingHouse, house.accessManager]);
    await house.accessManager.grantRole(ROLES.MODULE, module, 0);
    await module.postCash([
      { from: donor.account, to: systemAccounts.insurance, amount: INSURED, reason: CASH_REASON_INTERNAL },
    ]);
    snapshot = await house.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const equity = async (of: Trader): Promise<bigint> => (await house.clearingHouse.marginOf(of.account)).equity;
  const insurance = (): Promise<bigint> => house.clearingHouse.storedCashOf(systemAccounts.insurance);
  const wait = (seconds: number) => house.connection.networkHelpers.time.increase(seconds);

  /** An order of the maker, positive to buy, with the taker's call that fills it. */
  async function order(of: Trader, quantity: bigint, price: string) {
    const { ethers } = house.connection;
    const [latest, network] = await Promise.all([ethers.provider.getBlock("latest"), ethers.provider.getNetwork()]);
    const signed = await signOrder(
      of.signer,
      singleLegOrder({
        owner: of.signer.address,
        subaccount: of.number,
        instrument: house.markets["ETH"]!.instrument,
        side: quantity < 0n ? "sell" : "buy",
        quantity: String(quantity < 0n ? -quantity : quantity),
        price,
        expiry: latest!.timestamp + 3_600,
        nonce: ++nonce,
        epoch: 0n,
      }),
      { chainId: network.chainId, verifyingContract: await house.orders.getAddress() },
    );
    const { order: o, signature, quantity: all } = fillWhole(signed);
    return { order: { ...o, legs: [...o.legs] }, signature, quantity: all };
  }
  const fill = async (taker: Trader, fills: Awaited<ReturnType<typeof order>>[]): Promise<Call> => ({
    target: await house.orders.getAddress(),
    data: house.orders.interface.encodeFunctionData("fill", [taker.account, fills, ANY_COST]),
  });
  const take = (from: Trader, quantity: string) => ({
    account: from.account,
    liquidator: friend.account,
    positions: [{ instrument: house.markets["ETH"]!.instrument, quantity: parseQuantity(quantity) }],
    collaterals: [],
    minReward: 0n,
  });
  const onAuction = async (name: "start" | "coverDeficit" | "deleverage"): Promise<Call> => ({
    target: await house.auction.getAddress(),
    data: house.auction.interface.encodeFunctionData(name as "start", [loser.account]),
  });
  const bid = async (quantity: string): Promise<Call> => ({
    target: await house.auction.getAddress(),
    data: house.auction.interface.encodeFunctionData("bid", [take(loser, quantity)]),
  });
  const liquidation = async (quantity: string): Promise<Call> => ({
    target: await house.liquidation.getAddress(),
    data: house.liquidation.interface.encodeFunctionData("liquidate", [take(loser, quantity)]),
  });
  const batch = (by: Trader, calls: Call[]) => house.clearingHouse.connect(by.signer).batch(calls);

  /** Long 500 ether at 200 USD on 30,000 USD; the price falls to `price`. */
  async function sink(price: string): Promise<void> {
    await house.deposit(loser, { usdc: "29990" });
    await house.deposit(friend, { usdc: "500000" });
    await house.trade(loser, maker, "ETH", "500");
    await house.setPrice("ETH", price);
  }

  describe("who pays", () => {
    it("covers no loss that the same batch made", async () => {
      // 1,000 ether bought 5 % above the mark and sold 5 % below it, with 10 USD of margin.
      const both = [await order(friend, -1_000n, "210"), await order(friend, 1_000n, "190")];
      const calls = [await fill(loser, both), await onAuction("coverDeficit")];
      await expect(batch(loser, calls)).to.be.revertedWithCustomError(house.auction, "NotAlone");
      expect(await house.clearingHouse.openDeficit()).to.equal(0n);
    });

    it("sells no slice of an account that the batch changed", async () => {
      await sink("140");
      expect(await equity(loser)).to.be.lessThan(0n);
      await house.auction.start(loser.account);
      // All but one to the friend at 5 % below the mark, then the last one with the hole that this made.
      const calls = [await fill(friend, [await order(loser, -499n, "133.1")]), await bid("1")];
      await expect(batch(friend, calls))
        .to.be.revertedWithCustomError(house.clearingHouse, "AccountInBatch")
        .withArgs(loser.account);
      expect(await insurance()).to.equal(INSURED);
    });

    it("closes against the other side only as a batch of its own", async () => {
      await sink("110");
      await house.auction.start(loser.account);
      await house.clearingHouse.announceDeleveraging(loser.account);
      await wait(5 * MINUTE);
      await expect(batch(friend, [await onAuction("deleverage")])).to.be.revertedWithCustomError(
        house.auction,
        "NotAlone",
      );
    });
  });

  describe("clocks", () => {
    it("start for what an account is, not for a moment", async () => {
      await house.deposit(loser, { usdc: "29990" });
      await house.trade(loser, maker, "ETH", "500");
      const usdc = await house.tokens.usdc.getAddress();
      const other = accountId(loser.signer.address, 1);
      const move = async (from: string, to: string): Promise<Call> => ({
        target: await house.clearingHouse.getAddress(),
        data: house.clearingHouse.interface.encodeFunctionData("transfer", [from, to, usdc, parseUsd("29990")]),
      });
      const flag = {
        target: await house.liquidation.getAddress(),
        data: house.liquidation.interface.encodeFunctionData("flag", [loser.account]),
      };
      for (const call of [flag, await onAuction("start")]) {
        const calls = [await move(loser.account, other), call, await move(other, loser.account)];
        await expect(batch(loser, calls)).to.be.revertedWithCustomError(house.auction, "NotAlone");
      }
      expect(await house.liquidation.flaggedAt(loser.account)).to.equal(0n);
      expect(await house.auction.startedAt(loser.account)).to.equal(0n);
    });
  });

  describe("totals", () => {
    it("that the batch moves for a moment make nobody unhealthy", async () => {
      await sink("180");
      let price = parseQuantity("180");
      for (let step = parseQuantity("10"); step >= parseQuantity("0.01");) {
        await house.setPrice("ETH", formatPrice(price - step));
        const m = await house.clearingHouse.marginOf(loser.account);
        if (m.equity >= m.maintenance) price -= step;
        else step /= 10n;
      }
      await house.setPrice("ETH", formatPrice(price));
      const m = await house.clearingHouse.marginOf(loser.account);
      expect(m.equity).to.be.greaterThanOrEqual(m.maintenance);
      const at = formatPrice(price);
      const calls = [
        await fill(friend, [await order(maker, -20_000n, at)]),
        await liquidation("10"),
        await fill(friend, [await order(maker, 20_000n, at)]),
      ];
      await expect(batch(friend, calls))
        .to.be.revertedWithCustomError(house.liquidation, "NotLiquidatable")
        .withArgs(loser.account, m.equity, m.maintenance);
    });
  });

  describe("prices", () => {
    it("that wait for their second round let nobody withdraw who takes something over", async () => {
      await sink("180");
      await house.trade(friend, maker, "ETH", "3000");
      // Counts as 142 until the second round.
      await house.setPrice("ETH", "60", { once: true });
      const usdc = await house.tokens.usdc.getAddress();
      const withdraw = {
        target: await house.clearingHouse.getAddress(),
        data: house.clearingHouse.interface.encodeFunctionData("withdraw", [
          friend.account,
          usdc,
          parseUsd("200000"),
          friend.signer.address,
        ]),
      };
      const taking = await liquidation("1");
      await expect(batch(friend, [withdraw])).to.be.revertedWithCustomError(house.clearingHouse, "PriceUnconfirmed");
      await expect(batch(friend, [taking, withdraw])).to.be.revertedWithCustomError(
        house.clearingHouse,
        "PriceUnconfirmed",
      );
      await batch(friend, [taking]);
      expect(await house.clearingHouse.quantityOf(friend.account, house.markets["ETH"]!.instrument)).to.equal(
        parseQuantity("3001"),
      );
    });
  });

  after(async () => {
    expect(await equity(saver)).to.equal(parseUsd("100000"));
  });
});

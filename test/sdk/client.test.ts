import { expect } from "chai";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import {
  ALL,
  approve,
  batch,
  cancel,
  checkOrder,
  CounterpoiseError,
  deposit,
  depositWithPermit,
  fill,
  fillWhole,
  flag,
  HouseError,
  readNames,
  readParameters,
  readPortfolio,
  send,
  settle,
  signPermit,
  singleLegOrder,
  signOrder,
  transfer,
  readWhatIf,
  withdraw,
} from "../../sdk/index.ts";
import { accountId, liquidationPrices, assess, ONE, parsePrice, parseUsd, summary } from "../../sdk/index.ts";
import type { Margin, ParameterSet } from "../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { readerOf, type TestReader } from "../support/reader.ts";

const HOUR = 3_600;
const FOREVER = 2 ** 32;
const CENT = ONE / 100n;
const ZERO = "0x0000000000000000000000000000000000000000";

/** Hedged, directional and indebted accounts; funding and interest run. */
async function openBooks(connection: NetworkConnection) {
  const house = await deployHouse(connection, { underlyings: { BTC: "8000", ETH: "200", LINK: "4" } });
  const [, ...signers] = await connection.ethers.getSigners();
  const maker = await house.openAccount(signers[0]!, 0, { usdc: "100000" });
  const directional = await house.openAccount(signers[1]!, 0, { usdc: "20000" });
  const hedged = await house.openAccount(signers[2]!, 5, { usdc: "9000", weth: "40.123456789012345678" });
  const indebted = await house.openAccount(signers[3]!, 1, { usdc: "2500", wbtc: "1.5" });
  const cashOnly = await house.openAccount(signers[4]!, 0, { usdc: "100" });
  const empty: Trader = { signer: signers[5]!, number: 9n, account: accountId(signers[5]!.address, 9n) };

  // Above the index, so that longs pay funding.
  await house.trade(maker, directional, "BTC", "-3", "8035.5");
  await house.trade(maker, directional, "LINK", "500.12345678", "3.99");
  await house.trade(maker, hedged, "ETH", "35.7", "200.4");
  await house.trade(maker, hedged, "BTC", "-0.5", "8020");
  await house.trade(maker, indebted, "BTC", "-2.25", "8035");
  await connection.networkHelpers.time.increase(2 * HOUR + 1_234);
  await house.setPrice("BTC", "6200.12345678");
  await house.setPrice("ETH", "171.98765432");
  const { instrument } = house.markets.BTC!;
  // The loss takes the account's cash below zero, against its WBTC.
  await house.clearingHouse.settle([indebted.account, maker.account], instrument);
  await connection.networkHelpers.time.increase(30 * 24 * HOUR);
  for (const [symbol, price] of [
    ["BTC", "6311.5"],
    ["ETH", "180.25"],
    ["LINK", "4.2"],
    ["USDC", "1"],
  ] as const) {
    await house.setPrice(symbol, price);
  }
  await house.trade(maker, directional, "BTC", "-0.1", "6320");
  await connection.networkHelpers.time.increase(HOUR + 17);
  await connection.networkHelpers.mine();
  const reader = await readerOf(house);
  const traders = { maker, directional, hedged, indebted, cashOnly, empty };
  return { house, reader, parameters: await readParameters(reader), ...traders, traders: Object.values(traders) };
}

/** What the contract says, as the SDK says it. */
const plain = (margin: Margin): Margin => {
  const { equity, initial, maintenance, collateral } = margin;
  return { equity, initial, maintenance, collateral };
};

describe("client", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let parameters: ParameterSet;
  let books: Awaited<ReturnType<typeof openBooks>>;
  let open: () => ReturnType<typeof openBooks>;

  before(async () => {
    connection = await network.create();
    open = () => openBooks(connection);
  });

  beforeEach(async () => {
    books = await connection.networkHelpers.loadFixture(open);
    ({ house, reader, parameters } = books);
  });

  const at = (): { blockTag: "latest" } => ({ blockTag: "latest" });

  describe("readPortfolio", () => {
    it("gives the chain's margin to the last unit, whatever the account holds", async () => {
      expect(await house.clearingHouse.storedCashOf(books.indebted.account)).to.be.lessThan(0n);
      for (const { account } of books.traders) {
        const portfolio = await readPortfolio(reader, account, at());
        expect(assess(portfolio, parameters)).to.deep.equal(plain(await house.clearingHouse.marginOf(account)));
      }
    });

    it("still does when prices have moved, feeds are stale and the cash token has lost its peg", async () => {
      await house.setPrice("BTC", "5000");
      await house.setPrice("USDC", "0.97");
      await connection.networkHelpers.time.increase(2 * 24 * HOUR);
      await house.setPrice("ETH", "150");
      await connection.networkHelpers.mine();
      for (const { account } of books.traders) {
        const portfolio = await readPortfolio(reader, account, at());
        expect(assess(portfolio, parameters)).to.deep.equal(plain(await house.clearingHouse.marginOf(account)));
      }
    });

    it("says so where there is no clearing house", async () => {
      const nowhere = { ...reader, addresses: { clearingHouse: ZERO } };
      const error = await readPortfolio(nowhere, books.maker.account).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(HouseError);
      expect((error as Error).message).to.equal(
        `The contract at ${ZERO} does not answer portfolioOf: check the address and the chain.`,
      );
    });
  });

  describe("summary", () => {
    it("gives the figures of the lens", async () => {
      for (const { account } of books.traders) {
        const figures = summary(await readPortfolio(reader, account, at()), parameters);
        const lens = await house.lens.summary(account);
        expect(figures.healthBps ?? 2n ** 256n - 1n).to.equal(lens.healthBps);
        expect([figures.free, figures.isolated, figures.portfolioMargin, figures.gainBps]).to.deep.equal([
          lens.free,
          lens.isolated,
          lens.portfolioMargin,
          lens.gainBps,
        ]);
      }
    });
  });

  describe("readWhatIf", () => {
    const trades = () => [
      { instrument: house.markets.ETH!.instrument, quantity: -3n * ONE, price: parsePrice("181.11") },
      { instrument: house.markets.LINK!.instrument, quantity: 1234n * ONE },
    ];

    it("gives what the lens gives, for every account", async () => {
      const { usdc, weth, wbtc } = house.tokens;
      const flows = await Promise.all(
        [usdc, weth, wbtc, usdc, weth].map(async (token, i) => ({
          token: await token.getAddress(),
          amount: [-5n, 7n ** 19n, 99n, 3n, -(7n ** 18n)][i]!,
        })),
      );
      const asked = trades().map((trade) => ({ price: 0n, ...trade }));
      for (const { account } of books.traders) {
        const answer = await readWhatIf(reader, account, { trades: trades(), flows }, parameters);
        const [before, afterwards] = await house.lens.whatIf(account, asked, flows);
        expect([answer.before, answer.after]).to.deep.equal([plain(before), plain(afterwards)]);
      }
    });

    it("foretells a trade: only the fee and the new open interest are left out", async () => {
      const { hedged, maker } = books;
      const trade = { instrument: house.markets.ETH!.instrument, quantity: ONE, price: parsePrice("180.25") };
      // Positive cash counts with interest up to the last accrual; what the trade's own accrual adds is a second's worth.
      await house.clearingHouse.accrueInterest();
      const { after } = await readWhatIf(reader, hedged.account, { trades: [trade] }, parameters);
      await house.trade(hedged, maker, "ETH", "1", "180.25");
      const [fees, price] = [await house.orders.fees(), await house.priceOf("ETH")];
      const fee = (fees.makerBps * price + 999_999n) / 1_000_000n; // one contract, from 8 + 4 to 6 decimals, up
      const done = await house.clearingHouse.marginOf(hedged.account);
      // The hedged account is short 34.7 of ETH before and covers, so open interest falls and with it the requirement.
      const lost = after.equity - done.equity;
      expect(lost >= fee - 1_000n && lost <= fee + 2n, `lost ${lost}, fee ${fee}`).to.equal(true);
      expect(done.initial).to.be.at.most(after.initial);
      expect(done.initial).to.be.at.least((after.initial * 999n) / 1_000n);
    });

    it("refuses to take out more than there is", async () => {
      const flows = [{ token: await house.tokens.weth.getAddress(), amount: -(10n ** 30n) }];
      const refusal = await readWhatIf(reader, books.hedged.account, { flows }, parameters).catch(
        (thrown: unknown) => thrown,
      );
      expect((refusal as Error).message).to.contain("less than the withdrawal takes");
    });
  });

  describe("liquidationPrices", () => {
    it("are those of the lens", async () => {
      for (const { account } of books.traders) {
        const portfolio = await readPortfolio(reader, account, at());
        for (const { underlying } of Object.values(house.markets)) {
          const [below, above] = await house.lens.liquidationPrices(account, underlying);
          const prices = liquidationPrices(portfolio, underlying, parameters);
          expect([prices.below ?? 0n, prices.above ?? 2n ** 64n - 1n]).to.deep.equal([below, above]);
        }
      }
    });

    for (const [name, side, step] of [
      ["directional", "below", -1n],
      ["maker", "above", 1n],
    ] as const) {
      it(`is where the liquidation of the ${name} account starts, to the cent`, async () => {
        const { account } = books[name];
        const { underlying } = house.markets.BTC!;
        const jump = async (price: bigint) => {
          await house.feeds.BTC!.submit(price);
          await house.feeds.BTC!.submit(price);
        };
        const start = house.liquidation.filters.LiquidationStarted(account);
        const flagged = async () => {
          const receipt = await send(
            books.cashOnly.signer,
            flag({ liquidation: await house.liquidation.getAddress() }, account),
          );
          return (await house.liquidation.queryFilter(start, receipt.blockNumber)).length;
        };
        // Interest runs while the feed moves, so the price is right to the cent only.
        const portfolio = await readPortfolio(reader, account);
        const price = liquidationPrices(portfolio, underlying, parameters)[side]!;
        await jump(price - CENT * step);
        expect(await flagged()).to.equal(0);
        await jump(price + CENT * step);
        expect(await flagged()).to.equal(1);
      });
    }
  });

  describe("send", () => {
    it("deposits with a permit in one transaction, and withdraws all of it", async () => {
      const { signer } = books.empty;
      const { usdc } = house.tokens;
      const token = await usdc.getAddress();
      await usdc.mint(signer.address, parseUsd("321.5"));
      const permit = await signPermit(reader, signer, token, parseUsd("321.5"), FOREVER, 31_337);
      const { account } = books.empty;
      await send(signer, depositWithPermit(addresses(), account, permit));
      expect(await house.clearingHouse.cashOf(account)).to.equal(parseUsd("321.5"));
      await send(signer, withdraw(addresses(), account, token, ALL, signer.address));
      expect(await usdc.balanceOf(signer.address)).to.equal(parseUsd("321.5"));
    });

    it("throws in words what the contracts refuse, before anything is sent", async () => {
      const { directional } = books;
      const token = await house.tokens.usdc.getAddress();
      const before = await connection.ethers.provider.getTransactionCount(directional.signer.address);
      const call = withdraw(addresses(), directional.account, token, parseUsd("19000"), directional.signer.address);
      const error = await send(directional.signer, call, await readNames(reader)).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(CounterpoiseError);
      expect((error as CounterpoiseError).name).to.equal("InsufficientMargin");
      expect((error as CounterpoiseError).message).to.match(
        /^Account .* would have .* USD of equity but needs .*\. Deposit .* of tUSDC or reduce the trade\.$/,
      );
      expect(await connection.ethers.provider.getTransactionCount(directional.signer.address)).to.equal(before);
    });

    it("tries out first, also with wallets that would send anything", async () => {
      const { signer, account } = books.cashOnly;
      let sent = 0;
      const wallet = {
        call: (call: object) => signer.call(call),
        sendTransaction: () => Promise.reject(new Error(`sent ${++sent}`)),
      };
      const call = withdraw(
        addresses(),
        account,
        await house.tokens.usdc.getAddress(),
        parseUsd("101"),
        signer.address,
      );
      const error = await send(wallet as unknown as typeof signer, call).catch((thrown: unknown) => thrown);
      expect([(error as Error).name, sent]).to.deep.equal(["InsufficientCash", 0]);
    });

    it("does several things in one batch: settles, deposits, fills and moves tokens", async () => {
      const { directional: taker, maker } = books;
      const usdc = await house.tokens.usdc.getAddress();
      await house.tokens.usdc.mint(taker.signer.address, parseUsd("50"));
      await send(taker.signer, approve(usdc, await house.clearingHouse.vault(), parseUsd("50")));
      const order = fillWhole(await makerOrder(maker, "1"));
      const second = accountId(taker.signer.address, 7n);
      const calls = [
        settle(addresses(), [taker.account, maker.account], house.markets.LINK!.instrument),
        deposit(addresses(), taker.account, usdc, parseUsd("50")),
        fill(addresses(), taker.account, [order], parseUsd("6000")),
        transfer(addresses(), taker.account, second, usdc, parseUsd("10")),
      ];
      await send(taker.signer, batch(addresses(), calls));
      expect(await house.clearingHouse.cashOf(second)).to.equal(parseUsd("10"));
      expect(await checkOrder(reader, order, taker.account)).to.have.property("name", "OrderOverfilled");
    });
  });

  describe("checkOrder", () => {
    it("finds nothing wrong with a good order, and says what is wrong with a bad one", async () => {
      const { maker, directional, cashOnly } = books;
      const signed = await makerOrder(maker, "1");
      expect(await checkOrder(reader, fillWhole(signed), directional.account)).to.equal(undefined);
      expect(await checkOrder(reader, fillWhole(signed), accountId(maker.signer.address, 3n))).to.have.property(
        "name",
        "SelfFill",
      );
      await send(maker.signer, cancel(addresses(), maker.account, [signed.order.nonce]));
      expect(await checkOrder(reader, fillWhole(signed), cashOnly.account)).to.have.property("name", "OrderCancelled");
    });
  });

  describe("readNames", () => {
    it("knows symbols from the registry, and from the feeds without it", async () => {
      const fromRegistry = await readNames(reader);
      expect(fromRegistry.underlyings).to.deep.equal({ 0: "USDC", 1: "BTC", 2: "ETH", 3: "LINK" });
      expect(fromRegistry.assets[0]).to.deep.equal({ symbol: "tUSDC", decimals: 6 });
      const { clearingHouse } = addresses();
      expect(await readNames({ ...reader, addresses: { clearingHouse } })).to.deep.equal(fromRegistry);
    });
  });

  const addresses = () => reader.addresses;

  async function makerOrder(maker: Trader, quantity: string) {
    const order = singleLegOrder({
      owner: maker.signer.address,
      subaccount: maker.number,
      instrument: house.markets.BTC!.instrument,
      side: "buy",
      quantity,
      price: "6300",
      expiry: FOREVER,
    });
    return signOrder(maker.signer, order, { chainId: 31_337, verifyingContract: addresses().orders });
  }
});

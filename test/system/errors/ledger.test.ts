import { expect } from "chai";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import {
  accountId,
  ALL,
  approve,
  assess,
  batch,
  type Call,
  deposit,
  fill,
  flag,
  ONE,
  parsePrice,
  parseUsd,
  readPortfolio,
  readParameters,
  send,
  setDelegation,
  settle,
  systemAccounts,
  transfer,
  readWhatIf,
  withdraw,
} from "../../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../../support/house.ts";
import { readerOf, type TestReader } from "../../support/reader.ts";
import { expectRefusal, FOREVER, type Offer, offers, structOf } from "../../support/refusals.ts";

const ETHER = 10n ** 18n;
const NOBODY = "0x00000000000000000000000000000000000000AA";
const WETH_ASSET = 1;

describe("errors of the ledger", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let offer: Offer;
  let alice: Trader;
  let bob: Trader;
  let rich: Trader;
  let [usdc, weth] = ["", ""];

  async function open() {
    const opened = await deployHouse(connection);
    const [, first, second, third] = await connection.ethers.getSigners();
    return {
      house: opened,
      reader: await readerOf(opened),
      alice: await opened.openAccount(first!, 0, { usdc: "20000" }),
      bob: await opened.openAccount(second!, 0, { usdc: "600", weth: "60" }),
      rich: await opened.openAccount(third!, 0, { usdc: "1000000" }),
    };
  }

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, alice, bob, rich } = await connection.networkHelpers.loadFixture(open));
    offer = offers(house, reader);
    [usdc, weth] = [await house.tokens.usdc.getAddress(), await house.tokens.weth.getAddress()];
  });

  const at = () => reader.addresses;
  const eth = () => house.markets.ETH!.instrument;
  const admin = async () => (await connection.ethers.getSigners())[0]!;
  const refused = (trader: Trader, call: Call, name: string, args?: Record<string, unknown>): Promise<void> =>
    expectRefusal(trader.signer, call, name, args);

  describe("batches", () => {
    it("AlreadyInBatch, EmptyBatch, TooManyCalls, UnauthorizedModule", async () => {
      const nothing = settle(at(), [], eth());
      await refused(alice, batch(at(), [batch(at(), [nothing])]), "AlreadyInBatch");
      await refused(alice, batch(at(), []), "EmptyBatch");
      const many = Array.from({ length: 17 }, () => nothing);
      await refused(alice, batch(at(), many), "TooManyCalls", { given: 17n, maximum: 16n });
      await refused(alice, batch(at(), [approve(usdc, at().orders, 1n)]), "UnauthorizedModule", { target: usdc });
    });

    it("NotInBatch", async () => {
      const { clearingHouse } = house;
      const portfolio = { cash: 0n, cashPrice: 0n, exposures: [], holdings: [], surfaces: [], options: [] };
      const call = clearingHouse.portfolioBeforeBatch.populateTransaction(alice.account, portfolio);
      await expectRefusal(alice.signer, call, "NotInBatch");
      await house.accessManager.grantRole(5n, alice.signer.address, 0);
      await expectRefusal(alice.signer, clearingHouse.post.populateTransaction([], [], []), "NotInBatch");
    });

    it("TooManyAccountsInBatch", async () => {
      const sub = (number: number) => accountId(alice.signer.address, number);
      const pieces = Array.from({ length: 15 }, (_, i) => i + 1);
      await send(
        alice.signer,
        batch(
          at(),
          pieces.map((i) => transfer(at(), alice.account, sub(i), usdc, 1_000_000n)),
        ),
      );
      const makers = Array.from({ length: 10 }, (_, i) => ({
        ...bob,
        number: BigInt(i + 1),
        account: accountId(bob.signer.address, i + 1),
      }));
      await send(
        bob.signer,
        batch(
          at(),
          makers.map(({ account }) => transfer(at(), bob.account, account, usdc, 50_000_000n)),
        ),
      );
      const fills = await Promise.all(makers.map((maker) => offer(maker, "ETH", "0.1")));
      // 15 times two accounts, the taker and ten makers.
      const calls = [
        ...pieces.map((i) => transfer(at(), sub(i), sub(i + 100), usdc, 1_000_000n)),
        fill(at(), alice.account, fills),
      ];
      await refused(alice, batch(at(), calls), "TooManyAccountsInBatch", { maximum: 40n });
      await send(alice.signer, batch(at(), calls.slice(1)));
    });
  });

  describe("postings", () => {
    it("TooManyPostings", async () => {
      const module = await connection.ethers.deployContract("PostingModule", [at().clearingHouse, house.accessManager]);
      await house.accessManager.grantRole(5n, module, 0);
      const transfers = Array.from({ length: 241 }, () => ({
        from: rich.account,
        to: alice.account,
        instrument: eth(),
        quantity: ONE / 100n,
        quote: -parseUsd("2"),
      }));
      const error = { account: rich.account, maximum: 240n };
      await expectRefusal(alice.signer, module.post.populateTransaction(transfers), "TooManyPostings", error);
      await alice.signer.call(await module.post.populateTransaction(transfers.slice(1)));
    });
  });

  describe("accounts", () => {
    it("ActionPaused", async () => {
      const paused = async (action: number, trader: Trader, call: Call): Promise<void> => {
        await house.clearingHouse.pause(action);
        await refused(trader, call, "ActionPaused", { action: BigInt(action) });
      };
      const sibling = accountId(alice.signer.address, 5);
      await paused(0, bob, fill(at(), bob.account, [await offer(alice, "ETH", "1")]));
      await paused(1, alice, transfer(at(), alice.account, sibling, usdc, 1n));
      await paused(3, alice, transfer(at(), alice.account, sibling, usdc, 1n));
    });

    it("UnknownAccount, NotAuthorized, SystemAccount, SameAccount", async () => {
      const unopened = accountId(bob.signer.address, 9);
      await refused(bob, fill(at(), unopened, [await offer(alice, "ETH", "1")]), "UnknownAccount", {
        account: unopened,
      });
      const stolen = withdraw(at(), alice.account, usdc, 1n, bob.signer.address);
      const stranger = { account: alice.account, actor: bob.signer.address };
      await refused(bob, stolen, "NotAuthorized", stranger);
      const gift = transfer(at(), alice.account, bob.account, usdc, 1n);
      await refused(alice, gift, "NotAuthorized", { account: bob.account, actor: alice.signer.address });
      const { fees: account } = systemAccounts;
      await refused(alice, deposit(at(), account, usdc, 1n), "SystemAccount", { account });
      await refused(alice, settle(at(), [account], eth()), "SystemAccount", { account });
      const same = transfer(at(), alice.account, alice.account, usdc, 1n);
      await refused(alice, same, "SameAccount", { account: alice.account });
    });

    it("InvalidDelegation, and DelegationExpired for a module that did not ask first", async () => {
      const grant = { canTrade: true, canWithdraw: false, expiry: FOREVER, maxSlippageBps: 100, maxDailyNotional: 1 };
      const invalid = (delegate: string, change: object, reason: string): Promise<void> =>
        refused(alice, setDelegation(at(), delegate, { ...grant, ...change }), "InvalidDelegation", { reason });
      await invalid(alice.signer.address, {}, "delegate is the owner or zero");
      await invalid(NOBODY, { expiry: 1 }, "expiry has passed");
      const limits = "trading needs a slippage limit up to 10000 bps and a daily notional";
      await invalid(NOBODY, { maxDailyNotional: 0 }, limits);
      await invalid(NOBODY, { maxSlippageBps: 10_001 }, limits);

      await house.accessManager.grantRole(5n, bob.signer.address, 0);
      const spend = house.clearingHouse.spendDelegation.populateTransaction(alice.account, NOBODY, 1n, 0n);
      await expectRefusal(bob.signer, spend, "DelegationExpired", {
        owner: alice.signer.address,
        delegate: NOBODY,
        expiry: 0n,
      });
    });

    it("InvalidParameter", async () => {
      const curve = await house.clearingHouse.interestCurve();
      const terms = { ...structOf(curve), kinkBps: 0n };
      const call = house.clearingHouse.setInterestCurve.populateTransaction(terms);
      await expectRefusal(await admin(), call, "InvalidParameter", { name: "kinkBps", value: 0n });
    });
  });

  describe("tokens", () => {
    it("ZeroAmount, UnknownCollateral, UnknownInstrument", async () => {
      await refused(alice, deposit(at(), alice.account, usdc, 0n), "ZeroAmount");
      await refused(alice, withdraw(at(), alice.account, usdc, 0n, NOBODY), "ZeroAmount");
      await refused(alice, deposit(at(), alice.account, NOBODY, 1n), "UnknownCollateral", { token: NOBODY });
      const instrument = 9n << 56n;
      await refused(alice, settle(at(), [alice.account], instrument), "UnknownInstrument", { instrument });
    });

    it("CollateralCapExceeded, CollateralSlotClosed, TopUpTooSmall", async () => {
      await house.deposit(alice, { weth: "1" });
      await house.tokens.weth.connect(alice.signer).deposit({ value: 10n * ETHER });
      await send(alice.signer, approve(weth, await house.clearingHouse.vault(), 10n * ETHER));
      await house.clearingHouse.setCollateralLimits(WETH_ASSET, 62n * ETHER, 3n);
      const cap = { token: weth, total: 71n * ETHER, cap: 62n * ETHER };
      await refused(alice, deposit(at(), alice.account, weth, 10n * ETHER), "CollateralCapExceeded", cap);
      await refused(alice, deposit(at(), bob.account, weth, 2n), "TopUpTooSmall", {
        token: weth,
        amount: 2n,
        minimum: 3n,
      });
      const cashOnly = await house.openAccount((await connection.ethers.getSigners())[5]!, 0, { usdc: "1" });
      const closed = { account: cashOnly.account, token: weth };
      await refused(alice, deposit(at(), cashOnly.account, weth, 3n), "CollateralSlotClosed", closed);
    });

    it("InsufficientCollateral, InsufficientCash", async () => {
      const { account } = bob;
      const tooMuch = withdraw(at(), account, weth, 61n * ETHER, NOBODY);
      const tokens = { account, token: weth, requested: 61n * ETHER, available: 60n * ETHER };
      await refused(bob, tooMuch, "InsufficientCollateral", tokens);
      const cash = { account, requested: parseUsd("601"), available: parseUsd("600") };
      await refused(bob, withdraw(at(), account, usdc, parseUsd("601"), NOBODY), "InsufficientCash", cash);
      await send(bob.signer, withdraw(at(), account, usdc, ALL, bob.signer.address));
      const none = { account, requested: ALL, available: 0n };
      await refused(bob, withdraw(at(), account, usdc, ALL, NOBODY), "InsufficientCash", none);
    });

    it("UtilizationTooHigh, CashDeficit", async () => {
      // Bob's settled loss of 1,000 takes his cash below zero, and his next profit stays unsettled.
      await house.trade(alice, bob, "ETH", "-40", "200");
      await house.setPrice("ETH", "175");
      await send(alice.signer, settle(at(), [bob.account, alice.account], eth()));
      await house.setPrice("ETH", "215");
      await house.setPrice("ETH", "260");
      await house.setPrice("ETH", "300");
      const cash = await house.clearingHouse.cashOf(bob.account);
      expect(cash).to.be.lessThan(0n);
      const all = withdraw(at(), bob.account, weth, ALL, NOBODY);
      await refused(bob, all, "CashDeficit", { account: bob.account, cash, collateral: 0n });

      const curve = await house.clearingHouse.interestCurve();
      await house.clearingHouse.setInterestCurve({ ...structOf(curve), withdrawalLimitBps: 1n });
      const [, borrowed, custody] = await house.clearingHouse.cashPool();
      const left = custody - parseUsd("100");
      const utilizationBps = (borrowed * 10_000n) / (borrowed + left);
      const some = withdraw(at(), alice.account, usdc, parseUsd("100"), NOBODY);
      await refused(alice, some, "UtilizationTooHigh", { utilizationBps, limitBps: 1n });
    });
  });

  describe("markets", () => {
    it("OpenInterestCapExceeded, MarketReduceOnly", async () => {
      await house.trade(alice, bob, "ETH", "2", "200");
      const terms = await house.clearingHouse.perpetualTerms(eth());
      await house.clearingHouse.setPerpetualTerms(eth(), {
        ...structOf(terms),
        openInterestCap: 3n * ONE,
      });
      const more = fill(at(), bob.account, [await offer(alice, "ETH", "1.5")]);
      const cap = { instrument: eth(), openInterest: (7n * ONE) / 2n, cap: 3n * ONE };
      await refused(bob, more, "OpenInterestCapExceeded", cap);
      await house.clearingHouse.setMarketStatus(eth(), 2);
      await refused(bob, more, "MarketReduceOnly", { instrument: eth() });
      await house.trade(alice, bob, "ETH", "-2", "200");
    });
  });

  describe("the margin rule", () => {
    /** Alice's hedged account 1: long 2 BTC, short 80 ETH, below initial margin but above maintenance margin. */
    async function thinAccount(): Promise<Trader> {
      const signer = (await connection.ethers.getSigners())[4]!;
      const thin = await house.openAccount(signer, 1, { usdc: "5000" });
      await house.trade(rich, thin, "BTC", "-2", "8000");
      await house.trade(rich, thin, "ETH", "80", "200");
      const [below] = await house.lens.liquidationPrices(thin.account, house.markets.BTC!.underlying);
      // Whole dollars, so that no value needs rounding.
      const price = (below / ONE + 100n).toString();
      await house.setPrice("BTC", price);
      const { equity, initial, maintenance } = await house.clearingHouse.marginOf(thin.account);
      expect(equity >= maintenance && equity < initial).to.equal(true);
      return { ...thin, number: 1n };
    }

    /** Margin after a trade at a price that brings open interest down, with the taker's fee paid. */
    async function afterClosing(trader: Trader, symbol: string, quantity: bigint, price: bigint, fee: bigint) {
      const { instrument, underlying } = house.markets[symbol]!;
      const parameters = await readParameters(reader);
      const { portfolio } = await readWhatIf(
        reader,
        trader.account,
        { trades: [{ instrument, quantity, price }] },
        parameters,
      );
      const closed = quantity < 0n ? -quantity : quantity;
      const exposures = portfolio.exposures.map((e) =>
        e.underlying === underlying ? { ...e, openInterest: e.openInterest - closed } : e,
      );
      const before = assess(await readPortfolio(reader, trader.account), parameters);
      return { before, after: assess({ ...portfolio, cash: portfolio.cash - fee, exposures }, parameters) };
    }

    /** 5 basis points of the notional at the index. */
    const takerFee = async (symbol: string, quantity: bigint): Promise<bigint> =>
      ((await house.priceOf(symbol)) * quantity * 5n) / 10n ** 14n;

    it("InsufficientMargin", async () => {
      await house.trade(alice, bob, "ETH", "-40", "200");
      const amount = parseUsd("600") - parseUsd("4");
      const flows = [
        { token: usdc, amount: -amount },
        { token: weth, amount: -60n * ETHER + 1n },
      ];
      const { after } = await readWhatIf(reader, bob.account, { flows }, await readParameters(reader));
      const calls = [
        withdraw(at(), bob.account, usdc, amount, NOBODY),
        withdraw(at(), bob.account, weth, 60n * ETHER - 1n, NOBODY),
      ];
      const args = { account: bob.account, equity: after.equity, required: after.initial };
      await refused(bob, batch(at(), calls), "InsufficientMargin", args);
    });

    it("AccountNotSafer: closing the hedge alone", async () => {
      const thin = await thinAccount();
      const price = await house.priceOf("BTC");
      const hedge = fill(at(), thin.account, [await offer(rich, "BTC", "0.5")]);
      const fee = await takerFee("BTC", ONE / 2n);
      const { before, after } = await afterClosing(thin, "BTC", -ONE / 2n, price, fee);
      await refused(thin, hedge, "AccountNotSafer", {
        account: thin.account,
        excessBefore: before.equity - before.initial,
        excessAfter: after.equity - after.initial,
      });
    });

    it("EquityLossTooLarge: closing at a bad price", async () => {
      const thin = await thinAccount();
      const close = fill(at(), thin.account, [await offer(rich, "ETH", "-20", "208")]);
      const fee = await takerFee("ETH", 20n * ONE);
      const { before, after } = await afterClosing(thin, "ETH", 20n * ONE, parsePrice("208"), fee);
      await refused(thin, close, "EquityLossTooLarge", {
        account: thin.account,
        loss: before.equity - after.equity,
        allowed: fee + (before.maintenance - after.maintenance) / 10n,
      });
    });

    it("ActionPaused, of liquidations", async () => {
      await house.clearingHouse.pause(2);
      const thin = await thinAccount();
      await house.setPrice("BTC", ((await house.priceOf("BTC")) / ONE - 300n).toString());
      await refused(alice, flag(at(), thin.account), "ActionPaused", { action: 2n });
    });
  });
});

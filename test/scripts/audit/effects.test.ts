import { expect } from "chai";
import { Books } from "../../../scripts/audit/books.ts";
import { type HouseEvent, replay } from "../../../scripts/audit/effects.ts";
import { accountId, bucketOf, future, option, perpetual, systemAccounts } from "../../../sdk/instruments.ts";

const ALICE = accountId("0x1234567890123456789012345678901234567890");
const BOB = accountId("0x2234567890123456789012345678901234567890");
const BTC = perpetual(1);
const USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const EXPIRY = { underlying: 1, expiryHours: 480_000 };
const FUTURE = future(EXPIRY);
const CALL = option(EXPIRY, "call", "3000");
const WETH = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
const Reason = { Deposit: 0n, Withdrawal: 1n, Interest: 7n, Deficit: 11n } as const;

const event = (name: string, args: Readonly<Record<string, unknown>>): HouseEvent => ({ name, args, block: 7 });
const cash = (account: string, reason: bigint, amount: bigint, balance: bigint): HouseEvent =>
  event("CashChanged", { account, reason, amount, balance });

function after(...events: HouseEvent[]): Books {
  const books = new Books();
  replay(books, [event("CollateralListed", { asset: 0n, terms: { token: USDC } }), ...events]);
  return books;
}

describe("audit: effects", () => {
  it("adds cash up and holds it to the balances reported", () => {
    const books = after(cash(ALICE, Reason.Deposit, 100n, 100n), cash(ALICE, Reason.Deposit, -30n, 70n));
    expect(books.cash.get(ALICE)).to.equal(70n);
    expect(books.misfits).to.deep.equal([]);
    expect(books.cashEvents).to.equal(2);
  });

  it("notes an event that leaves a balance which the events do not add up to", () => {
    const books = after(cash(ALICE, Reason.Deposit, 100n, 100n), cash(ALICE, Reason.Deposit, 1n, 102n));
    expect(books.misfits).to.deep.equal([
      { event: "CashChanged", account: ALICE, block: 7, reported: 102n, replayed: 101n },
    ]);
  });

  it("takes interest from the interest account, which has no event of its own", () => {
    const books = after(cash(ALICE, Reason.Deposit, 100n, 100n), cash(ALICE, Reason.Interest, 3n, 103n));
    expect(books.cash.get(systemAccounts.interest)).to.equal(-3n);
  });

  it("counts what tokens came into the vault and left it by the ledger's amount", () => {
    const books = after(
      event("CollateralListed", { asset: 1n, terms: { token: WETH } }),
      event("Deposited", { account: ALICE, token: WETH, from: ALICE, amount: 100n }),
      event("Withdrawn", { account: ALICE, token: WETH.toLowerCase(), to: ALICE, amount: 40n, paid: 39n }),
    );
    expect(books.custody.get(1)).to.equal(60n);
  });

  it("counts cash in the vault by what accounts paid in and were paid, whatever was asked for", () => {
    const books = after(
      event("Deposited", { account: ALICE, token: USDC, from: ALICE, amount: 100n }),
      cash(ALICE, Reason.Deposit, 100n, 100n),
      // A deficit was open: 40 asked for, 3 kept.
      cash(ALICE, Reason.Deficit, -3n, 97n),
      cash(ALICE, Reason.Withdrawal, -37n, 60n),
      event("Withdrawn", { account: ALICE, token: USDC, to: ALICE, amount: 40n, paid: 37n }),
    );
    expect(books.custody.get(0)).to.equal(63n);
  });

  it("refuses a token that was never listed", () => {
    expect(() => after(event("Deposited", { account: ALICE, token: ALICE.slice(0, 42), amount: 1n }))).to.throw(
      /was never listed/,
    );
  });

  it("adds collateral up", () => {
    const change = (amount: bigint, balance: bigint) =>
      event("CollateralChanged", { account: ALICE, asset: 2n, amount, balance });
    const books = after(change(5n, 5n), change(-2n, 3n));
    expect(books.collateralOf(ALICE, 2)).to.equal(3n);
    expect(books.misfits).to.deep.equal([]);
  });

  it("puts funding into the quote, out of the clearing account's", () => {
    const trade = (quantity: bigint, quote: bigint, newQuantity: bigint, realizedFunding: bigint) =>
      event("PositionChanged", { account: ALICE, instrument: BTC, quantity, quote, newQuantity, realizedFunding });
    const books = after(trade(10n, -600n, 10n, 0n), trade(-4n, 250n, 6n, -7n));
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument: BTC, quantity: 6n, quote: -357n }]);
    const clearing = systemAccounts.clearing(bucketOf(BTC));
    expect(books.positionsOf(clearing)).to.deep.equal([{ instrument: BTC, quantity: 0n, quote: 7n }]);
    expect(books.misfits).to.deep.equal([]);
  });

  it("moves settled profit from the quote to the clearing account's", () => {
    const books = after(
      event("Settled", { account: ALICE, instrument: BTC, amount: -50n, newQuote: 48n, realizedFunding: -2n }),
    );
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument: BTC, quantity: 0n, quote: 48n }]);
    expect(books.positionsOf(systemAccounts.clearing(bucketOf(BTC)))[0]!.quote).to.equal(-48n);
    expect(books.misfits).to.deep.equal([]);
  });

  /** Worked out by hand: 3 of 10 contracts at 60 USD each, in units of 1e-8 contracts at 1e-8 USD. */
  it("hands what was closed to the closeout account, and its funding to the clearing account", () => {
    const trade = event("PositionChanged", {
      account: ALICE,
      instrument: BTC,
      quantity: 10n,
      quote: -600n,
      newQuantity: 10n,
      realizedFunding: 0n,
    });
    const close = event("CloseApplied", {
      account: ALICE,
      instrument: BTC,
      quantity: 3n,
      quote: 180n,
      realizedFunding: -4n,
      newQuantity: 7n,
      newQuote: -424n,
    });
    const books = after(trade, close);
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument: BTC, quantity: 7n, quote: -424n }]);
    const { closeout, clearing } = systemAccounts;
    expect(books.positionsOf(closeout(bucketOf(BTC)))).to.deep.equal([{ instrument: BTC, quantity: 3n, quote: -180n }]);
    expect(books.positionsOf(clearing(bucketOf(BTC)))).to.deep.equal([{ instrument: BTC, quantity: 0n, quote: 4n }]);
    expect(books.closesApplied).to.equal(1);
    expect(books.misfits).to.deep.equal([]);
  });

  it("closes a deleveraged account at the price of its event", () => {
    // Short 2 contracts, bought back at 50,000.5 USD: 100,001 USD paid, rounded against the account.
    const instrument = BTC;
    const short = { quantity: -2n * 10n ** 8n, quote: 0n, newQuantity: -2n * 10n ** 8n, realizedFunding: 0n };
    const books = after(
      event("PositionChanged", { account: ALICE, instrument, ...short }),
      event("Deleveraged", {
        account: ALICE,
        instrument,
        quantity: -2n * 10n ** 8n,
        price: 5_000_050_000_000n,
        covered: 0n,
        newQuantity: 0n,
        newQuote: 0n,
        realizedFunding: -1n,
      }),
    );
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument, quantity: 0n, quote: -100_001_000_001n }]);
    expect(books.positionsOf(systemAccounts.closeout(bucketOf(BTC)))).to.deep.equal([
      { instrument, quantity: -2n * 10n ** 8n, quote: 100_001_000_000n },
    ]);
    expect(books.misfits).to.deep.equal([]);
  });

  it("moves options of one account to another", () => {
    const hold = (account: string, quantity: bigint) =>
      event("OptionPositionChanged", { account, instrument: CALL, quantity, premium: 0n, newQuantity: quantity });
    const parts = [{ instrument: CALL, quantity: -3n }];
    const books = after(
      hold(ALICE, -5n),
      hold(BOB, 1n),
      event("OptionsMoved", { from: ALICE, to: BOB, bucket: bucketOf(CALL), parts }),
    );
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument: CALL, quantity: -2n, quote: 0n }]);
    expect(books.positionsOf(BOB)).to.deep.equal([{ instrument: CALL, quantity: -2n, quote: 0n }]);
  });

  it("moves all options of an expiry, and notes what its words say otherwise", () => {
    const hold = (account: string, instrument: bigint, quantity: bigint) =>
      event("OptionPositionChanged", { account, instrument, quantity, premium: 0n, newQuantity: quantity });
    // Lots of 10 units: five calls short, and two puts long at the same strike.
    const put = CALL + (1n << 24n);
    const strike = CALL & 0xffffffn;
    const word = strike | (BigInt.asUintN(30, -5n) << 24n) | (2n << 54n);
    const moved = event("ExpiryMoved", {
      from: ALICE,
      to: BOB,
      bucket: bucketOf(CALL),
      lotExponent: 1n,
      words: [word],
    });
    const books = after(hold(ALICE, CALL, -50n), hold(ALICE, put, 20n), moved);
    expect(books.positionsOf(BOB)).to.deep.include.members([
      { instrument: CALL, quantity: -50n, quote: 0n },
      { instrument: put, quantity: 20n, quote: 0n },
    ]);
    expect(books.misfits).to.deep.equal([]);
    const wrong = after(hold(ALICE, CALL, -40n), hold(ALICE, put, 20n), moved);
    expect(wrong.misfits).to.deep.equal([
      { event: "ExpiryMoved", account: ALICE, block: wrong.misfits[0]!.block, reported: -50n, replayed: -40n },
    ]);
  });

  it("turns all that an account had in an expiry into the quote of its future", () => {
    const books = after(
      event("OptionPositionChanged", { account: ALICE, instrument: CALL, quantity: 5n, premium: -1n, newQuantity: 5n }),
      event("PositionChanged", {
        account: ALICE,
        instrument: FUTURE,
        quantity: 2n,
        quote: -90n,
        newQuantity: 2n,
        realizedFunding: 0n,
      }),
      event("ExpirySettled", { account: ALICE, bucket: bucketOf(FUTURE), settlementPrice: 1n, value: 35n }),
    );
    expect(books.positionsOf(ALICE)).to.deep.equal([{ instrument: FUTURE, quantity: 0n, quote: 35n }]);
    // The claim alone: −90 + 125 = 35.
    expect(books.positionsOf(systemAccounts.clearing(bucketOf(FUTURE)))[0]!.quote).to.equal(-125n);
  });

  it("leaves other expiries and the perpetual alone", () => {
    const hold = (instrument: bigint) =>
      event("PositionChanged", {
        account: ALICE,
        instrument,
        quantity: 1n,
        quote: 0n,
        newQuantity: 1n,
        realizedFunding: 0n,
      });
    const other = future({ underlying: 1, expiryHours: 480_024 });
    const expired = event("ExpirySettled", {
      account: ALICE,
      bucket: bucketOf(FUTURE),
      settlementPrice: 1n,
      value: 0n,
    });
    const books = after(hold(BTC), hold(other), hold(FUTURE), expired);
    expect(books.positionsOf(ALICE).map(({ instrument }) => instrument)).to.deep.equal([BTC, other]);
  });

  it("remembers what was listed and opened, in order", () => {
    const books = after(
      event("PerpetualListed", { instrument: BTC }),
      event("ExpiryListed", { bucket: bucketOf(FUTURE) }),
      event("OptionListed", { instrument: CALL }),
      event("AccountOpened", { account: systemAccounts.fees }),
      event("AccountOpened", { account: ALICE }),
      event("Paused", { action: 0n }),
    );
    expect([...books.instruments]).to.deep.equal([BTC, FUTURE, CALL]);
    expect(books.accounts).to.deep.equal([systemAccounts.fees, ALICE]);
  });
});

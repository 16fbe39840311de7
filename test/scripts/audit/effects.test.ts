import { expect } from "chai";
import { Books } from "../../../scripts/audit/books.ts";
import { type HouseEvent, replay } from "../../../scripts/audit/effects.ts";
import { accountId, bucketOf, future, option, perpetual, systemAccounts } from "../../../sdk/instruments.ts";

const ALICE = accountId("0x1234567890123456789012345678901234567890");
const BTC = perpetual(1);
const USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
const EXPIRY = { underlying: 1, expiryHours: 480_000 };
const FUTURE = future(EXPIRY);
const CALL = option(EXPIRY, "call", "3000");
const Reason = { Deposit: 0n, Settlement: 6n, Interest: 7n } as const;

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

  it("counts what came into the vault and left it by the ledger's amount", () => {
    const books = after(
      event("Deposited", { account: ALICE, token: USDC, from: ALICE, amount: 100n }),
      event("Withdrawn", { account: ALICE, token: USDC.toLowerCase(), to: ALICE, amount: 40n, paid: 39n }),
    );
    expect(books.custody.get(0)).to.equal(60n);
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

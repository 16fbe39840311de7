/**
 * What each event of the clearing house does to the books: a table, so that a new event is one more row. Every amount that an event
 * reports beside its change is held to what the rows before it added up to.
 */
import { bucketOf, systemAccounts } from "../../sdk/instruments.ts";
import { valueDown } from "../../sdk/margin/fixedPoint.ts";
import type { Books } from "./books.ts";
import type { PositionPart } from "../../sdk/liquidation/parts.ts";
import { partsOfWords } from "../../sdk/liquidation/wholeExpiries.ts";

/** An event of the clearing house, decoded. */
export interface HouseEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly block: number;
}

export type Effect = (books: Books, event: Read) => void;

/** The arguments of one event, by name. */
export class Read {
  readonly #event: HouseEvent;
  readonly #books: Books;

  constructor(event: HouseEvent, books: Books) {
    this.#event = event;
    this.#books = books;
  }

  big(name: string): bigint {
    return BigInt(this.#event.args[name] as bigint);
  }

  text(name: string): string {
    return String(this.#event.args[name]);
  }

  struct<T>(name: string): T {
    return this.#event.args[name] as T;
  }

  get account(): string {
    return this.text("account");
  }

  /** Notes it when what the event reports is not what was replayed. */
  expect(reported: string, replayed: bigint): void {
    this.expectOf(this.account, this.big(reported), replayed);
  }

  expectOf(account: string, reported: bigint, replayed: bigint): void {
    const { name, block } = this.#event;
    if (reported !== replayed) this.#books.misfits.push({ event: name, account, block, reported, replayed });
  }
}

/** ILedger.CashReason. The other side of interest is the interest account, that of the first two the vault: neither has an event. */
const REASON = { deposit: 0n, withdrawal: 1n, interest: 7n } as const;

/** Options between the two accounts of an event. */
function move(books: Books, e: Read, parts: readonly PositionPart[]): void {
  for (const { instrument, quantity } of parts) {
    books.position(e.text("from"), instrument).quantity -= quantity;
    books.position(e.text("to"), instrument).quantity += quantity;
  }
}

/** Moves quote between an account and the clearing account of its bucket. */
function quoteFromClearing(books: Books, account: string, instrument: bigint, amount: bigint): void {
  books.position(account, instrument).quote += amount;
  books.position(systemAccounts.clearing(bucketOf(instrument)), instrument).quote -= amount;
}

/** Hands contracts and quote over to the bucket's closeout account. */
function toCloseout(books: Books, account: string, instrument: bigint, quantity: bigint, quote: bigint): void {
  const [from, to] = [account, systemAccounts.closeout(bucketOf(instrument))].map((id) =>
    books.position(id, instrument),
  );
  from!.quantity -= quantity;
  from!.quote += quote;
  to!.quantity += quantity;
  to!.quote -= quote;
}

export const EFFECTS: Readonly<Record<string, Effect>> = {
  AccountOpened: (books, e) => void books.accounts.push(e.account),

  CollateralListed: (books, e) => {
    const { token } = e.struct<{ token: string }>("terms");
    books.assets.set(token.toLowerCase(), Number(e.big("asset")));
  },
  PerpetualListed: (books, e) => void books.instruments.add(e.big("instrument")),
  ExpiryListed: (books, e) => void books.instruments.add(e.big("bucket") << 32n),
  OptionListed: (books, e) => void books.instruments.add(e.big("instrument")),

  // The vault's side of collateral; what a token really paid out is not the ledger's matter. Cash may leave for less than was asked
  // for: its events say how much.
  Deposited: (books, e) => books.addCustody(e.text("token"), e.big("amount")),
  Withdrawn: (books, e) => books.addCustody(e.text("token"), -e.big("amount")),

  CashChanged: (books, e) => {
    const [reason, amount] = [e.big("reason"), e.big("amount")];
    e.expect("balance", books.addCash(e.account, amount));
    if (reason === REASON.interest) books.addCash(systemAccounts.interest, -amount);
    if (reason === REASON.deposit || reason === REASON.withdrawal) books.addCashCustody(amount);
  },
  CollateralChanged: (books, e) => {
    e.expect("balance", books.addCollateral(e.account, Number(e.big("asset")), e.big("amount")));
  },

  PositionChanged: (books, e) => {
    const instrument = e.big("instrument");
    const position = books.position(e.account, instrument);
    position.quantity += e.big("quantity");
    position.quote += e.big("quote");
    quoteFromClearing(books, e.account, instrument, e.big("realizedFunding"));
    e.expect("newQuantity", position.quantity);
  },
  /** A position is brought up to date with what was closed of it before. */
  CloseApplied: (books, e) => {
    const instrument = e.big("instrument");
    books.closesApplied++;
    toCloseout(books, e.account, instrument, e.big("quantity"), e.big("quote"));
    quoteFromClearing(books, e.account, instrument, e.big("realizedFunding"));
    e.expect("newQuantity", books.position(e.account, instrument).quantity);
    e.expect("newQuote", books.position(e.account, instrument).quote);
  },
  /** An account's own close, at a price that its event says. */
  Deleveraged: (books, e) => {
    const [instrument, quantity] = [e.big("instrument"), e.big("quantity")];
    toCloseout(books, e.account, instrument, quantity, valueDown(quantity, e.big("price")));
    quoteFromClearing(books, e.account, instrument, e.big("realizedFunding"));
    e.expect("newQuantity", books.position(e.account, instrument).quantity);
  },
  OptionPositionChanged: (books, e) => {
    const position = books.position(e.account, e.big("instrument"));
    position.quantity += e.big("quantity");
    e.expect("newQuantity", position.quantity);
  },
  /** One event for both sides of all options of an expiry that a liquidation moved. */
  OptionsMoved: (books, e) => move(books, e, e.struct<PositionPart[]>("parts")),
  ExpiryMoved: (books, e) => {
    const parts = partsOfWords(e.big("bucket"), e.big("lotExponent"), e.struct<bigint[]>("words"));
    const from = e.text("from");
    for (const { instrument, quantity } of parts) {
      e.expectOf(from, quantity, books.position(from, instrument).quantity);
    }
    move(books, e, parts);
  },
  /** The cash has events of its own; here the quote follows it. */
  Settled: (books, e) => {
    const instrument = e.big("instrument");
    quoteFromClearing(books, e.account, instrument, e.big("realizedFunding") - e.big("amount"));
    e.expect("newQuote", books.position(e.account, instrument).quote);
  },
  /** All that the account had in the bucket is now in the quote of its future. */
  ExpirySettled: (books, e) => {
    const bucket = e.big("bucket");
    for (const { instrument } of books.positionsOf(e.account)) {
      if (bucketOf(instrument) === bucket) books.position(e.account, instrument).quantity = 0n;
    }
    const future = bucket << 32n;
    quoteFromClearing(books, e.account, future, e.big("value") - books.position(e.account, future).quote);
  },
};

/** Applies events in the order of the chain. Those that are not in the table move nothing. */
export function replay(books: Books, events: Iterable<HouseEvent>): void {
  for (const event of events) EFFECTS[event.name]?.(books, new Read(event, books));
}

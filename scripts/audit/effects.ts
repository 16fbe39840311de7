/**
 * What each event of the clearing house does to the books: a table, so that a new event is one more row. Every amount that an event
 * reports beside its change is held to what the rows before it added up to.
 */
import { bucketOf, systemAccounts } from "../../sdk/instruments.ts";
import type { Books } from "./books.ts";

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
    if (this.big(reported) === replayed) return;
    const { name, block } = this.#event;
    this.#books.misfits.push({ event: name, account: this.account, block, reported: this.big(reported), replayed });
  }
}

/** ILedger.CashReason.Interest: the other side is the interest account, and has no event of its own. */
const INTEREST = 7n;

/** Moves quote between an account and the clearing account of its bucket. */
function quoteFromClearing(books: Books, account: string, instrument: bigint, amount: bigint): void {
  books.position(account, instrument).quote += amount;
  books.position(systemAccounts.clearing(bucketOf(instrument)), instrument).quote -= amount;
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

  // The vault's side of what the two events of the account say; what a token really paid out is not the ledger's matter.
  Deposited: (books, e) => books.addCustody(e.text("token"), e.big("amount")),
  Withdrawn: (books, e) => books.addCustody(e.text("token"), -e.big("amount")),

  CashChanged: (books, e) => {
    e.expect("balance", books.addCash(e.account, e.big("amount")));
    if (e.big("reason") === INTEREST) books.addCash(systemAccounts.interest, -e.big("amount"));
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
  OptionPositionChanged: (books, e) => {
    const position = books.position(e.account, e.big("instrument"));
    position.quantity += e.big("quantity");
    e.expect("newQuantity", position.quantity);
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

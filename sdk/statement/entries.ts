/** Events of one account, in the order of the chain, into entries. Pure: no network, no clock. */
import { decodeInstrument } from "../instruments.ts";
import type { PositionPart } from "../liquidation/parts.ts";
import { partsOfWords } from "../liquidation/wholeExpiries.ts";
import { abs, divDown, divNearest } from "../margin/fixedPoint.ts";
import { type Entry, type EntryType, type LedgerEvent, StatementError } from "./types.ts";

/** An entry before it has a time and a balance. */
export type Draft = Omit<Entry, "timestamp" | "balance">;

/** ILedger.CashReason, as an entry where the reason alone says what happened. */
const CASH_TYPES: readonly EntryType[] = [
  "Deposit",
  "Withdrawal",
  "Transfer",
  "Combination",
  "Fee",
  "Fee",
  "Settlement",
  "Interest",
  "Liquidation",
  "LiquidationFee",
  "Insurance",
  "SharedLoss",
];

const [TRADE_REASON, INTEREST_REASON] = [CASH_TYPES.indexOf("Combination"), CASH_TYPES.indexOf("Interest")];

/** USD (6) over quantity (8) to a price (8). */
const USD_TO_PRICE = 10n ** 10n;

const big = (event: LedgerEvent, name: string): bigint => BigInt(event.args[name] as bigint);
const text = (event: LedgerEvent, name: string): string => String(event.args[name]);

/** Drafts of one transaction's events. */
export function draftEntries(account: string, events: readonly LedgerEvent[]): Draft[] {
  return new Transaction(account).draft(events);
}

/** Collects the legs of a fill or liquidation until the event that says what they were. */
class Transaction {
  readonly #account: string;
  readonly #drafts: Draft[] = [];
  /** Where in the drafts the legs are that no event has explained yet, and the fees that came with them. */
  #legs: number[] = [];
  #payments: number[] = [];
  #fees: number[] = [];
  #fills: LedgerEvent[] = [];
  /** Payments that options were read with. */
  readonly #premiums = new Set<LedgerEvent>();

  constructor(account: string) {
    this.#account = account;
  }

  draft(events: readonly LedgerEvent[]): Draft[] {
    events.forEach((event, i) => {
      if (event.name !== "OrderFilled") this.#explainFills();
      this.#read(event, events.slice(i + 1));
    });
    this.#explainFills();
    return this.#drafts.filter(saysSomething);
  }

  #read(event: LedgerEvent, following: readonly LedgerEvent[]): void {
    const [next] = following;
    switch (event.name) {
      case "CashChanged":
        return this.#readCash(event, next);
      case "CollateralChanged":
        return this.#readCollateral(event, next);
      case "PositionChanged":
        this.#legs.push(this.#drafts.length);
        return this.#add(event, { type: "Trade", ...positionFields(event), ...tradeFields(event) });
      case "OptionPositionChanged":
        return this.#readOption(event, following);
      case "OptionsMoved":
      case "ExpiryMoved":
        return this.#readMoved(event);
      case "ExpirySettled":
        return this.#add(event, { type: "Expiry", ...expiryFields(event) });
      case "Settled":
        return this.#add(event, { type: "Settlement", cash: big(event, "amount"), ...positionFields(event) });
      case "OrderFilled":
        this.#fills.push(event);
        return;
      case "Liquidated":
      case "SliceSold":
        return this.#explainLiquidation(event);
      default:
        // Deposited and Withdrawn were read with the change before them; AccountOpened moves nothing.
        return;
    }
  }

  /** An option's premium moves right after it; only interest that is booked before may come between. */
  #readOption(event: LedgerEvent, following: readonly LedgerEvent[]): void {
    const premium = big(event, "premium");
    const payment = following.find((e) => e.name !== "CashChanged" || Number(big(e, "reason")) !== INTEREST_REASON);
    if (premium !== 0n) {
      const isPaid =
        payment?.name === "CashChanged" &&
        Number(big(payment, "reason")) === TRADE_REASON &&
        big(payment, "amount") === premium;
      if (!isPaid) throw new StatementError(`The premium of an option in transaction ${event.transaction} is missing.`);
      this.#premiums.add(payment);
    }
    this.#legs.push(this.#drafts.length);
    this.#add(event, { type: "Trade", cash: premium, ...optionFields(event) });
  }

  /** Options that a liquidation moved: what they are worth together is paid for in one sum later. */
  #readMoved(event: LedgerEvent): void {
    const sign = text(event, "to") === this.#account ? 1n : -1n;
    for (const part of movedParts(event)) {
      this.#legs.push(this.#drafts.length);
      this.#add(event, { type: "Trade", instrument: part.instrument, quantity: sign * part.quantity });
    }
  }

  #readCash(event: LedgerEvent, next: LedgerEvent | undefined): void {
    if (this.#premiums.has(event)) return;
    const type = CASH_TYPES[Number(big(event, "reason"))] ?? "Other";
    // The instrument is in the event that follows.
    if (type === "Settlement") return;
    if (type === "Fee") this.#fees.push(this.#drafts.length);
    if (type === "Liquidation" || type === "LiquidationFee") this.#legs.push(this.#drafts.length);
    // What a combination leaves over, or what a liquidator pays for tokens: the event at the end of the call tells.
    if (type === "Combination") this.#payments.push(this.#drafts.length);
    const cash = big(event, "amount");
    this.#add(event, { type, cash, fee: type === "Fee" ? -cash : 0n, ...counterparty(next) });
  }

  #readCollateral(event: LedgerEvent, next: LedgerEvent | undefined): void {
    const amount = big(event, "amount");
    const party = counterparty(next);
    const type = next?.name === "Deposited" ? "Deposit" : next?.name === "Withdrawn" ? "Withdrawal" : "Transfer";
    if (type === "Transfer") this.#legs.push(this.#drafts.length);
    const asset = Number(big(event, "asset"));
    this.#add(event, { type, cash: 0n, asset, amount, assetBalance: big(event, "balance"), ...party });
  }

  /** Fills report in the order in which their legs were posted: perpetuals of all fills first, then futures and options. */
  #explainFills(): void {
    if (this.#fills.length === 0) return;
    const [fills, fees] = [this.#fills, this.#fees];
    const legs = this.#legs.filter((i) => this.#drafts[i]!.type === "Trade");
    const isPerpetual = (leg: number) => isPerpetualId(this.#drafts[leg]!.instrument!);
    let queues: Queues = [legs.filter(isPerpetual), legs.filter((leg) => !isPerpetual(leg))];
    [this.#fills, this.#legs, this.#fees, this.#payments] = [[], [], [], []];

    const charged = fees.reduce((sum, i) => sum + this.#drafts[i]!.fee, 0n);
    // Merged with the trades only if they are what the fills say they are.
    const merges = charged === fills.reduce((sum, fill) => sum + this.#feeOf(fill), 0n);
    if (merges) fees.forEach((i) => (this.#drafts[i] = { ...this.#drafts[i]!, cash: 0n, fee: 0n }));
    fills.forEach((fill, i) => {
      const counts = this.#legCounts(fill, queues, fills.length - 1 - i);
      const own = queues.flatMap((queue, q) => queue.slice(0, counts[q]));
      queues = [queues[0].slice(counts[0]), queues[1].slice(counts[1])];
      own.forEach((leg, first) => {
        const fee = merges && first === 0 ? this.#feeOf(fill) : 0n;
        const draft = this.#drafts[leg]!;
        this.#drafts[leg] = {
          ...draft,
          cash: draft.cash - fee,
          fee,
          counterparty: this.#isMaker(fill) ? text(fill, "taker") : text(fill, "maker"),
          order: text(fill, "orderHash"),
        };
      });
    });
  }

  /**
   * How many perpetuals, and how many futures and options, a fill had; it does not say. One leg books at the order's price; otherwise
   * it is a combination, whose instruments ascend, and every fill after it has at least one leg.
   */
  #legCounts(fill: LedgerEvent, queues: Queues, fillsAfter: number): [number, number] {
    const [perpetuals, dated] = [queues[0].length, queues[1].length];
    if (fillsAfter === 0) return [perpetuals, dated];
    const cost = divDown(abs(big(fill, "price")) * big(fill, "quantity"), USD_TO_PRICE);
    const single = queues.map((queue) => queue.length > 0 && this.#isBookedAt(queue[0]!, cost));
    if (single[0]) return [1, 0];
    if (single[1]) return [0, 1];
    let available = Math.max(perpetuals + dated - fillsAfter, 0);
    const counts = queues.map((queue) => {
      const run = Math.min(this.#ascending(queue), available);
      available -= run;
      return run;
    });
    return [counts[0]!, counts[1]!];
  }

  #isBookedAt(leg: number, cost: bigint): boolean {
    const draft = this.#drafts[leg]!;
    const booked = abs(this.#costOf(draft));
    // The price of a leg was rounded to 8 decimals.
    const slack = abs(draft.quantity!) / USD_TO_PRICE + 1n;
    return booked - cost <= slack && cost - booked <= slack;
  }

  /** Legs from the first on whose instruments ascend. */
  #ascending(legs: readonly number[]): number {
    const ids = legs.map((leg) => this.#drafts[leg]!.instrument!);
    const end = ids.findIndex((id, i) => i > 0 && id <= ids[i - 1]!);
    return end === -1 ? ids.length : end;
  }

  #costOf(leg: Draft): bigint {
    return divNearest(leg.quantity! * leg.price!, USD_TO_PRICE);
  }

  #isMaker(fill: LedgerEvent): boolean {
    return text(fill, "maker") === this.#account;
  }

  #feeOf(fill: LedgerEvent): bigint {
    return big(fill, this.#isMaker(fill) ? "makerFee" : "takerFee");
  }

  #explainLiquidation(event: LedgerEvent): void {
    const taker = text(event, event.name === "SliceSold" ? "bidder" : "liquidator");
    const other = text(event, "account") === this.#account ? taker : text(event, "account");
    for (const i of [...this.#legs, ...this.#payments]) {
      const draft = this.#drafts[i]!;
      const type = draft.type === "LiquidationFee" ? draft.type : "Liquidation";
      this.#drafts[i] = { ...draft, type, ...(type === "LiquidationFee" ? {} : { counterparty: other }) };
    }
    [this.#legs, this.#payments] = [[], []];
  }

  #add(event: LedgerEvent, fields: Partial<Draft> & { readonly type: EntryType }): void {
    const { blockNumber, transaction, logIndex } = event;
    this.#drafts.push({ blockNumber, transaction, logIndex, cash: 0n, fee: 0n, ...fields });
  }
}

/** Legs that no fill has claimed yet, as places in the drafts: perpetuals, and futures with options. */
type Queues = readonly [readonly number[], readonly number[]];

const isPerpetualId = (instrument: bigint): boolean => decodeInstrument(instrument).expiryHours === 0;

/** Fees that went into trades, and settlements that found nothing to settle, say nothing. */
function saysSomething({ type, cash, funding }: Draft): boolean {
  return cash !== 0n || (type !== "Fee" && (type !== "Settlement" || funding !== undefined));
}

/** An expiry that went whole is in words. */
function movedParts(event: LedgerEvent): readonly PositionPart[] {
  if (event.name === "OptionsMoved") return event.args.parts as readonly PositionPart[];
  return partsOfWords(big(event, "bucket"), big(event, "lotExponent"), event.args.words as readonly bigint[]);
}

function positionFields(event: LedgerEvent): Partial<Draft> {
  const funding = big(event, "realizedFunding");
  const quantity = event.args.newQuantity;
  return {
    instrument: big(event, "instrument"),
    quote: big(event, "newQuote"),
    ...(funding === 0n ? {} : { funding }),
    ...(quantity === undefined ? {} : { position: BigInt(quantity as bigint) }),
  };
}

function optionFields(event: LedgerEvent): Partial<Draft> {
  const quantity = big(event, "quantity");
  const price = quantity === 0n ? {} : { price: divNearest(abs(big(event, "premium")) * USD_TO_PRICE, abs(quantity)) };
  return { instrument: big(event, "instrument"), quantity, position: big(event, "newQuantity"), ...price };
}

/** The future stands for the whole expiry: nothing is left of it but its claim or debt. */
function expiryFields(event: LedgerEvent): Partial<Draft> {
  return {
    instrument: big(event, "bucket") << 32n,
    price: big(event, "settlementPrice"),
    position: 0n,
    quote: big(event, "value"),
  };
}

function tradeFields(event: LedgerEvent): Partial<Draft> {
  const quantity = big(event, "quantity");
  const quote = big(event, "quote");
  return { quantity, ...(quantity === 0n ? {} : { price: divNearest(abs(quote) * USD_TO_PRICE, abs(quantity)) }) };
}

/** Who brought or received tokens, in the event that follows the change. */
function counterparty(next: LedgerEvent | undefined): Partial<Draft> {
  if (next?.name === "Deposited") return { counterparty: text(next, "from") };
  if (next?.name === "Withdrawn") return { counterparty: text(next, "to") };
  return {};
}

/** Runs the balance along and holds it to the balances that the chain reported. */
export function withBalances(
  drafts: readonly Draft[],
  events: readonly LedgerEvent[],
  opening: bigint,
  timestamps: ReadonlyMap<number, number>,
): Entry[] {
  let balance = opening;
  const entries = drafts.map((draft): Entry => {
    balance += draft.cash;
    return { ...draft, balance, timestamp: timestamps.get(draft.blockNumber)! };
  });
  const reported = events.filter((event) => event.name === "CashChanged").at(-1);
  const last = reported === undefined ? opening : big(reported, "balance");
  if (last !== balance) {
    throw new StatementError(
      `The entries add up to ${balance}, but the ledger reported ${last} (millionths of a USD).`,
    );
  }
  return entries;
}

/** Cash before the first event. */
export function openingBalance(events: readonly LedgerEvent[]): bigint | undefined {
  const first = events.find((event) => event.name === "CashChanged");
  return first === undefined ? undefined : big(first, "balance") - big(first, "amount");
}

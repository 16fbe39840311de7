/**
 * Every identity of the books, recomputed from all accounts instead of trusting a total that the contracts keep. Pure: snapshot.ts
 * reads what is judged here.
 */
import { bucketOf, decodeInstrument, type Instrument, Kind, systemAccounts } from "../../sdk/instruments.ts";
import { divDown, QUANTITY_PRICE_TO_USD } from "../../sdk/margin/fixedPoint.ts";
import { formatUsd } from "../../sdk/units.ts";
import { dollars, plural } from "../demo/text.ts";

const AMOUNT_DECIMALS = 8;
/** Quantity (8 decimals) times the funding index (12) to USD (6). */
const QUANTITY_INDEX_TO_USD = 10n ** 14n;

/** One claim about the books, and what became of it. */
export interface AuditLine {
  readonly claim: string;
  readonly holds: boolean;
  /** Figures that show it. */
  readonly evidence: string;
}

export interface AuditResult {
  readonly positionsSumToZero: boolean;
  readonly openInterestIsWhatLongsHold: boolean;
  readonly expiriesAreSettled: boolean;
  readonly cashSumsToZero: boolean;
  readonly custodyCoversLiabilities: boolean;
  readonly badDebt: bigint;
  readonly ok: boolean;
  readonly accounts: number;
  readonly lines: readonly AuditLine[];
}

/** As last written. */
export interface PositionEntry {
  readonly instrument: bigint;
  readonly quantity: bigint;
  readonly quote: bigint;
  readonly fundingIndex: bigint;
  /** With the compulsory closes that are not booked yet, where there are any: what the account is worth is counted from these. */
  readonly current?: { readonly quantity: bigint; readonly quote: bigint };
}

export interface AccountEntry {
  readonly id: string;
  readonly isSystem: boolean;
  /** As last written; these sum to zero. */
  readonly storedCash: bigint;
  /** With interest to now. */
  readonly cash: bigint;
  readonly positions: readonly PositionEntry[];
  /** Token amounts in the token's own unit, in the order of the snapshot's collaterals. */
  readonly collaterals: readonly bigint[];
  /** What the clearing house says; undefined for its own accounts. */
  readonly equity: bigint | undefined;
}

export interface InstrumentEntry {
  readonly id: bigint;
  /** The mark of one contract, 8 decimals. */
  readonly price: bigint;
  readonly fundingIndex: bigint;
  /** It expired, and its settlement price is proven. */
  readonly isSettled: boolean;
}

/** What all longs of some instruments hold together, as the clearing house counts it. */
export interface OpenInterestEntry {
  readonly of: readonly bigint[];
  readonly counted: bigint;
  /** What compulsory closes may have left in the count by rounding: never less than the longs hold. */
  readonly slack?: bigint;
}

export interface TokenEntry {
  readonly symbol: string;
  readonly decimals: number;
  readonly price: bigint;
  /** The vault's balance as the token itself says. */
  readonly held: bigint;
}

export interface LedgerSnapshot {
  /**
   * Interest was booked up to this block, so that equities count all of it. Otherwise positive cash counts in them with what was booked
   * last, which lies between the stored cash and that with interest.
   */
  readonly isAccrued: boolean;
  /** Every account, system accounts and the vault's included. */
  readonly accounts: readonly AccountEntry[];
  readonly instruments: readonly InstrumentEntry[];
  readonly openInterests: readonly OpenInterestEntry[];
  readonly cashToken: TokenEntry;
  /** The account whose cash is minus what the vault owes. */
  readonly vaultAccount: string;
  readonly collaterals: readonly TokenEntry[];
}

export function audit(ledger: LedgerSnapshot): AuditResult {
  const positions = auditPositions(ledger);
  const openInterest = auditOpenInterest(ledger);
  const expired = auditExpired(ledger);
  const cash = auditCash(ledger);
  const custody = auditCustody(ledger);
  const system = auditSystemAccounts(ledger);
  const equity = auditEquity(ledger);
  const { line: debt, badDebt } = auditBadDebt(ledger);
  const lines = [positions, openInterest, expired, cash, custody, system, equity, debt];
  return {
    positionsSumToZero: positions.holds,
    openInterestIsWhatLongsHold: openInterest.holds,
    expiriesAreSettled: expired.holds,
    cashSumsToZero: cash.holds,
    custodyCoversLiabilities: custody.holds,
    badDebt,
    ok: lines.every(({ holds }) => holds),
    accounts: ledger.accounts.length,
    lines,
  };
}

/** The audit of a house that goes on trading: what expired a moment ago may wait for its sweep. */
export function auditLive(ledger: LedgerSnapshot): { readonly lines: readonly AuditLine[]; readonly badDebt: bigint } {
  const { line, badDebt } = auditBadDebt(ledger);
  const rest = [auditPositions, auditOpenInterest, auditCash, auditCustody, auditSystemAccounts, auditEquity];
  return { lines: [...rest.map((judge) => judge(ledger)), line], badDebt };
}

/** Of each instrument contracts and quotes sum to zero; what an expiry's clearing account owes is among the quotes. */
function auditPositions({ accounts, instruments }: LedgerSnapshot): AuditLine {
  const sums = new Map(instruments.map(({ id }) => [id, { quantity: 0n, quote: 0n }]));
  for (const { instrument, quantity, quote } of accounts.flatMap(({ positions }) => positions)) {
    const total = sums.get(instrument);
    if (total === undefined) continue;
    total.quantity += quantity;
    total.quote += quote;
  }
  // Sweeps turn the contracts of one account after the other into quote.
  const holds = instruments.every(({ id, isSettled }) => {
    const { quantity, quote } = sums.get(id)!;
    return (isSettled || quantity === 0n) && quote === 0n;
  });
  const count = accounts.reduce((total, { positions }) => total + positions.length, 0);
  const ofKind = (test: (instrument: Instrument) => boolean): number =>
    instruments.filter(({ id }) => test(decodeInstrument(id))).length;
  const kinds = [
    plural(
      ofKind(({ expiryHours }) => expiryHours === 0),
      "perpetual",
    ),
    plural(
      ofKind(({ expiryHours, kind }) => expiryHours !== 0 && kind === Kind.Linear),
      "future",
    ),
    plural(
      ofKind(({ kind }) => kind !== Kind.Linear),
      "option",
    ),
  ];
  return {
    claim: "Positions sum to zero on every instrument, and so do their quotes",
    holds,
    evidence: `${plural(count, "entry", "entries")} on ${kinds.join(", ")}`,
  };
}

function auditOpenInterest({ accounts, openInterests }: LedgerSnapshot): AuditLine {
  const longsOf = (ids: ReadonlySet<bigint>): bigint =>
    sum(
      accounts
        .flatMap(({ positions }) => positions)
        .filter(({ instrument }) => ids.has(instrument))
        .map((position) => current(position).quantity)
        .filter((quantity) => quantity > 0n),
    );
  const isLongs = ({ of, counted, slack = 0n }: OpenInterestEntry): boolean => {
    const left = counted - longsOf(new Set(of));
    return left >= 0n && left <= slack;
  };
  return {
    claim: "Open interest is what the longs hold: perpetuals with futures, futures alone, options by expiry",
    holds: openInterests.every(isLongs),
    evidence: plural(openInterests.length, "figure"),
  };
}

/** Nobody holds what has been settled, no claim is unpaid, and the clearing account has passed on all it took. */
function auditExpired({ accounts, instruments }: LedgerSnapshot): AuditLine {
  const settled = instruments.filter(({ isSettled }) => isSettled).map(({ id }) => id);
  const clearings = new Set(settled.map((id) => systemAccounts.clearing(bucketOf(id))));
  const left = accounts.flatMap(({ positions }) => positions.filter(({ instrument }) => settled.includes(instrument)));
  const kept = sum(accounts.filter(({ id }) => clearings.has(id)).map(({ storedCash }) => storedCash));
  // What claims and debts were rounded down by stays there, at most a unit for each account.
  const holds = left.every(({ quantity, quote }) => quantity === 0n && magnitude(quote) <= BigInt(accounts.length));
  return {
    claim: "What expired is settled: no contract and no claim is left",
    holds: holds && magnitude(kept) <= BigInt(accounts.length * clearings.size),
    evidence: `${plural(settled.length, "instrument")} of ${plural(clearings.size, "expiry", "expiries")}, ${formatUsd(kept)} USD of roundings kept`,
  };
}

function auditCash({ accounts }: LedgerSnapshot): AuditLine {
  const total = sum(accounts.map(({ storedCash }) => storedCash));
  return {
    claim: "Cash sums to zero over all accounts, the vault's included",
    holds: total === 0n,
    evidence: `sum ${formatUsd(total)} over ${plural(accounts.length, "account")}`,
  };
}

/** For each token the vault really holds at least what all accounts together own of it. */
function auditCustody({ accounts, vaultAccount, cashToken, collaterals }: LedgerSnapshot): AuditLine {
  const owedCash = sum(accounts.filter(({ id }) => id !== vaultAccount).map(({ storedCash }) => storedCash));
  const rows = [
    { token: cashToken, owed: owedCash },
    ...collaterals.map((token, i) => ({ token, owed: sum(accounts.map((a) => a.collaterals[i] ?? 0n)) })),
  ];
  return {
    claim: "Custody covers liabilities, token by token",
    holds: rows.every(({ token, owed }) => token.held >= owed),
    evidence: rows
      .map(({ token, owed }) => `${tokens(token.held, token)} of ${tokens(owed, token)} ${token.symbol}`)
      .join(", "),
  };
}

/** Fees, insurance and the instruments' clearing accounts never spend what they do not have. */
function auditSystemAccounts({ accounts, vaultAccount }: LedgerSnapshot): AuditLine {
  const own = accounts.filter(({ id, isSystem }) => isSystem && id !== vaultAccount && id !== systemAccounts.deficit);
  const pending = pendingInterest({ accounts });
  // What accounts pay to the interest account, or get from it, when they are next written. It is rounded against borrowers and for
  // nobody, account by account: a few units may be on their way.
  const cashOf = ({ id, storedCash }: AccountEntry): bigint =>
    id === systemAccounts.interest ? storedCash - pending : storedCash;
  const holds = own.every((account) => cashOf(account) >= -BigInt(accounts.length));
  return {
    claim: "No account of the house itself is overdrawn",
    holds,
    evidence: `${plural(own.length, "account")} holding ${dollars(sum(own.map(({ storedCash }) => storedCash)))} USD`,
  };
}

/** Each trader's equity from the entries of the ledger, against what the clearing house says. */
function auditEquity(ledger: LedgerSnapshot): AuditLine {
  const traders = ledger.accounts.filter(({ equity }) => equity !== undefined);
  return {
    claim: "Equity recomputed from the entries is what the clearing house says",
    holds: traders.every((account) => hasRecomputedEquity(account, ledger)),
    evidence: `${plural(traders.length, "account")}, ${ledger.isAccrued ? "to the last unit" : "but for interest that is not booked yet"}`,
  };
}

function hasRecomputedEquity(account: AccountEntry, ledger: LedgerSnapshot): boolean {
  const { cash, storedCash, equity } = account;
  const rest = recomputedEquity(account, ledger) - cash;
  const least = ledger.isAccrued || cash <= 0n || storedCash > cash ? cash : storedCash;
  return equity! >= rest + least && equity! <= rest + cash;
}

/**
 * Bad debt is what accounts owe beyond all they have. It is also, by another way round, what the claims on the house exceed the
 * value in its custody by. Both must agree but for the rounding of each position and holding down to a unit.
 */
function auditBadDebt(ledger: LedgerSnapshot): { line: AuditLine; badDebt: bigint } {
  const { accounts, vaultAccount, collaterals } = ledger;
  // With all interest up to now, whether it is booked or not.
  const equityOf = (a: AccountEntry): bigint => (ledger.isAccrued ? a.equity! : recomputedEquity(a, ledger));
  const equities = accounts.map((a) => (a.equity === undefined ? 0n : equityOf(a)));
  const badDebt = -sum(equities.filter((equity) => equity < 0n));

  const traders = accounts.filter(({ isSystem }) => !isSystem);
  const own = accounts.filter(({ id, isSystem }) => isSystem && id !== vaultAccount);
  // The house is the other side of interest, funding and closes that were not yet written into the traders' accounts.
  const pendingFunding = sum(traders.flatMap(({ positions }) => positions.map((p) => fundingOf(p, ledger))));
  const pendingCloses = sum(traders.flatMap(({ positions }) => positions.map((p) => closedOf(p, ledger))));
  const houseClaims =
    sum(own.map(({ storedCash }) => storedCash)) +
    sum(own.flatMap(({ positions }) => positions.map((p) => p.quote + worthOf(p, ledger)))) -
    pendingInterest({ accounts }) -
    pendingFunding -
    pendingCloses;
  const custody =
    -sum(accounts.filter(({ id }) => id === vaultAccount).map(({ storedCash }) => storedCash)) +
    sum(collaterals.map((token, i) => valueOf(sum(accounts.map((a) => a.collaterals[i] ?? 0n)), token)));
  const claims = sum(equities.filter((equity) => equity > 0n)) + houseClaims;
  const shortfall = claims - custody;

  const entries = accounts.reduce((total, a) => total + a.positions.length * 2 + a.collaterals.length, 0);
  const difference = shortfall - badDebt;
  return {
    badDebt,
    line: {
      claim: "Bad debt is the sum of negative equities, and what claims exceed custody by",
      holds: difference <= BigInt(entries) && difference >= -BigInt(entries),
      evidence:
        `bad debt ${dollars(badDebt)} USD; claims ${dollars(claims)}, custody ${dollars(custody)} USD, ` +
        `rounding ${formatUsd(difference < 0n ? -difference : difference)}`,
    },
  };
}

/** Options and future of one expiry are valued together, so they are rounded together. */
function recomputedEquity(account: AccountEntry, ledger: LedgerSnapshot): bigint {
  const quotes = account.positions.map((p) => current(p).quote + fundingOf(p, ledger));
  const buckets = new Map<bigint, bigint>();
  for (const p of account.positions) {
    const bucket = bucketOf(p.instrument);
    buckets.set(bucket, (buckets.get(bucket) ?? 0n) + current(p).quantity * instrumentOf(p, ledger).price);
  }
  const values = [...buckets.values()].map((value) => divDown(value, QUANTITY_PRICE_TO_USD));
  const tokenValues = account.collaterals.map((amount, i) => valueOf(amount, ledger.collaterals[i]!));
  return account.cash + sum(quotes) + sum(values) + sum(tokenValues);
}

/** What a position of the house itself is worth at the mark: closeout accounts hold contracts until their holders are touched. */
function worthOf({ instrument, quantity }: PositionEntry, ledger: LedgerSnapshot): bigint {
  if (quantity === 0n) return 0n;
  const { price } = ledger.instruments.find(({ id }) => id === instrument)!;
  return divDown(quantity * price, QUANTITY_PRICE_TO_USD);
}

/** Funding since the position was last written; negative is owed. */
function fundingOf(position: PositionEntry, ledger: LedgerSnapshot): bigint {
  const { fundingIndex } = instrumentOf(position, ledger);
  return divDown(-current(position).quantity * (fundingIndex - position.fundingIndex), QUANTITY_INDEX_TO_USD);
}

const current = (position: PositionEntry): { readonly quantity: bigint; readonly quote: bigint } =>
  position.current ?? position;

/** What compulsory closes that are not booked yet will change a position by, at the mark. */
function closedOf(position: PositionEntry, ledger: LedgerSnapshot): bigint {
  const { quantity, quote } = current(position);
  return quote - position.quote + worthOf({ ...position, quantity: quantity - position.quantity }, ledger);
}

/** Interest of traders that is due and not written yet. */
const pendingInterest = ({ accounts }: Pick<LedgerSnapshot, "accounts">): bigint =>
  sum(accounts.filter(({ isSystem }) => !isSystem).map(({ cash, storedCash }) => cash - storedCash));

function instrumentOf({ instrument }: PositionEntry, { instruments }: LedgerSnapshot): InstrumentEntry {
  const found = instruments.find(({ id }) => id === instrument);
  if (found === undefined) throw new Error(`The snapshot lacks instrument ${instrument}.`);
  return found;
}

/** Value of a token amount, rounded down like the margin's. */
function valueOf(amount: bigint, { decimals, price }: TokenEntry): bigint {
  const shift = BigInt(Math.abs(decimals - AMOUNT_DECIMALS));
  const amount8 = decimals >= AMOUNT_DECIMALS ? amount / 10n ** shift : amount * 10n ** shift;
  return (amount8 * price) / QUANTITY_PRICE_TO_USD;
}

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

function tokens(amount: bigint, { decimals }: TokenEntry): string {
  return (Number(amount) / 10 ** decimals).toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

import { expect } from "chai";
import { type AccountEntry, audit, auditLive, type LedgerSnapshot } from "../../../scripts/audit/identities.ts";
import { systemAccounts } from "../../../sdk/instruments.ts";

const USD = 10n ** 6n;
const ONE = 10n ** 8n;
const INSTRUMENT = 1n << 56n;
const VAULT = "vault";
const FEES = "fees";

/**
 * Two traders brought 1,000 USDC each and one 2 ETH; A bought 1 contract at 100 from B and paid 3 of fees. The price is 90: A lost
 * 10, B won 10. Worked out by hand: A 1000 − 3 − 10, B 1000 + 10 + 2·90.
 */
function ledger(): LedgerSnapshot {
  const position = (quantity: bigint, quote: bigint) => ({ instrument: INSTRUMENT, quantity, quote, fundingIndex: 7n });
  const account = (id: string, more: Partial<AccountEntry>): AccountEntry => ({
    id,
    isSystem: false,
    storedCash: 0n,
    cash: 0n,
    positions: [],
    collaterals: [0n],
    equity: undefined,
    ...more,
  });
  return {
    isAccrued: true,
    accounts: [
      account("A", {
        storedCash: 997n * USD,
        cash: 997n * USD,
        positions: [position(ONE, -100n * USD)],
        equity: 987n * USD,
      }),
      account("B", {
        storedCash: 1_000n * USD,
        cash: 1_000n * USD,
        positions: [position(-ONE, 100n * USD)],
        collaterals: [2n * 10n ** 18n],
        equity: 1_190n * USD,
      }),
      account(FEES, { isSystem: true, storedCash: 3n * USD, cash: 3n * USD }),
      account(VAULT, { isSystem: true, storedCash: -2_000n * USD, cash: -2_000n * USD }),
    ],
    instruments: [{ id: INSTRUMENT, price: 90n * ONE, fundingIndex: 7n, isSettled: false }],
    openInterests: [{ of: [INSTRUMENT], counted: ONE }],
    cashToken: { symbol: "USDC", decimals: 6, price: ONE, held: 2_000n * USD },
    vaultAccount: VAULT,
    collaterals: [{ symbol: "WETH", decimals: 18, price: 90n * ONE, held: 2n * 10n ** 18n }],
  };
}

/** The ledger with some fields of one account replaced. */
function changed(id: string, change: (account: AccountEntry) => Partial<AccountEntry>): LedgerSnapshot {
  const books = ledger();
  return { ...books, accounts: books.accounts.map((a) => (a.id === id ? { ...a, ...change(a) } : a)) };
}

const failures = (books: LedgerSnapshot): string[] =>
  audit(books)
    .lines.filter(({ holds }) => !holds)
    .map(({ claim }) => claim.split(/[ ,]/)[0]!);

describe("audit", () => {
  it("finds nothing wrong with books that balance", () => {
    expect(failures(ledger())).to.deep.equal([]);
    expect(audit(ledger())).to.include({ ok: true, badDebt: 0n, accounts: 4 });
  });

  it("counts interest and funding that are due and not yet written", () => {
    // A is owed 5 of interest; since the positions were written, one long contract paid 1 of funding.
    const interest = changed("A", () => ({ cash: 1_002n * USD, equity: 991n * USD }));
    const accounts = interest.accounts.map((a) => (a.id === "B" ? { ...a, equity: 1_191n * USD } : a));
    const instruments = interest.instruments.map((i) => ({ ...i, fundingIndex: 7n + 10n ** 12n }));
    expect(failures({ ...interest, accounts, instruments })).to.deep.equal([]);
  });

  it("finds a contract that nobody is short of", () => {
    const books = changed("B", (b) => ({ positions: [{ ...b.positions[0]!, quantity: 1n - ONE }] }));
    expect(audit(books)).to.include({ positionsSumToZero: false, ok: false });
  });

  it("finds a quote from nowhere", () => {
    const books = changed("A", (a) => ({ positions: [{ ...a.positions[0]!, quote: -99n * USD }] }));
    expect(audit(books).positionsSumToZero).to.equal(false);
  });

  it("finds open interest that is not what the longs hold", () => {
    const openInterests = [{ of: [INSTRUMENT], counted: 2n * ONE }];
    const result = audit({ ...ledger(), openInterests });
    expect(result).to.include({ openInterestIsWhatLongsHold: false, positionsSumToZero: true, ok: false });
  });

  it("counts futures in the open interest of their underlying's perpetual", () => {
    const future = (1n << 56n) | (440_000n << 32n);
    const hold = (id: string, quantity: bigint) => (a: AccountEntry) =>
      a.id === id ? [...a.positions, { instrument: future, quantity, quote: 0n, fundingIndex: 0n }] : a.positions;
    const books = ledger();
    const accounts = books.accounts.map((a) => ({
      ...a,
      positions: hold("A", -ONE)({ ...a, positions: hold("B", ONE)(a) }),
    }));
    const instruments = [...books.instruments, { id: future, price: 0n, fundingIndex: 0n, isSettled: false }];
    const counted = (together: bigint) =>
      audit({ ...books, accounts, instruments, openInterests: [{ of: [INSTRUMENT, future], counted: together }] });
    expect(counted(2n * ONE).ok).to.equal(true);
    expect(counted(ONE).openInterestIsWhatLongsHold).to.equal(false);
  });

  it("finds cash from nowhere", () => {
    const books = changed(FEES, () => ({ storedCash: 4n * USD }));
    expect(audit(books)).to.include({ cashSumsToZero: false, positionsSumToZero: true, ok: false });
  });

  it("finds a vault that holds less than accounts own, of cash or of a token", () => {
    const books = ledger();
    const less = { ...books.cashToken, held: books.cashToken.held - 1n };
    expect(audit({ ...books, cashToken: less })).to.include({ custodyCoversLiabilities: false, ok: false });
    const token = books.collaterals.map((t) => ({ ...t, held: t.held - 1n }));
    expect(audit({ ...books, collaterals: token })).to.include({ custodyCoversLiabilities: false, ok: false });
    expect(audit({ ...books, collaterals: books.collaterals.map((t) => ({ ...t, held: t.held + 1n })) }).ok).to.equal(
      true,
    );
  });

  it("takes interest that is not booked yet for what lies between, and no unit more", () => {
    // A is owed 5 more than was written; the house counts what was booked last.
    const live = (equity: bigint) => ({
      ...changed("A", () => ({ cash: 1_002n * USD, equity })),
      isAccrued: false,
    });
    const failing = (equity: bigint) => auditLive(live(equity)).lines.filter(({ holds }) => !holds);
    for (const equity of [987n * USD, 990n * USD, 992n * USD]) expect(failing(equity)).to.deep.equal([]);
    for (const equity of [987n * USD - 1n, 992n * USD + 1n]) {
      expect(failing(equity).map(({ claim }) => claim.split(" ")[0])).to.deep.equal(["Equity"]);
    }
  });

  it("lets the open deficit be below zero, and nothing else of the house", () => {
    const own = (id: string): LedgerSnapshot => {
      const books = changed(FEES, () => ({ storedCash: 1_003n * USD, cash: 1_003n * USD }));
      const owing = { ...books.accounts[2]!, id, storedCash: -1_000n * USD, cash: -1_000n * USD };
      return { ...books, accounts: [...books.accounts, owing] };
    };
    expect(failures(own(systemAccounts.deficit))).to.deep.equal([]);
    expect(failures(own(systemAccounts.insurance))).to.deep.equal(["No"]);
  });

  it("counts compulsory closes that are not booked yet, whose other side the closeout account holds", () => {
    // Half of B's short was closed at 90 and is not booked; the closeout account took it over from A, who is flat: 997 − 10.
    const books = ledger();
    const closeout: AccountEntry = {
      id: systemAccounts.closeout(INSTRUMENT >> 32n),
      isSystem: true,
      storedCash: 0n,
      cash: 0n,
      positions: [{ instrument: INSTRUMENT, quantity: ONE / 2n, quote: -45n * USD, fundingIndex: 0n }],
      collaterals: [0n],
      equity: undefined,
    };
    const accounts = books.accounts.map((a) => {
      if (a.id === "A") {
        return { ...a, positions: [{ ...a.positions[0]!, quantity: ONE / 2n, quote: -55n * USD }] };
      }
      if (a.id !== "B") return a;
      return { ...a, positions: [{ ...a.positions[0]!, current: { quantity: -ONE / 2n, quote: 55n * USD } }] };
    });
    const openInterests = [{ of: [INSTRUMENT], counted: ONE / 2n }];
    const closed = { ...books, accounts: [...accounts, closeout], openInterests };
    expect(failures(closed)).to.deep.equal([]);
    // What rounding left in the count is no failure, what longs have beyond it is.
    const counted = (count: bigint) => ({
      ...closed,
      openInterests: [{ of: [INSTRUMENT], counted: count, slack: 2n }],
    });
    expect(failures(counted(ONE / 2n + 2n))).to.deep.equal([]);
    expect(failures(counted(ONE / 2n + 3n))).to.deep.equal(["Open"]);
    expect(failures(counted(ONE / 2n - 1n))).to.deep.equal(["Open"]);
  });

  it("lets the interest account owe what accounts have not paid it yet of a socialised loss, and no more", () => {
    // A bears 5 of the deficit's 5 when it is next written.
    const interest = (owed: bigint): LedgerSnapshot => {
      const books = changed("A", () => ({ cash: 992n * USD, equity: 982n * USD }));
      const account = { ...books.accounts[2]!, id: systemAccounts.interest, storedCash: -owed, cash: -owed };
      const deficit = { ...account, id: systemAccounts.deficit, storedCash: owed - 5n * USD, cash: owed - 5n * USD };
      const vault = (a: AccountEntry) =>
        a.id === VAULT ? { ...a, storedCash: -1_995n * USD, cash: -1_995n * USD } : a;
      return { ...books, accounts: [...books.accounts.map(vault), account, deficit] };
    };
    expect(failures(interest(5n * USD))).to.deep.equal([]);
    expect(failures(interest(6n * USD))).to.deep.equal(["No"]);
  });

  it("finds an equity that the entries do not add up to", () => {
    expect(failures(changed("B", () => ({ equity: 1_190n * USD + 1n })))).to.deep.equal(["Equity"]);
  });

  it("finds an overdrawn account of the house", () => {
    const overdrawn = changed(FEES, () => ({ storedCash: -1_000n * USD }));
    expect(failures(overdrawn)).to.include("No");
  });

  it("counts what an account owes beyond all it has as bad debt", () => {
    // A withdrew 988 that it did not have left: its equity is 1 below zero, and 988 of cash is gone from the vault.
    const withdrawn = changed("A", () => ({ storedCash: 9n * USD, cash: 9n * USD, equity: -1n * USD }));
    const accounts = withdrawn.accounts.map((a) =>
      a.id === VAULT ? { ...a, storedCash: -1_012n * USD, cash: -1_012n * USD } : a,
    );
    expect(audit({ ...withdrawn, accounts })).to.include({ ok: true, badDebt: 1n * USD });
  });

  it("finds a bad debt that no claim exceeds custody by", () => {
    expect(failures(changed("A", () => ({ equity: -5n * USD })))).to.deep.equal(["Equity", "Bad"]);
  });

  describe("options", () => {
    const EXPIRY = (1n << 24n) | 440_000n;
    const FUTURE = EXPIRY << 32n;
    const CALL = FUTURE | (1n << 24n) | 100n;
    const CLEARING = systemAccounts.clearing(EXPIRY);

    /** B sold A a call for 4 in cash; at the mark it is worth 2.5 a contract. By hand: A +2.5 − 4, B the opposite. */
    function withCall(): LedgerSnapshot {
      const books = ledger();
      const call = (quantity: bigint) => ({ instrument: CALL, quantity, quote: 0n, fundingIndex: 0n });
      const traded = (sign: bigint, a: AccountEntry): AccountEntry => ({
        ...a,
        storedCash: a.storedCash - sign * 4n * USD,
        cash: a.cash - sign * 4n * USD,
        positions: [...a.positions, call(sign * ONE)],
        equity: a.equity! - sign * 1_500_000n,
      });
      return {
        ...books,
        accounts: books.accounts.map((a) => (a.id === "A" ? traded(1n, a) : a.id === "B" ? traded(-1n, a) : a)),
        instruments: [
          ...books.instruments,
          { id: FUTURE, price: 91n * ONE, fundingIndex: 0n, isSettled: false },
          { id: CALL, price: 250_000_000n, fundingIndex: 0n, isSettled: false },
        ],
        openInterests: [...books.openInterests, { of: [CALL], counted: ONE }],
      };
    }

    /** The same after expiry at 3: A owns a claim of 3 that the clearing account got from B's cash and has not passed on yet. */
    function expired(): LedgerSnapshot {
      const books = withCall();
      const claim = (quote: bigint) => ({ instrument: FUTURE, quantity: 0n, quote, fundingIndex: 0n });
      const without = (a: AccountEntry) => a.positions.filter(({ instrument }) => instrument !== CALL);
      const accounts = books.accounts.map((a) => {
        if (a.id === "A") return { ...a, positions: [...without(a), claim(3n * USD)], equity: a.equity! + 500_000n };
        if (a.id !== "B") return a;
        const cash = a.cash - 3n * USD;
        return { ...a, positions: without(a), storedCash: cash, cash, equity: a.equity! - 500_000n };
      });
      const clearing: AccountEntry = {
        id: CLEARING,
        isSystem: true,
        storedCash: 3n * USD,
        cash: 3n * USD,
        positions: [claim(-3n * USD)],
        collaterals: [0n],
        equity: undefined,
      };
      return {
        ...books,
        accounts: [...accounts, clearing],
        instruments: books.instruments.map((i) => (i.id === INSTRUMENT ? i : { ...i, isSettled: true })),
        openInterests: books.openInterests.slice(0, 1),
      };
    }

    it("does not ask a house that goes on trading for its sweeps", () => {
      expect(auditLive(expired()).lines.filter(({ holds }) => !holds)).to.deep.equal([]);
    });

    it("values what is not swept yet of an expiry against what is", () => {
      // B's option is still there, worth 3 at the settlement price; A's claim of 3 stands against the clearing account's quote.
      const swept = expired();
      const held = withCall().accounts.find(({ id }) => id === "B")!;
      const accounts = swept.accounts.map((a) => {
        if (a.id === "B") return { ...held, equity: held.equity! - 500_000n };
        return a.id === CLEARING ? { ...a, storedCash: 0n, cash: 0n } : a;
      });
      const instruments = swept.instruments.map((i) => (i.id === CALL ? { ...i, price: 300_000_000n } : i));
      const openInterests = [...swept.openInterests];
      const underway = { ...swept, accounts, instruments, openInterests };
      expect(auditLive(underway).lines.filter(({ holds }) => !holds)).to.deep.equal([]);
    });

    it("values what was paid for at once without a quote", () => {
      expect(failures(withCall())).to.deep.equal([]);
    });

    it("finds an option that nobody sold", () => {
      const books = withCall();
      const accounts = books.accounts.map((a) => (a.id === "B" ? { ...a, positions: a.positions.slice(0, 1) } : a));
      expect(audit({ ...books, accounts })).to.include({ positionsSumToZero: false, ok: false });
    });

    it("finds a premium that only one side paid", () => {
      const books = withCall();
      const accounts = books.accounts.map((a) => (a.id === "B" ? { ...a, storedCash: a.storedCash - 4n * USD } : a));
      expect(audit({ ...books, accounts })).to.include({ cashSumsToZero: false, ok: false });
    });

    it("rounds the options of an expiry together, against the account", () => {
      // 1.5 units for each of two options make 3, not 2.
      const books = withCall();
      const put = CALL + (1n << 24n);
      const accounts = books.accounts.map((a) => {
        const sign = a.id === "A" ? 1n : -1n;
        if (a.isSystem) return a;
        const positions = [CALL, put].map((instrument) => ({
          instrument,
          quantity: sign * 1_000_000n,
          quote: 0n,
          fundingIndex: 0n,
        }));
        return { ...a, positions: [a.positions[0]!, ...positions], equity: a.equity! - sign * 2_500_000n + sign * 3n };
      });
      const half = { price: 15_000n, fundingIndex: 0n, isSettled: false };
      const instruments = [...books.instruments.slice(0, 2), { id: CALL, ...half }, { id: put, ...half }];
      const openInterests = [...books.openInterests.slice(0, 1), { of: [CALL, put], counted: 2_000_000n }];
      expect(failures({ ...books, accounts, instruments, openInterests })).to.deep.equal([]);
    });

    it("finds a claim of an expiry that is not paid yet, with the clearing account's quote against it", () => {
      const result = audit(expired());
      expect(result).to.include({ positionsSumToZero: true, expiriesAreSettled: false, ok: false });
      expect(failures(expired())).to.deep.equal(["What"]);
    });

    it("is content when the claim is paid, and not when the clearing account kept it", () => {
      const books = expired();
      const accounts = books.accounts.map((a) => {
        const positions = a.positions.filter(({ instrument }) => instrument !== FUTURE);
        if (a.id === "A") return { ...a, positions, storedCash: a.storedCash + 3n * USD, cash: a.cash + 3n * USD };
        return a.id === CLEARING ? { ...a, positions, storedCash: 0n, cash: 0n } : a;
      });
      expect(failures({ ...books, accounts })).to.deep.equal([]);
      const kept = accounts.map((a) => (a.id === CLEARING ? { ...a, storedCash: 3n * USD, cash: 3n * USD } : a));
      expect(audit({ ...books, accounts: kept }).expiriesAreSettled).to.equal(false);
    });

    it("finds a contract that is still held after its expiry was settled", () => {
      const books = withCall();
      const instruments = books.instruments.map((i) => (i.id === CALL ? { ...i, isSettled: true } : i));
      expect(audit({ ...books, instruments })).to.include({ expiriesAreSettled: false, ok: false });
    });
  });
});

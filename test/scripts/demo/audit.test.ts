import { expect } from "chai";
import { type AccountEntry, audit, type LedgerSnapshot } from "../../../scripts/demo/audit.ts";

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
    instruments: [{ id: INSTRUMENT, price: 90n * ONE, fundingIndex: 7n, openInterest: ONE }],
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
    const books = ledger();
    const instruments = books.instruments.map((i) => ({ ...i, openInterest: 2n * ONE }));
    expect(audit({ ...books, instruments }).positionsSumToZero).to.equal(false);
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
});

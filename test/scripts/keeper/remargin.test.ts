import { expect } from "chai";
import { accountId } from "../../../sdk/instruments.ts";
import { reprice } from "../../../sdk/margin/hypotheses.ts";
import { assess } from "../../../sdk/margin/riskEngine.ts";
import { type AccountBook, bookOf } from "../../../sdk/remargin/accountBook.ts";
import { screen } from "../../../sdk/remargin/screen.ts";
import { type AssetState, portfolioAt, surfaceKey, type Tick, UnknownMarket } from "../../../sdk/remargin/tick.ts";
import type { Exposure, ParameterSet, Portfolio, Surface } from "../../../sdk/types.ts";
import { RemarginPool } from "../../../scripts/keeper/remargin/pool.ts";
import { randomOptionBook } from "../../support/optionBooks.ts";
import { book, exposure, PRICE_ONE, Random, randomBook, randomParameters } from "../../support/riskBooks.ts";

const UNDERLYINGS = 12;
const COLLATERALS = 4;
const NOW = 1_700_000_000n;

const account = (n: number): string => accountId(`0x${n.toString(16).padStart(40, "0")}`);

/** The tick in which a portfolio is what it is. Random portfolios do not share markets, so each has a tick of its own. */
function tickOf(portfolio: Portfolio, parameters: ParameterSet, fundingIndex = 0n): Tick {
  const openInterest = (underlying: number): bigint =>
    portfolio.exposures.find((e) => e.underlying === underlying)?.openInterest ?? 0n;
  return {
    now: portfolio.now ?? NOW,
    cashPrice: portfolio.cashPrice,
    underlyings: new Map(
      [...portfolio.holdings, ...portfolio.exposures].map(({ underlying, price, status }) => [
        underlying,
        { price, status, openInterest: openInterest(underlying), fundingIndex },
      ]),
    ),
    surfaces: new Map(
      portfolio.exposures.flatMap(({ underlying, expiryHours, dated }): [number, Surface][] =>
        dated === undefined ? [] : [[surfaceKey(underlying, expiryHours), dated.surface]],
      ),
    ),
    assets: new Map(
      portfolio.holdings.map(({ asset, underlying, total }): [number, AssetState] => [asset, { underlying, total }]),
    ),
    parameters,
  };
}

/** Many accounts in one set of markets: the same prices, surfaces and totals for all. */
function sharedMarket(random: Random, count: number): { portfolios: Portfolio[]; tick: Tick } {
  const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
  const markets = Array.from({ length: UNDERLYINGS }, () => ({
    price: random.logarithmic(1e6, 1e12),
    openInterest: random.logarithmic(1e8, 1e15),
  }));
  const portfolios = Array.from({ length: count }, () => {
    const made = randomBook(random, UNDERLYINGS, 0);
    const exposures = made.exposures.map((e) => ({
      ...e,
      ...markets[e.underlying - 1]!,
      status: 1 as const,
      quantity: random.logarithmic(1e5, 1e11) * (random.unit() < 0.5 ? -1n : 1n),
    }));
    // Around the margin itself, so that many are on either side of it.
    const { equity, maintenance } = assess(book({ exposures }), parameters);
    const cash = (maintenance * random.bigint(50, 160)) / 100n - equity;
    return book({ now: NOW, exposures, cash });
  });
  const everything = markets.map((market, i) => exposure(i + 1, 0n, market.price, market));
  return { portfolios, tick: tickOf(book({ now: NOW, exposures: everything }), parameters) };
}

describe("remargin", () => {
  describe("portfolioAt", () => {
    it("gives back what the book was made of", () => {
      const random = new Random(31);
      for (let i = 0; i < 200; i++) {
        const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
        const drawn = randomOptionBook(random, UNDERLYINGS, COLLATERALS, NOW);
        // The generator may draw an expiry twice; an account has it once.
        const isFirst = (e: Exposure, at: number): boolean =>
          drawn.exposures.findIndex((o) => o.underlying === e.underlying && o.expiryHours === e.expiryHours) === at;
        const made = { ...drawn, exposures: drawn.exposures.filter(isFirst) };
        const tick = tickOf(made, parameters, 7n);
        const restored = portfolioAt(
          bookOf(account(1), made, () => 7n),
          tick,
        );
        expect(restored).to.deep.equal(made);
      }
    });

    it("moves with the price as the portfolio does", () => {
      const random = new Random(32);
      const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
      const made = randomOptionBook(random, UNDERLYINGS, COLLATERALS, NOW);
      const { underlying, price } = made.exposures[0]!;
      const tick = tickOf(made, parameters);
      const moved: Tick = {
        ...tick,
        underlyings: new Map(
          [...tick.underlyings].map(([u, s]) => [u, u === underlying ? { ...s, price: price * 2n } : s]),
        ),
      };
      const restored = portfolioAt(
        bookOf(account(1), made, () => 0n),
        moved,
      );
      expect(restored).to.deep.equal(reprice(made, underlying, price * 2n));
    });

    it("charges funding since the book was read, rounded against the account", () => {
      const parameters = randomParameters(new Random(33), 1, 0);
      const long = book({ now: NOW, exposures: [exposure(1, 3n * 10n ** 8n, PRICE_ONE)] });
      const short = book({ now: NOW, exposures: [exposure(1, -3n * 10n ** 8n, PRICE_ONE)] });
      // One contract has paid 0.5000001 USD since: three pay 1.5000003, which is 1.500001 rounded up to what cash can show.
      const tick = tickOf(long, parameters, 600_000_100_000n);
      const since = 100_000_000_000n;
      expect(
        portfolioAt(
          bookOf(account(1), long, () => since),
          tick,
        ).cash,
      ).to.equal(-1_500_001n);
      expect(
        portfolioAt(
          bookOf(account(1), short, () => since),
          tick,
        ).cash,
      ).to.equal(1_500_000n);
    });

    it("refuses a market that the tick does not know", () => {
      const parameters = randomParameters(new Random(34), 1, 0);
      const made = bookOf(account(1), book({ exposures: [exposure(1, 1n, 1n)] }), () => 0n);
      expect(() => portfolioAt(made, tickOf(book(), parameters))).to.throw(UnknownMarket, "underlying 1");
    });
  });

  describe("screen", () => {
    it("finds exactly the accounts whose margin says so, and skips what cannot be margined", () => {
      const { portfolios, tick } = sharedMarket(new Random(35), 300);
      const books = portfolios.map((p, i) => bookOf(account(i + 1), p, () => 0n));
      const stranger: AccountBook = { ...books[0]!, account: account(999), holdings: [{ asset: 9, amount: 1n }] };
      const found = screen([...books, stranger], tick, 500n);

      const margins = portfolios.map((p) => assess(p, tick.parameters));
      const expected = portfolios.flatMap((_, i) =>
        margins[i]!.equity < margins[i]!.maintenance ? [account(i + 1)] : [],
      );
      expect(expected.length, "a real mix").to.be.within(50, 250);
      expect(found.unhealthy.map((u) => u.account)).to.deep.equal(expected);
      const close = portfolios.flatMap((_, i) => {
        const { equity, maintenance } = margins[i]!;
        const isClose = equity >= maintenance && equity * 100n < maintenance * 105n;
        return isClose ? [account(i + 1)] : [];
      });
      expect(close.length).to.be.above(0);
      expect(found.near.map((n) => n.account)).to.deep.equal(close);
      expect(found.skipped.map((s) => s.account)).to.deep.equal([account(999)]);
    });
  });

  describe("RemarginPool", () => {
    it("finds in threads what one evaluation of every account finds, as books come and go", async () => {
      const { portfolios, tick } = sharedMarket(new Random(36), 400);
      const books = portfolios.map((p, i) => bookOf(account(i + 1), p, () => 0n));
      const pool = new RemarginPool(2);
      try {
        pool.put(books);
        expect(pool.size).to.equal(400);
        const byAccount = <T extends { account: string }>(list: readonly T[]): T[] =>
          [...list].sort((a, b) => (a.account < b.account ? -1 : 1));
        const check = async (current: readonly AccountBook[]): Promise<void> => {
          const [found, expected] = [await pool.screen(tick, 500n), screen(current, tick, 500n)];
          expect(found.accounts).to.equal(current.length);
          expect(byAccount(found.unhealthy)).to.deep.equal(byAccount(expected.unhealthy));
          expect(byAccount(found.near)).to.deep.equal(byAccount(expected.near));
        };
        await check(books);

        const richer = books.map((b, i) => (i % 3 === 0 ? { ...b, cash: b.cash * 2n + 10n ** 12n } : b));
        pool.put(richer.filter((_, i) => i % 3 === 0));
        pool.drop(richer.slice(300).map((b) => b.account));
        expect(pool.size).to.equal(300);
        await check(richer.slice(0, 300));
      } finally {
        await pool.close();
      }
    });

    it("says so when its threads are gone", async () => {
      const { tick } = sharedMarket(new Random(37), 1);
      const pool = new RemarginPool(1);
      await pool.close();
      let message = "";
      await pool.screen(tick, 0n).catch((error: Error) => (message = error.message));
      expect(message).to.contain("ended");
    });
  });
});

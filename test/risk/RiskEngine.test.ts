import { expect } from "chai";
import { network } from "hardhat";
import { assess, explain } from "../../sdk/margin/riskEngine.ts";
import { values } from "../../sdk/margin/values.ts";
import { type Margin, PriceStatus } from "../../sdk/types.ts";
import { encodeInstrument, strikeCode } from "../../sdk/instruments.ts";
import { encodeMarketWord, encodeSurface } from "../../sdk/words.ts";
import { entry, expiry, randomOptionBook, surface } from "../support/optionBooks.ts";
import { book, exposure, METHOD_GLOBALS, Random, randomBook, randomParameters } from "../support/riskBooks.ts";
import { deployRiskBench, mutable, pack, plain } from "../support/riskEngine.ts";

const UNDERLYINGS = 16;
const COLLATERALS = 6;
const BOOKS_PER_SET = 300;
const EXPLAINED_PER_SET = 100;
const OPTION_BOOKS_PER_SET = 150;
/** Of one expiry: 255 words. */
const ENTRIES_AT_MOST = 765;

describe("RiskEngine", () => {
  describe("assess and explain", () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`equal the TypeScript margin on ${BOOKS_PER_SET} random books, parameters ${seed}`, async () => {
        const { ethers } = await network.create();
        const random = new Random(seed);
        const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
        const bench = await deployRiskBench(ethers, parameters);
        const books = Array.from({ length: BOOKS_PER_SET }, () => randomBook(random, UNDERLYINGS, COLLATERALS));

        const margins = await bench.assess(books);
        books.forEach((portfolio, i) => {
          expect(margins[i], `margin of book ${i}`).to.deep.equal(assess(portfolio, parameters));
        });
        const explained = books.slice(0, EXPLAINED_PER_SET);
        (await bench.explain(explained)).forEach((explanation, i) => {
          expect(explanation, `explanation of book ${i}`).to.deep.equal(explain(explained[i]!, parameters));
        });
      });
    }
  });

  describe("with futures and options", () => {
    for (const seed of [11, 12, 13, 14]) {
      it(`equals the TypeScript margin on ${OPTION_BOOKS_PER_SET} random books, parameters ${seed}`, async () => {
        const { ethers } = await network.create();
        const random = new Random(seed);
        const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
        const bench = await deployRiskBench(ethers, parameters);
        const now = await bench.batch.time();
        const books = Array.from({ length: OPTION_BOOKS_PER_SET }, () =>
          randomOptionBook(random, UNDERLYINGS, COLLATERALS, now),
        );
        const margins = await bench.assess(books);
        books.forEach((portfolio, i) => {
          expect(margins[i], `margin of book ${i}`).to.deep.equal(assess(portfolio, parameters));
        });
        const explained = books.slice(0, EXPLAINED_PER_SET / 4);
        (await bench.explain(explained)).forEach((explanation, i) => {
          expect(explanation, `explanation of book ${i}`).to.deep.equal(explain(explained[i]!, parameters));
        });
        expect(await bench.batch.time(), "the clock stood still").to.equal(now);
      });
    }

    it("equals the TypeScript margin at the largest positions that words can hold", async () => {
      const { ethers } = await network.create();
      const parameters = { ...randomParameters(new Random(8), 1, 0), globals: METHOD_GLOBALS };
      const bench = await deployRiskBench(ethers, parameters);
      const now = await bench.batch.time();
      const price = 1_048_575n * 10n ** 13n;
      const most = (1n << 29n) - 1n;
      const strike = strikeCode(price);
      const signs = [() => most, () => -most, (i: number) => (i % 2 === 0 ? most : -most)];
      const books = signs.map((sign) => {
        const options = Array.from({ length: ENTRIES_AT_MOST }, (_, i) => ({ strike, calls: sign(i), puts: sign(i) }));
        const dated = { surface: surface({ basis: -20_000n }), lotExponent: 10, options };
        const expiryHours = Number(now / 3_600n) + 500;
        return book({ now, exposures: [exposure(1, 0n, price, { expiryHours, dated })] });
      });
      const margins = await bench.assess(books);
      books.forEach((portfolio, i) => expect(margins[i], `book ${i}`).to.deep.equal(assess(portfolio, parameters)));
    });

    it("assesses the same when it remembers", async () => {
      const { ethers } = await network.create();
      const random = new Random(21);
      const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
      const bench = await deployRiskBench(ethers, parameters);
      const now = await bench.batch.time();
      for (let i = 0; i < 20; i++) {
        const portfolio = randomOptionBook(random, UNDERLYINGS, COLLATERALS, now);
        const expected = assess(portfolio, parameters);
        const { first, richer, again } = await bench.batch.assessAgain.staticCall(bench.engine, pack(portfolio));
        expect(plain<Margin>(first), `book ${i} at first`).to.deep.equal(expected);
        // Another whole, so its parts are recalled; then the whole is.
        const withMore = { ...portfolio, cash: portfolio.cash + 1n };
        expect(plain<Margin>(richer), `book ${i} by its parts`).to.deep.equal(assess(withMore, parameters));
        expect(plain<Margin>(again), `book ${i} as a whole`).to.deep.equal(expected);
      }
    });

    it("remembers no margin beyond a change of the parameters", async () => {
      const { ethers } = await network.create();
      const parameters = { ...randomParameters(new Random(6), 2, 0), globals: METHOD_GLOBALS };
      const stricter = { ...parameters, globals: { ...METHOD_GLOBALS, vegaBps: 3_000n, longOptionBps: 150n } };
      const bench = await deployRiskBench(ethers, parameters);
      await bench.promote();
      const now = await bench.batch.time();
      const hour = Number(now / 3_600n) + 240;
      const portfolio = book({ now, exposures: [expiry(1, 100, hour, [entry(100, -5), entry(110, 7)])] });
      const { before, afterwards } = await bench.batch.assessAcross.staticCall(
        bench.engine,
        pack(portfolio),
        mutable(stricter),
      );
      expect(plain<Margin>(before)).to.deep.equal(assess(portfolio, parameters));
      expect(plain<Margin>(afterwards)).to.deep.equal(assess(portfolio, stricter));
      expect(afterwards.initial).to.be.greaterThan(before.initial);
    });

    it("remembers nothing wrong when a position, a price or a surface changes", async () => {
      const { ethers } = await network.create();
      const parameters = { ...randomParameters(new Random(5), 2, 0), globals: METHOD_GLOBALS };
      const bench = await deployRiskBench(ethers, parameters);
      const now = await bench.batch.time();
      const hour = Number(now / 3_600n) + 240;
      const of = (calls: number, price: number, volatility: bigint, status: PriceStatus = PriceStatus.Fresh) =>
        book({
          now,
          exposures: [expiry(1, price, hour, [entry(100, calls)], { surface: { atmVolatility: volatility }, status })],
        });
      const books = [
        of(-5, 100, 800_000n),
        of(-6, 100, 800_000n),
        of(-5, 101, 800_000n),
        of(-5, 100, 800_001n),
        of(-5, 100, 800_000n, PriceStatus.Stale),
        of(-5, 100, 800_000n),
      ];
      const margins = await bench.batch.rememberAll.staticCall(bench.engine, books.map(pack));
      margins.forEach((margin, i) =>
        expect(plain<Margin>(margin), `book ${i}`).to.deep.equal(assess(books[i]!, parameters)),
      );
    });

    it("values instruments as the TypeScript does, exactly linear in the quantity", async () => {
      const { ethers } = await network.create();
      const random = new Random(31);
      const parameters = randomParameters(random, UNDERLYINGS, 0);
      const bench = await deployRiskBench(ethers, parameters);
      const now = await bench.batch.time();
      const items = Array.from({ length: 100 }, () => randomOptionBook(random, UNDERLYINGS, 1, now))
        .flatMap(({ exposures }) => exposures)
        .flatMap(({ underlying, expiryHours, price, dated }) =>
          (dated?.options ?? []).flatMap(({ strike, calls, puts }) =>
            [calls, puts].map((lots, i) => ({
              instrument: encodeInstrument({ underlying, expiryHours, kind: i + 1, strike }),
              quantity: lots,
              spot: price,
              surface: dated!.surface,
            })),
          ),
        )
        .slice(0, 300);
      expect(items.length).to.equal(300);
      const onChain = await bench.engine.values(
        items.map(({ instrument, quantity, spot, surface }) => ({
          instrument,
          quantity,
          spot: encodeMarketWord({ price: spot, status: PriceStatus.Fresh, updatedAt: 0n }),
          surface: encodeSurface(surface),
        })),
      );
      expect([...onChain]).to.deep.equal(values(items, now, parameters));
    });
  });
});

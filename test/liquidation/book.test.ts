import { expect } from "chai";
import { future, option, strikeCode } from "../../sdk/instruments.ts";
import { expiringBookOf } from "../../sdk/liquidation/book.ts";
import { type Exposure, type Portfolio, PriceStatus, SurfaceStatus } from "../../sdk/types.ts";

const ONE = 10n ** 8n;
const NEAR = { underlying: 1, expiryHours: 472_400 };
const market = { price: 3_000n * ONE, status: PriceStatus.Fresh, openInterest: 0n };
const surface = {
  atmVolatility: 600_000n,
  basis: 0n,
  skew: 0n,
  curvature: 0n,
  updatedAt: 1n,
  status: SurfaceStatus.Fresh,
  settlementPrice: 0n,
};
const THREE = strikeCode(3_000n * ONE);
const FOUR = strikeCode(4_000n * ONE);

const perpetual: Exposure = { underlying: 1, expiryHours: 0, quantity: ONE, ...market };
/** Lots of 0.01: 2 calls and −3 puts at 3,000, 5 puts at 4,000, and a future. */
const dated: Exposure = {
  ...NEAR,
  ...market,
  quantity: -ONE,
  dated: {
    surface,
    lotExponent: 6,
    options: [
      { strike: THREE, calls: 200n, puts: -300n },
      { strike: FOUR, calls: 0n, puts: 500n },
    ],
  },
};
const portfolio: Portfolio = {
  cash: 7n,
  cashPrice: { price: ONE, status: PriceStatus.Fresh, updatedAt: 0n },
  exposures: [perpetual, dated],
  holdings: [],
  now: 1_700_000_000n,
};

describe("expiringBookOf", () => {
  const book = expiringBookOf(portfolio, () => []);
  const call = option(NEAR, "call", "3000");
  const put = option(NEAR, "put", "3000");
  const high = option(NEAR, "put", "4000");

  it("lists the options in contracts", () => {
    const lot = ONE / 100n;
    expect(book.now).to.equal(1_700_000_000n);
    expect(book.options).to.deep.equal([
      { instrument: call, quantity: 2n * ONE, lot },
      { instrument: put, quantity: -3n * ONE, lot },
      { instrument: high, quantity: 5n * ONE, lot },
    ]);
  });

  it("takes parts out and leaves cash and perpetuals alone", () => {
    const parts = [
      { instrument: call, quantity: 2n * ONE },
      { instrument: put, quantity: -ONE },
      { instrument: high, quantity: 5n * ONE },
      { instrument: future(NEAR), quantity: -ONE },
    ];
    const left = book.without(portfolio, parts);
    expect(left.cash).to.equal(7n);
    expect(left.exposures[0]).to.deep.equal(perpetual);
    expect(left.exposures[1]!.quantity).to.equal(0n);
    expect(left.exposures[1]!.dated!.options).to.deep.equal([{ strike: THREE, calls: 0n, puts: -200n }]);
    const rest = book.without(left, [{ instrument: put, quantity: -2n * ONE }]);
    expect(rest.exposures).to.deep.equal([perpetual]);
  });

  it("needs to know the time", () => {
    const { cash, cashPrice, exposures, holdings } = portfolio;
    const timeless = { cash, cashPrice, exposures, holdings };
    expect(() => expiringBookOf(timeless, () => [])).to.throw("of which second");
  });
});

import { expect } from "chai";
import { allOptionsOf, bucketOf, future, option } from "../../sdk/instruments.ts";
import { nameWholeExpiries } from "../../sdk/liquidation/wholeExpiries.ts";
import { instrumentName } from "../../sdk/names.ts";
import { type Exposure, type Portfolio, PriceStatus, SurfaceStatus } from "../../sdk/types.ts";
import { strikeCode } from "../../sdk/instruments.ts";
import { parsePrice } from "../../sdk/units.ts";

const NEAR = { underlying: 2, expiryHours: 497_000 };
const FAR = { underlying: 2, expiryHours: 497_168 };
/** A lot of 0.01 contracts. */
const LOT = 10n ** 6n;
const CALL = option(NEAR, "call", "3000");
const PUT = option(NEAR, "put", "3000");
const LOW = option(NEAR, "put", "2500");
const LATE = option(FAR, "call", "4000");
const bucket = bucketOf(CALL);

const market = { price: parsePrice("3000"), status: PriceStatus.Fresh };
const expiry = (on: typeof NEAR, options: readonly (readonly [string, bigint, bigint])[]): Exposure => ({
  ...market,
  ...on,
  quantity: 0n,
  openInterest: 0n,
  dated: {
    surface: {
      status: SurfaceStatus.Fresh,
      updatedAt: 0n,
      basis: 0n,
      atmVolatility: 800_000n,
      skew: 0n,
      curvature: 0n,
      settlementPrice: 0n,
    },
    lotExponent: 6,
    options: options.map(([strike, calls, puts]) => ({ strike: strikeCode(parsePrice(strike)), calls, puts })),
  },
});
const portfolio = {
  cash: 0n,
  cashPrice: market,
  holdings: [],
  exposures: [
    expiry(NEAR, [
      ["3000", 5n, -7n],
      ["2500", 0n, 2n],
    ]),
    expiry(FAR, [["4000", -3n, 0n]]),
  ],
} as unknown as Portfolio;
const part = (instrument: bigint, lots: bigint) => ({ instrument, quantity: lots * LOT });
const NONE: ReadonlySet<bigint> = new Set();

describe("nameWholeExpiries", () => {
  it("names an expiry whose options all go, with the contracts of both signs, after its future", () => {
    const parts = [part(future(NEAR), 9n), part(LOW, 2n), part(CALL, 5n), part(PUT, -7n), part(LATE, -3n)];
    const sorted = parts.sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
    expect(nameWholeExpiries(sorted, portfolio, NONE)).to.deep.equal([
      part(future(NEAR), 9n),
      part(allOptionsOf(bucket), 14n),
      part(allOptionsOf(bucketOf(LATE)), 3n),
    ]);
  });

  it("leaves parts of an expiry as they are: fewer options, or fewer contracts", () => {
    const fewer = [part(CALL, 5n), part(PUT, -7n)];
    expect(nameWholeExpiries(fewer, portfolio, NONE)).to.deep.equal(fewer);
    const less = [part(CALL, 5n), part(LOW, 1n), part(PUT, -7n)].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
    expect(nameWholeExpiries(less, portfolio, NONE)).to.deep.equal(less);
  });

  it("leaves an expiry in which whoever takes it has options", () => {
    const parts = [part(LATE, -3n)];
    expect(nameWholeExpiries(parts, portfolio, new Set([bucketOf(LATE)]))).to.deep.equal(parts);
  });
});

describe("allOptionsOf", () => {
  it("is above every option of its expiry and below the next expiry", () => {
    expect(allOptionsOf(bucket) > PUT).to.equal(true);
    expect(allOptionsOf(bucket) < (bucket + 1n) << 32n).to.equal(true);
  });

  it("has a name that says what it is", () => {
    const name = instrumentName(allOptionsOf(bucket), { underlyings: { 2: "ETH" } });
    expect(name).to.equal(`all options of ${instrumentName(future(NEAR), { underlyings: { 2: "ETH" } })}`);
  });
});

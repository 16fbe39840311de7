import { expect } from "chai";
import { Wallet } from "ethers";
import { instrumentOf, nameOf } from "../../../sdk/instrumentNames.ts";
import {
  butterfly,
  calendar,
  combinationOrder,
  condor,
  coveredCall,
  deltaHedged,
  ironCondor,
  type Leg,
  OrderError,
  orderProblems,
  reversed,
  singleLegOrder,
  spread,
  straddle,
  strangle,
} from "../../../sdk/orders/index.ts";
import { formatQuantity } from "../../../sdk/units.ts";

const SYMBOLS = { 1: "ETH", 2: "BTC" };
const MARCH = { underlying: 1, expiryHours: 492_944 };
const JUNE = { underlying: 1, expiryHours: 495_128 };
const owner = new Wallet(`0x${"11".repeat(32)}`).address;

/** Legs as people write them, "1 ETH-PERP", in the order of their ids: a strike's power of ten comes before its digits. */
const read = (legs: readonly Leg[]): string[] =>
  legs.map(({ instrument, ratio }) => `${formatQuantity(ratio)} ${nameOf(instrument, SYMBOLS)}`);

/** Profit of bought legs at expiry, premium aside, from the definition of each instrument. */
function payoff(legs: readonly Leg[], price: number): number {
  return legs.reduce((sum, { instrument, ratio }) => {
    const [, , strike, right] = nameOf(instrument, SYMBOLS).split("-");
    const contracts = Number(ratio) / 1e8;
    if (strike === undefined) return sum + contracts * price;
    const inTheMoney = right === "C" ? price - Number(strike) : Number(strike) - price;
    return sum + contracts * Math.max(inTheMoney, 0);
  }, 0);
}

describe("strategies", () => {
  it("spread", () => {
    const bull = spread(MARCH, "call", "3000", "3200");
    expect(read(bull)).to.deep.equal(["-1 ETH-27MAR26-3200-C", "1 ETH-27MAR26-3000-C"]);
    expect([2_900, 3_100, 3_300].map((price) => payoff(bull, price))).to.deep.equal([0, 100, 200]);
    const bear = spread(MARCH, "put", "3000", "2800");
    expect([2_700, 2_900, 3_100].map((price) => payoff(bear, price))).to.deep.equal([200, 100, 0]);
    expect(() => spread(MARCH, "call", "3000", 3_000)).to.throw(OrderError, "must differ");
  });

  it("straddle and strangle", () => {
    expect(read(straddle(MARCH, 3_000))).to.deep.equal(["1 ETH-27MAR26-3000-C", "1 ETH-27MAR26-3000-P"]);
    const wide = strangle(MARCH, "2800", "3200");
    expect(read(wide)).to.deep.equal(["1 ETH-27MAR26-3200-C", "1 ETH-27MAR26-2800-P"]);
    expect([2_700, 3_000, 3_350].map((price) => payoff(wide, price))).to.deep.equal([100, 0, 150]);
    expect(() => strangle(MARCH, "3200", "2800")).to.throw(OrderError, "strangle must ascend");
  });

  it("condor of one right, and of puts and calls", () => {
    const strikes = ["2600", "2800", "3200", "3400"] as const;
    const prices = [2_500, 2_700, 3_000, 3_300, 3_500];
    for (const right of ["call", "put"] as const) {
      expect(prices.map((price) => payoff(condor(MARCH, right, strikes), price))).to.deep.equal([0, 100, 200, 100, 0]);
    }
    // The same profile, less what its buyer owes at most.
    const iron = ironCondor(MARCH, strikes);
    expect(prices.map((price) => payoff(iron, price))).to.deep.equal([-200, -100, 0, -100, -200]);
    expect(read(iron)).to.deep.equal([
      "-1 ETH-27MAR26-3200-C",
      "1 ETH-27MAR26-3400-C",
      "1 ETH-27MAR26-2600-P",
      "-1 ETH-27MAR26-2800-P",
    ]);
    expect(() => condor(MARCH, "call", ["2600", "2600", "3200", "3400"])).to.throw(OrderError, "condor must ascend");
  });

  it("butterfly", () => {
    const legs = butterfly(MARCH, "put", ["2800", "3000", "3200"]);
    expect(read(legs)).to.deep.equal(["1 ETH-27MAR26-2800-P", "1 ETH-27MAR26-3200-P", "-2 ETH-27MAR26-3000-P"]);
    expect([2_800, 2_900, 3_000, 3_100, 3_200].map((p) => payoff(legs, p))).to.deep.equal([0, 100, 200, 100, 0]);
  });

  it("calendar", () => {
    expect(read(calendar(MARCH, JUNE, "call", "3000"))).to.deep.equal([
      "-1 ETH-27MAR26-3000-C",
      "1 ETH-26JUN26-3000-C",
    ]);
    expect(() => calendar(JUNE, MARCH, "call", "3000")).to.throw(OrderError, "the near one first");
    expect(() => calendar({ ...MARCH, underlying: 2 }, JUNE, "call", "3000")).to.throw(OrderError, "one underlying");
  });

  it("covered call", () => {
    const legs = coveredCall(MARCH, "3200");
    expect(read(legs)).to.deep.equal(["1 ETH-PERP", "-1 ETH-27MAR26-3200-C"]);
    expect([3_000, 3_200, 3_500].map((price) => payoff(legs, price))).to.deep.equal([3_000, 3_200, 3_200]);
  });

  it("delta-hedged, with the perpetual or a future", () => {
    const legs = straddle(MARCH, "3000");
    expect(read(deltaHedged(legs, "0.12345678"))).to.deep.equal([
      "-0.12345678 ETH-PERP",
      "1 ETH-27MAR26-3000-C",
      "1 ETH-27MAR26-3000-P",
    ]);
    expect(read(deltaHedged(legs, "-0.5", MARCH))[0]).to.equal("0.5 ETH-27MAR26");
    // What is there already is added to: no leg twice.
    expect(read(deltaHedged(coveredCall(MARCH, "3200"), "0.6"))).to.deep.equal([
      "0.4 ETH-PERP",
      "-1 ETH-27MAR26-3200-C",
    ]);
    expect(deltaHedged(legs, 0)).to.deep.equal(legs);
    expect(() => deltaHedged([], "1")).to.throw(OrderError, "one underlying");
    expect(() => deltaHedged(legs, "1", { ...MARCH, underlying: 2 })).to.throw(OrderError, "must be on the underlying");
  });

  it("reversed", () => {
    expect(read(reversed(spread(MARCH, "call", "3000", "3200")))).to.deep.equal([
      "1 ETH-27MAR26-3200-C",
      "-1 ETH-27MAR26-3000-C",
    ]);
  });

  it("make orders without problems", () => {
    const terms = { owner, expiry: 1_774_000_000, nonce: 1n, netPrice: "-12.5", quantity: "10" };
    const order = combinationOrder({ ...terms, legs: ironCondor(MARCH, ["2600", "2800", "3200", "3400"]) });
    expect(order.legs.map(({ ratio }) => ratio)).to.deep.equal([
      -100_000_000n,
      100_000_000n,
      100_000_000n,
      -100_000_000n,
    ]);
    expect(orderProblems(order, { now: 1_773_000_000 })).to.deep.equal([]);
  });
});

describe("orders for futures and options", () => {
  const terms = { owner, expiry: 4_000_000_000, nonce: 1n, side: "buy", quantity: "1" } as const;
  const call = instrumentOf("ETH-27MAR26-3000-C", SYMBOLS);
  const future = instrumentOf("ETH-27MAR26", SYMBOLS);

  it("may give an option away, but not pay for that", () => {
    expect(orderProblems(singleLegOrder({ ...terms, instrument: call, price: "0" }))).to.deep.equal([]);
    expect(orderProblems(singleLegOrder({ ...terms, side: "sell", instrument: call, price: "0" }))).to.deep.equal([]);
    const buy = singleLegOrder({ ...terms, instrument: call, price: "-1" });
    expect(orderProblems(buy)).to.deep.equal(["An order to buy one option needs a limit price of zero or more."]);
    const sell = singleLegOrder({ ...terms, side: "sell", instrument: call, price: "-1" });
    expect(orderProblems(sell)).to.deep.equal([
      "An order to sell one option needs a limit price of zero or less: the least it must receive.",
    ]);
    expect(orderProblems(singleLegOrder({ ...terms, instrument: future, price: "0" }))).to.deep.equal([
      "An order to buy one instrument needs a limit price above zero.",
    ]);
  });

  it("are over when an instrument has expired", () => {
    const order = singleLegOrder({ ...terms, instrument: call, price: "150" });
    expect(orderProblems(order, { now: 1_774_598_399 })).to.deep.equal([]);
    const over = ["Leg 1 names an instrument that has expired."];
    expect(orderProblems(order, { now: 1_774_598_400 })).to.deep.equal(over);
  });

  it("name instruments that can exist", () => {
    for (const wrong of [call | (3n << 24n), future | (1n << 24n), call & ~(0xffffffn << 32n)]) {
      const order = singleLegOrder({ ...terms, instrument: wrong, price: "150" });
      expect(orderProblems(order)).to.include("Leg 1 names an instrument that cannot exist.");
    }
  });
});

import { expect } from "chai";
import { verifyTypedData, Wallet, ZeroAddress } from "ethers";
import { ordersAbi } from "../../../sdk/abi.ts";
import { accountId, perpetual } from "../../../sdk/instruments.ts";
import {
  assertValidOrder,
  canonicalLegs,
  combinationOrder,
  encodeCancel,
  encodeFill,
  fillWhole,
  hashOrder,
  legQuantity,
  type Order,
  OrderError,
  OrderFormatError,
  orderProblems,
  orderTypedData,
  signedOrderFromJson,
  signedOrderToJson,
  signOrder,
  singleLegOrder,
} from "../../../sdk/orders/index.ts";

const wallet = new Wallet(`0x${"11".repeat(32)}`);
const where = { chainId: 1, verifyingContract: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed" };
const terms = { owner: wallet.address, expiry: 2_000_000_000, nonce: 5n };
const ETH = perpetual(1);
const BTC = perpetual(2);

const buy = (): Order => singleLegOrder({ ...terms, instrument: ETH, side: "buy", quantity: "2.5", price: "3000" });

describe("singleLegOrder", () => {
  it("fills in the defaults", () => {
    expect(buy()).to.deep.equal({
      owner: wallet.address,
      subaccount: 0n,
      signer: wallet.address,
      taker: ZeroAddress,
      legs: [{ instrument: ETH, ratio: 100_000_000n }],
      quantity: 250_000_000n,
      limitPrice: 300_000_000_000n,
      maxFeeBps: 10n,
      triggerPrice: 0n,
      triggerAbove: false,
      reduceOnly: false,
      expiry: 2_000_000_000n,
      nonce: 5n,
      epoch: 0n,
    });
  });

  it("turns a sale into a negative ratio at a negative price", () => {
    const order = singleLegOrder({ ...terms, instrument: ETH, side: "sell", quantity: 1, price: "2999.5" });
    expect(order.legs[0]!.ratio).to.equal(-100_000_000n);
    expect(order.limitPrice).to.equal(-299_950_000_000n);
  });

  it("takes a trigger on either side", () => {
    const stop = singleLegOrder({
      ...terms,
      instrument: ETH,
      side: "sell",
      quantity: 1,
      price: 1,
      trigger: { below: "2900" },
    });
    expect([stop.triggerPrice, stop.triggerAbove]).to.deep.equal([290_000_000_000n, false]);
    const profit = singleLegOrder({
      ...terms,
      instrument: ETH,
      side: "sell",
      quantity: 1,
      price: 1,
      trigger: { above: "3100" },
    });
    expect([profit.triggerPrice, profit.triggerAbove]).to.deep.equal([310_000_000_000n, true]);
  });

  it("draws another nonce each time", () => {
    const draw = () =>
      singleLegOrder({ owner: wallet.address, expiry: 1, instrument: ETH, side: "buy", quantity: 1, price: 1 });
    expect(draw().nonce).not.to.equal(draw().nonce);
  });
});

describe("combinationOrder", () => {
  it("sorts the legs and takes a signed net price", () => {
    const legs = [
      { instrument: BTC, ratio: "-1" },
      { instrument: ETH, ratio: "20" },
    ];
    const order = combinationOrder({ ...terms, legs, netPrice: "-100.5" });
    expect(order.legs.map((leg) => leg.instrument)).to.deep.equal([ETH, BTC]);
    expect([order.quantity, order.limitPrice]).to.deep.equal([100_000_000n, -10_050_000_000n]);
  });
});

describe("canonicalLegs", () => {
  it("adds up duplicates and drops what cancels", () => {
    const legs = [
      { instrument: BTC, ratio: 3n },
      { instrument: ETH, ratio: 1n },
      { instrument: BTC, ratio: -1n },
      { instrument: perpetual(3), ratio: 5n },
      { instrument: perpetual(3), ratio: -5n },
    ];
    expect(canonicalLegs(legs)).to.deep.equal([
      { instrument: ETH, ratio: 1n },
      { instrument: BTC, ratio: 2n },
    ]);
  });

  it("is exact about leg quantities", () => {
    expect(legQuantity({ instrument: ETH, ratio: -50_000_000n }, 4n)).to.equal(-2n);
    expect(legQuantity({ instrument: ETH, ratio: -50_000_000n }, 3n)).to.equal(undefined);
  });
});

describe("signOrder", () => {
  it("signs what a verifier recovers", async () => {
    const order = buy();
    const { signature } = await signOrder(wallet, order, where);
    const { domain, types, primaryType } = orderTypedData(where.chainId, where.verifyingContract);
    expect(verifyTypedData(domain, types, order, signature)).to.equal(wallet.address);
    expect(primaryType).to.equal("Order");
  });

  it("hashes another chain, contract and field to something else", () => {
    const hashes = [
      hashOrder(buy(), where),
      hashOrder(buy(), { ...where, chainId: 2 }),
      hashOrder(buy(), { ...where, verifyingContract: wallet.address }),
      hashOrder({ ...buy(), epoch: 1n }, where),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
  });
});

describe("signedOrderToJson", () => {
  it("is read back exactly", async () => {
    const signed = await signOrder(wallet, { ...buy(), nonce: (1n << 256n) - 1n, limitPrice: -1n }, where);
    expect(signedOrderFromJson(signedOrderToJson(signed))).to.deep.equal(signed);
  });

  it("says what is wrong with a text", async () => {
    const good = JSON.parse(signedOrderToJson(await signOrder(wallet, buy(), where))) as {
      order: Record<string, unknown>;
      signature: string;
    };
    const read =
      (order: unknown, signature: unknown = good.signature) =>
      () =>
        signedOrderFromJson(JSON.stringify({ order, signature }));
    expect(() => signedOrderFromJson("{")).to.throw(OrderFormatError, "The text is not JSON.");
    expect(() => signedOrderFromJson("[]")).to.throw(OrderFormatError, "The signed order is missing or not an object.");
    expect(read(null)).to.throw(OrderFormatError, "The order is missing or not an object.");
    expect(read({ ...good.order, legs: 1 })).to.throw(OrderFormatError, "The field legs is not a list.");
    expect(read({ ...good.order, legs: [1] })).to.throw(OrderFormatError, "The leg 1 is missing or not an object.");
    expect(read({ ...good.order, quantity: 5 })).to.throw(
      OrderFormatError,
      "The field quantity is missing or not a text.",
    );
    expect(read({ ...good.order, nonce: "1.5" })).to.throw(
      OrderFormatError,
      'The field nonce is not a whole number: "1.5".',
    );
    expect(read({ ...good.order, reduceOnly: 1 })).to.throw(OrderFormatError, "The field reduceOnly is missing");
    expect(read(good.order, "signed")).to.throw(OrderFormatError, "The signature is not hexadecimal.");
  });
});

describe("orderProblems", () => {
  const problems = (change: Partial<Order>) => orderProblems({ ...buy(), ...change }, { now: 1_900_000_000 });
  const leg = { instrument: ETH, ratio: 100_000_000n };

  it("finds none in a good order", () => {
    expect(problems({})).to.deep.equal([]);
    assertValidOrder(buy());
  });

  it("names each in a sentence", () => {
    const cases: [Partial<Order>, string][] = [
      [{ owner: "me" }, 'The owner "me" is not an address.'],
      [{ signer: ZeroAddress }, "The signer must not be the zero address."],
      [{ taker: wallet.address }, "The owner is named as the taker, but nobody can fill an order of their own."],
      [{ quantity: 0n }, "The quantity must be more than zero."],
      [{ epoch: 1n << 32n }, "The field epoch must be between 0 and 2^32 - 1."],
      [{ limitPrice: 1n << 128n }, "The limit price is too large."],
      [{ limitPrice: -1n }, "An order to buy one instrument needs a limit price above zero."],
      [
        { legs: [{ ...leg, ratio: -100_000_000n }] },
        "An order to sell one instrument needs a limit price below zero: the least it must receive.",
      ],
      [{ legs: [] }, "The order has no legs."],
      [{ legs: [leg, leg] }, "Leg 2 must have a higher instrument id than the leg before it, once each."],
      [{ legs: [{ ...leg, ratio: 0n }] }, "Leg 1 has a ratio of zero."],
      [{ legs: [{ ...leg, instrument: 17n << 56n }] }, "Leg 1 names an unknown underlying."],
      [{ legs: [{ ...leg, instrument: 1n << 64n }] }, "Leg 1 has an instrument id outside 64 bits."],
      [
        { legs: [{ ...leg, ratio: 1n }], quantity: 1n },
        "Leg 1: 0.00000001 times its ratio is not a whole number of units.",
      ],
      [{ legs: [{ ...leg, ratio: 1n << 62n }] }, "Leg 1 is larger than a position can be."],
      [{ triggerAbove: true }, "The order says that it triggers above a price, but gives no trigger price."],
      [{ expiry: 1_899_999_999n }, "The order has expired."],
    ];
    for (const [change, sentence] of cases) expect(problems(change), sentence).to.deep.equal([sentence]);
  });

  it("counts the legs", () => {
    const legs = Array.from({ length: 9 }, (_, i) => ({ instrument: perpetual(i + 1), ratio: 100_000_000n }));
    expect(problems({ legs })).to.deep.equal(["The order has 9 legs, more than 8."]);
  });

  it("throws all of them at once", () => {
    expect(() => assertValidOrder({ ...buy(), legs: [], quantity: 0n }))
      .to.throw(OrderError, "The order has no legs. The quantity must be more than zero.")
      .with.property("problems")
      .that.has.lengthOf(2);
  });
});

describe("encodeFill", () => {
  it("encodes what the contract decodes", async () => {
    const signed = await signOrder(wallet, buy(), where);
    const account = accountId(where.verifyingContract, 1);
    const decoded = ordersAbi.decodeFunctionData("fill", encodeFill(account, [fillWhole(signed)], -5n));
    expect(decoded[0]).to.equal(account);
    expect(decoded[2]).to.equal(-5n);
    const [fill] = decoded[1] as [{ order: { nonce: bigint }; signature: string; quantity: bigint }];
    expect([fill.order.nonce, fill.signature, fill.quantity]).to.deep.equal([5n, signed.signature, 250_000_000n]);
  });

  it("sorts nonces to cancel", () => {
    const data = encodeCancel(accountId(wallet.address), [9n, 1n, 9n]);
    const [, nonces] = ordersAbi.decodeFunctionData("cancel", data);
    expect([...(nonces as bigint[])]).to.deep.equal([1n, 9n]);
  });
});

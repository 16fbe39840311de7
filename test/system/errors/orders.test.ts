import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { accountId, cancel, fill, type Fill, hashOrder, ONE, parsePrice, parseUsd, send } from "../../../sdk/index.ts";
import { ordersAbi } from "../../../sdk/abi.ts";
import type { House, Trader } from "../../support/house.ts";
import type { TestReader } from "../../support/reader.ts";
import { expectRefusal, type Offer, offers, twoTraders } from "../../support/refusals.ts";

describe("errors of order settlement", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let offer: Offer;
  let alice: Trader;
  let bob: Trader;

  /** A function of its own: `loadFixture` knows it again by that. */
  const open = () => twoTraders(connection);

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, alice, bob } = await connection.networkHelpers.loadFixture(open));
    offer = offers(house, reader);
  });

  const at = () => reader.addresses;
  const hashOf = ({ order }: Fill): string => hashOrder(order, { chainId: 31_337, verifyingContract: at().orders });
  /** Bob's attempt to fill fails because of the order. */
  const refused = (fills: Fill, name: string, args: Record<string, unknown> = {}): Promise<void> =>
    expectRefusal(bob.signer, fill(at(), bob.account, [fills]), name, { orderHash: hashOf(fills), ...args });

  it("OrderExpired, OrderCancelled, OrderOverfilled, PartialFillOfCombination", async () => {
    await refused(await offer(alice, "ETH", "1", "200", { expiry: 1n }), "OrderExpired", { expiry: 1n });
    await refused(await offer(alice, "ETH", "1", "200", { epoch: 1n }), "OrderCancelled");
    const cancelled = await offer(alice, "ETH", "1");
    await send(alice.signer, cancel(at(), alice.account, [cancelled.order.nonce]));
    await refused(cancelled, "OrderCancelled");
    const half = await offer(alice, "ETH", "1", "200", { filled: ONE / 2n });
    await send(bob.signer, fill(at(), bob.account, [half]));
    await refused({ ...half, quantity: ONE }, "OrderOverfilled", { requested: ONE, left: ONE / 2n });
    const legs = [
      { instrument: house.markets.BTC!.instrument, ratio: ONE },
      { instrument: house.markets.ETH!.instrument, ratio: -40n * ONE },
    ];
    const combination = await offer(alice, "ETH", "2", "0", { legs, filled: ONE });
    await refused(combination, "PartialFillOfCombination", { requested: ONE, quantity: 2n * ONE });
  });

  it("InvalidSignature, SignerNotAuthorized, TakerNotNamed, SelfFill", async () => {
    const forged = await offer(alice, "ETH", "1", "200", { signedBy: bob.signer });
    await refused(forged, "InvalidSignature", { signer: alice.signer.address });
    const bySomebody = await offer(alice, "ETH", "1", "200", { signer: bob.signer.address, signedBy: bob.signer });
    const stranger = { account: alice.account, signer: bob.signer.address };
    await expectRefusal(bob.signer, fill(at(), bob.account, [bySomebody]), "SignerNotAuthorized", stranger);
    const named = await offer(alice, "ETH", "1", "200", { taker: alice.signer.address });
    await refused(named, "TakerNotNamed", { named: alice.signer.address, taker: bob.signer.address });
    const own = fill(at(), bob.account, [await offer({ ...bob, number: 3n }, "ETH", "1")]);
    const sides = { maker: accountId(bob.signer.address, 3n), taker: bob.account };
    await expectRefusal(bob.signer, own, "SelfFill", sides);
  });

  it("InvalidLegs, TooManyLegs, NothingToFill, TooManyFills", async () => {
    const instrument = house.markets.ETH!.instrument;
    for (const ratios of [[0n], [ONE, ONE]]) {
      await refused(
        await offer(alice, "ETH", "1", "200", { legs: ratios.map((ratio) => ({ instrument, ratio })) }),
        "InvalidLegs",
      );
    }
    await refused(await offer(alice, "ETH", "1", "200", { legs: [] }), "InvalidLegs");
    const nine = await offer(alice, "ETH", "1", "200", {
      legs: Array.from({ length: 9 }, () => ({ instrument, ratio: ONE })),
    });
    await expectRefusal(bob.signer, fill(at(), bob.account, [nine]), "TooManyLegs", { given: 9n, maximum: 8n });
    await expectRefusal(bob.signer, fill(at(), bob.account, []), "NothingToFill");
    await expectRefusal(
      bob.signer,
      fill(at(), bob.account, [{ ...nine, order: { ...nine.order, legs: nine.order.legs.slice(8) }, quantity: 0n }]),
      "NothingToFill",
    );
    const one = await offer(alice, "ETH", "0.1");
    const many = fill(
      at(),
      bob.account,
      Array.from({ length: 17 }, () => one),
    );
    await expectRefusal(bob.signer, many, "TooManyFills", { given: 17n, maximum: 16n });
  });

  it("NotTriggered, NotReducing", async () => {
    const trigger = { triggerPrice: parsePrice("201"), triggerAbove: true };
    const waiting = { index: parsePrice("200"), triggerPrice: parsePrice("201") };
    await refused(await offer(alice, "ETH", "1", "200", trigger), "NotTriggered", waiting);
    const reduceOnly = await offer(alice, "ETH", "1", "200", { reduceOnly: true });
    await refused(reduceOnly, "NotReducing", { instrument: house.markets.ETH!.instrument });
  });

  it("FeeAboveLimit, PriceOutsideBand, TakerLimitExceeded", async () => {
    const free = await offer(alice, "ETH", "1", "200", { maxFeeBps: 0n });
    await refused(free, "FeeAboveLimit", { feeBps: 1n, maxFeeBps: 0n });
    await refused(await offer(alice, "ETH", "1", "220"), "PriceOutsideBand", { deviationBps: 1_000n, bandBps: 500n });
    const dear = await offer(alice, "ETH", "-1", "201");
    const limit = parseUsd("200.5");
    const call = fill(at(), bob.account, [dear], limit);
    await expectRefusal(bob.signer, call, "TakerLimitExceeded", { cost: parseUsd("201"), limit });
  });

  it("NoncesNotAscending, InvalidFees", async () => {
    const data = ordersAbi.encodeFunctionData("cancel", [alice.account, [2n, 1n]]);
    await expectRefusal(alice.signer, { to: at().orders, data }, "NoncesNotAscending");
    const [admin] = await connection.ethers.getSigners();
    const fees = { ...house.config.orders, makerBps: 101 };
    const call = house.orders.setFees.populateTransaction(fees);
    await expectRefusal(admin!, call, "InvalidFees", { reason: "maker fee above 100 bps" });
  });
});

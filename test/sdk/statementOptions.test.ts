import { expect } from "chai";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { optionDesk, type OptionDesk } from "../../deploy/local/options.ts";
import {
  bucketOf,
  combinationOrder,
  type Entry,
  fill,
  fillWhole,
  findExpiryRound,
  future,
  ONE,
  option,
  parseUsd,
  proveExpiry,
  readNames,
  readPortfolio,
  readSettlements,
  readStatement,
  send,
  settleExpiry,
  signOrder,
  singleLegOrder,
  type Statement,
  statementToCsv,
} from "../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { readerOf, type TestReader } from "../support/reader.ts";

const DAY = 86_400;
const FOREVER = 2 ** 32;

describe("statement of options and futures", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let desk: OptionDesk;
  let alice: Trader;
  let bob: Trader;
  let expiry: { underlying: number; expiryHours: number };
  let [call, put, dated] = [0n, 0n, 0n];

  async function open() {
    const opened = await deployHouse(connection);
    const [, first, second] = await connection.ethers.getSigners();
    const now = (await connection.ethers.provider.getBlock("latest"))!.timestamp;
    const on = { underlying: opened.markets.ETH!.underlying, expiryHours: Math.floor(now / DAY) * 24 + 8 + 24 };
    const options = optionDesk(opened);
    await options.list([option(on, "call", "200"), option(on, "put", "190")]);
    await options.postSurface(on.underlying, { volatility: 0.8, basis: 0.001 });
    return {
      house: opened,
      reader: await readerOf(opened),
      desk: options,
      expiry: on,
      alice: await opened.openAccount(first!, 0, { usdc: "50000" }),
      bob: await opened.openAccount(second!, 0, { usdc: "50000" }),
    };
  }

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, desk, expiry, alice, bob } = await connection.networkHelpers.loadFixture(open));
    [call, put, dated] = [option(expiry, "call", "200"), option(expiry, "put", "190"), future(expiry)];
  });

  /** The running balance is the ledger's cash. */
  async function reconcile(trader: Trader): Promise<Statement> {
    const statement = await readStatement(reader, trader.account, { fromBlock: 0 });
    const cash = await house.clearingHouse.cashOf(trader.account);
    expect(statement.closing).to.equal(cash);
    expect(statement.opening + statement.entries.reduce((sum, entry) => sum + entry.cash, 0n)).to.equal(cash);
    return statement;
  }

  const trades = ({ entries }: Statement): Entry[] => entries.filter(({ type }) => type === "Trade");

  it("shows a straddle leg by leg, with the premium as cash", async () => {
    const legs = [
      { instrument: call, ratio: 3n * ONE },
      { instrument: put, ratio: 2n * ONE },
    ];
    await (await desk.tradeLegs(alice, bob, legs)).wait();
    const { args } = (await house.orders.queryFilter(house.orders.filters.OrderFilled()))[0]!;
    const changes = await house.clearingHouse.queryFilter(
      house.clearingHouse.filters.OptionPositionChanged(alice.account),
    );
    const found = trades(await reconcile(alice));
    expect(found.length).to.equal(2);
    for (const [i, entry] of found.entries()) {
      const { premium } = changes[i]!.args;
      const { instrument, ratio } = legs[i]!;
      const fee = i === 0 ? args.makerFee : 0n;
      expect(entry).to.deep.include({ instrument, quantity: ratio, position: ratio, fee, cash: premium - fee });
      expect(entry).to.deep.include({ counterparty: bob.account, order: args.orderHash });
      // The mark was the price, down to the rounding of the premium.
      const mark = await desk.markOf(instrument);
      const slack = 10n ** 18n;
      expect(entry.price! * ONE - mark < slack && mark - entry.price! * ONE < slack).to.equal(true);
      expect(entry.quote).to.equal(undefined);
    }
    const sold = trades(await reconcile(bob));
    expect(sold.map(({ quantity, position }) => [quantity, position])).to.deep.equal([
      [-3n * ONE, -3n * ONE],
      [-2n * ONE, -2n * ONE],
    ]);
    expect(sold[0]!.cash + sold[1]!.cash).to.equal(
      changes.reduce((sum, change) => sum - change.args.premium, -args.takerFee),
    );
  });

  it("gives the legs of several fills to their orders, perpetuals and options mixed", async () => {
    const eth = house.markets.ETH!.instrument;
    const terms = { owner: alice.signer.address, subaccount: alice.number, expiry: FOREVER };
    const hedged = [
      { instrument: eth, ratio: "-1" },
      { instrument: call, ratio: "2" },
    ];
    const orders = [
      singleLegOrder({ ...terms, instrument: call, side: "sell", quantity: "1", price: "5.5" }),
      combinationOrder({ ...terms, legs: hedged, quantity: "1", netPrice: "-189", nonce: 2n }),
      singleLegOrder({ ...terms, instrument: eth, side: "buy", quantity: "0.5", price: "200.1", nonce: 3n }),
    ];
    const where = { chainId: 31_337, verifyingContract: reader.addresses.orders };
    const fills = await Promise.all(
      orders.map(async (order) => fillWhole(await signOrder(alice.signer, order, where))),
    );
    await send(bob.signer, fill(reader.addresses, bob.account, fills));
    const events = await house.orders.queryFilter(house.orders.filters.OrderFilled());
    const found = trades(await reconcile(bob));
    const byOrder = events.map(({ args }) =>
      found.filter(({ order }) => order === args.orderHash).map(({ instrument, quantity }) => [instrument, quantity]),
    );
    expect(byOrder).to.deep.equal([
      [[call, ONE]],
      [
        [eth, ONE],
        [call, -2n * ONE],
      ],
      [[eth, -ONE / 2n]],
    ]);
    expect(found.reduce((sum, { fee }) => sum + fee, 0n)).to.equal(
      events.reduce((sum, { args }) => sum + args.takerFee, 0n),
    );
    await reconcile(alice);
  });

  it("shows the expiry and what it paid", async () => {
    await (await desk.tradeLegs(alice, bob, [{ instrument: dated, ratio: 4n * ONE }], 201n * ONE * 4n)).wait();
    await (await desk.tradeLegs(alice, bob, [{ instrument: call, ratio: 5n * ONE }])).wait();
    expect((await readPortfolio(reader, alice.account)).exposures[0]!.dated!.options.length).to.equal(1);
    await connection.networkHelpers.time.increaseTo(expiry.expiryHours * 3_600);
    await house.setPrice("ETH", "215");
    const bucket = bucketOf(dated);
    const marketData = await house.marketData.getAddress();
    const proof = await findExpiryRound(reader, marketData, bucket);
    await send(bob.signer, proveExpiry(marketData, bucket, proof!));
    // 4 · (215 − 201) + 5 · (215 − 200).
    const [pending] = await readSettlements(reader, alice.account);
    expect([pending!.settlementPrice, pending!.value]).to.deep.equal([215n * ONE, parseUsd("131")]);
    await send(bob.signer, settleExpiry(reader.addresses, [bob.account, alice.account], bucket));

    const { entries } = await reconcile(alice);
    const [settled, paid] = entries.slice(-2);
    expect(settled).to.deep.include({
      type: "Expiry",
      instrument: dated,
      price: 215n * ONE,
      position: 0n,
      quote: parseUsd("131"),
      cash: 0n,
    });
    expect(paid).to.deep.include({ type: "Settlement", instrument: dated, cash: parseUsd("131"), quote: 0n });
    expect((await reconcile(bob)).entries.at(-1)).to.deep.include({ type: "Settlement", cash: -parseUsd("131") });
    expect(await readSettlements(reader, alice.account)).to.deep.equal([]);

    const csv = statementToCsv(await reconcile(alice), await readNames(reader));
    const name = await house.registry.nameOf(call);
    expect(csv).to.contain(`Trade,${name},5,`);
    expect(csv).to.contain(`Expiry,${await house.registry.nameOf(dated)},,215,`);
  });
});

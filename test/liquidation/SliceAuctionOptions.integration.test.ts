import { expect } from "chai";
import { ROLES } from "../../deploy/roles.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import { Books } from "../../scripts/audit/books.ts";
import { type HouseEvent, replay } from "../../scripts/audit/effects.ts";
import { readPortfolio, readStatement } from "../../sdk/client/index.ts";
import { allOptionsOf, bucketOf, option, systemAccounts } from "../../sdk/instruments.ts";
import { nameWholeExpiries } from "../../sdk/liquidation/wholeExpiries.ts";
import { parseUsd } from "../../sdk/units.ts";
import { type House, newHouse, type Trader } from "../support/house.ts";
import { expectNear } from "../support/near.ts";

const DAY = 86_400;
const ONE = 10n ** 8n;
const CASH_REASON_INTERNAL = 2;
const SMILE = { volatility: 0.8, basis: 0.001 };

describe("SliceAuction sells options on the real house", () => {
  let house: House;
  let trader: Trader;
  let maker: Trader;
  let bidder: Trader;
  let instruments: bigint[];
  let snapshot: { restore: () => Promise<void> };

  /** 100 ether long at 200 USD, six options over two expiries, and so little cash that at 130 USD nothing is left. */
  before(async () => {
    house = await newHouse();
    const [, a, b, c, d] = await house.connection.ethers.getSigners();
    maker = await house.openAccount(a!, 0, { usdc: "1000000" });
    trader = await house.openAccount(b!, 0, { usdc: "7000" });
    bidder = await house.openAccount(c!, 0, { usdc: "500000" });
    const donor = await house.openAccount(d!, 0, { usdc: "50000" });
    const { underlying } = house.markets.ETH!;
    const now = (await house.connection.ethers.provider.getBlock("latest"))!.timestamp;
    const desk = optionDesk(house);
    const near = { underlying, expiryHours: Math.floor(now / DAY) * 24 + 8 + 24 };
    // The Friday after it: 2 January 1970 was one.
    let friday = near.expiryHours + 24;
    while (Math.floor(friday / 24) % 7 !== 1) friday += 24;
    const far = { underlying, expiryHours: friday };
    instruments = [
      option(near, "call", "200"),
      option(near, "put", "190"),
      option(near, "put", "200"),
      option(near, "call", "210"),
      option(far, "put", "180"),
      option(far, "call", "220"),
    ];
    await desk.list(instruments);
    await desk.postSurface(underlying, SMILE);
    await house.trade(trader, maker, "ETH", "100");
    const legs = instruments.map((instrument, i) => ({ instrument, ratio: (i % 2 === 0 ? 2n : -3n) * ONE }));
    await (await desk.tradeLegs(trader, maker, legs)).wait();
    const module = await house.connection.ethers.deployContract("PostingModule", [
      house.clearingHouse,
      house.accessManager,
    ]);
    await house.accessManager.grantRole(ROLES.MODULE, module, 0);
    await module.postCash([
      { from: donor.account, to: systemAccounts.insurance, amount: parseUsd("50000"), reason: CASH_REASON_INTERNAL },
    ]);
    await house.setPrice("ETH", "120");
    await desk.postSurface(underlying, SMILE);
    await house.auction.start(trader.account);
    await house.connection.networkHelpers.time.increase(600);
    await house.setPrice("ETH", "120");
    await house.setPrice("USDC", "1");
    await desk.postSurface(underlying, SMILE);
    snapshot = await house.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const quantity = (of: Trader, instrument: bigint) => house.clearingHouse.quantityOf(of.account, instrument);
  const equity = async (of: Trader) => (await house.clearingHouse.marginOf(of.account)).equity;

  async function holdings(of: Trader) {
    const held = [...(await house.clearingHouse.instrumentsOf(of.account))].sort((x, y) => (x < y ? -1 : 1));
    return Promise.all(held.map(async (instrument) => ({ instrument, quantity: await quantity(of, instrument) })));
  }

  /** Takes what the function leaves of the account's positions. */
  async function bid(parts: (all: Awaited<ReturnType<typeof holdings>>) => Awaited<ReturnType<typeof holdings>>) {
    const positions = parts(await holdings(trader));
    const request = {
      account: trader.account,
      liquidator: bidder.account,
      positions,
      collaterals: [],
      minReward: 0n,
    };
    await (await house.auction.connect(bidder.signer).bid(request)).wait();
    const [sold] = await house.auction.queryFilter(house.auction.filters.SliceSold(), "latest");
    const { discount, insurancePaid, maintenanceBefore, maintenanceAfter } = sold!.args;
    return { positions, discount, insurancePaid, maintenanceBefore, maintenanceAfter };
  }

  /** What the events of the house add up to is what it stores. */
  async function expectReplayed(): Promise<void> {
    const { clearingHouse, connection } = house;
    const logs = await connection.ethers.provider.getLogs({
      address: await clearingHouse.getAddress(),
      fromBlock: 0,
      toBlock: "latest",
    });
    const events = logs.flatMap((log): HouseEvent[] => {
      const parsed = clearingHouse.interface.parseLog(log);
      return parsed === null ? [] : [{ name: parsed.name, args: parsed.args.toObject(), block: log.blockNumber }];
    });
    const books = new Books();
    replay(books, events);
    expect(books.misfits).to.deep.equal([]);
    for (const { account } of [trader, bidder]) {
      expect(books.cash.get(account) ?? 0n).to.equal(await clearingHouse.storedCashOf(account));
      for (const instrument of instruments) {
        const replayed = books.position(account, instrument).quantity;
        expect(replayed).to.equal(await clearingHouse.quantityOf(account, instrument));
      }
    }
  }

  const reader = async () => ({
    caller: house.connection.ethers.provider,
    addresses: { clearingHouse: await house.clearingHouse.getAddress() },
  });

  async function expectReconciled(of: Trader): Promise<void> {
    const statement = await readStatement(await reader(), of.account, { fromBlock: 0 });
    expect(statement.closing).to.equal(await house.clearingHouse.cashOf(of.account));
    const sold = statement.entries.filter(({ type, instrument }) => type === "Liquidation" && instrument !== undefined);
    for (const instrument of instruments) {
      const moved = sold.filter((entry) => entry.instrument === instrument);
      expect(moved.reduce((sum, entry) => sum + entry.quantity!, 0n)).to.equal(
        of === bidder ? await quantity(bidder, instrument) : -(await quantity(bidder, instrument)),
      );
    }
  }

  it("sells the whole account: options at the mark, the discount from the insurance account", async () => {
    const [owed, before] = [await equity(trader), await equity(bidder)];
    expect(owed < 0n).to.equal(true);
    const { positions, discount, insurancePaid } = await bid((all) => all);
    expect(positions.length).to.equal(7);
    for (const part of positions) {
      expect(await quantity(bidder, part.instrument)).to.equal(part.quantity);
      expect(await quantity(trader, part.instrument)).to.equal(0n);
    }
    expect(await equity(trader)).to.equal(0n);
    // A second later and with funding of a second: all the account owed and the discount came from insurance.
    expectNear(Number(insurancePaid - discount + owed), 0, 2_000);
    expectNear(Number((await equity(bidder)) - before - discount), 0, 2_000);
    expect(await house.clearingHouse.instrumentsOf(trader.account)).to.deep.equal([]);
    await expectReplayed();
    await expectReconciled(trader);
    await expectReconciled(bidder);
  });

  it("sells an expiry by its name as it sells its options", async () => {
    const all = await holdings(trader);
    const portfolio = await readPortfolio(await reader(), trader.account);
    const named = nameWholeExpiries(all, portfolio, new Set());
    const buckets = [...new Set(instruments.map(bucketOf))];
    expect(named.map(({ instrument }) => instrument)).to.include.members(buckets.map(allOptionsOf));
    expect(named.length).to.equal(all.length - instruments.length + buckets.length);
    const owed = await equity(trader);
    const { insurancePaid, discount } = await bid(() => named);
    for (const part of all) {
      expect(await quantity(bidder, part.instrument)).to.equal(part.quantity);
      expect(await quantity(trader, part.instrument)).to.equal(0n);
    }
    expectNear(Number(insurancePaid - discount + owed), 0, 2_000);
    await expectReplayed();
    await expectReconciled(trader);
    await expectReconciled(bidder);
  });

  it("does not sell an expiry by its name to who has options of it", async () => {
    const bucket = bucketOf(instruments[0]!);
    const named = (all: Awaited<ReturnType<typeof holdings>>) =>
      [
        ...all.filter(({ instrument }) => bucketOf(instrument) !== bucket),
        {
          instrument: allOptionsOf(bucket),
          quantity: all
            .filter(({ instrument }) => instrument !== bucket << 32n && bucketOf(instrument) === bucket)
            .reduce((sum, part) => sum + (part.quantity < 0n ? -part.quantity : part.quantity), 0n),
        },
      ].sort((x, y) => (x.instrument < y.instrument ? -1 : 1));
    await (await optionDesk(house).tradeLegs(bidder, maker, [{ instrument: instruments[0]!, ratio: ONE }])).wait();
    await expect(bid(named))
      .to.be.revertedWithCustomError(house.clearingHouse, "ExpiryNotEmpty")
      .withArgs(bidder.account, bucket);
  });

  it("moves nobody's equity with a slice, and what is left goes on", async () => {
    const [owed, before] = [await equity(trader), await equity(bidder)];
    const half = await bid((all) => all.map((part) => ({ ...part, quantity: part.quantity / 2n })));
    expectNear(Number(half.maintenanceAfter) / Number(half.maintenanceBefore), 0.5, 0.001);
    // Below zero E/MM stays what it was.
    expectNear(Number(await equity(trader)) / Number(owed), 0.5, 0.001);
    expectNear(Number((await equity(bidder)) - before - half.discount), 0, 2_000);
    await expectReplayed();
    const rest = await bid((all) => all);
    expect(rest.maintenanceAfter).to.equal(0n);
    for (const [i, instrument] of instruments.entries()) {
      expect(await quantity(bidder, instrument)).to.equal((i % 2 === 0 ? 2n : -3n) * ONE);
    }
    await expectReplayed();
    await expectReconciled(trader);
    await expectReconciled(bidder);
  });

  it("moves the options of an expiry in one event for both accounts", async () => {
    const { positions } = await bid((all) => all);
    const moved = await house.clearingHouse.queryFilter(
      house.clearingHouse.filters.OptionsMoved(trader.account, bidder.account),
      "latest",
    );
    const buckets = [...new Set(instruments.map(bucketOf))];
    expect(moved.map(({ args }) => args.bucket)).to.have.members(buckets);
    const parts = moved.flatMap(({ args }) => args.parts.map(({ instrument, quantity: q }) => [instrument, q]));
    expect(parts).to.have.deep.members(
      positions.filter(({ instrument }) => instruments.includes(instrument)).map((p) => [p.instrument, p.quantity]),
    );
  });

  it("leaves the account free to open the same options again, on a sheet of its own", async () => {
    const whole = await bid((all) => all);
    const { clearingHouse } = house;
    const sheet = (of: Trader, instrument: bigint) => clearingHouse.optionsOf(of.account, bucketOf(instrument));
    // The trader opens the same strikes anew: on a sheet of its own.
    await house.deposit(trader, { usdc: "50000" });
    const desk = optionDesk(house);
    await (await desk.tradeLegs(trader, maker, [{ instrument: instruments[0]!, ratio: ONE }])).wait();
    expect(await quantity(trader, instruments[0]!)).to.equal(ONE);
    expect(await quantity(bidder, instruments[0]!)).to.equal(2n * ONE);
    const bought = await sheet(bidder, instruments[0]!);
    await (await desk.tradeLegs(trader, maker, [{ instrument: instruments[1]!, ratio: ONE }])).wait();
    expect([...(await sheet(bidder, instruments[0]!))]).to.deep.equal([...bought]);
    expect(whole.positions.length).to.equal(7);
    await expectReplayed();
  });
});

import { expect } from "chai";
import { ROLES } from "../../../deploy/roles.ts";
import { systemAccounts } from "../../../sdk/instruments.ts";
import { parseUsd } from "../../../sdk/units.ts";
import { expectNear } from "../../support/near.ts";
import { type Cast, type KeeperBench, keeperBench, leveragedTrader } from "../../support/keeper.ts";

const DONOR = 6;
const INTERNAL = 2;
/** The trader's 500 ether lose 35,000 of 30,000 USD. */
const BELOW_ZERO = "130";
/** 12,490 USD are left, and 13,418 needed. */
const LOW = "165";

describe("keeper: auctions", () => {
  let bench: KeeperBench;
  let cast: Cast;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.checkpoint();
  });
  afterEach(() => bench.reset());
  after(() => bench.close());

  const start = (own: Readonly<Record<string, unknown>> = {}) => bench.start({ only: "liquidations", own });
  const poster = async () => {
    const { connection, clearingHouse, accessManager } = bench.house;
    const module = await connection.ethers.deployContract("PostingModule", [clearingHouse, accessManager]);
    await accessManager.grantRole(ROLES.MODULE, module, 0);
    return module;
  };
  const fund = async (usd: string) => {
    const signers = await bench.house.connection.ethers.getSigners();
    const donor = await bench.house.openAccount(signers[DONOR]!, 0, { usdc: usd });
    const module = await poster();
    const insurance = systemAccounts.insurance;
    await module.postCash([{ from: donor.account, to: insurance, amount: parseUsd(usd), reason: INTERNAL }]);
  };
  const margin = (who: keyof Cast = "trader") => bench.house.clearingHouse.marginOf(cast[who].account);
  /** A later minute at the same price. */
  const later = async (seconds: number, price = BELOW_ZERO) => {
    await bench.house.connection.networkHelpers.time.increase(seconds);
    await bench.house.setPrice("ETH", price);
  };

  it("starts the auction of an account without equity and buys it when that pays", async () => {
    await fund("20000");
    await bench.house.setPrice("ETH", BELOW_ZERO);
    const k = await start();
    await k.keeper.once();
    expect(await bench.house.auction.startedAt(cast.trader.account)).to.not.equal(0n);

    const before = (await margin("liquidator")).equity;
    await later(120);
    await k.keeper.once();
    const [sold] = await bench.house.auction.queryFilter(bench.house.auction.filters.SliceSold());
    expect(sold!.args.account).to.equal(cast.trader.account);
    expect((await margin()).equity).to.equal(0n);
    expectNear(Number((await margin("liquidator")).equity - before - sold!.args.discount), 0, 3);
    expectNear(Number(await k.metric("reward_usd_total")), Number(sold!.args.discount) / 1e6, 1e-5);
  });

  it("buys as much as the insurance account can pay for", async () => {
    await fund("3000");
    await bench.house.setPrice("ETH", BELOW_ZERO);
    const k = await start();
    await k.keeper.once();
    await later(300);
    await k.keeper.once();
    const sales = await bench.house.auction.queryFilter(bench.house.auction.filters.SliceSold());
    expect(sales.length).to.equal(1);
    const { insurancePaid } = sales[0]!.args;
    expect(insurancePaid > 0n && insurancePaid <= parseUsd("1500"), `paid ${insurancePaid}`).to.equal(true);
  });

  it("announces, ranks and deleverages what the insurance account cannot pay", async () => {
    await bench.house.setPrice("ETH", BELOW_ZERO);
    const k = await start();
    await k.keeper.once();
    await later(61);
    await k.keeper.once();
    const { instrument } = bench.house.markets.ETH!;
    const [round] = await bench.house.clearingHouse.roundOf(instrument);
    expect(round).to.equal(1n);
    await later(301);
    await k.keeper.once();
    const [closed] = await bench.house.auction.queryFilter(bench.house.auction.filters.AccountDeleveraged());
    expect(closed!.args.account).to.equal(cast.trader.account);
    expect(closed!.args.deficitPaid < 100n, `deficit account paid ${closed!.args.deficitPaid}`).to.equal(true);
    expect((await margin()).equity).to.equal(0n);
  });

  it("closes at the mark whom nobody took, although it owes nothing", async () => {
    const { auction, liquidation, connection, clearingHouse, markets } = bench.house;
    await bench.house.setPrice("ETH", LOW);
    await liquidation.flag(cast.trader.account);
    const { reliefSeconds, durationSeconds } = await auction.auctionParameters();
    await connection.networkHelpers.time.increase(reliefSeconds);
    await bench.house.setPrice("ETH", LOW);
    await auction.start(cast.trader.account);
    // Too much for anybody.
    const k = await start({ minProfitUsd: 1_000_000 });
    await later(Number(durationSeconds), LOW);
    await k.keeper.once();
    expect((await clearingHouse.roundOf(markets.ETH!.instrument))[0]).to.equal(0n);
    await later(Number(durationSeconds), LOW);
    await k.keeper.once();
    expect((await clearingHouse.roundOf(markets.ETH!.instrument))[0]).to.equal(1n);
    const { equity } = await margin();
    await later(301, LOW);
    await k.keeper.once();
    expect((await margin()).maintenance).to.equal(0n);
    expect(await clearingHouse.openDeficit()).to.equal(0n);
    expectNear(Number((await margin()).equity - equity), 0, 1_000_000);
  });

  it("covers a debt that nothing stands against", async () => {
    const { house } = bench;
    await house.setPrice("ETH", BELOW_ZERO);
    const { instrument } = house.markets.ETH!;
    const [quantity, quote] = [500n * 10n ** 8n, -500n * parseUsd(BELOW_ZERO)];
    await (await poster()).post([{ from: cast.trader.account, to: cast.maker.account, instrument, quantity, quote }]);
    await house.clearingHouse.settle([cast.trader.account], instrument);
    const k = await start();
    await k.keeper.once();
    expect((await margin()).equity).to.equal(0n);
    expect(await house.clearingHouse.openDeficit()).to.be.above(parseUsd("4000"));
  });

  it("leaves auctions alone where it is told to", async () => {
    await fund("20000");
    await bench.house.setPrice("ETH", BELOW_ZERO);
    const k = await start({ auctions: false });
    await k.keeper.once();
    expect(await bench.house.auction.startedAt(cast.trader.account)).to.equal(0n);
  });
});

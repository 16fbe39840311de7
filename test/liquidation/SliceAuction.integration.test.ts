import { expect } from "chai";
import { systemAccounts } from "../../sdk/instruments.ts";
import { planBid } from "../../sdk/liquidation/auction.ts";
import { sliceShare } from "../../sdk/liquidation/slicePrice.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import type { PackedPortfolio } from "../../sdk/types.ts";
import { parseUsd } from "../../sdk/units.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { AUCTION } from "../../deploy/config/defaults.ts";
import { ROLES } from "../../deploy/roles.ts";
import type { PostingModule } from "../../typechain-types/index.ts";
import { readStatement } from "../../sdk/client/index.ts";
import { expectNear } from "../support/near.ts";
import { type House, newHouse, type Trader } from "../support/house.ts";

const MINUTE = 60;
const CASH_REASON_INTERNAL = 2;

describe("SliceAuction on the real house", () => {
  let house: House;
  let trader: Trader;
  let maker: Trader;
  let bidder: Trader;
  let module: PostingModule;
  let snapshot: { restore: () => Promise<void> };

  /** The trader is long 500 ether at 200 USD on 30,000 USD; the insurance account has 20,000. */
  before(async () => {
    house = await newHouse();
    const [, a, b, c, d] = await house.connection.ethers.getSigners();
    maker = await house.openAccount(a!, 0, { usdc: "1000000" });
    trader = await house.openAccount(b!, 0, { usdc: "30000" });
    bidder = await house.openAccount(c!, 0, { usdc: "500000" });
    const donor = await house.openAccount(d!, 0, { usdc: "20000" });
    await house.trade(trader, maker, "ETH", "500");
    module = await house.connection.ethers.deployContract("PostingModule", [house.clearingHouse, house.accessManager]);
    await house.accessManager.grantRole(ROLES.MODULE, module, 0);
    await module.postCash([
      { from: donor.account, to: systemAccounts.insurance, amount: parseUsd("20000"), reason: CASH_REASON_INTERNAL },
    ]);
    snapshot = await house.connection.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const margin = (of: Trader) => house.clearingHouse.marginOf(of.account);
  const cash = (account: string) => house.clearingHouse.storedCashOf(account);
  const wait = (seconds: number) => house.connection.networkHelpers.time.increase(seconds);

  /** The best bid at the next block, as the SDK sees it. */
  async function plan() {
    const { time } = house.connection.networkHelpers;
    const now = (await time.latest()) + 1;
    await time.setNextBlockTimestamp(now);
    const packed = (await house.clearingHouse.portfolioOf.staticCall(trader.account, {
      blockTag: "pending",
    })) as unknown as PackedPortfolio;
    const startedAt = await house.auction.startedAt(trader.account);
    const [equity, maintenance] = await house.auction.lowestSale(trader.account);
    const bid = planBid({
      portfolio: decodePortfolio(
        {
          cash: packed.cash,
          cashPrice: packed.cashPrice,
          exposures: [...packed.exposures],
          holdings: [...packed.holdings],
          surfaces: [],
          options: [],
        },
        BigInt(now),
      ),
      assess: (portfolio) => assess(portfolio, house.config.risk),
      parameters: {
        durationSeconds: BigInt(AUCTION.durationSeconds),
        firstDiscountBps: BigInt(AUCTION.firstDiscountBps),
      },
      elapsed: BigInt(now) - startedAt,
      lowest: { equity, maintenance },
      targetBps: house.config.risk.globals.liquidationTargetBps,
      decimals: new Map(),
    })!;
    await time.setNextBlockTimestamp(now);
    return bid;
  }

  const request = (bid: Awaited<ReturnType<typeof plan>>, minReward = bid.discount) => ({
    account: trader.account,
    liquidator: bidder.account,
    positions: [...bid.positions],
    collaterals: [...bid.collaterals],
    minReward,
  });

  it("sells an account below zero whole, and the insurance account pays", async () => {
    await house.setPrice("ETH", "130");
    const before = await margin(trader);
    expectNear(Number(before.equity) / 1e6, -5_000, 20);
    await house.auction.start(trader.account);
    await wait(10 * MINUTE);
    const bid = await plan();
    expect(bid.positions.map(({ quantity }) => quantity)).to.deep.equal([500n * 10n ** 8n]);

    const bidderBefore = (await margin(bidder)).equity;
    await expect(house.auction.connect(bidder.signer).bid(request(bid)))
      .to.emit(house.auction, "AuctionEnded")
      .withArgs(trader.account, 0n, 0n);
    const [sold] = await house.auction.queryFilter(house.auction.filters.SliceSold());
    expect(sold!.args.discount).to.equal(bid.discount);
    expect(sold!.args.price).to.equal(bid.price);
    expect(sold!.args.insurancePaid).to.equal(bid.byOthers);
    expect(sold!.args.maintenanceBefore).to.equal(bid.before.maintenance);
    // A third of the way from E to E − MM.
    expectNear(Number(bid.discount) / 1e6, (Number(bid.before.maintenance) / 1e6) * (601 / 1_800), 1e-5);
    expect(bid.byOthers).to.equal(bid.discount - bid.before.equity);

    expect((await margin(trader)).equity).to.equal(0n);
    expect(await cash(systemAccounts.insurance)).to.equal(parseUsd("20000") - bid.byOthers);
    expectNear(Number((await margin(bidder)).equity - bidderBefore - bid.discount), 0, 3);
    expect(await house.clearingHouse.openDeficit()).to.equal(0n);
  });

  it("sells of an account with equity only what brings it to its target", async () => {
    await house.setPrice("ETH", "150");
    await house.liquidation.flag(trader.account);
    await expect(house.auction.start(trader.account)).to.be.revertedWithCustomError(house.auction, "AuctionTooEarly");
    await wait(AUCTION.reliefSeconds);
    await house.setPrice("ETH", "150");
    await house.auction.start(trader.account);
    const bid = await plan();
    const whole = 500n * 10n ** 8n;
    const share = Number(bid.positions[0]!.quantity) / Number(whole);
    expectNear(share, Number(sliceShare(bid.before, bid.price, 12_500n)) / 1e9, 0.001);
    await house.auction.connect(bidder.signer).bid(request(bid));

    const { equity, maintenance } = await margin(trader);
    expect(equity).to.equal(bid.after.equity);
    expectNear(Number(equity) / 1e6, (1.25 * Number(maintenance)) / 1e6, 1e-4);
    expect(await cash(systemAccounts.insurance)).to.equal(parseUsd("20000"));
    expect(await house.auction.startedAt(trader.account)).to.equal(0n);
  });

  it("is as the SDK says all along the curve, with slices in between", async () => {
    await house.setPrice("ETH", "150");
    await house.liquidation.flag(trader.account);
    await wait(AUCTION.reliefSeconds);
    await house.setPrice("ETH", "145");
    await house.auction.start(trader.account);
    for (let i = 0; i < 4; i++) {
      const bid = await plan();
      const quantity = bid.positions[0]!.quantity / 10n;
      await house.auction.connect(bidder.signer).bid({
        ...request(bid, 0n),
        positions: [{ ...bid.positions[0]!, quantity }],
      });
      const [sold] = await house.auction.queryFilter(house.auction.filters.SliceSold(), "latest");
      expect(sold!.args.price).to.equal(bid.price);
      expect(sold!.args.maintenanceBefore).to.equal(bid.before.maintenance);
      await wait(7 * MINUTE);
    }
  });

  it("covers a bare debt, first by insurance, then by the deficit account", async () => {
    await house.auction.setInsuranceCap(0, 1_000);
    await house.setPrice("ETH", "130");
    const quantity = 500n * 10n ** 8n;
    const { instrument } = house.markets.ETH!;
    await module.post([
      { from: trader.account, to: maker.account, instrument, quantity, quote: -500n * parseUsd("130") },
    ]);
    await house.clearingHouse.settle([trader.account, maker.account], instrument);
    const owed = -(await margin(trader)).equity;
    expect(owed).to.be.above(parseUsd("4000"));
    await expect(house.auction.coverDeficit(trader.account))
      .to.emit(house.auction, "DeficitCovered")
      .withArgs(trader.account, parseUsd("2000"), (paid: bigint) => paid - (owed - parseUsd("2000")) < 100n);
    expect((await margin(trader)).equity).to.equal(0n);
    expect(await house.clearingHouse.openDeficit()).to.be.above(parseUsd("2000"));
    const statement = await readStatement(
      {
        caller: house.connection.ethers.provider,
        addresses: { clearingHouse: await house.clearingHouse.getAddress() },
      },
      trader.account,
      { fromBlock: 0 },
    );
    expect(statement.entries.slice(-2).map(({ type }) => type)).to.deep.equal(["Insurance", "SharedLoss"]);
    expect(statement.closing).to.equal(0n);
  });
});

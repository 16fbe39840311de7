import { expect } from "chai";
import { optionDesk } from "../../../deploy/local/options.ts";
import { estimatorsJob } from "../../../scripts/keeper/jobs/estimators.ts";
import { houseAbi } from "../../../scripts/keeper/abi.ts";
import { bucketOf, future, option, perpetual, systemAccounts } from "../../../sdk/instruments.ts";
import { parseQuantity } from "../../../sdk/units.ts";
import {
  type Cast,
  type KeeperBench,
  KEEPER,
  keeperBench,
  leveragedTrader,
  type KeeperSetting,
  type RunningKeeper,
} from "../../support/keeper.ts";

const HOUR = 3_600;

describe("keeper: upkeep", () => {
  let bench: KeeperBench;
  let cast: Cast;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.checkpoint();
  });
  afterEach(() => bench.reset());
  after(() => bench.close());

  /** A keeper with one job. */
  const startWith = (job: NonNullable<KeeperSetting["only"]>, own: KeeperSetting["own"] = {}): Promise<RunningKeeper> =>
    bench.start({ only: job, own: { intervalSeconds: 0, ...own } });
  const time = () => bench.house.connection.networkHelpers.time;
  const sent = async (): Promise<number> => {
    const { ethers } = bench.house.connection;
    return ethers.provider.getTransactionCount((await ethers.getSigners())[KEEPER]!.address);
  };

  describe("feeds", () => {
    const answer = (price: string) => bench.house.setPrice("ETH", price, { once: true });
    const stored = async () => (await bench.house.marketData.lastPrice(2)).price;

    it("has a price accepted once it is far from the last one, or much newer", async () => {
      const k = await startWith("feeds", { deviationBps: 100, maxLagSeconds: 900 });
      const before = await sent();
      await answer("201.9");
      await k.keeper.once();
      expect(await sent(), "less than 1 %, and no time has passed").to.equal(before);
      await answer("202");
      await k.keeper.once();
      expect(await stored()).to.equal(20_200_000_000n);
      await time().increase(901);
      await answer("202.1");
      await k.keeper.once();
      expect(await stored()).to.equal(20_210_000_000n);
      await k.keeper.once();
      expect(await sent(), "nothing new").to.equal(before + 2);
    });

    it("leaves a jump alone until the feed has confirmed it", async () => {
      const k = await startWith("feeds");
      const before = await sent();
      await answer("120");
      await k.keeper.once();
      expect(await sent(), "syncing would change nothing").to.equal(before);
      await answer("120");
      await k.keeper.once();
      expect(await stored()).to.equal(12_000_000_000n);
    });
  });

  describe("funding", () => {
    it("accrues once in each hour, all perpetuals in one transaction", async () => {
      const k = await startWith("funding");
      const events = async () => {
        const { clearingHouse } = bench.house;
        return clearingHouse.queryFilter(clearingHouse.filters.FundingAccrued(perpetual(2)));
      };
      await k.keeper.once();
      const [before, count] = [await sent(), (await events()).length];
      await time().increaseTo((Math.floor((await time().latest()) / HOUR) + 1) * HOUR + 5);
      await k.keeper.once();
      expect(await sent()).to.equal(before + 1);
      expect((await events()).length).to.equal(count + 1);
      await k.keeper.once();
      expect(await sent(), "the same hour").to.equal(before + 1);
    });
  });

  describe("settlement and interest", () => {
    it("turns the loser's loss and the winner's profit into cash, then charges interest on the debt", async () => {
      const { clearingHouse } = bench.house;
      const stored = (who: keyof Cast) => clearingHouse.storedCashOf(cast[who].account);
      await bench.house.setPrice("ETH", "195");
      const before = { trader: await stored("trader"), maker: await stored("maker") };
      const k = await startWith("settlement", { minUsd: 1_000 });
      await k.keeper.once();
      // 500 ether lost 5 USD each.
      expect((await stored("trader")) - before.trader).to.equal(-2_500_000_000n);
      expect((await stored("maker")) - before.maker).to.equal(2_500_000_000n);
      const done = await sent();
      await k.keeper.once();
      expect(await sent(), "nothing is left to settle").to.equal(done);
      await k.close();

      // Below zero after a larger loss: that is debt.
      await bench.house.deposit(cast.trader, { weth: "400" });
      await bench.house.setPrice("ETH", "130");
      const again = await startWith("settlement", { minUsd: 1_000 });
      await again.keeper.once();
      await again.close();
      expect(await stored("trader")).to.be.below(0n);
      const interest = await startWith("interest");
      await time().increase(HOUR);
      await interest.keeper.once();
      const accruals = await clearingHouse.queryFilter(clearingHouse.filters.InterestAccrued());
      expect(accruals.length).to.equal(1);
      expect(accruals[0]!.args.borrowed).to.be.above(-(await stored("trader")));
    });

    it("sends nothing for interest while nobody owes", async () => {
      const before = await sent();
      await (await startWith("interest")).keeper.once();
      expect(await sent()).to.equal(before);
    });
  });

  describe("expiries", () => {
    it("proves the price by the feed's rounds and settles everybody, losers first", async () => {
      const { clearingHouse, marketData, connection } = bench.house;
      const desk = optionDesk(bench.house);
      const day = Math.floor((await time().latest()) / 86_400) * 24;
      const expiry = { underlying: 2, expiryHours: day + 24 + 8 };
      const [linear, call] = [future(expiry), option(expiry, "call", "200")];
      await desk.list([linear, call]);
      await desk.postSurface(2, { volatility: 0.8 });
      await desk.tradeLegs(cast.trader, cast.maker, [{ instrument: linear, ratio: parseQuantity("10") }]);
      await desk.tradeLegs(cast.trader, cast.maker, [{ instrument: call, ratio: parseQuantity("10") }]);
      const bucket = bucketOf(linear);
      const k = await startWith("expiries");
      await k.keeper.once();

      await time().increaseTo(expiry.expiryHours * HOUR + 60);
      await k.keeper.once();
      expect(await marketData.settlementPrice(bucket), "no round yet").to.equal(0n);
      expect(k.lines.some(({ msg }) => msg === "no round at or after the expiry yet")).to.equal(true);
      await bench.house.setPrice("ETH", "210", { once: true });
      await bench.house.setPrice("ETH", "150", { once: true });

      const cash = await clearingHouse.storedCashOf(cast.trader.account);
      await k.keeper.once();
      expect(await marketData.settlementPrice(bucket), "the first round, not the latest").to.equal(21_000_000_000n);
      for (const who of [cast.trader, cast.maker]) {
        expect(await clearingHouse.expiriesOf(who.account)).to.deep.equal([]);
      }
      // Ten calls pay 10 USD each, and the future what it has gained since it was bought at 200.
      expect((await clearingHouse.storedCashOf(cast.trader.account)) - cash).to.equal(200_000_000n);
      expect(await clearingHouse.storedCashOf(systemAccounts.clearing(bucket))).to.equal(0n);
      const done = await connection.ethers.provider.getBlockNumber();
      await k.keeper.once();
      expect(await connection.ethers.provider.getBlockNumber()).to.equal(done);
    });
  });

  describe("estimators", () => {
    it("brings missing hours and days, each round as the estimators want it, and publishes", async () => {
      const { volatility, correlation } = bench.house;
      // Noon of the next day: the feeds must have been known before the first hour ended.
      const noon = (Math.floor((await time().latest()) / 86_400) + 1.5) * 86_400;
      await time().increaseTo(noon);
      const day = Math.ceil(noon / 86_400);
      const k = await startWith("estimators");
      // A pass brings one day of correlations.
      for (let pass = 0; pass < 3; pass++) await k.keeper.once();
      expect((await correlation.progress()).lastDay).to.equal(BigInt(day - 1));
      const first = Number((await volatility.state(2)).lastHour);
      expect(first, "the last full hour").to.equal(Math.floor((await time().latest()) / HOUR));

      await time().increaseTo(day * 86_400 - HOUR);
      for (const symbol of ["BTC", "ETH"]) await bench.house.setPrice(symbol, symbol === "ETH" ? "203" : "8090");
      await time().increaseTo(day * 86_400 + 2 * HOUR + 60);
      await k.keeper.once();
      for (const series of [1, 2]) {
        const state = await volatility.state(series);
        expect(state.lastHour).to.equal(BigInt(day * 24 + 2));
        expect(state.lastPrice).to.equal(series === 2 ? 20_300_000_000n : 809_000_000_000n);
      }
      const progress = await correlation.progress();
      expect(progress.lastDay).to.equal(BigInt(day));
      // The publication is due by what the fold has changed, which the next pass sees.
      await time().increase(HOUR);
      await k.keeper.once();
      const published = await correlation.queryFilter(correlation.filters.CorrelationsMoved());
      expect(published.at(-1)!.args.lastDay).to.equal(BigInt(day));
      await k.keeper.once();
      expect(k.lines.filter(({ level }) => level === "warn" || level === "error")).to.deep.equal([]);
    });

    it("sends what each one says is due, in order, and goes on when one fails", async () => {
      const called: string[] = [];
      const to = await bench.house.clearingHouse.getAddress();
      const data = houseAbi.encodeFunctionData("accrueFunding", [perpetual(2)]);
      const job = estimatorsJob({ intervalSeconds: 0 }, [
        {
          name: "broken",
          due: async () => {
            called.push("broken");
            throw new Error("no round");
          },
        },
        {
          name: "refused",
          due: async () => [
            { to, data: "0x12345678" },
            { to, data },
          ],
        },
        { name: "works", due: async () => [{ to, data }] },
      ]);
      const before = await sent();
      const k = await bench.start({ jobs: () => [job] });
      await k.keeper.once();
      expect(called).to.deep.equal(["broken"]);
      expect(await sent(), "what comes after a refusal waits").to.equal(before + 1);
      expect(k.lines.find(({ estimator }) => estimator === "broken")).to.deep.include({ reason: "no round" });
    });
  });
});

import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import { depthTerms } from "../../deploy/config/depth.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { expectNear } from "../support/near.ts";
import { readerOf, type TestReader } from "../support/reader.ts";
import {
  type DepthReport,
  parseDepthReport,
  postDepth,
  refreshDepth,
  refreshHaircut,
  readHaircutParts,
  readUnderlyingDepth,
  send,
  signDepthReport,
  submitDepth,
} from "../../sdk/index.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const MAX_AGE = 26 * HOUR;
const BTC = 1;
const WETH = 1;
const WBTC = 2;
const BTC_PRICE = 60_000;
const ETH_PRICE = 2_600;

/** testnet.json: the calibrated volumes and spread, and the cap on open interest, USD. */
const BTC_ADV = 2_759_949_561n;
const BTC_CAP_USD = 250_000_000;
const BTC_SIGMA = 0.0274;
const WETH_ADV = 1_628_191_353n;
const WETH_SIGMA = 0.0358;

/** What an hour may add to a maintenance margin, as docs/depth-and-haircuts.md says: of notional, and of the value of a lent token. */
const HOURLY_STEP = 0.0002;
const HOURLY_TOKEN_STEP = 0.004;

const example = parseDepthReport(readFileSync(new URL("../../data/depth/2024-08-08.json", import.meta.url), "utf8"));

describe("DepthBook", () => {
  let house: House;
  let reader: TestReader;
  let alice: Trader;
  let carol: Trader;
  let signers: readonly Wallet[];
  let now: () => Promise<number>;
  let pass: (seconds: number) => Promise<void>;
  let snapshot: { restore: () => Promise<void> };

  before(async () => {
    const connection = await network.create();
    signers = ["11", "22", "33"]
      .map((byte) => new Wallet(`0x${byte.repeat(32)}`))
      .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    house = await deployHouse(connection, {
      underlyings: { BTC: BTC_PRICE, ETH: ETH_PRICE },
      parameters: "testnet.json",
      heartbeat: 14 * DAY,
      depthSigners: { signers: signers.map(({ address }) => address), threshold: 2 },
    });
    reader = await readerOf(house);
    const { networkHelpers } = connection;
    now = async () => networkHelpers.time.latest();
    pass = async (seconds) => void (await networkHelpers.time.increase(seconds));
    // Alice holds 10 BTC, Carol 100 ether, and 200 million dollars are open.
    const [, a, b, c, d] = await connection.ethers.getSigners();
    alice = await house.openAccount(a!, 0, { usdc: "500000" });
    carol = await house.openAccount(c!, 0, { weth: "100" });
    const bob = await house.openAccount(b!, 0, { usdc: "100000000" });
    const dave = await house.openAccount(d!, 0, { usdc: "100000000" });
    await house.trade(alice, bob, "BTC", "10", BTC_PRICE);
    await house.trade(dave, bob, "BTC", "3323", BTC_PRICE);
    snapshot = await networkHelpers.takeSnapshot();
  });

  beforeEach(() => snapshot.restore());

  /** Signed by the first two, brought by a stranger. */
  async function submit(report: DepthReport): Promise<void> {
    const where = { chainId: 31_337, verifyingContract: reader.addresses.depthBook };
    const signatures = await Promise.all([signers[1]!, signers[0]!].map((s) => signDepthReport(s, report, where)));
    await send(alice.signer, submitDepth(reader.addresses, report, signatures));
  }

  const report = async (over: Partial<DepthReport>): Promise<DepthReport> => ({
    timestamp: await now(),
    underlyings: [],
    assets: [],
    ...over,
  });

  const maintenanceOf = async ({ account }: Trader): Promise<number> =>
    Number((await house.clearingHouse.marginOf(account)).maintenance) / 1e6;

  describe("submitDepth", () => {
    it("takes the example of 8 August 2024 from a quorum, and the engine goes there along its ramp", async () => {
      await submit({ ...example.report, timestamp: await now() });
      const before = await readUnderlyingDepth(reader, BTC);
      expect(before.reported).to.deep.equal(example.report.underlyings[0]);
      // Thousands, as the engine keeps them.
      expect(before.inForce.dailyVolumeUsd).to.equal((BTC_ADV / 1_000n) * 1_000n);

      await pass(10 * HOUR);
      const { inForce } = await readUnderlyingDepth(reader, BTC);
      // 2 % of what it was at each of ten whole hours.
      expect(Number(inForce.dailyVolumeUsd) / Number(BTC_ADV)).to.be.within(0.7999, 0.8001);
      await pass(10 * HOUR);
      const after = await readUnderlyingDepth(reader, BTC);
      expect(after.inForce.dailyVolumeUsd).to.equal(1_719_849_000n);
      // 1,628,191 thousand less 20 times a whole fiftieth of it; the spread by a basis point an hour.
      const ether = await house.riskEngine.rangeInForce(2);
      expect([ether.dailyVolumeUsd, ether.halfSpreadBps]).to.deep.equal([976_931_000n, 4n]);
      const haircut = await readHaircutParts(reader, 2);
      expect(haircut.dailyVolumeUsd).to.equal(27_009_283n);
      expect(haircut.targetBasisHaircutBps).to.equal(200);
    });

    it("takes the same from the role", async () => {
      const [admin] = await house.connection.ethers.getSigners();
      await send(admin!, postDepth(reader.addresses, { ...example.report, timestamp: await now() }));
      expect((await readUnderlyingDepth(reader, BTC)).reported).to.deep.equal(example.report.underlyings[0]);
    });

    it("eases by steps, with calls that are open to everybody", async () => {
      const depth = { underlying: BTC, dailyVolumeUsd: BTC_ADV * 2n, halfSpreadBps: 2 };
      await submit(await report({ underlyings: [depth] }));
      const [before] = [(await readUnderlyingDepth(reader, BTC)).inForce.dailyVolumeUsd];
      // An entry that never moved has a day of steps.
      expect(Number(before) / Number(BTC_ADV)).to.be.within(1.4799, 1.4801);
      await pass(5 * HOUR);
      await send(carol.signer, refreshDepth(reader.addresses, BTC));
      const { inForce } = await readUnderlyingDepth(reader, BTC);
      expect(Number(inForce.dailyVolumeUsd) / Number(before)).to.be.within(1.0999, 1.1001);
    });
  });

  describe("a majority that lies", () => {
    it("raises a position's maintenance margin by at most the documented step in an hour", async () => {
      const notional = 10 * BTC_PRICE;
      let last = await maintenanceOf(alice);
      const first = last;
      for (let hour = 0; hour < 48; hour++) {
        if (hour % 4 === 0) {
          const lie = { underlying: BTC, dailyVolumeUsd: BTC_ADV / 20n, halfSpreadBps: 200 };
          await submit(await report({ underlyings: [lie] }));
          expect(await maintenanceOf(alice), "nothing at once").to.equal(last);
        }
        await pass(HOUR);
        const present = await maintenanceOf(alice);
        expect((present - last) / notional, `hour ${hour}`).to.be.within(0, HOURLY_STEP);
        last = present;
      }
      // The lie does get somewhere.
      expect((last - first) / notional).to.be.greaterThan(0.001);
    });

    it("raises the haircut of a lent token by at most the documented step in an hour", async () => {
      const [risk] = await house.connection.ethers.getSigners();
      const { underlyings, assets } = depthTerms(house.config.risk);
      const lent = assets.map((terms) => ({ ...terms, isLent: true }));
      await house.depthBook.connect(risk).setDepthTerms([...underlyings], lent);
      const value = 100 * ETH_PRICE;
      let last = await maintenanceOf(carol);
      const first = last;
      for (let hour = 0; hour < 50; hour++) {
        if (hour % 10 === 0) {
          const lie = { asset: WETH, dailyVolumeUsd: WETH_ADV / 20n, utilisationBps: 10_000, withdrawableUsd: 0n };
          await submit(await report({ assets: [lie] }));
          expect(await maintenanceOf(carol), "nothing at once").to.equal(last);
        }
        await pass(HOUR);
        const present = await maintenanceOf(carol);
        expect((present - last) / value, `hour ${hour}`).to.be.within(0, HOURLY_TOKEN_STEP);
        last = present;
      }
      // Half of 15 % in the end, for the utilisation alone.
      expect((last - first) / value).to.be.within(0.074, 0.085);
    });

    it("takes margin away no faster than the steps", async () => {
      await submit(await report({ underlyings: [{ underlying: BTC, dailyVolumeUsd: BTC_ADV, halfSpreadBps: 2 }] }));
      await pass(HOUR);
      const lie = { underlying: BTC, dailyVolumeUsd: BTC_ADV * 10n, halfSpreadBps: 0 };
      await submit(await report({ underlyings: [lie] }));
      const { inForce } = await readUnderlyingDepth(reader, BTC);
      expect(Number(inForce.dailyVolumeUsd) / Number(BTC_ADV)).to.be.within(1.02, 1.0201);
      expect(inForce.halfSpreadBps).to.equal(2);
    });
  });

  describe("silence", () => {
    it("widens the range and the haircut without a call, and a new report ends it", async () => {
      await submit({ ...example.report, timestamp: await now() });
      const rangeOf = async () => Number((await house.riskEngine.rangeInForce(BTC)).scanRangeBps);
      const haircutOf = async () => Number((await house.riskEngine.haircutInForce(WETH)).basisHaircutBps);
      await pass(MAX_AGE - HOUR);
      expect([await rangeOf(), await haircutOf()]).to.deep.equal([1_500, 50]);
      await pass(6 * HOUR);
      // Five or six hours of 2 % of 15 %, and of a quarter of a percent.
      expect(await rangeOf()).to.be.within(1_650, 1_680);
      expect(await haircutOf()).to.be.within(175, 200);
      await expect(house.depthBook.publishDepth(BTC)).to.be.revertedWithCustomError(
        house.depthBook,
        "UnderlyingDepthStale",
      );
      await submit({ ...example.report, timestamp: await now() });
      expect(await haircutOf()).to.equal(50);
      // A range falls by steps as well, of 2 % of where it stood.
      const widened = await rangeOf();
      expect(widened).to.be.within(1_650, 1_680);
      await pass(HOUR);
      expect(await rangeOf()).to.equal(widened - Math.floor(widened * 0.02));
      await pass(7 * HOUR);
      expect([await rangeOf(), await haircutOf()]).to.deep.equal([1_500, 50]);
    });
  });

  describe("publishHaircut", () => {
    it("follows the measured basis of a token, along the engine's ramp", async () => {
      const { volatility, connection } = house;
      const [risk] = await connection.ethers.getSigners();
      const feed = await connection.ethers.deployContract("ScriptedFeed", [8, "WBTC / BTC"]);
      await feed.push(10n ** 8n, (await now()) - HOUR);
      await volatility
        .connect(risk)
        .setBasisFeed(WBTC, { feed: await feed.getAddress(), minPrice: 5n * 10n ** 7n, maxPrice: 2n * 10n ** 8n });
      const series = (await volatility.BASIS_SERIES()) + BigInt(WBTC);
      // 1.2 % a day.
      await volatility.seed(series, { sigmaDaily: 12_000, sigmaStress: 12_000, sigmaLongRun: 12_000, dayCount: 30 });
      const { underlyings, assets } = depthTerms(house.config.risk);
      const terms = assets.map((asset, i) => (i + 1 === WBTC ? { ...asset, basisSeries: Number(series) } : asset));
      await house.depthBook.connect(risk).setDepthTerms([...underlyings], terms);
      await submit({ ...example.report, timestamp: await now() });
      const parts = await readHaircutParts(reader, WBTC);
      // 3 · 1.2 %, above the floor of 2 %.
      expect([parts.floorBps, parts.targetBasisHaircutBps, parts.basisFreshUntil]).to.deep.equal([200, 360, 0]);
      expect(parts.basisVolatility).to.equal(12_000n);

      await pass(HOUR);
      await volatility.update(series, [await feed.latestId()]);
      const heard = await readHaircutParts(reader, WBTC);
      expect(heard.basisFreshUntil).to.be.greaterThan(await now());
      expect(heard.freshUntil).to.equal(Math.min(heard.basisFreshUntil, heard.reportedAt + MAX_AGE));
      const inForce = async () => Number((await house.riskEngine.haircutInForce(WBTC)).basisHaircutBps);
      // A quarter of a percent at each whole hour.
      expect(await inForce()).to.be.within(225, 250);
      await pass(8 * HOUR);
      expect(await inForce()).to.equal(360);
    });
  });

  describe("totals", () => {
    it("raise a margin by what half of the square root at the cap comes to, at most", async () => {
      const [, , , , , e, f] = await house.connection.ethers.getSigners();
      const [eve, frank] = [
        await house.openAccount(e!, 0, { usdc: "100000000" }),
        await house.openAccount(f!, 0, { usdc: "100000000" }),
      ];
      const open = 3_333 * BTC_PRICE;
      const before = await maintenanceOf(alice);
      // The cap is 4,166.67 contracts at this price.
      await house.trade(eve, frank, "BTC", "833.6", BTC_PRICE);
      const rise = ((await maintenanceOf(alice)) - before) / (10 * BTC_PRICE);
      const at = (usd: number) => (BTC_SIGMA * Math.sqrt(usd / Number(BTC_ADV))) / 2;
      expectNear(rise, at(BTC_CAP_USD) - at(open), 2e-6);
      expect(rise).to.be.lessThan(0.02);
    });

    it("raise a haircut by the same through a deposit", async () => {
      const before = await maintenanceOf(carol);
      const [, , , , , e] = await house.connection.ethers.getSigners();
      // The cap of localhost.json: 5,000 WETH.
      await house.openAccount(e!, 0, { weth: "4900" });
      const rise = ((await maintenanceOf(carol)) - before) / (100 * ETH_PRICE);
      const at = (tokens: number) => (WETH_SIGMA * Math.sqrt((tokens * ETH_PRICE) / Number(WETH_ADV))) / 2;
      // Less by the parts of the haircut that were there.
      expect(rise / (at(5_000) - at(100))).to.be.within(0.99, 1);
      await submit({ ...example.report, timestamp: await now() });
      await send(carol.signer, refreshHaircut(reader.addresses, WETH));
      const parts = await readHaircutParts(reader, WETH);
      expect(parts.valueUsd).to.equal(13_000_000n);
      expect(parts.liquidationSeconds).to.equal(DAY);
    });
  });
});

import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import {
  encodeSubmitSurface,
  findSmileArbitrage,
  formatSurfaceReport,
  hashSurfaceReport,
  parseSurfaceReport,
  signSurfaceReport,
  sortSignatures,
  type SurfaceReport,
  SurfaceReportError,
  totalVariance,
} from "../../sdk/surfaces/index.ts";
import { deployFeed } from "../support/upstream.ts";

const { ethers, networkHelpers } = await network.create();

const ETH = 1;
const YEAR = 365 * 86_400;

async function deploy() {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const market = await ethers.deployContract("MarketData", [await manager.getAddress()]);
  const feed = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
  await feed.submit(2_000n * 10n ** 8n);
  const config = {
    feed: await feed.proxy.getAddress(),
    heartbeat: 3_600,
    maxDeviationBps: 1_500,
    closedFromMinute: 0,
    closedUntilMinute: 0,
    minPrice: 10n ** 8n,
    maxPrice: 10n ** 14n,
  };
  await market.setFeed(ETH, config);
  const where = { chainId: 31_337, verifyingContract: await market.getAddress() };
  const signers = ["11", "22", "33"].map((byte) => new Wallet(`0x${byte.repeat(32)}`));
  signers.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  await market.setSurfaceSigners(
    signers.map(({ address }) => address),
    2,
  );
  const now = await networkHelpers.time.latest();
  const hour = Math.ceil(now / 3_600);
  const report: SurfaceReport = {
    underlying: ETH,
    timestamp: now,
    points: [
      { expiryHours: hour + 24, basis: -1_500n, atmVolatility: 812_345n, skew: -61_000n, curvature: 40_001n },
      { expiryHours: hour + 720, basis: 12_000n, atmVolatility: 700_000n, skew: 10_000n, curvature: 30_000n },
    ],
  };
  return { market, where, signers, report, admin: admin! };
}

/** The contract types want lists that can be written to. */
const structOf = (report: SurfaceReport) => ({ ...report, points: [...report.points] });

/** Small, seeded and good enough for picking points (Steele and Vigna, SplitMix64). */
function* random(seed: bigint): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    yield Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  }
}

/** Φ by Simpson's rule from −10: slow, and without any table. */
function normalCdf(x: number): number {
  const [low, steps] = [-10, 400];
  if (x <= low) return 0;
  const h = (Math.min(x, 10) - low) / steps;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(low) + density(low + h * steps);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(low + i * h);
  return (sum * h) / 3;
}

/** Undiscounted call on a forward of 1 along the smile. */
function call(strike: number, theta: number, skew: number, curvature: number): number {
  const z = Math.min(Math.max(Math.log(strike) / theta, -2.5), 2.5);
  const w = theta * Math.max(1 + z * (skew + curvature * z), 0.2);
  const d1 = -Math.log(strike) / w + w / 2;
  return normalCdf(d1) - strike * normalCdf(d1 - w);
}

describe("surfaces", () => {
  describe("signSurfaceReport", () => {
    it("signs what the contract takes, in whatever order signatures come", async () => {
      const { market, where, signers, report, admin } = await networkHelpers.loadFixture(deploy);
      expect(hashSurfaceReport(report, where)).to.equal(await market.surfaceDigest(structOf(report)));
      const signatures = await Promise.all([2, 0].map((i) => signSurfaceReport(signers[i]!, report, where)));
      await expect(
        admin.sendTransaction({ to: where.verifyingContract, data: encodeSubmitSurface(report, signatures) }),
      )
        .to.emit(market, "SurfaceUpdated")
        .withArgs(
          ETH,
          (BigInt(ETH) << 24n) | BigInt(report.points[0]!.expiryHours),
          [812_345n, -1_500n, -61_000n, 40_001n],
          report.timestamp,
        );
      expect((await market.lastSurfaceReport(ETH)).timestamp).to.equal(report.timestamp);
    });

    it("signs for one chain and one contract", async () => {
      const { market, where, signers, report } = await networkHelpers.loadFixture(deploy);
      for (const other of [
        { ...where, chainId: 1 },
        { ...where, verifyingContract: signers[0]!.address },
      ]) {
        const signatures = await Promise.all([0, 1].map((i) => signSurfaceReport(signers[i]!, report, other)));
        await expect(market.submitSurface(structOf(report), signatures))
          .to.be.revertedWithCustomError(market, "InvalidReportSignature")
          .withArgs(signers[0]!.address);
      }
    });
  });

  describe("sortSignatures", () => {
    it("sorts by the address as a number and keeps one of each signer", () => {
      const entry = (signer: string, signature: string) => ({ signer, signature });
      expect(sortSignatures([entry("0xB0", "1"), entry("0x0a", "2"), entry("0xb0", "3")])).to.deep.equal([
        entry("0x0a", "2"),
        entry("0xb0", "3"),
      ]);
    });
  });

  describe("files", () => {
    it("come back as they were written, in units that people read", async () => {
      const { report } = await networkHelpers.loadFixture(deploy);
      const file = { report, signatures: [{ signer: "0x01", signature: "0x02" }] };
      const text = formatSurfaceReport(file);
      expect(parseSurfaceReport(text)).to.deep.equal(file);
      expect(text).to.include('"atmVolatility": "0.812345"').and.include('"basis": "-0.001500"');
    });

    it("are refused with the place of what is wrong", () => {
      const point = { expiry: "2026-03-27T08:00Z", atmVolatility: "0.5", basis: "0", skew: "0", curvature: "0" };
      const text = (over: object, at: object = {}) =>
        JSON.stringify({ underlying: 1, timestamp: 1, points: [{ ...point, ...at }], ...over });
      const cases: [string, string][] = [
        ["{", "not JSON"],
        ["[]", "whole numbers"],
        [text({ timestamp: 1.5 }), "whole numbers"],
        [text({ points: 1 }), "lists"],
        [text({ points: [1] }), "point 1 is malformed"],
        [text({}, { expiry: "2026-03-27T08:30Z" }), "full hour"],
        [text({}, { skew: 0.1 }), "skew of point 1"],
        [text({}, { basis: "0.1234567" }), "basis of point 1"],
        [text({ signatures: [{}] }), "Signature 1"],
      ];
      for (const [given, message] of cases) {
        expect(() => parseSurfaceReport(given), given).to.throw(SurfaceReportError, message);
      }
      expect(parseSurfaceReport(text({})).report.points[0]!.atmVolatility).to.equal(500_000n);
    });
  });

  describe("findSmileArbitrage", () => {
    it("agrees with the contract to the last unit", async () => {
      const { market, report } = await networkHelpers.loadFixture(deploy);
      const dice = random(1n);
      let refused = 0;
      for (let i = 0; i < 150; i++) {
        const skew = BigInt(Math.round((dice.next().value - 0.5) * 800_000));
        const curvature = BigInt(Math.round((dice.next().value - 0.3) * 280_000));
        const atmVolatility = BigInt(Math.round(Math.exp(Math.log(0.05) + dice.next().value * 4.5) * 1e6));
        const point = { ...report.points[1]!, skew, curvature, atmVolatility };
        const seconds = BigInt(point.expiryHours * 3_600 - report.timestamp);
        const half = findSmileArbitrage(skew, curvature, totalVariance(atmVolatility, seconds));
        const posted = market.postSurface.staticCall({ ...report, points: [point] });
        if (half === undefined) {
          await posted;
          continue;
        }
        refused++;
        await expect(posted)
          .to.be.revertedWithCustomError(market, "SmileNotArbitrageFree")
          .withArgs((BigInt(ETH) << 24n) | BigInt(point.expiryHours), half);
      }
      expect(refused).to.be.within(30, 120);
    });

    it("leaves no vertical spread or butterfly below zero within two standard deviations", () => {
      const dice = random(2n);
      let accepted = 0;
      for (let i = 0; accepted < 60; i++) {
        const [skew, curvature] = [(dice.next().value - 0.5) * 0.8, (dice.next().value - 0.3) * 0.28];
        const sigma = 0.1 + 2 * dice.next().value;
        const seconds = Math.round(86_400 * Math.exp(dice.next().value * 5.8));
        const micro = (x: number) => BigInt(Math.round(x * 1e6));
        if (
          findSmileArbitrage(micro(skew), micro(curvature), totalVariance(micro(sigma), BigInt(seconds))) !== undefined
        )
          continue;
        accepted++;
        const theta = sigma * Math.sqrt(seconds / YEAR);
        const step = theta / 8;
        for (let k = -16; k <= 16; k++) {
          const [below, at, above] = [-1, 0, 1].map((j) => Math.exp((k + j) * step));
          const [cheapest, middle, dearest] = [above!, at!, below!].map((strike) =>
            call(strike, theta, skew, curvature),
          );
          const name = `skew ${skew} curvature ${curvature} θ ${theta} at ${k / 8}`;
          expect(dearest! - middle!, name).to.be.within(-1e-9, below! === at! ? 0 : at! - below! + 1e-9);
          const weight = (above! - at!) / (above! - below!);
          expect(weight * dearest! + (1 - weight) * cheapest! - middle!, name).to.be.greaterThan(-1e-6 * theta);
        }
      }
    });

    it("finds the arbitrage of a steep wing", () => {
      // At z = −2 the put spread below costs less than nothing.
      const [theta, skew, curvature] = [0.1, -0.2, 0.2];
      const [low, high] = [Math.exp(-2.05 * theta), Math.exp(-1.95 * theta)];
      const put = (strike: number) => call(strike, theta, skew, curvature) - 1 + strike;
      expect(put(high) - put(low)).to.be.lessThan(0);
      expect(findSmileArbitrage(-200_000n, 200_000n, totalVariance(100_000n, BigInt(YEAR)))).to.equal(-4n);
    });
  });
});

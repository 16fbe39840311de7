import { expect } from "chai";
import { isDepthDue, isHaircutDue } from "../../../scripts/keeper/estimators/depth.ts";
import { type KeeperBench, keeperBench, type RunningKeeper } from "../../support/keeper.ts";

const HOUR = 3_600;
const ETH = 2;
const WETH = 1;

describe("keeper: depth", () => {
  describe("isDepthDue", () => {
    const depth = (dailyVolumeUsd: bigint, halfSpreadBps: number) => ({
      underlying: ETH,
      dailyVolumeUsd,
      halfSpreadBps,
    });
    const state = {
      reported: depth(9_000_000n, 2),
      inForce: depth(5_000_000n, 4),
      next: depth(5_000_000n, 4),
      reportedAt: 1_000,
      freshUntil: 100_000,
      movedAt: 1_000,
    };
    const now = 1_000 + HOUR;

    it("is, once a volume rises by a thousand or a spread falls", () => {
      expect(isDepthDue(state, now)).to.equal(false);
      expect(isDepthDue({ ...state, next: depth(5_000_999n, 4) }, now)).to.equal(false);
      expect(isDepthDue({ ...state, next: depth(5_001_000n, 4) }, now)).to.equal(true);
      expect(isDepthDue({ ...state, next: depth(5_000_000n, 3) }, now)).to.equal(true);
    });

    it("is not for what costs more: that is on its way since the report", () => {
      expect(isDepthDue({ ...state, next: depth(1_000_000n, 9) }, now)).to.equal(false);
    });

    it("is not within an hour of the last step, nor when the report is too old", () => {
      const easing = { ...state, next: depth(6_000_000n, 4) };
      expect(isDepthDue(easing, now - 1)).to.equal(false);
      expect(isDepthDue(easing, 100_000)).to.equal(true);
      expect(isDepthDue(easing, 100_001)).to.equal(false);
    });
  });

  describe("isHaircutDue", () => {
    const parts = {
      floorBps: 50,
      basisVolatility: 0n,
      basisFreshUntil: 0,
      valueUsd: 0n,
      withdrawableUsd: 0n,
      liquidationSeconds: 86_400,
      targetBasisHaircutBps: 50,
      utilisationBps: 0,
      utilisationTermBps: 0,
      dailyVolumeUsd: 5_000_000n,
      sigmaDayBps: 400,
      reportedAt: 1_000,
      freshUntil: 100_000,
      movedAt: 1_000,
    };
    const inForce = {
      basisHaircutBps: 50n,
      targetBasisHaircutBps: 50n,
      protocolHaircutBps: 0n,
      sigmaDayBps: 400n,
      dailyVolumeUsd: 5_000_000n,
      utilisationBps: 0n,
      freshUntil: 100_000n,
    };
    const now = 1_000 + HOUR;

    it("is, when any part of it would move", () => {
      expect(isHaircutDue(parts, inForce, now)).to.equal(false);
      expect(isHaircutDue({ ...parts, targetBasisHaircutBps: 60 }, inForce, now)).to.equal(true);
      expect(isHaircutDue({ ...parts, sigmaDayBps: 390 }, inForce, now)).to.equal(true);
      expect(isHaircutDue({ ...parts, dailyVolumeUsd: 5_001_000n }, inForce, now)).to.equal(true);
      expect(isHaircutDue({ ...parts, utilisationBps: 8_500 }, { ...inForce, utilisationBps: 8_600n }, now)).to.equal(
        true,
      );
      expect(isHaircutDue({ ...parts, utilisationBps: 8_500 }, inForce, now), "on its way").to.equal(false);
    });

    it("is, when the engine would hold it for silent within the hour and it need not", () => {
      const almostOver = { ...inForce, freshUntil: BigInt(now + HOUR - 1) };
      expect(isHaircutDue(parts, almostOver, now)).to.equal(true);
      expect(isHaircutDue({ ...parts, freshUntil: now + HOUR - 1 }, almostOver, now)).to.equal(false);
    });

    it("is not within an hour of the last step, nor after its time", () => {
      const moved = { ...parts, targetBasisHaircutBps: 60 };
      expect(isHaircutDue(moved, inForce, now - 1)).to.equal(false);
      expect(isHaircutDue(moved, inForce, 100_001)).to.equal(false);
    });
  });

  describe("on a chain", () => {
    let bench: KeeperBench;
    before(async () => {
      bench = await keeperBench();
      await bench.checkpoint();
    });
    afterEach(() => bench.reset());
    after(() => bench.close());

    const start = (): Promise<RunningKeeper> => bench.start({ only: "estimators", own: { intervalSeconds: 0 } });

    it("eases what a report says is deeper, an hour's step at a time, until it is there", async () => {
      const { depthBook, riskEngine, connection, config } = bench.house;
      const { time } = connection.networkHelpers;
      const own = config.risk.underlyings[ETH - 1]!;
      const token = config.risk.collaterals[WETH - 1]!;
      await depthBook.postDepth({
        timestamp: await time.latest(),
        underlyings: [{ underlying: ETH, dailyVolumeUsd: own.dailyVolumeUsd * 2n, halfSpreadBps: 1 }],
        assets: [{ asset: WETH, dailyVolumeUsd: token.dailyVolumeUsd * 2n, utilisationBps: 0, withdrawableUsd: 0 }],
      });
      const volume = async () => (await riskEngine.rangeInForce(ETH)).dailyVolumeUsd;
      const tokenVolume = async () => (await riskEngine.haircutInForce(WETH)).dailyVolumeUsd;
      const k = await start();
      const before = [await volume(), await tokenVolume()] as const;
      await k.keeper.once();
      expect([await volume(), await tokenVolume()], "nothing within the hour").to.deep.equal(before);
      await time.increase(2 * HOUR);
      await k.keeper.once();
      // Two per cent an hour, in one step; IDepthBook.DepthSteps.
      for (const [after, was] of [
        [await volume(), before[0]],
        [await tokenVolume(), before[1]],
      ] as const) {
        expect(Number(after) / Number(was)).to.be.within(1.0395, 1.0405);
      }
      await time.increase(20 * HOUR);
      await k.keeper.once();
      expect((await riskEngine.rangeInForce(ETH)).dailyVolumeUsd / 1_000n).to.equal((own.dailyVolumeUsd * 2n) / 1_000n);
      await time.increase(HOUR);
      await k.keeper.once();
      const published = k.lines.filter(({ label }) => typeof label === "string" && /depth|haircut/.test(label));
      expect(published.filter(({ level }) => level === "warn" || level === "error")).to.deep.equal([]);
      expect((await depthBook.underlyingDepth(ETH)).movedAt, "there: no more steps").to.be.below(
        (await time.latest()) - HOUR,
      );
    });

    it("does nothing where nobody ever reported", async () => {
      const { depthBook, connection } = bench.house;
      await connection.networkHelpers.time.increase(2 * HOUR);
      const k = await start();
      await k.keeper.once();
      expect((await depthBook.underlyingDepth(ETH)).movedAt).to.equal(0n);
      expect((await depthBook.haircutParts(WETH)).movedAt).to.equal(0n);
    });
  });
});

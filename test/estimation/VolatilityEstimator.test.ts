import { expect } from "chai";
import { network } from "hardhat";
import {
  hoursOf,
  PHASE_OFFSET,
  SECONDS_PER_HOUR,
  stateOf,
  anyPrice,
  deployBench,
} from "../../scripts/estimators/chain.ts";
import { compareHistory, SEED } from "../../scripts/estimators/compare.ts";
import { findMissingSamples, findRoundInForce, updateVolatility } from "../../sdk/client/estimation.ts";
import {
  ALWAYS_OPEN,
  beginVolatility,
  DEFAULT_VOLATILITY_RULE,
  previewVolatility,
  sampleVolatility,
  startVolatility,
  volatilityEstimate,
  type VolatilityEstimate,
  type VolatilityState,
  type WeeklyClose,
} from "../../sdk/estimation/volatility.ts";
import type { VolatilityEstimator } from "../../typechain-types/index.ts";
import { Random } from "../support/riskBooks.ts";
import { deployFeed } from "../support/upstream.ts";
import { readVectors } from "../support/vectors.ts";

const ETH = 1;
const BASIS = 257;
const HOUR = Number(SECONDS_PER_HOUR);
const WEEKEND: WeeklyClose = { closedFromMinute: 7_020n, closedUntilMinute: 10_020n };

/** Rounds of Chainlink's ETH / USD feed in August 2023. */
const ROUNDS = readVectors("chainlink-eth-usd").map(({ answer, updatedAt }) => ({
  answer: BigInt(answer!),
  updatedAt: BigInt(updatedAt!),
}));

/** A chain whose clock begins an hour before a time. */
const chainBefore = (seconds: bigint) =>
  network.create({
    override: {
      initialDate: new Date((Number(seconds) - HOUR) * 1_000).toISOString(),
      allowBlocksWithSameTimestamp: true,
    },
  });

const estimateOf = async (estimator: VolatilityEstimator): Promise<VolatilityEstimate> => {
  const { sigmaDaily, sigmaStress, sigmaLongRun, targetRangeBps, sampledAt, freshUntil } =
    await estimator.estimate(ETH);
  return { sigmaDaily, sigmaStress, sigmaLongRun, targetRangeBps, sampledAt, freshUntil };
};

describe("VolatilityEstimator", () => {
  describe("update", () => {
    for (const series of [ETH, BASIS]) {
      it(`equals the references at every hour of real rounds, as series ${series}`, async () => {
        const connection = await chainBefore(ROUNDS[0]!.updatedAt);
        const bench = await deployBench(connection.ethers);
        const compared = await compareHistory({ connection, bench, series, decimals: 8, rounds: ROUNDS });
        expect(compared.hours).to.equal(202);
        expect(compared.largestDifference).to.equal(0n);
        expect(compared.largestRelative).to.be.lessThan(1e-9);
        await connection.close();
      });
    }

    it("takes the rounds that the client finds behind a genuine Chainlink proxy", async () => {
      const rounds = ROUNDS.slice(80, 150);
      const connection = await chainBefore(rounds[0]!.updatedAt);
      const { ethers, networkHelpers, provider } = { ...connection, provider: connection.ethers.provider };
      const { marketData, estimator, riskEngine } = await deployBench(ethers);
      const [keeper] = await ethers.getSigners();
      const feed = await deployFeed(ethers, { decimals: 8, description: "ETH / USD" });
      const submit = async ({ answer, updatedAt }: (typeof rounds)[number]): Promise<void> => {
        await networkHelpers.time.setNextBlockTimestamp(updatedAt);
        await feed.submit(answer);
      };
      await submit(rounds[0]!);
      await marketData.setFeed(ETH, anyPrice(await feed.proxy.getAddress()));
      await estimator.seed(ETH, SEED);

      const { firstHour, inForce } = hoursOf(rounds);
      const address = await estimator.getAddress();
      const missing = async (): Promise<bigint[]> =>
        findMissingSamples({ caller: provider }, address, ETH, BigInt(await networkHelpers.time.latest()));
      const rest = rounds.slice(1);
      while (rest[0]!.updatedAt <= firstHour * SECONDS_PER_HOUR) await submit(rest.shift()!);
      await networkHelpers.time.increaseTo(firstHour * SECONDS_PER_HOUR + 1n);
      const first = await missing();
      expect(first).to.deep.equal([(1n << PHASE_OFFSET) | BigInt(inForce[0]! + 1)]);
      await keeper!.sendTransaction(updateVolatility(address, ETH, first));
      for (const round of rest) await submit(round);

      const ids = await missing();
      expect(ids).to.deep.equal(inForce.slice(1, 49).map((round) => (1n << PHASE_OFFSET) | BigInt(round + 1)));
      await keeper!.sendTransaction(updateVolatility(address, ETH, ids));
      expect(await missing()).to.deep.equal([]);
      let state = startVolatility(beginVolatility(SEED), firstHour, rounds[inForce[0]!]!.answer);
      for (const round of inForce.slice(1))
        state = sampleVolatility(state, DEFAULT_VOLATILITY_RULE, ALWAYS_OPEN, rounds[round]!.answer);
      expect(await stateOf(estimator, ETH)).to.deep.equal(state);
      const expected = volatilityEstimate(state, DEFAULT_VOLATILITY_RULE, ALWAYS_OPEN);
      expect(await estimateOf(estimator)).to.deep.equal(expected);
      const published = await riskEngine.published(ETH);
      expect(published.targetRangeBps).to.equal(expected.targetRangeBps);
      expect(published.freshUntil).to.equal(expected.freshUntil);
      await connection.close();
    });

    it("equals the reference through jumps, absurd answers, market hours and another rule", async () => {
      const connection = await network.create();
      const { ethers, networkHelpers } = connection;
      const { marketData, estimator } = await deployBench(ethers);
      const feed = await ethers.deployContract("ScriptedFeed", [8, "XAU / USD"]);
      const random = new Random(7);
      const rule = { ...DEFAULT_VOLATILITY_RULE, clipDeviations: 6n, clipFloorBps: 50n, stressWeightBps: 4_000n };
      await estimator.setRule(rule);

      let hour = BigInt(Math.floor((await networkHelpers.time.latest()) / HOUR) + 2);
      let round = 1n;
      const at = (h: bigint, seconds: number): bigint => h * SECONDS_PER_HOUR + BigInt(seconds);
      let price = 200_000_000_000n;
      await networkHelpers.time.increaseTo(at(hour, -600));
      await feed.push(price, at(hour, -600));
      await marketData.setFeed(ETH, anyPrice(await feed.getAddress(), 7_020, 10_020));
      const seed = { sigmaDaily: 6_000n, sigmaStress: 5_000n, sigmaLongRun: 7_500n, dayCount: 30n };
      await estimator.seed(ETH, seed);
      await networkHelpers.time.increaseTo(at(hour, 1));
      await estimator.update(ETH, [(1n << PHASE_OFFSET) | round]);
      let state: VolatilityState = startVolatility(beginVolatility(seed), hour, price);

      for (let call = 0; call < 8; call++) {
        const ids: bigint[] = [];
        const expected: VolatilityEstimate[] = [];
        for (let i = 0; i < 48; i++) {
          hour += 1n;
          const draw = random.unit();
          if (draw < 0.05) await feed.push(draw < 0.02 ? -1n : 0n, at(hour, -900));
          else if (draw < 0.9) {
            const size = draw > 0.88 ? 0.3 : 0.004;
            price = BigInt(Math.max(1, Math.round(Number(price) * Math.exp(size * (random.unit() - 0.5)))));
            await feed.push(price, at(hour, -900));
          }
          if (draw < 0.9) round += 1n;
          ids.push((1n << PHASE_OFFSET) | round);
          const answer = (await feed.rounds(ids.at(-1)!)).answer;
          expected.push(previewVolatility(state, rule, WEEKEND, 123_456_789_000n));
          state = sampleVolatility(state, rule, WEEKEND, answer > 0n ? answer : 0n);
        }
        const before = await estimator.preview(ETH, 123_456_789_000n);
        expect(before.sigmaDaily).to.equal(expected[0]!.sigmaDaily);
        expect(before.targetRangeBps).to.equal(expected[0]!.targetRangeBps);
        await networkHelpers.time.increaseTo(at(hour, 1));
        await estimator.update(ETH, ids);
        expect(await stateOf(estimator, ETH)).to.deep.equal(state);
        expect(await estimateOf(estimator)).to.deep.equal(volatilityEstimate(state, rule, WEEKEND));
      }
      await connection.close();
    });
  });

  describe("findMissingSamples", () => {
    it("gives up the hours of a dead feed when the contract does, and no others", async () => {
      const connection = await network.create();
      const { ethers, networkHelpers } = connection;
      const { marketData, estimator } = await deployBench(ethers);
      const feed = await ethers.deployContract("ScriptedFeed", [8, "ETH / USD"]);
      const hour = (Math.floor((await networkHelpers.time.latest()) / HOUR) + 2) * HOUR;
      await networkHelpers.time.increaseTo(hour - 600);
      await feed.push(2_000n * 10n ** 8n, hour - 600);
      await marketData.setFeed(ETH, anyPrice(await feed.getAddress()));
      await estimator.seed(ETH, SEED);
      await networkHelpers.time.increaseTo(hour + 1);
      const address = await estimator.getAddress();
      const missing = async (): Promise<bigint[]> =>
        findMissingSamples({ caller: ethers.provider }, address, ETH, BigInt(await networkHelpers.time.latest()));
      await estimator.update(ETH, await missing());
      // Reverts, in the latest round and in all others.
      await feed.setFailure(1, 1);
      await networkHelpers.time.increaseTo(hour + 9 * HOUR + 1);
      const given = await missing();
      expect(given).to.deep.equal([0n, 0n, 0n]);
      await estimator.update(ETH, given);
      expect((await estimator.state(ETH)).silentHours).to.equal(3n);
      await feed.setFailure(0, 0);
      expect(await missing()).to.deep.equal(Array.from({ length: 6 }, () => (1n << PHASE_OFFSET) | 1n));
      await connection.close();
    });
  });

  describe("findRoundInForce", () => {
    it("finds the last round at or before a time, from wherever it starts, and none before the first", async () => {
      const connection = await chainBefore(ROUNDS[0]!.updatedAt);
      const { ethers } = connection;
      const feed = await ethers.deployContract("RecordedFeed", [8]);
      await feed.append(
        ROUNDS.map(({ answer }) => answer),
        ROUNDS.map(({ updatedAt }) => updatedAt),
      );
      const source = { feed: await feed.getAddress(), phase: 1n };
      const find = (time: bigint, from?: bigint) => findRoundInForce({ caller: ethers.provider }, source, time, from);
      const at = ROUNDS[200]!.updatedAt;
      expect(await find(at)).to.equal((1n << PHASE_OFFSET) | 201n);
      expect(await find(at - 1n, (1n << PHASE_OFFSET) | 150n)).to.equal((1n << PHASE_OFFSET) | 200n);
      expect(await find(ROUNDS[0]!.updatedAt - 1n)).to.equal(0n);
      expect(await find(ROUNDS.at(-1)!.updatedAt + 10_000n)).to.equal((1n << PHASE_OFFSET) | BigInt(ROUNDS.length));
      await connection.close();
    });
  });
});

/** Random measurements, published on the chain and in the TypeScript state at the same second. */
import type { IRisk } from "../../typechain-types/index.ts";
import {
  type AdaptiveState,
  publishCorrelations,
  publishDepth,
  publishHaircut,
  publishRange,
  setParameters,
} from "../../sdk/margin/adaptive.ts";
import { type Random, randomCorrelations, randomParameters } from "./riskBooks.ts";
import { mutable } from "./riskEngine.ts";

interface Clock {
  readonly setNextBlockTimestamp: (time: bigint) => Promise<void>;
}

/** Lets at most `seconds` pass, publishes one random measurement or set of parameters, and says the state and the time after it. */
export async function publishAtRandom(
  engine: IRisk,
  clock: Clock,
  random: Random,
  state: AdaptiveState,
  before: bigint,
  seconds: number,
): Promise<{ readonly state: AdaptiveState; readonly now: bigint }> {
  const now = before + random.bigint(1, seconds);
  await clock.setNextBlockTimestamp(now);
  // Now and then late, now and then for ever.
  const until = random.pick([
    now - 10n,
    now + random.bigint(0, 100_000),
    now + random.bigint(0, 500_000),
    2n ** 40n - 1n,
  ]);
  const underlying = random.integer(1, state.underlyings.length);
  const asset = random.integer(1, state.collaterals.length);
  const kind = random.integer(0, 9);
  if (kind < 3) {
    const range = { targetRangeBps: random.bigint(0, 8_500), sigmaDayBps: random.bigint(1, 5_000), freshUntil: until };
    await engine.publishRange(underlying, range.targetRangeBps, range.sigmaDayBps, until);
    return { state: publishRange(state, underlying, range, now), now };
  }
  if (kind < 5) {
    const depth = {
      halfSpreadBps: random.bigint(0, 1_000),
      dailyVolumeUsd: random.logarithmic(1_000, 1e14),
      freshUntil: until,
    };
    await engine.publishDepth(underlying, depth.halfSpreadBps, depth.dailyVolumeUsd, until);
    return { state: publishDepth(state, underlying, depth, now), now };
  }
  if (kind < 7) {
    const haircut = {
      targetBasisHaircutBps: random.bigint(0, 9_000),
      sigmaDayBps: random.bigint(0, 5_000),
      dailyVolumeUsd: random.logarithmic(1_000, 1e14),
      utilisationBps: random.bigint(0, 10_000),
      freshUntil: until,
    };
    const { targetBasisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps } = haircut;
    await engine.publishHaircut(asset, targetBasisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps, until);
    return { state: publishHaircut(state, asset, haircut, now), now };
  }
  if (kind < 9) {
    const correlations = randomCorrelations(random, state.underlyings.length);
    const stressed = random.unit() < 0.5;
    await engine.publishCorrelations(correlations, stressed, until);
    return { state: publishCorrelations(state, correlations, stressed, until, now), now };
  }
  const set = randomParameters(random, state.underlyings.length, state.collaterals.length);
  await engine.setParameters(mutable(set));
  return { state: setParameters(state, set, now), now };
}

/**
 * Parameters that follow what is measured, as the risk engine keeps them: what the risk role set, what was published and when, and
 * from these what is in force at any time, equal to the chain's to the last unit. Nothing here changes its arguments.
 */
import type { CollateralParameters, GlobalParameters, ParameterSet, UnderlyingParameters } from "../types.ts";
import { max, min } from "./fixedPoint.ts";
import { down, firstMove, freshTime, HOUR, NEVER, stepsSince, towards, up, widened } from "./ramp.ts";

export { HOUR, NEVER, RAMP_BPS_PER_HOUR } from "./ramp.ts";

/** While correlations are stressed; contracts/risk/CorrelationStress.sol. */
export const STRESS_WEIGHTS = { independence: 5_000n, unity: 7_500n };
export const STRESS_STEPS = 24n;
/** Where silence stops to widen a basis haircut. */
export const STALE_HAIRCUT_BPS = 4_500n;
export const LEAST_HAIRCUT_STEP_BPS = 25n;
export const UTILISATION_STEP_BPS = 50n;
export const UTILISATION_KINK_BPS = 8_000n;

const LEAST_STEP = 1n;
const VOLUME_UNIT = 1_000n;
const LARGEST_VOLUME = (2n ** 35n - 1n) * VOLUME_UNIT;

/** Average daily volume of an underlying as the margin counts it: in thousands, rounded down, at most 34 trillion USD. */
export function countedVolume(usd: bigint): bigint {
  return min(usd - (usd % VOLUME_UNIT), LARGEST_VOLUME);
}

/** The figures of one underlying when its ramp was last laid, and what they move to. `role` is what the risk role set. */
export interface AdaptiveUnderlying {
  readonly role: UnderlyingParameters;
  readonly base: UnderlyingParameters;
  readonly target: Omit<UnderlyingParameters, "basisBps">;
  /** The whole hour of the first step; NEVER where nothing moves. */
  readonly movesFrom: bigint;
  /** NEVER: not measured, the role's figures stand. */
  readonly volatilityFreshUntil: bigint;
  readonly depthFreshUntil: bigint;
}

type Haircut = Required<CollateralParameters>;

export interface AdaptiveCollateral {
  readonly role: CollateralParameters;
  readonly base: Haircut;
  readonly target: Omit<Haircut, "protocolHaircutBps">;
  readonly movesFrom: bigint;
  readonly freshUntil: bigint;
}

export interface AdaptiveState {
  readonly globals: GlobalParameters;
  readonly underlyings: readonly AdaptiveUnderlying[];
  readonly correlations: readonly bigint[];
  readonly collaterals: readonly AdaptiveCollateral[];
  /** When the stress of correlations began or, by silence, will begin. */
  readonly stressFrom: bigint;
}

/** A house before its first parameters. */
export const EMPTY: AdaptiveState = {
  globals: {} as GlobalParameters,
  underlyings: [],
  correlations: [],
  collaterals: [],
  stressFrom: NEVER,
};

/** IRiskParameters.setParameters. */
export function setParameters(state: AdaptiveState, set: ParameterSet, now: bigint): AdaptiveState {
  return {
    ...state,
    globals: set.globals,
    correlations: set.correlations,
    underlyings: set.underlyings.map((p, i) => setUnderlying(state, i, p, now)),
    collaterals: set.collaterals.map((p, i) => setCollateral(state.collaterals[i], p, now)),
  };
}

/** The state of a house whose parameters were never measured. */
export const adaptive = (set: ParameterSet): AdaptiveState => setParameters(EMPTY, set, 0n);

export interface RangeMeasured {
  readonly targetRangeBps: bigint;
  readonly sigmaDayBps: bigint;
  readonly freshUntil: bigint;
}

/** IAdaptiveRisk.publishRange. @param underlying From 1. */
export function publishRange(
  state: AdaptiveState,
  underlying: number,
  { targetRangeBps, sigmaDayBps, freshUntil }: RangeMeasured,
  now: bigint,
): AdaptiveState {
  return withUnderlying(state, underlying, now, (u) => ({
    ...u,
    target: { ...u.target, scanRangeBps: max(targetRangeBps, u.role.scanRangeBps), sigmaDayBps },
    volatilityFreshUntil: freshTime(freshUntil, now),
  }));
}

export interface DepthMeasured {
  readonly halfSpreadBps: bigint;
  readonly dailyVolumeUsd: bigint;
  readonly freshUntil: bigint;
}

/** IAdaptiveRisk.publishDepth. */
export function publishDepth(
  state: AdaptiveState,
  underlying: number,
  { halfSpreadBps, dailyVolumeUsd, freshUntil }: DepthMeasured,
  now: bigint,
): AdaptiveState {
  return withUnderlying(state, underlying, now, (u) => ({
    ...u,
    target: { ...u.target, halfSpreadBps, dailyVolumeUsd: countedVolume(dailyVolumeUsd) },
    depthFreshUntil: freshTime(freshUntil, now),
  }));
}

export interface HaircutMeasured {
  readonly targetBasisHaircutBps: bigint;
  readonly sigmaDayBps: bigint;
  readonly dailyVolumeUsd: bigint;
  readonly utilisationBps: bigint;
  readonly freshUntil: bigint;
}

/** IAdaptiveRisk.publishHaircut. @param asset From 1. */
export function publishHaircut(
  state: AdaptiveState,
  asset: number,
  { targetBasisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps, freshUntil }: HaircutMeasured,
  now: bigint,
): AdaptiveState {
  const collaterals = state.collaterals.map((c, i) => {
    if (i !== asset - 1) return c;
    const basisHaircutBps = max(targetBasisHaircutBps, c.role.basisHaircutBps);
    const target = { basisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps };
    return layCollateral({ ...c, base: collateralAt(c, now), target, freshUntil: freshTime(freshUntil, now) }, now);
  });
  return { ...state, collaterals };
}

/** IAdaptiveRisk.publishCorrelations. */
export function publishCorrelations(
  state: AdaptiveState,
  correlations: readonly bigint[],
  stressed: boolean,
  freshUntil: bigint,
  now: bigint,
): AdaptiveState {
  const fresh = freshTime(freshUntil, now);
  const isStressed = stressed || now >= fresh;
  const began = now >= state.stressFrom ? state.stressFrom : now;
  return { ...state, correlations, stressFrom: isStressed ? began : fresh };
}

/** What the margin takes at a time. */
export function inForce(state: AdaptiveState, now: bigint): ParameterSet {
  const { globals, correlations, stressFrom } = state;
  const deadRange = globals.deadFeedScanRangeBps;
  const set = {
    globals,
    underlyings: state.underlyings.map((u) => underlyingAt(u, deadRange, now)),
    correlations,
    collaterals: state.collaterals.map((c) => collateralAt(c, now)),
  };
  return now < stressFrom ? set : { ...set, stress: stressWeights(globals, stressFrom, now) };
}

function stressWeights(globals: GlobalParameters, from: bigint, now: bigint) {
  const steps = min(now / HOUR - from / HOUR, STRESS_STEPS);
  const [a, b] = [globals.independenceWeightBps, globals.unityWeightBps];
  const initial = { independence: max(a, STRESS_WEIGHTS.independence), unity: max(b, STRESS_WEIGHTS.unity) };
  const maintenance = {
    independence: a + ((initial.independence - a) * steps) / STRESS_STEPS,
    unity: b + ((initial.unity - b) * steps) / STRESS_STEPS,
  };
  return { initial, maintenance };
}

function underlyingAt(u: AdaptiveUnderlying, deadRangeBps: bigint, now: bigint): UnderlyingParameters {
  if (now < u.movesFrom) return u.base;
  const { base, target } = u;
  const since = stepsSince(u.movesFrom, min(u.volatilityFreshUntil, u.depthFreshUntil), now);
  const range = towards(base.scanRangeBps, target.scanRangeBps, since.steps - since.silent, LEAST_STEP);
  return {
    ...base,
    scanRangeBps: widened(range, base.scanRangeBps, max(target.scanRangeBps, deadRangeBps), since, LEAST_STEP),
    sigmaDayBps: up(base.sigmaDayBps, target.sigmaDayBps, since.steps, LEAST_STEP),
    halfSpreadBps: up(base.halfSpreadBps, target.halfSpreadBps, since.steps, LEAST_STEP),
    dailyVolumeUsd:
      down(base.dailyVolumeUsd / VOLUME_UNIT, target.dailyVolumeUsd / VOLUME_UNIT, since.steps, LEAST_STEP) *
      VOLUME_UNIT,
  };
}

function collateralAt(c: AdaptiveCollateral, now: bigint): Haircut {
  if (now < c.movesFrom) return c.base;
  const { base, target } = c;
  const since = stepsSince(c.movesFrom, c.freshUntil, now);
  const widest = max(target.basisHaircutBps, STALE_HAIRCUT_BPS);
  const before = since.steps - since.silent;
  const haircut = up(base.basisHaircutBps, target.basisHaircutBps, before, LEAST_HAIRCUT_STEP_BPS);
  return {
    ...base,
    basisHaircutBps: widened(haircut, base.basisHaircutBps, widest, since, LEAST_HAIRCUT_STEP_BPS),
    sigmaDayBps: up(base.sigmaDayBps, target.sigmaDayBps, since.steps, LEAST_STEP),
    dailyVolumeUsd: down(base.dailyVolumeUsd, target.dailyVolumeUsd, since.steps, LEAST_STEP),
    utilisationBps:
      base.utilisationBps >= target.utilisationBps
        ? base.utilisationBps
        : min(base.utilisationBps + since.steps * UTILISATION_STEP_BPS, target.utilisationBps),
  };
}

function withUnderlying(
  state: AdaptiveState,
  underlying: number,
  now: bigint,
  change: (u: AdaptiveUnderlying) => AdaptiveUnderlying,
): AdaptiveState {
  const deadRange = state.globals.deadFeedScanRangeBps;
  const underlyings = state.underlyings.map((u, i) =>
    i === underlying - 1 ? layUnderlying(change({ ...u, base: underlyingAt(u, deadRange, now) }), now) : u,
  );
  return { ...state, underlyings };
}

/** What eases is in force at once, but for a range: it may be that of a hedge. `base` is what is in force. */
function layUnderlying(u: AdaptiveUnderlying, now: bigint): AdaptiveUnderlying {
  const { target } = u;
  const freshUntil = min(u.volatilityFreshUntil, u.depthFreshUntil);
  const base = {
    ...u.base,
    sigmaDayBps: min(u.base.sigmaDayBps, target.sigmaDayBps),
    halfSpreadBps: min(u.base.halfSpreadBps, target.halfSpreadBps),
    dailyVolumeUsd: max(u.base.dailyVolumeUsd, target.dailyVolumeUsd),
  };
  const isAtTarget = (Object.keys(target) as (keyof typeof target)[]).every((field) => base[field] === target[field]);
  return { ...u, base, movesFrom: firstMove(isAtTarget, freshUntil, now) };
}

/** What eases is in force at once, but what silence has widened waits until the measurement is fresh. */
function layCollateral(c: AdaptiveCollateral, now: bigint): AdaptiveCollateral {
  const { target } = c;
  const base = {
    ...c.base,
    basisHaircutBps: now < c.freshUntil ? min(c.base.basisHaircutBps, target.basisHaircutBps) : c.base.basisHaircutBps,
    sigmaDayBps: min(c.base.sigmaDayBps, target.sigmaDayBps),
    dailyVolumeUsd: max(c.base.dailyVolumeUsd, target.dailyVolumeUsd),
    // Below the kink the utilisation costs nothing.
    utilisationBps: min(max(c.base.utilisationBps, UTILISATION_KINK_BPS), target.utilisationBps),
  };
  const isAtTarget = (Object.keys(target) as (keyof typeof target)[]).every((field) => base[field] === target[field]);
  return { ...c, base, movesFrom: firstMove(isAtTarget, c.freshUntil, now) };
}

function setUnderlying(state: AdaptiveState, i: number, role: UnderlyingParameters, now: bigint): AdaptiveUnderlying {
  const own = { ...role, dailyVolumeUsd: countedVolume(role.dailyVolumeUsd) };
  const known = state.underlyings[i];
  if (known === undefined) {
    const never = { movesFrom: NEVER, volatilityFreshUntil: NEVER, depthFreshUntil: NEVER };
    const { scanRangeBps, halfSpreadBps, sigmaDayBps, dailyVolumeUsd } = own;
    return { role, base: own, target: { scanRangeBps, halfSpreadBps, sigmaDayBps, dailyVolumeUsd }, ...never };
  }
  const isRangeMeasured = known.volatilityFreshUntil !== NEVER;
  const { halfSpreadBps, dailyVolumeUsd } = known.depthFreshUntil === NEVER ? own : known.target;
  const target = {
    scanRangeBps: isRangeMeasured ? max(known.target.scanRangeBps, own.scanRangeBps) : own.scanRangeBps,
    sigmaDayBps: isRangeMeasured ? known.target.sigmaDayBps : own.sigmaDayBps,
    halfSpreadBps,
    dailyVolumeUsd,
  };
  const base = { ...underlyingAt(known, state.globals.deadFeedScanRangeBps, now), basisBps: own.basisBps };
  return layUnderlying({ ...known, role, base, target }, now);
}

function setCollateral(
  known: AdaptiveCollateral | undefined,
  role: CollateralParameters,
  now: bigint,
): AdaptiveCollateral {
  const own = { ...role, utilisationBps: 0n };
  const { basisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps } = own;
  const unmeasured = { basisHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps };
  if (known === undefined) return { role, base: own, target: unmeasured, movesFrom: NEVER, freshUntil: NEVER };
  const measured = { ...known.target, basisHaircutBps: max(known.target.basisHaircutBps, role.basisHaircutBps) };
  const target = known.freshUntil === NEVER ? unmeasured : measured;
  const base = { ...collateralAt(known, now), protocolHaircutBps: role.protocolHaircutBps };
  return layCollateral({ ...known, role, base, target }, now);
}

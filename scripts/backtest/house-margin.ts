/** This house's margin: the SDK's, which is equal to the chain's, on the parameters of one day. */
import { readParameterFile, riskParameters } from "../../deploy/config/risk.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import {
  type CollateralParameters,
  type GlobalParameters,
  type ParameterSet,
  type Portfolio,
} from "../../sdk/types.ts";
import type { DayParameters } from "./parameter-path.ts";

/** The deployed parameters: what no market measures. Ranges, volatilities, correlations and turnover are of the day. */
export const DEPLOYED = "testnet.json";

const STRESSED = { independence: 5_000n, unity: 7_500n };
const STRESS_RAMP_HOURS = 24;

export interface Deployed {
  readonly globals: GlobalParameters;
  /** Of WETH, which is asset 1 here. */
  readonly ether: CollateralParameters;
}

export interface Requirement {
  readonly initial: number;
  readonly maintenance: number;
}

/** Parameter sets for initial and for maintenance margin; the same one unless correlations are stressed. */
export interface DaySets {
  readonly initial: ParameterSet;
  readonly maintenance: ParameterSet;
}

export function readDeployed(): Deployed {
  const { globals, collaterals } = riskParameters(readParameterFile(DEPLOYED), ["WETH"]);
  return { globals, ether: collaterals[0]! };
}

export function daySets(
  { globals, ether }: Deployed,
  day: DayParameters,
  variant: number,
  etherAsset: number,
): DaySets {
  const { scanRangeBps, sigmaDayBps, correlations, stressedForHours } = day.inForce[variant]!;
  const dailyVolumeUsd = day.turnover.map((value) => BigInt(Math.floor(value)));
  const set = (weights: Pick<GlobalParameters, "independenceWeightBps" | "unityWeightBps">): ParameterSet => ({
    globals: { ...globals, ...weights },
    underlyings: scanRangeBps.map((range, i) => ({
      scanRangeBps: BigInt(range),
      basisBps: BigInt(day.basisBps[i]!),
      halfSpreadBps: BigInt(day.halfSpreadBps[i]!),
      sigmaDayBps: BigInt(sigmaDayBps[i]!),
      dailyVolumeUsd: dailyVolumeUsd[i]!,
    })),
    correlations: correlations.map(BigInt),
    collaterals:
      etherAsset < 0
        ? []
        : [{ ...ether, sigmaDayBps: BigInt(sigmaDayBps[etherAsset]!), dailyVolumeUsd: dailyVolumeUsd[etherAsset]! }],
  });
  if (stressedForHours === undefined) {
    const calm = set(globals);
    return { initial: calm, maintenance: calm };
  }
  const share = BigInt(Math.min(stressedForHours, STRESS_RAMP_HOURS));
  const between = (calm: bigint, stressed: bigint) => calm + ((stressed - calm) * share) / BigInt(STRESS_RAMP_HOURS);
  return {
    initial: set({ independenceWeightBps: STRESSED.independence, unityWeightBps: STRESSED.unity }),
    maintenance: set({
      independenceWeightBps: between(globals.independenceWeightBps, STRESSED.independence),
      unityWeightBps: between(globals.unityWeightBps, STRESSED.unity),
    }),
  };
}

/** In USD. */
export function requirement(portfolio: Portfolio, sets: DaySets): Requirement {
  const margin = assess(portfolio, sets.initial);
  const held = sets.maintenance === sets.initial ? margin : assess(portfolio, sets.maintenance);
  return { initial: dollars(margin.initial), maintenance: dollars(held.maintenance) };
}

export const dollars = (amount: bigint): number => Number(amount) / 1e6;

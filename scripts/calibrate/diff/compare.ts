/** Two sets of risk parameters side by side: per parameter what is deployed, what is proposed, and whether that is a large step. */
import type { ParameterSet } from "../../../sdk/types.ts";
import type { PerpetualTerms } from "../../../deploy/config/types.ts";

/** Perpetuals in the order of the underlyings. */
export interface Parameters {
  readonly risk: ParameterSet;
  readonly perpetuals: readonly PerpetualTerms[];
}

/** What the numbers of a set stand for, in their order. */
export interface Listed {
  readonly underlyings: readonly string[];
  readonly collaterals: readonly string[];
}

export interface Change {
  /** "ETH scanRangeBps", "ETH/BTC correlation". */
  readonly name: string;
  readonly deployed: bigint;
  /** Where a measurement has moved it. */
  readonly inForce?: bigint;
  readonly proposed: bigint;
  /** Of the deployed figure, 1 is 100 %; for correlations the difference of the coefficients. */
  readonly change: number;
  readonly isLargeStep: boolean;
}

/** @param share Of the deployed figure. @param correlation Difference of two coefficients. */
export interface StepLimits {
  readonly share: number;
  readonly correlation: number;
}

const CORRELATION_SCALE = 127;
/** The ledger's caps are in contracts: they follow the price only when it has gone further than this. */
export const CAP_TOLERANCE = 0.05;

/** Every parameter, changed or not, in the order of the set. */
export function compare(deployed: Parameters, proposed: Parameters, listed: Listed, limits: StepLimits): Change[] {
  const figure = (name: string, before: bigint, after: bigint): Change => {
    const change = before === after ? 0 : before === 0n ? Infinity : Number(after) / Number(before) - 1;
    return { name, deployed: before, proposed: after, change, isLargeStep: Math.abs(change) > limits.share };
  };
  const fields = <T extends object>(owner: string, before: T, after: T): Change[] =>
    Object.keys(after).map((key) =>
      figure(`${owner} ${key}`, BigInt(before[key as keyof T] as bigint), BigInt(after[key as keyof T] as bigint)),
    );
  const { underlyings, collaterals } = listed;
  return [
    ...fields("all", deployed.risk.globals, proposed.risk.globals),
    ...underlyings.flatMap((symbol, i) => fields(symbol, deployed.risk.underlyings[i]!, proposed.risk.underlyings[i]!)),
    ...pairs(underlyings).map(({ name, place }): Change => {
      const [before, after] = [deployed.risk.correlations[place]!, proposed.risk.correlations[place]!];
      const change = Number(after - before) / CORRELATION_SCALE;
      return {
        name: `${name} correlation`,
        deployed: before,
        proposed: after,
        change,
        isLargeStep: Math.abs(change) > limits.correlation,
      };
    }),
    ...collaterals.flatMap((symbol, i) => fields(symbol, deployed.risk.collaterals[i]!, proposed.risk.collaterals[i]!)),
    ...underlyings.flatMap((symbol, i) => fields(`${symbol}-PERP`, deployed.perpetuals[i]!, proposed.perpetuals[i]!)),
  ];
}

export const isChanged = ({ deployed, proposed }: Change): boolean => deployed !== proposed;

/** The same changes, with what is in force where that is not what is deployed. */
export function withInForce(changes: readonly Change[], inForce: readonly Change[]): Change[] {
  return changes.map((change, i) => {
    const { deployed } = inForce[i]!;
    return deployed === change.deployed ? change : { ...change, inForce: deployed };
  });
}

/** What is proposed, with the cap that is deployed where only the price has moved a little. */
export function withSteadyCaps(deployed: Parameters, proposed: Parameters): Parameters {
  const perpetuals = proposed.perpetuals.map((terms, i) => {
    const { openInterestCap } = deployed.perpetuals[i]!;
    const gap = Math.abs(Number(terms.openInterestCap) / Number(openInterestCap) - 1);
    return gap <= CAP_TOLERANCE ? { ...terms, openInterestCap } : terms;
  });
  return { ...proposed, perpetuals };
}

/** Lower triangle row by row, as the contract has it. */
function pairs(symbols: readonly string[]): { name: string; place: number }[] {
  return symbols.flatMap((row, i) =>
    symbols.slice(0, i).map((column, j) => ({ name: `${row}/${column}`, place: (i * (i - 1)) / 2 + j })),
  );
}

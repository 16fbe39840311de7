/** The parameters that are set: from a chain, or from the file that was deployed. */
import { Interface } from "ethers";
import { perpetualTerms, riskParameters, selectUnderlyings } from "../../../deploy/config/risk.ts";
import type { PerpetualTerms } from "../../../deploy/config/types.ts";
import { type HouseReader, read } from "../../../sdk/client/house.ts";
import { readMarkets, readNames, readParameters, readRoleParameters } from "../../../sdk/client/index.ts";
import { perpetual } from "../../../sdk/instruments.ts";
import { countedVolume } from "../../../sdk/margin/adaptive.ts";
import type { ParameterFile } from "../../../sdk/parameters.ts";
import type { ParameterSet } from "../../../sdk/types.ts";
import { ONE } from "../../../sdk/units.ts";
import { CalibrationError } from "../errors.ts";
import type { Listed, Parameters } from "./compare.ts";

const TERMS = "(uint64 openInterestCap, uint32 minPremiumNotional, uint24 maxFundingRate, uint8 convergenceHours)";
export const perpetualAbi = new Interface([
  `function perpetualTerms(uint64 instrument) view returns (${TERMS})`,
  `function setPerpetualTerms(uint64 instrument, ${TERMS} terms)`,
]);

export interface Deployed extends Parameters {
  readonly listed: Listed;
  /** Of each underlying, 8 decimals: turns caps from dollars into contracts. */
  readonly prices: readonly bigint[];
  /** On a chain: what measurements make of the parameters in this block. */
  readonly inForce?: ParameterSet;
}

/** @param collaterals What the file calls the tokens, where they call themselves something else. */
export async function deployedOnChain(house: HouseReader, collaterals?: readonly string[]): Promise<Deployed> {
  const risk = await readRoleParameters(house);
  const inForce = uncounted(risk, await readParameters(house));
  const names = await readNames(house);
  const ids = risk.underlyings.map((_, i) => i + 1);
  const perpetuals: PerpetualTerms[] = [];
  for (const id of ids) {
    const [terms] = await read(house, house.addresses.clearingHouse, perpetualAbi, "perpetualTerms", [perpetual(id)]);
    const { openInterestCap, minPremiumNotional, maxFundingRate, convergenceHours } = terms as Record<string, bigint>;
    perpetuals.push({
      openInterestCap: openInterestCap!,
      minPremiumNotional: minPremiumNotional!,
      maxFundingRate: maxFundingRate!,
      convergenceHours: Number(convergenceHours),
    });
  }
  const markets = await readMarkets(house, ids);
  return {
    risk,
    inForce,
    perpetuals,
    prices: markets.map(({ price }) => price),
    listed: {
      underlyings: ids.map((id) => names.underlyings[id] ?? `underlying ${id}`),
      collaterals: collaterals ?? risk.collaterals.map((_, i) => names.assets[i + 1]!.symbol),
    },
  };
}

/** The margin counts volumes in thousands: no measurement, and nothing to tell. */
function uncounted(role: ParameterSet, inForce: ParameterSet): ParameterSet {
  const underlyings = inForce.underlyings.map((own, i) => {
    const { dailyVolumeUsd } = role.underlyings[i]!;
    return own.dailyVolumeUsd === countedVolume(dailyVolumeUsd) ? { ...own, dailyVolumeUsd } : own;
  });
  return { ...inForce, underlyings };
}

/** Caps are compared in dollars, as contracts of a dollar. */
export function deployedByFile(file: ParameterFile): Deployed {
  const listed = {
    underlyings: file.underlyings.map(({ symbol }) => symbol),
    collaterals: file.collaterals.map(({ symbol }) => symbol),
  };
  const prices = file.underlyings.map(() => ONE);
  return { ...proposedBy(file, listed, prices), listed, prices };
}

/** What a file asks for of a house that lists these underlyings and tokens, in its order. */
export function proposedBy(file: ParameterFile, listed: Listed, prices: readonly bigint[]): Parameters {
  const known = file.underlyings.map(({ symbol }) => symbol);
  const missing = listed.underlyings.find((symbol) => !known.includes(symbol));
  if (missing !== undefined)
    throw new CalibrationError(`The file has no underlying ${missing}, which is listed: calibrate with it.`);
  const token = listed.collaterals.find((symbol) => !file.collaterals.some((c) => c.symbol === symbol));
  if (token !== undefined) {
    throw new CalibrationError(
      `The file has no collateral ${token}, which is listed: name the tokens as the file does, with --collaterals in the order of their numbers.`,
    );
  }
  const selected = selectUnderlyings(file, listed.underlyings);
  return {
    risk: riskParameters(selected, listed.collaterals),
    perpetuals: selected.underlyings.map(({ openInterestCapUsd, minPremiumNotionalUsd }, i) =>
      perpetualTerms(file, openInterestCapUsd, minPremiumNotionalUsd, prices[i]!),
    ),
  };
}

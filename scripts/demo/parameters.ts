/** The parameters in force: they move at whole hours and with what is published, and are read again only then. */
import { type HouseReader, readParameters } from "../../sdk/client/index.ts";
import type { ParameterSet } from "../../sdk/types.ts";

const SECONDS_PER_HOUR = 3_600;

export interface ParametersInForce {
  readonly read: () => Promise<ParameterSet>;
  /** Something was published. */
  readonly forget: () => void;
}

export function parametersInForce(reader: HouseReader, now: () => Promise<number>): ParametersInForce {
  let known: { readonly hour: number; readonly set: ParameterSet } | undefined;
  return {
    read: async () => {
      const hour = Math.floor((await now()) / SECONDS_PER_HOUR);
      if (known?.hour !== hour) known = { hour, set: await readParameters(reader) };
      return known.set;
    },
    forget: () => (known = undefined),
  };
}

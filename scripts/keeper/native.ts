/** What gas is paid with, in USD. */
import type { Tick } from "../../sdk/remargin/tick.ts";
import { parsePrice } from "../../sdk/units.ts";
import { ConfigError, type KeeperConfig } from "./config.ts";

/** Price with 8 decimals: as configured, or that of an underlying of the house. */
export function nativePrice({ gas }: Pick<KeeperConfig, "gas">, tick: Tick): bigint {
  if ("usd" in gas.native) return parsePrice(gas.native.usd);
  const { underlying } = gas.native;
  const price = tick.underlyings.get(underlying)?.price;
  if (price === undefined) throw new ConfigError(`gas.native.underlying: the house has no underlying ${underlying}.`);
  return price;
}

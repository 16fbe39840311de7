/**
 * What anyone does for the house while time passes, beside prices and liquidations: measurements that contracts take from the feeds.
 * The replay calls it after the feeds have reported and before anybody is liquidated.
 */
import type { DemoHouse } from "./house.ts";

export type Upkeep = (timestamp: number) => Promise<void>;

/** Nothing measures on chain yet: the parameters of the eve stand through the event. */
export function upkeepOf(_house: DemoHouse): Upkeep {
  return async () => {};
}

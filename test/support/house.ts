/** The whole house for tests: see deploy/local/house.ts. */
import { network } from "hardhat";
import { deployHouse, type House, type HouseOptions } from "../../deploy/local/house.ts";

export { deployHouse } from "../../deploy/local/house.ts";
export type { House, HouseContracts, HouseOptions, Market } from "../../deploy/local/house.ts";
export type { Deposits, Trader } from "../../deploy/local/trading.ts";

/** A house on a chain of its own. */
export async function newHouse(options: HouseOptions = {}): Promise<House> {
  return deployHouse(await network.create(), options);
}

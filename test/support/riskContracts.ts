/** The risk engine with its table and its office, without parameters. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { RiskEngine } from "../../typechain-types/index.ts";

export async function deployRiskEngine(ethers: HardhatEthers, authority: string): Promise<RiskEngine> {
  const low = await ethers.deployContract("OptionTableLow");
  const high = await ethers.deployContract("OptionTableHigh");
  const office = await ethers.deployContract("RiskOffice", [authority, low, high]);
  return ethers.deployContract("RiskEngine", [authority, low, high, office]);
}

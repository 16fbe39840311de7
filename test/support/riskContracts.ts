/** The risk engine with its table, its office and its desk, without parameters. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { IRisk } from "../../typechain-types/index.ts";

export async function deployRiskEngine(ethers: HardhatEthers, authority: string): Promise<IRisk> {
  const low = await ethers.deployContract("OptionTableLow");
  const high = await ethers.deployContract("OptionTableHigh");
  const office = await ethers.deployContract("RiskOffice", [authority, low, high]);
  const desk = await ethers.deployContract("RiskDesk", [authority]);
  const engine = await ethers.deployContract("RiskEngine", [authority, low, high, office, desk]);
  return ethers.getContractAt("IRisk", await engine.getAddress());
}

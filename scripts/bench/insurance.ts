/** The insurance account of a house for measurements, filled without stakers. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { House } from "../../deploy/local/house.ts";
import { ROLES } from "../../deploy/roles.ts";
import { systemAccounts } from "../../sdk/instruments.ts";
import { parseUsd } from "../../sdk/units.ts";

const INTERNAL = 2;

export async function fundInsurance(house: House, donor: HardhatEthersSigner, usdc: string): Promise<void> {
  const rich = await house.openAccount(donor, 0, { usdc });
  const module = await house.connection.ethers.deployContract("PostingModule", [
    house.clearingHouse,
    house.accessManager,
  ]);
  await house.accessManager.grantRole(ROLES.MODULE, module, 0);
  await module.postCash([
    { from: rich.account, to: systemAccounts.insurance, amount: parseUsd(usdc), reason: INTERNAL },
  ]);
}

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** The access manager. The deployer is its admin until the handover. */
export const access = buildModule("Access", (m) => ({
  accessManager: m.contract("AccessManager", [m.getAccount(0)]),
}));

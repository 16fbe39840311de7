import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { RoleHolders } from "../config/types.ts";
import { HELD_ROLES, type HeldRole, ROLES } from "../roles.ts";
import { access } from "./Access.ts";
import type { Argument } from "./arguments.ts";
import type { SeedsModule } from "./Estimation.ts";
import type { ListingModule } from "./Listing.ts";

/**
 * Takes the deployer's roles away and gives them, with their delays, to those who hold them from now on: one transaction, the
 * last one. The guardian may cancel what the others announced.
 */
export function handoverModule(roles: RoleHolders, listing: ListingModule, seeds: SeedsModule) {
  return buildModule("Handover", (m) => {
    const { accessManager } = m.useModule(access);
    const deployer = m.getAccount(0);
    const call = (name: string, args: Argument[], id: string) =>
      m.encodeFunctionCall(accessManager, name, args, { id });
    const hold = (role: HeldRole) =>
      call("grantRole", [ROLES[role], roles[role].address ?? deployer, roles[role].delay], `grant_${role}`);

    const steps = [
      ...HELD_ROLES.flatMap((role) => [call("revokeRole", [ROLES[role], deployer], `revoke_${role}`), hold(role)]),
      ...HELD_ROLES.filter((role) => role !== "GUARDIAN").map((role) =>
        call("setRoleGuardian", [ROLES[role], ROLES.GUARDIAN], `guardian_${role}`),
      ),
      hold("ADMIN"),
    ];
    if (roles.ADMIN.address !== null) steps.push(call("revokeRole", [ROLES.ADMIN, deployer], "revoke_ADMIN"));
    m.call(accessManager, "multicall", [steps], { id: "handover", after: [listing, seeds] });
    return { accessManager };
  });
}

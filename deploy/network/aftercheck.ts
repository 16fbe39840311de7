/** Reads a deployed house back: whether everything is connected, and whether the roles are where they should be. */
import type { HouseConfig, RoleHolders } from "../config/types.ts";
import type { HouseContracts } from "../local/house.ts";
import {
  HELD_ROLES,
  RESTRICTED_FUNCTIONS,
  type RestrictedContract,
  type RoleName,
  ROLES,
  selectorOf,
} from "../roles.ts";

/** Every difference between the config and the chain, as sentences; empty if there is none. */
export async function deploymentProblems(
  house: HouseContracts,
  config: HouseConfig,
  deployer: string,
): Promise<string[]> {
  return [
    ...(await connectionProblems(house)),
    ...(await feedProblems(house, config)),
    ...(await functionProblems(house)),
    ...(config.roles === null ? [] : await roleProblems(house, config.roles, deployer)),
  ];
}

async function connectionProblems(house: HouseContracts): Promise<string[]> {
  const { clearingHouse, riskEngine, marketData, accessManager } = house;
  const problems: string[] = [];
  if ((await clearingHouse.riskEngine()) !== (await riskEngine.getAddress()))
    problems.push("The risk engine is not set.");
  if ((await clearingHouse.marketData()) !== (await marketData.getAddress())) {
    problems.push("The market data is not set.");
  }
  const managed = {
    riskEngine,
    marketData,
    depthBook: house.depthBook,
    auditor: house.auditor,
    registry: house.registry,
    orders: house.orders,
    liquidation: house.liquidation,
    auction: house.auction,
    insuranceFund: house.insuranceFund,
    volatility: house.volatility,
    correlation: house.correlation,
  };
  for (const [name, contract] of Object.entries(managed)) {
    if ((await contract.authority()) !== (await accessManager.getAddress()))
      problems.push(`${name} has another authority.`);
  }
  const [measures] = await accessManager.hasRole(ROLES.ESTIMATOR, await house.depthBook.getAddress());
  const [mayPause] = await accessManager.hasRole(ROLES.GUARDIAN, await house.auditor.getAddress());
  if (!mayPause) problems.push("The auditor may not pause.");
  if (!measures) problems.push("The depth book may not publish to the risk engine.");
  return problems;
}

async function feedProblems({ marketData }: HouseContracts, config: HouseConfig): Promise<string[]> {
  const feeds = [config.cashFeed, ...config.underlyings.map(({ feed }) => feed)];
  const problems = await Promise.all(
    feeds.map(async (feed, underlying) => {
      const [set, decimals] = await marketData.feedConfig(underlying);
      if (set.feed !== feed.address) return [`Underlying ${underlying} has the feed ${set.feed}, not ${feed.address}.`];
      if (Number(decimals) !== feed.decimals)
        return [`${feed.description} has ${decimals} decimals, not ${feed.decimals}.`];
      return [];
    }),
  );
  return problems.flat();
}

async function functionProblems(house: HouseContracts): Promise<string[]> {
  const expected = Object.entries(RESTRICTED_FUNCTIONS).flatMap(([contract, byRole]) =>
    Object.entries(byRole).flatMap(([role, signatures]) =>
      signatures.map((signature) => ({ contract: contract as RestrictedContract, role: role as RoleName, signature })),
    ),
  );
  const problems = await Promise.all(
    expected.map(async ({ contract, role, signature }) => {
      const set = await house.accessManager.getTargetFunctionRole(house[contract], selectorOf(signature));
      return set === ROLES[role] ? [] : [`${contract}.${signature} is open to role ${set}, not to ${role}.`];
    }),
  );
  return problems.flat();
}

async function roleProblems(
  { accessManager }: HouseContracts,
  roles: RoleHolders,
  deployer: string,
): Promise<string[]> {
  const problems = await Promise.all(
    (["ADMIN", ...HELD_ROLES] as const).map(async (role) => {
      const { address, delay } = roles[role];
      const [isMember, actualDelay] = await accessManager.hasRole(ROLES[role], address ?? deployer);
      if (!isMember) return [`${address ?? deployer} does not hold ${role}.`];
      if (Number(actualDelay) !== delay) return [`${role} has a delay of ${actualDelay} s, not ${delay} s.`];
      const [deployerHolds] = await accessManager.hasRole(ROLES[role], deployer);
      return address !== null && deployerHolds ? [`The deployer still holds ${role}.`] : [];
    }),
  );
  return problems.flat();
}

/**
 * How a part of the house is replaced while accounts hold positions: who announces what, in which order. Each phase is announced as a
 * whole, waits for the longest delay among its calls, and is then executed in order; the house works on all the time.
 * Ledger and vault have no such list: they are never replaced.
 */
import type { BaseContract, Signer } from "ethers";
import type { IRiskParameters } from "../typechain-types/contracts/interfaces/IRiskParameters.ts";
import type {
  AccessManager,
  IRisk,
  LiquidationEngine,
  MarketData,
  OrderSettlement,
  SliceAuction,
} from "../typechain-types/index.ts";
import type { HouseContracts } from "./local/house.ts";
import {
  type HeldRole,
  RESTRICTED_FUNCTIONS,
  type RestrictedContract,
  type RoleName,
  ROLES,
  selectorOf,
} from "./roles.ts";

/** One call that a role's holder makes through the access manager, or on it. */
export interface Operation {
  readonly by: HeldRole;
  readonly target: string;
  readonly data: string;
}

export type Phase = readonly Operation[];

/** A call on the access manager itself. */
async function onManager(manager: AccessManager, data: string): Promise<Operation> {
  return { by: "ADMIN", target: await manager.getAddress(), data };
}

/** Opens the functions of a new contract to the roles that had them in the old one. */
async function permissions(
  { accessManager }: HouseContracts,
  kind: RestrictedContract,
  replacement: BaseContract,
): Promise<Operation[]> {
  const target = await replacement.getAddress();
  return Promise.all(
    Object.entries(RESTRICTED_FUNCTIONS[kind]).map(([role, signatures]) => {
      const args = [target, signatures.map(selectorOf), ROLES[role as RoleName]] as const;
      return onManager(accessManager, accessManager.interface.encodeFunctionData("setTargetFunctionRole", [...args]));
    }),
  );
}

/** The new engine gets its parameters before it is asked for a margin. */
export async function replaceRiskEngine(
  house: HouseContracts,
  replacement: IRisk,
  parameters: IRiskParameters.ParameterSetStruct,
): Promise<Phase[]> {
  const target = await replacement.getAddress();
  const { clearingHouse } = house;
  return [
    await permissions(house, "riskEngine", replacement),
    [{ by: "RISK", target, data: replacement.interface.encodeFunctionData("setParameters", [parameters]) }],
    [
      {
        by: "UPGRADE",
        target: await clearingHouse.getAddress(),
        data: clearingHouse.interface.encodeFunctionData("setRiskEngine", [target]),
      },
    ],
  ];
}

/**
 * The new market data takes feeds, signers and parameters of the old one before anything is read from it. The registry writes to the
 * live market data only, so the listing role writes to the new one until it is live. Surfaces are not copied: between the second
 * phase and the third, those who report them report to both. Nor are settlement prices: expiries that are over must be settled
 * before the third phase (docs/deployment.md).
 */
export async function replaceMarketData(house: HouseContracts, replacement: MarketData): Promise<Phase[]> {
  const target = await replacement.getAddress();
  const { accessManager, clearingHouse, marketData, registry } = house;
  const { interface: abi } = replacement;
  const count = Number(await registry.underlyingCount());
  const feeds = await Promise.all(
    Array.from({ length: count }, async (_, underlying): Promise<Operation> => {
      const [config] = await marketData.feedConfig(underlying);
      return { by: "LISTING", target, data: abi.encodeFunctionData("setFeed", [underlying, struct(config)]) };
    }),
  );
  const [signers, threshold] = await marketData.surfaceSigners();
  const settings = [
    abi.encodeFunctionData("setSurfaceParameters", [deepStruct(await marketData.surfaceParameters())]),
    abi.encodeFunctionData("setSurfaceSigners", [[...signers], threshold]),
    abi.encodeFunctionData("setExpiryParameters", [struct(await marketData.expiryParameters())]),
  ].map((data): Operation => ({ by: "RISK", target, data }));

  const final = await permissions(house, "marketData", replacement);
  const borrowed = await onManager(
    accessManager,
    accessManager.interface.encodeFunctionData("setTargetFunctionRole", [
      target,
      [abi.getFunction("setFeed").selector],
      ROLES.LISTING,
    ]),
  );
  const live: Operation = {
    by: "UPGRADE",
    target: await clearingHouse.getAddress(),
    data: clearingHouse.interface.encodeFunctionData("setMarketData", [target]),
  };
  return [
    [...final, borrowed],
    [...feeds, ...settings],
    [live, ...final],
  ];
}

/** A new module proposes postings from the moment in which the old one no longer may. Orders signed for the old one die with it. */
export async function replaceModule(
  house: HouseContracts,
  kind: "orders" | "liquidation" | "auction",
  replacement: OrderSettlement | LiquidationEngine | SliceAuction,
): Promise<Phase[]> {
  const { accessManager } = house;
  return [
    [
      ...(await permissions(house, kind, replacement)),
      await onManager(
        accessManager,
        accessManager.interface.encodeFunctionData("revokeRole", [ROLES.MODULE, await house[kind].getAddress()]),
      ),
      await onManager(
        accessManager,
        accessManager.interface.encodeFunctionData("grantRole", [ROLES.MODULE, await replacement.getAddress(), 0]),
      ),
    ],
  ];
}

/** A struct as ethers returns it, as one that it takes. */
function struct<T>(result: T): T {
  return (result as T & { toObject(): T }).toObject();
}

/** The same for a struct of structs. */
function deepStruct<T>(result: T): T {
  return (result as T & { toObject(deep: boolean): T }).toObject(true);
}

export type Holders = Readonly<Record<HeldRole, Signer>>;

export async function schedule(manager: AccessManager, phase: Phase, holders: Holders): Promise<void> {
  for (const { by, target, data } of phase) {
    await (await manager.connect(holders[by]).schedule(target, data, 0)).wait();
  }
}

export async function execute(manager: AccessManager, phase: Phase, holders: Holders): Promise<void> {
  for (const { by, target, data } of phase) {
    await (await manager.connect(holders[by]).execute(target, data)).wait();
  }
}

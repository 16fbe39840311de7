/**
 * The transactions that bring a proposal into force: one call for the coupled set of risk parameters, one for each perpetual whose
 * terms change. Who holds the risk role with a delay announces each call to the access manager and carries it out after the delay;
 * whoever holds it without delay only carries it out.
 */
import { Interface } from "ethers";
import { ROLES } from "../../../deploy/roles.ts";
import { riskParametersAbi } from "../../../sdk/abi.ts";
import { type HouseReader, read } from "../../../sdk/client/house.ts";
import { readHouse } from "../../../sdk/client/read.ts";
import { perpetual } from "../../../sdk/instruments.ts";
import { CalibrationError } from "../errors.ts";
import { isChanged, type Change, type Listed, type Parameters } from "./compare.ts";
import { perpetualAbi } from "./deployed.ts";

const tuple = (view: string): string => riskParametersAbi.getFunction(view)!.outputs[0]!.format("full");
const SET =
  `(${tuple("globalParameters")} globals, ${tuple("underlyingParameters")}[] underlyings, int8[] correlations, ` +
  `${tuple("collateralParameters")}[] collaterals)`;
const setParametersAbi = new Interface([`function setParameters(${SET} parameters)`]);
export const managerAbi = new Interface([
  "function schedule(address target, bytes data, uint48 when) returns (bytes32 operationId, uint32 nonce)",
  "function execute(address target, bytes data) payable returns (uint32)",
  "function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)",
  "function hasRole(uint64 roleId, address account) view returns (bool isMember, uint32 executionDelay)",
  "function expiration() view returns (uint32)",
]);

/** A call that the proposal asks for. */
export interface Action {
  readonly target: string;
  readonly signature: string;
  readonly data: string;
  readonly description: string;
}

export interface BatchCall {
  readonly step: "schedule" | "execute";
  readonly to: string;
  readonly value: "0";
  readonly data: string;
  readonly description: string;
  readonly target: string;
  readonly function: string;
  readonly role: "RISK";
  /** Seconds that must pass between its announcement and its execution. */
  readonly delaySeconds: number;
}

/** A file for whoever signs: every call in order, from the same account. */
export interface Batch {
  readonly description: string;
  readonly chainId: number;
  readonly accessManager: string;
  readonly role: { readonly name: "RISK"; readonly number: number };
  readonly holder: string;
  readonly delaySeconds: number;
  /** After an announcement becomes due it may be carried out for so long. */
  readonly expiresAfterSeconds: number;
  readonly calls: readonly BatchCall[];
}

/** Nothing where nothing changes. */
export function actionsOf(
  clearingHouse: string,
  riskEngine: string,
  proposed: Parameters,
  changes: readonly Change[],
  { underlyings }: Listed,
): Action[] {
  const changed = changes.filter(isChanged);
  const isTermsOf = ({ name }: Change, symbol: string): boolean => name.startsWith(`${symbol}-PERP `);
  const inSet = changed.filter((change) => !underlyings.some((symbol) => isTermsOf(change, symbol)));
  const told = (list: readonly Change[]): string =>
    list.map(({ name, deployed, proposed: to }) => `${name} ${deployed} → ${to}`).join(", ");
  const set: Action[] =
    inSet.length === 0
      ? []
      : [
          {
            target: riskEngine,
            signature: "setParameters",
            data: setParametersAbi.encodeFunctionData("setParameters", [proposed.risk]),
            description: `Set the risk parameters as one: ${told(inSet)}.`,
          },
        ];
  const terms = underlyings.flatMap((symbol, i): Action[] => {
    const own = changed.filter((change) => isTermsOf(change, symbol));
    if (own.length === 0) return [];
    const data = perpetualAbi.encodeFunctionData("setPerpetualTerms", [perpetual(i + 1), proposed.perpetuals[i]!]);
    return [
      { target: clearingHouse, signature: "setPerpetualTerms", data, description: `Set the terms of ${told(own)}.` },
    ];
  });
  return [...set, ...terms];
}

/** @param holder Who will send the batch. Requirements: it holds the risk role, and that role opens every call. */
export async function batchOf(
  house: HouseReader,
  chainId: bigint,
  holder: string,
  actions: readonly Action[],
  description: string,
): Promise<Batch> {
  const manager = await readHouse<string>(house, "authority");
  const ask = (name: string, args: readonly unknown[]) => read(house, manager, managerAbi, name, args);
  for (const { target, signature, data } of actions) {
    const [role] = await ask("getTargetFunctionRole", [target, data.slice(0, 10)]);
    if (role !== ROLES.RISK) throw new CalibrationError(`${signature} of ${target} is not open to the risk role.`);
  }
  const [isMember, delay] = await ask("hasRole", [ROLES.RISK, holder]);
  if (isMember !== true) throw new CalibrationError(`${holder} does not hold the risk role.`);
  const delaySeconds = Number(delay as bigint);
  const [expiration] = await ask("expiration", []);
  const call = (step: BatchCall["step"], action: Action): BatchCall => ({
    step,
    to: manager,
    value: "0",
    // When: zero is as early as the delay permits.
    data: managerAbi.encodeFunctionData(step, [action.target, action.data, ...(step === "schedule" ? [0n] : [])]),
    description: `${step === "schedule" ? "Announce: " : ""}${action.description}`,
    target: action.target,
    function: action.signature,
    role: "RISK",
    delaySeconds,
  });
  return {
    description,
    chainId: Number(chainId),
    accessManager: manager,
    role: { name: "RISK", number: Number(ROLES.RISK) },
    holder,
    delaySeconds,
    expiresAfterSeconds: Number(expiration as bigint),
    calls: [
      ...(delaySeconds === 0 ? [] : actions.map((action) => call("schedule", action))),
      ...actions.map((action) => call("execute", action)),
    ],
  };
}

/** The diff: reads both sides, prints, and writes the batch if one is asked for. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { HouseReader } from "../../../sdk/client/index.ts";
import { readHouse } from "../../../sdk/client/read.ts";
import { type ParameterFile, parseParameters } from "../../../sdk/parameters.ts";
import { connect } from "../../shared/connect.ts";
import { CalibrationError } from "../errors.ts";
import { actionsOf, type Batch, batchOf } from "./batch.ts";
import { type Change, compare, type Parameters, type StepLimits, withInForce, withSteadyCaps } from "./compare.ts";
import { type Deployed, deployedByFile, deployedOnChain, proposedBy } from "./deployed.ts";
import { effects } from "./effects.ts";
import type { DiffRequest } from "./options.ts";
import { diffText } from "./print.ts";

export interface Difference {
  readonly proposed: Parameters;
  readonly changes: readonly Change[];
}

export function differenceOf(file: ParameterFile, deployed: Deployed, limits: StepLimits): Difference {
  const proposed = withSteadyCaps(deployed, proposedBy(file, deployed.listed, deployed.prices));
  const { listed, inForce } = deployed;
  const changes = compare(deployed, proposed, listed, limits);
  if (inForce === undefined) return { proposed, changes };
  return { proposed, changes: withInForce(changes, compare({ ...deployed, risk: inForce }, proposed, listed, limits)) };
}

/** The batch for one file against one chain. */
export async function proposeBatch(
  house: HouseReader,
  chainId: bigint,
  holder: string,
  deployed: Deployed,
  { proposed, changes }: Difference,
  description: string,
): Promise<Batch> {
  const riskEngine = await readHouse<string>(house, "riskEngine");
  const actions = actionsOf(house.addresses.clearingHouse, riskEngine, proposed, changes, deployed.listed);
  return batchOf(house, chainId, holder, actions, description);
}

export async function runDiff({ file, deployed: origin, limits, all, batch }: DiffRequest): Promise<string> {
  const proposal = readFile(file);
  if (origin.kind === "file") return text(proposal, deployedByFile(readFile(origin.path)), limits, all);
  const { provider, chainId } = await connect(origin.rpc);
  try {
    const house = { caller: provider, addresses: origin.addresses };
    const deployed = await deployedOnChain(house, origin.collaterals);
    const printed = text(proposal, deployed, limits, all);
    if (batch === undefined) return printed;
    const difference = differenceOf(proposal, deployed, limits);
    const description = `${basename(file)}: ${proposal.description}`;
    const written = await proposeBatch(house, chainId, batch.holder, deployed, difference, description);
    mkdirSync(dirname(batch.path), { recursive: true });
    writeFileSync(batch.path, `${JSON.stringify(written, undefined, 2)}\n`);
    return `${printed}\n${written.calls.length} calls, ${written.delaySeconds} seconds between announcement and execution. Written to ${batch.path}.`;
  } finally {
    provider.destroy();
  }
}

function text(file: ParameterFile, deployed: Deployed, limits: StepLimits, all: boolean): string {
  const { proposed, changes } = differenceOf(file, deployed, limits);
  return diffText(changes, effects(deployed.risk, proposed.risk, deployed.listed), limits, all);
}

function readFile(path: string): ParameterFile {
  if (!existsSync(path)) throw new CalibrationError(`There is no file ${path}.`);
  return parseParameters(readFileSync(path, "utf8"));
}

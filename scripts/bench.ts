/** Gas of the actions that matter: `npm run bench`. Cold storage, one transaction each, without the 21,000 base. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";
import { Command } from "commander";
import hre from "hardhat";
import { functionsOf } from "./bench/functions.ts";
import { measureAll } from "./bench/measure.ts";
import { ROWS } from "./bench/rows.ts";

const SNAPSHOT = fileURLToPath(new URL("bench/snapshot.json", import.meta.url));
/** Signatures and times change from run to run, and with them the zero bytes of the call data. */
const TOLERANCE = 0.005;

interface Row {
  readonly name: string;
  readonly gas: number;
  readonly bound: number | null;
  readonly peer: number | null;
  readonly floor: number;
}

const program = new Command("npm run bench --")
  .description("Measures gas on a local chain, storage cold, without the 21,000 base of a transaction.")
  .option("--json", "one array on standard output, nothing else")
  .option("--check", "compare with the committed snapshot and the bounds; exit 1 on a difference")
  .option("--update", "write the snapshot")
  .option("--profile", "show which contract the gas of each row goes to")
  .option("--functions <row>", "show which functions the gas of a row goes to")
  .parse();
const options = program.opts<{ json?: true; check?: true; update?: true; profile?: true; functions?: string }>();

if (options.functions !== undefined && !ROWS.some(({ name }) => name === options.functions))
  program.error(`There is no row ${options.functions}; rows are ${ROWS.map(({ name }) => name).join(", ")}.`);

await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
// Expiries and hours of funding count from the chain's clock: the same day, and early in an hour, in every run.
const connection = await hre.network.create({ override: { initialDate: "2026-11-24T12:03:00Z" } });
const measured = await measureAll(connection);
await connection.close();

const rows: Row[] = ROWS.map(({ name, bound, peer }) => {
  const { gas, floor } = measured.get(name)!;
  return { name, gas, bound, peer, floor };
});

if (options.json) console.log(JSON.stringify(rows, undefined, 2));
else print();
if (options.functions !== undefined) await printFunctions(options.functions);
if (options.update) writeFileSync(SNAPSHOT, `${JSON.stringify(rows, undefined, 2)}\n`);
if (options.check) check();

function print(): void {
  const thousands = (value: number | null): string => (value === null ? "" : value.toLocaleString("en-US"));
  const table = new Table({
    head: ["action", "gas", "bound", "floor", "gas / floor", "peer", "peer / gas"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { name, gas, bound, peer, floor } of rows) {
    table.push([
      name,
      thousands(gas),
      bound !== null && gas > bound ? `${thousands(bound)} missed` : thousands(bound),
      thousands(floor === 0 ? null : floor),
      floor === 0 ? "" : (gas / floor).toFixed(2),
      thousands(peer),
      peer === null ? "" : (peer / gas).toFixed(1),
    ]);
  }
  console.log(table.toString());
  console.log(
    "floor: first touches of storage (2,100) and of addresses (2,600) alone. Feed reads are in the fills and not in the checks.",
  );
  for (const { name, note } of ROWS) console.log(`${name.padEnd(24)} ${note}`);
  if (!options.profile) return;
  for (const { name } of ROWS) {
    console.log(`\n${name}`);
    for (const [contract, gas] of measured.get(name)!.profile)
      console.log(`  ${thousands(gas).padStart(9)}  ${contract}`);
  }
}

async function printFunctions(row: string): Promise<void> {
  for (const [contract, steps] of measured.get(row)!.steps) {
    const functions = await functionsOf(contract, steps);
    if (functions === undefined) continue;
    const all = functions.reduce((sum, [, gas]) => sum + gas, 0);
    console.log(`\n${row}: ${contract}, ${all.toLocaleString("en-US")} without what its calls cost`);
    for (const [name, gas] of functions.filter(([, value]) => value >= all / 100))
      console.log(
        `  ${gas.toLocaleString("en-US").padStart(9)}  ${((100 * gas) / all).toFixed(1).padStart(4)} %  ${name}`,
      );
  }
}

function check(): void {
  const expected = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Row[];
  const problems: string[] = [];
  const known: string[] = [];
  for (const { name, gas, bound } of rows) {
    const before = expected.find((row) => row.name === name);
    if (before === undefined) problems.push(`${name} is not in the snapshot.`);
    else if (Math.abs(gas - before.gas) > TOLERANCE * before.gas)
      problems.push(`${name} takes ${gas} gas, the snapshot says ${before.gas}.`);
    if (bound === null || gas <= bound) continue;
    // What is in the snapshot was reviewed: docs/decisions/0006-gas-of-a-margin-check.md says why, and where the gas goes.
    if (before !== undefined && before.gas > bound)
      known.push(`${name} takes ${gas} gas, above its bound of ${bound}.`);
    else problems.push(`${name} takes ${gas} gas, above its bound of ${bound}.`);
  }
  for (const miss of known) console.error(`Known: ${miss}`);
  if (problems.length === 0) return console.error("Gas is as in the snapshot; no bound is missed that was not before.");
  for (const problem of problems) console.error(problem);
  console.error("If the change is intended: npm run bench -- --update");
  process.exitCode = 1;
}

/** Mutation testing: `npm run mutate`. See docs/testing.md. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { build, choose, readPlan, writePlan } from "./build.ts";
import { run } from "./run.ts";
import { report } from "./report.ts";
import { describe } from "./results.ts";

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("Give a whole number.");
  return value;
};

const program = new Command("npm run mutate --")
  .description("Changes the contracts in many small ways and asks the tests of each whether they notice.")
  .option("--count <number>", "how many mutants", whole, 300)
  .option("--seed <number>", "another seed chooses other mutants", whole, 1)
  .option("--files <glob>", "only sources that this meets, such as 'contracts/ledger/*.sol'")
  .option("--workers <number>", "processes that run tests", whole, 2)
  .option("--list", "print the mutants that would be chosen, and stop")
  .option("--resume", "go on where the last run stopped, with its build and its mutants")
  .option("--no-mocha", "ask the Solidity suites only")
  .option("--json <file>", "write all mutants and what became of them")
  .parse();
const options = program.opts<{
  count: number;
  seed: number;
  files?: string;
  workers: number;
  list?: true;
  resume?: true;
  mocha: boolean;
  json?: string;
}>();

const say = (line: string): void => console.log(line);
const started = performance.now();

if (options.list === true) {
  for (const mutant of choose({ ...options, files: options.files }, say).mutants) say(describe(mutant));
} else {
  if (options.resume !== true) {
    writePlan(choose({ ...options, files: options.files }, say));
    say("Building all mutants together…");
    build();
    say(`Built after ${Math.round((performance.now() - started) / 1_000)} s.`);
  }
  const plan = readPlan();
  const results = await run(plan, { workers: Math.max(options.workers, 1), mocha: options.mocha, say });
  const { text, json, acceptable } = report(plan, results);
  say(text);
  say(`${Math.round((performance.now() - started) / 1_000)} s in all.`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(json, undefined, 1)}\n`);
  process.exitCode = acceptable ? 0 : 1;
}

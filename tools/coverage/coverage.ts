/** Coverage of lines and branches by the Solidity suites: `npm run coverage`. See docs/testing.md. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { Command } from "commander";
import { compile } from "../mutation/build.ts";
import { Suites } from "../mutation/suites.ts";
import { parse } from "../mutation/syntax.ts";
import { ARTIFACTS, CACHE, CONFIG, PLAN, WORK } from "./places.ts";
import { type Edit, type Point, Prober } from "./probes.ts";
import { report } from "./report.ts";

/** Not interfaces, doubles for tests, or published tables. */
const NOT_MEASURED = ["contracts/interfaces/**", "contracts/test/**", "contracts/risk/table/**"];
/**
 * Campaigns take minutes each, and what they reach by chance others should reach on purpose. The other needs the optimizer, without
 * which suites are built here.
 */
const NOT_ASKED = ["test/invariant/**", "test/estimation/CorrelationPositivity.t.sol"];

const options = new Command("npm run coverage --")
  .description("Lines and branches of the contracts that the Solidity suites (without campaigns) reach.")
  .option("--missed", "print every outcome of a decision that no suite reaches")
  .option("--resume", "with the build of the last run")
  .option("--json <file>", "write all points and whether they were reached")
  .parse()
  .opts<{ missed?: true; resume?: true; json?: string }>();

const say = (line: string): void => console.log(line);
const started = performance.now();
const seconds = (): number => Math.round((performance.now() - started) / 1_000);

const files = globSync("contracts/**/*.sol")
  .filter((file) => !NOT_MEASURED.some((pattern) => matchesGlob(file, pattern)))
  .sort();
const points: Point[] = [];
const plan: Record<string, Edit[]> = {};
for (const source of parse(files).sources.sort((a, b) => a.file.localeCompare(b.file))) {
  const prober = new Prober(source, points.length);
  points.push(...prober.points);
  plan[source.file] = prober.edits;
}

const suites = globSync("test/**/*.t.sol").filter((file) => !NOT_ASKED.some((pattern) => matchesGlob(file, pattern)));
if (options.resume !== true) {
  mkdirSync(WORK, { recursive: true });
  writeFileSync(PLAN, JSON.stringify(plan));
  say(`${points.length} probes in ${Object.keys(plan).length} files; building…`);
  compile(CONFIG, suites);
  say(`Built after ${seconds()} s.`);
} else if (JSON.stringify(plan) !== readFileSync(PLAN, "utf8")) {
  throw new Error("the sources have changed since the last build: run it without --resume");
}

const runner = await Suites.load(ARTIFACTS, CACHE, suites);
const reached = new Set<number>();
const failures: string[] = [];
for (const [i, name] of runner.names.entries()) {
  const run = await runner.run(name, 0n, true);
  for (const id of run.reached) reached.add(id);
  if (run.failed !== undefined) failures.push(`${name} ${run.failed}`);
  if (process.stdout.isTTY) process.stdout.write(`\r${i + 1}/${runner.names.length} suites`);
}
say(report(points, reached, options.missed === true));
// A probe costs gas: tests that count on how much is left may fail because of it.
for (const failure of failures) say(`failed: ${failure}`);
say(`${runner.names.length} suites, ${failures.length} with a failure; ${seconds()} s in all.`);
if (options.json !== undefined) {
  const all = points.map((point) => ({ ...point, reached: reached.has(point.id) }));
  writeFileSync(options.json, `${JSON.stringify(all, undefined, 1)}\n`);
}

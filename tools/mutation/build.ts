import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { candidatesOf, declarationsOf } from "./candidates.ts";
import { CONFIG, PLAN, RESULTS, WORK } from "./places.ts";
import type { Plan } from "./plan.ts";
import { SUITES } from "./scope.ts";
import { select } from "./select.ts";
import { parse, sourceFiles } from "./syntax.ts";

export interface Wish {
  readonly count: number;
  readonly seed: number;
  readonly files: string | undefined;
}

export const choose = ({ count, seed, files }: Wish, report: (line: string) => void): Plan => {
  const sources = sourceFiles();
  const parsed = parse(sources);
  const declarations = declarationsOf(parsed.all);
  const wanted = parsed.sources.filter(({ file }) => files === undefined || matchesGlob(file, files));
  const found = wanted.flatMap((source) => candidatesOf(source, declarations));
  if (found.length === 0) throw new Error(`nothing to mutate in ${files ?? "the sources"}`);
  const { chosen, candidates, doNotCompile } = select(found, count, seed, report);
  return { seed, files, candidates, doNotCompile, mutants: chosen };
};

export const readPlan = (): Plan => JSON.parse(readFileSync(PLAN, "utf8")) as Plan;

/** Results of another choice say nothing about this one. */
export const writePlan = (plan: Plan): void => {
  mkdirSync(WORK, { recursive: true });
  rmSync(RESULTS, { force: true });
  writeFileSync(PLAN, `${JSON.stringify(plan, undefined, 1)}\n`);
};

/** Suites to a compiler's job: it has 4 GB of memory, and all of them are more than it can write the output of. */
const JOB = 21;

/** Compiles the contracts, and these suites. @param config Of Hardhat, which changes the sources on the way. */
export const compile = (config: string, suites: readonly string[]): void => {
  const hardhat = (...parameters: string[]): void => {
    const { status } = spawnSync("npx", ["hardhat", "--config", config, "build", "--quiet", ...parameters], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) throw new Error("the build of the changed sources failed");
  };
  hardhat("--no-tests");
  const sorted = [...suites].sort();
  for (let from = 0; from < sorted.length; from += JOB) hardhat("--no-contracts", ...sorted.slice(from, from + JOB));
};

/** One build of everything that is tested, with all mutants in it. */
export const build = (): void =>
  compile(
    CONFIG,
    SUITES.flatMap((pattern) => globSync(pattern)),
  );

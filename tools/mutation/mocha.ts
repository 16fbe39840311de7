import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { matchesGlob } from "node:path";
import { CONFIG } from "./places.ts";
import { MOCHA } from "./scope.ts";

export const mochaFilesFor = (source: string): readonly string[] =>
  (MOCHA.find(([pattern]) => matchesGlob(source, pattern))?.[1] ?? []).filter((file) => existsSync(file));

export interface MochaRun {
  readonly failed: string | undefined;
  readonly milliseconds: number;
}

const FIRST_FAILURE = /^ +1\) (.+)$/m;

/** TypeScript tests with a mutant active, up to the first that fails. */
export const runMocha = async (files: readonly string[], id: number, limit: number): Promise<MochaRun> => {
  const started = performance.now();
  const child = spawn("npx", ["hardhat", "--config", CONFIG, "test", "mocha", "--no-compile", ...files], {
    env: { ...process.env, MUTANT: String(id) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    // The group, because npx starts what it was asked for.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, limit);
  const code = await new Promise<number | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", done);
  });
  clearTimeout(timer);
  const milliseconds = performance.now() - started;
  if (code === 0) return { failed: undefined, milliseconds };
  if (timedOut) return { failed: "timeout", milliseconds };
  return { failed: FIRST_FAILURE.exec(output)?.[1] ?? output.trim().split("\n").at(-1) ?? "", milliseconds };
};

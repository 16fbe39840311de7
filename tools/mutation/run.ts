import { mochaFilesFor, runMocha } from "./mocha.ts";
import type { Plan } from "./plan.ts";
import { distribute, Worker } from "./pool.ts";
import { describe, readResults, writeResult, type Result } from "./results.ts";
import type { SuiteName } from "./suites.ts";
import type { Mutant } from "./types.ts";
import { PROBE } from "./weave.ts";

interface Options {
  readonly workers: number;
  readonly mocha: boolean;
  readonly say: (line: string) => void;
}

interface Probe {
  readonly suite: SuiteName;
  readonly milliseconds: number;
  readonly reached: ReadonlySet<number>;
}

const PROBE_LIMIT = 1_200_000;

/** A mutant that makes a suite this much slower than it was is taken for one that never ends. */
const limitFor = (milliseconds: number): number => 10 * milliseconds + 60_000;

/** Every suite without a mutant: it must pass, and tells which mutants it reaches. */
const probe = async (workers: readonly Worker[], say: Options["say"]): Promise<Probe[]> => {
  await Promise.all(workers.map((worker) => worker.start()));
  const probes: Probe[] = [];
  await distribute(workers, workers[0]?.suites ?? [], async (worker, suite) => {
    const outcome = await worker.run({ suite, id: Number(PROBE), probing: true }, PROBE_LIMIT);
    if (outcome === "timeout") throw new Error(`${suite} does not end without a mutant`);
    if (outcome.failed !== undefined) throw new Error(`${suite} fails without a mutant: ${outcome.failed}`);
    probes.push({ suite, milliseconds: outcome.milliseconds, reached: new Set(outcome.reached) });
  });
  const seconds = Math.round(probes.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1_000);
  say(`${probes.length} suites pass without a mutant; one after the other they take ${seconds} s.`);
  return probes;
};

/** Suites that killed mutants of the same source first, then the fast ones. */
const inOrder = (probes: readonly Probe[], mutant: Mutant, kills: ReadonlyMap<string, number>): Probe[] => {
  const killsOf = ({ suite }: Probe): number => kills.get(`${mutant.file} ${suite}`) ?? 0;
  const cost = (suite: Probe): number => suite.milliseconds / (1 + 2 * killsOf(suite));
  return probes.filter(({ reached }) => reached.has(mutant.id)).sort((a, b) => cost(a) - cost(b));
};

/** How many mutants have a result, and how fast. */
class Progress {
  readonly #say: Options["say"];
  readonly #total: number;
  readonly #results: Map<string, Result>;

  constructor(say: Options["say"], total: number, results: Map<string, Result>) {
    this.#say = say;
    this.#total = total;
    this.#results = results;
  }

  add(mutant: Mutant, status: Result["status"], by: string, started: number, complete = true): void {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const result = { key: mutant.key, status, complete, by, seconds };
    this.#results.set(mutant.key, result);
    writeResult(result);
    this.#say(`${this.#results.size}/${this.#total} ${status} ${result.seconds} s ${by}\n  ${describe(mutant)}`);
  }
}

/** @returns those that the Solidity suites let live, with how many of them reach it. */
const askSuites = async (
  workers: readonly Worker[],
  mutants: readonly Mutant[],
  probes: readonly Probe[],
  killed: (mutant: Mutant, by: string, started: number) => void,
): Promise<Map<Mutant, string>> => {
  const alive = new Map<Mutant, string>();
  const kills = new Map<string, number>();
  await distribute(workers, mutants, async (worker, mutant) => {
    const started = performance.now();
    const suites = inOrder(probes, mutant, kills);
    for (const { suite, milliseconds } of suites) {
      const outcome = await worker.run({ suite, id: mutant.id, probing: false }, limitFor(milliseconds));
      const failed = outcome === "timeout" ? "timeout" : outcome.failed;
      if (failed === undefined) continue;
      const kill = `${mutant.file} ${suite}`;
      kills.set(kill, (kills.get(kill) ?? 0) + 1);
      killed(mutant, `${suite} ${failed}`.slice(0, 160), started);
      return;
    }
    alive.set(mutant, `reached by ${suites.length} suites`);
  });
  return alive;
};

/** How long the TypeScript tests of each source take without a mutant; they must pass. */
const mochaBaseline = async (mutants: readonly Mutant[]): Promise<Map<string, number>> => {
  const times = new Map<string, number>();
  for (const { file } of mutants) {
    const files = mochaFilesFor(file);
    const name = files.join(" ");
    if (files.length === 0 || times.has(name)) continue;
    const { failed, milliseconds } = await runMocha(files, 0, PROBE_LIMIT);
    if (failed !== undefined) throw new Error(`${name} fails without a mutant: ${failed}`);
    times.set(name, milliseconds);
  }
  return times;
};

/** The TypeScript tests of the source, for those that the Solidity suites let live. */
const askMocha = async (
  lanes: readonly Worker[],
  alive: ReadonlyMap<Mutant, string>,
  progress: Progress,
): Promise<void> => {
  const baseline = await mochaBaseline([...alive.keys()]);
  await distribute(lanes, [...alive], async (_lane, [mutant, reached]) => {
    const started = performance.now();
    const files = mochaFilesFor(mutant.file);
    const limit = limitFor(baseline.get(files.join(" ")) ?? 0);
    const failed = files.length === 0 ? undefined : (await runMocha(files, mutant.id, limit)).failed;
    if (failed === undefined) progress.add(mutant, "survived", reached, started);
    else progress.add(mutant, "killed", `mocha ${failed}`.slice(0, 160), started);
  });
};

export const run = async (plan: Plan, { workers: count, mocha, say }: Options): Promise<Map<string, Result>> => {
  const results = readResults();
  const progress = new Progress(say, plan.mutants.length, results);
  const workers = Array.from({ length: count }, () => new Worker());

  const fresh = plan.mutants.filter(({ key }) => !results.has(key));
  if (fresh.length > 0) {
    const probes = await probe(workers, say);
    const alive = await askSuites(workers, fresh, probes, (mutant, by, started) =>
      progress.add(mutant, "killed", by, started),
    );
    for (const worker of workers) worker.stop();
    for (const [mutant, reached] of alive) progress.add(mutant, "survived", reached, performance.now(), false);
  }
  if (!mocha) return results;

  const alive = new Map<Mutant, string>();
  for (const mutant of plan.mutants) {
    const result = results.get(mutant.key);
    if (result?.status === "survived" && !result.complete) alive.set(mutant, result.by);
  }
  await askMocha(workers, alive, progress);
  return results;
};

/** A thread that judges days. Started by pool.ts with a Setup; each message is a Job. */
import { parentPort, workerData } from "node:worker_threads";
import { type LinearInput, type LinearOutput, linearDay, type LinearSetup } from "./linear-day.ts";
import { optionDay, type OptionInput, type OptionOutput, type OptionSetup } from "./option-day.ts";

export type Setup = LinearSetup & OptionSetup;

export type Job =
  | { readonly kind: "linear"; readonly inputs: readonly LinearInput[] }
  | { readonly kind: "options"; readonly inputs: readonly OptionInput[] };

export type Answer =
  | { readonly kind: "linear"; readonly outputs: readonly LinearOutput[] }
  | { readonly kind: "options"; readonly outputs: readonly OptionOutput[] };

export function answer(job: Job, setup: Setup): Answer {
  return job.kind === "linear"
    ? { kind: "linear", outputs: job.inputs.map((input) => linearDay(input, setup)) }
    : { kind: "options", outputs: job.inputs.map((input) => optionDay(input, setup)) };
}

parentPort?.on("message", ({ id, job }: { id: number; job: Job }) => {
  parentPort!.postMessage({ id, answer: answer(job, workerData as Setup) });
});

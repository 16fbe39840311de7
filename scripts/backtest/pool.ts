/** Jobs over worker threads. Answers come in any order and are put back into that of the jobs. */
import { Worker } from "node:worker_threads";
import type { Answer, Job, Setup } from "./worker.ts";

/** @param done Called with how many days were judged since the last call. */
export async function judge(
  jobs: readonly Job[],
  setup: Setup,
  threads: number,
  done: (days: number) => void,
): Promise<Answer[]> {
  const answers = new Array<Answer>(jobs.length);
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: setup });
    try {
      await new Promise<void>((resolve, reject) => {
        const give = (): void => {
          if (next < jobs.length) worker.postMessage({ id: next, job: jobs[next++]! });
          else resolve();
        };
        worker.on("error", reject);
        worker.on("message", ({ id, answer }: { id: number; answer: Answer }) => {
          answers[id] = answer;
          done(answer.outputs.length);
          give();
        });
        give();
      });
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return answers;
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { SuiteName, SuiteRun } from "./suites.ts";
import type { Answer, Order } from "./worker.ts";

export type Outcome = SuiteRun | "timeout";

/** One worker process and whoever waits for it. */
export class Worker {
  suites: readonly SuiteName[] = [];
  #process: ChildProcess | undefined;

  async run(order: Order, limit: number): Promise<Outcome> {
    const child = await this.start();
    child.send(order);
    const answer = await this.#answer(child, limit);
    if (answer === "timeout") {
      child.kill("SIGKILL");
      this.#process = undefined;
      return "timeout";
    }
    if (answer.kind === "run") return answer.run;
    throw new Error(answer.kind === "error" ? `${order.suite}: ${answer.message}` : "the worker started twice");
  }

  async start(): Promise<ChildProcess> {
    if (this.#process !== undefined) return this.#process;
    const child = fork(new URL("./worker.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [answer] = (await once(child, "message")) as [Answer];
    if (answer.kind !== "ready") throw new Error("the worker did not start");
    this.suites = answer.suites;
    this.#process = child;
    return child;
  }

  stop(): void {
    this.#process?.disconnect();
    this.#process = undefined;
  }

  async #answer(child: ChildProcess, limit: number): Promise<Answer | "timeout"> {
    const stop = new AbortController();
    const { signal } = stop;
    const timer = setTimeout(() => stop.abort("timeout"), limit);
    // A mutant may take the memory of a process; a process that ends says no more than one that hangs.
    const gone = (): void => stop.abort("timeout");
    child.once("exit", gone);
    try {
      const [answer] = (await once(child, "message", { signal })) as [Answer];
      return answer;
    } catch (error) {
      if (signal.aborted) return "timeout";
      throw error;
    } finally {
      clearTimeout(timer);
      child.off("exit", gone);
    }
  }
}

/** Gives each item to the next worker that is free. */
export const distribute = async <T>(
  workers: readonly Worker[],
  items: readonly T[],
  work: (worker: Worker, item: T) => Promise<void>,
): Promise<void> => {
  const rest = [...items];
  await Promise.all(
    workers.map(async (worker) => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(worker, item);
    }),
  );
};

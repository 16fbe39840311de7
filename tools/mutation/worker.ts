/** A process that runs suites; one that hangs is ended and replaced (see pool.ts). */
import { Suites, type SuiteName, type SuiteRun } from "./suites.ts";

export interface Order {
  readonly suite: SuiteName;
  readonly id: number;
  readonly probing: boolean;
}

export type Answer =
  | { readonly kind: "ready"; readonly suites: readonly SuiteName[] }
  | { readonly kind: "run"; readonly run: SuiteRun }
  | { readonly kind: "error"; readonly message: string };

const send = (answer: Answer): void => {
  process.send?.(answer);
};

const suites = await Suites.load();

process.on("message", ({ suite, id, probing }: Order) => {
  suites.run(suite, BigInt(id), probing).then(
    (run) => send({ kind: "run", run }),
    (error: unknown) => send({ kind: "error", message: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
send({ kind: "ready", suites: suites.names });

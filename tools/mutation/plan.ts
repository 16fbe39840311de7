import type { Mutant } from "./types.ts";

/** What was chosen, and by what. */
export interface Plan {
  readonly seed: number;
  readonly files: string | undefined;
  readonly candidates: number;
  readonly doNotCompile: readonly string[];
  readonly mutants: readonly Mutant[];
}

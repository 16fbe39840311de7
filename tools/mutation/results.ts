import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { RESULTS } from "./places.ts";
import type { Mutant } from "./types.ts";

export interface Result {
  readonly key: string;
  readonly status: "killed" | "survived";
  /** Whether the TypeScript tests were asked as well. */
  readonly complete: boolean;
  /** The test that failed, "timeout", or for survivors how many suites reach it. */
  readonly by: string;
  readonly seconds: number;
}

export const readResults = (): Map<string, Result> => {
  const lines = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8").trim().split("\n").filter(Boolean) : [];
  return new Map(lines.map((line) => JSON.parse(line) as Result).map((result) => [result.key, result]));
};

export const writeResult = (result: Result): void => appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);

/** A survivor that is known: `equivalent` ones do not count, the others are gaps with a reason. */
export interface KnownSurvivor {
  readonly key: string;
  readonly file: string;
  readonly within: string;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  readonly equivalent: boolean;
  readonly reason: string;
}

export const readKnown = (): Map<string, KnownSurvivor> => {
  const path = new URL("./survivors.json", import.meta.url);
  const list = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as KnownSurvivor[]) : [];
  return new Map(list.map((known) => [known.key, known]));
};

const oneLine = (text: string): string => {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > 110 ? `${flat.slice(0, 107)}…` : flat;
};

export const describe = (mutant: Mutant): string => {
  const after = mutant.after === "" ? "nothing" : oneLine(mutant.after);
  return `${mutant.key} ${mutant.file}:${mutant.line} ${mutant.within} ${mutant.operator}\n    ${oneLine(mutant.before)}\n  → ${after}`;
};

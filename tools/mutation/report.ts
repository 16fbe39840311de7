import Table from "cli-table3";
import type { Plan } from "./plan.ts";
import { describe, readKnown, type Result } from "./results.ts";
import type { Mutant } from "./types.ts";

/** What the score must reach. */
const LEAST_SCORE = 0.85;

interface Count {
  killed: number;
  equivalent: number;
  survived: number;
}

const rate = ({ killed, survived }: Count): string =>
  killed + survived === 0 ? "–" : `${((100 * killed) / (killed + survived)).toFixed(1)} %`;

const table = (title: string, groups: ReadonlyMap<string, Count>): string => {
  const rows = new Table({
    head: [title, "killed", "survived", "equivalent", "score"],
    style: { head: [], border: [] },
  });
  for (const [name, count] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    rows.push([name, count.killed, count.survived, count.equivalent, rate(count)]);
  }
  return rows.toString();
};

export interface Report {
  readonly text: string;
  readonly json: unknown;
  readonly acceptable: boolean;
}

export const report = (plan: Plan, results: ReadonlyMap<string, Result>): Report => {
  const known = readKnown();
  const total: Count = { killed: 0, equivalent: 0, survived: 0 };
  const groups = { operator: new Map<string, Count>(), file: new Map<string, Count>() };
  const survivors: string[] = [];
  const judged = plan.mutants.flatMap((mutant: Mutant) => {
    const result = results.get(mutant.key);
    if (result === undefined) return [];
    const reason = known.get(mutant.key);
    const outcome = result.status === "killed" ? "killed" : reason?.equivalent === true ? "equivalent" : "survived";
    for (const [map, name] of [
      [groups.operator, mutant.operator],
      [groups.file, mutant.file],
    ] as const) {
      const count = map.get(name) ?? { killed: 0, equivalent: 0, survived: 0 };
      count[outcome]++;
      map.set(name, count);
    }
    total[outcome]++;
    if (result.status === "survived") {
      survivors.push(
        `${describe(mutant)}\n    ${result.by}; ${outcome}${reason === undefined ? "" : `: ${reason.reason}`}`,
      );
    }
    return [{ ...mutant, ...result, outcome, reason: reason?.reason }];
  });
  const withEquivalent = { ...total, survived: total.survived + total.equivalent };
  const text = [
    table("operator", groups.operator),
    table("file", groups.file),
    `Survivors:\n${survivors.join("\n")}`,
    `${judged.length} mutants of seed ${plan.seed}, chosen from ${plan.candidates} candidates; ${plan.doNotCompile.length} did not compile and were replaced.`,
    `Killed ${total.killed}, survived ${total.survived}, equivalent with a reason ${total.equivalent}.`,
    `Score ${rate(total)}; counting the equivalent ones as survivors ${rate(withEquivalent)}.`,
  ].join("\n");
  return { text, json: judged, acceptable: total.killed >= LEAST_SCORE * (total.killed + total.survived) };
};

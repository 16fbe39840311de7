import Table from "cli-table3";
import type { Point } from "./probes.ts";

interface Count {
  lines: number;
  linesReached: number;
  branches: number;
  branchesReached: number;
}

const share = (part: number, all: number): string => (all === 0 ? "–" : `${((100 * part) / all).toFixed(1)} %`);

/** contracts/risk/Haircut.sol → risk; what lies in contracts itself by its name. */
const folderOf = (file: string): string => file.split("/").slice(1, 2).join("");

const count = (points: readonly Point[], reached: ReadonlySet<number>): Count => {
  const lines = new Map<string, boolean>();
  const result: Count = { lines: 0, linesReached: 0, branches: 0, branchesReached: 0 };
  for (const { id, kind, file, line } of points) {
    if (kind === "branch") {
      result.branches++;
      if (reached.has(id)) result.branchesReached++;
    } else {
      const key = `${file}:${line}`;
      lines.set(key, (lines.get(key) ?? false) || reached.has(id));
    }
  }
  result.lines = lines.size;
  result.linesReached = [...lines.values()].filter(Boolean).length;
  return result;
};

/** A table by folder; on request, what no suite reaches. */
export const report = (points: readonly Point[], reached: ReadonlySet<number>, missed: boolean): string => {
  const table = new Table({
    head: ["contracts", "lines", "reached", "", "branches", "reached", ""],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "right", "right", "right"],
  });
  const row = (name: string, some: readonly Point[]): void => {
    const c = count(some, reached);
    const lines = [c.lines, c.linesReached, share(c.linesReached, c.lines)];
    table.push([name, ...lines, c.branches, c.branchesReached, share(c.branchesReached, c.branches)]);
  };
  const folders = new Map<string, Point[]>();
  for (const point of points) {
    const folder = folderOf(point.file);
    if (!folders.has(folder)) folders.set(folder, []);
    folders.get(folder)?.push(point);
  }
  for (const [folder, some] of [...folders].sort(([a], [b]) => a.localeCompare(b))) row(folder, some);
  row("all", points);
  if (!missed) return table.toString();
  const list = points
    .filter(({ id }) => !reached.has(id))
    .map(
      ({ file, line, kind, outcome }) => `${file}:${line} ${kind === "branch" ? `never ${outcome}` : "not reached"}`,
    );
  return [table.toString(), ...new Set(list)].join("\n");
};

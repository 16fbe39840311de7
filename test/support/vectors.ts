/** Reads the tables of reference figures in test/vectors: comment lines with their source, a header, rows. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Vector = Readonly<Record<string, string>>;

export function readVectors(name: string): readonly Vector[] {
  const text = readFileSync(fileURLToPath(new URL(`../vectors/${name}.csv`, import.meta.url)), "utf8");
  const [header, ...rows] = text
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  const names = header!.split(",");
  return rows.map((row) => Object.fromEntries(row.split(",").map((field, i) => [names[i]!, field])));
}

/** A figure of the row; throws when there is none. */
export function figure(vector: Vector, name: string): number {
  const value = Number(vector[name]);
  if (vector[name] === undefined || Number.isNaN(value))
    throw new Error(`no figure ${name} in ${JSON.stringify(vector)}`);
  return value;
}

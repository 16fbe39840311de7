/** Tables and headings on the terminal. */
import Table from "cli-table3";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export const right = (title: string): Column => ({ title, align: "right" });
export const left = (title: string): Column => ({ title, align: "left" });

export const section = (title: string, unit: string): string => `\n${title} (${unit})`;

export const verdict = (holds: boolean, text: string): string => `  ${holds ? "ok  " : "FAIL"}  ${text}`;

export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const output = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true },
  });
  output.push(...rows.map((row) => [...row]));
  return output.toString();
}

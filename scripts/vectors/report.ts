import type { Table } from "./encode.ts";
import type { GeneratedFile } from "./files.ts";

export function errorReport(_table: Table): GeneratedFile {
  return { path: "docs/option-table.md", text: "# The option table\n" };
}

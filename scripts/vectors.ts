/** Command: computes the option table and writes every file that holds it. `--check` compares instead. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { buildTable } from "./vectors/encode.ts";
import { tableFiles } from "./vectors/files.ts";
import { errorReport } from "./vectors/report.ts";

const { check } = new Command("npm run vectors --")
  .description("Computes the option table: contracts, TypeScript data, error report.")
  .option("--check", "write nothing; exit 1 when a file is not what would be written")
  .parse()
  .opts<{ check?: true }>();

const pathOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string): string | undefined => {
  try {
    return readFileSync(pathOf(path), "utf8");
  } catch {
    return undefined;
  }
};

const table = buildTable();
const stale = [...tableFiles(table), errorReport(table)].filter(({ path, text }) => read(path) !== text);
for (const { path, text } of stale) {
  if (check) console.error(`differs: ${path}`);
  else writeFileSync(pathOf(path), text);
}
if (check && stale.length > 0) process.exitCode = 1;
else console.log(stale.length === 0 ? "up to date" : `written: ${stale.map(({ path }) => path).join(", ")}`);

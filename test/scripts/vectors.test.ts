import { expect } from "chai";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildTable, CODE_LIMIT } from "../../scripts/vectors/encode.ts";
import { tableFiles } from "../../scripts/vectors/files.ts";
import { errorReport } from "../../scripts/vectors/report.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

describe("vectors", () => {
  const table = buildTable();

  it("writes what is committed", () => {
    for (const { path, text } of [...tableFiles(table), errorReport(table)]) {
      expect(readFileSync(REPOSITORY + path, "utf8") === text, path).to.equal(true);
    }
  });

  it("fits two contracts whose code begins with STOP", () => {
    for (const code of [table.low, table.high]) {
      expect(code.length).to.be.at.most(CODE_LIMIT);
      expect(code[0]).to.equal(0);
    }
  });

  it("holds values that rise in x, fall in w and end at 1", () => {
    for (const { rows, plan, columns } of table.bands) {
      rows.forEach((phases, level) => {
        const nodes = Array.from({ length: columns * plan.phases }, (_, j) => [
          j % plan.phases,
          Math.floor(j / plan.phases),
        ]);
        const values = nodes.map(([phase, q]) => phases[phase!]![q!]!);
        values.slice(1).forEach((value, j) => expect(value).to.be.at.least(values[j]!));
        expect(values.at(-1)).to.equal(2 ** 21);
        if (level === 0) return;
        nodes.forEach(([phase, q], j) => expect(values[j]).to.be.at.most(rows[level - 1]![phase!]![q!]!));
      });
    }
  });
});

/**
 * Command: a house with many accounts on a chain in this process, prices that gap in one block, and the loss waterfall until nobody is
 * below maintenance margin: `npm run stress`. What is assumed and what came out: docs/stress.md.
 */
import { writeFileSync } from "node:fs";
import hre from "hardhat";
import { compileContracts } from "./demo/compile.ts";
import { readOptions } from "./stress/options.ts";
import * as print from "./stress/print.ts";
import { runStress } from "./stress/run.ts";

const options = readOptions(process.argv.slice(2));
await compileContracts(hre, (line) => console.error(line));
const started = performance.now();
const isShown = process.stderr.isTTY;
const results = await runStress(options, {
  onBuild: () => {},
  onBooks: (books) => console.log(print.booksText(books, options)),
  onMinute: ({ name }, minute, unhealthy) => {
    if (isShown) process.stderr.write(`\r${name}: minute ${minute}, ${unhealthy} below maintenance margin   `);
  },
  onResult: ({ scenario, seconds, played }) => {
    if (isShown) process.stderr.write("\r");
    const refused = [...played.refusals].map(([what, count]) => `${what} ${count}`).join(", ");
    console.error(
      `${scenario.title}: ${seconds.toFixed(0)} seconds. Refused: ${refused === "" ? "nothing" : refused}.`,
    );
  },
});
console.log(print.lossTable(results));
console.log(print.payerTable(results));
console.log(print.conservationTable(results));
for (const { scenario, played } of results) {
  for (const account of played.left) console.log(print.leftText(scenario, account));
}
console.log(`\nDone in ${((performance.now() - started) / 1_000).toFixed(0)} seconds.`);
if (options.json !== undefined) {
  const plain = results.map(({ played, ...result }) => ({
    ...result,
    figures: print.figuresOf({ played, ...result }),
    conserved: print.isConserved(result),
    played: { ...played, refusals: Object.fromEntries(played.refusals) },
  }));
  const text = JSON.stringify(
    { options, results: plain },
    (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
    2,
  );
  writeFileSync(options.json, `${text}\n`);
}
if (results.some((result) => !print.isConserved(result) || result.played.left.length > 0)) process.exitCode = 1;

/** How fast the keeper margins all accounts after a price tick: `npm run bench:keeper`. Nothing but arithmetic, no chain. */
import { availableParallelism, cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import Table from "cli-table3";
import { readParameterFile, riskParameters } from "../deploy/config/risk.ts";
import { makeBooks, MIX, tickAt } from "./bench-keeper/accounts.ts";
import { RemarginPool } from "./keeper/remargin/pool.ts";

/** Of the eight underlyings together, one tick after the other. */
const MOVES = [0, -0.02, -0.05, -0.1, 0.05];
const SEED = 1;

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number above zero.");
  return value;
};

const program = new Command("npm run bench:keeper --")
  .description(
    "Margins many accounts at several prices with the SDK's margin, which equals the chain's to the last unit.",
  )
  .option("--accounts <number>", "how many", positive, 100_000)
  .option("--threads <number>", "worker threads", positive, 2)
  .option("--json", "figures on standard output, nothing else")
  .parse();
const options = program.opts<{ accounts: number; threads: number; json?: true }>();

const parameters = riskParameters(readParameterFile("event-2020-03.json"), []);
const pool = new RemarginPool(options.threads);
pool.put(makeBooks(options.accounts, SEED));
// The threads take their accounts, and compile what is hot, before the clock starts.
await pool.screen(tickAt(parameters, 0), 0n);

interface Row {
  readonly move: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly accountsPerSecond: number;
  readonly unhealthy: number;
  readonly skipped: number;
}

const rows: Row[] = [];
for (const move of MOVES) {
  const started = performance.now();
  const usage = process.cpuUsage();
  const { unhealthy, skipped } = await pool.screen(tickAt(parameters, move), 50n);
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(usage);
  rows.push({
    move,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    accountsPerSecond: options.accounts / seconds,
    unhealthy: unhealthy.length,
    skipped: skipped.length,
  });
}
await pool.close();

const slowest = Math.max(...rows.map(({ seconds }) => seconds));
if (options.json) {
  console.log(JSON.stringify({ ...options, mix: MIX, rows, slowest }, undefined, 2));
} else {
  print();
}

function print(): void {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  console.log(
    `${options.accounts.toLocaleString("en-US")} accounts: ${MIX.fewPerpetuals} % with one or two perpetuals, ` +
      `${MIX.eightPerpetuals} % with eight, ${MIX.sixteenOptions} % with 16 options over eight expiries.`,
  );
  console.log(`${options.threads} threads on ${availableParallelism()} × ${processor}.`);
  const table = new Table({
    head: ["all prices", "seconds", "CPU seconds", "accounts / s", "unhealthy"],
    colAligns: ["right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { move, seconds, cpuSeconds, accountsPerSecond, unhealthy } of rows) {
    table.push([
      `${(move * 100).toFixed(0)} %`,
      seconds.toFixed(2),
      cpuSeconds.toFixed(2),
      Math.round(accountsPerSecond).toLocaleString("en-US"),
      unhealthy.toLocaleString("en-US"),
    ]);
  }
  console.log(table.toString());
  console.log(`Slowest tick: ${slowest.toFixed(2)} s for ${options.accounts.toLocaleString("en-US")} accounts.`);
}

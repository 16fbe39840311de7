/**
 * Command: replays all events of a house, compares what they add up to with what it stores, and recomputes every identity of its books.
 * Exit code 1 when one fails. docs/audit.md says what each line means.
 */
import { writeFileSync } from "node:fs";
import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { DeploymentError } from "../sdk/addresses.ts";
import { HouseError } from "../sdk/client/house.ts";
import { CounterpoiseError } from "../sdk/errors/index.ts";
import { StatementError } from "../sdk/statement/types.ts";
import { type CommandLine, CommandError, requireUrl, whereabouts, wholeNumber } from "./audit/options.ts";
import { reportJson, reportText } from "./audit/print.ts";
import { runAudit } from "./audit/run.ts";
import { connect, ConnectionError } from "./shared/connect.ts";

const command = new Command("audit")
  .description("Replay all events of a house, compare them with its state, and recompute every identity of its books.")
  .requiredOption("--rpc <url>", "a node of the chain")
  .option(
    "--deployment <name>",
    "a record of a deployment: a file, a chain id or a network's name; the node's chain unless told",
  )
  .option("--house <address>", "the clearing house, where no record is at hand")
  .option("--from <block>", "the block of the deployment; from the record, or looked for, unless told")
  .option("--block-range <number>", "blocks in one request; smaller for providers with narrow limits")
  .option("--json <file>", "write the report with every difference as JSON, too")
  .showHelpAfterError()
  .addHelpText(
    "after",
    "\nExit code 0: the books balance, 1: they do not, 2: the audit could not be done. docs/audit.md",
  )
  .parse();

async function run(line: CommandLine): Promise<boolean> {
  const rpc = requireUrl(line.rpc);
  const blockRange = line.blockRange === undefined ? undefined : wholeNumber("--block-range", line.blockRange);
  if (blockRange === 0) throw new CommandError("--block-range must be at least 1.");
  const { provider, chainId } = await connect(rpc);
  const bar = progressBar();
  try {
    const { clearingHouse, fromBlock } = whereabouts(line, chainId);
    const report = await runAudit({
      house: { caller: provider, addresses: { clearingHouse } },
      onProgress: bar.update,
      ...(fromBlock === undefined ? {} : { fromBlock }),
      ...(blockRange === undefined ? {} : { blockRange }),
    });
    bar.stop();
    console.log(reportText(report));
    if (line.json !== undefined) writeFileSync(line.json, reportJson(report));
    return report.ok;
  } finally {
    bar.stop();
    provider.destroy();
  }
}

/** Shown to people only: a file or a pipe gets the report alone. */
function progressBar() {
  const bar = new SingleBar({ format: "{what} [{bar}] {value} of {total}", stream: process.stderr, hideCursor: true });
  let shown = "";
  return {
    update: (what: string, done: number, of: number) => {
      if (!process.stderr.isTTY) return;
      if (what !== shown) {
        if (shown !== "") bar.stop();
        bar.start(of, 0, { what });
        shown = what;
      }
      bar.update(done, { what });
    },
    stop: () => bar.stop(),
  };
}

try {
  process.exitCode = (await run(command.opts<CommandLine>())) ? 0 : 1;
} catch (error) {
  const isPlain = [CommandError, ConnectionError, DeploymentError, StatementError, HouseError, CounterpoiseError].some(
    (kind) => error instanceof kind,
  );
  if (!isPlain) throw error;
  console.error((error as Error).message);
  process.exitCode = 2;
}

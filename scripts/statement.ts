/** Command: writes the statement of an account as CSV, from the events of the chain. Columns: docs/sdk.md. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { HouseError, readNames, readStatement } from "../sdk/client/index.ts";
import { CounterpoiseError } from "../sdk/errors/index.ts";
import { StatementError, statementToCsv } from "../sdk/statement/index.ts";
import { formatUsd } from "../sdk/units.ts";
import { connect, ConnectionError } from "./shared/connect.ts";
import { CommandError, type CommandLine, statementRequest } from "./statement/options.ts";

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

const command = new Command("statement")
  .description("Write an account's deposits, trades, fees, settled profit, funding and interest as CSV.")
  .requiredOption("--rpc <url>", "a node of the chain")
  .requiredOption("--clearing-house <address>", "the clearing house on that chain")
  .requiredOption("--account <owner/number>", "the account, like 0x1234…/0")
  .requiredOption("--from-block <number>", "the first block; that of the account's first deposit for a whole history")
  .option("--to-block <number>", "the last block; the latest unless told")
  .option("--block-range <number>", "blocks in one request; smaller for providers with narrow limits")
  .option("--registry <address>", "the instrument registry, for symbols; else the feeds are asked")
  .option(
    "--module <address>",
    "a replaced order settlement or liquidation engine to believe (repeatable)",
    collect,
    [],
  )
  .option("--out <file>", "where to write; standard output unless told")
  .showHelpAfterError()
  .addHelpText("after", "\nColumns and units: docs/sdk.md")
  .parse();

async function run(line: CommandLine): Promise<void> {
  const { clearingHouse, registry, account, out, rpc, ...options } = statementRequest(line);
  const { provider } = await connect(rpc);
  try {
    const addresses = registry === undefined ? { clearingHouse } : { clearingHouse, registry };
    const house = { caller: provider, addresses };
    const names = await readNames(house);
    const { toBlock, blockRange, ...rest } = options;
    const statement = await readStatement({ ...house, names }, account, {
      ...rest,
      ...(toBlock === undefined ? {} : { toBlock }),
      ...(blockRange === undefined ? {} : { blockRange }),
    });
    const csv = statementToCsv(statement, names);
    if (out === undefined) process.stdout.write(csv);
    else writeFileSync(out, csv);
    // Standard output may be the file: the summary goes beside it.
    const { entries, opening, closing } = statement;
    console.error(
      `${entries.length} entries in blocks ${statement.fromBlock} to ${statement.toBlock}; ` +
        `cash ${formatUsd(opening)} before, ${formatUsd(closing)} after.`,
    );
  } finally {
    provider.destroy();
  }
}

try {
  await run(command.opts<CommandLine>());
} catch (error) {
  const isPlain = [CommandError, ConnectionError, StatementError, HouseError, CounterpoiseError].some(
    (kind) => error instanceof kind,
  );
  if (!isPlain) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

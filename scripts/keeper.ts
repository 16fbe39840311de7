/** Command: does the upkeep of a house and liquidates unhealthy accounts. docs/keeper.md says how to run it. */
import { Command } from "commander";
import { connect } from "./keeper/chain.ts";
import { ConfigError, KEY_VARIABLE, readConfig, readKey } from "./keeper/config.ts";
import { createJobs, estimatorsOf } from "./keeper/jobs/index.ts";
import { Keeper } from "./keeper/keeper.ts";
import { createLog } from "./keeper/log.ts";
import { createMetrics, serveMetrics } from "./keeper/metrics.ts";
import { DeploymentError } from "../sdk/addresses.ts";
import { HouseError } from "../sdk/client/house.ts";

interface CommandLine {
  readonly config: string;
  readonly dryRun?: true;
  readonly once?: true;
}

const command = new Command("keeper")
  .description("Follows a house, keeps its state up to date and liquidates accounts below maintenance margin.")
  .option("--config <file>", "the configuration", "keeper.json")
  .option("--dry-run", "try everything, send nothing; needs no key")
  .option("--once", "one pass, then end")
  .showHelpAfterError()
  .addHelpText("after", `\nThe key is read from ${KEY_VARIABLE} only. Configuration, metrics and logs: docs/keeper.md`)
  .parse();

async function run({ config: path, dryRun, once }: CommandLine): Promise<void> {
  const config = readConfig(path);
  const key = dryRun ? undefined : readKey(process.env);
  const log = createLog(config.logLevel);
  const metrics = createMetrics();
  const chain = await connect(config);
  try {
    const keeper = await Keeper.open({
      config,
      chain,
      jobs: createJobs(config, estimatorsOf(chain.contracts)),
      key,
      log,
      metrics,
    });
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
    const server =
      config.metrics === null || once
        ? undefined
        : await serveMetrics(metrics, config.metrics.port, () => keeper.isFollowing());
    try {
      if (once) await keeper.once();
      else await keeper.run(stop.signal);
    } finally {
      await server?.close();
      await keeper.close();
    }
  } finally {
    chain.provider.destroy();
  }
}

try {
  await run(command.opts<CommandLine>());
} catch (error) {
  const isPlain = [ConfigError, DeploymentError, HouseError].some((kind) => error instanceof kind);
  if (!isPlain) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

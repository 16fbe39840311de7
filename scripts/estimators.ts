/** Command: replays recorded rounds through the estimators on a local chain, and holds every hour to the references. */
import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import { Command } from "commander";
import hre from "hardhat";
import { CalibrationError } from "./calibrate/errors.ts";
import { deployBench, hoursOf, type Round } from "./estimators/chain.ts";
import { clipFigures } from "./estimators/clip.ts";
import { compareHistory } from "./estimators/compare.ts";
import { compareCorrelations } from "./estimators/print-correlation.ts";
import { panelRounds, readRounds } from "./estimators/rounds.ts";

const FEED_DECIMALS = 8;
const RATIO_DECIMALS = 18;
const BASIS_SERIES = 256;
const MAJORS = "BTC,ETH,BNB,XRP,ADA,LTC,LINK,BCH,DOGE,SOL,AVAX";

const options = new Command("npm run estimators --")
  .description(
    "Replay recorded rounds through the estimators on a local chain and compare every hour with the references.",
  )
  .requiredOption("--data <dir>", "folder with oracle/chainlink_*.csv and spot/hourly_close.csv.gz")
  .option("--assets <symbols>", "columns of the hourly panel, separated by commas; empty for none", "BTC,ETH")
  .option("--clip", "say instead what clipping returns costs, on the hourly panel")
  .option(
    "--correlated <symbols>",
    "columns for the correlation estimator, separated by commas; empty for none",
    MAJORS,
  )
  .showHelpAfterError()
  .addHelpText("after", "\nFormulas and units: docs/estimation.md")
  .parse()
  .opts<{ data: string; assets: string; clip?: true; correlated: string }>();

interface History {
  readonly name: string;
  readonly series: number;
  readonly decimals: number;
  readonly rounds: readonly Round[];
}

try {
  await (options.clip ? printClip() : compareAll());
} catch (error) {
  if (!(error instanceof CalibrationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function compareAll(): Promise<void> {
  const histories = readHistories();
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  const table = new Table({
    head: ["history", "rounds", "hours", "largest difference", "to floating point", "seconds"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  let isEqual = true;
  for (const history of histories) {
    const { hours, largestDifference, largestRelative, seconds } = await replay(history);
    isEqual &&= largestDifference === 0n;
    const figures = [history.rounds.length, hours].map((value) => value.toLocaleString("en-US"));
    table.push([
      history.name,
      ...figures,
      largestDifference.toString(),
      largestRelative.toExponential(1),
      seconds.toFixed(1),
    ]);
  }
  console.log(table.toString());
  console.log(
    "largest difference: of any stored figure at any hour from the integer reference, in units of its last place.\n" +
      "to floating point: largest share by which a variance is off the same recursion in doubles.",
  );
  if (options.correlated !== "") {
    isEqual = (await compareCorrelations(options.data, options.correlated.split(","))) && isEqual;
  }
  if (!isEqual) process.exitCode = 1;
}

function printClip(): void {
  const percent = (share: number): string => `${(share * 100).toFixed(3)} %`;
  const table = new Table({
    head: ["asset", "clip", "hours", "clipped", "moved by more than R in a day", "mean R"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const [symbol, rounds] of panelRounds(options.data, symbolsOf())) {
    for (const deviations of [Infinity, 10, 8]) {
      const { hours, clipped, exceeded, meanRange } = clipFigures(symbol, rounds, deviations);
      const clip = deviations === Infinity ? "none" : `${deviations} σ`;
      table.push([symbol, clip, hours.toLocaleString("en-US"), clipped, percent(exceeded), percent(meanRange)]);
    }
  }
  console.log(table.toString());
}

function symbolsOf(): string[] {
  return options.assets.split(",").filter((symbol) => symbol !== "");
}

function readHistories(): History[] {
  const symbols = symbolsOf();
  const panel = symbols.length === 0 ? new Map<string, Round[]>() : panelRounds(options.data, symbols);
  return [
    ...["eth_usd", "btc_usd"].map((name) => feed(name, 1, FEED_DECIMALS)),
    feed("steth_eth", BASIS_SERIES + 1, RATIO_DECIMALS),
    ...[...panel].map(([symbol, rounds]) => ({
      name: `hourly ${symbol}`,
      series: 1,
      decimals: FEED_DECIMALS,
      rounds,
    })),
  ];
}

function feed(name: string, series: number, decimals: number): History {
  return { name: `chainlink ${name}`, series, decimals, rounds: readRounds(options.data, `chainlink_${name}.csv`) };
}

/** On a chain of its own, whose clock begins before the first round. */
async function replay({ name, series, decimals, rounds }: History) {
  const initialDate = new Date((Number(rounds[0]!.updatedAt) - 3_600) * 1_000).toISOString();
  const connection = await hre.network.create({ override: { initialDate, allowBlocksWithSameTimestamp: true } });
  const bar = new SingleBar({ format: `${name} {bar} {value}/{total} hours`, clearOnComplete: true });
  bar.start(hoursOf(rounds).inForce.length, 0);
  try {
    const bench = await deployBench(connection.ethers);
    return await compareHistory({ connection, bench, series, decimals, rounds }, (hours) => bar.update(hours));
  } finally {
    bar.stop();
    await connection.close();
  }
}

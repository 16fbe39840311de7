/** The command line of the stress. */
import { Command, InvalidArgumentError } from "commander";
import { SCENARIOS } from "./scenarios.ts";

export interface StressOptions {
  readonly accounts: number;
  readonly seed: number;
  readonly scenarios: readonly string[];
  /** Cash of the insurance fund, in percent of the open interest. */
  readonly fundPercent: number;
  /** Capital of those who bid, in percent of the open interest. */
  readonly capitalPercent: number;
  readonly json: string | undefined;
}

const NAMES = SCENARIOS.map(({ name }) => name);

export function readOptions(args: readonly string[]): StressOptions {
  const options = new Command("npm run stress --")
    .description(
      "Builds a house with many accounts on a chain in this process, lets prices gap, and plays the loss waterfall out.",
    )
    .option("--accounts <number>", "traders' accounts", whole(8, 20_000), 400)
    .option("--seed <number>", "of the accounts that are drawn", whole(0, 2 ** 32 - 1), 1)
    .option("--scenario <names>", `separated by commas; all unless told: ${NAMES.join(", ")}`, names, NAMES)
    .option("--fund <percent>", "cash of the insurance fund, of the open interest", percent, 1)
    .option("--capital <percent>", "capital of those who bid, of the open interest", percent, 10)
    .option("--json <file>", "write everything into a file as well")
    .showHelpAfterError()
    .allowExcessArguments(false)
    .parse(args, { from: "user" })
    .opts<{ accounts: number; seed: number; scenario: string[]; fund: number; capital: number; json?: string }>();
  return {
    accounts: options.accounts,
    seed: options.seed,
    scenarios: options.scenario,
    fundPercent: options.fund,
    capitalPercent: options.capital,
    json: options.json,
  };
}

const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`a whole number from ${least} to ${most}.`);
    }
    return value;
  };

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1_000))
    throw new InvalidArgumentError("a percentage from 0 to 1000.");
  return value;
}

function names(text: string): string[] {
  const given = text.split(",");
  const unknown = given.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`there is no ${unknown.join(", ")}, only ${NAMES.join(", ")}.`);
  return given;
}

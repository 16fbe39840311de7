/** The command line of the demo. */
import { Command, CommanderError, Option } from "commander";

export interface DemoOptions {
  readonly event: string;
  /** Folder with candles; undefined: the events of the repository. */
  readonly data: string | undefined;
  /** Whether the estimators are kept up to date during the event. */
  readonly estimates: boolean;
  readonly json: boolean;
  /** Undefined: report/<event>.html. */
  readonly report: string | undefined;
}

/** The command line asks for something that does not exist. Its message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Help was asked for and printed. */
export class HelpShown extends Error {
  override readonly name = "HelpShown";
}

/** Reads the arguments after the script's name. Throws a UsageError with one sentence, or HelpShown. */
export function readOptions(args: readonly string[], events: readonly string[]): DemoOptions {
  // The folder's own events are its own to check.
  const hasData = args.some((argument) => argument === "--data" || argument.startsWith("--data="));
  const event = new Option("--event <name>", "market event to replay").default(events.at(-1) ?? "", events.at(-1));
  const command = new Command("npm start --")
    .description(
      "Starts a chain in this process, deploys the clearing house, opens the books of eleven kinds of trader, six of them " +
        "with options, replays a market crash, liquidates who falls below maintenance margin, settles what expires, " +
        "and audits the books at the end.",
    )
    .addOption(hasData ? event : event.choices(events))
    .option(
      "--data <folder>",
      "take the event from this folder, measure parameters on what was before it (docs/replay.md)",
    )
    .option("--no-estimates", "keep the parameters of the eve through the event instead of measuring on chain")
    .option("--json", "print one JSON object and nothing else on standard output; use `npm start --silent -- --json`")
    .option("--report <file>", "where to write the HTML report (default: report/<event>.html)")
    .helpOption("--help", "show this help")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") throw new HelpShown();
    throw new UsageError(sentence(error));
  }
  const { json, estimates, ...given } = command.opts<{
    event: string;
    data?: string;
    estimates: boolean;
    json?: boolean;
    report?: string;
  }>();
  return { event: given.event, data: given.data, estimates, json: json ?? false, report: given.report };
}

/** From "error: unknown option '--evnt'\n(Did you mean --event?)" to sentences on one line. */
function sentence({ message }: CommanderError): string {
  const sentences = message
    .replace(/^error: /, "")
    .split("\n")
    .map((line) => line.replace(/^\((.*)\)$/, "$1"))
    .map((line) => `${line.charAt(0).toUpperCase()}${line.slice(1)}`)
    .map((line) => (/[.?]$/.test(line) ? line : `${line}.`));
  return [...sentences, "See npm start -- --help."].join(" ");
}

/** Recorded rounds: of Chainlink's feeds, and the hourly panel as if each close had been a round. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CalibrationError } from "../calibrate/errors.ts";
import { readPanel } from "../calibrate/panel.ts";
import { parsePrice } from "../../sdk/units.ts";
import type { Round } from "./chain.ts";

const COLUMNS = ["answer", "updated_at"] as const;

/** `folder/oracle/<file>`: a header with `answer` and `updated_at`, one line per round of one phase, in order and without holes. */
export function readRounds(folder: string, file: string): Round[] {
  const path = join(folder, "oracle", file);
  if (!existsSync(path)) throw new CalibrationError(`There is no oracle/${file} in the folder given with --data.`);
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  const header = lines[0]!.split(",");
  const [answer, updatedAt] = COLUMNS.map((name) => header.indexOf(name));
  if (answer === -1 || updatedAt === -1)
    throw new CalibrationError(`oracle/${file} needs the columns ${COLUMNS.join(" and ")}; it has "${lines[0]}".`);
  const rounds: Round[] = [];
  for (const [i, line] of lines.entries()) {
    if (i === 0 || line === "") continue;
    const cells = line.split(",");
    const [price, time] = [cells[answer!]?.trim() ?? "", cells[updatedAt!]?.trim() ?? ""];
    if (!/^[0-9]+$/.test(price) || !/^[0-9]+$/.test(time))
      throw new CalibrationError(`Line ${i + 1} of oracle/${file} has no whole answer and time.`);
    const round = { answer: BigInt(price), updatedAt: BigInt(time) };
    if (rounds.length > 0 && round.updatedAt < rounds.at(-1)!.updatedAt)
      throw new CalibrationError(`Line ${i + 1} of oracle/${file} is older than the line before it.`);
    rounds.push(round);
  }
  if (rounds.length < 2) throw new CalibrationError(`oracle/${file} has fewer than two rounds.`);
  return rounds;
}

/** A round at the end of each hour of the panel that has a close, 8 decimals. */
export function panelRounds(folder: string, symbols: readonly string[]): ReadonlyMap<string, Round[]> {
  const panel = readPanel(folder, "spot/hourly_close.csv.gz", new Set(symbols), Infinity);
  return new Map(
    symbols.map((symbol) => {
      const closes = panel.columns.get(symbol);
      if (closes === undefined) throw new CalibrationError(`The panel has no column ${symbol}.`);
      const rounds = closes.flatMap((close, i) =>
        Number.isNaN(close)
          ? []
          : [{ answer: parsePrice(plainDecimal(close)), updatedAt: BigInt(panel.closeTimes[i]!) }],
      );
      return [symbol, rounds];
    }),
  );
}

/** Without exponent, 8 decimals. */
const plainDecimal = (value: number): string => value.toFixed(8);

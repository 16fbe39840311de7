/** The daily panel through the correlation estimator: prints how it compares with its twin and with calibration. */
import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import hre from "hardhat";
import { roundedCorrelations, TARGET_ONE } from "../../sdk/estimation/correlation.ts";
import { publishedCorrelation } from "../calibrate/correlation.ts";
import { replayCorrelations } from "./correlation.ts";
import { readDaily } from "./daily.ts";

const DAY_MILLISECONDS = 86_400_000;
const DIFFERENCES_SHOWN = 10;

/** Whether every day of the panel is what the integer reference says, and the end what calibration says. Build first. */
export async function compareCorrelations(folder: string, symbols: readonly string[]): Promise<boolean> {
  const began = performance.now();
  const { panel, histories } = readDaily(folder, symbols);
  const initialDate = new Date((panel.days[0]! - 2) * DAY_MILLISECONDS).toISOString();
  const connection = await hre.network.create({ override: { initialDate } });
  const bar = new SingleBar({ format: "correlations {bar} {value}/{total} days", clearOnComplete: true });
  bar.start(panel.days.length, 0);
  try {
    const replay = await replayCorrelations(panel, connection, { progress: () => bar.increment() });
    const calibrated = publishedCorrelation(histories).rows.flat();
    const unlike = roundedCorrelations(replay.target).filter((entry, k) => Number(entry) !== calibrated[k]).length;
    bar.stop();
    const table = new Table({ colAligns: ["left", "right"], style: { head: [], border: [] } });
    table.push(
      ["underlyings", symbols.length],
      ["days", replay.days.toLocaleString("en-US")],
      ["samples", replay.samples.toLocaleString("en-US")],
      ["figures unlike the integer reference", replay.differences.length],
      ["coefficients unlike calibration at the end", `${unlike} of ${calibrated.length}`],
      ["largest change of 0.9·ρ in a day", (Number(replay.largestChange) / Number(TARGET_ONE)).toFixed(4)],
      ["days with a shift", replay.shifts.length],
      ["gas of the dearest day, samples and fold", replay.largestDayGas.toLocaleString("en-US")],
      ["seconds", ((performance.now() - began) / 1_000).toFixed(1)],
    );
    console.log(table.toString());
    for (const difference of replay.differences.slice(0, DIFFERENCES_SHOWN)) console.error(difference);
    return replay.differences.length === 0 && unlike === 0;
  } finally {
    bar.stop();
    await connection.close();
  }
}

/** Price histories that are made, not measured. */
import { historyOf } from "../../../scripts/calibrate/history.ts";
import type { History } from "../../../scripts/calibrate/history.ts";
import { parsePanel } from "../../../scripts/calibrate/panel.ts";
import type { Panel } from "../../../scripts/calibrate/panel.ts";

export const START = Date.parse("2019-01-01T00:00Z") / 1000;
export const DAYS = 70;
export const UNTIL = START + DAYS * 86_400;
/** Units traded in every hour. */
export const VOLUME = 1_000_000;

/** Uniform on [0, 1), Park and Miller's minimal standard generator: the tests need no better one, but always the same. */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Hourly closes of three assets: B follows A, C stands alone. */
export function syntheticPanels(
  hours: number,
  skip: (hour: number, asset: string) => boolean = () => false,
): { close: string; volume: string } {
  const next = uniforms(7);
  const log = { A: 0, B: 0, C: 0 };
  const close = ["timestamp,A,B,C"];
  const volume = ["timestamp,A,B,C"];
  for (let hour = 0; hour < hours; hour++) {
    const common = next() - 0.5;
    log.A += 0.02 * common;
    log.B += 0.02 * (0.8 * common + 0.6 * (next() - 0.5));
    log.C += 0.02 * (next() - 0.5);
    const cell = (asset: "A" | "B" | "C", value: number) => (skip(hour, asset) ? "" : value.toPrecision(9));
    close.push(
      [
        START + hour * 3600,
        cell("A", 100 * Math.exp(log.A)),
        cell("B", 10 * Math.exp(log.B)),
        cell("C", Math.exp(log.C)),
      ].join(","),
    );
    volume.push([START + hour * 3600, cell("A", VOLUME), cell("B", VOLUME), cell("C", VOLUME)].join(","));
  }
  return { close: close.join("\n") + "\n", volume: volume.join("\n") + "\n" };
}

export function panelOf(text: string, untilSeconds = UNTIL): Panel {
  return {
    file: "synthetic.csv",
    sha256: "",
    ...parsePanel(text, "synthetic.csv", new Set(["A", "B", "C"]), untilSeconds),
  };
}

export function syntheticHistory(symbol: string, skip?: (hour: number, asset: string) => boolean): History {
  const { close, volume } = syntheticPanels(DAYS * 24, skip);
  return historyOf(symbol, panelOf(close), panelOf(volume));
}

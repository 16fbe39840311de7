import type { Backtest } from "./run.ts";
export function writeReport(_file: string, _backtest: Backtest): void {}

/** What the command line asks for, checked before any file is opened. */
import { isAddress } from "ethers";
import type { SurfaceAddress } from "../../sdk/surfaces/index.ts";
import { CalibrationError } from "../calibrate/errors.ts";

export interface CommandLine {
  readonly data: string;
  readonly at?: string;
  readonly underlying?: string;
  readonly number?: string;
  readonly json?: string;
  readonly sign?: string;
}

export interface FitRequest {
  readonly data: string;
  /** UTC seconds. */
  readonly at: number | undefined;
  readonly symbol: string | undefined;
  readonly underlying: number;
  readonly json: string | undefined;
  readonly sign: SurfaceAddress | undefined;
}

export function fitRequest(line: CommandLine): FitRequest {
  if (line.json !== undefined && line.number === undefined) {
    throw new CalibrationError("--json needs --number, the underlying's number at the house, like --number 1.");
  }
  if (line.sign !== undefined && line.json === undefined) throw new CalibrationError("--sign needs --json.");
  const underlying = Number(line.number ?? "1");
  if (!Number.isInteger(underlying) || underlying < 1 || underlying > 16) {
    throw new CalibrationError(`--number must be 1 to 16, not "${line.number}".`);
  }
  return {
    data: line.data,
    at: line.at === undefined ? undefined : parseTime(line.at),
    symbol: line.underlying,
    underlying,
    json: line.json,
    sign: line.sign === undefined ? undefined : parseAddress(line.sign),
  };
}

function parseTime(text: string): number {
  const isMoment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text);
  const seconds = isMoment ? Date.parse(text) / 1_000 : /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(seconds)) {
    throw new CalibrationError(`--at must be like 2026-02-05T20:00Z, 2026-02-05 or UTC seconds, not "${text}".`);
  }
  return seconds;
}

function parseAddress(text: string): SurfaceAddress {
  const [chain = "", contract = ""] = text.split(":");
  if (!/^\d+$/.test(chain) || !isAddress(contract)) {
    throw new CalibrationError(`--sign must be chain:contract, like 1:0x…, not "${text}".`);
  }
  return { chainId: Number(chain), verifyingContract: contract };
}

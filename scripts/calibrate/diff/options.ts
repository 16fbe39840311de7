/** The command line of the diff, checked before anything is read. */
import { isAddress } from "ethers";
import { CalibrationError } from "../errors.ts";
import type { StepLimits } from "./compare.ts";

export interface DiffCommandLine {
  readonly file: string;
  readonly against?: string;
  readonly rpc?: string;
  readonly clearingHouse?: string;
  readonly registry?: string;
  readonly collaterals?: string;
  readonly step: string;
  readonly correlationStep: string;
  readonly all?: boolean;
  readonly batch?: string;
  readonly holder?: string;
}

export type Origin =
  | { readonly kind: "file"; readonly path: string }
  | {
      readonly kind: "chain";
      readonly rpc: string;
      readonly addresses: { readonly clearingHouse: string; readonly registry?: string };
      readonly collaterals: readonly string[] | undefined;
    };

export interface DiffRequest {
  readonly file: string;
  readonly deployed: Origin;
  readonly limits: StepLimits;
  /** Unchanged parameters too. */
  readonly all: boolean;
  readonly batch: { readonly path: string; readonly holder: string } | undefined;
}

const HUNDRED = 100;

export function diffRequest(line: DiffCommandLine): DiffRequest {
  return {
    file: line.file,
    deployed: originOf(line),
    limits: {
      share: positive("--step", line.step) / HUNDRED,
      correlation: positive("--correlation-step", line.correlationStep),
    },
    all: line.all ?? false,
    batch: batchOf(line),
  };
}

function originOf({ against, rpc, clearingHouse, registry, collaterals }: DiffCommandLine): Origin {
  if ((against === undefined) === (rpc === undefined))
    throw new CalibrationError("Give either --against with a file, or --rpc with --clearing-house.");
  if (against !== undefined) return { kind: "file", path: against };
  if (!URL.canParse(rpc!) || !/^https?:$/.test(new URL(rpc!).protocol))
    throw new CalibrationError(`--rpc must be an address like https://example.org, not "${rpc}".`);
  if (clearingHouse === undefined) throw new CalibrationError("--rpc needs --clearing-house with its address.");
  return {
    kind: "chain",
    rpc: rpc!,
    addresses: {
      clearingHouse: address("--clearing-house", clearingHouse),
      ...(registry === undefined ? {} : { registry: address("--registry", registry) }),
    },
    collaterals: collaterals?.split(",").map((symbol) => symbol.trim()),
  };
}

function batchOf({ batch, holder, rpc }: DiffCommandLine): DiffRequest["batch"] {
  if (batch === undefined) return undefined;
  if (rpc === undefined) throw new CalibrationError("--batch needs --rpc: the transactions are for that chain.");
  if (holder === undefined)
    throw new CalibrationError("--batch needs --holder, who has the risk role and will send it.");
  return { path: batch, holder: address("--holder", holder) };
}

function address(option: string, text: string): string {
  if (isAddress(text)) return text;
  throw new CalibrationError(`${option} must be an address like 0x1234…, not "${String(text)}".`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0))
    throw new CalibrationError(`${option} must be a positive number, not "${text}".`);
  return value;
}

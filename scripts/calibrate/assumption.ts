/** Figures of an underlying without any history at hand: given by a person, who must say why. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { AssetClass, Provenance } from "../../sdk/parameters.ts";
import { CalibrationError } from "./errors.ts";

export interface Assumption {
  readonly assetClass: AssetClass;
  readonly sigmaDaily: number;
  readonly sigmaStress: number;
  readonly sigmaLongRun: number;
  readonly advUsd: number;
  readonly reason: string;
  /** Set when the figures came from a file. */
  readonly input: Provenance["inputs"][number] | undefined;
}

const CLASSES: readonly AssetClass[] = ["crypto", "metal", "fx"];
const FIGURES = ["sigmaDaily", "sigmaStress", "sigmaLongRun", "advUsd"] as const;

/** `source` is a JSON object in one argument, or the path of a file that holds one. */
export function readAssumption(symbol: string, source: string): Assumption {
  const inline = source.trimStart().startsWith("{");
  if (!inline && !existsSync(source)) throw new CalibrationError(`--assume ${symbol}: there is no file ${source}.`);
  const bytes = inline ? Buffer.from(source) : readFileSync(source);
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  } catch {
    throw new CalibrationError(`--assume ${symbol}: the assumption is not a JSON object.`);
  }
  const fault = faultOf(fields);
  if (fault !== undefined) throw new CalibrationError(`--assume ${symbol}: ${fault}.`);
  const input = inline
    ? undefined
    : { file: basename(source), sha256: createHash("sha256").update(bytes).digest("hex") };
  return { ...(fields as Omit<Assumption, "input">), input };
}

function faultOf(fields: Record<string, unknown>): string | undefined {
  const known = new Set<string>(["assetClass", "reason", ...FIGURES]);
  const unknown = Object.keys(fields).find((key) => !known.has(key));
  if (unknown !== undefined) return `${unknown} is not a field of an assumption`;
  if (!CLASSES.includes(fields["assetClass"] as AssetClass)) return `assetClass must be one of ${CLASSES.join(", ")}`;
  const figure = FIGURES.find((name) => !(typeof fields[name] === "number" && fields[name] > 0));
  if (figure !== undefined) return `${figure} must be a positive number`;
  if (typeof fields["reason"] !== "string" || fields["reason"] === "")
    return "reason must say where the figures come from";
  return undefined;
}

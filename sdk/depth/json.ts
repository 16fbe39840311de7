/** Depth reports as files: what signers read, sign and pass on. Volumes are whole USD as text, rates basis points. */
import type { SignerSignature } from "../surfaces/types.ts";
import type { AssetDepth, DepthReport, UnderlyingDepth } from "./types.ts";

export class DepthReportError extends Error {
  override readonly name = "DepthReportError";
}

export interface DepthReportFile {
  readonly report: DepthReport;
  readonly signatures: readonly SignerSignature[];
  /** Where the figures come from, for readers; not signed. */
  readonly source?: string;
}

const MAX_BPS = 10_000;
const MAX_ID = 255;
const MAX_VOLUME = (1n << 64n) - 1n;

export function formatDepthReport({ report, signatures, source }: DepthReportFile): string {
  const { timestamp } = report;
  const underlyings = report.underlyings.map((entry) => ({ ...entry, dailyVolumeUsd: String(entry.dailyVolumeUsd) }));
  const assets = report.assets.map((entry) => ({
    ...entry,
    dailyVolumeUsd: String(entry.dailyVolumeUsd),
    withdrawableUsd: String(entry.withdrawableUsd),
  }));
  const file = { ...(source === undefined ? {} : { source }), timestamp, underlyings, assets, signatures };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A report and its signatures; a `DepthReportError` names what is wrong. */
export function parseDepthReport(text: string): DepthReportFile {
  const file = record(parseJson(text), "the file");
  const { timestamp, source } = file;
  if (!isCount(timestamp)) throw new DepthReportError("A depth report needs a whole number of seconds as timestamp.");
  if (source !== undefined && typeof source !== "string") throw new DepthReportError("The source must be a text.");
  const underlyings = entries(file.underlyings, "underlyings").map(parseUnderlying);
  const assets = entries(file.assets, "assets").map(parseAsset);
  if (underlyings.length + assets.length === 0) throw new DepthReportError("The depth report has no entries.");
  requireOnce(
    underlyings.map(({ underlying }) => underlying),
    "underlying",
  );
  requireOnce(
    assets.map(({ asset }) => asset),
    "asset",
  );
  const signatures = entries(file.signatures ?? [], "signatures").map((entry, i) => {
    const { signer, signature } = record(entry, `signature ${i + 1}`);
    if (typeof signer !== "string" || typeof signature !== "string") {
      throw new DepthReportError(`Signature ${i + 1} needs a signer and a signature.`);
    }
    return { signer, signature };
  });
  return { report: { timestamp, underlyings, assets }, signatures, ...(source === undefined ? {} : { source }) };
}

function parseUnderlying(entry: unknown, i: number): UnderlyingDepth {
  const name = `underlying ${i + 1}`;
  const { underlying, dailyVolumeUsd, halfSpreadBps } = record(entry, name);
  return {
    underlying: whole(underlying, 1, MAX_ID, `number of ${name}`),
    dailyVolumeUsd: dollars(dailyVolumeUsd, `dailyVolumeUsd of ${name}`),
    halfSpreadBps: whole(halfSpreadBps, 0, MAX_BPS, `halfSpreadBps of ${name}`),
  };
}

function parseAsset(entry: unknown, i: number): AssetDepth {
  const name = `asset ${i + 1}`;
  const { asset, dailyVolumeUsd, utilisationBps, withdrawableUsd } = record(entry, name);
  return {
    asset: whole(asset, 1, MAX_ID, `number of ${name}`),
    dailyVolumeUsd: dollars(dailyVolumeUsd, `dailyVolumeUsd of ${name}`),
    utilisationBps: whole(utilisationBps, 0, MAX_BPS, `utilisationBps of ${name}`),
    withdrawableUsd: dollars(withdrawableUsd, `withdrawableUsd of ${name}`),
  };
}

function whole(value: unknown, lowest: number, highest: number, name: string): number {
  if (!isCount(value) || value < lowest || value > highest) {
    throw new DepthReportError(`The ${name} must be a whole number from ${lowest} to ${highest}.`);
  }
  return value;
}

function dollars(value: unknown, name: string): bigint {
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value) || BigInt(value) > MAX_VOLUME) {
    throw new DepthReportError(`The ${name} must be whole dollars as a text like "250000000".`);
  }
  return BigInt(value);
}

function requireOnce(numbers: readonly number[], name: string): void {
  const twice = numbers.find((number, i) => numbers.indexOf(number) !== i);
  if (twice !== undefined) throw new DepthReportError(`The depth report has ${name} ${twice} twice.`);
}

function entries(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new DepthReportError(`A depth report needs a list of ${name}.`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DepthReportError("The depth report is not JSON.");
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DepthReportError(`In a depth report, ${name} is malformed.`);
  return value as Record<string, unknown>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

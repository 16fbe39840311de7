/** Reports as files: what the fit writes, signers read and pass on. Values are in whole units, like 0.55 for 55 %. */
import type { SignerSignature, SurfacePoint, SurfaceReport } from "./types.ts";

export class SurfaceReportError extends Error {
  override readonly name = "SurfaceReportError";
}

export interface SurfaceReportFile {
  readonly report: SurfaceReport;
  readonly signatures: readonly SignerSignature[];
}

const VALUES = ["atmVolatility", "basis", "skew", "curvature"] as const;

export function formatSurfaceReport({ report, signatures }: SurfaceReportFile): string {
  const points = report.points.map((point) => ({
    expiry: new Date(point.expiryHours * 3_600_000).toISOString().replace(":00.000Z", "Z"),
    ...Object.fromEntries(VALUES.map((name) => [name, decimalText(point[name])])),
  }));
  const { underlying, timestamp } = report;
  return `${JSON.stringify({ underlying, timestamp, points, signatures }, null, 2)}\n`;
}

export function parseSurfaceReport(text: string): SurfaceReportFile {
  const file = record(parseJson(text), "the file");
  const { underlying, timestamp, points, signatures = [] } = file;
  if (!isCount(underlying) || !isCount(timestamp)) {
    throw new SurfaceReportError("A surface report needs whole numbers as underlying and timestamp.");
  }
  if (!Array.isArray(points) || !Array.isArray(signatures)) {
    throw new SurfaceReportError("A surface report needs lists of points and signatures.");
  }
  return {
    report: { underlying, timestamp, points: points.map(parsePoint) },
    signatures: signatures.map((entry, i) => {
      const { signer, signature } = record(entry, `signature ${i + 1}`);
      if (typeof signer !== "string" || typeof signature !== "string") {
        throw new SurfaceReportError(`Signature ${i + 1} needs a signer and a signature.`);
      }
      return { signer, signature };
    }),
  };
}

function parsePoint(entry: unknown, i: number): SurfacePoint {
  const point = record(entry, `point ${i + 1}`);
  const milliseconds = typeof point.expiry === "string" ? Date.parse(point.expiry) : NaN;
  if (Number.isNaN(milliseconds) || milliseconds % 3_600_000 !== 0) {
    throw new SurfaceReportError(`Point ${i + 1} needs an expiry on a full hour, like 2026-03-27T08:00Z.`);
  }
  const [atmVolatility, basis, skew, curvature] = VALUES.map((name) =>
    millionths(point[name], `${name} of point ${i + 1}`),
  );
  return {
    expiryHours: milliseconds / 3_600_000,
    basis: basis!,
    atmVolatility: atmVolatility!,
    skew: skew!,
    curvature: curvature!,
  };
}

function millionths(value: unknown, name: string): bigint {
  const match = typeof value === "string" ? /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(value) : null;
  if (match === null)
    throw new SurfaceReportError(`The ${name} must be a text like "0.55", with at most six decimals.`);
  const [, sign, whole, fraction = ""] = match;
  const magnitude = BigInt(whole! + fraction.padEnd(6, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

function decimalText(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(7, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SurfaceReportError("The surface report is not JSON.");
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null)
    throw new SurfaceReportError(`In a surface report, ${name} is malformed.`);
  return value as Record<string, unknown>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

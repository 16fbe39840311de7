import { getAddress, type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import { marketDataAbi } from "../abi.ts";
import type { TypedDataSigner } from "../orders/typedData.ts";
import type { SignerSignature, SurfaceAddress, SurfaceReport } from "./types.ts";

/** Field for field IVolatilitySurface.SurfaceReport. */
export const SURFACE_TYPES = {
  SurfaceReport: [
    { name: "underlying", type: "uint8" },
    { name: "timestamp", type: "uint40" },
    { name: "points", type: "SurfacePoint[]" },
  ],
  SurfacePoint: [
    { name: "expiryHours", type: "uint24" },
    { name: "basis", type: "int24" },
    { name: "atmVolatility", type: "uint24" },
    { name: "skew", type: "int24" },
    { name: "curvature", type: "int24" },
  ],
} satisfies Record<string, TypedDataField[]>;

export interface SurfaceTypedData {
  readonly domain: TypedDataDomain;
  readonly types: typeof SURFACE_TYPES;
  readonly primaryType: "SurfaceReport";
}

/** Everything but the message of EIP-712 typed data for reports to one market data contract. */
export function surfaceTypedData({ chainId, verifyingContract }: SurfaceAddress): SurfaceTypedData {
  return {
    domain: { name: "Counterpoise", version: "1", chainId, verifyingContract },
    types: SURFACE_TYPES,
    primaryType: "SurfaceReport",
  };
}

/** The digest that is signed; `surfaceDigest` of the contract. */
export function hashSurfaceReport(report: SurfaceReport, where: SurfaceAddress): string {
  const { domain, types } = surfaceTypedData(where);
  return TypedDataEncoder.hash(domain, types, report);
}

/** Signs a report with the key of `signer`, whose address goes along. */
export async function signSurfaceReport(
  signer: TypedDataSigner & { getAddress(): Promise<string> },
  report: SurfaceReport,
  where: SurfaceAddress,
): Promise<SignerSignature> {
  const { domain, types } = surfaceTypedData(where);
  return {
    signer: getAddress(await signer.getAddress()),
    signature: await signer.signTypedData(domain, types, { ...report }),
  };
}

/** The order in which the contract wants signatures: by address, each signer once (the last signature counts). */
export function sortSignatures(signatures: readonly SignerSignature[]): SignerSignature[] {
  const bySigner = new Map(signatures.map((entry) => [BigInt(entry.signer), entry]));
  return [...bySigner].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** Data of the transaction that brings a signed report; anyone may send it. */
export const encodeSubmitSurface = (report: SurfaceReport, signatures: readonly SignerSignature[]): string =>
  marketDataAbi.encodeFunctionData("submitSurface", [report, sortSignatures(signatures)]);

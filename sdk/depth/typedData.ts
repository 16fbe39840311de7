import { getAddress, type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import { depthBookAbi } from "../abi.ts";
import type { TypedDataSigner } from "../orders/typedData.ts";
import { sortSignatures } from "../surfaces/typedData.ts";
import type { SignerSignature } from "../surfaces/types.ts";
import type { DepthAddress, DepthReport } from "./types.ts";

/** Field for field IDepthBook.DepthReport. */
export const DEPTH_TYPES = {
  DepthReport: [
    { name: "timestamp", type: "uint40" },
    { name: "underlyings", type: "UnderlyingDepth[]" },
    { name: "assets", type: "AssetDepth[]" },
  ],
  UnderlyingDepth: [
    { name: "underlying", type: "uint8" },
    { name: "dailyVolumeUsd", type: "uint64" },
    { name: "halfSpreadBps", type: "uint16" },
  ],
  AssetDepth: [
    { name: "asset", type: "uint8" },
    { name: "dailyVolumeUsd", type: "uint64" },
    { name: "utilisationBps", type: "uint16" },
    { name: "withdrawableUsd", type: "uint64" },
  ],
} satisfies Record<string, TypedDataField[]>;

export interface DepthTypedData {
  readonly domain: TypedDataDomain;
  readonly types: typeof DEPTH_TYPES;
  readonly primaryType: "DepthReport";
}

/** Everything but the message of EIP-712 typed data for reports to one depth book. */
export function depthTypedData({ chainId, verifyingContract }: DepthAddress): DepthTypedData {
  return {
    domain: { name: "Counterpoise", version: "1", chainId, verifyingContract },
    types: DEPTH_TYPES,
    primaryType: "DepthReport",
  };
}

/** The digest that is signed; `depthDigest` of the contract. */
export function hashDepthReport(report: DepthReport, where: DepthAddress): string {
  const { domain, types } = depthTypedData(where);
  return TypedDataEncoder.hash(domain, types, report);
}

/** Signs a report with the key of `signer`, whose address goes along. */
export async function signDepthReport(
  signer: TypedDataSigner & { getAddress(): Promise<string> },
  report: DepthReport,
  where: DepthAddress,
): Promise<SignerSignature> {
  const { domain, types } = depthTypedData(where);
  return {
    signer: getAddress(await signer.getAddress()),
    signature: await signer.signTypedData(domain, types, { ...report }),
  };
}

/** Data of the transaction that brings a signed report; anyone may send it. */
export const encodeSubmitDepth = (report: DepthReport, signatures: readonly SignerSignature[]): string =>
  depthBookAbi.encodeFunctionData("submitDepth", [report, sortSignatures(signatures)]);

/** Depth and haircuts as the chain knows them, and the calls that bring them up to date. */
import { depthBookAbi } from "../abi.ts";
import { encodeSubmitDepth } from "../depth/typedData.ts";
import type { DepthReport, UnderlyingDepth } from "../depth/types.ts";
import type { SignerSignature } from "../surfaces/types.ts";
import type { Call } from "./calls.ts";
import { addressOf, type HouseAddresses, type HouseReader, read, type ReadOptions } from "./house.ts";

type At = Pick<HouseAddresses, "depthBook">;

/** Brings a report that a quorum signed. Anyone may send it. */
export const submitDepth = (at: At, report: DepthReport, signatures: readonly SignerSignature[]): Call => ({
  to: at.depthBook,
  data: encodeSubmitDepth(report, signatures),
});

/** Brings a report from the role that may. */
export const postDepth = (at: At, report: DepthReport): Call => ({
  to: at.depthBook,
  data: depthBookAbi.encodeFunctionData("postDepth", [report]),
});

/** Lets what is in force for an underlying ease on towards its last report. Anyone may send it. */
export const refreshDepth = (at: At, underlying: number): Call => ({
  to: at.depthBook,
  data: depthBookAbi.encodeFunctionData("publishDepth", [underlying]),
});

/** Computes an asset's haircut anew. Anyone may send it. */
export const refreshHaircut = (at: At, asset: number): Call => ({
  to: at.depthBook,
  data: depthBookAbi.encodeFunctionData("publishHaircut", [asset]),
});

/** IDepthBook.UnderlyingDepthState. Times in unix seconds, zero for never. */
export interface UnderlyingDepthState {
  readonly reported: UnderlyingDepth;
  readonly inForce: UnderlyingDepth;
  readonly next: UnderlyingDepth;
  readonly reportedAt: number;
  readonly freshUntil: number;
  readonly movedAt: number;
}

/** IDepthBook.HaircutParts. */
export interface HaircutParts {
  readonly floorBps: number;
  /** Daily, 6 decimals. */
  readonly basisVolatility: bigint;
  readonly basisFreshUntil: number;
  readonly valueUsd: bigint;
  readonly withdrawableUsd: bigint;
  readonly liquidationSeconds: number;
  readonly targetBasisHaircutBps: number;
  readonly utilisationBps: number;
  readonly utilisationTermBps: number;
  readonly dailyVolumeUsd: bigint;
  readonly sigmaDayBps: number;
  readonly reportedAt: number;
  readonly freshUntil: number;
  readonly movedAt: number;
}

interface DepthWords {
  readonly underlying: bigint;
  readonly dailyVolumeUsd: bigint;
  readonly halfSpreadBps: bigint;
}

const depthOf = ({ underlying, dailyVolumeUsd, halfSpreadBps }: DepthWords): UnderlyingDepth => ({
  underlying: Number(underlying),
  dailyVolumeUsd,
  halfSpreadBps: Number(halfSpreadBps),
});

/** What was last reported on an underlying, what is in force, and what `publishDepth` would publish now. */
export async function readUnderlyingDepth(
  house: HouseReader,
  underlying: number,
  options?: ReadOptions,
): Promise<UnderlyingDepthState> {
  const [state] = (await read(
    house,
    addressOf(house, "depthBook"),
    depthBookAbi,
    "underlyingDepth",
    [underlying],
    options,
  )) as unknown as [
    { reported: DepthWords; inForce: DepthWords; next: DepthWords } & Record<
      "reportedAt" | "freshUntil" | "movedAt",
      bigint
    >,
  ];
  return {
    reported: depthOf(state.reported),
    inForce: depthOf(state.inForce),
    next: depthOf(state.next),
    reportedAt: Number(state.reportedAt),
    freshUntil: Number(state.freshUntil),
    movedAt: Number(state.movedAt),
  };
}

/** The measured parts of an asset's haircut. */
export async function readHaircutParts(
  house: HouseReader,
  asset: number,
  options?: ReadOptions,
): Promise<HaircutParts> {
  const to = addressOf(house, "depthBook");
  const [parts] = (await read(house, to, depthBookAbi, "haircutParts", [asset], options)) as unknown as [
    Record<keyof HaircutParts, bigint>,
  ];
  return {
    floorBps: Number(parts.floorBps),
    basisVolatility: parts.basisVolatility,
    basisFreshUntil: Number(parts.basisFreshUntil),
    valueUsd: parts.valueUsd,
    withdrawableUsd: parts.withdrawableUsd,
    liquidationSeconds: Number(parts.liquidationSeconds),
    targetBasisHaircutBps: Number(parts.targetBasisHaircutBps),
    utilisationBps: Number(parts.utilisationBps),
    utilisationTermBps: Number(parts.utilisationTermBps),
    dailyVolumeUsd: parts.dailyVolumeUsd,
    sigmaDayBps: Number(parts.sigmaDayBps),
    reportedAt: Number(parts.reportedAt),
    freshUntil: Number(parts.freshUntil),
    movedAt: Number(parts.movedAt),
  };
}

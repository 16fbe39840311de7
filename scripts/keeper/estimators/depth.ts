/**
 * Lets depth and haircuts move on between reports: what eases does so by hourly steps that somebody has to take, and a haircut follows
 * its basis, its volatility and the vault's total. Reports themselves come from signers.
 */
import type { Call } from "../../../sdk/client/calls.ts";
import {
  type HaircutParts,
  readHaircutParts,
  readUnderlyingDepth,
  refreshDepth,
  refreshHaircut,
  type UnderlyingDepthState,
} from "../../../sdk/client/depth.ts";
import { type HaircutInForce, readHaircut } from "../../../sdk/client/read.ts";
import { MAX_UNDERLYING } from "../../../sdk/types.ts";
import type { Estimator } from "../jobs/estimators.ts";
import type { Context } from "../jobs/job.ts";

/** Steps are in proportion to time, so nothing is lost by waiting; a publication costs gas. */
const LEAST_SECONDS = 3_600;
/** The engine keeps volumes in thousands. */
const VOLUME_UNIT = 1_000n;

const thousands = (usd: bigint): bigint => usd / VOLUME_UNIT;

/** Whether a publication would ease what is in force. What costs more was on its way since the report. */
export function isDepthDue(state: UnderlyingDepthState, now: number): boolean {
  const { inForce, next, freshUntil, movedAt } = state;
  if (now > freshUntil || now < movedAt + LEAST_SECONDS) return false;
  return (
    next.halfSpreadBps < inForce.halfSpreadBps || thousands(next.dailyVolumeUsd) > thousands(inForce.dailyVolumeUsd)
  );
}

/**
 * Whether a publication would change what a haircut is or where it moves, or keep it fresh for longer. After the last report's age, or
 * that of its basis, silence has the haircut.
 */
export function isHaircutDue(parts: HaircutParts, inForce: HaircutInForce, now: number): boolean {
  if (now > parts.freshUntil || now < parts.movedAt + LEAST_SECONDS) return false;
  return (
    BigInt(parts.targetBasisHaircutBps) !== inForce.targetBasisHaircutBps ||
    BigInt(parts.sigmaDayBps) !== inForce.sigmaDayBps ||
    BigInt(parts.utilisationBps) < (inForce.utilisationBps ?? 0n) ||
    thousands(parts.dailyVolumeUsd) > thousands(inForce.dailyVolumeUsd) ||
    (BigInt(parts.freshUntil) > inForce.freshUntil && inForce.freshUntil < BigInt(now + LEAST_SECONDS))
  );
}

/** One for each underlying and each asset: one that fails keeps no other waiting. @param depthBook Its address. */
export function depthEstimators(depthBook: string): Estimator[] {
  const at = { depthBook };
  const underlyings = Array.from({ length: MAX_UNDERLYING }, (_, i) => i + 1).map((underlying) => ({
    name: `depth of underlying ${underlying}`,
    due: async ({ chain, head, tick }: Context): Promise<Call[]> => {
      if (!tick.underlyings.has(underlying)) return [];
      const house = { ...chain.house, addresses: { ...chain.house.addresses, ...at } };
      const state = await readUnderlyingDepth(house, underlying, { blockTag: head.number });
      return isDepthDue(state, head.timestamp) ? [refreshDepth(at, underlying)] : [];
    },
  }));
  const haircuts: Estimator = {
    name: "haircuts",
    due: async ({ chain, head, tick }) => {
      const options = { blockTag: head.number };
      const house = { ...chain.house, addresses: { ...chain.house.addresses, ...at } };
      const calls: Call[] = [];
      for (const asset of tick.assets.keys()) {
        const parts = await readHaircutParts(house, asset, options);
        if (parts.reportedAt === 0) continue;
        const inForce = await readHaircut(house, asset, options);
        if (isHaircutDue(parts, inForce, head.timestamp)) calls.push(refreshHaircut(at, asset));
      }
      return calls;
    },
  };
  return [...underlyings, haircuts];
}

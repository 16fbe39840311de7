/** The arithmetic of contracts/liquidation/MarginRelief.sol, equal to it to the last unit. */
import { BPS, divDown, divUp, QUANTITY_PRICE_TO_USD } from "../margin/fixedPoint.ts";
import type { Margin } from "../types.ts";

const PAR = 10n ** 8n;

/** Parts smaller than this may pass the target; options by their contracts at the index. LiquidationEngine.DUST_VALUE. */
export const DUST_VALUE = 100_000_000n;

/** ILiquidationEngine.LiquidationParameters. */
export interface LiquidationParameters {
  readonly startShareBps: bigint;
  readonly endShareBps: bigint;
  readonly rampSeconds: bigint;
  readonly insuranceShareBps: bigint;
}

/** A reward and where it goes; USD, 6 decimals. */
export interface Reward {
  readonly gross: bigint;
  readonly liquidator: bigint;
  readonly insurance: bigint;
}

/**
 * Share of the relieved margin at a time, in basis points.
 * @param flaggedAt Zero when the account is not flagged: a liquidation flags it.
 * @param trustedFrom Time before which does not count, from the sequencer feed.
 */
export function shareAt(
  parameters: LiquidationParameters,
  flaggedAt: bigint,
  trustedFrom: bigint,
  now: bigint,
): bigint {
  const since = flaggedAt > trustedFrom ? flaggedAt : trustedFrom;
  if (flaggedAt === 0n || now <= since) return parameters.startShareBps;
  const elapsed = now - since < parameters.rampSeconds ? now - since : parameters.rampSeconds;
  return (
    parameters.startShareBps + ((parameters.endShareBps - parameters.startShareBps) * elapsed) / parameters.rampSeconds
  );
}

/** What the account is credited for a part of a position given away at the mark; negative for a short. */
export function quoteUp(quantity: bigint, price: bigint): bigint {
  return -divDown(-quantity * price, QUANTITY_PRICE_TO_USD);
}

/** USD with 6 decimals of a value with 16, rounded up. */
export function valueUp(value: bigint): bigint {
  return -divDown(-value, QUANTITY_PRICE_TO_USD);
}

/** Cash for a part of a collateral at the mark. @param amount 8 decimals. */
export function purchaseUp(amount: bigint, price: bigint, cashPrice: bigint): bigint {
  return divUp(amount * price * PAR, QUANTITY_PRICE_TO_USD * (cashPrice < PAR ? cashPrice : PAR));
}

/** min(share, E/MM) of the fall in MM, out of what equity is there after the parts moved. */
export function rewardDown(before: Margin, moved: Margin, shareBps: bigint): bigint {
  const kept = divUp(before.equity * moved.maintenance, before.maintenance);
  const spare = (before.equity < moved.equity ? before.equity : moved.equity) - kept;
  if (spare <= 0n) return 0n;
  const byShare = ((before.maintenance - moved.maintenance) * shareBps) / BPS;
  return byShare < spare ? byShare : spare;
}

export function split(gross: bigint, insuranceShareBps: bigint): Reward {
  const insurance = divUp(gross * insuranceShareBps, BPS);
  return { gross, liquidator: gross - insurance, insurance };
}

/** Equity that a liquidation may restore. */
export function targetDown(maintenance: bigint, targetBps: bigint): bigint {
  return (maintenance * targetBps) / BPS;
}

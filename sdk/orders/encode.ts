import { ordersAbi } from "../abi.ts";
import type { Fill, SignedOrder } from "./types.ts";

/** Call data of `fill`. `maxCost` is the most the taker pays without fees, USD with 6 decimals; no limit unless told. */
export function encodeFill(taker: string, fills: readonly Fill[], maxCost: bigint = (1n << 255n) - 1n): string {
  return ordersAbi.encodeFunctionData("fill", [taker, fills, maxCost]);
}

/** Fills all of an order. */
export const fillWhole = (signed: SignedOrder): Fill => ({ ...signed, quantity: signed.order.quantity });

/** Call data of `cancel`, with the nonces ascending and once each as the contract wants them. */
export function encodeCancel(account: string, nonces: readonly bigint[]): string {
  const ascending = [...new Set(nonces)].sort((a, b) => (a < b ? -1 : 1));
  return ordersAbi.encodeFunctionData("cancel", [account, ascending]);
}

export const encodeCancelAll = (account: string): string => ordersAbi.encodeFunctionData("cancelAll", [account]);

import { Interface } from "ethers";
import type { Fill, SignedOrder } from "./types.ts";

const ORDER =
  "(address owner,uint96 subaccount,address signer,address taker,(uint64 instrument,int64 ratio)[] legs,uint64 quantity," +
  "int256 limitPrice,uint16 maxFeeBps,uint64 triggerPrice,bool triggerAbove,bool reduceOnly,uint40 expiry,uint256 nonce," +
  "uint32 epoch)";
const FILL = `(${ORDER} order,bytes signature,uint64 quantity)`;

/** What a trader calls on the settlement contract. */
export const orderSettlementInterface = new Interface([
  `function fill(bytes32 taker,${FILL}[] fills,int256 maxCost)`,
  "function cancel(bytes32 account,uint256[] nonces)",
  "function cancelAll(bytes32 account)",
]);

/** Call data of `fill`. `maxCost` is the most the taker pays without fees, USD with 6 decimals; no limit unless told. */
export function encodeFill(taker: string, fills: readonly Fill[], maxCost: bigint = (1n << 255n) - 1n): string {
  return orderSettlementInterface.encodeFunctionData("fill", [taker, fills, maxCost]);
}

/** Fills all of an order. */
export const fillWhole = (signed: SignedOrder): Fill => ({ ...signed, quantity: signed.order.quantity });

/** Call data of `cancel`, with the nonces ascending and once each as the contract wants them. */
export function encodeCancel(account: string, nonces: readonly bigint[]): string {
  const ascending = [...new Set(nonces)].sort((a, b) => (a < b ? -1 : 1));
  return orderSettlementInterface.encodeFunctionData("cancel", [account, ascending]);
}

export const encodeCancelAll = (account: string): string =>
  orderSettlementInterface.encodeFunctionData("cancelAll", [account]);

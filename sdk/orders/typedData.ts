import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";
import type { Order, SettlementAddress, SignedOrder } from "./types.ts";

/** Field for field IOrderSettlement.Order, so that a wallet shows everything that is signed. */
export const ORDER_TYPES = {
  Order: [
    { name: "owner", type: "address" },
    { name: "subaccount", type: "uint96" },
    { name: "signer", type: "address" },
    { name: "taker", type: "address" },
    { name: "legs", type: "Leg[]" },
    { name: "quantity", type: "uint64" },
    { name: "limitPrice", type: "int256" },
    { name: "maxFeeBps", type: "uint16" },
    { name: "triggerPrice", type: "uint64" },
    { name: "triggerAbove", type: "bool" },
    { name: "reduceOnly", type: "bool" },
    { name: "expiry", type: "uint40" },
    { name: "nonce", type: "uint256" },
    { name: "epoch", type: "uint32" },
  ],
  Leg: [
    { name: "instrument", type: "uint64" },
    { name: "ratio", type: "int64" },
  ],
} satisfies Record<string, TypedDataField[]>;

export interface OrderTypedData {
  readonly domain: TypedDataDomain;
  readonly types: typeof ORDER_TYPES;
  readonly primaryType: "Order";
}

/** Everything but the message of EIP-712 typed data for orders on one settlement contract. */
export function orderTypedData(
  chainId: SettlementAddress["chainId"],
  verifyingContract: SettlementAddress["verifyingContract"],
): OrderTypedData {
  return {
    domain: { name: "Counterpoise", version: "1", chainId, verifyingContract },
    types: ORDER_TYPES,
    primaryType: "Order",
  };
}

/** The digest that is signed, and by which the contract counts fills. */
export function hashOrder(order: Order, where: SettlementAddress): string {
  const { domain, types } = orderTypedData(where.chainId, where.verifyingContract);
  return TypedDataEncoder.hash(domain, types, order);
}

/** What signs typed data: a wallet of ethers, or anything else with the same method. */
export interface TypedDataSigner {
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

/** Signs an order. For an account of a contract wallet, pass a signer whose signatures the wallet accepts. */
export async function signOrder(signer: TypedDataSigner, order: Order, where: SettlementAddress): Promise<SignedOrder> {
  const { domain, types } = orderTypedData(where.chainId, where.verifyingContract);
  return { order, signature: await signer.signTypedData(domain, types, { ...order }) };
}

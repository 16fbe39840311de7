/** Signed orders as JSON, for order books and messages: whole numbers as decimal text, everything else as it is. */
import { isHexString } from "ethers";
import type { Leg, Order, SignedOrder } from "./types.ts";

/** A text that is not a signed order. */
export class OrderFormatError extends Error {
  override readonly name = "OrderFormatError";
}

export function signedOrderToJson(signed: SignedOrder): string {
  return JSON.stringify(signed, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

/** Reads what `signedOrderToJson` wrote. Says which field is missing or malformed; does not judge the order itself. */
export function signedOrderFromJson(text: string): SignedOrder {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new OrderFormatError("The text is not JSON.");
  }
  const outer = record(parsed, "signed order");
  const order = record(outer.order, "order");
  const signature = string(outer.signature, "signature");
  if (!isHexString(signature)) throw new OrderFormatError("The signature is not hexadecimal.");
  return { order: readOrder(order), signature };
}

function readOrder(fields: Record<string, unknown>): Order {
  if (!Array.isArray(fields.legs)) throw new OrderFormatError("The field legs is not a list.");
  return {
    owner: string(fields.owner, "owner"),
    subaccount: integer(fields.subaccount, "subaccount"),
    signer: string(fields.signer, "signer"),
    taker: string(fields.taker, "taker"),
    legs: fields.legs.map(readLeg),
    quantity: integer(fields.quantity, "quantity"),
    limitPrice: integer(fields.limitPrice, "limitPrice"),
    maxFeeBps: integer(fields.maxFeeBps, "maxFeeBps"),
    triggerPrice: integer(fields.triggerPrice, "triggerPrice"),
    triggerAbove: boolean(fields.triggerAbove, "triggerAbove"),
    reduceOnly: boolean(fields.reduceOnly, "reduceOnly"),
    expiry: integer(fields.expiry, "expiry"),
    nonce: integer(fields.nonce, "nonce"),
    epoch: integer(fields.epoch, "epoch"),
  };
}

function readLeg(value: unknown, index: number): Leg {
  const leg = record(value, `leg ${index + 1}`);
  return { instrument: integer(leg.instrument, "instrument"), ratio: integer(leg.ratio, "ratio") };
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OrderFormatError(`The ${name} is missing or not an object.`);
  }
  return value as Record<string, unknown>;
}

function string(value: unknown, name: string): string {
  if (typeof value !== "string") throw new OrderFormatError(`The field ${name} is missing or not a text.`);
  return value;
}

function boolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw new OrderFormatError(`The field ${name} is missing or not true or false.`);
  return value;
}

function integer(value: unknown, name: string): bigint {
  const text = string(value, name);
  if (!/^-?\d+$/.test(text)) throw new OrderFormatError(`The field ${name} is not a whole number: "${text}".`);
  return BigInt(text);
}

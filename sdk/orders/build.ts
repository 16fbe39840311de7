import { randomBytes, toBigInt, ZeroAddress } from "ethers";
import { type Decimal, ONE, parsePercent, parsePrice, parseQuantity } from "../units.ts";
import { canonicalLegs } from "./legs.ts";
import type { Leg, Order } from "./types.ts";

/** What every order needs, with its defaults. Decimals are text or numbers as people write them. */
export interface OrderTerms {
  readonly owner: string;
  readonly subaccount?: bigint | number;
  /** Who signs; the owner unless told. */
  readonly signer?: string;
  /** Who alone may fill; anyone unless told. */
  readonly taker?: string;
  /** Highest fee rate to accept on a leg, in percent of its notional: 0.1 unless told. */
  readonly maxFeePercent?: Decimal;
  /** Comes alive when an index is at or above, or at or below, a price: that of the lowest-numbered underlying. */
  readonly trigger?: { readonly above: Decimal } | { readonly below: Decimal };
  readonly reduceOnly?: boolean;
  /** Unix seconds. */
  readonly expiry: bigint | number;
  /** Random unless told. Orders with the same nonce are cancelled together. */
  readonly nonce?: bigint;
  /** The account's epoch, from `epochOf`; 0 unless told. */
  readonly epoch?: bigint | number;
}

export interface SingleLegTerms extends OrderTerms {
  readonly instrument: bigint;
  readonly side: "buy" | "sell";
  /** Contracts: "2.5". */
  readonly quantity: Decimal;
  /** Limit for one contract in dollars: "3000". */
  readonly price: Decimal;
}

export interface CombinationTerms extends OrderTerms {
  /** Contracts in one combination: positive to buy, negative to sell; a bigint has 8 decimals, as the strategies give it. */
  readonly legs: readonly { readonly instrument: bigint; readonly ratio: Decimal | bigint }[];
  /** Combinations; 1 unless told. */
  readonly quantity?: Decimal;
  /** Most to pay for one combination in dollars; negative: least to receive. */
  readonly netPrice: Decimal;
}

/** An order for one instrument (perpetual, future or option), at a limit for one contract: an option's premium. */
export function singleLegOrder(terms: SingleLegTerms): Order {
  const sign = terms.side === "buy" ? 1n : -1n;
  const leg = { instrument: terms.instrument, ratio: sign * ONE };
  return complete(terms, [leg], parseQuantity(terms.quantity), sign * parsePrice(terms.price));
}

/** An order for several instruments at one net price, e.g. of a strategy. Legs may come in any order. */
export function combinationOrder(terms: CombinationTerms): Order {
  const legs = terms.legs.map(({ instrument, ratio }) => ({
    instrument,
    ratio: typeof ratio === "bigint" ? ratio : parseQuantity(ratio),
  }));
  return complete(terms, canonicalLegs(legs), parseQuantity(terms.quantity ?? "1"), parsePrice(terms.netPrice));
}

function complete(terms: OrderTerms, legs: readonly Leg[], quantity: bigint, limitPrice: bigint): Order {
  const { trigger } = terms;
  const triggerAbove = trigger !== undefined && "above" in trigger;
  const triggerPrice = trigger === undefined ? "0" : "above" in trigger ? trigger.above : trigger.below;
  return {
    owner: terms.owner,
    subaccount: BigInt(terms.subaccount ?? 0n),
    signer: terms.signer ?? terms.owner,
    taker: terms.taker ?? ZeroAddress,
    legs,
    quantity,
    limitPrice,
    maxFeeBps: parsePercent(terms.maxFeePercent ?? "0.1"),
    triggerPrice: parsePrice(triggerPrice),
    triggerAbove,
    reduceOnly: terms.reduceOnly ?? false,
    expiry: BigInt(terms.expiry),
    nonce: terms.nonce ?? randomNonce(),
    epoch: BigInt(terms.epoch ?? 0n),
  };
}

/** 256 random bits: two orders share one by accident never, and a cancellation touches a storage word of its own. */
export function randomNonce(): bigint {
  return toBigInt(randomBytes(32));
}

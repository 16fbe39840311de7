/** What traders send: each function gives the target and the data of one call, for a transaction of its own or for a batch. */
import { auctionAbi, clearingHouseAbi, liquidationAbi, ordersAbi, tokenAbi } from "../abi.ts";
import { encodeCancel, encodeCancelAll, encodeFill } from "../orders/encode.ts";
import type { Fill } from "../orders/types.ts";
import type { HouseAddresses } from "./house.ts";
import type { Permit } from "./permit.ts";

/** A transaction without sender: sign and send it with any wallet, `send` it, or put it into a `batch`. */
export interface Call {
  readonly to: string;
  readonly data: string;
}

type At<Part extends keyof HouseAddresses> = Pick<HouseAddresses, Part>;

/** Of a withdrawal or transfer: all of the token. */
export const ALL = (1n << 256n) - 1n;

/** Lets the vault take tokens; deposits need it, or a permit. */
export const approve = (token: string, vault: string, amount: bigint): Call => ({
  to: token,
  data: tokenAbi.encodeFunctionData("approve", [vault, amount]),
});

const house = (at: At<"clearingHouse">, name: string, args: readonly unknown[]): Call => ({
  to: at.clearingHouse,
  data: clearingHouseAbi.encodeFunctionData(name, args),
});

/** Deposits tokens that the vault was approved for. The first deposit opens the account. */
export const deposit = (at: At<"clearingHouse">, account: string, token: string, amount: bigint): Call =>
  house(at, "deposit", [account, token, amount]);

/** Deposits tokens with a permit from `signPermit`, in one transaction. */
export const depositWithPermit = (at: At<"clearingHouse">, account: string, permit: Permit): Call =>
  house(at, "depositWithPermit", [
    account,
    permit.token,
    permit.value,
    permit.deadline,
    permit.signature.v,
    permit.signature.r,
    permit.signature.s,
  ]);

/** Withdraws what is free; `ALL` for all of the token. */
export const withdraw = (at: At<"clearingHouse">, account: string, token: string, amount: bigint, to: string): Call =>
  house(at, "withdraw", [account, token, amount, to]);

/** Moves tokens between two accounts of one owner. */
export const transfer = (at: At<"clearingHouse">, from: string, to: string, token: string, amount: bigint): Call =>
  house(at, "transfer", [from, to, token, amount]);

/** Turns profit and loss of accounts into cash. Losers first: profits are paid out of settled losses. */
export const settle = (at: At<"clearingHouse">, accounts: readonly string[], instrument: bigint): Call =>
  house(at, "settle", [accounts, instrument]);

/**
 * Turns everything that accounts have in an expiry that is over into cash, once its price is proven (`proveExpiry`). Losers first; what
 * is not paid yet stays a claim, for a later call.
 */
export const settleExpiry = (at: At<"clearingHouse">, accounts: readonly string[], bucket: bigint): Call =>
  house(at, "settleExpiry", [accounts, bucket]);

/** What a delegate may do in all of the owner's accounts. */
export interface Delegation {
  readonly canTrade: boolean;
  readonly canWithdraw: boolean;
  /** Unix seconds. */
  readonly expiry: bigint | number;
  /** Worst price against the index, fees included. */
  readonly maxSlippageBps: bigint | number;
  /** Whole USD per UTC day. */
  readonly maxDailyNotional: bigint | number;
}

/** Grants or replaces what a delegate may do for the sender. */
export const setDelegation = (at: At<"clearingHouse">, delegate: string, delegation: Delegation): Call =>
  house(at, "setDelegation", [delegate, delegation]);

export const revokeDelegation = (at: At<"clearingHouse">, delegate: string): Call =>
  setDelegation(at, delegate, {
    canTrade: false,
    canWithdraw: false,
    expiry: 0,
    maxSlippageBps: 0,
    maxDailyNotional: 0,
  });

/** Fills makers' orders from the taker's account. `maxCost`: most to pay in all without fees, USD with 6 decimals. */
export const fill = (at: At<"orders">, taker: string, fills: readonly Fill[], maxCost?: bigint): Call => ({
  to: at.orders,
  data: encodeFill(taker, fills, maxCost),
});

/** Cancels every order of the account that carries one of the nonces. */
export const cancel = (at: At<"orders">, account: string, nonces: readonly bigint[]): Call => ({
  to: at.orders,
  data: encodeCancel(account, nonces),
});

/** Cancels every order of the account signed so far. */
export const cancelAll = (at: At<"orders">, account: string): Call => ({
  to: at.orders,
  data: encodeCancelAll(account),
});

/** Parts of an unhealthy account, and the account that takes them. */
export interface LiquidationRequest {
  readonly account: string;
  readonly liquidator: string;
  /** By instrument: quantity, signed like the account's position. */
  readonly positions?: ReadonlyMap<bigint, bigint>;
  /** By asset: amount in the token's own unit. */
  readonly collaterals?: ReadonlyMap<number, bigint>;
  /** Least USD (6 decimals) to earn. */
  readonly minReward?: bigint;
}

/** Takes parts of an account below maintenance margin at the mark. Sorts them as the contract wants. */
export const liquidate = (at: At<"liquidation">, request: LiquidationRequest): Call => ({
  to: at.liquidation,
  data: liquidationAbi.encodeFunctionData("liquidate", [requestTuple(request)]),
});

function requestTuple({ account, liquidator, positions = new Map(), collaterals, minReward = 0n }: LiquidationRequest) {
  const sorted = [...positions].sort(([a], [b]) => (a < b ? -1 : 1));
  const tokens = [...(collaterals ?? [])].sort(([a], [b]) => a - b);
  return [account, liquidator, sorted, tokens, minReward];
}

/** Starts the auction of an account that relief does not cure, ends it when the account recovered, or postpones it while nothing can move. */
export const startAuction = (at: At<"auction">, account: string): Call => auction(at, "start", [account]);

/** Takes parts of an account in auction. `minReward`: least discount for them. */
export const bid = (at: At<"auction">, request: LiquidationRequest): Call =>
  auction(at, "bid", [requestTuple(request)]);

/** Closes the perpetuals of an account in auction that owes more than the insurance account can pay. */
export const deleverage = (at: At<"auction">, account: string): Call => auction(at, "deleverage", [account]);

/** Pays the debt of an account that has nothing else. */
export const coverDeficit = (at: At<"auction">, account: string): Call => auction(at, "coverDeficit", [account]);

const auction = (at: At<"auction">, name: string, args: readonly unknown[]): Call => ({
  to: at.auction,
  data: auctionAbi.encodeFunctionData(name, args),
});

/** Starts the clock of an account below maintenance margin, or stops it. */
export const flag = (at: At<"liquidation">, account: string): Call => ({
  to: at.liquidation,
  data: liquidationAbi.encodeFunctionData("flag", [account]),
});

/**
 * Several calls in one transaction, at frozen prices, with one margin check at the end. Targets are the clearing house and its
 * modules; an `approve` is a transaction of its own.
 */
export const batch = (at: At<"clearingHouse">, calls: readonly Call[]): Call =>
  house(at, "batch", [calls.map(({ to, data }) => ({ target: to, data }))]);

/** Call data of `checkOrder`, which `checkOrder` of this folder asks. */
export const encodeCheckOrder = (fillToCheck: Fill, taker: string): string =>
  ordersAbi.encodeFunctionData("checkOrder", [fillToCheck, taker]);

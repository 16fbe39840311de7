/** Names of underlyings, tokens and accounts. Ids are what the chain has; names are optional everywhere. */
import { amountText, shortHex } from "./format.ts";
import { isNameable, toName } from "./instrumentNames.ts";
import {
  allOptionsOf,
  decodeAccountId,
  decodeInstrument,
  isInstrument,
  isSystemAccount,
  systemAccounts,
} from "./instruments.ts";

export interface TokenName {
  readonly symbol: string;
  readonly decimals: number;
}

export interface Names {
  /** Symbol by number of the underlying: 1 is "ETH". */
  readonly underlyings?: Readonly<Record<number, string>>;
  /** By address of the token, in any case. */
  readonly tokens?: Readonly<Record<string, TokenName>>;
  /** Symbol of a collateral asset by its number; 0 is cash. */
  readonly assets?: Readonly<Record<number, TokenName>>;
  /** What to call an account, by its id. */
  readonly accounts?: Readonly<Record<string, string>>;
}

/** "ETH", or "underlying 1" for one without a name. */
export function underlyingName(underlying: number, names: Names = {}): string {
  return names.underlyings?.[underlying] ?? (underlying === 0 ? "the cash token" : `underlying ${underlying}`);
}

/** "ETH-PERP" or "ETH-27MAR26-3000-C"; the id of what cannot be an instrument. */
export function instrumentName(instrument: bigint, names: Names = {}): string {
  const bucket = instrument >> 32n;
  if (instrument === allOptionsOf(bucket) && isInstrument(bucket << 32n))
    return `all options of ${instrumentName(bucket << 32n, names)}`;
  if (!isInstrument(instrument) || !isNameable(instrument)) return `instrument 0x${instrument.toString(16)}`;
  const { underlying, expiryHours } = decodeInstrument(instrument);
  const symbol = names.underlyings?.[underlying];
  if (symbol !== undefined) return toName(instrument, symbol);
  return expiryHours === 0
    ? `the perpetual of underlying ${underlying}`
    : toName(instrument, `underlying ${underlying}`);
}

const SYSTEM_NAMES = new Map<string, string>([
  [systemAccounts.fees, "the fee account"],
  [systemAccounts.interest, "the interest account"],
  [systemAccounts.insurance, "the insurance account"],
  [systemAccounts.vault, "the vault account"],
]);

/** "0x1234…cdef/0": owner and number. */
export function accountName(account: string, names: Names = {}): string {
  const given = names.accounts?.[account];
  if (given !== undefined) return given;
  if (isSystemAccount(account)) return SYSTEM_NAMES.get(account) ?? "a clearing account";
  const { owner, number } = decodeAccountId(account);
  return `${shortHex(owner)}/${number}`;
}

export function tokenOf(token: string, names: Names = {}): TokenName | undefined {
  const wanted = token.toLowerCase();
  return Object.entries(names.tokens ?? {}).find(([address]) => address.toLowerCase() === wanted)?.[1];
}

/** "WETH", or the short address of a token without a name. */
export const tokenName = (token: string, names: Names = {}): string => tokenOf(token, names)?.symbol ?? shortHex(token);

/** "1.5 WETH", or the plain number of units of a token whose decimals are unknown. */
export function tokenAmount(token: string, amount: bigint, names: Names = {}): string {
  const known = tokenOf(token, names);
  if (known !== undefined) return `${amountText(amount, known.decimals)} ${known.symbol}`;
  return `${amount} smallest units of ${shortHex(token)}`;
}

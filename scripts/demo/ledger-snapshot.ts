/** Reads from the chain all that the audit judges: every account, every position, every token. */
import { bucketOf, isSystemAccount, systemAccounts } from "../../sdk/instruments.ts";
import type { AccountEntry, InstrumentEntry, LedgerSnapshot, PositionEntry, TokenEntry } from "./audit.ts";
import type { DemoHouse, Token } from "./house.ts";

export async function snapshot(house: DemoHouse): Promise<LedgerSnapshot> {
  const instruments = await Promise.all(house.symbols.map((symbol) => instrumentEntry(house, symbol)));
  const ids = await accountIds(house, instruments);
  const accounts: AccountEntry[] = [];
  for (const id of ids) accounts.push(await accountEntry(house, id, instruments));
  return {
    accounts,
    instruments,
    cashToken: await tokenEntry(house, house.cash, 0),
    vaultAccount: systemAccounts.vault,
    collaterals: await Promise.all(house.collaterals.map((token) => tokenEntry(house, token, token.underlying))),
  };
}

/** Accounts are enumerable from their first posting; the house's own are added by name, so that none can be forgotten. */
async function accountIds(house: DemoHouse, instruments: readonly InstrumentEntry[]): Promise<string[]> {
  const count = Number(await house.clearingHouse.accountCount());
  const enumerated = await Promise.all(Array.from({ length: count }, (_, i) => house.clearingHouse.accountAt(i)));
  const { fees, interest, insurance, vault, clearing } = systemAccounts;
  const own = [fees, interest, insurance, vault, ...instruments.map(({ id }) => clearing(bucketOf(id)))];
  return [...new Set([...enumerated, ...own])];
}

async function accountEntry(
  house: DemoHouse,
  id: string,
  instruments: readonly InstrumentEntry[],
): Promise<AccountEntry> {
  const { clearingHouse } = house;
  const isSystem = isSystemAccount(id);
  const [storedCash, cash, positions, collaterals, margin] = await Promise.all([
    clearingHouse.storedCashOf(id),
    clearingHouse.cashOf(id),
    Promise.all(instruments.map(({ id: instrument }) => positionEntry(house, id, instrument))),
    Promise.all(house.collaterals.map((_, i) => clearingHouse.collateralOf(id, i + 1))),
    isSystem ? undefined : clearingHouse.marginOf(id),
  ]);
  const held = positions.filter(({ quantity, quote }) => quantity !== 0n || quote !== 0n);
  return { id, isSystem, storedCash, cash, positions: held, collaterals, equity: margin?.equity };
}

async function positionEntry(house: DemoHouse, account: string, instrument: bigint): Promise<PositionEntry> {
  const { quantity, quote, fundingIndex } = await house.clearingHouse.positionOf(account, instrument);
  return { instrument, quantity, quote, fundingIndex };
}

async function instrumentEntry(house: DemoHouse, symbol: string): Promise<InstrumentEntry> {
  const id = house.perpetualOf(symbol);
  const { fundingIndex, openInterest } = await house.clearingHouse.perpetualState(id);
  const price = await house.priceOf(house.underlyingOf(symbol));
  return { id, price, fundingIndex, openInterest };
}

async function tokenEntry(house: DemoHouse, token: Token, underlying: number): Promise<TokenEntry> {
  const { symbol, decimals } = token;
  return { symbol, decimals, price: await house.priceOf(underlying), held: await token.balanceOf(house.vault) };
}

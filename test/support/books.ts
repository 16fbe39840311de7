/** Sums over all accounts of a house, system accounts included. */
import { bucketOf, systemAccounts } from "../../sdk/instruments.ts";
import type { IClearingHouse } from "../../typechain-types/index.ts";

/** Stored cash of every account. */
export async function sumOfCash(clearingHouse: IClearingHouse, instruments: readonly bigint[]): Promise<bigint> {
  const count = Number(await clearingHouse.accountCount());
  const listed = await Promise.all(Array.from({ length: count }, (_, i) => clearingHouse.accountAt(i)));
  const { fees, interest, insurance, vault, clearing } = systemAccounts;
  const clearings = instruments.map((instrument) => clearing(bucketOf(instrument)));
  const accounts = [...new Set([...listed, fees, interest, insurance, vault, ...clearings])];
  const cash = await Promise.all(accounts.map((account) => clearingHouse.storedCashOf(account)));
  return cash.reduce((sum, amount) => sum + amount, 0n);
}

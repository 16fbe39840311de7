/** Reads from the chain all that the audit judges: every account, every position, every token. */
import { bucketOf, decodeInstrument, isSystemAccount, systemAccounts } from "../../sdk/instruments.ts";
import { ONE } from "../../sdk/units.ts";
import type {
  AccountEntry,
  InstrumentEntry,
  LedgerSnapshot,
  OpenInterestEntry,
  PositionEntry,
  TokenEntry,
} from "./audit.ts";
import { expiryBucket } from "./expiries.ts";
import type { DemoHouse, Token } from "./house.ts";
import { OPTION_SYMBOLS } from "./option-books.ts";
import type { OptionMarket } from "./options-opening.ts";

const SETTLED = 3n;

export async function snapshot(
  house: DemoHouse,
  { expiries }: Pick<OptionMarket, "expiries">,
): Promise<LedgerSnapshot> {
  const buckets = OPTION_SYMBOLS.flatMap((symbol) => expiries.map((hours) => expiryBucket(house, symbol, hours)));
  const perpetuals = await Promise.all(house.symbols.map((symbol) => perpetualEntry(house, symbol)));
  const dated = (await Promise.all(buckets.map((bucket) => expiryEntries(house, bucket)))).flat();
  const instruments = [...perpetuals, ...dated];
  const accounts: AccountEntry[] = [];
  for (const id of await accountIds(house, instruments)) accounts.push(await accountEntry(house, id, instruments));
  return {
    accounts,
    instruments,
    openInterests: await openInterests(house, instruments, buckets),
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

/** The quote of an expiry is with its future: options are paid in cash. */
async function positionEntry(house: DemoHouse, account: string, instrument: bigint): Promise<PositionEntry> {
  if (decodeInstrument(instrument).kind !== 0) {
    const quantity = await house.clearingHouse.quantityOf(account, instrument);
    return { instrument, quantity, quote: 0n, fundingIndex: 0n };
  }
  const { quantity, quote, fundingIndex } = await house.clearingHouse.positionOf(account, instrument);
  return { instrument, quantity, quote, fundingIndex };
}

async function perpetualEntry(house: DemoHouse, symbol: string): Promise<InstrumentEntry> {
  const id = house.perpetualOf(symbol);
  const { fundingIndex } = await house.clearingHouse.perpetualState(id);
  const price = await house.priceOf(house.underlyingOf(symbol));
  return { id, price, fundingIndex, isSettled: false };
}

/** An expiry's future and options at their marks, or at what they were settled for. */
async function expiryEntries(house: DemoHouse, bucket: bigint): Promise<InstrumentEntry[]> {
  const options = await house.registry.listedOptions(bucket);
  const [spot] = await house.marketData.peek([bucket >> 24n]);
  const [surface] = await house.marketData.surfaces([bucket]);
  const ids = [bucket << 32n, ...options];
  const worth = await house.riskEngine.values(
    ids.map((instrument) => ({ instrument, quantity: ONE, spot: spot!, surface: surface! })),
  );
  const isSettled = ((surface! >> 136n) & 0xffn) === SETTLED;
  return ids.map((id, i) => ({ id, price: worth[i]! / ONE, fundingIndex: 0n, isSettled }));
}

/** What longs hold together, as the clearing house counts it: a perpetual's figure has the futures of its underlying in it. */
async function openInterests(
  house: DemoHouse,
  instruments: readonly InstrumentEntry[],
  buckets: readonly bigint[],
): Promise<OpenInterestEntry[]> {
  const isLinear = (id: bigint): boolean => decodeInstrument(id).kind === 0;
  const linear = await Promise.all(
    house.symbols.map(async (symbol) => ({
      of: instruments
        .filter(({ id }) => isLinear(id) && id >> 56n === house.perpetualOf(symbol) >> 56n)
        .map(({ id }) => id),
      counted: (await house.clearingHouse.perpetualState(house.perpetualOf(symbol))).openInterest,
    })),
  );
  const dated = await Promise.all(
    buckets.map(async (bucket): Promise<OpenInterestEntry[]> => {
      const { openInterest, optionOpenInterest } = await house.clearingHouse.expiryState(bucket);
      const own = instruments.filter(({ id }) => bucketOf(id) === bucket).map(({ id }) => id);
      return [
        { of: own.filter(isLinear), counted: openInterest },
        { of: own.filter((id) => !isLinear(id)), counted: optionOpenInterest },
      ];
    }),
  );
  return [...linear, ...dated.flat()];
}

async function tokenEntry(house: DemoHouse, token: Token, underlying: number): Promise<TokenEntry> {
  const { symbol, decimals } = token;
  return { symbol, decimals, price: await house.priceOf(underlying), held: await token.balanceOf(house.vault) };
}

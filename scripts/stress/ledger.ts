/** Reads all accounts of the house, and adds them up in integers. */
import { bucketOf, decodeInstrument, isSystemAccount, systemAccounts } from "../../sdk/instruments.ts";
import { divDown } from "../../sdk/margin/fixedPoint.ts";
import type { StressHouse } from "./market.ts";

/** Requests at once: the simulator answers one after the other anyway. */
const AT_ONCE = 50;
/** 8 (quantity) + 12 (funding index) − 6 (USD) decimals. */
const QUANTITY_INDEX_TO_USD = 10n ** 14n;
/** 8 (quantity) + 8 (price) − 6 (USD) decimals. */
const VALUE_TO_USD = 10n ** 10n;

export interface Held {
  readonly instrument: bigint;
  readonly quantity: bigint;
  readonly quote: bigint;
  readonly fundingIndex: bigint;
}

export interface Entry {
  readonly id: string;
  readonly isSystem: boolean;
  readonly storedCash: bigint;
  /** With interest to now. */
  readonly cash: bigint;
  readonly held: readonly Held[];
  readonly collaterals: readonly bigint[];
  /** Of traders only. */
  readonly equity: bigint;
  readonly maintenance: bigint;
}

export interface Ledger {
  readonly entries: readonly Entry[];
  /** Balances of the vault, cash first, as the tokens themselves say. */
  readonly vaultHolds: readonly bigint[];
  /** Marks of perpetuals, 8 decimals, and their funding indices. */
  readonly marks: ReadonlyMap<bigint, bigint>;
  readonly fundingIndices: ReadonlyMap<bigint, bigint>;
}

/** In integers: what must be zero, and what the house owes beyond what it has. */
export interface Sums {
  readonly cash: bigint;
  readonly quantities: bigint;
  readonly quotes: bigint;
  /** Held by the vault less what accounts have, by token; cash first. */
  readonly tokens: readonly bigint[];
  /** Σ equity of traders, and what is the house's own. USD, 6 decimals. */
  readonly equity: bigint;
  readonly own: bigint;
  readonly badDebt: bigint;
  readonly entries: number;
}

export async function readLedger(house: StressHouse): Promise<Ledger> {
  const { clearingHouse, tokens, markets } = house;
  const count = Number(await clearingHouse.accountCount());
  const listed = await each(
    Array.from({ length: count }, (_, i) => i),
    (i) => clearingHouse.accountAt(i),
  );
  const linear = [
    ...Object.values(markets).map(({ instrument }) => instrument),
    ...Object.values(house.expiries)
      .flat()
      .map(({ underlying, expiryHours }) => (BigInt(underlying) << 56n) | (BigInt(expiryHours) << 32n)),
  ];
  const { fees, interest, insurance, deficit, vault } = systemAccounts;
  const own = linear.flatMap((id) => [systemAccounts.clearing(bucketOf(id)), systemAccounts.closeout(bucketOf(id))]);
  const ids = [...new Set([...listed, fees, interest, insurance, deficit, vault, ...own])];
  const entries = await each(ids, (id) => readEntry(house, id, linear));
  const vaultAddress = await clearingHouse.vault();
  const states = await each(Object.values(markets), async ({ instrument, symbol }) => ({
    instrument,
    mark: await house.priceOf(symbol),
    fundingIndex: (await clearingHouse.perpetualState(instrument)).fundingIndex,
  }));
  return {
    entries,
    vaultHolds: await each([tokens.usdc, tokens.weth, tokens.wbtc], (token) => token.balanceOf(vaultAddress)),
    marks: new Map(states.map(({ instrument, mark }) => [instrument, mark])),
    fundingIndices: new Map(states.map(({ instrument, fundingIndex }) => [instrument, fundingIndex])),
  };
}

async function readEntry(
  { clearingHouse, config }: StressHouse,
  id: string,
  linear: readonly bigint[],
): Promise<Entry> {
  const isSystem = isSystemAccount(id);
  const own = isSystem ? linear : [...(await clearingHouse.instrumentsOf(id))];
  const held = await Promise.all(
    own.map(async (instrument): Promise<Held> => {
      if (decodeInstrument(instrument).kind !== 0) {
        return { instrument, quantity: await clearingHouse.quantityOf(id, instrument), quote: 0n, fundingIndex: 0n };
      }
      const { quantity, quote, fundingIndex } = await clearingHouse.positionOf(id, instrument);
      return { instrument, quantity, quote, fundingIndex };
    }),
  );
  const [storedCash, cash, collaterals, margin] = await Promise.all([
    clearingHouse.storedCashOf(id),
    clearingHouse.cashOf(id),
    Promise.all(config.collaterals.map((_, i) => clearingHouse.collateralOf(id, i + 1))),
    isSystem ? undefined : clearingHouse.marginOf(id),
  ]);
  const { equity = 0n, maintenance = 0n } = margin ?? {};
  return { id, isSystem, storedCash, cash, held, collaterals, equity, maintenance };
}

/** Pure. Quantities and quotes: the sum of the magnitudes by instrument, so that nothing can cancel out between two of them. */
export function sumsOf({ entries, vaultHolds, marks, fundingIndices }: Ledger): Sums {
  const quantities = new Map<bigint, bigint>();
  const quotes = new Map<bigint, bigint>();
  const add = (map: Map<bigint, bigint>, key: bigint, value: bigint) => map.set(key, (map.get(key) ?? 0n) + value);
  for (const { held } of entries) {
    for (const { instrument, quantity, quote } of held) {
      add(quantities, instrument, quantity);
      add(quotes, instrument, quote);
    }
  }
  const traders = entries.filter(({ isSystem }) => !isSystem);
  const own = entries.filter(({ isSystem, id }) => isSystem && id !== systemAccounts.vault);
  const vaultCash = sum(entries.filter(({ id }) => id === systemAccounts.vault).map(({ storedCash }) => storedCash));
  const pendingInterest = sum(traders.map(({ cash, storedCash }) => cash - storedCash));
  const pendingFunding = sum(
    traders.flatMap(({ held }) =>
      held.map(({ instrument, quantity, fundingIndex }) => {
        const index = fundingIndices.get(instrument);
        return index === undefined ? 0n : divDown(-quantity * (index - fundingIndex), QUANTITY_INDEX_TO_USD);
      }),
    ),
  );
  const ownValue = sum(
    own.flatMap(({ storedCash, held }) => [
      storedCash,
      ...held.map(
        ({ instrument, quantity, quote }) => quote + divDown(quantity * (marks.get(instrument) ?? 0n), VALUE_TO_USD),
      ),
    ]),
  );
  const owed = [-vaultCash, ...[0, 1].map((asset) => sum(entries.map(({ collaterals }) => collaterals[asset] ?? 0n)))];
  return {
    cash: sum(entries.map(({ storedCash }) => storedCash)),
    quantities: magnitudes(quantities),
    quotes: magnitudes(quotes),
    tokens: vaultHolds.map((held, i) => held - (owed[i] ?? 0n)),
    equity: sum(traders.map(({ equity }) => equity)),
    own: ownValue - pendingInterest - pendingFunding,
    badDebt: -sum(traders.filter(({ equity }) => equity < 0n).map(({ equity }) => equity)),
    entries: entries.reduce((total, { held, collaterals }) => total + 2 * held.length + collaterals.length + 1, 0),
  };
}

const magnitudes = (map: ReadonlyMap<bigint, bigint>): bigint =>
  sum([...map.values()].map((value) => (value < 0n ? -value : value)));

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** Runs something for each item, some at a time, in order of the items. */
export async function each<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(run))));
  }
  return results;
}

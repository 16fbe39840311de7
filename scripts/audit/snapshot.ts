/** Reads from the chain, at one block, all that the identities judge: every account, every position, every token. */
import type { Interface } from "ethers";
import { clearingHouseAbi, marketDataAbi, tokenAbi } from "../../sdk/abi.ts";
import { type HouseReader, read } from "../../sdk/client/house.ts";
import { bucketOf, decodeInstrument, isSystemAccount, Kind, systemAccounts } from "../../sdk/instruments.ts";
import { ONE } from "../../sdk/units.ts";
import { decodeMarketWord } from "../../sdk/words.ts";
import { valuesAbi } from "./abi.ts";
import type {
  AccountEntry,
  InstrumentEntry,
  LedgerSnapshot,
  OpenInterestEntry,
  PositionEntry,
  TokenEntry,
} from "./identities.ts";

const SETTLED = 3n;
/** Accounts in one call for many. */
const PAGE = 500;
/** Requests at a time. */
const CONCURRENCY = 32;

export interface SnapshotRequest {
  readonly house: HouseReader;
  /** Everything that was ever listed: perpetuals, futures and options. */
  readonly instruments: readonly bigint[];
  readonly isAccrued: boolean;
  /** How often positions were brought up to date with compulsory closes; none unless told. */
  readonly closesApplied?: number;
  /** Everything is read at this block; the latest unless told. */
  readonly block?: number;
  readonly onProgress?: (accounts: number, of: number) => void;
}

/** One view of any contract of the house, its first result. */
type Ask = <T>(to: string, abi: Interface, name: string, args?: readonly unknown[]) => Promise<T>;
type AskHouse = <T>(name: string, args?: readonly unknown[]) => Promise<T>;

export async function takeSnapshot(request: SnapshotRequest): Promise<LedgerSnapshot> {
  const { house, isAccrued, block } = request;
  const options = block === undefined ? {} : { blockTag: block };
  const ask: Ask = async <T>(to: string, abi: Interface, name: string, args: readonly unknown[] = []) =>
    (await read(house, to, abi, name, args, options))[0] as T;
  const askHouse: AskHouse = (name, args) => ask(house.addresses.clearingHouse, clearingHouseAbi, name, args);
  const pages: Pages = async (name, leading, count) => {
    const starts = Array.from({ length: Math.ceil(count / PAGE) }, (_, i) => i * PAGE);
    const to = house.addresses.clearingHouse;
    return inTurns(starts, (from) => read(house, to, clearingHouseAbi, name, [...leading, from, PAGE], options));
  };

  const ids = [...request.instruments].sort((a, b) => (a < b ? -1 : 1));
  const [cashToken, collaterals] = await tokenEntries(ask, askHouse);
  const instruments = await instrumentEntries(ask, askHouse, ids);
  const accounts = await accountEntries(askHouse, pages, ids, collaterals.length, request.onProgress);
  const pending = accounts.flatMap(({ positions }) => positions).filter((position) => position.current !== undefined);
  const roundings = (request.closesApplied ?? 0) + pending.length;
  return {
    isAccrued,
    accounts,
    instruments,
    openInterests: (await openInterests(askHouse, ids)).map((entry) => withSlack(entry, roundings)),
    cashToken,
    vaultAccount: systemAccounts.vault,
    collaterals,
  };
}

/** Results of a view of pages, page by page. */
type Pages = (
  name: string,
  leading: readonly unknown[],
  count: number,
) => Promise<readonly { readonly [i: number]: unknown }[]>;

// ── accounts

interface Linear {
  readonly instrument: bigint;
  readonly quantity: bigint;
  readonly quote: bigint;
}

async function accountEntries(
  askHouse: AskHouse,
  pages: Pages,
  instruments: readonly bigint[],
  collateralCount: number,
  onProgress: (accounts: number, of: number) => void = () => {},
): Promise<AccountEntry[]> {
  const count = Number(await askHouse<bigint>("accountCount"));
  const column = async <T>(name: string, leading: readonly unknown[] = [], part = 0): Promise<T[]> =>
    (await pages(name, leading, count)).flatMap((page) => [...(page[part] as readonly T[])]);

  const listed = await column<string>("accountPage");
  const cash = await column<bigint>("storedCashPage");
  const tokens: bigint[][] = [];
  for (let asset = 1; asset <= collateralCount; asset++) tokens.push(await column<bigint>("collateralPage", [asset]));
  const linear: Linear[][] = listed.map(() => []);
  for (const instrument of instruments.filter(isLinear)) {
    const found = await pages("positionPage", [bucketOf(instrument)], count);
    const quantities = found.flatMap((page) => [...(page[0] as readonly bigint[])]);
    const quotes = found.flatMap((page) => [...(page[1] as readonly bigint[])]);
    quantities.forEach((quantity, i) => {
      const quote = quotes[i]!;
      if (quantity !== 0n || quote !== 0n) linear[i]!.push({ instrument, quantity, quote });
    });
  }

  let done = 0;
  const entries = await inTurns([...listed.keys()], async (i): Promise<AccountEntry> => {
    const [id, storedCash] = [listed[i]!, cash[i]!];
    const isSystem = isSystemAccount(id);
    const perpetuals = await Promise.all(linear[i]!.map((position) => withFunding(askHouse, id, position)));
    const entry: AccountEntry = {
      id,
      isSystem,
      storedCash,
      cash: isSystem ? storedCash : await askHouse<bigint>("cashOf", [id]),
      positions: isSystem ? perpetuals : [...perpetuals, ...(await optionEntries(askHouse, id))],
      collaterals: tokens.map((column) => column[i]!),
      equity: isSystem ? undefined : (await askHouse<{ equity: bigint }>("marginOf", [id])).equity,
    };
    onProgress(++done, count);
    return entry;
  });
  // The house's own that no posting has opened yet, and the vault's, so that none can be forgotten.
  const { fees, interest, insurance, vault, deficit, clearing, closeout } = systemAccounts;
  const buckets = [...new Set(instruments.map(bucketOf))];
  const own = [fees, interest, insurance, vault, deficit, ...buckets.flatMap((b) => [clearing(b), closeout(b)])];
  const known = new Set(listed);
  const others = await inTurns(
    own.filter((id) => !known.has(id)),
    (id) => ownEntry(askHouse, id, buckets, collateralCount),
  );
  return [...entries, ...others];
}

async function ownEntry(
  askHouse: AskHouse,
  id: string,
  buckets: readonly bigint[],
  collateralCount: number,
): Promise<AccountEntry> {
  const storedCash = await askHouse<bigint>("storedCashOf", [id]);
  const { clearing, closeout } = systemAccounts;
  const bucket = buckets.find((b) => clearing(b) === id || closeout(b) === id);
  const positions = bucket === undefined ? [] : [await positionEntry(askHouse, id, bucket << 32n)];
  return {
    id,
    isSystem: true,
    storedCash,
    cash: storedCash,
    positions: positions.filter(({ quantity, quote }) => quantity !== 0n || quote !== 0n),
    collaterals: Array.from({ length: collateralCount }, () => 0n),
    equity: undefined,
  };
}

/** The page has what was last written; the account says what it is worth now, and which index its funding counts from. */
async function withFunding(askHouse: AskHouse, account: string, position: Linear): Promise<PositionEntry> {
  if (!isPerpetual(position.instrument)) return { ...position, fundingIndex: 0n };
  const { quantity, quote, fundingIndex } = await positionEntry(askHouse, account, position.instrument);
  const isWritten = quantity === position.quantity && quote === position.quote;
  return { ...position, fundingIndex, ...(isWritten ? {} : { current: { quantity, quote } }) };
}

async function positionEntry(askHouse: AskHouse, account: string, instrument: bigint): Promise<PositionEntry> {
  const position = await askHouse<Omit<PositionEntry, "instrument">>("positionOf", [account, instrument]);
  const { quantity, quote, fundingIndex } = position;
  return { instrument, quantity, quote, fundingIndex };
}

async function optionEntries(askHouse: AskHouse, account: string): Promise<PositionEntry[]> {
  const held = await askHouse<readonly bigint[]>("instrumentsOf", [account]);
  return Promise.all(
    [...held]
      .filter((id) => !isLinear(id))
      .map(async (instrument) => ({
        instrument,
        quantity: await askHouse<bigint>("quantityOf", [account, instrument]),
        quote: 0n,
        fundingIndex: 0n,
      })),
  );
}

// ── instruments

const isLinear = (id: bigint): boolean => decodeInstrument(id).kind === Kind.Linear;
const isPerpetual = (id: bigint): boolean => decodeInstrument(id).expiryHours === 0;

/** Perpetuals at the price of their feeds, futures and options at their marks, or at what they were settled for. */
async function instrumentEntries(ask: Ask, askHouse: AskHouse, ids: readonly bigint[]): Promise<InstrumentEntry[]> {
  const marketData = await askHouse<string>("marketData");
  const engine = await askHouse<string>("riskEngine");
  const buckets = [...new Set(ids.map(bucketOf))];
  const byBucket = await inTurns(buckets, async (bucket): Promise<InstrumentEntry[]> => {
    const own = ids.filter((id) => bucketOf(id) === bucket);
    const [spot] = await ask<readonly bigint[]>(marketData, marketDataAbi, "peek", [[bucket >> 24n]]);
    if ((bucket & 0xffffffn) === 0n) {
      const { fundingIndex } = await askHouse<{ fundingIndex: bigint }>("perpetualState", [bucket << 32n]);
      const { price } = decodeMarketWord(spot!);
      return own.map((id) => ({ id, price, fundingIndex, isSettled: false }));
    }
    const [surface] = await ask<readonly bigint[]>(marketData, marketDataAbi, "surfaces", [[bucket]]);
    const items = own.map((instrument) => ({ instrument, quantity: ONE, spot: spot!, surface: surface! }));
    const worth = await ask<readonly bigint[]>(engine, valuesAbi, "values", [items]);
    const isSettled = ((surface! >> 136n) & 0xffn) === SETTLED;
    return own.map((id, i) => ({ id, price: worth[i]! / ONE, fundingIndex: 0n, isSettled }));
  });
  return byBucket.flat();
}

/** Only perpetuals are closed without their holders: a unit for each time that a position is brought up to date. */
const withSlack = (entry: OpenInterestEntry, closes: number): OpenInterestEntry =>
  closes === 0 || !entry.of.some(isPerpetual) ? entry : { ...entry, slack: BigInt(closes) };

/** What longs hold together, as the clearing house counts it: a perpetual's figure has the futures of its underlying in it. */
async function openInterests(askHouse: AskHouse, ids: readonly bigint[]): Promise<OpenInterestEntry[]> {
  const perpetuals = await inTurns(ids.filter(isPerpetual), async (perpetual): Promise<OpenInterestEntry> => {
    const { openInterest } = await askHouse<{ openInterest: bigint }>("perpetualState", [perpetual]);
    return { of: ids.filter((id) => isLinear(id) && id >> 56n === perpetual >> 56n), counted: openInterest };
  });
  const expiries = [...new Set(ids.filter((id) => !isPerpetual(id)).map(bucketOf))];
  const dated = await inTurns(expiries, async (bucket): Promise<OpenInterestEntry[]> => {
    const state = await askHouse<{ openInterest: bigint; optionOpenInterest: bigint }>("expiryState", [bucket]);
    const own = ids.filter((id) => bucketOf(id) === bucket);
    return [
      { of: own.filter(isLinear), counted: state.openInterest },
      { of: own.filter((id) => !isLinear(id)), counted: state.optionOpenInterest },
    ];
  });
  return [...perpetuals, ...dated.flat()];
}

// ── tokens

async function tokenEntries(ask: Ask, askHouse: AskHouse): Promise<[TokenEntry, TokenEntry[]]> {
  const vault = await askHouse<string>("vault");
  const marketData = await askHouse<string>("marketData");
  const count = Number(await askHouse<bigint>("collateralCount"));
  const entry = async (asset: number): Promise<TokenEntry> => {
    const terms = await askHouse<{ token: string; underlying: bigint; decimals: bigint }>("collateralTerms", [asset]);
    const { token, underlying, decimals } = terms;
    const [word] = await ask<readonly bigint[]>(marketData, marketDataAbi, "peek", [[underlying]]);
    const held = await ask<bigint>(token, tokenAbi, "balanceOf", [vault]);
    const symbol = await ask<string>(token, tokenAbi, "symbol");
    return { symbol, decimals: Number(decimals), price: decodeMarketWord(word!).price, held };
  };
  const collaterals = await inTurns(
    Array.from({ length: count }, (_, i) => i + 1),
    entry,
  );
  return [await entry(0), collaterals];
}

async function inTurns<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += CONCURRENCY) {
    results.push(...(await Promise.all(items.slice(i, i + CONCURRENCY).map(run))));
  }
  return results;
}

/** Everything a margin depends on, from the chain. */
import {
  adaptiveRiskAbi,
  clearingHouseAbi,
  feedAbi,
  marketDataAbi,
  registryAbi,
  riskParametersAbi,
  tokenAbi,
} from "../abi.ts";
import { CounterpoiseError } from "../errors/index.ts";
import { perpetual } from "../instruments.ts";
import type { Names, TokenName } from "../names.ts";
import {
  type CollateralParameters,
  type CorrelationWeights,
  type DatedMarket,
  type GlobalParameters,
  MAX_UNDERLYING,
  type PackedPortfolio,
  type ParameterSet,
  type Portfolio,
  type Surface,
  type UnderlyingParameters,
} from "../types.ts";
import { decodeMarketWord, decodePortfolio, decodeSurface } from "../words.ts";
import { addressOf, HouseError, type HouseReader, read, type ReadOptions } from "./house.ts";

/** One view of the clearing house, its first result. */
export async function readHouse<T>(
  house: HouseReader,
  name: string,
  args: readonly unknown[] = [],
  options: ReadOptions = {},
): Promise<T> {
  const result = await read(house, house.addresses.clearingHouse, clearingHouseAbi, name, args, options);
  return result[0] as T;
}

/**
 * All that the margin of an account depends on, accrued to the block, at the prices the feeds have there: one call, and with expiries
 * a second for the time of the block (give a `blockTag` so that both are of one block).
 */
export async function readPortfolio(
  house: HouseReader,
  account: string,
  options: ReadOptions = {},
): Promise<Portfolio> {
  const packed = await readHouse<PackedPortfolio>(house, "portfolioOf", [account], options);
  const portfolio = decodePortfolio({
    cash: packed.cash,
    cashPrice: packed.cashPrice,
    exposures: [...packed.exposures],
    holdings: [...packed.holdings],
    surfaces: [...packed.surfaces],
    options: [...packed.options],
  });
  const dated = portfolio.exposures.find(({ expiryHours }) => expiryHours !== 0);
  return dated === undefined ? portfolio : { ...portfolio, now: await readTime(house, dated.underlying, options) };
}

/** Time of the block in seconds, as the perpetual of an underlying tells it: its funding is accrued to now. */
export async function readTime(house: HouseReader, underlying: number, options: ReadOptions = {}): Promise<bigint> {
  const { accruedAt } = await readHouse<{ accruedAt: bigint }>(
    house,
    "perpetualState",
    [perpetual(underlying)],
    options,
  );
  return accruedAt;
}

/** Forwards and smiles of expiries as the margin takes them, or their settlement prices, in their order. */
export async function readSurfaces(
  house: HouseReader,
  buckets: readonly bigint[],
  options: ReadOptions = {},
): Promise<Surface[]> {
  const marketData = await readHouse<string>(house, "marketData", [], options);
  const [words] = await read(house, marketData, marketDataAbi, "surfaces", [buckets], options);
  return [...(words as bigint[])].map(decodeSurface);
}

/**
 * What the risk role set, whatever is measured: ranges and basis haircuts are the least, and figures that an estimator moves are
 * those that hold without it. Of correlations the engine keeps one matrix: the last that was set or published.
 */
export async function readRoleParameters(house: HouseReader, options: ReadOptions = {}): Promise<ParameterSet> {
  const engine = await readHouse<string>(house, "riskEngine", [], options);
  const ask = async <T>(name: string, args: readonly unknown[] = []): Promise<T> =>
    (await read(house, engine, riskParametersAbi, name, args, options))[0] as T;
  const struct = async <T>(name: string, args: readonly unknown[] = []): Promise<T> =>
    (await ask<{ toObject: () => T }>(name, args)).toObject();

  const [underlyings, collaterals] = await Promise.all([
    ask<bigint>("underlyingCount"),
    ask<bigint>("collateralCount"),
  ]);
  const ids = upTo(underlyings);
  return {
    globals: await struct<GlobalParameters>("globalParameters"),
    underlyings: await Promise.all(ids.map((id) => struct<UnderlyingParameters>("underlyingParameters", [id]))),
    correlations: await Promise.all(ids.flatMap((i) => upTo(i - 1n).map((j) => ask<bigint>("correlation", [i, j])))),
    collaterals: await Promise.all(
      upTo(collaterals).map((id) => struct<CollateralParameters>("collateralParameters", [id])),
    ),
  };
}

/**
 * What the clearing house's risk engine takes for a margin in the block: what the risk role set, moved by what is measured. With
 * measurements it may change at every whole hour (docs/margin-method.md): read it again when it matters.
 */
export async function readParameters(house: HouseReader, options: ReadOptions = {}): Promise<ParameterSet> {
  const role = await readRoleParameters(house, options);
  const underlying = async ({ basisBps }: UnderlyingParameters, i: number): Promise<UnderlyingParameters> => {
    const { scanRangeBps, halfSpreadBps, sigmaDayBps, dailyVolumeUsd } = await readRange(house, i + 1, options);
    return { scanRangeBps, basisBps, halfSpreadBps, sigmaDayBps, dailyVolumeUsd };
  };
  const collateral = async (_: CollateralParameters, i: number): Promise<CollateralParameters> => {
    const haircut = await readHaircut(house, i + 1, options);
    const { basisHaircutBps, protocolHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps } = haircut;
    return { basisHaircutBps, protocolHaircutBps, sigmaDayBps, dailyVolumeUsd, utilisationBps };
  };
  const { globals } = role;
  const set = {
    globals,
    underlyings: await Promise.all(role.underlyings.map(underlying)),
    correlations: role.correlations,
    collaterals: await Promise.all(role.collaterals.map(collateral)),
  };
  const { initial, maintenance } = await readWeights(house, options);
  const isCalm = initial.independence === globals.independenceWeightBps && initial.unity === globals.unityWeightBps;
  return isCalm ? set : { ...set, stress: { initial, maintenance } };
}

/** IAdaptiveRisk.RangeInForce: one underlying as the margin sees it in the block, and what it moves to. */
export interface RangeInForce {
  readonly scanRangeBps: bigint;
  readonly targetRangeBps: bigint;
  readonly floorBps: bigint;
  readonly sigmaDayBps: bigint;
  readonly halfSpreadBps: bigint;
  readonly dailyVolumeUsd: bigint;
  /** When silence begins to widen the range; 2^40 − 1 where nothing is measured. */
  readonly volatilityFreshUntil: bigint;
  readonly depthFreshUntil: bigint;
}

/** IAdaptiveRisk.HaircutInForce. */
export interface HaircutInForce extends Required<CollateralParameters> {
  readonly targetBasisHaircutBps: bigint;
  readonly freshUntil: bigint;
}

/** Weights of the worlds without and with full correlation. */
export interface WeightsInForce {
  readonly initial: CorrelationWeights;
  readonly maintenance: CorrelationWeights;
  /** When the stress began or, by silence, will begin. */
  readonly stressFrom: bigint;
}

export async function readRange(
  house: HouseReader,
  underlying: number,
  options: ReadOptions = {},
): Promise<RangeInForce> {
  const engine = await readHouse<string>(house, "riskEngine", [], options);
  const [range] = await read(house, engine, adaptiveRiskAbi, "rangeInForce", [underlying], options);
  return (range as { toObject: () => RangeInForce }).toObject();
}

export async function readHaircut(
  house: HouseReader,
  asset: number,
  options: ReadOptions = {},
): Promise<HaircutInForce> {
  const engine = await readHouse<string>(house, "riskEngine", [], options);
  const [haircut] = await read(house, engine, adaptiveRiskAbi, "haircutInForce", [asset], options);
  return (haircut as { toObject: () => HaircutInForce }).toObject();
}

export async function readWeights(house: HouseReader, options: ReadOptions = {}): Promise<WeightsInForce> {
  const engine = await readHouse<string>(house, "riskEngine", [], options);
  const weights = await read(house, engine, adaptiveRiskAbi, "correlationWeights", [], options);
  const [a, b, c, d, stressFrom] = weights as unknown as [bigint, bigint, bigint, bigint, bigint];
  return {
    initial: { independence: a, unity: b },
    maintenance: { independence: c, unity: d },
    stressFrom,
  };
}

/** What the clearing house would take as prices of underlyings now, in their order. */
export async function readMarkets(
  house: HouseReader,
  underlyings: readonly number[],
  options: ReadOptions = {},
): Promise<DatedMarket[]> {
  const marketData = await readHouse<string>(house, "marketData", [], options);
  const [words] = await read(house, marketData, marketDataAbi, "peek", [underlyings], options);
  return [...(words as bigint[])].map(decodeMarketWord);
}

/**
 * Symbols of underlyings and tokens, for sentences and statements: from the registry, or without its address from what the price
 * feeds call themselves ("ETH / USD").
 */
export async function readNames(
  house: HouseReader,
  options: ReadOptions = {},
): Promise<Required<Omit<Names, "accounts">>> {
  const [symbols, { tokens, assets }] = await Promise.all([
    house.addresses.registry === undefined ? readFeedSymbols(house, options) : readRegistered(house, options),
    readTokens(house, options),
  ]);
  return { underlyings: Object.fromEntries(symbols), tokens, assets };
}

async function readRegistered(house: HouseReader, options: ReadOptions): Promise<(readonly [number, string])[]> {
  const registry = addressOf(house, "registry");
  const [count] = await read(house, registry, registryAbi, "underlyingCount", [], options);
  return Promise.all(
    [0n, ...upTo((count as bigint) - 1n)].map(async (id) => {
      const [underlying] = await read(house, registry, registryAbi, "underlyingAt", [id], options);
      return [Number(id), (underlying as { symbol: string }).symbol] as const;
    }),
  );
}

async function readFeedSymbols(house: HouseReader, options: ReadOptions): Promise<(readonly [number, string])[]> {
  const marketData = await readHouse<string>(house, "marketData", [], options);
  const symbols: (readonly [number, string])[] = [];
  for (let underlying = 0; underlying <= MAX_UNDERLYING; underlying++) {
    try {
      const [config] = await read(house, marketData, marketDataAbi, "feedConfig", [underlying], options);
      const [description] = await read(house, (config as { feed: string }).feed, feedAbi, "description", [], options);
      const symbol = String(description).split("/")[0]!.trim();
      if (PLAIN_SYMBOL.test(symbol)) symbols.push([underlying, symbol]);
    } catch (thrown) {
      // Without a feed, or with one that has no description, the underlying keeps its number.
      if (!(thrown instanceof CounterpoiseError || thrown instanceof HouseError)) throw thrown;
    }
  }
  return symbols;
}

/** The cash token and the collateral tokens: by address and by number. */
export async function readTokens(
  house: HouseReader,
  options: ReadOptions = {},
): Promise<Required<Pick<Names, "tokens" | "assets">>> {
  const count = await readHouse<bigint>(house, "collateralCount", [], options);
  const known = await Promise.all(
    [0n, ...upTo(count)].map(async (asset) => {
      const { token, decimals } = await readHouse<{ token: string; decimals: bigint }>(
        house,
        "collateralTerms",
        [asset],
        options,
      );
      const name: TokenName = { symbol: await readSymbol(house, token, options), decimals: Number(decimals) };
      return { asset: Number(asset), token, name };
    }),
  );
  return {
    tokens: Object.fromEntries(known.map(({ token, name }) => [token, name])),
    assets: Object.fromEntries(known.map(({ asset, name }) => [asset, name])),
  };
}

/** Anyone may deploy a token with a symbol that is a formula or a page of text. */
const PLAIN_SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/;

/** The token's symbol, or its address if it has none that can be printed. */
async function readSymbol(house: HouseReader, token: string, options: ReadOptions): Promise<string> {
  try {
    const [symbol] = await read(house, token, tokenAbi, "symbol", [], options);
    return PLAIN_SYMBOL.test(String(symbol)) ? String(symbol) : token;
  } catch {
    return token;
  }
}

/** 1, 2, …, n. */
function upTo(n: bigint): bigint[] {
  return Array.from({ length: Number(n) }, (_, i) => BigInt(i + 1));
}

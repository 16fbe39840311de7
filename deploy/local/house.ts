/**
 * A whole house on a local chain, for tests, the demo and the benchmarks: genuine feeds and tokens around it, and the same
 * modules as on public networks. Importing this file does nothing.
 */
import "@nomicfoundation/hardhat-ignition-ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { perpetual } from "../../sdk/instruments.ts";
import type { ParameterFile } from "../../sdk/parameters.ts";
import { type Decimal, ONE, parsePrice, formatPrice } from "../../sdk/units.ts";
import type {
  AccessManager,
  CorrelationEstimator,
  IClearingHouse,
  IRisk,
  InstrumentRegistry,
  InsuranceFund,
  LiquidationEngine,
  MarginLens,
  OptionLens,
  DepthBook,
  MarketData,
  OrderSettlement,
  SolvencyAuditor,
  Upkeep,
  SliceAuction,
  VolatilityEstimator,
} from "../../typechain-types/index.ts";
import { AUCTION, INSURANCE, INTEREST_CURVE, LIQUIDATION, PRICE_BAND_BPS } from "../config/defaults.ts";
import {
  correlationSeed,
  orderTerms,
  readParameterFile,
  riskParameters,
  selectUnderlyings,
  underlyingTerms,
  volatilitySeeds,
} from "../config/risk.ts";
import type {
  AuctionTerms,
  CollateralTerms,
  FeedTerms,
  HouseConfig,
  InsuranceTerms,
  InterestCurve,
  LiquidationTerms,
  OrderTerms,
  RoleHolders,
  SurfaceSigners,
} from "../config/types.ts";
import { counterpoiseModule } from "../modules/Counterpoise.ts";
import { type TradingDesk, tradingDesk } from "./trading.ts";
import { deployWorld, descriptionOf, type Tokens, type World } from "./world.ts";
import type { Feed } from "./upstream.ts";

export interface HouseOptions {
  /** First price of each underlying, in the order in which they get their numbers. */
  readonly underlyings?: Readonly<Record<string, Decimal>>;
  /** A file of deploy/parameters, or its content; event-2020-03.json unless told. */
  readonly parameters?: string | ParameterFile;
  readonly usdcPrice?: Decimal;
  /** Seconds after which an answer is stale: a day for underlyings, 14 days for USDC. */
  readonly heartbeat?: number;
  readonly fees?: Partial<OrderTerms>;
  /** Only the first signer posts surfaces, or depth, unless told. */
  readonly surfaceSigners?: SurfaceSigners;
  readonly depthSigners?: SurfaceSigners;
  readonly interestCurve?: InterestCurve;
  readonly liquidation?: LiquidationTerms;
  readonly auction?: AuctionTerms;
  readonly insurance?: InsuranceTerms;
  /** Who holds the roles and with what delay; the first signer without delay unless told. */
  readonly roles?: RoleHolders;
}

export interface Market {
  readonly symbol: string;
  /** Number of the underlying. */
  readonly underlying: number;
  /** Id of its perpetual. */
  readonly instrument: bigint;
}

export interface HouseContracts {
  /** Clearing house and back office: one address, one interface. */
  readonly clearingHouse: IClearingHouse;
  readonly riskEngine: IRisk;
  readonly marketData: MarketData;
  readonly registry: InstrumentRegistry;
  readonly orders: OrderSettlement;
  readonly liquidation: LiquidationEngine;
  readonly auction: SliceAuction;
  readonly lens: MarginLens;
  readonly optionLens: OptionLens;
  readonly volatility: VolatilityEstimator;
  readonly correlation: CorrelationEstimator;
  readonly depthBook: DepthBook;
  readonly auditor: SolvencyAuditor;
  readonly upkeep: Upkeep;
  readonly insuranceFund: InsuranceFund;
  readonly accessManager: AccessManager;
}

export interface IgnitionOptions {
  readonly deploymentId?: string;
  readonly displayUi?: boolean;
  readonly requiredConfirmations?: number;
}

export interface House extends HouseContracts, TradingDesk {
  readonly connection: NetworkConnection;
  readonly config: HouseConfig;
  readonly tokens: Tokens;
  /** By symbol, USDC among them. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /** By symbol. */
  readonly markets: Readonly<Record<string, Market>>;
  /** The same house trading through another settlement contract. */
  readonly withOrders: (orders: OrderSettlement) => Promise<House>;
}

const DEFAULT_UNDERLYINGS = { BTC: "8000", ETH: "200" };
const DEFAULT_PARAMETERS = "event-2020-03.json";
const DAY = 86_400;
const NO_LIMIT = 10n ** 18n;
/** Answers further than this from the first price are absurd. */
const PRICE_RANGE = 1_000n;

/** Deploys everything. In tests, wrap it in a function without arguments and give that to `networkHelpers.loadFixture`. */
export async function deployHouse(connection: NetworkConnection, options: HouseOptions = {}): Promise<House> {
  const prices = options.underlyings ?? DEFAULT_UNDERLYINGS;
  const world = await deployWorld(connection.ethers, { USDC: options.usdcPrice ?? "1", ...prices });
  const config = await localConfig(world, prices, options);
  const contracts = await deployContracts(connection, config);
  const markets = Object.fromEntries(
    config.underlyings.map(({ symbol }, i) => [symbol, { symbol, underlying: i + 1, instrument: perpetual(i + 1) }]),
  );
  return complete({ ...contracts, ...world, connection, config, markets });
}

type Setting = Omit<House, keyof TradingDesk | "withOrders">;

async function complete(setting: Setting): Promise<House> {
  const desk = await tradingDesk(setting);
  return { ...setting, ...desk, withOrders: (orders) => complete({ ...setting, orders }) };
}

/** Deploys through the modules, and gives the contracts their types. */
export async function deployContracts(
  connection: NetworkConnection,
  config: HouseConfig,
  { deploymentId, displayUi, requiredConfirmations }: IgnitionOptions = {},
): Promise<HouseContracts> {
  const { ethers, ignition } = connection;
  const deployed = await ignition.deploy(counterpoiseModule(config), {
    ...(deploymentId === undefined ? {} : { deploymentId }),
    ...(displayUi === undefined ? {} : { displayUi }),
    ...(requiredConfirmations === undefined ? {} : { config: { requiredConfirmations } }),
  });
  const address = (name: keyof HouseContracts) => deployed[name].getAddress();
  return {
    clearingHouse: await ethers.getContractAt("IClearingHouse", await address("clearingHouse")),
    riskEngine: await ethers.getContractAt("IRisk", await address("riskEngine")),
    marketData: await ethers.getContractAt("MarketData", await address("marketData")),
    registry: await ethers.getContractAt("InstrumentRegistry", await address("registry")),
    orders: await ethers.getContractAt("OrderSettlement", await address("orders")),
    liquidation: await ethers.getContractAt("LiquidationEngine", await address("liquidation")),
    auction: await ethers.getContractAt("SliceAuction", await address("auction")),
    lens: await ethers.getContractAt("MarginLens", await address("lens")),
    optionLens: await ethers.getContractAt("OptionLens", await address("optionLens")),
    volatility: await ethers.getContractAt("VolatilityEstimator", await address("volatility")),
    correlation: await ethers.getContractAt("CorrelationEstimator", await address("correlation")),
    depthBook: await ethers.getContractAt("DepthBook", await address("depthBook")),
    auditor: await ethers.getContractAt("SolvencyAuditor", await address("auditor")),
    upkeep: await ethers.getContractAt("Upkeep", await address("upkeep")),
    insuranceFund: await ethers.getContractAt("InsuranceFund", await address("insuranceFund")),
    accessManager: await ethers.getContractAt("AccessManager", await address("accessManager")),
  };
}

async function localConfig(
  world: World,
  prices: Readonly<Record<string, Decimal>>,
  options: HouseOptions,
): Promise<HouseConfig> {
  const { parameters = DEFAULT_PARAMETERS } = options;
  const complete = typeof parameters === "string" ? readParameterFile(parameters) : parameters;
  const symbols = Object.keys(prices);
  const file = selectUnderlyings(complete, symbols);
  const { usdc, weth, wbtc } = world.tokens;
  const known: Readonly<Record<string, { token: { address: string }; decimals: number }>> = {
    WETH: { token: { address: await weth.getAddress() }, decimals: 18 },
    WBTC: { token: { address: await wbtc.getAddress() }, decimals: 8 },
  };
  const collaterals = file.collaterals
    .filter(({ symbol }) => symbol in known)
    .map(({ symbol, underlying }): CollateralTerms => {
      const { token, decimals } = known[symbol]!;
      // A hundred million whole tokens: whatever fits the ledger's words.
      const cap = 10n ** BigInt(decimals + 8);
      return { symbol, token, decimals, cap, minTopUp: 1n, underlying: symbols.indexOf(underlying) + 1 };
    });
  const source = async (symbol: string, price: Decimal, heartbeat: number) => ({
    address: await world.feeds[symbol]!.proxy.getAddress(),
    description: descriptionOf(symbol),
    decimals: 8,
    heartbeat,
    minPrice: formatPrice(parsePrice(price) / PRICE_RANGE || 1n),
    maxPrice: formatPrice(parsePrice(price) * PRICE_RANGE),
  });
  const cashSource = await source("USDC", options.usdcPrice ?? "1", options.heartbeat ?? 14 * DAY);
  const cashFeed: FeedTerms = {
    ...cashSource,
    maxDeviationBps: 1_000,
    closedFromMinute: 0,
    closedUntilMinute: 0,
    minPrice: ONE / 100n,
    maxPrice: 2n * ONE,
  };
  const underlyings = await Promise.all(
    Object.entries(prices).map(async ([symbol, price]) =>
      underlyingTerms(file, symbol, await source(symbol, price, options.heartbeat ?? DAY), price),
    ),
  );
  return {
    cash: { symbol: "USDC", token: { address: await usdc.getAddress() }, decimals: 6, cap: NO_LIMIT, minTopUp: 1n },
    cashFeed,
    underlyings,
    collaterals,
    risk: riskParameters(
      file,
      collaterals.map(({ symbol }) => symbol),
    ),
    volatilitySeeds: volatilitySeeds(file),
    correlationSeed: correlationSeed(file),
    orders: { ...orderTerms(file, PRICE_BAND_BPS), ...options.fees },
    liquidation: options.liquidation ?? LIQUIDATION,
    auction: options.auction ?? AUCTION,
    insurance: options.insurance ?? INSURANCE,
    interestCurve: options.interestCurve ?? INTEREST_CURVE,
    sequencer: null,
    surfaceSigners: options.surfaceSigners ?? null,
    depthSigners: options.depthSigners ?? null,
    roles: options.roles ?? null,
  };
}

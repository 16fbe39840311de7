/** From deploy/parameters/<network>.json to a config. The file says where a house is deployed and on which terms. */
import { readFileSync } from "node:fs";
import { getAddress, isAddress } from "ethers";
import { list, Reader, record } from "../../sdk/parameters-reader.ts";
import { parseDecimal, parsePrice } from "../../sdk/units.ts";
import { HELD_ROLES, type HeldRole } from "../roles.ts";
import { INSURANCE } from "./defaults.ts";
import {
  correlationSeed,
  orderTerms,
  readParameterFile,
  riskParameters,
  selectUnderlyings,
  underlyingTerms,
  volatilitySeeds,
} from "./risk.ts";
import type {
  FeedTerms,
  HouseConfig,
  InterestCurve,
  AuctionTerms,
  LiquidationTerms,
  RoleHolder,
  RoleHolders,
  SurfaceSigners,
  TokenSource,
} from "./types.ts";

export const NETWORKS = ["localhost", "sepolia", "arbitrumSepolia", "baseSepolia", "opSepolia"] as const;
export type NetworkName = (typeof NETWORKS)[number];

/** An address, or "local": it is deployed along and put in by `withLocalAddresses`. */
type Place = string;
const LOCAL = "local";
/** A token that the deployment brings along. */
const DEPLOY = "deploy";
const DEPLOYER = "deployer";

export interface NetworkFeed {
  readonly address: Place;
  readonly description: string;
  readonly decimals: number;
  readonly heartbeatSeconds: number;
  readonly minPrice: string;
  readonly maxPrice: string;
}

export interface NetworkToken {
  readonly symbol: string;
  readonly token: Place;
  readonly decimals: number;
  /** Whole tokens. */
  readonly cap: string;
  readonly minTopUp: string;
}

export interface NetworkFile {
  readonly description: string;
  readonly notes: readonly string[];
  readonly network: NetworkName;
  readonly chainId: number;
  /** The parameter file with the risk parameters. */
  readonly risk: string;
  readonly cash: NetworkToken & { readonly feed: NetworkFeed; readonly maxDeviationBps: number };
  readonly underlyings: readonly {
    readonly symbol: string;
    readonly referencePrice: string;
    readonly feed: NetworkFeed;
  }[];
  readonly collaterals: readonly NetworkToken[];
  readonly sequencer: { readonly address: string; readonly gracePeriodSeconds: number } | null;
  readonly interestCurve: InterestCurve;
  readonly liquidation: LiquidationTerms;
  readonly auction: AuctionTerms;
  readonly priceBandBps: number;
  /** Null: only the role posts surfaces. */
  readonly surfaceSigners: SurfaceSigners | null;
  /** Null: only the role reports depth. */
  readonly depthSigners: SurfaceSigners | null;
  readonly roles: Readonly<Record<HeldRole, { readonly address: string; readonly delaySeconds: number }>>;
}

const DIRECTORY = new URL("../parameters/", import.meta.url);
const SECONDS_PER_DAY = 86_400;
const MAX_DELAY = 30 * SECONDS_PER_DAY;
const DECIMAL = /^\d+(\.\d+)?$/;

export function readNetworkFile(network: NetworkName): NetworkFile {
  return parseNetworkFile(readFileSync(new URL(`${network}.json`, DIRECTORY), "utf8"));
}

/**
 * The text of a network file, checked. Requirements (a `ParameterError` names the field that breaks one): every field is
 * there and no other; addresses are in EIP-55 form; only feeds and tokens of a local chain are "local".
 */
export function parseNetworkFile(json: string): NetworkFile {
  return record<NetworkFile>(Reader.ofJson(json), {
    description: (field) => field.text(),
    notes: (field) => list(field, (note) => note.text()),
    network: (field) => field.oneOf(NETWORKS),
    chainId: (field) => field.integer(1, Number.MAX_SAFE_INTEGER),
    risk: (field) => field.matching(/^[\w-]+\.json$/, "the name of a file in this folder"),
    cash: (field) =>
      record<NetworkFile["cash"]>(field, {
        ...tokenFields,
        feed: readFeed,
        maxDeviationBps: (f) => f.integer(100, 10_000),
      }),
    underlyings: (field) =>
      list(field, (item) => record(item, { symbol: (f) => f.text(), referencePrice: decimal, feed: readFeed })),
    collaterals: (field) => list(field, (item) => record<NetworkToken>(item, tokenFields)),
    sequencer: (field) =>
      field.isNull()
        ? null
        : record(field, { address: (f) => address(f), gracePeriodSeconds: (f) => f.integer(0, SECONDS_PER_DAY) }),
    interestCurve: (field) =>
      record(field, {
        baseBps: bps,
        slopeBelowKinkBps: bps,
        slopeAboveKinkBps: (f) => f.integer(0, 65_535),
        kinkBps: bps,
        reserveShareBps: bps,
        withdrawalLimitBps: bps,
      }),
    liquidation: (field) =>
      record(field, {
        startShareBps: bps,
        endShareBps: bps,
        rampSeconds: (f) => f.integer(60, SECONDS_PER_DAY),
        insuranceShareBps: bps,
      }),
    auction: (field) =>
      record(field, {
        durationSeconds: (f) => f.integer(60, SECONDS_PER_DAY),
        reliefSeconds: (f) => f.integer(0, SECONDS_PER_DAY),
        firstDiscountBps: (f) => f.integer(0, 2_000),
        insuranceCapBps: (f) => f.integer(100, 10_000),
        insuranceWindowSeconds: (f) => f.integer(3_600, 30 * SECONDS_PER_DAY),
      }),
    priceBandBps: bps,
    surfaceSigners: readSigners,
    depthSigners: readSigners,
    roles: (field) =>
      record(field, {
        ADMIN: readHolder,
        LISTING: readHolder,
        RISK: readHolder,
        GUARDIAN: readHolder,
        FEES: readHolder,
        UPGRADE: readHolder,
        SURFACE: readHolder,
        DEPTH: readHolder,
      }),
  });
}

const bps = (field: Reader): number => field.integer(0, 10_000);
const decimal = (field: Reader): string => field.matching(DECIMAL, 'a decimal number in quotes, like "1.5"');

const tokenFields = {
  symbol: (field: Reader) => field.text(),
  token: (field: Reader) => address(field, LOCAL, DEPLOY),
  decimals: (field: Reader) => field.integer(0, 24),
  cap: decimal,
  minTopUp: decimal,
};

function readFeed(at: Reader): NetworkFeed {
  return record(at, {
    address: (field) => address(field, LOCAL),
    description: (field) => field.matching(/^[A-Z0-9]+ \/ USD$/, 'a pair with the dollar, like "ETH / USD"'),
    decimals: (field) => field.integer(0, 18),
    heartbeatSeconds: (field) => field.integer(60, 14 * SECONDS_PER_DAY),
    minPrice: decimal,
    maxPrice: decimal,
  });
}

function readSigners(at: Reader): SurfaceSigners | null {
  if (at.isNull()) return null;
  return record(at, {
    signers: (field) => list(field, (signer) => address(signer)),
    threshold: (field) => field.integer(1, 16),
  });
}

function readHolder(at: Reader) {
  return record(at, {
    address: (field) => address(field, DEPLOYER),
    delaySeconds: (field) => field.integer(0, MAX_DELAY),
  });
}

function address(field: Reader, ...words: string[]): string {
  const text = field.text();
  if (words.includes(text)) return text;
  if (!isAddress(text) || getAddress(text) !== text) {
    field.fail(`must be an address in EIP-55 form${words.map((word) => ` or "${word}"`).join("")}, not ${text}`);
  }
  return text;
}

/** Where the feeds and tokens of a local chain are, by symbol. */
export interface LocalAddresses {
  readonly feeds: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<string, string>>;
}

/** The file with every "local" replaced. */
export function withLocalAddresses(file: NetworkFile, local: LocalAddresses): NetworkFile {
  const pick = (given: Place, symbol: string, from: Readonly<Record<string, string>>): string => {
    if (given !== LOCAL) return given;
    const found = from[symbol];
    if (found === undefined) throw new Error(`Nothing was deployed locally for ${symbol}.`);
    return found;
  };
  const feed = (symbol: string, terms: NetworkFeed): NetworkFeed => ({
    ...terms,
    address: pick(terms.address, symbol, local.feeds),
  });
  const token = <T extends NetworkToken>(terms: T): T => ({
    ...terms,
    token: pick(terms.token, terms.symbol, local.tokens),
  });
  return {
    ...file,
    cash: { ...token(file.cash), feed: feed(file.cash.symbol, file.cash.feed) },
    underlyings: file.underlyings.map((terms) => ({ ...terms, feed: feed(terms.symbol, terms.feed) })),
    collaterals: file.collaterals.map(token),
  };
}

/** The config that the modules read. A holder that is the deployer is written as such, so that it is never locked out. */
export function networkConfig(file: NetworkFile, deployer: string): HouseConfig {
  const symbols = file.underlyings.map(({ symbol }) => symbol);
  const parameters = selectUnderlyings(readParameterFile(file.risk), symbols);
  const { cash } = file;
  const collaterals = file.collaterals.map((terms) => {
    const backing = parameters.collaterals.find(({ symbol }) => symbol === terms.symbol);
    if (backing === undefined)
      throw new Error(`${file.risk} has no collateral ${terms.symbol} on a listed underlying.`);
    return { ...tokenTerms(terms), underlying: symbols.indexOf(backing.underlying) + 1 };
  });
  return {
    cash: tokenTerms(cash),
    cashFeed: cashFeed(cash.feed, cash.maxDeviationBps),
    underlyings: file.underlyings.map(({ symbol, feed, referencePrice }) =>
      underlyingTerms(parameters, symbol, { ...feed, heartbeat: feed.heartbeatSeconds }, referencePrice),
    ),
    collaterals,
    risk: riskParameters(
      parameters,
      collaterals.map(({ symbol }) => symbol),
    ),
    volatilitySeeds: volatilitySeeds(parameters),
    correlationSeed: correlationSeed(parameters),
    orders: orderTerms(parameters, file.priceBandBps),
    liquidation: file.liquidation,
    auction: file.auction,
    insurance: INSURANCE,
    interestCurve: file.interestCurve,
    sequencer:
      file.sequencer === null
        ? null
        : { address: file.sequencer.address, gracePeriod: file.sequencer.gracePeriodSeconds },
    surfaceSigners: file.surfaceSigners,
    depthSigners: file.depthSigners,
    roles: roleHolders(file.roles, deployer),
  };
}

function roleHolders(roles: NetworkFile["roles"], deployer: string): RoleHolders {
  const holder = ({ address: given, delaySeconds }: NetworkFile["roles"][HeldRole]): RoleHolder => ({
    address: given === DEPLOYER || given === getAddress(deployer) ? null : given,
    delay: delaySeconds,
  });
  const held = HELD_ROLES.map((role) => [role, holder(roles[role])] as const);
  return Object.fromEntries([...held, ["ADMIN", holder(roles.ADMIN)]]) as Record<HeldRole, RoleHolder>;
}

const TEST_TOKENS = { USDC: "TestUSDC", WBTC: "TestWBTC" } as const;

function tokenTerms({ symbol, token, decimals, cap, minTopUp }: NetworkToken) {
  return {
    symbol,
    token: tokenSource(symbol, token),
    decimals,
    cap: parseDecimal(cap, decimals, `cap of ${symbol}`),
    minTopUp: parseDecimal(minTopUp, decimals, `smallest top-up of ${symbol}`),
  };
}

function tokenSource(symbol: string, place: Place): TokenSource {
  if (place !== DEPLOY) return { address: place };
  const deploy = TEST_TOKENS[symbol as keyof typeof TEST_TOKENS] as
    (typeof TEST_TOKENS)[keyof typeof TEST_TOKENS] | undefined;
  if (deploy === undefined) throw new Error(`There is no test token for ${symbol}.`);
  return { deploy };
}

function cashFeed(feed: NetworkFeed, maxDeviationBps: number): FeedTerms {
  return {
    address: feed.address,
    description: feed.description,
    decimals: feed.decimals,
    heartbeat: feed.heartbeatSeconds,
    maxDeviationBps,
    closedFromMinute: 0,
    closedUntilMinute: 0,
    minPrice: parsePrice(feed.minPrice),
    maxPrice: parsePrice(feed.maxPrice),
  };
}

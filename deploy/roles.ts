/**
 * Who may call what: the roles of the access manager, and the functions each opens. Everything else that changes state is
 * open to everybody by design; test/deploy/roles.test.ts compares this table with the contracts.
 */
import { id } from "ethers";

/** Numbers of the roles in the access manager. Zero is its own admin role. */
export const ROLES = {
  ADMIN: 0n,
  LISTING: 1n,
  RISK: 2n,
  GUARDIAN: 3n,
  FEES: 4n,
  /** Order settlement, liquidation and auction: they propose postings. */
  MODULE: 5n,
  /** The instrument registry: the one door through which feeds and instruments come in. */
  REGISTRY: 6n,
  UPGRADE: 7n,
  /** Posts volatility surfaces, within their bounds, beside the signers. */
  SURFACE: 8n,
  /** Contracts that measure from feeds or signed reports: their word moves ranges, haircuts and correlations along their ramps. */
  ESTIMATOR: 9n,
  /** Posts market depth, within its bounds, beside the signers. */
  DEPTH: 10n,
} as const;

export type RoleName = keyof typeof ROLES;
/** Roles that people or their contracts hold, not the house's own. */
export type HeldRole = "ADMIN" | "LISTING" | "RISK" | "GUARDIAN" | "FEES" | "UPGRADE" | "SURFACE" | "DEPTH";

export const HELD_ROLES = [
  "LISTING",
  "RISK",
  "GUARDIAN",
  "FEES",
  "UPGRADE",
  "SURFACE",
  "DEPTH",
] as const satisfies readonly HeldRole[];

/** Contracts with restricted functions, by the names the modules give them. */
export type RestrictedContract =
  | "clearingHouse"
  | "riskEngine"
  | "marketData"
  | "registry"
  | "orders"
  | "liquidation"
  | "auction"
  | "volatility"
  | "correlation"
  | "depthBook";

type Restrictions = Readonly<Record<RestrictedContract, Partial<Record<RoleName, readonly string[]>>>>;

const COLLATERAL_TERMS = "(address,uint8,uint8,uint128,uint128)";
const PERPETUAL_TERMS = "(uint64,uint32,uint24,uint8)";
const EXPIRY_TERMS = "(uint8,uint64,uint64)";
const FEED_CONFIG = "(address,uint32,uint16,uint16,uint16,uint64,uint64)";
const GRID = "(uint8,uint16,uint16,uint32,uint16,uint16,uint16,uint16,uint16,uint16,uint64,uint64)";
const SURFACE_REPORT = "(uint8,uint40,(uint24,int24,uint24,int24,int24)[])";
const SURFACE_PARAMETERS =
  "(uint32,uint32,uint16,(uint24,uint24,uint24,uint24,uint24,uint24),(uint24,uint24,uint24,uint24))";
const DEPTH_REPORT = "(uint40,(uint8,uint64,uint16)[],(uint8,uint64,uint16,uint64)[])";
const TRANSFERS =
  "(bytes32,bytes32,uint64,int64,int72)[],(bytes32,bytes32,uint72,uint8)[],(bytes32,bytes32,uint8,uint128)[]";
const RISK_PARAMETERS =
  "((uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16,uint16)," +
  "(uint16,uint16,uint16,uint16,uint64)[],int8[]," +
  "(uint16,uint16,uint16,uint64)[])";

/** Restricted functions by contract and role, as signatures. */
export const RESTRICTED_FUNCTIONS: Restrictions = {
  clearingHouse: {
    LISTING: [
      `listCollateral(${COLLATERAL_TERMS})`,
      "setCollateralLimits(uint8,uint128,uint128)",
      "scheduleWindDown(uint64,uint40)",
      "cancelWindDown(uint64)",
    ],
    RISK: [
      `setPerpetualTerms(uint64,${PERPETUAL_TERMS})`,
      `setExpiryTerms(uint32,${EXPIRY_TERMS})`,
      "setMarketStatus(uint64,uint8)",
      "setInterestCurve((uint16,uint16,uint16,uint16,uint16,uint16))",
      "unpause(uint8)",
    ],
    GUARDIAN: ["pause(uint8)"],
    FEES: ["collectFees(address,uint256)"],
    // The clearing house looks `post` up for all of its module functions.
    MODULE: [`post(${TRANSFERS})`],
    REGISTRY: [`listPerpetual(uint8,${PERPETUAL_TERMS})`, `listExpiry(uint32,${EXPIRY_TERMS})`, "listOption(uint64)"],
    UPGRADE: ["setRiskEngine(address)", "setMarketData(address)"],
  },
  riskEngine: {
    RISK: [`setParameters(${RISK_PARAMETERS})`],
    ESTIMATOR: [
      "publishRange(uint8,uint16,uint16,uint40)",
      "publishDepth(uint8,uint16,uint64,uint40)",
      "publishHaircut(uint8,uint16,uint16,uint64,uint16,uint40)",
      "publishCorrelations(int8[],bool,uint40)",
    ],
  },
  marketData: {
    RISK: [
      "setSequencerFeed(address,uint32)",
      "setSurfaceSigners(address[],uint8)",
      `setSurfaceParameters(${SURFACE_PARAMETERS})`,
      "setExpiryParameters((uint32,uint32,uint32))",
      "chooseExpiryRound(uint32,uint80)",
    ],
    REGISTRY: [`setFeed(uint8,${FEED_CONFIG})`],
    SURFACE: [`postSurface(${SURFACE_REPORT})`],
  },
  depthBook: {
    RISK: [
      "setDepthSigners(address[],uint8)",
      "setDepthParameters((uint32,uint32,uint16,(uint16,uint16,uint16)))",
      "setDepthTerms((uint64,uint64,uint16)[],(uint64,uint64,bool,uint16)[])",
      "setVolatilitySource(address)",
    ],
    DEPTH: [`postDepth(${DEPTH_REPORT})`],
  },
  registry: {
    LISTING: [
      `listUnderlying((string,uint8),${FEED_CONFIG},string)`,
      `setFeed(uint8,${FEED_CONFIG},string)`,
      `listPerpetual(uint8,${PERPETUAL_TERMS})`,
      `setGrid(uint8,${GRID})`,
      `listExpiryOffGrid(uint8,uint24,${EXPIRY_TERMS})`,
      "listOptionOffGrid(uint64)",
    ],
  },
  orders: { FEES: ["setFees((uint16,uint16,uint16,uint16,uint16,uint16))"] },
  liquidation: { RISK: ["setParameters((uint16,uint16,uint32,uint16))"] },
  auction: {
    RISK: ["setAuctionParameters((uint32,uint32,uint16,uint16,uint32))", "setInsuranceCap(uint8,uint16)"],
  },
  volatility: {
    RISK: [
      "seed(uint16,(uint24,uint24,uint24,uint16))",
      "setRule((uint16,uint16,uint16,uint16,uint16,uint16,uint32))",
      "setBasisFeed(uint8,(address,uint64,uint64))",
    ],
  },
  correlation: {
    RISK: ["seed(int8[],uint64[])", "addUnderlying(uint8,uint64)", "removeUnderlying(uint8)"],
  },
};

export const selectorOf = (signature: string): string => id(signature).slice(0, 10);

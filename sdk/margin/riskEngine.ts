/** The margin of contracts/risk/RiskEngine.sol, equal to it to the last unit. */
import {
  type Breakdown,
  type Exposure,
  type Holding,
  type Margin,
  MAX_UNDERLYING,
  type ParameterSet,
  type Portfolio,
  PriceStatus,
  type UnderlyingParameters,
  type UnderlyingRisk,
} from "../types.ts";
import { product, quadraticForm } from "./correlationMatrix.ts";
import { abs, BPS, divDown, divNearest, divUp, max, QUANTITY_PRICE_TO_USD, WAD } from "./fixedPoint.ts";
import { addOnUp, rateUp } from "./haircut.ts";
import { line } from "./lossLadder.ts";
import { gradient, GRADIENT_SCALE, norm, type Weights } from "./splitScan.ts";
import { costUp } from "./squareRootImpact.ts";

const BPS_TO_WAD = 10n ** 14n;
const BPS_TO_PRICE = 10n ** 4n;
const PRICE_ONE = 10n ** 8n;

/** A portfolio names an underlying that has no parameters. */
export class UnderlyingWithoutParameters extends Error {
  readonly underlying: number;

  constructor(underlying: number) {
    super(`Underlying ${underlying} has no risk parameters.`);
    this.name = "UnderlyingWithoutParameters";
    this.underlying = underlying;
  }
}

/** A portfolio names a collateral asset that has no parameters. */
export class CollateralWithoutParameters extends Error {
  readonly asset: number;

  constructor(asset: number) {
    super(`Collateral asset ${asset} has no risk parameters.`);
    this.name = "CollateralWithoutParameters";
    this.asset = asset;
  }
}

export interface Explanation {
  readonly margin: Margin;
  readonly parts: Breakdown;
  readonly risks: readonly UnderlyingRisk[];
}

/** What an account holds on one underlying; values in USD with 16 decimals. */
interface Entry {
  readonly underlying: number;
  readonly perpetuals: bigint;
  readonly tokens: bigint;
  readonly openInterest: bigint;
  readonly isDead: boolean;
}

/** One underlying with its line θ. */
interface Drawn {
  readonly row: number;
  readonly range: bigint;
  readonly line: bigint;
  readonly risk: UnderlyingRisk;
}

/** True where neither a last price nor its gap is trustworthy. */
export function isDead(status: PriceStatus): boolean {
  return status === PriceStatus.Stale || status === PriceStatus.OutOfBounds || status === PriceStatus.SequencerDown;
}

export function assess(portfolio: Portfolio, parameters: ParameterSet): Margin {
  return explain(portfolio, parameters).margin;
}

export function explain(portfolio: Portfolio, parameters: ParameterSet): Explanation {
  const { globals } = parameters;
  const { exposures, holdings } = portfolio;
  if (exposures.length === 0 && holdings.length === 0) {
    return {
      margin: { equity: portfolio.cash, initial: 0n, maintenance: 0n, collateral: 0n },
      parts: { scan: 0n, basis: 0n, concentration: 0n, collateral: 0n },
      risks: [],
    };
  }

  const tokens = holdings.map((holding) => holdingValue(holding, parameters));
  const tokenValue = sum(tokens.map((token) => token.value));
  const tokenAddOn = sum(tokens.map((token) => token.addOn));
  const perpetualValue = sum(exposures.map((e) => divDown(e.quantity * e.price, QUANTITY_PRICE_TO_USD)));

  const drawn = entries(exposures, holdings).map((entry) => draw(entry, parameters));
  const rows = drawn.map((d) => d.row);
  const lines = drawn.map((d) => d.line);
  const weights: Weights = { independence: globals.independenceWeightBps, unity: globals.unityWeightBps };
  const form = quadraticForm(parameters.correlations, rows, lines);

  const parts: Breakdown = {
    scan: norm(form, lines, weights),
    basis: sum(drawn.map((d) => d.risk.basis)),
    concentration: sum(drawn.map((d) => d.risk.concentration)),
    collateral: tokenAddOn,
  };
  const moves = gradient(form, product(parameters.correlations, rows, lines), lines, weights);
  const scale = GRADIENT_SCALE * parts.scan;
  const risks = drawn.map(({ risk, range }, i) => ({
    ...risk,
    worstMoveBps: parts.scan === 0n ? 0n : divNearest(-range * moves[i]!, scale),
  }));

  const margin: Margin = {
    equity: portfolio.cash + perpetualValue + tokenValue,
    ...requirements(parts, portfolio.cashPrice.price, parameters),
    collateral: tokenValue - tokenAddOn,
  };
  return { margin, parts, risks };
}

/** True when the cash token trades so low that no account may add risk. */
export function isCashBelowFloor(cashPrice: bigint, parameters: ParameterSet): boolean {
  return cashPrice < parameters.globals.cashFloorBps * BPS_TO_PRICE;
}

/** The words summed by underlying, ascending. */
function entries(exposures: readonly Exposure[], holdings: readonly Holding[]): Entry[] {
  const words = [...exposures, ...holdings];
  const named = [...new Set(words.map((word) => word.underlying))].sort((a, b) => a - b);
  return named.map((underlying) => {
    const positions = exposures.filter((e) => e.underlying === underlying);
    return {
      underlying,
      perpetuals: sum(positions.map((e) => e.quantity * e.price)),
      openInterest: sum(positions.map((e) => e.openInterest * e.price)),
      tokens: sum(holdings.filter((h) => h.underlying === underlying).map((h) => h.amount * h.price)),
      isDead: words.some((word) => word.underlying === underlying && isDead(word.status)),
    };
  });
}

function draw(entry: Entry, parameters: ParameterSet): Drawn {
  const { underlying } = entry;
  const own = underlying > MAX_UNDERLYING ? undefined : parameters.underlyings[underlying - 1];
  if (own === undefined) throw new UnderlyingWithoutParameters(underlying);

  const { deadFeedScanRangeBps, impactFactorBps } = parameters.globals;
  const range = entry.isDead ? max(own.scanRangeBps, deadFeedScanRangeBps) : own.scanRangeBps;
  const linear = entry.perpetuals + entry.tokens;
  const theta = line(linear, range);
  return {
    row: underlying - 1,
    range,
    line: theta,
    risk: {
      underlying,
      linear: divDown(linear, QUANTITY_PRICE_TO_USD),
      scanLoss: abs(theta),
      worstMoveBps: 0n,
      ...addOns(abs(entry.perpetuals), entry.openInterest, own, impactFactorBps),
    },
  };
}

/** @param net |Net perpetual value|, USD with 16 decimals like the open interest. */
function addOns(net: bigint, openInterest: bigint, parameters: UnderlyingParameters, impactFactorBps: bigint) {
  const impact = costUp(openInterest, parameters.dailyVolumeUsd, impactFactorBps, parameters.sigmaDayBps);
  return {
    basis: divUp(net * parameters.basisBps, QUANTITY_PRICE_TO_USD * BPS),
    concentration: divUp(net * (parameters.halfSpreadBps * BPS_TO_WAD + impact), QUANTITY_PRICE_TO_USD * WAD),
  };
}

function holdingValue(holding: Holding, parameters: ParameterSet) {
  const own = parameters.collaterals[holding.asset - 1];
  if (own === undefined) throw new CollateralWithoutParameters(holding.asset);
  const value = (holding.amount * holding.price) / QUANTITY_PRICE_TO_USD;
  const rate = rateUp(own, holding.total * holding.price, parameters.globals.impactFactorBps);
  return { value, addOn: addOnUp(value, rate) };
}

function requirements(parts: Breakdown, cashPrice: bigint, { globals }: ParameterSet) {
  const total = parts.basis + parts.concentration + parts.collateral;
  const initial = parts.scan + total;
  const maintenance = divUp(globals.maintenanceFactorBps * parts.scan + globals.maintenanceAddOnBps * total, BPS);
  // Requirements are in dollars, cash pays in USDC.
  if (cashPrice >= globals.depegThresholdBps * BPS_TO_PRICE) return { initial, maintenance };
  return {
    initial: divUp(initial * PRICE_ONE, cashPrice),
    maintenance: divUp(maintenance * PRICE_ONE, cashPrice),
  };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

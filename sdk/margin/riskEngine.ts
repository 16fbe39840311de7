/** The margin of contracts/risk/RiskEngine.sol, equal to it to the last unit. */
import {
  type Breakdown,
  type Margin,
  MAX_UNDERLYING,
  type Holding,
  type ParameterSet,
  type Portfolio,
  PriceStatus,
  type UnderlyingParameters,
  type UnderlyingRisk,
} from "../types.ts";
import { countedVolume } from "./adaptive.ts";
import { type AddOns, addOns } from "./addOns.ts";
import { datedPositions, type Optioned } from "./datedPositions.ts";
import { abs, BPS, divDown, divNearest, divUp, max, QUANTITY_PRICE_TO_USD } from "./fixedPoint.ts";
import { addOnUp, rateUp } from "./haircut.ts";
import { bend, type BentLadder, line, remainder } from "./lossLadder.ts";
import { finish } from "./optionPricing.ts";
import { scanGrid, MOVE_ONE } from "./scanGrid.ts";
import { choose, gradientAt, GRADIENT_SCALE, reweighted, type Weights } from "./splitScan.ts";
import { CollateralWithoutParameters, UnderlyingWithoutParameters } from "./errors.ts";

const BPS_TO_PRICE = 10n ** 4n;
const PRICE_ONE = 10n ** 8n;

export interface Explanation {
  readonly margin: Margin;
  readonly parts: Breakdown;
  readonly risks: readonly UnderlyingRisk[];
}

/** What an account holds on one underlying; values in USD with 16 decimals. */
interface Entry {
  readonly underlying: number;
  readonly own: UnderlyingParameters;
  readonly range: bigint;
  readonly perpetuals: bigint;
  readonly futures: bigint;
  readonly tokens: bigint;
  readonly openInterest: bigint;
  readonly optioned: Optioned | undefined;
  /** Value of the dated instruments that is in equity, USD with 6 decimals. */
  readonly datedValue: bigint;
  readonly exposure: bigint;
  readonly vega: bigint;
  readonly isLongOnly: boolean;
}

const NOTHING: Breakdown = {
  scan: 0n,
  lines: 0n,
  remainder: 0n,
  basis: 0n,
  vega: 0n,
  shortOptions: 0n,
  longOptions: 0n,
  concentration: 0n,
  collateral: 0n,
};

/** True where neither a last price nor its gap is trustworthy. */
export function isDead(status: PriceStatus): boolean {
  return status === PriceStatus.Stale || status === PriceStatus.OutOfBounds || status === PriceStatus.SequencerDown;
}

export function assess(portfolio: Portfolio, parameters: ParameterSet): Margin {
  return explain(portfolio, parameters).margin;
}

export function explain(portfolio: Portfolio, parameters: ParameterSet): Explanation {
  const { globals, correlations } = parameters;
  const { exposures, holdings } = portfolio;
  if (exposures.length === 0 && holdings.length === 0) {
    return {
      margin: { equity: portfolio.cash, initial: 0n, maintenance: 0n, collateral: 0n },
      parts: NOTHING,
      risks: [],
    };
  }
  const tokens = holdings.map((holding) => holdingValue(holding, parameters));
  const tokenValue = sum(tokens.map((token) => token.value));
  const collateral = sum(tokens.map((token) => token.addOn));
  const perpetualValue = sum(
    exposures.filter((e) => e.expiryHours === 0).map((e) => divDown(e.quantity * e.price, QUANTITY_PRICE_TO_USD)),
  );

  const entries = entriesOf(portfolio, parameters);
  const ladders = entries.map(bentLadder);
  const straight = entries.map((entry, i) => (ladders[i] === undefined ? line(linearOf(entry), entry.range) : 0n));
  const rows = entries.map((entry) => entry.underlying - 1);
  const calm: Weights = { independence: globals.independenceWeightBps, unity: globals.unityWeightBps };
  const weights = parameters.stress?.initial ?? calm;
  const bent = entries
    .flatMap(({ optioned }, place) => (optioned === undefined ? [] : { place, ladder: ladders[place]!, optioned }))
    .sort((a, b) => a.optioned.order - b.optioned.order);
  // Maintenance margin's split, so that it moves with its weights and does not jump; it serves initial margin as well.
  const held = choose(correlations, rows, straight, bent, parameters.stress?.maintenance ?? calm);
  const split = parameters.stress === undefined ? held : reweighted(correlations, rows, held, weights);
  const moves = gradientAt(correlations, rows, split.lines, weights);

  const risks = entries.map((entry, i): UnderlyingRisk => {
    const theta = split.lines[i]!;
    const worst = split.norm === 0n ? 0n : divNearest(-entry.range * moves[i]!, GRADIENT_SCALE * split.norm);
    const ladder = ladders[i];
    return {
      underlying: entry.underlying,
      linear: divDown(linearOf(entry), QUANTITY_PRICE_TO_USD),
      options: divDown(entry.optioned?.curve.mark ?? 0n, QUANTITY_PRICE_TO_USD),
      line: theta,
      ...(ladder === undefined ? straightRisk(theta, worst, entry.range) : bentRisk(theta, worst, entry.range, ladder)),
      ...addOnsOf(entry, ladder, parameters),
    };
  });
  const total = (part: keyof AddOns) => sum(risks.map((risk) => risk[part]));
  const parts: Breakdown = {
    scan: split.norm + split.remainder,
    lines: split.norm,
    remainder: split.remainder,
    basis: total("basis"),
    vega: total("vega"),
    shortOptions: total("shortOptions"),
    longOptions: total("longOptions"),
    concentration: total("concentration"),
    collateral,
  };
  const margin: Margin = {
    equity: portfolio.cash + perpetualValue + sum(entries.map((entry) => entry.datedValue)) + tokenValue,
    ...requirements(parts, held.norm + held.remainder, portfolio.cashPrice.price, parameters),
    collateral: tokenValue - collateral,
  };
  return { margin, parts, risks };
}

/** True when the cash token trades so low that no account may add risk. */
export function isCashBelowFloor(cashPrice: bigint, parameters: ParameterSet): boolean {
  return cashPrice < parameters.globals.cashFloorBps * BPS_TO_PRICE;
}

/** The words summed by underlying, ascending. */
function entriesOf(portfolio: Portfolio, parameters: ParameterSet): Entry[] {
  const { exposures, holdings } = portfolio;
  const words = [...exposures, ...holdings];
  const named = [...new Set(words.map((word) => word.underlying))].sort((a, b) => a - b);
  return named.map((underlying) => {
    const set = underlying > MAX_UNDERLYING ? undefined : parameters.underlyings[underlying - 1];
    if (set === undefined) throw new UnderlyingWithoutParameters(underlying);
    const own = { ...set, dailyVolumeUsd: countedVolume(set.dailyVolumeUsd) };
    const isHere = (word: { readonly underlying: number }) => word.underlying === underlying;
    const dead = words.some((word) => isHere(word) && isDead(word.status));
    const range = dead ? max(own.scanRangeBps, parameters.globals.deadFeedScanRangeBps) : own.scanRangeBps;
    const perpetuals = exposures.filter((e) => isHere(e) && e.expiryHours === 0);
    const dated = datedPositions(portfolio, underlying, scanGrid(range), own, parameters.globals);
    const hasLinear = perpetuals.some((e) => e.quantity * e.price !== 0n) || dated.hasFutures || holdings.some(isHere);
    return {
      underlying,
      own,
      range,
      perpetuals: sum(perpetuals.map((e) => e.quantity * e.price)),
      futures: dated.futures,
      tokens: sum(holdings.filter(isHere).map((h) => h.amount * h.price)),
      openInterest: exposures.filter(isHere).reduce((most, e) => max(most, e.openInterest * e.price), 0n),
      optioned: dated.optioned,
      datedValue: dated.value,
      exposure: dated.exposure,
      vega: dated.vega,
      isLongOnly: dated.optioned !== undefined && !dated.optioned.curve.sold && !hasLinear,
    };
  });
}

function linearOf({ perpetuals, futures, tokens }: Entry): bigint {
  return perpetuals + futures + tokens;
}

function bentLadder(entry: Entry): BentLadder | undefined {
  if (entry.optioned === undefined) return undefined;
  const { curve, grid } = entry.optioned;
  return bend(finish(curve), grid, linearOf(entry) + curve.linear, entry.isLongOnly ? curve.mark : undefined);
}

function straightRisk(theta: bigint, worstMoveBps: bigint, range: bigint) {
  return {
    scanLoss: abs(theta),
    remainder: 0n,
    worstMoveBps,
    movesBps: [-range, range],
    losses: [theta, -theta],
  };
}

function bentRisk(theta: bigint, worst: bigint, range: bigint, ladder: BentLadder) {
  const { loss, node } = remainder(ladder, theta);
  const movesBps = ladder.shares.map((share) => divNearest(share * range, MOVE_ONE));
  return {
    scanLoss: ladder.scan,
    remainder: loss,
    worstMoveBps: loss > abs(theta) ? movesBps[node]! : worst,
    movesBps,
    losses: ladder.losses,
  };
}

function addOnsOf(entry: Entry, ladder: BentLadder | undefined, { globals }: ParameterSet): AddOns {
  const premium = entry.optioned === undefined ? 0n : entry.optioned.curve.mark / QUANTITY_PRICE_TO_USD;
  const limit = entry.isLongOnly ? max(premium - ladder!.scan, 0n) : undefined;
  return addOns(entry, entry.own, globals, limit);
}

function holdingValue(holding: Holding, parameters: ParameterSet) {
  const own = parameters.collaterals[holding.asset - 1];
  if (own === undefined) throw new CollateralWithoutParameters(holding.asset);
  const value = (holding.amount * holding.price) / QUANTITY_PRICE_TO_USD;
  const rate = rateUp(own, holding.total * holding.price, parameters.globals.impactFactorBps);
  return { value, addOn: addOnUp(value, rate) };
}

/** @param scan ρ of maintenance margin. */
function requirements(parts: Breakdown, scan: bigint, cashPrice: bigint, { globals }: ParameterSet) {
  const total =
    parts.basis + parts.vega + parts.shortOptions + parts.longOptions + parts.concentration + parts.collateral;
  const initial = parts.scan + total;
  const maintenance = divUp(globals.maintenanceFactorBps * scan + globals.maintenanceAddOnBps * total, BPS);
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

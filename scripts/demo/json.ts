/** The object of --json: amounts in USD as decimal text, shares and volatilities as numbers. */
import { formatDecimal, formatPrice, formatUsd, QUANTITY_DECIMALS } from "../../sdk/units.ts";
import type { MarketEvent } from "../shared/events.ts";
import { surfaceLag } from "./lag.ts";
import { expiryName } from "./print-options.ts";
import type {
  DemoResult,
  EstimationResult,
  LiquidationResult,
  OptionsResult,
  RunResult,
  SurfaceResult,
} from "./result.ts";

export function toJson(
  { accounts, options, liquidations, losses, estimation, audit, run }: DemoResult,
  event: MarketEvent,
): string {
  const object = {
    ...(event.feeds === undefined ? {} : { replay: replayObject(event, run) }),
    accounts: accounts.map(({ name, isolatedMargin, portfolioMargin, gain }) => ({
      name,
      isolatedMargin: formatUsd(isolatedMargin),
      portfolioMargin: formatUsd(portfolioMargin),
      gain,
    })),
    options: optionsObject(options),
    liquidations: liquidations.map(liquidationObject),
    losses: Object.fromEntries(
      Object.entries(losses).map(([what, amount]) => [
        what,
        typeof amount === "bigint" ? formatUsd(amount) : (amount as number),
      ]),
    ),
    ...(estimation === undefined ? {} : { estimation: estimationObject(estimation) }),
    audit: {
      positionsSumToZero: audit.positionsSumToZero,
      openInterestIsWhatLongsHold: audit.openInterestIsWhatLongsHold,
      expiriesAreSettled: audit.expiriesAreSettled,
      cashSumsToZero: audit.cashSumsToZero,
      custodyCoversLiabilities: audit.custodyCoversLiabilities,
      badDebt: formatUsd(audit.badDebt),
      ok: audit.ok,
      lines: audit.lines,
    },
  };
  return JSON.stringify(object, undefined, 2);
}

/** Only of an event from a data folder. */
function replayObject({ description, notes = [] }: MarketEvent, run: RunResult) {
  const { name, from, until, intervalSeconds, assets, source } = description;
  return { event: name, source, from, until, intervalSeconds, assets, notes, ...run };
}

function optionsObject({ makerLegs, makerOptions, parts, stress, surfaces, expiries, hedges }: OptionsResult) {
  const { reports, behind, most } = surfaceLag(surfaces);
  return {
    makerOptions,
    makerLegs: makerLegs.map(({ instrument, quantity }) => ({ instrument, quantity: contracts(quantity) })),
    marginParts: parts.map(({ account, parts: own }) => ({
      account,
      ...Object.fromEntries(Object.entries(own).map(([part, amount]) => [part, formatUsd(amount as bigint)])),
    })),
    stress: stress.map(({ symbol, nodes }) => ({
      symbol,
      nodes: nodes.map(({ move, up, down }) => ({ move, up: formatUsd(up), down: formatUsd(down) })),
    })),
    surfaces: {
      reports,
      behind,
      ...(most === undefined ? {} : { most: lagObject(most) }),
    },
    expiries: expiries.map(({ timestamp, expiry, price, round, payments }) => ({
      time: time(timestamp),
      expiry,
      price: formatPrice(price),
      round: Number(round),
      payments: payments.map(({ account, paid }) => ({ account, paid: formatUsd(paid) })),
    })),
    hedges: { trades: hedges.trades, value: formatUsd(hedges.value), refused: hedges.refused },
  };
}

function estimationObject({ movedAt, ...rest }: EstimationResult) {
  return { ...(movedAt === undefined ? {} : { rangesMovedAt: time(movedAt) }), ...rest };
}

function lagObject({ timestamp, symbol, expiryHours, wanted, posted }: SurfaceResult) {
  return { time: time(timestamp), expiry: `${symbol}-${expiryName(expiryHours)}`, wanted, posted };
}

function liquidationObject(l: LiquidationResult) {
  return {
    time: time(l.timestamp),
    account: l.account,
    liquidator: l.liquidator,
    parts: l.parts.map(({ instrument, quantity, value }) => ({
      instrument,
      quantity: contracts(quantity),
      value: formatUsd(value),
    })),
    reward: formatUsd(l.reward),
    insuranceShare: formatUsd(l.insuranceShare),
    equityBefore: formatUsd(l.equityBefore),
    equityAfter: formatUsd(l.equityAfter),
    maintenanceBefore: formatUsd(l.maintenanceBefore),
    maintenanceAfter: formatUsd(l.maintenanceAfter),
  };
}

const contracts = (quantity: bigint): string => formatDecimal(quantity, QUANTITY_DECIMALS);
const time = (timestamp: number): string => new Date(timestamp * 1_000).toISOString();

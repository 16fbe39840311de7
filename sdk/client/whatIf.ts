import { clearingHouseAbi } from "../abi.ts";
import { decodeInstrument } from "../instruments.ts";
import { afterCashFlow, afterFlow, afterTrade, type MarketState } from "../margin/hypothesis.ts";
import { assess } from "../margin/riskEngine.ts";
import { type Margin, type ParameterSet, type Portfolio, PriceStatus } from "../types.ts";
import { type HouseReader, read, type ReadOptions } from "./house.ts";
import { readHouse, readMarkets, readPortfolio } from "./read.ts";

/** What would happen to an account, in the order given: trades first, then flows. */
export interface Change {
  /** @param price 8 decimals; the mark unless told. */
  readonly trades?: readonly { readonly instrument: bigint; readonly quantity: bigint; readonly price?: bigint }[];
  /** Deposits (positive) and withdrawals, in the token's own unit. */
  readonly flows?: readonly { readonly token: string; readonly amount: bigint }[];
}

export interface WhatIf {
  readonly before: Margin;
  readonly after: Margin;
  readonly portfolio: Portfolio;
}

/**
 * Margin before and after trades and flows that did not happen; the account may be empty. Fees are left out: take them off the
 * equity. Equal to the lens's whatIf to the last unit.
 */
export async function whatIf(
  house: HouseReader,
  account: string,
  { trades = [], flows = [] }: Change,
  parameters: ParameterSet,
  options: ReadOptions = {},
): Promise<WhatIf> {
  const portfolio = await readPortfolio(house, account, options);
  const [cashPrice] = await readMarkets(house, [0], options);
  let after: Portfolio =
    portfolio.cashPrice.status === PriceStatus.None ? { ...portfolio, cashPrice: cashPrice! } : portfolio;
  for (const trade of trades) {
    after = afterTrade(after, { ...trade, market: await readMarketState(house, trade.instrument, options) });
  }
  for (const { token, amount } of flows) {
    after = await flowed(house, account, after, token, amount, options);
  }
  return { before: assess(portfolio, parameters), after: assess(after, parameters), portfolio: after };
}

async function readMarketState(house: HouseReader, instrument: bigint, options: ReadOptions): Promise<MarketState> {
  const [[market], [state]] = await Promise.all([
    readMarkets(house, [decodeInstrument(instrument).underlying], options),
    read(house, house.addresses.clearingHouse, clearingHouseAbi, "perpetualState", [instrument], options),
  ]);
  return { ...market!, openInterest: (state as { openInterest: bigint }).openInterest };
}

async function flowed(
  house: HouseReader,
  account: string,
  portfolio: Portfolio,
  token: string,
  amount: bigint,
  options: ReadOptions,
): Promise<Portfolio> {
  const asset = await readHouse<bigint>(house, "assetOf", [token], options);
  if (asset === 0n) return afterCashFlow(portfolio, amount);
  const terms = await readHouse<{ underlying: bigint; decimals: bigint }>(house, "collateralTerms", [asset], options);
  const [held, total, [market]] = await Promise.all([
    readHouse<bigint>(house, "collateralOf", [account, asset], options),
    readHouse<bigint>(house, "collateralTotal", [asset], options),
    readMarkets(house, [Number(terms.underlying)], options),
  ]);
  return afterFlow(portfolio, {
    asset: Number(asset),
    underlying: Number(terms.underlying),
    decimals: Number(terms.decimals),
    amount,
    held,
    total,
    market: market!,
  });
}

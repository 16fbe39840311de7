import { clearingHouseAbi } from "../abi.ts";
import { bucketOf, decodeInstrument, perpetual } from "../instruments.ts";
import { type Trade, whatIf } from "../margin/hypotheses.ts";
import { divUp } from "../margin/fixedPoint.ts";
import { assess } from "../margin/riskEngine.ts";
import { type Holding, type Margin, type ParameterSet, type Portfolio, PriceStatus } from "../types.ts";
import { HouseError, type HouseReader, read, type ReadOptions } from "./house.ts";
import { readHouse, readMarkets, readPortfolio, readSurfaces, readTime } from "./read.ts";

/** What would happen to an account: trades first, then flows. */
export interface Change {
  /** @param price 8 decimals; the mark unless told. */
  readonly trades?: readonly { readonly instrument: bigint; readonly quantity: bigint; readonly price?: bigint }[];
  /** Deposits (positive) and withdrawals, in the token's own unit. */
  readonly flows?: readonly { readonly token: string; readonly amount: bigint }[];
}

export interface WhatIf {
  readonly before: Margin;
  readonly after: Margin;
  /** The account after the change, for further questions. */
  readonly portfolio: Portfolio;
}

/**
 * Margin before and after trades and flows that did not happen; the account may be empty. Fees are left out: take them off the
 * equity. Equal to the lens's whatIf to the last unit.
 */
export async function readWhatIf(
  house: HouseReader,
  account: string,
  { trades = [], flows = [] }: Change,
  parameters: ParameterSet,
  options: ReadOptions = {},
): Promise<WhatIf> {
  const present = await readPortfolio(house, account, options);
  const [cashPrice] = await readMarkets(house, [0], options);
  const dated = trades.find(({ instrument }) => decodeInstrument(instrument).expiryHours !== 0);
  let portfolio: Portfolio = {
    ...present,
    ...(present.cashPrice.status === PriceStatus.None ? { cashPrice: cashPrice! } : {}),
    ...(present.now === undefined && dated !== undefined
      ? { now: await readTime(house, decodeInstrument(dated.instrument).underlying, options) }
      : {}),
  };
  const moves = await Promise.all(trades.map((trade) => tradeOn(house, trade, options)));
  portfolio = whatIf(portfolio, moves, [], parameters);
  const sums = new Map<string, bigint>();
  for (const { token, amount } of flows) {
    const isCash = (await readHouse<bigint>(house, "assetOf", [token], options)) === 0n;
    // All of the token up to here: the clearing house tells what is held before the first.
    const sum = amount + (isCash ? 0n : (sums.get(token.toLowerCase()) ?? 0n));
    sums.set(token.toLowerCase(), sum);
    portfolio = await afterFlow(house, account, portfolio, token, sum, options);
  }
  return { before: assess(present, parameters), after: assess(portfolio, parameters), portfolio };
}

/** The trade with the state of its market. */
async function tradeOn(
  house: HouseReader,
  trade: NonNullable<Change["trades"]>[number],
  options: ReadOptions,
): Promise<Trade> {
  const { instrument } = trade;
  const { underlying, expiryHours } = decodeInstrument(instrument);
  const [[market], [state]] = await Promise.all([
    readMarkets(house, [underlying], options),
    read(house, house.addresses.clearingHouse, clearingHouseAbi, "perpetualState", [perpetual(underlying)], options),
  ]);
  const { openInterest } = state as { openInterest: bigint };
  const linear = { price: market!.price, status: market!.status, openInterest };
  if (expiryHours === 0) return { ...trade, market: linear };
  const bucket = bucketOf(instrument);
  const [[surface], terms] = await Promise.all([
    readSurfaces(house, [bucket], options),
    readHouse<{ lotExponent: bigint }>(house, "expiryTerms", [bucket], options),
  ]);
  return { ...trade, market: { ...linear, surface: surface!, lotExponent: Number(terms.lotExponent) } };
}

/** Rounds what the account and the vault hold as the ledger does: from the exact amounts after the flow. */
async function afterFlow(
  house: HouseReader,
  account: string,
  portfolio: Portfolio,
  token: string,
  amount: bigint,
  options: ReadOptions,
): Promise<Portfolio> {
  const asset = await readHouse<bigint>(house, "assetOf", [token], options);
  if (asset === 0n) return { ...portfolio, cash: portfolio.cash + amount };
  const terms = await readHouse<{ underlying: bigint; decimals: bigint }>(house, "collateralTerms", [asset], options);
  const [held, total, [market]] = await Promise.all([
    readHouse<bigint>(house, "collateralOf", [account, asset], options),
    readHouse<bigint>(house, "collateralTotal", [asset], options),
    readMarkets(house, [Number(terms.underlying)], options),
  ]);
  if (held + amount < 0n)
    throw new HouseError(`The account holds ${held} units of ${token}, less than the withdrawal takes.`);
  const after: Holding = {
    asset: Number(asset),
    underlying: Number(terms.underlying),
    amount: toEightDecimals(held + amount, terms.decimals, false),
    total: toEightDecimals(total + amount, terms.decimals, true),
    price: market!.price,
    status: market!.status,
  };
  const others = portfolio.holdings.filter((holding) => holding.asset !== after.asset);
  return { ...portfolio, holdings: [...others, after] };
}

function toEightDecimals(amount: bigint, decimals: bigint, up: boolean): bigint {
  if (decimals <= 8n) return amount * 10n ** (8n - decimals);
  const scale = 10n ** (decimals - 8n);
  return up ? divUp(amount, scale) : amount / scale;
}

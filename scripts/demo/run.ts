/** The whole demo without a terminal: opens the books, replays the event, audits. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import { ONE, parsePrice } from "../../sdk/units.ts";
import { audit } from "../audit/identities.ts";
import { type MarketEvent, openingPrices } from "../shared/events.ts";
import { type Actor, openAccount, sizeLegs, trade } from "./actors.ts";
import { LIQUIDATOR, MARKET_MAKERS } from "./books.ts";
import type { EventBooks } from "./event-books.ts";
import { asTheyAre, topUp } from "./funding.ts";
import { hedge, hedgesOf } from "./hedger.ts";
import type { DemoHouse, Signer } from "./house.ts";
import { snapshot } from "./ledger-snapshot.ts";
import { OPTION_MAKER_LEAST_GAIN, OPTION_MARKET_MAKER } from "./option-books.ts";
import { lossResult } from "./losses.ts";
import { listOptions, openOptionBooks, type OptionMarket, optionMarket } from "./options-opening.ts";
import { type OptionFigures, optionFigures } from "./options-figures.ts";
import { type Course, replay } from "./replay.ts";
import type { AccountResult, CollateralEffect, DemoResult, SurfaceResult } from "./result.ts";
import { type SurfacePoster, surfacePoster } from "./surfaces.ts";

export interface Scene {
  readonly house: DemoHouse;
  readonly event: MarketEvent;
  readonly books: EventBooks;
  readonly parameters: ParameterFile;
  readonly signers: readonly Signer[];
}

export interface Opening {
  readonly accounts: readonly AccountResult[];
  readonly collateralEffect: readonly CollateralEffect[];
  readonly actors: readonly Actor[];
  readonly figures: OptionFigures;
  readonly market: OptionMarket;
  readonly poster: SurfacePoster;
  readonly surfaces: readonly SurfaceResult[];
}

/** Deposits and trades, all at the opening prices. */
export async function openBooks({ house, event, books, parameters, signers }: Scene): Promise<Opening> {
  const { assets } = event.description;
  const opening = event.rows[0]!;
  const openings = openingPrices(event);
  const closes = new Map(assets.map((symbol, i) => [symbol, openings[i]!]));
  const priceOf = (symbol: string): number => closes.get(symbol)!;
  const indexOf = (symbol: string): bigint => parsePrice(priceOf(symbol).toFixed(PRICE_DECIMALS));

  const actors: Actor[] = [];
  for (const [i, participant] of books.everybody.entries()) {
    // The first signer is the deployer and the oracle.
    actors.push(await openAccount(house, participant, signers[i + 1]!));
  }
  const named = (name: string): Actor => actors.find((actor) => actor.name === name)!;
  const prepare = books.topsUp ? topUp(house, (underlying) => indexOf(house.symbols[underlying - 1]!)) : asTheyAre;
  for (const { name, counterparty, legs } of books.traders) {
    await trade(house, named(name), named(counterparty), sizeLegs(legs, priceOf), indexOf, prepare);
  }

  const market = optionMarket(house, opening.timestamp, priceOf);
  await listOptions(house, market, books);
  const poster = surfacePoster(house, parameters, market.expiries);
  const surfaces = await poster.post(priceOf, opening.timestamp);
  await openOptionBooks(house, market, books, named, prepare);
  const maker = named(OPTION_MARKET_MAKER.name);
  for (const wanted of await hedgesOf(house, maker)) {
    await hedge(house, maker, named(MARKET_MAKERS[0]!.name), wanted, indexOf);
  }
  return {
    actors,
    accounts: await openingFigures(house, books, actors),
    collateralEffect: await etherAsCollateral(house),
    figures: await optionFigures(house, market, books.optionTraders, named),
    market,
    poster,
    surfaces,
  };
}

export async function playOut(
  { house, event }: Scene,
  { actors, accounts, collateralEffect, figures, market, poster, surfaces }: Opening,
  course: Course,
): Promise<DemoResult> {
  const named = (name: string): Actor => actors.find((actor) => actor.name === name)!;
  const cast = {
    actors,
    liquidator: named(LIQUIDATOR.name),
    buyer: named(MARKET_MAKERS[0]!.name),
    optionsBuyer: named(OPTION_MARKET_MAKER.name),
  };
  const live = { expiries: market.expiries, poster };
  const started = performance.now();
  const { hours, lowest, liquidations, run, estimation, ...during } = await replay(house, event, cast, live, course);
  return {
    run: { ...run, seconds: Math.round((performance.now() - started) / 1_000) },
    accounts,
    lowest,
    collateralEffect,
    options: { ...figures, ...during, surfaces: [...surfaces, ...during.surfaces] },
    hours,
    liquidations,
    losses: await lossResult(house),
    estimation,
    audit: audit(await snapshot(house, market)),
  };
}

const PRICE_DECIMALS = 8;
const MAKER_OPTIONS = 40;

/**
 * What the demo must show besides a balanced ledger; a sentence for each thing that it does not. In an event of the repository nothing is
 * refused either; in another one that is part of the result.
 */
export function shortcomings(
  { accounts, collateralEffect, options, run, audit: { ok } }: DemoResult,
  { feeds }: Pick<MarketEvent, "feeds">,
): string[] {
  const [shortEffect, longEffect] = collateralEffect;
  return [
    ...accounts
      .filter(({ gain, leastGain }) => leastGain !== undefined && gain < leastGain)
      .map(({ name, gain, leastGain }) => `${name} gains ${gain}, less than ${leastGain}.`),
    ...(shortEffect!.withEther < shortEffect!.withCash
      ? []
      : ["ETH collateral does not lower an ETH short's requirement."]),
    ...(longEffect!.withEther > longEffect!.withCash
      ? []
      : ["ETH collateral does not raise an ETH long's requirement."]),
    ...(options.makerOptions === MAKER_OPTIONS
      ? []
      : [`${OPTION_MARKET_MAKER.name} has ${options.makerOptions} options, not ${MAKER_OPTIONS}.`]),
    ...(feeds === undefined
      ? run.refusals.map(({ what, count }) => `The contracts refused ${count} times: ${what}.`)
      : []),
    ...(ok ? [] : ["The audit failed."]),
  ];
}

async function openingFigures(
  house: DemoHouse,
  { traders, optionTraders, topsUp }: EventBooks,
  actors: readonly Actor[],
): Promise<AccountResult[]> {
  const summaries = await Promise.all(actors.map(({ account }) => house.lens.summary(account)));
  return actors.map(({ name, holds, account }, i) => {
    const { isolated, portfolioMargin, margin } = summaries[i]!;
    const perpetuals = traders.find((t) => t.name === name);
    const options = optionTraders.find((t) => t.name === name);
    const isMaker = name === OPTION_MARKET_MAKER.name;
    return {
      name,
      holds,
      isTrader: perpetuals !== undefined,
      hasOptions: options !== undefined || isMaker,
      id: account,
      isolatedMargin: isolated,
      portfolioMargin,
      gain: isolated === 0n ? 0 : Math.floor((1 - Number(portfolioMargin) / Number(isolated)) * 1e4) / 1e4,
      leastGain: isMaker ? (topsUp ? undefined : OPTION_MAKER_LEAST_GAIN) : (perpetuals ?? options)?.leastGain,
      opening: { equity: margin.equity, initial: margin.initial, maintenance: margin.maintenance },
    };
  });
}

/** Asks for the margin of an account that does not exist: nothing is traded. */
async function etherAsCollateral(house: DemoHouse): Promise<CollateralEffect[]> {
  const nobody = `0x${"d".repeat(64)}`;
  const instrument = house.perpetualOf("ETH");
  const { address, decimals } = house.collaterals.find(({ symbol }) => symbol === "WETH")!;
  const deposit = { token: address, amount: 1_000n * 10n ** BigInt(decimals) };
  const initialMargin = async (quantity: bigint, flows: (typeof deposit)[]): Promise<bigint> => {
    const [, afterwards] = await house.lens.whatIf(nobody, [{ instrument, quantity, price: 0n }], flows);
    return afterwards.initial;
  };
  const effect = async (position: string, quantity: bigint): Promise<CollateralEffect> => ({
    position,
    withCash: await initialMargin(quantity, []),
    withEther: await initialMargin(quantity, [deposit]),
  });
  return [await effect("short 1,000 ETH", -1_000n * ONE), await effect("long 1,000 ETH", 1_000n * ONE)];
}

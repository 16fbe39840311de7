/** The whole demo without a terminal: opens the books, replays the event, audits. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import { ONE, parsePrice } from "../../sdk/units.ts";
import type { MarketEvent, PriceRow } from "../shared/events.ts";
import { type Actor, openAccount, sizeLegs, trade } from "./actors.ts";
import { audit } from "./audit.ts";
import { LIQUIDATOR, MARKET_MAKERS, PARTICIPANTS, TRADERS } from "./books.ts";
import { hedge, hedgesOf } from "./hedger.ts";
import type { DemoHouse, Signer } from "./house.ts";
import { snapshot } from "./ledger-snapshot.ts";
import { OPTION_MAKER_LEAST_GAIN, OPTION_MARKET_MAKER, OPTION_PARTICIPANTS, OPTION_TRADERS } from "./option-books.ts";
import { listOptions, openOptionBooks, type OptionMarket, optionMarket } from "./options-opening.ts";
import { type OptionFigures, optionFigures } from "./options-figures.ts";
import { replay } from "./replay.ts";
import type { AccountResult, CollateralEffect, DemoResult, SurfaceResult } from "./result.ts";
import { type SurfacePoster, surfacePoster } from "./surfaces.ts";

export interface Scene {
  readonly house: DemoHouse;
  readonly event: MarketEvent;
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

/** Everybody, in the order of the tables. */
export const EVERYBODY = [...PARTICIPANTS, ...OPTION_PARTICIPANTS];

/** Deposits and trades, all at the opening prices. */
export async function openBooks({ house, event, parameters, signers }: Scene): Promise<Opening> {
  const { assets } = event.description;
  const opening = event.rows[0]!;
  const closes = new Map(assets.map((symbol, i) => [symbol, opening.closes[i]!]));
  const priceOf = (symbol: string): number => closes.get(symbol)!;
  const indexOf = (symbol: string): bigint => parsePrice(priceOf(symbol));

  const actors: Actor[] = [];
  for (const [i, participant] of EVERYBODY.entries()) {
    // The first signer is the deployer and the oracle.
    actors.push(await openAccount(house, participant, signers[i + 1]!));
  }
  const named = (name: string): Actor => actors.find((actor) => actor.name === name)!;
  for (const { name, counterparty, legs } of TRADERS) {
    await trade(house, named(name), named(counterparty), sizeLegs(legs, priceOf), indexOf);
  }

  const market = optionMarket(house, opening.timestamp, priceOf);
  await listOptions(house, market);
  const poster = surfacePoster(house, parameters, market.expiries);
  const surfaces = await poster.post(priceOf, opening.timestamp);
  await openOptionBooks(house, market, named);
  const maker = named(OPTION_MARKET_MAKER.name);
  for (const wanted of await hedgesOf(house, maker)) {
    await hedge(house, maker, named(MARKET_MAKERS[0]!.name), wanted, indexOf);
  }
  return {
    actors,
    accounts: await openingFigures(house, actors),
    collateralEffect: await etherAsCollateral(house),
    figures: await optionFigures(house, market, named),
    market,
    poster,
    surfaces,
  };
}

export async function playOut(
  { house, event }: Scene,
  { actors, accounts, collateralEffect, figures, market, poster, surfaces }: Opening,
  onHour: (row: PriceRow, liquidations: number) => void,
): Promise<DemoResult> {
  const named = (name: string): Actor => actors.find((actor) => actor.name === name)!;
  const cast = {
    actors,
    liquidator: named(LIQUIDATOR.name),
    buyer: named(MARKET_MAKERS[0]!.name),
    optionsBuyer: named(OPTION_MARKET_MAKER.name),
  };
  const live = { expiries: market.expiries, poster };
  const { hours, liquidations, ...during } = await replay(house, event, cast, live, onHour);
  return {
    accounts,
    collateralEffect,
    options: { ...figures, ...during, surfaces: [...surfaces, ...during.surfaces] },
    hours,
    liquidations,
    audit: audit(await snapshot(house, market)),
  };
}

const MAKER_OPTIONS = 40;

/** What the demo must show besides a balanced ledger; a sentence for each thing that it does not. */
export function shortcomings({ accounts, collateralEffect, options, audit: { ok } }: DemoResult): string[] {
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
    ...(ok ? [] : ["The audit failed."]),
  ];
}

async function openingFigures(house: DemoHouse, actors: readonly Actor[]): Promise<AccountResult[]> {
  const summaries = await Promise.all(actors.map(({ account }) => house.lens.summary(account)));
  return actors.map(({ name, holds, account }, i) => {
    const { isolated, portfolioMargin, margin } = summaries[i]!;
    const perpetuals = TRADERS.find((t) => t.name === name);
    const options = OPTION_TRADERS.find((t) => t.name === name);
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
      leastGain: isMaker ? OPTION_MAKER_LEAST_GAIN : (perpetuals ?? options)?.leastGain,
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

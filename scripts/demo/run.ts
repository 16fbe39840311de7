/** The whole demo without a terminal: opens the books, replays the event, audits. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import { ONE, parsePrice } from "../../sdk/units.ts";
import type { MarketEvent, PriceRow } from "../shared/events.ts";
import { type Actor, openAccount, sizeLegs, trade } from "./actors.ts";
import { audit } from "./audit.ts";
import { LIQUIDATOR, MARKET_MAKERS, PARTICIPANTS, TRADERS } from "./books.ts";
import type { DemoHouse, Signer } from "./house.ts";
import { snapshot } from "./ledger-snapshot.ts";
import { replay } from "./replay.ts";
import type { AccountResult, CollateralEffect, DemoResult } from "./result.ts";

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
}

/** Deposits and trades, all at the opening prices. */
export async function openBooks({ house, event, signers }: Scene): Promise<Opening> {
  const { assets } = event.description;
  const closes = new Map(assets.map((symbol, i) => [symbol, event.rows[0]!.closes[i]!]));
  const priceOf = (symbol: string): number => closes.get(symbol)!;
  const indexOf = (symbol: string): bigint => parsePrice(priceOf(symbol));

  const actors: Actor[] = [];
  for (const [i, participant] of PARTICIPANTS.entries()) {
    // The first signer is the deployer and the oracle.
    actors.push(await openAccount(house, participant, signers[i + 1]!));
  }
  const named = (name: string): Actor => actors.find((actor) => actor.name === name)!;
  for (const { name, counterparty, legs } of TRADERS) {
    await trade(house, named(name), named(counterparty), sizeLegs(legs, priceOf), indexOf);
  }
  return { actors, accounts: await openingFigures(house, actors), collateralEffect: await etherAsCollateral(house) };
}

export async function playOut(
  { house, event }: Scene,
  { actors, accounts, collateralEffect }: Opening,
  onHour: (row: PriceRow, liquidations: number) => void,
): Promise<DemoResult> {
  const liquidator = actors.find(({ name }) => name === LIQUIDATOR.name)!;
  const buyer = actors.find(({ name }) => name === MARKET_MAKERS[0]!.name)!;
  const { hours, liquidations } = await replay(house, event, { actors, liquidator, buyer }, onHour);
  return { accounts, collateralEffect, hours, liquidations, audit: audit(await snapshot(house)) };
}

/** What the demo must show besides a balanced ledger; a sentence for each thing that it does not. */
export function shortcomings({ accounts, collateralEffect, audit: { ok } }: DemoResult): string[] {
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
    ...(ok ? [] : ["The audit failed."]),
  ];
}

async function openingFigures(house: DemoHouse, actors: readonly Actor[]): Promise<AccountResult[]> {
  const summaries = await house.lens.summaries(actors.map(({ account }) => account));
  return actors.map(({ name, holds, account }, i) => {
    const { isolated, portfolioMargin, margin } = summaries[i]!;
    const trader = TRADERS.find((t) => t.name === name);
    return {
      name,
      holds,
      isTrader: trader !== undefined,
      id: account,
      isolatedMargin: isolated,
      portfolioMargin,
      gain: isolated === 0n ? 0 : Math.floor((1 - Number(portfolioMargin) / Number(isolated)) * 1e4) / 1e4,
      leastGain: trader?.leastGain,
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

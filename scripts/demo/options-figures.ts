/** Figures about the option books when they had been opened. */
import { decodeInstrument } from "../../sdk/instruments.ts";
import type { Actor } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import { OPTION_MARKET_MAKER, OPTION_SYMBOLS, type OptionTrader } from "./option-books.ts";
import type { OptionMarket } from "./options-opening.ts";
import type { MarginParts, OptionsResult, StressResult } from "./result.ts";

const BPS = 10_000;
const MICRO = 1e6;

export type OptionFigures = Pick<OptionsResult, "parts" | "makerOptions" | "makerLegs" | "stress" | "market">;

export async function optionFigures(
  house: DemoHouse,
  { expiries, chains }: OptionMarket,
  optionTraders: readonly OptionTrader[],
  actorOf: (name: string) => Actor,
): Promise<OptionFigures> {
  const maker = actorOf(OPTION_MARKET_MAKER.name);
  const names = [...optionTraders.map(({ name }) => name), maker.name];
  // Ids ascend by underlying, expiry, right and strike.
  const instruments = [...(await house.clearingHouse.instrumentsOf(maker.account))].sort((a, b) => (a < b ? -1 : 1));
  return {
    market: { expiries, prices: { BTC: chains.BTC.price, ETH: chains.ETH.price } },
    parts: await Promise.all(
      names.map(async (account) => ({ account, parts: await partsOf(house, actorOf(account)) })),
    ),
    makerOptions: instruments.filter((instrument) => decodeInstrument(instrument).kind !== 0).length,
    makerLegs: await Promise.all(
      instruments.map(async (instrument) => ({
        instrument: house.nameOf(instrument),
        quantity: await house.clearingHouse.quantityOf(maker.account, instrument),
      })),
    ),
    stress: await Promise.all(OPTION_SYMBOLS.map((symbol) => stressOf(house, maker, symbol))),
  };
}

async function partsOf(house: DemoHouse, { account }: Actor): Promise<MarginParts> {
  const [, parts] = await house.lens.explain(account);
  const { lines, remainder, basis, vega, shortOptions, longOptions, concentration, collateral } = parts;
  return { lines, remainder, basis, vega, shortOptions, longOptions, concentration, collateral };
}

async function stressOf(house: DemoHouse, { account }: Actor, symbol: string): Promise<StressResult> {
  const underlying = house.underlyingOf(symbol);
  const nodes = await house.optionLens.stress(account, underlying);
  return {
    symbol,
    range: Number(house.riskParameters.underlyings[underlying - 1]!.scanRangeBps) / BPS,
    nodes: nodes.map(({ move, up, down }) => ({ move: Number(move) / MICRO, up, down })),
  };
}

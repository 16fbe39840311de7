/**
 * Those who take over what others cannot keep: rational, with capital that ends. Each takes a part of an account when it earns at
 * least its costs of getting rid of it; nobody gets rid of anything before the prices have been quiet, so capital is used up.
 */
import { readParameters } from "../../sdk/client/index.ts";
import { decodeError } from "../../sdk/errors/index.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import type { Margin, ParameterSet, Portfolio } from "../../sdk/types.ts";
import { decodePortfolio } from "../../sdk/words.ts";
import { decodeInstrument } from "../../sdk/instruments.ts";
import { abs } from "../../sdk/margin/fixedPoint.ts";
import { formatUsd } from "../../sdk/units.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import type { StressHouse } from "./market.ts";

/** Cost of getting rid of a position, of its value. */
export const COSTS_BPS = [50n, 100n, 150n, 200n, 300n] as const;
const FIRST_SIGNER = 3;
/** Whole, half, a quarter, an eighth of a part, as far as the taker's account carries it. */
const DIVISORS = [1n, 2n, 4n, 8n] as const;
const BPS = 10_000n;
/** 8 (quantity) + 8 (price) − 6 (USD) decimals. */
const VALUE_TO_USD = 10n ** 10n;
const AMOUNT_DECIMALS = 8;

export interface Taker {
  readonly trader: Trader;
  readonly costBps: bigint;
}

export interface Parts {
  readonly positions: readonly { readonly instrument: bigint; readonly quantity: bigint }[];
  readonly collaterals: readonly { readonly asset: number; readonly amount: bigint }[];
}

/** An account as it is now. @param value Of all it holds at the mark, options by their contracts at the index; USD, 6 decimals. */
export interface Standing {
  readonly account: string;
  readonly portfolio: Portfolio;
  readonly parameters: ParameterSet;
  readonly margin: Margin;
  readonly value: bigint;
}

export async function openTakers(house: StressHouse, capitalUsd: number): Promise<Taker[]> {
  const takers: Taker[] = [];
  for (const [i, costBps] of COSTS_BPS.entries()) {
    const usdc = formatUsd(BigInt(Math.max(1, Math.round((capitalUsd / COSTS_BPS.length) * 1e6))));
    takers.push({ trader: await house.openAccount(house.signers[FIRST_SIGNER + i]!, 0, { usdc }), costBps });
  }
  return takers;
}

/** What it costs a taker to get rid of something. */
export const costOf = ({ costBps }: Taker, value: bigint): bigint => (value * costBps) / BPS;

export class Standings {
  readonly #house: StressHouse;
  readonly #clearingHouse: string;
  #known: { readonly hour: number; readonly parameters: ParameterSet } | undefined;

  constructor(house: StressHouse, clearingHouse: string) {
    this.#house = house;
    this.#clearingHouse = clearingHouse;
  }

  async of(account: string): Promise<Standing> {
    const now = await this.#house.now();
    const packed = await this.#house.clearingHouse.portfolioOf(account);
    const { cash, cashPrice } = packed;
    const [exposures, holdings, surfaces, options] = [
      [...packed.exposures],
      [...packed.holdings],
      [...packed.surfaces],
      [...packed.options],
    ];
    const portfolio = decodePortfolio({ cash, cashPrice, exposures, holdings, surfaces, options }, BigInt(now));
    const parameters = await this.#parameters(now);
    return { account, portfolio, parameters, margin: assess(portfolio, parameters), value: valueOf(portfolio) };
  }

  /** They move at whole hours. */
  async #parameters(now: number): Promise<ParameterSet> {
    const hour = Math.floor(now / 3_600);
    if (this.#known?.hour !== hour) {
      const reader = { caller: this.#house.signers[0]!, addresses: { clearingHouse: this.#clearingHouse } };
      this.#known = { hour, parameters: await readParameters(reader) };
    }
    return this.#known.parameters;
  }
}

function valueOf({ exposures, holdings }: Portfolio): bigint {
  const positions = exposures.reduce((sum, { quantity, price, dated }) => {
    const lots = (dated?.options ?? []).reduce((all, { calls, puts }) => all + abs(calls) + abs(puts), 0n);
    const contracts = abs(quantity) + lots * 10n ** BigInt(dated?.lotExponent ?? 0);
    return sum + contracts * price;
  }, 0n);
  return (positions + holdings.reduce((sum, { amount, price }) => sum + amount * price, 0n)) / VALUE_TO_USD;
}

/** What parts of an account are worth, as its `value` counts. */
export function partsValue(
  { portfolio }: Standing,
  { positions, collaterals }: Parts,
  decimals: readonly number[],
): bigint {
  const priceOf = new Map(portfolio.exposures.map(({ underlying, price }) => [underlying, price]));
  const contracts = positions.reduce(
    (sum, { instrument, quantity }) =>
      sum + abs(quantity) * (priceOf.get(decodeInstrument(instrument).underlying) ?? 0n),
    0n,
  );
  const tokens = collaterals.reduce((sum, { asset, amount }) => {
    const price = portfolio.holdings.find((holding) => holding.asset === asset)?.price ?? 0n;
    return sum + toEight(amount, decimals[asset - 1]!) * price;
  }, 0n);
  return (contracts + tokens) / VALUE_TO_USD;
}

const toEight = (amount: bigint, decimals: number): bigint =>
  decimals >= AMOUNT_DECIMALS
    ? amount / 10n ** BigInt(decimals - AMOUNT_DECIMALS)
    : amount * 10n ** BigInt(AMOUNT_DECIMALS - decimals);

/** Divides each part, towards zero and in whole lots. */
export function divide({ positions, collaterals }: Parts, divisor: bigint, { portfolio }: Standing): Parts {
  return {
    positions: positions
      .map(({ instrument, quantity }) => {
        const lot = lotOf(instrument, portfolio);
        return { instrument, quantity: (quantity / (divisor * lot)) * lot };
      })
      .filter(({ quantity }) => quantity !== 0n),
    collaterals: collaterals
      .map(({ asset, amount }) => ({ asset, amount: amount / divisor }))
      .filter(({ amount }) => amount !== 0n),
  };
}

export function lotOf(instrument: bigint, { exposures }: Portfolio): bigint {
  const { underlying, expiryHours, kind } = decodeInstrument(instrument);
  if (kind === 0) return 1n;
  const held = exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours);
  return 10n ** BigInt(held?.dated?.lotExponent ?? 0);
}

/**
 * Tries the whole, then smaller parts, for as long as it is the taker's own account that cannot carry them.
 * @param run Tries and sends; throws what the contracts refuse.
 * @returns What was sent, or the name of the refusal.
 */
export async function tryParts<T>(
  standing: Standing,
  parts: Parts,
  run: (parts: Parts, divisor: bigint) => Promise<T>,
): Promise<{ readonly done: T } | { readonly refused: string }> {
  let refused = "NothingToLiquidate";
  for (const divisor of DIVISORS) {
    const part = divide(parts, divisor, standing);
    if (part.positions.length + part.collaterals.length === 0) break;
    try {
      return { done: await run(part, divisor) };
    } catch (thrown) {
      const error = decodeError(thrown);
      if (error === undefined) throw thrown;
      refused = error.name;
      if (!OWN_ACCOUNT.has(refused)) break;
    }
  }
  return { refused };
}

/** Refusals that a smaller part may not meet. */
const OWN_ACCOUNT: ReadonlySet<string> = new Set([
  "InsufficientMargin",
  "CashDeficit",
  "TooManyPositions",
  "PoolExhausted",
  "LiquidationPastTarget",
]);

/** The futures and options of a portfolio, as sdk/liquidation/plan.ts wants them. */
import { encodeInstrument, Kind } from "../instruments.ts";
import type { Exposure, OptionEntry, Portfolio } from "../types.ts";
import type { ExpiringBook, OptionPosition, PositionPart } from "./parts.ts";

/**
 * What a plan must know about futures and options, from the portfolio itself.
 * @param values What such parts are worth at the mark, USD with 16 decimals: `IRiskEngine.values` or its twin.
 */
export function expiringBookOf(portfolio: Portfolio, values: ExpiringBook["values"]): ExpiringBook {
  if (portfolio.now === undefined) throw new Error("The portfolio does not say of which second it is.");
  return { options: portfolio.exposures.flatMap(optionsOf), now: portfolio.now, values, without };
}

const lotOf = (exposure: Exposure): bigint => 10n ** BigInt(exposure.dated?.lotExponent ?? 0);

const instrumentOf = ({ underlying, expiryHours }: Exposure, kind: number, strike: number): bigint =>
  encodeInstrument({ underlying, expiryHours, kind, strike });

function optionsOf(exposure: Exposure): OptionPosition[] {
  const lot = lotOf(exposure);
  return (exposure.dated?.options ?? [])
    .flatMap(({ strike, calls, puts }) => [
      { instrument: instrumentOf(exposure, Kind.Call, strike), quantity: calls * lot, lot },
      { instrument: instrumentOf(exposure, Kind.Put, strike), quantity: puts * lot, lot },
    ])
    .filter(({ quantity }) => quantity !== 0n);
}

/** The portfolio without some futures and options; a bucket that is empty then goes as it does in the ledger. */
function without(portfolio: Portfolio, parts: readonly PositionPart[]): Portfolio {
  const taken = new Map(parts.map(({ instrument, quantity }) => [instrument, quantity]));
  const exposures = portfolio.exposures.map((e): Exposure => {
    if (e.dated === undefined) return e;
    const lot = lotOf(e);
    const left = (kind: number, strike: number, lots: bigint): bigint =>
      lots - (taken.get(instrumentOf(e, kind, strike)) ?? 0n) / lot;
    const options = e.dated.options
      .map(({ strike, calls, puts }): OptionEntry => {
        return { strike, calls: left(Kind.Call, strike, calls), puts: left(Kind.Put, strike, puts) };
      })
      .filter(({ calls, puts }) => calls !== 0n || puts !== 0n);
    const quantity = e.quantity - (taken.get(instrumentOf(e, Kind.Linear, 0)) ?? 0n);
    return { ...e, quantity, dated: { ...e.dated, options } };
  });
  const isHeld = (e: Exposure): boolean => e.dated === undefined || e.quantity !== 0n || e.dated.options.length > 0;
  return { ...portfolio, exposures: exposures.filter(isHeld) };
}

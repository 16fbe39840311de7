/** Tokens that stand for a listed underlying, and how far below it they may trade or fail. */
import type { CollateralParameters, UnderlyingParameters } from "../../sdk/parameters.ts";

interface Token {
  readonly symbol: string;
  readonly underlying: string;
  readonly basisHaircutBps: number;
  readonly protocolHaircutBps: number;
  /** Turnover of the token as a share of its underlying's. */
  readonly turnoverShare: number;
  readonly reason: string;
}

const TOKENS: readonly Token[] = [
  {
    symbol: "WETH",
    underlying: "ETH",
    basisHaircutBps: 50,
    protocolHaircutBps: 25,
    turnoverShare: 1,
    reason:
      "WETH unwraps into ETH in one call, so the floors cover only the spread of the sale and the wrapper's code.",
  },
  {
    symbol: "WBTC",
    underlying: "BTC",
    basisHaircutBps: 200,
    protocolHaircutBps: 150,
    turnoverShare: 0.05,
    reason:
      "WBTC is redeemed by merchants through one custodian, in days rather than blocks, and trades below BTC when that custodian is " +
      "doubted; its turnover is assumed to be a twentieth of bitcoin's.",
  },
];

export interface Collaterals {
  readonly parameters: readonly CollateralParameters[];
  readonly notes: readonly string[];
}

/** Those tokens whose underlying is listed. */
export function collateralsOf(underlyings: readonly UnderlyingParameters[]): Collaterals {
  const parameters: CollateralParameters[] = [];
  const notes: string[] = [];
  for (const { symbol, underlying, basisHaircutBps, protocolHaircutBps, turnoverShare, reason } of TOKENS) {
    const listed = underlyings.find((candidate) => candidate.symbol === underlying);
    if (listed === undefined) continue;
    const advUsd = Math.floor(Number(listed.advUsd) * turnoverShare).toString();
    parameters.push({
      symbol,
      underlying,
      basisHaircutBps,
      protocolHaircutBps,
      sigmaDayBps: listed.sigmaDayBps,
      advUsd,
    });
    notes.push(`Haircuts of ${symbol} are floors, assumed. ${reason}`);
  }
  return { parameters, notes };
}

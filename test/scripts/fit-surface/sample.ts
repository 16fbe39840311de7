/** Option chains for the tests of the fit: one made from a known smile, one from an exchange. */
import { optionPrice } from "../../../sdk/options/index.ts";

export const HEADER = "timestamp,currency,expiry,strike,cp,bid,ask,mark,forward,index,mark_iv";
/** 1 March 2026, 00:00 UTC. */
export const NOW = 1_772_323_200;
export const DAY = 86_400;
export const SPOT = 2_000;

export interface Made {
  readonly days: number;
  readonly basis: number;
  readonly atm: number;
  readonly skew: number;
  readonly curvature: number;
}

/** Seventeen strikes from −3.2 to +3.2 standard deviations, quoted 1 % of the volatility wide around the exact price. */
export function madeChain(expiries: readonly Made[], symbol = "ETH", time = NOW): string[] {
  return expiries.flatMap(({ days, basis, atm, skew, curvature }) => {
    const years = days / 365;
    const forward = SPOT * (1 + basis);
    return Array.from({ length: 17 }, (_, i) => (i - 8) * 0.4).map((z) => {
      const clipped = Math.min(Math.max(z, -2.5), 2.5);
      const volatility = atm * (1 + clipped * (skew + curvature * clipped));
      const strike = forward * Math.exp(z * atm * Math.sqrt(years));
      const right = z >= 0 ? "call" : "put";
      const at = (share: number) =>
        optionPrice({ right, forward, strike, years, volatility: volatility * share }) / forward;
      const cells = [time, symbol, NOW + days * DAY, strike, right === "call" ? "C" : "P", at(0.995), at(1.005)];
      return [...cells, at(1), forward, SPOT, volatility].join(",");
    });
  });
}

/**
 * BTC options of 30 January 2026 on Deribit at 2026-01-05 21:21:30 UTC: strike, right, bid and ask in BTC, the exchange's own
 * volatility. Forward 94,459.67 USD, index 94,126.6 USD.
 */
const DERIBIT = `55000 P 0.0002 0.0003 0.8042
60000 P 0.0004 0.0005 0.7531
65000 P 0.0008 0.0009 0.6783
70000 P 0.0014 0.0016 0.6136
75000 P 0.0029 0.003 0.554
80000 P 0.0055 0.006 0.502
84000 P 0.0095 0.0105 0.4663
88000 P 0.018 0.0185 0.4446
92000 P 0.032 0.0325 0.433
94000 P 0.0415 0.042 0.4297
96000 C 0.0365 0.0375 0.4289
98000 C 0.028 0.029 0.427
100000 C 0.0215 0.022 0.4275
104000 C 0.012 0.0125 0.4288
108000 C 0.0065 0.007 0.4336
112000 C 0.0037 0.0039 0.4443
116000 C 0.0021 0.0023 0.4581
120000 C 0.0012 0.0014 0.4711
125000 C 0.0007 0.0008 0.4938
130000 C 0.0004 0.0005 0.5103
140000 C 0.0001 0.0003 0.5613`;

export const deribitChain = (): string[] =>
  DERIBIT.split("\n").map((line) => {
    const [strike, right, bid, ask, volatility] = line.split(" ");
    return [1_767_648_090, "BTC", 1_769_760_000, strike, right, bid, ask, "", 94_459.67, 94_126.6, volatility].join(
      ",",
    );
  });

export const chainText = (rows: readonly string[]): string => `${[HEADER, ...rows].join("\n")}\n`;

/** What a change does to those who hold positions: the same book before and after. */
import { assess } from "../../../sdk/margin/riskEngine.ts";
import { type DatedMarket, type ParameterSet, type Portfolio, PriceStatus } from "../../../sdk/types.ts";
import { formatUsd, ONE } from "../../../sdk/units.ts";
import { smallestEigenvalue } from "../correlation.ts";
import type { Listed } from "./compare.ts";

export interface Effect {
  readonly name: string;
  readonly deployed: string;
  readonly proposed: string;
}

/** USD at a price of one. */
const BOOK = 100_000n;

/** Initial margin of 100,000 USD long of each underlying and of a long/short pair of the first two, what each token counts for. */
export function effects(
  deployed: ParameterSet,
  proposed: ParameterSet,
  { underlyings, collaterals }: Listed,
): Effect[] {
  const both = (name: string, figure: (set: ParameterSet) => string): Effect => ({
    name,
    deployed: figure(deployed),
    proposed: figure(proposed),
  });
  const initial = (sides: readonly bigint[]) => (set: ParameterSet) => formatUsd(assess(book(sides), set).initial);
  return [
    ...underlyings.map((symbol, i) =>
      both(`initial margin of 100,000 USD of ${symbol}`, initial(underlyings.map((_, j) => (i === j ? BOOK : 0n)))),
    ),
    ...(underlyings.length < 2
      ? []
      : [both(`initial margin of 100,000 USD of ${underlyings[0]} against ${underlyings[1]}`, initial([BOOK, -BOOK]))]),
    ...collaterals.map((symbol, i) =>
      both(`haircut of ${symbol}, basis and protocol, %`, ({ collaterals: all }) =>
        (Number(all[i]!.basisHaircutBps + all[i]!.protocolHaircutBps) / 100).toString(),
      ),
    ),
    both("smallest eigenvalue of the correlations", (set) =>
      smallestEigenvalue(rowsOf(set, underlyings.length)).toPrecision(4),
    ),
  ];
}

function book(sides: readonly bigint[]): Portfolio {
  const market: DatedMarket = { price: ONE, status: PriceStatus.Fresh, updatedAt: 0n };
  return {
    cash: 0n,
    cashPrice: market,
    exposures: sides.flatMap((usd, i) =>
      usd === 0n
        ? []
        : [{ ...market, underlying: i + 1, expiryHours: 0, quantity: usd * ONE, openInterest: usd * ONE }],
    ),
    holdings: [],
  };
}

function rowsOf({ correlations }: ParameterSet, count: number): number[][] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: i }, (__, j) => Number(correlations[(i * (i - 1)) / 2 + j]!)),
  );
}

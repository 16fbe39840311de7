/** The keepers' ordinary round: losses become cash, then profits are paid from them. Debts would bear interest for nothing otherwise. */
import { divDown } from "../../sdk/margin/fixedPoint.ts";
import type { Ledger } from "./ledger.ts";
import { attempt } from "./losses.ts";
import type { StressHouse } from "./market.ts";
import { chunks } from "./open.ts";

const MOST_ACCOUNTS = 20;
/** 8 (quantity) + 8 (price) − 6 (USD) decimals. */
const VALUE_TO_USD = 10n ** 10n;

/** @param ledger As last read: it only says in which order. */
export async function settleAll({ clearingHouse, markets }: StressHouse, { entries, marks }: Ledger): Promise<void> {
  for (const { instrument } of Object.values(markets)) {
    const mark = marks.get(instrument)!;
    const unsettled = entries
      .filter(({ isSystem }) => !isSystem)
      .flatMap(({ id, held }) => {
        const own = held.find((position) => position.instrument === instrument);
        return own === undefined ? [] : [{ id, profit: own.quote + divDown(own.quantity * mark, VALUE_TO_USD) }];
      })
      .filter(({ profit }) => profit !== 0n)
      .sort((a, b) => (a.profit < b.profit ? -1 : 1));
    for (const part of chunks(unsettled, MOST_ACCOUNTS)) {
      const ids = part.map(({ id }) => id);
      await attempt(() => clearingHouse.settle(ids, instrument));
    }
  }
}

/** What the audit of the demo's house judges. */
import type { LedgerSnapshot } from "../audit/identities.ts";
import { takeSnapshot } from "../audit/snapshot.ts";
import { expiryBucket } from "./expiries.ts";
import type { DemoHouse } from "./house.ts";
import { OPTION_SYMBOLS } from "./option-books.ts";
import type { OptionMarket } from "./options-opening.ts";

/** The demo holds equities to the last unit: all interest is booked first, and everything is read at the block that did it. */
export async function snapshot(
  house: DemoHouse,
  { expiries }: Pick<OptionMarket, "expiries">,
): Promise<LedgerSnapshot> {
  const { blockNumber } = (await (await house.clearingHouse.accrueInterest()).wait())!;
  const buckets = OPTION_SYMBOLS.flatMap((symbol) => expiries.map((hours) => expiryBucket(house, symbol, hours)));
  const options = await Promise.all(buckets.map((bucket) => house.registry.listedOptions(bucket)));
  const instruments = [
    ...house.symbols.map(house.perpetualOf),
    ...buckets.map((bucket) => bucket << 32n),
    ...options.flat(),
  ];
  return takeSnapshot({ house: house.reader, instruments, isAccrued: true, block: blockNumber });
}

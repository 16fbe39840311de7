/** The later stages: ranking, deleveraging, what is left to the deficit account, and the loss that everybody bears. */
import { decodeError } from "../../sdk/errors/index.ts";
import { isSystemAccount } from "../../sdk/instruments.ts";
import { rankOf } from "../../sdk/waterfall/index.ts";
import { chunks } from "./open.ts";
import type { Entry } from "./ledger.ts";
import type { StressHouse } from "./market.ts";

const MOST_ACCOUNTS = 40;
const ROUND_SECONDS = 3_600;

/** One account that was closed against the other side. USD, 6 decimals. */
export interface Deleveraging {
  readonly account: string;
  readonly deficit: bigint;
  readonly insurancePaid: bigint;
  readonly covered: bigint;
  readonly deficitPaid: bigint;
  /** Closed at the mark. */
  readonly notional: bigint;
}

/** Runs what may be refused, and says whether it went through. */
export async function attempt(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    const error = decodeError(thrown);
    if (error === undefined) throw thrown;
    return error.name;
  }
}

/** Announces and ranks where a deleveraging may be needed: a round must be open for a while before it counts. */
export class Rounds {
  readonly #house: StressHouse;
  readonly #ranked = new Map<bigint, number>();

  constructor(house: StressHouse) {
    this.#house = house;
  }

  /** @param entries All accounts, to rank those that carry risk. @returns How many were ranked. */
  async prepare(account: string, entries: () => Promise<readonly Entry[]>): Promise<number> {
    const { clearingHouse } = this.#house;
    const now = await this.#house.now();
    const held = [...(await clearingHouse.instrumentsOf(account))].filter((id) => this.#isPerpetual(id));
    const stale = held.filter((id) => (this.#ranked.get(id) ?? 0) <= now);
    if (stale.length === 0) return 0;
    if ((await attempt(() => clearingHouse.announceDeleveraging(account))) !== undefined) return 0;
    let count = 0;
    for (const instrument of stale) {
      this.#ranked.set(instrument, now + ROUND_SECONDS);
      // Whoever has no rank is in rank 0 already.
      const risky = (await entries()).filter(
        ({ id, held: positions, equity, maintenance }) =>
          !isSystemAccount(id) &&
          rankOf(equity, maintenance) > 0 &&
          positions.some((position) => position.instrument === instrument && position.quantity !== 0n),
      );
      for (const part of chunks(risky, MOST_ACCOUNTS)) {
        const refused = await attempt(() =>
          clearingHouse.rank(
            instrument,
            part.map(({ id }) => id),
          ),
        );
        if (refused === undefined) count += part.length;
      }
    }
    return count;
  }

  #isPerpetual(instrument: bigint): boolean {
    return Object.values(this.#house.markets).some((market) => market.instrument === instrument);
  }
}

/** Undefined with the refusal's name where it cannot be done now. */
export async function deleverage(
  { auction, clearingHouse, signers }: StressHouse,
  account: string,
): Promise<Deleveraging | string> {
  const desk = auction.connect(signers[0]);
  const refused = await attempt(() => desk.deleverage.staticCall(account));
  if (refused !== undefined) return refused;
  const { blockNumber } = (await (await desk.deleverage(account)).wait())!;
  const [event] = await auction.queryFilter(auction.filters.AccountDeleveraged(), blockNumber, blockNumber);
  const closes = await clearingHouse.queryFilter(clearingHouse.filters.Deleveraged(), blockNumber, blockNumber);
  const { deficit, insurancePaid, covered, deficitPaid } = event!.args;
  const notional = closes.reduce((sum, { args }) => {
    const contracts = args.quantity < 0n ? -args.quantity : args.quantity;
    return sum + (contracts * args.price) / 10n ** 10n;
  }, 0n);
  return { account, deficit, insurancePaid, covered, deficitPaid, notional };
}

/** What the other side has been closed since a block, all brought up to date: accounts and contracts at the prices of their closes. */
export async function applyCloses(
  house: StressHouse,
  accounts: readonly string[],
  first: number,
): Promise<{ readonly touched: number; readonly largest: bigint; readonly total: bigint }> {
  const { clearingHouse, markets } = house;
  for (const { instrument } of Object.values(markets)) {
    for (const part of chunks(accounts, MOST_ACCOUNTS)) await clearingHouse.applyCloses(part, instrument);
  }
  const last = await house.connection.ethers.provider.getBlockNumber();
  const events = await clearingHouse.queryFilter(clearingHouse.filters.CloseApplied(), first, last);
  const proceeds = events.map(({ args }) => (args.quote < 0n ? -args.quote : args.quote));
  return {
    touched: new Set(events.map(({ args }) => args.account)).size,
    largest: proceeds.reduce((most, amount) => (amount > most ? amount : most), 0n),
    total: proceeds.reduce((sum, amount) => sum + amount, 0n),
  };
}

/** Waits for the grace time and lets everybody with cash bear what is open. */
export async function socialise({ clearingHouse, wait, now }: StressHouse): Promise<bigint> {
  if ((await clearingHouse.openDeficit()) === 0n) return 0n;
  const due = Number((await clearingHouse.deficitOpenSince()) + (await clearingHouse.socialiseGrace()));
  const left = due - (await now());
  if (left > 0) await wait(left);
  const { blockNumber } = (await (await clearingHouse.socialise()).wait())!;
  const [event] = await clearingHouse.queryFilter(clearingHouse.filters.LossSocialised(), blockNumber, blockNumber);
  return event?.args.borne ?? 0n;
}

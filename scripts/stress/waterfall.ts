/** Plays the waterfall out after a shock, minute by minute, as keepers and takers would: nobody here may do what others may not. */
import { accountId } from "../../sdk/instruments.ts";
import { type Entry, type Ledger, readLedger } from "./ledger.ts";
import { attempt, type Deleveraging, deleverage, Rounds } from "./losses.ts";
import type { StressHouse } from "./market.ts";
import { relieve, type Take } from "./relief.ts";
import { settleAll } from "./settle.ts";
import type { Scenario } from "./scenarios.ts";
import { revive } from "./shock.ts";
import { hasPositions, takeSlice } from "./slices.ts";
import { type Standing, Standings, type Taker } from "./takers.ts";

const MINUTE = 60;
/** Until then all is over, or it will not be. */
const MOST_MINUTES = 240;
/** So often everybody's margin is looked at again: deleveraging takes from healthy accounts, too. */
const RESCAN_MINUTES = 15;
const SURFACE_MINUTES = 60;
/** Whoever was refused comes back after a minute, then two, four, eight. */
const LONGEST_PAUSE = 8;

export interface Cover {
  readonly account: string;
  readonly insurancePaid: bigint;
  readonly deficitPaid: bigint;
}

/** An account that nobody could or would improve. USD, 6 decimals. */
export interface Left {
  readonly account: string;
  readonly equity: bigint;
  readonly maintenance: bigint;
  readonly perpetuals: number;
  readonly options: number;
  readonly tokens: number;
}

export interface Played {
  readonly minutes: number;
  readonly takes: readonly Take[];
  readonly deleveragings: readonly Deleveraging[];
  readonly covers: readonly Cover[];
  readonly ranked: number;
  /** What was refused, by stage and reason. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Accounts below maintenance margin when it ended. */
  readonly left: readonly Left[];
}

export interface Stage {
  readonly house: StressHouse;
  readonly scenario: Scenario;
  readonly takers: readonly Taker[];
  readonly onMinute: (minute: number, unhealthy: number) => void;
}

const isUnhealthy = ({ isSystem, equity, maintenance }: Entry): boolean => !isSystem && equity < maintenance;

function describe({ account, margin, portfolio }: Standing): Left {
  const { exposures, holdings } = portfolio;
  return {
    account,
    equity: margin.equity,
    maintenance: margin.maintenance,
    perpetuals: exposures.filter(({ expiryHours, quantity }) => expiryHours === 0 && quantity !== 0n).length,
    options: exposures.reduce((sum, { dated }) => sum + (dated?.options.length ?? 0), 0),
    tokens: holdings.filter(({ amount }) => amount !== 0n).length,
  };
}

export async function playOut({ house, scenario, takers, onMinute }: Stage, first: Ledger): Promise<Played> {
  const { auction, liquidation, clearingHouse } = house;
  const standings = new Standings(house, await clearingHouse.getAddress());
  const rounds = new Rounds(house);
  const { reliefSeconds, durationSeconds } = await auction.auctionParameters();
  const own = new Set(takers.map(({ trader }) => accountId(trader.signer.address, trader.number)));
  const takes: Take[] = [];
  const deleveragings: Deleveraging[] = [];
  const covers: Cover[] = [];
  const refusals = new Map<string, number>();
  const pauses = new Map<string, { readonly length: number; readonly until: number }>();
  let ranked = 0;
  let ledger = first;
  let open = first.entries.filter(isUnhealthy).map(({ id }) => id);
  const started = await house.now();
  let isDead = scenario.dead !== undefined;
  const count = (stage: string, name: string): void => {
    refusals.set(`${stage}: ${name}`, (refusals.get(`${stage}: ${name}`) ?? 0) + 1);
  };

  const rescan = async (): Promise<void> => {
    ledger = await readLedger(house);
    open = ledger.entries.filter((entry) => isUnhealthy(entry) && !own.has(entry.id)).map(({ id }) => id);
  };

  /** Margin relief, while there is equity. */
  const relief = async (standing: Standing): Promise<boolean> => {
    const { account, margin } = standing;
    if (margin.equity <= 0n) return false;
    // A clock that was cleared because the account recovered has to be started again.
    if ((await liquidation.flaggedAt(account)) === 0n) await attempt(() => liquidation.flag(account));
    const take = await relieve(house, standing, takers);
    if (take !== undefined) takes.push(take);
    return take !== undefined;
  };

  const startAuction = async ({ account, margin }: Standing): Promise<boolean> => {
    if ((await auction.startedAt(account)) !== 0n) return true;
    const from = Number(await liquidation.flaggedAt(account));
    if (margin.equity > 0n && (from === 0 || (await house.now()) < from + Number(reliefSeconds))) return false;
    const refused = await attempt(() => auction.start(account));
    if (refused !== undefined) count("start", refused);
    return refused === undefined;
  };

  /** Nobody took it in twice the auction's time: its perpetuals are closed even if it owes nothing. */
  const isForsaken = async (account: string): Promise<boolean> =>
    (await auction.quote(account)).elapsed >= 2n * durationSeconds;

  const bid = async (standing: Standing): Promise<string | undefined> => {
    if (!hasPositions(standing)) return "NothingLeft";
    const { price, equity } = await auction.quote(standing.account);
    const outcome = await takeSlice(house, standing, takers, equity - price);
    if ("take" in outcome) {
      takes.push(outcome.take);
      return undefined;
    }
    return outcome.refused;
  };

  const closeOut = async (standing: Standing): Promise<void> => {
    const { account } = standing;
    ranked += await rounds.prepare(account, async () => ledger.entries);
    const result = await deleverage(house, account);
    if (typeof result === "string") count("deleverage", result);
    else deleveragings.push(result);
  };

  const cover = async (account: string): Promise<void> => {
    const refused = await attempt(() => auction.coverDeficit.staticCall(account));
    if (refused !== undefined) return count("cover", refused);
    const { blockNumber } = (await (await auction.coverDeficit(account)).wait())!;
    const [event] = await auction.queryFilter(auction.filters.DeficitCovered(), blockNumber, blockNumber);
    const { insurancePaid, deficitPaid } = event!.args;
    covers.push({ account, insurancePaid, deficitPaid });
  };

  /** One account, one minute. @returns Whether anything came of it. */
  const treat = async (account: string): Promise<boolean> => {
    const done = takes.length + deleveragings.length + covers.length;
    await treatOnce(account);
    return takes.length + deleveragings.length + covers.length > done;
  };

  const treatOnce = async (account: string): Promise<void> => {
    let standing = await standings.of(account);
    const isHealthy = (): boolean => standing.margin.equity >= standing.margin.maintenance;
    if (isHealthy()) return;
    if (await relief(standing)) {
      standing = await standings.of(account);
      if (isHealthy()) return;
    }
    if (!(await startAuction(standing))) return;
    const refused = await bid(standing);
    if (refused !== undefined) count("bid", refused);
    standing = await standings.of(account);
    if (isHealthy()) return;
    const isUninsured = standing.margin.equity < 0n && refused === "InsuranceExhausted";
    if (isUninsured || (refused !== undefined && (await isForsaken(account)))) {
      await closeOut(standing);
      standing = await standings.of(account);
    }
    if (standing.margin.equity < 0n && standing.margin.maintenance === 0n) await cover(account);
  };

  let minute = 0;
  for (; minute < MOST_MINUTES && (open.length > 0 || isDead); minute++) {
    onMinute(minute, open.length);
    await house.wait(MINUTE);
    if (minute % SURFACE_MINUTES === SURFACE_MINUTES - 1) await house.postSurfaces();
    if (isDead && (await house.now()) >= started + scenario.dead!.backAfterSeconds) {
      await revive(house, scenario);
      isDead = false;
      await rescan();
    }
    for (const account of open) {
      const pause = pauses.get(account);
      if (pause !== undefined && minute < pause.until) continue;
      const length = (await treat(account)) ? 0 : Math.min(LONGEST_PAUSE, Math.max(1, 2 * (pause?.length ?? 0)));
      pauses.set(account, { length, until: minute + Math.max(1, length) });
    }
    const before = open;
    open = [];
    for (const account of before) {
      const { equity, maintenance } = await clearingHouse.marginOf(account);
      if (equity < maintenance) open.push(account);
    }
    if (open.length === 0 || minute % RESCAN_MINUTES === RESCAN_MINUTES - 1) {
      await settleAll(house, ledger);
      await rescan();
    }
  }
  const left: Left[] = [];
  for (const account of open) left.push(describe(await standings.of(account)));
  return { minutes: minute, takes, deleveragings, covers, ranked, refusals, left };
}

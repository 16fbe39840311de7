/** Builds the house once and plays each scenario out from the same books. */
import type { StressOptions } from "./options.ts";
import { each, type Ledger, readLedger, type Sums, sumsOf } from "./ledger.ts";
import { applyCloses, socialise } from "./losses.ts";
import { openHouse, type StressHouse } from "./market.ts";
import { type OpenedAccount, openAccounts } from "./open.ts";
import { type AccountKind, drawAccounts } from "./population.ts";
import { OPENING, type Scenario, scenarioOf, SYMBOLS } from "./scenarios.ts";
import { applyShock } from "./shock.ts";
import { openTakers, type Taker } from "./takers.ts";
import { type Played, playOut } from "./waterfall.ts";
import { accountId, isSystemAccount } from "../../sdk/instruments.ts";

/** Of what an underlying may have. */
const OPEN_INTEREST_OF_CAP = 0.5;

/** What the books are before anything happens. Dollars. */
export interface Books {
  readonly accounts: Readonly<Record<AccountKind, number>>;
  readonly openInterest: number;
  readonly equity: number;
  /** Σ gross notional over Σ equity of the traders. */
  readonly leverage: number;
  readonly insurance: number;
  readonly capital: number;
  readonly seconds: number;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  /** Traders' accounts below maintenance margin, and without equity, right after the shock. */
  readonly unhealthy: number;
  readonly exhausted: number;
  /** Σ of negative equities then; USD with 6 decimals. */
  readonly deficit: bigint;
  readonly played: Played;
  readonly closes: Awaited<ReturnType<typeof applyCloses>>;
  readonly insurance: { readonly before: bigint; readonly after: bigint };
  readonly openDeficit: bigint;
  readonly socialised: bigint;
  readonly before: Sums;
  readonly after: Sums;
  readonly seconds: number;
}

export interface Progress {
  readonly onBuild: (step: string, done: number) => void;
  readonly onBooks: (books: Books) => void;
  readonly onMinute: (scenario: Scenario, minute: number, unhealthy: number) => void;
  readonly onResult: (result: ScenarioResult) => void;
}

export async function runStress(options: StressOptions, progress: Progress): Promise<ScenarioResult[]> {
  const started = performance.now();
  const house = await openHouse();
  try {
    const caps = Object.fromEntries(
      house.config.underlyings.map(({ symbol, perpetual }) => [
        symbol,
        (Number(perpetual.openInterestCap) / 1e8) * OPENING[symbol]! * OPEN_INTEREST_OF_CAP,
      ]),
    );
    const opened = await openAccounts(house, drawAccounts(options.accounts, options.seed, caps), progress.onBuild);
    const openInterest = await openInterestOf(house);
    const capital = (openInterest * options.capitalPercent) / 100;
    const takers = await openTakers(house, capital);
    await house.fillInsurance((openInterest * options.fundPercent) / 100);
    progress.onBooks(await booksOf(house, opened, openInterest, capital, started));

    const snapshot = await house.connection.networkHelpers.takeSnapshot();
    const results: ScenarioResult[] = [];
    for (const name of options.scenarios) {
      await snapshot.restore();
      const result = await runScenario(house, scenarioOf(name), takers, progress);
      results.push(result);
      progress.onResult(result);
    }
    return results;
  } finally {
    await house.close();
  }
}

async function runScenario(
  house: StressHouse,
  scenario: Scenario,
  takers: readonly Taker[],
  { onMinute }: Progress,
): Promise<ScenarioResult> {
  const started = performance.now();
  await applyShock(house, scenario);
  const ledger = await readLedger(house);
  const unhealthy = ledger.entries.filter(({ isSystem, equity, maintenance }) => !isSystem && equity < maintenance);
  const insuranceBefore = await house.insurance();
  const first = (await house.connection.ethers.provider.getBlockNumber()) + 1;
  const played = await playOut(
    { house, scenario, takers, onMinute: (minute, count) => onMinute(scenario, minute, count) },
    ledger,
  );
  const openDeficit = await house.clearingHouse.openDeficit();
  const insuranceAfter = await house.insurance();
  const socialised = await socialise(house);
  const closes = await applyCloses(house, tradersOf(ledger), first);
  return {
    scenario,
    unhealthy: unhealthy.length,
    exhausted: unhealthy.filter(({ equity }) => equity <= 0n).length,
    deficit: sumsOf(ledger).badDebt,
    played,
    closes,
    insurance: { before: insuranceBefore, after: insuranceAfter },
    openDeficit,
    socialised,
    before: sumsOf(ledger),
    after: sumsOf(await readLedger(house)),
    seconds: (performance.now() - started) / 1_000,
  };
}

const tradersOf = ({ entries }: Ledger): string[] => entries.map(({ id }) => id).filter((id) => !isSystemAccount(id));

async function openInterestOf({ clearingHouse, markets }: StressHouse): Promise<number> {
  const values = await each(SYMBOLS, async (symbol) => {
    const { openInterest } = await clearingHouse.perpetualState(markets[symbol]!.instrument);
    return (Number(openInterest) / 1e8) * OPENING[symbol]!;
  });
  return values.reduce((sum, value) => sum + value, 0);
}

async function booksOf(
  house: StressHouse,
  opened: readonly OpenedAccount[],
  openInterest: number,
  capital: number,
  started: number,
): Promise<Books> {
  const { entries } = await readLedger(house);
  const own = new Set(opened.map(({ number }) => accountId(house.owner.address, number)));
  const traders = entries.filter(({ id }) => own.has(id));
  const equity = traders.reduce((sum, entry) => sum + Number(entry.equity) / 1e6, 0);
  const gross = traders
    .flatMap(({ held }) => held)
    .reduce((sum, { instrument, quantity }) => {
      const symbol = SYMBOLS[Number(instrument >> 56n) - 1]!;
      return sum + (Math.abs(Number(quantity)) / 1e8) * OPENING[symbol]!;
    }, 0);
  const counted = (kind: AccountKind): number => opened.filter((account) => account.kind === kind).length;
  return {
    accounts: {
      "few perpetuals": counted("few perpetuals"),
      "eight perpetuals": counted("eight perpetuals"),
      options: counted("options"),
    },
    openInterest,
    equity,
    leverage: gross / equity,
    insurance: Number(await house.insurance()) / 1e6,
    capital,
    seconds: (performance.now() - started) / 1_000,
  };
}

/** The tables of the stress. */
import { left, right, section, table } from "../demo/table.ts";
import { formatUsd } from "../../sdk/units.ts";
import { dollars, plural } from "../demo/text.ts";
import type { Books, ScenarioResult } from "./run.ts";
import type { Sums } from "./ledger.ts";
import type { Take } from "./relief.ts";
import type { Left } from "./waterfall.ts";
import type { StressOptions } from "./options.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const usd = (amount: bigint): string => (amount === 0n ? "0" : dollars(amount));

export function booksText(
  { accounts, openInterest, equity, leverage, insurance, capital, seconds }: Books,
  options: StressOptions,
): string {
  const kinds = Object.entries(accounts).map(([kind, count]) => `${count} with ${kind}`);
  return (
    `${plural(options.accounts, "account")} (${kinds.join(", ")}), seed ${options.seed}: open interest ${whole(openInterest)} USD, equity ` +
    `${whole(equity)} USD, ${leverage.toFixed(2)} times as much gross. Insurance ${whole(insurance)} USD, capital of takers ${whole(capital)} USD. ` +
    `Opened in ${seconds.toFixed(0)} seconds.`
  );
}

/** Of a list that need not be sorted; 0 if it is empty. */
export function medianOf(amounts: readonly bigint[]): bigint {
  const sorted = [...amounts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (sorted.length === 0) return 0n;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2n;
}

const total = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, amount) => sum + amount, 0n);
const largest = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((most, amount) => (amount > most ? amount : most), 0n);
const of = (takes: readonly Take[], stage: Take["stage"]): Take[] => takes.filter((take) => take.stage === stage);

/** What each stage did. */
export function figuresOf({ played, insurance, deficit, closes, openDeficit, socialised }: ScenarioResult) {
  const { takes, deleveragings, covers } = played;
  const [relief, slices] = [of(takes, "relief"), of(takes, "slice")];
  // An account whose markets are not all ready is closed in several calls: what one of them leaves is not asked for twice.
  const leftOf = new Map<string, bigint>();
  let owed = 0n;
  for (const own of deleveragings) {
    const before = leftOf.get(own.account) ?? 0n;
    if (own.deficit > before) owed += own.deficit - before;
    leftOf.set(own.account, own.deficit - own.insurancePaid - own.covered - own.deficitPaid);
  }
  const asked = owed - total(deleveragings.map((own) => own.insurancePaid));
  const covered = total(deleveragings.map((own) => own.covered));
  // Of each call on its own: what one takes too much another cannot make good.
  const beyond = total(
    deleveragings.map((own) => {
      const over = own.covered - (own.deficit - own.insurancePaid);
      return over > 0n ? over : 0n;
    }),
  );
  return {
    liquidated: new Set([...takes, ...deleveragings, ...covers].map(({ account }) => account)).size,
    relief: { count: relief.length, accounts: new Set(relief.map(({ account }) => account)).size },
    slices: {
      count: slices.length,
      median: medianOf(slices.map(({ value }) => value)),
      largest: largest(slices.map(({ value }) => value)),
    },
    reliefSizes: {
      median: medianOf(relief.map(({ value }) => value)),
      largest: largest(relief.map(({ value }) => value)),
    },
    income: total(takes.map((take) => take.income)),
    taken: total(takes.map((take) => take.value)),
    insuranceEarned: total(takes.map((take) => take.insuranceEarned)),
    insurancePaid:
      total(takes.map((take) => take.insurancePaid)) +
      total(deleveragings.map((own) => own.insurancePaid)) +
      total(covers.map((own) => own.insurancePaid)),
    insuranceLost: insurance.before - insurance.after,
    deficit,
    deleveraged: leftOf.size,
    closedNotional: total(deleveragings.map((own) => own.notional)),
    asked,
    covered,
    overshoot: beyond,
    touched: closes.touched,
    openDeficit,
    socialised,
    left: played.left.length,
  };
}

export function lossTable(results: readonly ScenarioResult[]): string {
  return (
    section("The waterfall", "USD") +
    "\n" +
    table(
      [
        left("scenario"),
        right("below MM"),
        right("no equity"),
        right("liquidated"),
        right("relief: calls"),
        right("slices"),
        right("median"),
        right("largest"),
        right("income"),
        right("of taken"),
        right("left"),
        right("minutes"),
      ],
      results.map((result) => {
        const figures = figuresOf(result);
        return [
          result.scenario.name,
          whole(result.unhealthy),
          whole(result.exhausted),
          whole(figures.liquidated),
          whole(figures.relief.count),
          whole(figures.slices.count),
          usd(figures.slices.median),
          usd(figures.slices.largest),
          usd(figures.income),
          figures.taken === 0n ? "" : `${((Number(figures.income) / Number(figures.taken)) * 100).toFixed(2)} %`,
          whole(figures.left),
          whole(result.played.minutes),
        ];
      }),
    )
  );
}

export function payerTable(results: readonly ScenarioResult[]): string {
  return (
    section("Who paid", "USD") +
    "\n" +
    table(
      [
        left("scenario"),
        right("deficits"),
        right("insurance earned"),
        right("insurance paid"),
        right("deleveraged"),
        right("closed"),
        right("others touched"),
        right("asked of them"),
        right("they paid"),
        right("overshoot"),
        right("open deficit"),
        right("socialised"),
      ],
      results.map((result) => {
        const figures = figuresOf(result);
        return [
          result.scenario.name,
          usd(figures.deficit),
          usd(figures.insuranceEarned),
          usd(figures.insurancePaid),
          whole(figures.deleveraged),
          usd(figures.closedNotional),
          whole(figures.touched),
          usd(figures.asked),
          usd(figures.covered),
          `${(Number(figures.overshoot) / 1e6).toFixed(6)}`,
          usd(figures.openDeficit),
          usd(figures.socialised),
        ];
      }),
    )
  );
}

/** Whether nothing was made or lost: sums in integers, and what all own together before and after, to the roundings of each entry. */
export function isConserved({ before, after }: Pick<ScenarioResult, "before" | "after">): boolean {
  const balanced = ({ cash, quantities, quotes, tokens }: Sums): boolean =>
    cash === 0n && quantities === 0n && quotes === 0n && tokens.every((amount) => amount === 0n);
  const drift = driftOf({ before, after });
  const bound = BigInt(before.entries + after.entries);
  return balanced(before) && balanced(after) && drift <= bound && drift >= -bound;
}

/** USD with 6 decimals. */
export const driftOf = ({ before, after }: Pick<ScenarioResult, "before" | "after">): bigint =>
  after.equity + after.own - before.equity - before.own;

export function conservationTable(results: readonly ScenarioResult[]): string {
  return (
    section("Conservation", "last units: 10⁻⁶ USD, 10⁻⁸ contracts, tokens' own") +
    "\n" +
    table(
      [
        left("scenario"),
        right("Σ cash"),
        right("Σ |Σ quantity|"),
        right("Σ |Σ quote|"),
        right("USDC"),
        right("WETH"),
        right("WBTC"),
        right("equity and own, change"),
        right("of entries"),
        left("holds"),
      ],
      results.map((result) => [
        result.scenario.name,
        ...[result.after.cash, result.after.quantities, result.after.quotes, ...result.after.tokens].map(String),
        driftOf(result).toString(),
        whole(result.after.entries),
        isConserved(result) ? "yes" : "NO",
      ]),
    )
  );
}

/** Who is left below maintenance margin, and with what. */
export function leftText({ name }: ScenarioResult["scenario"], left: Left): string {
  const { account, equity, maintenance, perpetuals, options, tokens } = left;
  const holds = `${perpetuals} perpetuals, ${options} strikes of options, ${tokens} tokens`;
  return `${name}: ${account} is left with ${formatUsd(equity)} USD of equity for ${formatUsd(maintenance)}: ${holds}.`;
}

/** What the demo says on the terminal, and the one object of --json. */
import type { MarketEvent } from "../shared/events.ts";
import type { Participant } from "./books.ts";
import type { EventBooks } from "./event-books.ts";
import type {
  AccountResult,
  AuditResult,
  CollateralEffect,
  DemoResult,
  LiquidationResult,
  LossResult,
} from "./result.ts";
import { type Column, left, right, section, table, verdict } from "./table.ts";
import { dollars, health, hour, interval, longTime, percent, plural, quantity } from "./text.ts";

export function introduction({ description: event, feeds, notes = [] }: MarketEvent, parametersUntil: string): string {
  return [
    "Counterpoise: a clearing house that margins a trader's whole book at once, so that a hedge frees capital.",
    "",
    `Event       ${event.title}`,
    `Prices      ${event.venue}, ${interval(event.intervalSeconds)}, ${longTime(Date.parse(event.from) / 1_000)} to ${longTime(Date.parse(event.until) / 1_000)}`,
    `Parameters  measured on prices up to ${longTime(Date.parse(parametersUntil) / 1_000)}: nothing of the event is known to them`,
    ...(feeds === undefined
      ? []
      : [
          `Feeds       write a round when the price has moved by ${feeds.deviationBps / 100} % or the last one is ${feeds.heartbeatSeconds / 3_600} h old; the cash token's at ${feeds.cashDeviationBps / 100} % or ${feeds.cashHeartbeatSeconds / 3_600} h`,
          `Listed      ${event.assets.join(" ")}; ${event.unit}`,
        ]),
    ...notes.map((note) => `            ${note}`),
  ].join("\n");
}

export function cast({ everybody: participants, topsUp }: EventBooks): string {
  const name = Math.max(...participants.map((p) => p.name.length));
  const holds = Math.max(...participants.map((p) => p.holds.length));
  return [
    section(
      "Who takes part",
      `what they hold, what they deposit${topsUp ? "; USDC is added where the margin of the event needs more" : ""}`,
    ),
    ...participants.map((p) => `  ${p.name.padEnd(name)}  ${p.holds.padEnd(holds)}  ${deposits(p)}`),
  ].join("\n");
}

function deposits({ deposits: tokens }: Participant): string {
  const amounts = Object.entries(tokens).map(
    ([token, amount]) => `${Number(amount).toLocaleString("en-US")} ${token.toUpperCase()}`,
  );
  return amounts.join(" and ") || "what the margin needs";
}

export function books(accounts: readonly AccountResult[]): string {
  return [
    section("The books, opened", "USD"),
    "Isolated margin: what the positions need one by one. Portfolio margin: what they need together. Gain: what that saves.",
    "Required: the same with the collateral in the book. Health: equity over maintenance margin; below 1.00 is liquidated.",
    booksTable(accounts),
    ...promises(accounts),
  ].join("\n");
}

export function booksTable(accounts: readonly AccountResult[]): string {
  const rows = accounts.map((account) => [
    account.name,
    dollars(account.isolatedMargin),
    dollars(account.portfolioMargin),
    account.isolatedMargin === 0n ? "–" : percent(account.gain),
    dollars(account.opening.initial),
    dollars(account.opening.equity),
    health(account.opening.equity, account.opening.maintenance),
  ]);
  const columns: Column[] = [
    left("Account"),
    right("Isolated\nmargin"),
    right("Portfolio\nmargin"),
    right("Gain"),
    right("Required"),
    right("Equity"),
    right("Health"),
  ];
  return table(columns, rows);
}

export function promises(accounts: readonly AccountResult[]): string[] {
  return accounts
    .filter(({ leastGain }) => leastGain !== undefined)
    .map(({ name, gain, leastGain }) =>
      verdict(gain >= leastGain!, `${name}: saves ${percent(gain)}; at least ${percent(leastGain!)} promised`),
    );
}

export function collateralEffect(effects: readonly CollateralEffect[]): string {
  const rows = effects.map(({ position, withCash, withEther }) => [
    position,
    dollars(withCash),
    dollars(withEther),
    `${withEther > withCash ? "+" : ""}${dollars(withEther - withCash)}`,
  ]);
  return [
    section("Collateral is part of the book", "initial margin, USD"),
    "1,000 WETH hedge a short in ETH and add to a long: no special rule, the token is in the same scan as the position.",
    table([left("Position"), right("with USDC"), right("with 1,000 WETH"), right("Difference")], rows),
  ].join("\n");
}

export function aftermath({ accounts, hours, lowest }: DemoResult): string {
  const rows = accounts.map((account, i) => {
    const worst = lowest[i]!;
    const last = hours.at(-1)!.after[i]!;
    return [
      account.name,
      dollars(account.opening.equity),
      dollars(last.equity),
      worst.maintenance === 0n ? "–" : health(worst.equity, worst.maintenance),
      worst.maintenance === 0n ? "–" : hour(worst.timestamp),
      health(last.equity, last.maintenance),
    ];
  });
  const columns = [
    left("Account"),
    right("Equity\nbefore"),
    right("Equity\nafter"),
    right("Lowest\nhealth"),
    right("at\n(UTC)"),
    right("Health\nafter"),
  ];
  return [section("After the crash", "USD"), table(columns, rows)].join("\n");
}

export function liquidations(list: readonly LiquidationResult[]): string {
  const head = section("Liquidations", "USD");
  if (list.length === 0) return `${head}\nNo account fell below its maintenance margin.`;
  const rows = list.map((l) => [
    hour(l.timestamp),
    l.account,
    l.parts.map((part) => `${quantity(part.quantity)} ${part.instrument}`).join("\n"),
    dollars(l.parts.reduce((sum, { value }) => sum + value, 0n)),
    dollars(l.reward),
    dollars(l.insuranceShare),
    `${dollars(l.equityBefore)} → ${dollars(l.equityAfter)}`,
    `${dollars(l.maintenanceBefore)} → ${dollars(l.maintenanceAfter)}`,
  ]);
  const columns = [
    left("Time\n(UTC)"),
    left("Account"),
    left("Taken over"),
    right("Value"),
    right("Reward"),
    right("Insurance"),
    right("Equity"),
    right("Maintenance\nmargin"),
  ];
  return [
    head,
    "The liquidator takes positions over at index and mark, only as much as restores the account, and earns a rising share of the\n" +
      "margin that this relieves; a tenth of the share goes to the insurance account.",
    table(columns, rows),
  ].join("\n");
}

/** How much was replayed, and what came of it. */
export function runReport(
  { description }: MarketEvent,
  { run, losses, liquidations: list, audit }: DemoResult,
): string {
  const cash = run.lowestCash < 1 ? `, cash at ${run.lowestCash.toFixed(4)} USD at worst` : "";
  return [
    section(`Replay of ${description.name}`, description.source),
    `${plural(run.moments, "moment")} with a new price, ${run.reported.toLocaleString("en-US")} with a round; ` +
      `${plural(run.rounds, "round")} of ${description.assets.length + 1} feeds, ${plural(run.checks, "margin check")}${cash}.`,
    ...run.refusals.map(({ what, count }) => `Refused by the contracts: ${what}, ${plural(count, "time")}.`),
    lossText(losses),
    `${plural(list.length, "liquidation")}; bad debt ${dollars(audit.badDebt)} USD; the books ${audit.ok ? "balance" : "DO NOT balance"}; ${plural(run.seconds, "second")}.`,
  ].join("\n");
}

export function lossText({ slices, discounts, insurancePaid, deleveraged, covered, ...rest }: LossResult): string {
  const { deficitPaid, socialised, openDeficit } = rest;
  if (slices + deleveraged === 0 && insurancePaid + deficitPaid === 0n) {
    return "Margin relief was enough: no auction, nothing of the insurance fund, nobody deleveraged, no socialised loss.";
  }
  return (
    `${plural(slices, "slice")} sold at auction for discounts of ${dollars(discounts)} USD; the insurance fund paid ${dollars(insurancePaid)} USD; ` +
    `${plural(deleveraged, "deleveraging")}, for which the other side paid ${dollars(covered)} USD; open deficit ${dollars(openDeficit)} USD ` +
    `of ${dollars(deficitPaid)}, ${dollars(socialised)} USD socialised.`
  );
}

export function auditReport({ lines, ok, badDebt, accounts }: AuditResult): string {
  const sum =
    badDebt === 0n
      ? "Nobody owes more than they have: no bad debt."
      : `Bad debt of ${dollars(badDebt)} USD: accounts that owe more than they have.`;
  return [
    section("Audit", `recomputed from all ${plural(accounts, "account")}, the house's own included`),
    ...lines.map(({ claim, holds, evidence }) => `${verdict(holds, claim)}\n        ${evidence}`),
    ok ? `The books balance. ${sum}` : "THE BOOKS DO NOT BALANCE: see the line marked FAIL.",
  ].join("\n");
}

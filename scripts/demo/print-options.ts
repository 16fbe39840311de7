/** What the demo says about options on the terminal. */
import { toName } from "../../sdk/instrumentNames.ts";
import { future } from "../../sdk/instruments.ts";
import type { MarketEvent } from "../shared/events.ts";
import { surfaceLag } from "./lag.ts";
import { booksTable, promises } from "./print.ts";
import type { AccountResult, MarginParts, OptionsResult, StressResult } from "./result.ts";
import { left, right, section, table } from "./table.ts";
import { dollars, hour, percent, plural, volatility } from "./text.ts";

/** Nodes of the ladder shown as numbers; the report's chart has all. */
const SHOWN_MOVES = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3];

export const PART_NAMES: readonly (readonly [keyof MarginParts, string])[] = [
  ["lines", "Moves"],
  ["remainder", "Bends"],
  ["basis", "Basis"],
  ["vega", "Volatility"],
  ["shortOptions", "Short options"],
  ["longOptions", "Long options"],
  ["concentration", "Size"],
];

export const PARTS_EXPLAINED =
  "Moves: the scan of all prices at once. Bends: what options lose beyond a straight line. Volatility: shocks that expiries do not share. " +
  "Short and long options: least amounts for what a ladder cannot see. Size: the cost of closing.";

const NO_OPTIONS = "Nobody kept option prices of March 2020";
const NO_OPTIONS_IN_DATA = "The data has no option prices of the event";

const SURFACE_RULE =
  ", so the volatility surface is a rule, not a market: realised volatility of the hourly prices " +
  "up to that hour (half-life two days), fading towards the level measured before the event (half-life three days) and never below it. " +
  "The two half-lives were chosen, with hindsight, so that the level is right in the crash of May 2021, where options were recorded: from " +
  "134 % the rule gives at most 173 % for one week of bitcoin, and the volatility fitted to Deribit's options was at most 170 %. " +
  "Skew and curvature are assumed.";

export const surfaceRule = ({ feeds }: Pick<MarketEvent, "feeds">): string =>
  (feeds === undefined ? NO_OPTIONS : NO_OPTIONS_IN_DATA) + SURFACE_RULE;

export const expiryName = (expiryHours: number): string => toName(future({ underlying: 0, expiryHours }), "").slice(1);

export function optionMarketText({ market }: Pick<OptionsResult, "market">, event: Pick<MarketEvent, "feeds">): string {
  const names = market.expiries.map(expiryName);
  return [
    section("The option market", "European, settled in cash"),
    `Options on BTC and ETH expire on ${names.slice(0, -1).join(", ")} and ${names.at(-1)!}, at 08:00 UTC; the first within the event.`,
    ...wrap(surfaceRule(event)),
  ].join("\n");
}

export function optionBooks(
  accounts: readonly AccountResult[],
  { makerOptions, parts, stress }: Pick<OptionsResult, "makerOptions" | "parts" | "stress">,
): string {
  const books = accounts.filter(({ hasOptions }) => hasOptions);
  const rows = parts.map(({ account, parts: own }) => [account, ...PART_NAMES.map(([part]) => dollars(own[part]))]);
  return [
    section("The option books, opened", "USD"),
    `The market maker holds ${makerOptions} different options, and perpetuals and a future against their delta.`,
    booksTable(books),
    ...promises(books),
    section("Where the margin of option books comes from", "initial margin, USD"),
    ...wrap(PARTS_EXPLAINED),
    table([left("Account"), ...PART_NAMES.map(([, title]) => right(title.replace(" ", "\n")))], rows),
    section("The market maker under stress", "profit or loss when one price moves, USD"),
    "Each price alone, with volatility shocked up and down; other prices as they are.",
    stressTable(stress),
  ].join("\n");
}

function stressTable(stress: readonly StressResult[]): string {
  const shown = SHOWN_MOVES.map((move) => nearest(stress[0]!, move));
  const rows = stress.flatMap((ladder) =>
    (["up", "down"] as const).map((world) => [
      `${ladder.symbol}, volatility ${world}`,
      ...shown.map((i) => dollars(ladder.nodes[i]![world])),
    ]),
  );
  const moves = shown.map((i) => right(percent(stress[0]!.nodes[i]!.move)));
  return table([left("Underlying"), ...moves], rows);
}

function nearest({ nodes }: StressResult, move: number): number {
  return nodes.reduce(
    (best, node, i) => (Math.abs(node.move - move) < Math.abs(nodes[best]!.move - move) ? i : best),
    0,
  );
}

export function optionsInTheCrash({ surfaces, expiries, hedges }: OptionsResult): string {
  const { reports, behind, most } = surfaceLag(surfaces);
  const lag =
    most === undefined
      ? "the house's steps let every one of them through."
      : `the house's steps per hour held ${behind.toLocaleString("en-US")} of them below what the rule asked, most at ${hour(most.timestamp)}: ` +
        `${most.symbol}-${expiryName(most.expiryHours)} at ${volatility(most.posted)} instead of ${volatility(most.wanted)}. Until they caught up, options were marked too low.`;
  const refused =
    hedges.refused === 0 ? "" : ` ${plural(hedges.refused, "hedge")} had to wait: margin did not permit them.`;
  return [
    section("Options during the crash", "USD"),
    ...wrap(`Surfaces: ${plural(reports, "volatility", "volatilities")} were posted; ${lag}`),
    ...wrap(
      `Hedges: the market maker brought its delta back to zero in ${plural(hedges.trades, "trade")}, ${dollars(hedges.value)} USD in all.${refused}`,
    ),
    ...expiries.flatMap(({ expiry, price, round, payments }) => {
      const paid = payments
        .filter(({ paid: amount }) => amount > 0n)
        .reduce((sum, { paid: amount }) => sum + amount, 0n);
      return [
        `${expiry}: settled at ${(Number(price) / 1e8).toLocaleString("en-US")} USD, proven by round ${round} of the feed; ${dollars(paid)} USD paid.`,
        ...payments.map(({ account, paid: amount }) => `    ${account.padEnd(22)}  ${dollars(amount).padStart(9)}`),
      ];
    }),
  ].join("\n");
}

function wrap(text: string, width = 128): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

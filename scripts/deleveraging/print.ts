/** The tables of the command. Dollars in millions unless said otherwise. */
import { left, right, section, table } from "../demo/table.ts";
import { percent } from "../demo/text.ts";
import type { Comparison, RuleResult } from "./compare.ts";
import type { ClosedBook } from "./load.ts";
import type { PublishedFigures } from "./published.ts";

const COINS_SHOWN = 12;

const count = (value: number): string => value.toLocaleString("en-US");
const millions = (dollars: number, digits = 2): string =>
  (dollars / 1e6).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const NAMES = {
  queue: "queue, as it was",
  "queue to the need": "queue, stopped",
  ranked: "this house",
  "pro rata": "pro rata",
} as const;

export function introduction({ accounts, coins }: ClosedBook, date: string): string {
  const notional = accounts.reduce((sum, account) => sum + account.notional, 0);
  const profit = accounts.reduce((sum, account) => sum + account.profit, 0);
  const negative = accounts.filter(({ hadNegativeEquity }) => hadNegativeEquity).length;
  return (
    `Deleveraging of ${date}: ${count(accounts.length)} accounts and ${coins.length} coins, ${millions(notional)} M USD of positions closed, ` +
    `${millions(profit)} M USD of profit realised by that; ${count(negative)} of the accounts had negative equity themselves.`
  );
}

export function coinTable({ coins }: Comparison): string {
  const sorted = [...coins].sort((a, b) => b.notional - a.notional);
  const rest = sorted.slice(COINS_SHOWN);
  const sum = (of: (coin: (typeof coins)[number]) => number, list: readonly (typeof coins)[number][]) =>
    list.reduce((total, coin) => total + of(coin), 0);
  const row = (name: string, list: readonly (typeof coins)[number][], shift: string): string[] => [
    name,
    millions(sum((c) => c.notional, list)),
    millions(sum((c) => c.profit, list)),
    count(sum((c) => c.negativeEquity, list)),
    millions(
      sum((c) => Number(c.deficit) / 1e6, list),
      3,
    ),
    millions(
      sum((c) => c.queueHaircut, list),
      3,
    ),
    millions(
      sum((c) => c.queueOvershoot, list),
      3,
    ),
    shift,
    millions(
      sum((c) => Number(c.taken) / 1e6, list),
      3,
    ),
    sum((c) => Number(c.taken - c.deficit) / 1e6, list).toFixed(2),
  ];
  return (
    section("By coin", "million USD; overshoot of this house in USD") +
    "\n" +
    table(
      [
        left("coin"),
        right("closed"),
        right("profit"),
        right("negative equity"),
        right("need"),
        right("queue took"),
        right("overshoot"),
        right("shift, bp"),
        right("we take"),
        right("overshoot, USD"),
      ],
      [
        ...sorted.slice(0, COINS_SHOWN).map((coin) => row(coin.ticker, [coin], coin.shiftBps.toFixed(2))),
        ...(rest.length === 0 ? [] : [row(`${rest.length} others`, rest, "")]),
        row("all", sorted, ""),
      ],
    )
  );
}

export function ruleTable(title: string, results: readonly RuleResult[]): string {
  return (
    section(title, "million USD") +
    "\n" +
    table(
      [
        left("rule"),
        right("accounts"),
        right("closed whole"),
        right("closed"),
        right("taken"),
        right("overshoot"),
        right("top ten of taken"),
        right("Gini"),
        right("top ten of closed"),
        right("Gini"),
      ],
      results.map((result) => [
        NAMES[result.rule],
        count(result.accounts),
        count(result.closedWhole),
        millions(result.closed),
        millions(result.taken, 3),
        millions(result.overshoot, 4),
        percent(result.topTenOfTaken),
        result.giniOfTaken.toFixed(3),
        percent(result.topTenOfClosed),
        result.giniOfClosed.toFixed(3),
      ]),
    )
  );
}

export function deficitTable({ deficits }: Comparison): string {
  return (
    section("The rule never takes more than the deficit", "USD") +
    "\n" +
    table(
      [right("deficit"), right("taken"), right("taken less deficit"), right("shift of prices, bp")],
      deficits.map(({ deficit, taken, shiftBps }) => [
        (Number(deficit) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2 }),
        (Number(taken) / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
        (Number(taken - deficit) / 1e6).toFixed(6),
        shiftBps.toFixed(2),
      ]),
    )
  );
}

export function rankTable({ sensitivity }: Comparison): string {
  return (
    section(
      "Ranks by leverage, for an assumed maintenance margin",
      "accounts and million USD by rank; 4 is the riskiest",
    ) +
    "\n" +
    table(
      [
        right("margin"),
        ...[4, 3, 2, 1, 0].map((rank) => right(`rank ${rank}`)),
        right("top ten of taken"),
        right("Gini"),
      ],
      sensitivity.map(({ maintenanceBps, accounts, notional, result }) => [
        percent(Number(maintenanceBps) / 10_000),
        ...[4, 3, 2, 1, 0].map((rank) => `${count(accounts[rank]!)} · ${millions(notional[rank]!, 1)}`),
        percent(result.topTenOfTaken),
        result.giniOfTaken.toFixed(3),
      ]),
    )
  );
}

export function publishedText(published: PublishedFigures): string {
  const [from, to] = published.overshoot;
  return (
    `\nPublished, not in the tables: deficits ${millions(published.deficit, 1)} M, need ${millions(published.needed, 1)} M, taken by the queue ` +
    `${millions(published.haircut, 1)} M, overshoot ${millions(from, 1)} to ${millions(to, 1)} M, ${millions(published.excessPositions, 1)} M of positions closed ` +
    `beyond the need (arXiv 2602.15182 and 2512.01112).\n` +
    "Assumed: the need lies on coins by notional, what the queue took by the profit it closed, and an account's maintenance margin is a\n" +
    "share of its notional. The tables have no account by coin, no margin, no mark, no position that stayed open."
  );
}

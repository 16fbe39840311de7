/** The audit as text and as JSON. */
import { decodeAccountId, isSystemAccount, systemAccounts } from "../../sdk/instruments.ts";
import { dollars, plural } from "../demo/text.ts";
import type { Comparison, Difference } from "./compare.ts";
import type { AuditReport } from "./run.ts";

/** Differences of one claim that are named; the JSON file has all. */
const NAMED = 20;

export function reportText(report: AuditReport): string {
  const { clearingHouse, fromBlock, block, accounts, instruments, ok, badDebt } = report;
  const scope = `blocks ${fromBlock} to ${block}, ${plural(accounts, "account")}, ${plural(instruments, "instrument")}`;
  const debt =
    badDebt === 0n ? "Nobody owes more than they have." : `Accounts owe ${dollars(badDebt)} USD more than they have.`;
  return [
    `Audit of the clearing house ${clearingHouse}`,
    scope,
    "",
    "What the events tell, and what the contracts store",
    ...report.comparisons.map(comparisonText),
    "",
    "Identities of what the contracts store",
    ...report.identities.map(({ claim, holds, evidence }) => `${verdict(holds)}  ${claim}\n      ${evidence}`),
    "",
    `${ok ? "The books balance." : "THE BOOKS DO NOT BALANCE: see the lines marked FAIL."} ${debt}`,
  ].join("\n");
}

const verdict = (holds: boolean): string => (holds ? "ok  " : "FAIL");

function comparisonText({ claim, holds, figures, replayed, stored, differences }: Comparison): string {
  const more = differences.length - NAMED;
  return [
    `${verdict(holds)}  ${claim}`,
    `      ${plural(figures, "figure")}; magnitudes add up to ${grouped(replayed)} replayed, ${grouped(stored)} stored`,
    ...differences.slice(0, NAMED).map(differenceText),
    ...(more > 0 ? [`      and ${more.toLocaleString("en-US")} more`] : []),
  ].join("\n");
}

const differenceText = ({ of, what, replayed, stored }: Difference): string =>
  `      ${nameOf(of)}: ${what} ${grouped(replayed)} replayed, ${grouped(stored)} stored`;

const grouped = (amount: bigint): string => amount.toLocaleString("en-US");

/** "0x1234…/0" in full, or what the account of the house is for. */
function nameOf(of: string): string {
  if (!/^0x[0-9a-f]{64}$/i.test(of)) return of;
  const { owner, number } = decodeAccountId(of);
  if (!isSystemAccount(of)) return `${owner}/${number}`;
  const known = Object.entries(systemAccounts).find(([, id]) => id === of);
  const kinds: Readonly<Record<string, string>> = { 1: "clearing account", 2: "closeout account" };
  return known?.[0] ?? `${kinds[String(number >> 32n)] ?? "account"} of bucket ${number & 0xffffffffn}`;
}

/** Amounts as decimal text in smallest units: JSON numbers cannot hold them. */
export const reportJson = (report: AuditReport): string =>
  `${JSON.stringify(report, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2)}\n`;

/** The diff as text. */
import Table from "cli-table3";
import { type Change, isChanged, type StepLimits } from "./compare.ts";
import type { Effect } from "./effects.ts";

const MARK = "large";

export function diffText(
  changes: readonly Change[],
  effects: readonly Effect[],
  { share, correlation }: StepLimits,
  all: boolean,
): string {
  const shown = all ? changes : changes.filter(isChanged);
  const changed = changes.filter(isChanged).length;
  const large = changes.filter(({ isLargeStep }) => isLargeStep);
  const heading = `${changed} of ${changes.length} parameters change`;
  if (shown.length === 0) return `${heading}: what is deployed is what is proposed.`;
  const isMeasured = shown.some(({ inForce }) => inForce !== undefined);
  const inForceText = ({ inForce }: Change): string[] => (isMeasured ? [inForce?.toString() ?? ""] : []);
  return [
    table(
      ["Parameter", "Deployed", ...(isMeasured ? ["In force"] : []), "Proposed", "Change", "Step"],
      shown.map((c) => [
        ...[c.name, String(c.deployed), ...inForceText(c), String(c.proposed)],
        ...[changeText(c), c.isLargeStep ? MARK : ""],
      ]),
    ),
    table(
      ["Effect", "Deployed", "Proposed"],
      effects.map(({ name, deployed, proposed }) => [name, deployed, proposed]),
    ),
    `${heading}, ${large.length} by more than ${share * 100} % of themselves or ${correlation} of a correlation${large.length === 0 ? "." : `: ${large.map(({ name }) => name).join(", ")}.`}`,
  ].join("\n");
}

function changeText({ name, change }: Change): string {
  if (change === 0) return "";
  const sign = change > 0 ? "+" : "";
  if (name.endsWith(" correlation")) return `${sign}${change.toFixed(3)}`;
  return Number.isFinite(change) ? `${sign}${(change * 100).toFixed(1)} %` : "from zero";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const aligned = head.map((_, i): "left" | "right" => (i === 0 ? "left" : "right"));
  const output = new Table({ head: [...head], colAligns: aligned, style: { head: [], border: [], compact: true } });
  output.push(...rows.map((row) => [...row]));
  return output.toString();
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { analyse, errorsOf } from "./syntax.ts";
import type { Candidate, Mutant } from "./types.ts";
import { SWITCH, SWITCH_SOURCE, weave } from "./weave.ts";

/** mulberry32: the same choice for the same seed, on every machine. */
const randomFrom = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const groupBy = <T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
};

/** Named by what it changes and not by its line, so that a reason given once stays with it. */
const withKeys = (candidates: readonly Candidate[]): Mutant[] => {
  const seen = new Map<string, number>();
  return candidates.map((candidate) => {
    const { file, within, operator, before, after } = candidate;
    const name = [file, within, operator, before, after].join("\n");
    const ordinal = seen.get(name) ?? 0;
    seen.set(name, ordinal + 1);
    return { ...candidate, id: 0, key: createHash("sha256").update(`${name}\n${ordinal}`).digest("hex").slice(0, 10) };
  });
};

/** The order in which a file's candidates are taken: a random operator that is left, then a random place. */
const order = (candidates: readonly Mutant[], random: () => number): Mutant[] => {
  const byOperator = [...groupBy(candidates, ({ operator }) => operator).values()];
  const ordered: Mutant[] = [];
  while (byOperator.length > 0) {
    const group = byOperator[Math.floor(random() * byOperator.length)] ?? [];
    const [taken] = group.splice(Math.floor(random() * group.length), 1);
    if (taken !== undefined) ordered.push(taken);
    if (group.length === 0) byOperator.splice(byOperator.indexOf(group), 1);
  }
  return ordered;
};

/** How many mutants each file gets: by its size, in bytes of code that candidates change; largest remainders first. */
const quotas = (sizes: ReadonlyMap<string, number>, count: number): Map<string, number> => {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const exact = [...sizes].map(([file, size]) => ({ file, share: (count * size) / total }));
  const result = new Map(exact.map(({ file, share }) => [file, Math.floor(share)]));
  let rest = count - [...result.values()].reduce((sum, n) => sum + n, 0);
  for (const { file } of exact.sort((a, b) => (b.share % 1) - (a.share % 1))) {
    if (rest-- > 0) result.set(file, (result.get(file) ?? 0) + 1);
  }
  return result;
};

/** The mutants that do not compile beside the others, found by where the compiler complains. */
const refused = (chosen: readonly Mutant[]): Set<string> => {
  const byFile = groupBy(chosen, ({ file }) => file);
  const woven = new Map([...byFile].map(([file, mutants]) => [file, weave(readFileSync(file, "utf8"), mutants)]));
  const bad = new Set<string>();
  for (const error of errorsOf(analyse(new Map([...woven, [SWITCH_SOURCE, SWITCH]])))) {
    const { file, start, end } = error.sourceLocation ?? { file: "", start: 0, end: 0 };
    const bytes = Buffer.from(woven.get(file) ?? "");
    // The innermost switch around the complaint, or the last one before it, is to blame.
    const before = [
      ...bytes
        .subarray(0, Math.max(start, 0))
        .toString()
        .matchAll(/__mutant\((\d+)\)|__(\d+)\b/g),
    ];
    const inside = [
      ...bytes
        .subarray(start, end)
        .toString()
        .matchAll(/__mutant\((\d+)\)/g),
    ];
    const blamed = (inside[0] ?? before.at(-1))?.slice(1).find((id) => id !== undefined);
    if (blamed === undefined) throw new Error(`no mutant to blame for ${error.formattedMessage}`);
    const key = chosen.find(({ id }) => id === Number(blamed))?.key;
    if (key !== undefined) bad.add(key);
  }
  return bad;
};

export interface Choice {
  readonly chosen: Mutant[];
  readonly candidates: number;
  readonly doNotCompile: string[];
}

/** Chosen by seed, spread over the files by their size; what does not compile is replaced by the next of its file. */
export const select = (
  found: readonly Candidate[],
  count: number,
  seed: number,
  report: (line: string) => void,
  alreadyBad: readonly string[] = [],
): Choice => {
  const random = randomFrom(seed);
  const bad = new Set(alreadyBad);
  const orders = new Map(
    [...groupBy(withKeys(found), ({ file }) => file)].map(([f, list]) => [f, order(list, random)]),
  );
  // Candidates overlap, so that their number says how much there is to change in a file.
  const sizes = new Map([...orders].map(([file, list]) => [file, new Set(list.map(({ line }) => line)).size]));
  const quota = quotas(sizes, count);
  for (;;) {
    const chosen = [...orders]
      .flatMap(([file, list]) => list.filter(({ key }) => !bad.has(key)).slice(0, quota.get(file) ?? 0))
      .map((mutant, i) => ({ ...mutant, id: i + 1 }));
    const fresh = refused(chosen);
    if (fresh.size === 0) return { chosen, candidates: found.length, doNotCompile: [...bad] };
    for (const key of fresh) bad.add(key);
    report(`${fresh.size} of ${chosen.length} do not compile and are replaced`);
  }
};

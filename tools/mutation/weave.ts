import type { Mutant } from "./types.ts";

/** A source name that no file has; imported by every mutated source. */
export const SWITCH_SOURCE = "__mutation_switch.sol";

/** With this coinbase no mutant is active, and each one that is reached reports itself. */
export const PROBE = 0xffff_ffffn;

/**
 * All mutants are compiled together; the block's coinbase says which one is active, which costs one build instead of one for
 * each mutant. Pure functions must be able to ask as well, hence the cast. The report goes to where EDR listens for coverage.
 */
export const SWITCH = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

function __look(uint256 id) view returns (bool on) {
    assembly ("memory-safe") {
        let active := coinbase()
        on := eq(active, id)
        if eq(active, ${PROBE}) {
            mstore(0, id)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, 0, 32, 0, 0))
        }
    }
}

function __asPure(function(uint256) view returns (bool) f) pure returns (function(uint256) pure returns (bool) g) {
    assembly ("memory-safe") {
        g := f
    }
}

function __mutant(uint256 id) pure returns (bool) {
    return __asPure(__look)(id);
}
`;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly mutants: Mutant[];
}

const active = (mutant: Mutant): string => `__mutant(${mutant.id})`;

/** The mutated text in front of the original one, whichever is active. */
const choose = (mutant: Mutant, original: string): string => {
  switch (mutant.placement) {
    case "expression":
      return `(${active(mutant)} ? (${mutant.after}) : (${original}))`;
    case "wide":
      return `(${active(mutant)} ? uint256(${mutant.after}) : uint256(${original}))`;
    case "statement":
      return `{ if (${active(mutant)}) { ${mutant.after} } else { ${original} } }`;
    case "modifier":
      return `${original}__${mutant.id}`;
  }
};

/** A modifier that a function loses is declared again next to it. Two of one function cannot be chosen by name. */
const declarations = (mutants: readonly Mutant[]): Edit[] =>
  mutants
    .filter(({ placement }) => placement === "modifier")
    .map((mutant) => ({ start: mutant.declareAt ?? 0, end: mutant.declareAt ?? 0, mutants: [mutant] }));

const declare = (mutant: Mutant): string =>
  ` ${mutant.after.replace("NAME", `${mutant.before}__${mutant.id}`).replace("ACTIVE", active(mutant))}`;

const editsOf = (mutants: readonly Mutant[]): Edit[] => {
  const edits = new Map<string, Edit>();
  for (const mutant of mutants) {
    const { start, end } = mutant;
    const edit = edits.get(`${start}:${end}`) ?? { start, end, mutants: [] };
    edit.mutants.push(mutant);
    edits.set(`${start}:${end}`, edit);
  }
  // Outer before inner.
  const sorted = [...edits.values(), ...declarations(mutants)];
  return sorted.sort((a, b) => a.start - b.start || b.end - a.end);
};

/** A source with all its mutants in it. */
export const weave = (text: string, mutants: readonly Mutant[]): string => {
  if (mutants.length === 0) return text;
  const bytes = Buffer.from(text);
  const edits = editsOf(mutants);
  let next = 0;
  const render = (from: number, to: number): string => {
    let result = "";
    let at = from;
    for (let edit = edits[next]; edit !== undefined && edit.start < to; edit = edits[next]) {
      next++;
      result += bytes.subarray(at, edit.start).toString();
      if (edit.start === edit.end) {
        result += edit.mutants.map(declare).join("");
      } else {
        const inner = render(edit.start, edit.end);
        result += edit.mutants.reduceRight((original, mutant) => choose(mutant, original), inner);
      }
      at = edit.end;
    }
    return result + bytes.subarray(at, to).toString();
  };
  return `${render(0, bytes.length)}\nimport {__mutant} from "${SWITCH_SOURCE}";\n`;
};

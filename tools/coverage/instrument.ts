import type { Edit } from "./probes.ts";

/** A source name that no file has; imported by every source with probes. */
export const HIT_SOURCE = "__coverage_hit.sol";

/** The report goes to where EDR listens for coverage. Pure functions report as well, hence the cast. */
export const HIT = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

function __report(uint256 id) view {
    assembly ("memory-safe") {
        mstore(0, id)
        pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, 0, 32, 0, 0))
    }
}

function __asPure(function(uint256) view f) pure returns (function(uint256) pure g) {
    assembly ("memory-safe") {
        g := f
    }
}

function __hit(uint256 id) pure {
    __asPure(__report)(id);
}

function __either(uint256 id, bool holds) pure returns (bool) {
    __hit(holds ? id : id + 1);
    return holds;
}
`;

/** A source with its probes in it. */
export const instrument = (text: string, edits: readonly Edit[]): string => {
  if (edits.length === 0) return text;
  const bytes = Buffer.from(text);
  const isEmpty = ({ start, end }: Edit): boolean => start === end;
  // Sorting keeps the order of those that are equal.
  const sorted = [...edits].sort((a, b) => a.start - b.start || Number(isEmpty(b)) - Number(isEmpty(a)));
  let result = "";
  let at = 0;
  for (const edit of sorted) {
    result += bytes.subarray(at, edit.start).toString() + edit.text;
    at = edit.end;
  }
  return `${result}${bytes.subarray(at).toString()}\nimport {__hit, __either} from "${HIT_SOURCE}";\n`;
};

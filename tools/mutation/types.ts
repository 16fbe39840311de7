/** A node of the compiler's syntax tree; the fields that operators read, and whatever else there is. */
export interface Node {
  readonly nodeType: string;
  /** "start:length:file", in bytes. */
  readonly src: string;
  readonly [field: string]: unknown;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { nodeType?: unknown }).nodeType === "string";

/** A source with its syntax tree. The compiler counts bytes, so the text is kept as bytes. */
export interface Source {
  readonly file: string;
  readonly text: Buffer;
  readonly tree: Node;
}

/** Bytes [start, end) of a source. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * - expression: the mutated text takes the expression's place; wide: the same, as a uint256
 * - statement: the mutated text takes the statement's place; empty deletes it
 * - modifier: the function runs without the modifier, whose definition is the mutated text, with NAME for its new name
 */
export type Placement = "expression" | "wide" | "statement" | "modifier";

export interface Candidate extends Range {
  readonly file: string;
  readonly line: number;
  /** Contract and function, for people and for the key. */
  readonly within: string;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  readonly placement: Placement;
  /** Where a modifier without its checks is declared: in front of the function that loses it. */
  readonly declareAt?: number;
}

/** A candidate that was chosen. `id` selects it while tests run, `key` names it from one run to the next. */
export interface Mutant extends Candidate {
  readonly id: number;
  readonly key: string;
}

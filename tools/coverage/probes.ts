import { childrenOf, rangeOf } from "../mutation/syntax.ts";
import { isNode, type Node, type Source } from "../mutation/types.ts";

/** A statement, or one outcome of a decision. */
export interface Point {
  readonly id: number;
  readonly kind: "statement" | "branch";
  readonly file: string;
  readonly line: number;
  readonly outcome?: "holds" | "fails";
}

/** What takes the place of bytes [start, end); of those that begin together, the empty ones come first, in their order. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const [SEMICOLON, NEWLINE] = [";", "\n"].map((character) => character.charCodeAt(0));

const statementsOf = (node: Node): Node[] => (node["statements"] as Node[] | undefined) ?? [];
const isBlock = ({ nodeType }: Node): boolean => nodeType === "Block" || nodeType === "UncheckedBlock";

/** Condition and error of `require(condition, error)`. */
const requirementOf = (node: Node): Node[] | undefined => {
  const call = node["expression"];
  if (node.nodeType !== "ExpressionStatement" || !isNode(call) || call.nodeType !== "FunctionCall") return undefined;
  const called = call["expression"];
  return isNode(called) && called["name"] === "require" ? (call["arguments"] as Node[]) : undefined;
};

/** Puts a probe in front of each statement of a source and into each outcome of its decisions. */
export class Prober {
  readonly points: Point[] = [];
  readonly edits: Edit[] = [];
  readonly #source: Source;
  #next: number;

  constructor(source: Source, firstId: number) {
    this.#source = source;
    this.#next = firstId;
    this.#outside(source.tree);
  }

  /** Down to the bodies of functions and modifiers; nothing else is executed. */
  #outside(node: Node): void {
    if (node.nodeType === "FunctionDefinition" || node.nodeType === "ModifierDefinition") {
      if (isNode(node["body"])) this.#statement(node["body"]);
      return;
    }
    for (const child of childrenOf(node)) this.#outside(child);
  }

  #statement(node: Node): void {
    if (isBlock(node)) {
      for (const statement of statementsOf(node)) {
        if (!isBlock(statement)) this.#insert(rangeOf(statement).start, this.#hit("statement", statement));
        this.#statement(statement);
      }
      return;
    }
    const requirement = requirementOf(node);
    if (requirement !== undefined) return this.#require(node, requirement);
    switch (node.nodeType) {
      case "IfStatement":
        return this.#if(node);
      case "ForStatement":
      case "WhileStatement":
        this.#expressions(node["condition"]);
        return this.#body(node["body"] as Node, "");
      case "TryStatement":
        this.#expressions(node["externalCall"]);
        for (const [i, clause] of (node["clauses"] as Node[]).entries()) {
          this.#body(clause["block"] as Node, this.#hit("branch", clause, i === 0 ? "holds" : "fails"));
        }
        return;
      case "InlineAssembly":
        return;
      default:
        this.#expressions(node);
    }
  }

  #if(node: Node): void {
    this.#expressions(node["condition"]);
    const [body, otherwise] = [node["trueBody"] as Node, node["falseBody"]];
    this.#body(body, this.#hit("branch", node, "holds"));
    const fails = this.#hit("branch", node, "fails");
    if (isNode(otherwise)) this.#body(otherwise, fails);
    else this.#insert(this.#endOf(body), ` else { ${fails} }`);
  }

  /** A body gets braces where it has none. */
  #body(node: Node, first: string): void {
    const { start } = rangeOf(node);
    if (node.nodeType === "Block") {
      this.#insert(start + 1, first);
      return this.#statement(node);
    }
    this.#insert(start, `{ ${first}${this.#hit("statement", node)}`);
    this.#statement(node);
    this.#insert(this.#endOf(node), " }");
  }

  /** As an `if` with a revert. */
  #require(node: Node, [condition, error]: Node[]): void {
    if (condition === undefined) return;
    this.#expressions(condition);
    const [tested, last] = [rangeOf(condition), this.#endOf(node)];
    this.#replace(rangeOf(node).start, tested.start, "if (!(");
    const fails = this.#hit("branch", node, "fails");
    let end = tested.end;
    if (error === undefined) {
      this.#replace(end, last, `)) { ${fails}revert(); } `);
    } else {
      const thrown = rangeOf(error);
      this.#replace(end, thrown.start, `)) { ${fails}revert${error.nodeType === "FunctionCall" ? " " : "("}`);
      this.#expressions(error);
      end = thrown.end;
      this.#replace(end, last, `${error.nodeType === "FunctionCall" ? "" : ")"}; } `);
    }
    this.#insert(last, this.#hit("branch", node, "holds"));
  }

  /** Choices within expressions. */
  #expressions(node: unknown): void {
    if (!isNode(node)) return;
    if (node.nodeType === "Conditional") {
      const { start, end } = rangeOf(node["condition"] as Node);
      const id = this.#add("branch", node, "holds");
      this.#add("branch", node, "fails");
      this.#insert(start, `__either(${id}, `);
      this.#expressions(node["condition"]);
      this.#insert(end, ")");
      this.#expressions(node["trueExpression"]);
      this.#expressions(node["falseExpression"]);
      return;
    }
    for (const child of childrenOf(node)) this.#expressions(child);
  }

  // ── parts

  #hit(kind: Point["kind"], node: Node, outcome?: Point["outcome"]): string {
    return `__hit(${this.#add(kind, node, outcome)}); `;
  }

  #add(kind: Point["kind"], node: Node, outcome?: Point["outcome"]): number {
    const id = this.#next++;
    const { file, text } = this.#source;
    const line = 1 + text.subarray(0, rangeOf(node).start).filter((byte) => byte === NEWLINE).length;
    this.points.push({ id, kind, file, line, ...(outcome === undefined ? {} : { outcome }) });
    return id;
  }

  #insert(at: number, text: string): void {
    if (text !== "") this.edits.push({ start: at, end: at, text });
  }

  #replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text });
  }

  /** With the semicolon, which the tree leaves out. */
  #endOf(node: Node): number {
    const { end } = rangeOf(node);
    return this.#source.text[end] === SEMICOLON ? end + 1 : end;
  }
}

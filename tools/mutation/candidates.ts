import { constantChanges, expressionChanges, isRational, type Change } from "./operators/expressions.ts";
import { statementChanges } from "./operators/statements.ts";
import { childrenOf, rangeOf, textOf, typeOf } from "./syntax.ts";
import { isNode, type Candidate, type Node, type Placement, type Range, type Source } from "./types.ts";

const SEMICOLON = ";".charCodeAt(0);

const listOf = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

const parametersOf = (node: unknown): Node[] => (isNode(node) ? listOf(node["parameters"]) : []);

/** Declarations by the compiler's number: constants and modifiers are looked up by it. */
export type Declarations = ReadonlyMap<number, { readonly source: Source; readonly node: Node }>;

export const declarationsOf = (all: readonly Source[]): Declarations => {
  const found = new Map<number, { source: Source; node: Node }>();
  const visit = (source: Source, node: Node): void => {
    if (node.nodeType === "ModifierDefinition" || node["constant"] === true) {
      found.set(node["id"] as number, { source, node });
    }
    for (const child of childrenOf(node)) visit(source, child);
  };
  for (const source of all) visit(source, source.tree);
  return found;
};

/** All candidates of one source. */
class Collector {
  readonly found: Candidate[] = [];
  readonly #source: Source;
  readonly #declarations: Declarations;
  #within = "";
  #results: readonly Node[] = [];

  constructor(source: Source, declarations: Declarations) {
    this.#source = source;
    this.#declarations = declarations;
  }

  collect(): Candidate[] {
    this.#outside(this.#source.tree, "");
    return this.found;
  }

  /** Down to the bodies of functions and modifiers; nothing else is executed. */
  #outside(node: Node, contract: string): void {
    if (node.nodeType === "FunctionDefinition" || node.nodeType === "ModifierDefinition") {
      const name = (node["name"] as string) || (node["kind"] as string);
      this.#within = contract === "" ? name : `${contract}.${name}`;
      this.#results = parametersOf(node["returnParameters"]);
      if (!isNode(node["body"])) return;
      for (const invocation of listOf(node["modifiers"])) this.#modifier(node, invocation);
      this.#statement(node["body"]);
      return;
    }
    const inner = node.nodeType === "ContractDefinition" ? (node["name"] as string) : contract;
    for (const child of childrenOf(node)) this.#outside(child, inner);
  }

  #statement(node: Node): void {
    if (node.nodeType === "InlineAssembly") return;
    if (node.nodeType === "ForStatement") {
      // What advances a loop stays: without it the loop only never ends.
      const initial = node["initializationExpression"];
      if (isNode(initial)) this.#insideStatement(initial);
      if (isNode(node["condition"])) this.#condition(node["condition"]);
      this.#statement(node["body"] as Node);
      return;
    }
    const changes = statementChanges(this.#source, node, this.#results);
    this.#add(this.#withSemicolon(node), "statement", changes);
    this.#insideStatement(node);
  }

  #insideStatement(node: Node): void {
    for (const child of childrenOf(node)) {
      if (/Statement$|^Block$|^UncheckedBlock$|^Return$|^Break$|^Continue$/.test(child.nodeType))
        this.#statement(child);
      else if (child === node["condition"]) this.#condition(child);
      else this.#expression(child, node);
    }
  }

  #condition(node: Node): void {
    const [text, range] = [textOf(this.#source, node), rangeOf(node)];
    if (node.nodeType !== "UnaryOperation") this.#add(range, "expression", [["negation", `!(${text})`]]);
    this.#expression(node, node);
  }

  #expression(node: Node, parent: Node): void {
    if (node.nodeType.endsWith("TypeName") || node.nodeType === "VariableDeclaration") return;
    if (this.#isConstant(node)) {
      this.#constant(node, parent);
      return;
    }
    this.#add(rangeOf(node), "expression", expressionChanges(this.#source, node));
    if (node.nodeType === "Conditional") {
      const condition = node["condition"] as Node;
      const text = `!(${textOf(this.#source, condition)})`;
      if (condition.nodeType !== "UnaryOperation") this.#add(rangeOf(condition), "expression", [["negation", text]]);
    }
    for (const child of childrenOf(node)) this.#expression(child, node);
  }

  #isConstant(node: Node): boolean {
    if (isRational(node)) return true;
    if (node.nodeType === "Literal") return node["kind"] === "bool";
    const declared = this.#declarations.get(node["referencedDeclaration"] as number);
    return declared?.node["constant"] === true && /^u?int\d+$/.test(typeOf(node));
  }

  #constant(node: Node, parent: Node): void {
    const changes = constantChanges(this.#source, node);
    // A plain number in front of a shift or a power is a uint256, a choice between two numbers would be a uint8.
    const widens = isRational(node) && node === parent["leftExpression"];
    const widened = widens && ["<<", ">>", "**"].includes(parent["operator"] as string);
    this.#add(rangeOf(node), widened ? "wide" : "expression", changes);
  }

  /** `_; ` alone, in a modifier of its own. */
  #modifier(definition: Node, invocation: Node): void {
    const name = invocation["modifierName"] as Node;
    const declared = this.#declarations.get(name["referencedDeclaration"] as number);
    if (declared?.node.nodeType !== "ModifierDefinition") return;
    const { source, node } = declared;
    const parameters = isNode(node["parameters"]) ? textOf(source, node["parameters"]) : "";
    const after = `modifier NAME${parameters} { if (ACTIVE) { _; } else ${textOf(source, node["body"] as Node)} }`;
    this.#add(rangeOf(name), "modifier", [["modifier", after]], rangeOf(definition).end);
  }

  /** The compiler's range of a statement ends in front of its semicolon. */
  #withSemicolon(node: Node): Range {
    const { start, end } = rangeOf(node);
    const next = this.#source.text.indexOf(SEMICOLON, end);
    const between = this.#source.text.subarray(end, next).toString();
    return { start, end: next >= 0 && between.trim() === "" ? next + 1 : end };
  }

  #add(range: Range, placement: Placement, changes: readonly Change[], declareAt?: number): void {
    const { text, file } = this.#source;
    const line = text.subarray(0, range.start).toString().split("\n").length;
    const before = text.subarray(range.start, range.end).toString();
    for (const [operator, after] of changes) {
      const common = { ...range, file, line, within: this.#within, operator, before, after, placement };
      this.found.push(declareAt === undefined ? common : { ...common, declareAt });
    }
  }
}

export const candidatesOf = (source: Source, declarations: Declarations): Candidate[] =>
  new Collector(source, declarations).collect();

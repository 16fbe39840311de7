import { textOf, typeOf } from "../syntax.ts";
import { isNode, type Node, type Source } from "../types.ts";

/** An operator's name with what takes the expression's place. */
export type Change = readonly [operator: string, after: string];

const RELATIONAL: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
};

const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "^": "&",
};

const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };

const OPPOSITES: readonly (readonly [string, string])[] = [
  ["min", "max"],
  ["mulWad", "mulWadUp"],
  ["divWad", "divWadUp"],
  ["fullMulDiv", "fullMulDivUp"],
];

export const isRational = (node: Node): boolean => /^(int|rational)_const /.test(typeOf(node));

const child = (node: Node, field: string): Node => {
  const value = node[field];
  if (!isNode(value)) throw new Error(`${node.nodeType} has no ${field}`);
  return value;
};

const binary = (source: Source, node: Node): Change[] => {
  const operator = node["operator"] as string;
  const [left, right] = [child(node, "leftExpression"), child(node, "rightExpression")];
  const [a, b] = [textOf(source, left), textOf(source, right)];
  const swapped = (name: string, swaps: readonly string[]): Change[] =>
    swaps.map((swap) => [name, `${a} ${swap} ${b}`]);
  if (operator in RELATIONAL) return swapped("relational", RELATIONAL[operator] ?? []);
  if (operator in LOGICAL) return swapped("logical", [LOGICAL[operator] ?? ""]);
  if (!(operator in ARITHMETIC)) return [];
  const changes = swapped("arithmetic", [ARITHMETIC[operator] ?? ""]);
  // Whole numbers round down; the other direction is one more step.
  if (operator === "/" && typeOf(node).startsWith("uint")) changes.push(["rounding", `(${a} + (${b}) - 1) / (${b})`]);
  return changes;
};

/** The name a call calls, and where in the call's text it begins. */
const calledName = (source: Source, call: Node): { name: string; at: number } | undefined => {
  const called = child(call, "expression");
  const name = called["memberName"] ?? called["name"];
  if (typeof name !== "string") return undefined;
  const text = textOf(source, called);
  return { name, at: text.length - name.length };
};

const opposites = (name: string): Change[] => {
  const changes = OPPOSITES.flatMap(([one, other]): Change[] => {
    const operator = one === "min" ? "minmax" : "rounding";
    return name === one ? [[operator, other]] : name === other ? [[operator, one]] : [];
  });
  if (changes.length > 0) return changes;
  // Our own functions say in their names which way they round.
  if (name.endsWith("Up")) return [["rounding", `${name.slice(0, -2)}Down`]];
  if (name.endsWith("Down")) return [["rounding", `${name.slice(0, -4)}Up`]];
  return [];
};

const call = (source: Source, node: Node): Change[] => {
  if (node["kind"] !== "functionCall" || typeOf(node).startsWith("tuple(")) return [];
  const called = calledName(source, node);
  if (called === undefined) return [];
  const text = textOf(source, node);
  const rest = text.slice(called.at + called.name.length);
  const changes = opposites(called.name).map(([operator, name]): Change => [
    operator,
    `${text.slice(0, called.at)}${name}${rest}`,
  ]);
  const operands = (node["arguments"] as Node[]).map((argument) => textOf(source, argument));
  if (called.name === "mulDiv" && operands.length === 3) {
    changes.push(["rounding", `${text.slice(0, -1)}, Math.Rounding.Ceil)`]);
  }
  if (called.name === "ceilDiv" && operands.length === 2) changes.push(["rounding", `(${operands.join(") / (")})`]);
  return changes;
};

const unary = (source: Source, node: Node): Change[] => {
  const operand = textOf(source, child(node, "subExpression"));
  const operator = node["operator"] as string;
  if (operator === "!") return [["negation", operand]];
  if (operator === "-" || operator === "~") return [["arithmetic", operand]];
  return [];
};

const member = (source: Source, node: Node): Change[] => {
  if (typeOf(node) !== "enum Math.Rounding") return [];
  const text = textOf(source, node);
  return text.endsWith("Ceil")
    ? [["rounding", text.replace(/Ceil$/, "Floor")]]
    : [["rounding", text.replace(/Floor$/, "Ceil")]];
};

/** What may take the place of an expression that is not a constant. */
export const expressionChanges = (source: Source, node: Node): Change[] => {
  switch (node.nodeType) {
    case "BinaryOperation":
      return binary(source, node);
    case "UnaryOperation":
      return unary(source, node);
    case "FunctionCall":
      return call(source, node);
    case "MemberAccess":
      return member(source, node);
    default:
      return [];
  }
};

/** What may take the place of a number, or of the name of one. */
export const constantChanges = (source: Source, node: Node): Change[] => {
  const text = textOf(source, node);
  if (text === "true" || text === "false") return [["constant", text === "true" ? "false" : "true"]];
  if (text === "0") return [["constant", "1"]];
  const changes: Change[] = [
    ["constant", `${text} + 1`],
    ["constant", `${text} - 1`],
  ];
  if (text !== "1") changes.push(["constant", "0"]);
  return changes;
};

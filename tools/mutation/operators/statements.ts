import { textOf, typeOf } from "../syntax.ts";
import { isNode, type Node, type Source } from "../types.ts";
import type { Change } from "./expressions.ts";

const COMPOUND: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
  "|=": "&=",
  "&=": "|=",
  "^=": "|=",
  "<<=": ">>=",
  ">>=": "<<=",
};

const DELETED = "";

const isRequire = (expression: Node): boolean => {
  const called = expression["expression"];
  return expression.nodeType === "FunctionCall" && isNode(called) && called["name"] === "require";
};

const expressionStatement = (source: Source, node: Node): Change[] => {
  const expression = node["expression"];
  if (!isNode(expression)) return [];
  if (isRequire(expression)) return [["require", DELETED]];
  const changes: Change[] = [["deletion", DELETED]];
  const operator = expression["operator"] as string | undefined;
  if (expression.nodeType === "Assignment" && operator !== undefined && operator in COMPOUND) {
    const [left, right] = [expression["leftHandSide"], expression["rightHandSide"]] as [Node, Node];
    changes.push(["arithmetic", `${textOf(source, left)} ${COMPOUND[operator]} ${textOf(source, right)};`]);
  }
  return changes;
};

/** Zero of a type, where it can be written down. */
const zeroOf = (parameter: Node): string | undefined => {
  const type = typeOf(parameter);
  if (/^u?int\d+$/.test(type)) return "0";
  if (type === "bool") return "false";
  if (type === "address" || /^bytes\d+$/.test(type)) return `${type}(0)`;
  const identifier = (parameter["typeDescriptions"] as { typeIdentifier?: string }).typeIdentifier ?? "";
  return identifier.startsWith("t_userDefinedValueType") ? `${type}.wrap(0)` : undefined;
};

const returned = (source: Source, node: Node, results: readonly Node[]): Change[] => {
  const expression = node["expression"];
  if (!isNode(expression)) return [];
  const zeros = results.map(zeroOf);
  if (zeros.some((zero) => zero === undefined)) return [];
  const text = textOf(source, expression);
  const zero = zeros.length === 1 ? (zeros[0] ?? "") : `(${zeros.join(", ")})`;
  const values = zero === "false" ? ["false", "true"] : [zero];
  return values.filter((value) => value !== text).map((value): Change => ["return", `return ${value};`]);
};

/** What may take the place of a statement. `results` are those of the function around it. */
export const statementChanges = (source: Source, node: Node, results: readonly Node[]): Change[] => {
  switch (node.nodeType) {
    case "ExpressionStatement":
      return expressionStatement(source, node);
    case "RevertStatement":
      return [["require", DELETED]];
    case "EmitStatement":
    case "Break":
    case "Continue":
      return [["deletion", DELETED]];
    case "Return":
      return returned(source, node, results);
    default:
      return [];
  }
};

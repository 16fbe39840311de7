import { existsSync, globSync, readFileSync } from "node:fs";
import { matchesGlob, resolve } from "node:path";
import { createRequire } from "node:module";
import { NOT_MUTATED, SOURCES } from "./scope.ts";
import { isNode, type Node, type Source } from "./types.ts";

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
}

export interface Diagnostic {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number };
}

interface Output {
  readonly errors?: readonly Diagnostic[];
  readonly sources?: Readonly<Record<string, { readonly ast: Node }>>;
}

/** Relative to the project's root, in a fixed order. */
export const sourceFiles = (): string[] =>
  SOURCES.flatMap((pattern) => globSync(pattern))
    .filter((file) => !NOT_MUTATED.some((pattern) => matchesGlob(file, pattern)))
    .sort();

const read = (path: string): { contents: string } | { error: string } => {
  const found = [path, resolve("node_modules", path)].find((candidate) => existsSync(candidate));
  return found === undefined ? { error: `${path} is not there` } : { contents: readFileSync(found, "utf8") };
};

/** Loading the compiler takes seconds, so only who needs it does. */
let compiler: Compiler | undefined;

/** Analyses without generating code: a few seconds for everything. */
export const analyse = (contents: ReadonlyMap<string, string>): Output => {
  compiler ??= createRequire(import.meta.url)("solc") as Compiler;
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...contents].map(([file, content]) => [file, { content }])),
    settings: { evmVersion: "cancun", outputSelection: { "*": { "": ["ast"] } } },
  };
  return JSON.parse(compiler.compile(JSON.stringify(input), { import: read })) as Output;
};

export const errorsOf = (output: Output): Diagnostic[] =>
  (output.errors ?? []).filter(({ severity }) => severity === "error");

/** The sources to mutate, and the trees of everything they import: modifiers may be declared there. */
export const parse = (files: readonly string[]): { sources: Source[]; all: Source[] } => {
  const output = analyse(new Map(files.map((file) => [file, readFileSync(file, "utf8")])));
  const [error] = errorsOf(output);
  if (error !== undefined) throw new Error(`the sources do not compile: ${error.formattedMessage}`);
  const all = Object.entries(output.sources ?? {}).map(([file, { ast }]) => {
    const found = read(file);
    if ("error" in found) throw new Error(found.error);
    return { file, text: Buffer.from(found.contents), tree: ast };
  });
  return { sources: all.filter(({ file }) => files.includes(file)), all };
};

export const rangeOf = (node: Node): { start: number; end: number } => {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
};

export const textOf = (source: Source, node: Node): string => {
  const { start, end } = rangeOf(node);
  return source.text.subarray(start, end).toString();
};

export const childrenOf = (node: Node): Node[] =>
  Object.entries(node)
    .filter(([field]) => field !== "typeDescriptions" && field !== "documentation")
    .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isNode);

export const typeOf = (node: Node): string =>
  (node["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";

/** Which functions of a contract gas goes to, by the compiler's map from code to sources. */
import { readFileSync } from "node:fs";
import { artifacts } from "hardhat";

/** Program counters of what ran and the gas of each, one after the other. */
export type Steps = readonly number[];

interface Node {
  readonly nodeType?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly src?: string;
  readonly nodes?: readonly Node[];
}

interface BuildOutput {
  readonly output: {
    readonly sources: Readonly<Record<string, { readonly id: number; readonly ast: Node }>>;
    readonly contracts: Readonly<
      Record<string, Record<string, { evm: { deployedBytecode: { object: string; sourceMap: string } } }>>
    >;
  };
}

/** A function's place in its source: [start, end), in bytes. */
interface Span {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/**
 * @returns Functions by gas, the most first, as "File.sol function". What is compiled into another function counts where it was written;
 * instructions of no function, such as the decoding of calls, count with the one that ran before. Undefined for a contract that is not in
 * the build.
 */
export async function functionsOf(contract: string, steps: Steps): Promise<(readonly [string, number])[] | undefined> {
  if (!(await artifacts.artifactExists(contract))) return undefined;
  const { inputSourceName } = (await artifacts.readArtifact(contract)) as { inputSourceName?: string };
  const id = await artifacts.getBuildInfoId(contract);
  const path = id === undefined ? undefined : await artifacts.getBuildInfoOutputPath(id);
  if (path === undefined || inputSourceName === undefined) return undefined;
  const { output } = JSON.parse(readFileSync(path, "utf8")) as BuildOutput;
  const { object, sourceMap } = output.contracts[inputSourceName]![contract]!.evm.deployedBytecode;
  const spans = new Map(
    Object.entries(output.sources).map(([file, source]) => [source.id, spansOf(file.split("/").at(-1)!, source.ast)]),
  );
  const places = placesOf(sourceMap);
  const instructions = instructionsOf(object);

  const gas = new Map<string, number>();
  let last = "before any function";
  for (let i = 0; i < steps.length; i += 2) {
    const place = places[instructions.get(steps[i]!)!];
    const span = place && spans.get(place.file)?.find(({ start, end }) => start <= place.start && place.end <= end);
    last = span?.label ?? last;
    gas.set(last, (gas.get(last) ?? 0) + steps[i + 1]!);
  }
  return [...gas].sort(([, x], [, y]) => y - x);
}

function spansOf(file: string, { nodes = [] }: Node): Span[] {
  return nodes.flatMap((node): Span[] => {
    if (node.nodeType !== "FunctionDefinition") return spansOf(file, node);
    const [start, length] = node.src!.split(":").map(Number);
    return [{ label: `${file} ${node.name || node.kind}`, start: start!, end: start! + length! }];
  });
}

/** Of each instruction; an empty field means the same as before. */
function placesOf(sourceMap: string): { readonly start: number; readonly end: number; readonly file: number }[] {
  let [start, length, file] = [0, 0, -1];
  return sourceMap.split(";").map((entry) => {
    const [s, l, f] = entry.split(":");
    if (s) start = Number(s);
    if (l) length = Number(l);
    if (f) file = Number(f);
    return { start, end: start + length, file };
  });
}

/** Number of each instruction by its place in the code: a PUSH is longer than one byte. */
function instructionsOf(object: string): Map<number, number> {
  // Addresses that are linked in later are in the object as placeholders.
  const code = Buffer.from(object.replace(/__\$.{34}\$__/g, "0".repeat(40)), "hex");
  const numbers = new Map<number, number>();
  for (let at = 0; at < code.length; at += 1) {
    numbers.set(at, numbers.size);
    const opcode = code[at]!;
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f;
  }
  return numbers;
}

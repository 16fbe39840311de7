/** Solidity's SMTChecker: what of a contract's assertions and arithmetic it proves for all inputs. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Verdicts {
  readonly proved: readonly string[];
  readonly unproved: readonly string[];
}

interface Message {
  readonly severity: string;
  readonly errorCode?: string;
  readonly message: string;
}

const PROVED_SAFE = "9576";

/** The solver lives in the compiler and keeps threads of its own: a process apart, which is ended after its answer. */
const RUN = `
  const solc = require("solc");
  const input = require("node:fs").readFileSync(0, "utf8");
  process.stdout.write(solc.compile(input), () => process.exit(0));
`;

/** @param file From the root of the repository; it must import nothing. */
export function check(file: string, contract: string): Verdicts {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const content = readFileSync(root + file, "utf8");
  const modelChecker = {
    engine: "chc",
    solvers: ["z3"],
    targets: ["assert", "overflow", "underflow"],
    contracts: { [file]: [contract] },
    showProvedSafe: true,
    showUnproved: true,
  };
  const settings = { modelChecker, outputSelection: { "*": { "*": [] } } };
  const input = JSON.stringify({ language: "Solidity", sources: { [file]: { content } }, settings });
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", RUN], { cwd: root, input, encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  const { errors = [] } = JSON.parse(stdout) as { readonly errors?: readonly Message[] };
  const of = (proved: boolean): string[] =>
    errors
      .filter(({ errorCode }) => (errorCode === PROVED_SAFE) === proved)
      .map(({ message }) => message.split("\n")[0]!);
  return { proved: of(true), unproved: of(false) };
}

/** Makes sure that the contracts are compiled: the first start of a fresh clone takes a minute longer. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

const COMPILED = fileURLToPath(
  new URL("../../artifacts/contracts/ClearingHouse.sol/ClearingHouse.json", import.meta.url),
);

/** Compiles the contracts, not the tests. Does nothing when they are up to date. */
export async function compileContracts(hre: HardhatRuntimeEnvironment, say: (line: string) => void): Promise<void> {
  if (!existsSync(COMPILED)) say("Compiling the contracts: about a minute, the first time only.\n");
  await awayFromStandardOutput(() => hre.tasks.getTask("build").run({ quiet: true, noTests: true }));
}

/** Standard output is for the demo's own words, with --json for one object: the compiler's go to standard error. */
async function awayFromStandardOutput(work: () => Promise<unknown>): Promise<void> {
  const original = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array): boolean =>
    String(chunk).trim() === "" || process.stderr.write(chunk);
  try {
    await work();
  } finally {
    process.stdout.write = original;
  }
}

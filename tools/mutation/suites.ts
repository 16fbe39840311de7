import { globSync, readFileSync } from "node:fs";
import { join, matchesGlob, resolve } from "node:path";
import {
  type Artifact,
  CollectStackTraces,
  EdrContext,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1SolidityTestRunnerFactory,
  TestStatus,
} from "@nomicfoundation/edr";
import { ARTIFACTS, CACHE } from "./places.ts";
import { SUITES } from "./scope.ts";

/** A test contract, as "test/a/B.t.sol:BTest". */
export type SuiteName = string;

export interface SuiteRun {
  readonly failed: string | undefined;
  readonly tests: number;
  readonly milliseconds: number;
  /** Mutants that were reached; only when probing. */
  readonly reached: number[];
}

interface CompiledContract {
  readonly contractName: string;
  readonly sourceName: string;
  readonly inputSourceName?: string;
  readonly abi: readonly { readonly type: string; readonly name?: string }[];
  readonly bytecode: string;
  readonly linkReferences: Artifact["contract"]["linkReferences"];
  readonly deployedBytecode: string;
  readonly deployedLinkReferences: Artifact["contract"]["deployedLinkReferences"];
  readonly buildInfoId?: string;
}

const HARDFORK = "Osaka";

/** A mutant may loop; no test of ours needs as much. */
const GAS_LIMIT = 20_000_000_000n;

/** An eighth of what the suites run with otherwise: a mutant that only the rest would find counts as survived. */
const FUZZ_RUNS = 32;

const BUILD_INFO = /^solc-(\d+)_(\d+)_(\d+)-/;

const coinbaseOf = (id: bigint): Uint8Array => Buffer.from(id.toString(16).padStart(40, "0"), "hex");

const isSuite = ({ bytecode, abi }: CompiledContract): boolean =>
  bytecode.length > 2 && abi.some(({ type, name }) => type === "function" && /^(test|invariant)/.test(name ?? ""));

/** The Solidity test suites of a build with mutants, run in this process by the same runner that Hardhat uses. */
export class Suites {
  readonly names: SuiteName[] = [];
  readonly #artifacts: Artifact[] = [];
  readonly #ids = new Map<SuiteName, Artifact["id"]>();
  readonly #context = new EdrContext();

  /** @param asked Globs of the files with suites. */
  static async load(artifacts = ARTIFACTS, cache = CACHE, asked: readonly string[] = SUITES): Promise<Suites> {
    const suites = new Suites();
    suites.#read(artifacts, []);
    suites.#read(join(cache, "test-artifacts"), asked);
    await suites.#context.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory());
    return suites;
  }

  #read(folder: string, asked: readonly string[]): void {
    for (const path of globSync(join(folder, "**/*.json")).sort()) {
      if (path.includes("build-info")) continue;
      const compiled = JSON.parse(readFileSync(path, "utf8")) as CompiledContract;
      const version = BUILD_INFO.exec(compiled.buildInfoId ?? "");
      if (version === null) continue;
      const id = {
        name: compiled.contractName,
        solcVersion: version.slice(1, 4).join("."),
        source: compiled.inputSourceName ?? compiled.sourceName,
      };
      const { bytecode, linkReferences, deployedBytecode, deployedLinkReferences } = compiled;
      this.#artifacts.push({
        id,
        contract: {
          abi: JSON.stringify(compiled.abi),
          bytecode,
          linkReferences,
          deployedBytecode,
          deployedLinkReferences,
        },
      });
      const isAsked = asked.some((pattern) => matchesGlob(compiled.sourceName, pattern));
      if (isAsked && isSuite(compiled)) {
        const name = `${compiled.sourceName}:${compiled.contractName}`;
        this.names.push(name);
        this.#ids.set(name, id);
      }
    }
  }

  async run(name: SuiteName, coinbase: bigint, probing: boolean): Promise<SuiteRun> {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`there is no suite ${name}`);
    const started = performance.now();
    const reached = new Set<number>();
    const failures: string[] = [];
    let tests = 0;
    await new Promise<void>((done, fail) => {
      const config = {
        projectRoot: process.cwd(),
        hardfork: HARDFORK,
        localPredeploys: l1GenesisState(l1HardforkFromString(HARDFORK)),
        blockCoinbase: coinbaseOf(coinbase),
        gasLimit: GAS_LIMIT,
        disableBlockGasLimit: true,
        disableTransactionGasCap: true,
        fuzz: { runs: FUZZ_RUNS, seed: "0x1" },
        collectStackTraces: CollectStackTraces.OnFailure,
        testSourcePaths: { [id.source]: resolve(name.split(":")[0] ?? "") },
        ...(probing ? { observability: { codeCoverage: { onCollectedCoverageCallback: collect } } } : {}),
      };
      async function collect(hits: Uint8Array[]): Promise<void> {
        for (const hit of hits) reached.add(Number(BigInt(`0x${Buffer.from(hit).toString("hex")}`)));
      }
      let results = 0;
      const finish = (): void => {
        if (++results === 2) done();
      };
      // The last suite may report after the run has ended, or before.
      this.#context
        .runSolidityTests(L1_CHAIN_TYPE, this.#artifacts, [id], config, { buildInfos: [] }, ({ testResults }) => {
          tests = testResults.length;
          for (const result of testResults) {
            if (result.status === TestStatus.Failure) failures.push(`${result.name}: ${result.reason ?? ""}`);
          }
          finish();
        })
        .then(finish, fail);
    });
    return {
      failed: failures.sort()[0],
      tests,
      milliseconds: performance.now() - started,
      reached: [...reached].sort((a, b) => a - b),
    };
  }
}

import { existsSync, globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { HardhatPlugin } from "hardhat/types/plugins";
import config from "../../hardhat.config.ts";
import { ARTIFACTS, CACHE, PLAN, TYPES } from "./places.ts";
import type { Plan } from "./plan.ts";
import { SWITCH, SWITCH_SOURCE, weave } from "./weave.ts";

const { mutants } = (existsSync(PLAN) ? JSON.parse(readFileSync(PLAN, "utf8")) : { mutants: [] }) as Pick<
  Plan,
  "mutants"
>;

/** Weaves the plan's mutants into the sources while they are compiled. The files themselves stay as they are. */
const woven: HardhatPlugin = {
  id: "mutation",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async preprocessProjectFileBeforeBuilding(context, sourceName, fsPath, content, version, next) {
          const file = relative(context.config.paths.root, fsPath);
          const text = weave(
            content,
            mutants.filter((mutant) => mutant.file === file),
          );
          return next(context, sourceName, fsPath, text, version);
        },
        async preprocessSolcInputBeforeBuilding(context, input, next) {
          if (Object.values(input.sources).some(({ content }) => content.includes(SWITCH_SOURCE))) {
            input.sources[SWITCH_SOURCE] = { content: SWITCH };
          }
          return next(context, input);
        },
      }),
    }),
  },
};

/** What the other pipeline finds too deep for its stack. It takes several times as long, so nothing else goes through it here. */
const VIA_IR = ["contracts/risk/RiskEngine.sol", "contracts/risk/RiskOffice.sol"];

/** The project's, whose shape the general type does not know. */
interface Profile {
  readonly compilers: readonly { readonly version: string; readonly path?: string; readonly settings?: object }[];
}

const project = (config.solidity as unknown as { readonly profiles: { readonly default: Profile } }).profiles.default;
const compiler = project.compilers[0]!;
const withSettings = (settings: object) => ({ ...compiler, settings: { ...compiler.settings, ...settings } });

/** Suites contain most of the contracts: without the optimizer they are compiled in a tenth of the time, and run long enough. */
const profile = {
  ...project,
  compilers: [withSettings({ viaIR: false, optimizer: { enabled: false } }), ...project.compilers.slice(1)],
  overrides: Object.fromEntries(
    globSync("contracts/**/*.sol").map((file) => [
      file,
      withSettings({ viaIR: VIA_IR.includes(file), optimizer: { enabled: true, runs: 1 } }),
    ]),
  ),
};

/** Which mutant the TypeScript tests run with; see SWITCH. */
const coinbase = `0x${Number(process.env["MUTANT"] ?? 0)
  .toString(16)
  .padStart(40, "0")}` as const;

/** For `npm run mutate`: the same project with mutants in its contracts, which are larger than a chain would take. */
export default {
  ...config,
  solidity: { ...(config.solidity as object), profiles: { default: profile, production: profile } },
  plugins: [...(config.plugins ?? []), woven],
  paths: { ...config.paths, artifacts: ARTIFACTS, cache: CACHE },
  typechain: { outDir: TYPES },
  networks: {
    ...config.networks,
    default: {
      type: "edr-simulated",
      chainType: "l1",
      hardfork: "osaka",
      allowUnlimitedContractSize: true,
      // Code with mutants in it takes more gas.
      blockGasLimit: 1_000_000_000,
      transactionGasCap: false,
      coinbase,
    },
  },
  test: { ...config.test, mocha: { timeout: 120_000, bail: true } },
};

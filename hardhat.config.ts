import { readdirSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** The one switch between the compiler's two pipelines (via-IR took four times as long); it holds for both profiles. */
const VIA_IR = false;

const compiler = {
  version: "0.8.34",
  path: fileURLToPath(import.meta.resolve("solc/soljson.js")),
  settings: { evmVersion: "cancun", viaIR: VIA_IR, optimizer: { enabled: true, runs: 200 } },
};

/** For Chainlink's price feed contracts as deployed on the main networks (see npmFilesToBuild). */
const chainlinkCompiler = {
  version: "0.6.6",
  path: fileURLToPath(import.meta.resolve("solc-0.6/soljson.js")),
  settings: { evmVersion: "istanbul", optimizer: { enabled: true, runs: 200 } },
};

/** Slower to compile; what is on the way of a trade is smaller and cheaper through it (`npm run bench`). */
const optimized = (runs: number) => ({
  ...compiler,
  settings: { ...compiler.settings, viaIR: true, optimizer: { enabled: true, runs } },
});

/**
 * Suites that compile apart from the others, folder by folder: the compiler has 4 GB of memory, and one job with all of them is more
 * than it can write the output of. Other settings make another job, so these differ by what changes nothing.
 */
const APART = [["test/audit", "test/incidents", "test/insurance", "test/liquidation"], ["test/ledger"]];
const jobs = APART.map((folders, i) => ({
  settings: { ...compiler, settings: { ...compiler.settings, optimizer: { enabled: true, runs: 199 - i } } },
  suites: folders
    .flatMap((folder) => readdirSync(new URL(folder, import.meta.url)).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(".t.sol")),
}));

/** Hardhat compiles files with one and the same settings object together, and makes an object of each override. */
const oneJobForSuites: HardhatPlugin = {
  id: "one-job-for-suites",
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        async resolveUserConfig(userConfig, resolve, next) {
          const resolved = await next(userConfig, resolve);
          for (const { overrides } of Object.values(resolved.solidity.profiles)) {
            for (const { suites } of jobs) {
              const shared = overrides[suites[0]!];
              if (shared !== undefined) for (const path of suites) overrides[path] = shared;
            }
          }
          return resolved;
        },
      }),
    }),
  },
};

const profile = {
  isolated: false,
  compilers: [compiler, chainlinkCompiler],
  overrides: {
    ...Object.fromEntries(jobs.flatMap(({ suites, settings }) => suites.map((path) => [path, settings]))),
    // As much speed as the code size limit of 24,576 bytes leaves room for.
    "contracts/ClearingHouse.sol": optimized(700),
    "contracts/ledger/BackOffice.sol": optimized(200),
    "contracts/ledger/Cashier.sol": optimized(200),
    "contracts/ledger/ExpiryDesk.sol": optimized(700),
    "contracts/ledger/LossDesk.sol": optimized(200),
    "contracts/ledger/CloseDesk.sol": optimized(200),
    "contracts/risk/RiskEngine.sol": optimized(10_000),
    "contracts/risk/RiskOffice.sol": optimized(1),
    "contracts/oracle/MarketData.sol": optimized(1_000),
    "contracts/oracle/SurfaceRules.sol": optimized(1_000),
    "contracts/exchange/OrderSettlement.sol": optimized(10_000),
    "contracts/liquidation/LiquidationEngine.sol": optimized(10_000),
    "contracts/liquidation/SliceAuction.sol": optimized(300),
  },
};

const TOO_MANY_WARNINGS = "4591";

/** Where a message points into a package: as solc 0.8 writes it, or as solc 0.6 does. */
const PACKAGE_LOCATION = /-->\s*[^\n]*node_modules\/|^npm\//;

/** Warnings about code that is not ours cannot be acted upon here, and forge-std alone gives hundreds. */
const quietDependencies: HardhatPlugin = {
  id: "quiet-dependencies",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async getCompilationJobErrors(context, job, output, next) {
          const errors = await next(context, job, output);
          return errors.filter((error) => {
            if (error.severity === "error") return true;
            return error.errorCode !== TOO_MANY_WARNINGS && !PACKAGE_LOCATION.test(error.formattedMessage ?? "");
          });
        },
      }),
    }),
  },
};

/** A compiler may take 4 GB, and Hardhat leaves a core to itself that it does not use. */
const COMPILERS = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / 6e9)));

const compileSideBySide: HardhatPlugin = {
  id: "compile-side-by-side",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        build: (context, paths, options, next) => next(context, paths, { concurrency: COMPILERS, ...options }),
      }),
    }),
  },
};

/** Configuration variables come from the environment or from `hardhat keystore set`; they are read on first use only. */
const accounts = [configVariable("DEPLOYER_PRIVATE_KEY")];

export default defineConfig({
  plugins: [toolbox, quietDependencies, oneJobForSuites, compileSideBySide],
  solidity: {
    // Solidity tests deploy what is on the way of a trade by name, so that they run the code that is deployed.
    splitTestsCompilation: true,
    npmFilesToBuild: [
      "@chainlink/contracts-v0.6/src/v0.6/EACAggregatorProxy.sol",
      "@chainlink/contracts-v0.6/src/v0.6/FluxAggregator.sol",
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
    ],
    profiles: { default: profile, production: profile },
  },
  networks: {
    default: {
      type: "edr-simulated",
      chainType: "l1",
      hardfork: "osaka",
      allowUnlimitedContractSize: false,
      // Expiries and hours of funding count from the chain's clock: a test that passes once passes at every hour of every day.
      initialDate: "2026-11-24T12:03:00Z",
    },
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    sepolia: { type: "http", chainType: "l1", url: configVariable("SEPOLIA_RPC_URL"), accounts },
    arbitrumSepolia: { type: "http", chainType: "generic", url: configVariable("ARBITRUM_SEPOLIA_RPC_URL"), accounts },
    baseSepolia: { type: "http", chainType: "op", url: configVariable("BASE_SEPOLIA_RPC_URL"), accounts },
    opSepolia: { type: "http", chainType: "op", url: configVariable("OP_SEPOLIA_RPC_URL"), accounts },
  },
  // A fork needs the hard fork of every block it touches. The simulator knows those of most public networks, but
  // not those of Arbitrum's, of Base's test network and of a local upstream.
  chainDescriptors: {
    31337: { name: "Local", chainType: "l1", hardforkHistory: { osaka: { blockNumber: 0 } } },
    84532: { name: "Base Sepolia", chainType: "op", hardforkHistory: { isthmus: { blockNumber: 0 } } },
    421614: { name: "Arbitrum Sepolia", chainType: "generic", hardforkHistory: { osaka: { blockNumber: 0 } } },
  },
  verify: { etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") } },
  paths: { sources: "contracts", tests: { mocha: "test", solidity: "test" }, ignition: "deploy" },
  typechain: { outDir: "typechain-types" },
  test: {
    mocha: { timeout: 120_000 },
    solidity: { fuzz: { runs: 256, seed: "0x1" }, invariant: { runs: 32, depth: 50, shrinkRunLimit: 200 } },
  },
});

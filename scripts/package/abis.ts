/** The ABIs of the package, as constants whose types know every name: for ethers, viem and abitype. */
import { readFileSync } from "node:fs";
import { Interface, type JsonFragment } from "ethers";

export type Abi = readonly JsonFragment[];

const ARTIFACTS = new URL("../../artifacts/", import.meta.url);

/** Artifacts by the name of the constant. Clearing house and risk engine are one address each with several pieces of code: one ABI. */
const SOURCES = {
  clearingHouseAbi: [
    "contracts/interfaces/IClearingHouse.sol/IClearingHouse",
    "contracts/ClearingHouse.sol/ClearingHouse",
  ],
  depthBookAbi: ["contracts/estimation/DepthBook.sol/DepthBook"],
  insuranceFundAbi: ["contracts/insurance/InsuranceFund.sol/InsuranceFund"],
  collateralVaultAbi: ["contracts/vault/CollateralVault.sol/CollateralVault"],
  instrumentRegistryAbi: ["contracts/instruments/InstrumentRegistry.sol/InstrumentRegistry"],
  liquidationEngineAbi: ["contracts/liquidation/LiquidationEngine.sol/LiquidationEngine"],
  marginLensAbi: ["contracts/views/MarginLens.sol/MarginLens"],
  optionLensAbi: ["contracts/views/OptionLens.sol/OptionLens"],
  marketDataAbi: ["contracts/oracle/MarketData.sol/MarketData"],
  orderSettlementAbi: ["contracts/exchange/OrderSettlement.sol/OrderSettlement"],
  correlationEstimatorAbi: ["contracts/estimation/CorrelationEstimator.sol/CorrelationEstimator"],
  riskEngineAbi: ["contracts/interfaces/IRisk.sol/IRisk", "contracts/risk/RiskEngine.sol/RiskEngine"],
  sliceAuctionAbi: ["contracts/liquidation/SliceAuction.sol/SliceAuction"],
  volatilityEstimatorAbi: ["contracts/estimation/VolatilityEstimator.sol/VolatilityEstimator"],
  accessManagerAbi: ["@openzeppelin/contracts/access/manager/AccessManager.sol/AccessManager"],
} as const satisfies Record<string, readonly string[]>;

export type AbiName = keyof typeof SOURCES;

function artifactAbi(path: string): Abi {
  return (JSON.parse(readFileSync(new URL(`${path}.json`, ARTIFACTS), "utf8")) as { abi: Abi }).abi;
}

/** By name; each function, event and error once, constructors left out. */
export function packageAbis(): Record<AbiName, Abi> {
  const entries = Object.entries(SOURCES).map(([name, paths]) => [name, merge(paths.map(artifactAbi))] as const);
  return Object.fromEntries(entries) as Record<AbiName, Abi>;
}

function merge(abis: readonly Abi[]): Abi {
  const bySignature = new Map<string, JsonFragment>();
  for (const item of abis.flat()) {
    const [fragment] = new Interface([item]).fragments;
    if (fragment === undefined || fragment.type === "constructor" || fragment.type === "fallback") continue;
    const signature = `${fragment.type} ${fragment.format("sighash")}`;
    if (!bySignature.has(signature)) bySignature.set(signature, item);
  }
  return [...bySignature.values()];
}

export function abiSource(): string {
  const constants = Object.entries(packageAbis()).map(
    ([name, abi]) => `export const ${name} = ${JSON.stringify(abi, undefined, 1)} as const;\n`,
  );
  return ["/** ABIs of the deployed contracts. */", ...constants].join("\n");
}

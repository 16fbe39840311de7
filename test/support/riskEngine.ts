/** A risk engine with its parameters, and the harness that runs many portfolios through it in one call. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import AccessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json" with { type: "json" };
import type { Breakdown, Margin, PackedPortfolio, ParameterSet, Portfolio, UnderlyingRisk } from "../../sdk/types.ts";
import { encodePortfolio } from "../../sdk/words.ts";
import type { IRisk, RiskBatch } from "../../typechain-types/index.ts";
import { deployRiskEngine } from "./riskContracts.ts";

export interface RiskBench {
  readonly engine: IRisk;
  readonly batch: RiskBatch;
  readonly assess: (portfolios: readonly Portfolio[]) => Promise<Margin[]>;
  readonly explain: (portfolios: readonly Portfolio[]) => Promise<ChainExplanation[]>;
  /** Lets the harness set parameters. */
  readonly promote: () => Promise<void>;
}

export interface ChainExplanation {
  readonly margin: Margin;
  readonly parts: Breakdown;
  readonly risks: UnderlyingRisk[];
}

/** Portfolios in one call of the harness; 16 underlyings each stay far below the simulator's gas limit for a call. */
const CALL_SIZE = 25;

export async function deployRiskBench(ethers: HardhatEthers, parameters: ParameterSet): Promise<RiskBench> {
  const [admin] = await ethers.getSigners();
  const factory = await ethers.getContractFactory(AccessManager.abi, AccessManager.bytecode, admin);
  const manager = await factory.deploy(admin!.address);
  const engine = await deployRiskEngine(ethers, await manager.getAddress());
  const batch = await ethers.deployContract("RiskBatch");
  await (await engine.setParameters(mutable(parameters))).wait();

  const inCalls = async <T>(
    portfolios: readonly Portfolio[],
    run: (packed: Packed[]) => Promise<readonly T[]>,
  ): Promise<T[]> => {
    const results: T[] = [];
    for (let i = 0; i < portfolios.length; i += CALL_SIZE) {
      results.push(...(await run(portfolios.slice(i, i + CALL_SIZE).map(pack))));
    }
    return results;
  };
  return {
    engine,
    batch,
    assess: async (portfolios) =>
      (await inCalls(portfolios, (packed) => batch.assessAll(engine, packed))).map((margin) => plain<Margin>(margin)),
    explain: async (portfolios) =>
      (await inCalls(portfolios, (packed) => batch.explainAll(engine, packed))).map((e) => ({
        margin: plain<Margin>(e.margin),
        parts: plain<Breakdown>(e.parts),
        risks: e.risks.map((risk) => ({ ...plain<UnderlyingRisk>(risk), underlying: Number(risk.underlying) })),
      })),
    promote: async () => {
      const data = manager.interface.encodeFunctionData("grantRole", [0n, await batch.getAddress(), 0n]);
      await (await admin!.sendTransaction({ to: await manager.getAddress(), data })).wait();
    },
  };
}

type Packed = { -readonly [K in keyof PackedPortfolio]: PackedPortfolio[K] extends bigint ? bigint : bigint[] };

export function pack(portfolio: Portfolio): Packed {
  const { cash, cashPrice, exposures, holdings, surfaces, options } = encodePortfolio(portfolio);
  return {
    cash,
    cashPrice,
    exposures: [...exposures],
    holdings: [...holdings],
    surfaces: [...surfaces],
    options: [...options],
  };
}

/** The contract types want arrays that could be written to. */
export function mutable(parameters: ParameterSet) {
  return {
    globals: parameters.globals,
    underlyings: [...parameters.underlyings],
    correlations: [...parameters.correlations],
    collaterals: [...parameters.collaterals],
  };
}

/** A struct as ethers returns it, as a plain object. */
export function plain<T>(result: unknown): T {
  return (result as { toObject: (deep: boolean) => T }).toObject(true);
}

/** The lenses over a risk engine of their own and a ledger filled in by hand (contracts/test/risk/LedgerStub.sol). */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import AccessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json" with { type: "json" };
import { decodeInstrument, Kind, strikePrice } from "../../sdk/instruments.ts";
import { type Exposure, type ParameterSet, PriceStatus, type Surface, SurfaceStatus } from "../../sdk/types.ts";
import { METHOD_GLOBALS, PRICE_ONE } from "./riskBooks.ts";
import { deployRiskEngine } from "./riskContracts.ts";
import { mutable } from "./riskEngine.ts";

/** 2 underlyings of 15 % and 20 %, correlation 0.5; a token on the first. */
export const LENS_PARAMETERS: ParameterSet = {
  globals: METHOD_GLOBALS,
  underlyings: [1_500n, 2_000n].map((scanRangeBps) => ({
    scanRangeBps,
    basisBps: 50n,
    halfSpreadBps: 2n,
    sigmaDayBps: 400n,
    dailyVolumeUsd: 10n ** 10n,
  })),
  correlations: [64n],
  collaterals: [{ basisHaircutBps: 500n, protocolHaircutBps: 0n, sigmaDayBps: 0n, dailyVolumeUsd: 10n ** 9n }],
};

export async function deployLensBench(ethers: HardhatEthers, parameters: ParameterSet = LENS_PARAMETERS) {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.getContractFactory(AccessManager.abi, AccessManager.bytecode, admin);
  const authority = await (await manager.deploy(admin!.address)).getAddress();
  const engine = await deployRiskEngine(ethers, authority);
  await (await engine.setParameters(mutable(parameters))).wait();
  const ledger = await ethers.deployContract("LedgerStub", [engine]);
  const marginLens = await ethers.deployContract("MarginLens", [ledger]);
  const optionLens = await ethers.deployContract("OptionLens", [ledger]);
  return { engine, ledger, marginLens, optionLens };
}

/** A fresh surface; figures as fractions. */
export function surfaceOf(
  atm: number,
  more: Partial<Surface> & { readonly fractions?: readonly number[] } = {},
): Surface {
  const { fractions = [], ...rest } = more;
  const [basis = 0, skew = 0, curvature = 0] = fractions.map((x) => BigInt(Math.round(x * 1e6)));
  return {
    atmVolatility: BigInt(Math.round(atm * 1e6)),
    basis: BigInt(basis),
    skew: BigInt(skew),
    curvature: BigInt(curvature),
    updatedAt: 1n,
    status: SurfaceStatus.Fresh,
    settlementPrice: 0n,
    ...rest,
  };
}

/** The expiry's exposure with the positions of these instruments, all of one bucket; contracts with 8 decimals. */
export function expiryOf(
  positions: readonly (readonly [instrument: bigint, quantity: bigint])[],
  price: bigint,
  surface: Surface,
  lotExponent = 6,
): Exposure {
  const lot = 10n ** BigInt(lotExponent);
  const strikes = new Map<number, { strike: number; calls: bigint; puts: bigint }>();
  let quantity = 0n;
  for (const [instrument, contracts] of positions) {
    const { kind, strike } = decodeInstrument(instrument);
    if (kind === Kind.Linear) {
      quantity += contracts;
      continue;
    }
    const entry = strikes.get(strike) ?? { strike, calls: 0n, puts: 0n };
    if (kind === Kind.Call) entry.calls += contracts / lot;
    else entry.puts += contracts / lot;
    strikes.set(strike, entry);
  }
  const { underlying, expiryHours } = decodeInstrument(positions[0]![0]);
  return {
    underlying,
    expiryHours,
    quantity,
    openInterest: 1_000n * PRICE_ONE,
    price,
    status: PriceStatus.Fresh,
    dated: { surface, lotExponent, options: [...strikes.values()] },
  };
}

export const strikeOf = (instrument: bigint): number => Number(strikePrice(decodeInstrument(instrument).strike)) / 1e8;

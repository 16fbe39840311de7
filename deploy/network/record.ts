/** The record of a deployment: deploy/deployments/<chain id>.json, and from all of them sdk/deployments.ts. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Deployment } from "../../sdk/addresses.ts";
import { perpetual } from "../../sdk/instruments.ts";
import type { HouseConfig } from "../config/types.ts";
import type { HouseContracts } from "../local/house.ts";

const RECORDS = new URL("../deployments/", import.meta.url);
const SDK_FILE = new URL("../../sdk/deployments.ts", import.meta.url);

export async function describeDeployment(
  house: HouseContracts,
  config: HouseConfig,
  chain: { readonly chainId: number; readonly fromBlock: number },
): Promise<Deployment> {
  const { clearingHouse } = house;
  const tokens = Object.fromEntries(
    await Promise.all(
      [config.cash, ...config.collaterals].map(async ({ symbol }, asset) => {
        const { token } = await clearingHouse.collateralTerms(asset);
        return [symbol, token] as const;
      }),
    ),
  );
  return {
    ...chain,
    contracts: {
      clearingHouse: await clearingHouse.getAddress(),
      vault: await clearingHouse.vault(),
      riskEngine: await house.riskEngine.getAddress(),
      marketData: await house.marketData.getAddress(),
      registry: await house.registry.getAddress(),
      orders: await house.orders.getAddress(),
      liquidation: await house.liquidation.getAddress(),
      auction: await house.auction.getAddress(),
      lens: await house.lens.getAddress(),
      optionLens: await house.optionLens.getAddress(),
      volatility: await house.volatility.getAddress(),
      correlation: await house.correlation.getAddress(),
      depthBook: await house.depthBook.getAddress(),
      auditor: await house.auditor.getAddress(),
      upkeep: await house.upkeep.getAddress(),
      insuranceFund: await house.insuranceFund.getAddress(),
      accessManager: await house.accessManager.getAddress(),
    },
    tokens,
    markets: Object.fromEntries(
      config.underlyings.map(({ symbol, feed }, i) => [
        symbol,
        { underlying: i + 1, instrument: perpetual(i + 1).toString(), feed: feed.address },
      ]),
    ),
  };
}

/** Writes the record. The deployment of a public network becomes part of the package as well. */
export function writeRecord(deployment: Deployment, isPublic: boolean): string {
  mkdirSync(RECORDS, { recursive: true });
  const name = `${deployment.chainId}.json`;
  writeFileSync(new URL(name, RECORDS), `${JSON.stringify(deployment, undefined, 2)}\n`);
  if (isPublic) writeFileSync(SDK_FILE, sdkSource(readRecords()));
  return `deploy/deployments/${name}`;
}

const LOCAL_CHAIN = "31337.json";

export function readRecords(): Deployment[] {
  return readdirSync(RECORDS)
    .filter((name) => /^\d+\.json$/.test(name) && name !== LOCAL_CHAIN)
    .sort((a, b) => Number.parseInt(a) - Number.parseInt(b))
    .map((name) => JSON.parse(readFileSync(new URL(name, RECORDS), "utf8")) as Deployment);
}

export function sdkSource(records: readonly Deployment[]): string {
  return [
    "/** Deployments on public networks. Written by `npm run deploy` from deploy/deployments. */",
    'import type { Deployment } from "./addresses.ts";',
    "",
    `export const deployments: readonly Deployment[] = ${JSON.stringify(records, undefined, 2)};`,
    "",
  ].join("\n");
}

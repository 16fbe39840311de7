/** A house behind a local RPC endpoint, and keepers on it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HDNodeWallet } from "ethers";
import type { House, HouseOptions } from "../../deploy/local/house.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { connect } from "../../scripts/keeper/chain.ts";
import { type KeeperConfig, parseConfig } from "../../scripts/keeper/config.ts";
import { createJobs, estimatorsOf } from "../../scripts/keeper/jobs/index.ts";
import type { Job } from "../../scripts/keeper/jobs/job.ts";
import { Keeper } from "../../scripts/keeper/keeper.ts";
import { createLog } from "../../scripts/keeper/log.ts";
import { createMetrics, type Metrics } from "../../scripts/keeper/metrics.ts";
import { newHouse } from "./house.ts";
import { serveRpc } from "./rpcServer.ts";

const PHRASE = "test test test test test test test test test test test junk";

/** The key of the simulator's n-th account. */
export const keyOf = (n: number): string =>
  HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${n}`).privateKey;

export type Line = Readonly<Record<string, unknown>>;

export interface RunningKeeper {
  readonly keeper: Keeper;
  readonly config: KeeperConfig;
  readonly metrics: Metrics;
  /** What was logged so far. */
  readonly lines: Line[];
  /** A metric's value, labels and all, as Prometheus reads it. */
  readonly metric: (name: string) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
}

export interface KeeperSetting {
  /** Number of the simulator's account that sends, and whose account 0 takes over. */
  readonly signer?: number;
  readonly dryRun?: boolean;
  /** Merged into the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The one job that runs, with its settings in `own`; all of them unless told. */
  readonly only?: keyof KeeperConfig["jobs"];
  readonly own?: Readonly<Record<string, unknown>>;
  readonly jobs?: (config: KeeperConfig) => Job[];
}

export interface KeeperBench {
  readonly house: House;
  readonly url: string;
  readonly folder: string;
  readonly configOf: (setting?: KeeperSetting) => Promise<Readonly<Record<string, unknown>>>;
  readonly start: (setting?: KeeperSetting) => Promise<RunningKeeper>;
  /** Makes what the chain is now what `reset` goes back to. */
  readonly checkpoint: () => Promise<void>;
  /** Closes all keepers, forgets their files, and takes the chain back. */
  readonly reset: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Signer that keepers use unless told. */
export const KEEPER = 3;

export async function keeperBench(options: HouseOptions = {}): Promise<KeeperBench> {
  const house = await newHouse(options);
  const server = await serveRpc(house.connection.provider);
  const folder = mkdtempSync(join(tmpdir(), "keeper-"));
  const { networkHelpers } = house.connection;
  let snapshot = await networkHelpers.takeSnapshot();
  const running = new Set<RunningKeeper>();

  const configOf = async ({ signer = KEEPER, config = {} }: KeeperSetting = {}) => {
    const owner = (await house.connection.ethers.getSigners())[signer]!.address;
    return {
      rpc: server.url,
      chainId: 31_337,
      contracts: {
        clearingHouse: await house.clearingHouse.getAddress(),
        liquidation: await house.liquidation.getAddress(),
        auction: await house.auction.getAddress(),
        registry: await house.registry.getAddress(),
        optionLens: await house.optionLens.getAddress(),
        volatility: await house.volatility.getAddress(),
        correlation: await house.correlation.getAddress(),
        depthBook: await house.depthBook.getAddress(),
      },
      liquidator: { owner },
      stateFile: `state-${signer}.json`,
      pollSeconds: 0.05,
      threads: 1,
      gas: { maxFeeGwei: 100, native: { usd: 200 } },
      metrics: null,
      ...config,
    };
  };

  const start = async (setting: KeeperSetting = {}): Promise<RunningKeeper> => {
    const { signer = KEEPER, dryRun = false } = setting;
    const parse = (raw: unknown) => parseConfig(JSON.stringify(raw), join(folder, "keeper.json"));
    const raw = await configOf(setting);
    const all = parse(raw);
    const config = setting.only === undefined ? all : parse({ ...raw, jobs: onlyJob(all, setting.only, setting.own) });
    const lines: Line[] = [];
    const log = createLog("debug", { write: (line) => void lines.push(JSON.parse(line) as Line) });
    const metrics = createMetrics();
    const chain = await connect(config);
    const jobs = setting.jobs?.(config) ?? createJobs(config, estimatorsOf(chain.contracts));
    const key = dryRun ? undefined : keyOf(signer);
    const keeper = await Keeper.open({ config, chain, jobs, key, log, metrics });
    const started: RunningKeeper = {
      keeper,
      config,
      metrics,
      lines,
      metric: async (name) => {
        const text = await metrics.registry.metrics();
        const line = text.split("\n").find((one) => one.startsWith(`counterpoise_keeper_${name} `));
        return line === undefined ? undefined : Number(line.split(" ").at(-1));
      },
      close: async () => {
        running.delete(started);
        await keeper.close();
        chain.provider.destroy();
      },
    };
    running.add(started);
    return started;
  };

  const closeAll = async (): Promise<void> => {
    for (const one of [...running]) await one.close();
  };

  return {
    house,
    url: server.url,
    folder,
    configOf,
    start,
    checkpoint: async () => {
      snapshot = await networkHelpers.takeSnapshot();
    },
    reset: async () => {
      await closeAll();
      for (const file of readdirSync(folder)) rmSync(join(folder, file));
      await house.connection.provider.request({ method: "evm_setAutomine", params: [true] });
      await snapshot.restore();
    },
    close: async () => {
      await closeAll();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every job that there is switched off, but one. */
function onlyJob({ jobs }: KeeperConfig, name: keyof KeeperConfig["jobs"], own: KeeperSetting["own"]) {
  const off = Object.fromEntries(Object.keys(jobs).map((one) => [one, { enabled: false }]));
  return { ...off, [name]: { enabled: true, ...own } };
}

/** Whether transactions are put into a block as they come. */
export async function setAutomine({ house }: KeeperBench, on: boolean): Promise<void> {
  await house.connection.provider.request({ method: "evm_setAutomine", params: [on] });
}

/** So many passes, each a moment after the other, without waiting for what they begin. */
export async function passes({ keeper }: RunningKeeper, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await keeper.cycle();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Waits until something holds, looking often. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`It did not happen: ${what}.`);
}

export interface Cast {
  readonly maker: Trader;
  readonly trader: Trader;
  readonly liquidator: Trader;
}

/** A trader long 500 ether at 200 USD on 30,000 USD, against a rich maker; and a liquidator with money. */
export async function leveragedTrader(house: House, liquidatorUsdc = "500000"): Promise<Cast> {
  const signers = await house.connection.ethers.getSigners();
  const maker = await house.openAccount(signers[1]!, 0, { usdc: "1000000" });
  const trader = await house.openAccount(signers[2]!, 0, { usdc: "30000" });
  const liquidator = await house.openAccount(signers[KEEPER]!, 0, { usdc: liquidatorUsdc });
  await house.trade(trader, maker, "ETH", "500");
  return { maker, trader, liquidator };
}

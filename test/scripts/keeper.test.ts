/** The command itself, in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import {
  type Cast,
  eventually,
  KEEPER,
  type KeeperBench,
  keeperBench,
  keyOf,
  leveragedTrader,
} from "../support/keeper.ts";

const COMMAND = fileURLToPath(new URL("../../scripts/keeper.ts", import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("npm run keeper", () => {
  let bench: KeeperBench;
  let cast: Cast;
  let started: ChildProcess | undefined;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.house.setPrice("ETH", "165");
    await bench.checkpoint();
  });
  afterEach(async () => {
    started?.kill("SIGKILL");
    await bench.reset();
  });
  after(() => bench.close());

  async function writeConfig(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const path = join(bench.folder, "keeper.json");
    writeFileSync(path, JSON.stringify({ ...(await bench.configOf()), ...more }));
    return path;
  }

  function start(args: readonly string[], key?: string): { process: ChildProcess; end: Promise<Finished> } {
    const env = { ...process.env };
    delete env["COUNTERPOISE_KEEPER_KEY"];
    const child = spawn(process.execPath, [COMMAND, ...args], {
      env: { ...env, ...(key === undefined ? {} : { COUNTERPOISE_KEEPER_KEY: key }) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    started = child;
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    const end = new Promise<Finished>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
    return { process: child, end };
  }

  const isHealthy = async (): Promise<boolean> => {
    const { equity, maintenance } = await bench.house.clearingHouse.marginOf(cast.trader.account);
    return equity >= maintenance;
  };

  it("liquidates in one pass and ends", async () => {
    const { code, out, err } = await start(["--config", await writeConfig(), "--once"], keyOf(KEEPER)).end;
    expect(err).to.equal("");
    expect(code).to.equal(0);
    const messages = out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages[0]).to.equal("opened");
    expect(messages).to.include("liquidated");
    expect(await isHealthy()).to.equal(true);
    expect(out, "the key is nobody's business").to.not.contain(keyOf(KEEPER).slice(2));
    const state = readFileSync(join(bench.folder, `state-${KEEPER}.json`), "utf8");
    expect(JSON.parse(state)).to.deep.include({ version: 1, chainId: 31_337, inFlight: [] });
  });

  it("runs until it is told to stop, and answers on its port meanwhile", async () => {
    const port = await freePort();
    const path = await writeConfig({ metrics: { port } });
    const running = start(["--config", path, "--dry-run"]);
    const text = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const says = (line: string) => async (): Promise<boolean> => {
      try {
        return (await text()).includes(`counterpoise_keeper_${line}`);
      } catch {
        return false;
      }
    };
    await eventually("it tries", says('transactions_total{job="liquidations",outcome="dry"} 1'));
    await eventually("it follows the chain", says('cycles_total{result="ok"}'));
    running.process.kill("SIGTERM");
    const { code, out } = await running.end;
    expect(code).to.equal(0);
    expect(out).to.contain('"msg":"stopping"');
    expect(existsSync(join(bench.folder, `state-${KEEPER}.json`))).to.equal(true);
    expect(await isHealthy(), "a dry run").to.equal(false);
  });

  const sentence = async (args: readonly string[], key?: string): Promise<string> => {
    const { code, out, err } = await start(args, key).end;
    expect(code).to.equal(1);
    expect(out).to.equal("");
    return err.trim();
  };

  it("says what is wrong with its configuration, and no more", async () => {
    const path = await writeConfig({ gas: { maxFeeGwei: 1 } });
    expect(await sentence(["--config", path])).to.equal(`${path} cannot be used:\n  gas.native: Invalid input`);
    expect(await sentence(["--config", await writeConfig()])).to.match(
      /^Set COUNTERPOISE_KEEPER_KEY to the private key/,
    );
    const chain = await sentence(["--config", await writeConfig({ chainId: 1 }), "--dry-run"]);
    expect(chain).to.equal("The node is on chain 31337, but chainId is 1.");
    const nobody = await writeConfig({ rpc: `http://127.0.0.1:${await freePort()}` });
    expect(await sentence(["--config", nobody, "--dry-run"])).to.match(/^Nobody answers at http/);
    const unknown = await writeConfig({ gas: { maxFeeGwei: 1, native: { underlying: 9 } } });
    const { code, err } = await start(["--config", unknown, "--dry-run"]).end;
    expect([code, err]).to.deep.equal([1, "gas.native.underlying: the house has no underlying 9.\n"]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

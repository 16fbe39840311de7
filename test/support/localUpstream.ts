/**
 * A chain to fork, behind HTTP: an anvil of its own; or a simulated chain within the process, on platforms for which anvil is
 * not installed and for chains of the OP Stack, whose block headers anvil does not write. Importing this file does nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { network } from "hardhat";
import type { NetworkFile } from "../../deploy/config/network.ts";
import { CHAINS } from "../../deploy/network/fork.ts";
import { serveRpc } from "./rpcServer.ts";

export interface LocalUpstream {
  readonly kind: "anvil" | "in process";
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const LOCAL_CHAIN = { network: "localhost", chainId: 31_337 } as const;
export type UpstreamChain = Pick<NetworkFile, "network" | "chainId">;

const START_TIMEOUT = 20_000;
/** What anvil prints when it accepts connections; it chose the port itself. */
const LISTENING = /Listening on 127\.0\.0\.1:(\d+)/;

export async function startUpstream(chain: UpstreamChain = LOCAL_CHAIN): Promise<LocalUpstream> {
  const binary = CHAINS[chain.network].chainType === "op" ? undefined : anvilBinary();
  return binary === undefined ? inProcess(chain) : anvil(binary, chain.chainId);
}

/** Undefined where the platform's package is not installed: it is an optional dependency. */
export function anvilBinary(platform: string = process.platform, architecture: string = process.arch) {
  const machine = architecture === "x64" ? "amd64" : architecture;
  try {
    return fileURLToPath(
      new URL("bin/anvil", import.meta.resolve(`@foundry-rs/anvil-${platform}-${machine}/package.json`)),
    );
  } catch {
    return undefined;
  }
}

async function anvil(binary: string, chainId: number): Promise<LocalUpstream> {
  const child = spawn(binary, ["--host", "127.0.0.1", "--port", "0", "--chain-id", String(chainId)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A run that ends in the middle must not leave the node behind.
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  const stop = async () => {
    process.off("exit", killNow);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await exited;
  };
  try {
    return { kind: "anvil", url: `http://127.0.0.1:${await portOf(child)}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (reason: string) => reject(new Error(`anvil did not start: ${reason}\n${output}`));
    const timer = setTimeout(() => fail(`no port within ${START_TIMEOUT / 1_000} s`), START_TIMEOUT);
    const read = (chunk: Buffer) => {
      // Whatever it prints later is read and dropped, or its pipe would fill.
      if (output === "listening") return;
      output += chunk.toString();
      const port = LISTENING.exec(output)?.[1];
      if (port === undefined) return;
      output = "listening";
      clearTimeout(timer);
      resolve(port);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(`it ended with ${code}`);
    });
  });
}

async function inProcess({ network: name, chainId }: UpstreamChain): Promise<LocalUpstream> {
  const { chainType, hardfork } = CHAINS[name];
  const chain = await network.create({ network: "default", chainType, override: { chainId, hardfork } });
  const { url, close } = await serveRpc(chain.provider);
  return {
    kind: "in process",
    url,
    stop: async () => {
      close();
      await chain.close();
    },
  };
}

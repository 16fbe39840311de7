/** Puts genuine contracts at the addresses that a network's parameter file names, on a local chain with that network's id. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, type Addressable, keccak256, toBeHex } from "ethers";
import type { NetworkFile } from "../../deploy/config/network.ts";
import { deployFeed, deployWeth } from "./upstream.ts";

/** Owner, pending owner, phase with its aggregator, proposed aggregator, (mapping), access controller. */
const PROXY_SLOTS = 6;
/** Name, symbol, decimals. */
const WETH_SLOTS = 3;
/** phaseAggregators[1]. */
const FIRST_PHASE = keccak256(AbiCoder.defaultAbiCoder().encode(["uint16", "uint256"], [1, 4]));

const firstSlots = (count: number): string[] => Array.from({ length: count }, (_, i) => toBeHex(i, 32));

/** Gives `to` the code of `from` and the first words of its storage. */
export async function etch(
  ethers: HardhatEthers,
  from: Addressable,
  to: string,
  slots: readonly string[] = [],
): Promise<void> {
  const { provider } = ethers;
  await provider.send("hardhat_setCode", [to, await provider.getCode(from)]);
  for (const slot of slots) {
    await provider.send("hardhat_setStorageAt", [to, slot, await provider.getStorage(from, slot)]);
  }
}

export interface EtchedFeed {
  readonly symbol: string;
  readonly description?: string;
  readonly decimals?: number;
}

/** Everything the file names. `changes` makes feeds differ from what the file says. */
export async function etchNetwork(
  ethers: HardhatEthers,
  file: NetworkFile,
  changes: readonly EtchedFeed[] = [],
): Promise<void> {
  const feeds = [{ symbol: file.cash.symbol, referencePrice: "1", feed: file.cash.feed }, ...file.underlyings];
  const slots = [...firstSlots(PROXY_SLOTS), FIRST_PHASE];
  for (const { symbol, referencePrice, feed } of feeds) {
    const change = changes.find((changed) => changed.symbol === symbol);
    const { description = feed.description, decimals = feed.decimals } = change ?? {};
    const { proxy, submit } = await deployFeed(ethers, { description, decimals });
    await submit(ethers.parseUnits(referencePrice, decimals));
    await etch(ethers, proxy, feed.address, slots);
  }
  for (const { symbol, token } of [file.cash, ...file.collaterals]) {
    if (!ethers.isAddress(token)) continue;
    const contract = symbol === "WETH" ? await deployWeth(ethers) : await ethers.deployContract(`Test${symbol}`);
    await contract.waitForDeployment();
    await etch(ethers, contract, token, firstSlots(WETH_SLOTS));
  }
}

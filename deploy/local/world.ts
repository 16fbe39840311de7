/** What a house finds on a public network, built on a local chain: feeds and tokens. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract } from "ethers";
import { type Decimal, parsePrice } from "../../sdk/units.ts";
import type { TestUSDC, TestWBTC } from "../../typechain-types/index.ts";
import { deployFeed, deployWeth, type Feed } from "./upstream.ts";

const FEED_DECIMALS = 8;

/** The calls of WETH9 that traders need. */
export interface Weth extends BaseContract {
  connect(signer: Parameters<BaseContract["connect"]>[0]): Weth;
  deposit(overrides: { value: bigint }): Promise<unknown>;
  approve(spender: string, amount: bigint): Promise<unknown>;
  transfer(to: string, amount: bigint): Promise<unknown>;
  balanceOf(owner: string): Promise<bigint>;
}

export interface Tokens {
  readonly usdc: TestUSDC;
  readonly weth: Weth;
  readonly wbtc: TestWBTC;
}

export interface World {
  readonly tokens: Tokens;
  /** By symbol, USDC among them. */
  readonly feeds: Readonly<Record<string, Feed>>;
}

/** Deploys the tokens and one genuine Chainlink feed per symbol, each with its first answer. */
export async function deployWorld(ethers: HardhatEthers, prices: Readonly<Record<string, Decimal>>): Promise<World> {
  // One after the other: over HTTP, transactions sent at once by one signer may get the same nonce.
  const usdc = await ethers.deployContract("TestUSDC");
  await usdc.waitForDeployment();
  const wbtc = await ethers.deployContract("TestWBTC");
  await wbtc.waitForDeployment();
  const weth = await deployWeth(ethers);
  const feeds: Record<string, Feed> = {};
  for (const [symbol, price] of Object.entries(prices)) {
    const feed = await deployFeed(ethers, { decimals: FEED_DECIMALS, description: descriptionOf(symbol) });
    await feed.submit(parsePrice(price));
    feeds[symbol] = feed;
  }
  return { tokens: { usdc, weth: weth as Weth, wbtc }, feeds };
}

/** As Chainlink writes a pair with the dollar. */
export const descriptionOf = (symbol: string): string => `${symbol} / USD`;

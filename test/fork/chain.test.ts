import { expect } from "chai";
import { Contract, MaxUint256 } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { type NetworkFile, type NetworkName, readNetworkFile } from "../../deploy/config/network.ts";
import { readParameterFile } from "../../deploy/config/risk.ts";
import { type Trader, tradingDesk } from "../../deploy/local/trading.ts";
import type { Weth } from "../../deploy/local/world.ts";
import { deployNetwork, type NetworkDeployment } from "../../deploy/network/deploy.ts";
import { dryRun } from "../../deploy/network/dryRun.ts";
import { FORK_CHAIN_ID, forkNetwork } from "../../deploy/network/fork.ts";
import { GAS_BUDGET } from "../../deploy/network/preflight.ts";
import { accountId } from "../../sdk/instruments.ts";
import { PriceStatus } from "../../sdk/types.ts";
import { formatPrice, ONE, parseQuantity, parseUsd } from "../../sdk/units.ts";
import { decodeMarketWord } from "../../sdk/words.ts";
import { sumOfCash } from "../support/books.ts";
import { etchNetwork } from "../support/etch.ts";
import { dealToken } from "../support/fork.ts";
import { startUpstream } from "../support/localUpstream.ts";

/** As hardhat.config.ts has them. */
const RPC_VARIABLES: Readonly<Record<Exclude<NetworkName, "localhost">, string>> = {
  sepolia: "SEPOLIA_RPC_URL",
  arbitrumSepolia: "ARBITRUM_SEPOLIA_RPC_URL",
  baseSepolia: "BASE_SEPOLIA_RPC_URL",
  opSepolia: "OP_SEPOLIA_RPC_URL",
};
const PUBLIC = Object.keys(RPC_VARIABLES) as (keyof typeof RPC_VARIABLES)[];

/** A node far away answers each of some hundred reads in a tenth of a second or more. */
const REMOTE_TIMEOUT = 600_000;

const FEED = [
  "function description() view returns (string)",
  "function decimals() view returns (uint8)",
  "function latestAnswer() view returns (int256)",
];

/** Contracts: the first trader buys the one and sells the other. */
const TRADES = { BTC: "0.1", ETH: "-2" } as const;
const CASH = parseUsd("50000");

describe("a house on a fork of a public network", () => {
  for (const name of PUBLIC) {
    const variable = RPC_VARIABLES[name];
    const url = process.env[variable];
    if (url === undefined || url === "") {
      it(`trades on ${name} at live prices: set ${variable} to the address of a node to run this`, function () {
        this.skip();
      });
    } else {
      it(`trades on ${name} at live prices`, async () => {
        await tradeOnFork(readNetworkFile(name), url);
      }).timeout(REMOTE_TIMEOUT);
    }
  }

  describe("rehearsed on a local node with the network's id and genuine contracts at its addresses", () => {
    for (const name of PUBLIC) {
      it(`trades on ${name}`, async () => {
        const file = readNetworkFile(name);
        await onLookalike(file, (url) => tradeOnFork(file, url));
      });
    }

    it("says what a deployment would cost, on a chain of another type than the simulator's own", async () => {
      const file = readNetworkFile("baseSepolia");
      await onLookalike(file, async (url) => {
        const { gasUsed, transactions } = await dryRun(file, url);
        expect(gasUsed > GAS_BUDGET / 2n && gasUsed < GAS_BUDGET).to.equal(true);
        expect(transactions).to.be.greaterThan(0);
      });
    });

    it("refuses a node of another chain", async () => {
      const upstream = await startUpstream();
      try {
        const error = await forkNetwork(upstream.url, readNetworkFile("sepolia")).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(Error);
        expect((error as Error).message).to.equal(
          "The node is on chain 31337, but the parameters are for chain 11155111.",
        );
      } finally {
        await upstream.stop();
      }
    });
  });
});

async function onLookalike(file: NetworkFile, run: (url: string) => Promise<void>): Promise<void> {
  const upstream = await startUpstream(file);
  try {
    const node = await network.create({ network: "localhost", override: { url: upstream.url } });
    await etchNetwork(node.ethers, file);
    await run(upstream.url);
  } finally {
    await upstream.stop();
  }
}

/** Deploys from the network's own file, and lets two accounts trade a pair there and back at what the feeds say. */
async function tradeOnFork(file: NetworkFile, url: string): Promise<void> {
  const connection = await forkNetwork(url, file);
  try {
    const deployed = await deployNetwork(connection, file, { chainId: FORK_CHAIN_ID });
    await expectFeedsAsNamed(connection, file, deployed);
    await expectRoundTrip(connection, file, deployed);
  } finally {
    await connection.close();
  }
}

async function expectFeedsAsNamed({ ethers }: NetworkConnection, file: NetworkFile, { house }: NetworkDeployment) {
  for (const [underlying, { symbol, feed }] of [file.cash, ...file.underlyings].entries()) {
    const [{ feed: used }, decimals] = await house.marketData.feedConfig(underlying);
    expect(used, symbol).to.equal(feed.address);
    const contract = new Contract(used, FEED, ethers.provider);
    expect(await contract.getFunction("description").staticCall()).to.equal(`${symbol} / USD`);
    expect(await contract.getFunction("decimals").staticCall()).to.equal(decimals);
  }
}

async function expectRoundTrip(
  connection: NetworkConnection,
  file: NetworkFile,
  { house, deployment }: NetworkDeployment,
) {
  const { ethers } = connection;
  const { clearingHouse, marketData, lens } = house;
  const markets = Object.fromEntries(
    Object.entries(deployment.markets).map(([symbol, { underlying, instrument }]) => [
      symbol,
      { symbol, underlying, instrument: BigInt(instrument) },
    ]),
  );
  const [, first, second] = await ethers.getSigners();
  const [maker, taker]: Trader[] = [first!, second!].map((signer) => ({
    signer,
    number: 0n,
    account: accountId(signer.address),
  }));
  const usdc = await ethers.getContractAt("TestUSDC", file.cash.token);
  const weth = (await ethers.getContractAt("TestUSDC", deployment.tokens.WETH!)) as unknown as Weth;
  const wbtc = await ethers.getContractAt("TestWBTC", deployment.tokens.WBTC!);
  const desk = await tradingDesk({ ...house, connection, tokens: { usdc, weth, wbtc }, feeds: {}, markets });

  for (const { signer, account } of [maker!, taker!]) {
    await dealToken(ethers, file.cash.token, signer.address, CASH);
    await usdc.connect(signer).approve(deployment.contracts.vault, CASH);
    await clearingHouse.connect(signer).deposit(account, usdc, CASH);
    expect(await clearingHouse.cashOf(account)).to.equal(CASH);
  }
  const prices: Record<string, number> = {};
  for (const [symbol, contracts] of Object.entries(TRADES)) {
    const { underlying, instrument } = markets[symbol]!;
    const feed = new Contract(file.underlyings[underlying - 1]!.feed.address, FEED, ethers.provider);
    const price = (await feed.getFunction("latestAnswer").staticCall()) as bigint;
    prices[symbol] = Number(price) / 1e8;
    const [word] = await marketData.peek([underlying]);
    expect(decodeMarketWord(word!)).to.include({ price, status: PriceStatus.Fresh });

    await desk.trade(maker!, taker!, symbol, contracts, formatPrice(price));
    const quantity = parseQuantity(contracts);
    const cost = (quantity * price) / (ONE * 100n); // 16 decimals to 6
    for (const [trader, sign] of [
      [maker!, 1n],
      [taker!, -1n],
    ] as const) {
      const position = await clearingHouse.positionOf(trader.account, instrument);
      expect(position.quantity).to.equal(sign * quantity);
      expect(position.quote + sign * cost).to.be.within(-1n, 1n);
    }
  }
  const { portfolioMargin } = await lens.summary(maker!.account);
  expect(Number(portfolioMargin) / 1e6 / pairMargin(file, prices)).to.be.within(0.9999, 1.0001);

  for (const [symbol, contracts] of Object.entries(TRADES)) {
    const [word] = await marketData.peek([markets[symbol]!.underlying]);
    const back = contracts.startsWith("-") ? contracts.slice(1) : `-${contracts}`;
    await desk.trade(maker!, taker!, symbol, back, formatPrice(decodeMarketWord(word!).price), { reduceOnly: true });
  }
  for (const { signer, account } of [maker!, taker!]) {
    await clearingHouse.connect(signer).withdraw(account, usdc, MaxUint256, signer.address);
    expect(await clearingHouse.cashOf(account)).to.equal(0n);
  }
  const left = await usdc.balanceOf(deployment.contracts.vault);
  expect((await usdc.balanceOf(first!)) + (await usdc.balanceOf(second!)) + left).to.equal(2n * CASH);
  expect(
    await sumOfCash(
      clearingHouse,
      Object.values(markets).map(({ instrument }) => instrument),
    ),
  ).to.equal(0n);
}

/** Initial margin of the pair by sections 1 and 3 of docs/margin-method.md, in floating point. */
function pairMargin(file: NetworkFile, prices: Readonly<Record<string, number>>): number {
  const { underlyings, correlation, risk } = readParameterFile(file.risk);
  const legs = Object.entries(TRADES).map(([symbol, contracts]) => {
    const index = underlyings.findIndex((underlying) => underlying.symbol === symbol);
    return { index, terms: underlyings[index]!, exposure: Number(contracts) * prices[symbol]! };
  });
  const [x, y] = legs.map(({ terms, exposure }) => (exposure * terms.scanRangeBps) / 10_000) as [number, number];
  const c =
    correlation.rows[Math.max(...legs.map(({ index }) => index))]![Math.min(...legs.map(({ index }) => index))]!;
  const measured = x * x + y * y + (2 * x * y * c) / correlation.scale;
  const a = risk.independenceWeightBps / 10_000;
  const b = risk.unityWeightBps / 10_000;
  const shrunk = [(1 - a) * measured + a * (x * x + y * y), (1 - b) * measured + b * (x + y) ** 2];
  // Nobody else trades, so the open interest is what the maker holds.
  const addOns = legs.map(({ terms, exposure }) => {
    const notional = Math.abs(exposure);
    const impact = terms.sigmaDayBps * Math.sqrt(notional / Number(terms.advUsd));
    return (notional * (terms.basisBps + terms.halfSpreadBps + impact)) / 10_000;
  });
  return Math.sqrt(Math.max(measured, ...shrunk)) + addOns[0]! + addOns[1]!;
}

/** A chain in this process with the house on it, at the prices with which the event begins. */
import { network } from "hardhat";
import { readParameterFile } from "../../deploy/config/risk.ts";
import { deployHouse, type House } from "../../deploy/local/house.ts";
import type { Feed } from "../../deploy/local/upstream.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import { nameOf } from "../../sdk/instrumentNames.ts";
import { ONE } from "../../sdk/units.ts";
import { type MarketEvent, openingPrices } from "../shared/events.ts";
import { booksOf } from "./event-books.ts";
import type { DemoHouse, PriceFeed, Token } from "./house.ts";
import { parametersInForce } from "./parameters.ts";
import type { Scene } from "./run.ts";

const PRICE_DECIMALS = 8;
const ROUND_GAS = 500_000n;
const TRANSACTION_GAS = 16_000_000n;

export interface Stage extends Scene {
  /** Ends the chain: without it the process would not end. */
  readonly close: () => Promise<void>;
}

/** Deploys through the modules of deploy/, with the parameters that were known on the event's eve. */
export async function stage(event: MarketEvent): Promise<Stage> {
  const { name, assets } = event.description;
  const opening = event.rows[0]!;
  const prices = openingPrices(event);
  const parameters = event.parameters ?? readParameterFile(`event-${name}.json`);
  const connection = await network.create({
    network: "default",
    override: {
      initialDate: new Date(opening.timestamp * 1_000).toISOString(),
      // A minute of the event has more transactions than seconds.
      allowBlocksWithSameTimestamp: event.feeds !== undefined,
      // An estimate may leave too little: it is made at another second, and reading a feed asks for gas to spare.
      gas: TRANSACTION_GAS,
    },
  });
  const house = await deployHouse(connection, {
    parameters,
    underlyings: Object.fromEntries(assets.map((symbol, i) => [symbol, prices[i]!.toFixed(PRICE_DECIMALS)])),
  });
  const signers = await connection.ethers.getSigners();
  return {
    house: await demoHouse(house),
    event,
    books: booksOf(event),
    parameters,
    signers,
    close: () => connection.close(),
  };
}

/** Sends without asking for the round number or the gas each time: a replay writes tens of thousands of rounds. */
function priceFeed({ aggregator, submit }: Feed): PriceFeed {
  let round: bigint | undefined;
  return {
    submit: async (answer) => {
      round ??= await aggregator.latestRound();
      try {
        return await aggregator.submit(++round, answer, { gasLimit: ROUND_GAS });
      } catch {
        // Once more the slow way, which says what is wrong.
        round = undefined;
        return submit(answer);
      }
    },
  };
}

async function demoHouse(house: House): Promise<DemoHouse> {
  const { connection, clearingHouse, orders, liquidation, config, markets } = house;
  const { ethers, networkHelpers } = connection;
  const { chainId } = await ethers.provider.getNetwork();
  const vault = await clearingHouse.vault();
  const feeds = new Map(Object.entries(house.feeds).map(([symbol, feed]) => [symbol, priceFeed(feed)]));
  const symbols = config.underlyings.map(({ symbol }) => symbol);
  const numbered = Object.fromEntries(symbols.map((symbol, i) => [i + 1, symbol]));
  const [operator] = await ethers.getSigners();
  const { usdc, weth, wbtc } = house.tokens;
  const contracts: Readonly<Record<string, Pick<typeof weth, "getAddress" | "balanceOf">>> = {
    USDC: usdc,
    WETH: weth,
    WBTC: wbtc,
  };
  const token = async (
    { symbol, decimals }: { symbol: string; decimals: number },
    underlying: number,
  ): Promise<Token> => {
    const contract = contracts[symbol]!;
    const address = await contract.getAddress();
    return { symbol, decimals, underlying, address, balanceOf: (holder) => contract.balanceOf(holder) };
  };
  const cash = await token(config.cash, 0);
  const collaterals = await Promise.all(config.collaterals.map((terms) => token(terms, terms.underlying)));
  const market = (symbol: string) => {
    const found = markets[symbol];
    if (found === undefined) throw new Error(`${symbol} is not listed.`);
    return found;
  };
  const now = () => networkHelpers.time.latest();
  const reader = { caller: operator!, addresses: { clearingHouse: await clearingHouse.getAddress() } };
  return {
    clearingHouse,
    orders,
    liquidation,
    auction: house.auction,
    lens: house.lens,
    optionLens: house.optionLens,
    riskEngine: house.riskEngine,
    marketData: house.marketData,
    registry: house.registry,
    options: optionDesk(house),
    operator: operator!,
    vault,
    ordersAt: { chainId, verifyingContract: await orders.getAddress() },
    riskParameters: config.risk,
    parameters: parametersInForce(reader, now),
    reader,
    estimators: {
      volatility: await house.volatility.getAddress(),
      correlation: await house.correlation.getAddress(),
    },
    cash,
    collaterals,
    symbols,
    openAccount: (signer, deposits) => house.openAccount(signer, 0n, deposits),
    underlyingOf: (symbol) => market(symbol).underlying,
    perpetualOf: (symbol) => market(symbol).instrument,
    nameOf: (instrument) => nameOf(instrument, numbered),
    priceOf: async (underlying) => (underlying === 0 ? ONE : house.priceOf(symbols[underlying - 1]!)),
    feedOf: (symbol) => feeds.get(symbol)!,
    now,
    skipTo: async (timestamp) => {
      if (timestamp > (await networkHelpers.time.latest())) await networkHelpers.time.setNextBlockTimestamp(timestamp);
    },
    moveTo: async (timestamp) => {
      if (timestamp > (await networkHelpers.time.latest())) await networkHelpers.time.increaseTo(timestamp);
    },
    wait: async (seconds) => {
      await networkHelpers.time.increase(seconds);
    },
  };
}

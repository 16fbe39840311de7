/** Builds a market on a local chain and measures every row once, each in a transaction of its own: storage is cold. */
import { Contract, type ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { deployHouse, type House } from "../../deploy/local/house.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { ROLES } from "../../deploy/roles.ts";
import { accountId } from "../../sdk/instruments.ts";
import { combinationOrder, fillWhole, signOrder } from "../../sdk/orders/index.ts";
import type { Steps } from "./functions.ts";
import { measureAuction } from "./measure-auction.ts";
import { measureCorrelation } from "./measure-correlation.ts";
import { measureDeleverage } from "./measure-deleverage.ts";
import { measureEstimation } from "./measure-estimation.ts";
import { measureOptions } from "./measure-options.ts";
import { floorOf, type Frame, traceFrames } from "./trace.ts";

export interface Measured {
  readonly gas: number;
  readonly floor: number;
  /** Gas by contract, largest first; for the profile. */
  readonly profile: readonly (readonly [string, number])[];
  /** What ran, by contract. */
  readonly steps: ReadonlyMap<string, Steps>;
}

/** Records what a transaction costs, feed reads included. */
export type TransactionRecorder = (name: string, response: ContractTransactionResponse) => Promise<void>;

/** Notes the gas of a frame, or what of it the row is about. */
export type Recorder = (name: string, frame: Frame, frames: readonly Frame[], gas: number) => void;

export const BASE = 21_000;
/** Prices of 12 March 2020, 00:00 UTC (data/events/2020-03.csv). */
const PRICES = {
  BTC: "7934.52",
  ETH: "194.61",
  BNB: "16.5705",
  XRP: "0.20813",
  ADA: "0.03969",
  LTC: "48.53",
  LINK: "3.8169",
  BCH: "266.98",
};
const SYMBOLS = Object.keys(PRICES) as (keyof typeof PRICES)[];
/** Contracts worth about 10,000 USD. */
const SIZES = { BTC: "1.2", ETH: "50", BNB: "600", XRP: "48000", ADA: "250000", LTC: "200", LINK: "2600", BCH: "37" };
/** Of one BTC, one LTC less one ETH, one BCH. */
const NET_PRICE = "7521";
const NO_LIMIT = (1n << 255n) - 1n;

export async function measureAll(connection: NetworkConnection): Promise<Map<string, Measured>> {
  const { ethers } = connection;
  const house = await deployHouse(connection, { underlyings: PRICES });
  const names = await namesOf(house);
  const measured = new Map<string, Measured>();
  const signers = await ethers.getSigners();
  const [, maker, taker, single, eight, risky, liquidator, newcomer, second, third] = signers;
  const open = (signer: typeof maker, usdc: string) => house.openAccount(signer!, 0, { usdc });

  const record: Recorder = (name, frame, frames, gas) =>
    void measured.set(name, { gas, floor: floorOf(frame), ...profileOf(frame, frames, names) });
  /** For a house of its own: its contracts are in the profile by name. */
  const transactionOf =
    (names: ReadonlyMap<string, string>, isFeedRead?: (frame: Frame) => boolean) =>
    async (name: string, response: ContractTransactionResponse) => {
      const receipt = (await response.wait())!;
      const frames = await traceFrames(ethers, response.hash);
      const [frame] = frames;
      const { rest, gas } = leaveOut(frames, isFeedRead ?? (() => false));
      const profile = profileOf(frame!, rest, names);
      measured.set(name, { gas: Number(receipt.gasUsed) - BASE - gas, floor: floorOf(frame!), ...profile });
    };
  const transaction = transactionOf(names);
  const sync = house.marketData.interface.getFunction("sync").selector;
  const isSync = ({ selector }: Frame): boolean => selector === sync;

  const a = await open(maker, "1000000");
  const b = await open(taker, "1000000");
  const c = await open(single, "100000");
  const d = await open(eight, "100000");
  const e = await open(risky, "30000");
  const f = await open(liquidator, "1000000");

  // Both sides of every measured trade hold every instrument, and the house's own accounts are in use.
  for (const symbol of SYMBOLS) {
    await house.trade(a, b, symbol, SIZES[symbol]);
    await house.trade(d, a, symbol, SIZES[symbol]);
    await house.trade(e, a, symbol, SIZES[symbol]);
  }
  await house.trade(c, a, "ETH", "50");

  await transaction("deposit/open-account", await deposit(house, newcomer!, "1000"));
  await transaction("deposit", await deposit(house, newcomer!, "1000"));
  await transaction(
    "withdraw",
    await house.clearingHouse
      .connect(single)
      .withdraw(c.account, house.tokens.usdc, 1_000n * 10n ** 6n, single!.address),
  );

  await newRounds(house);
  const m = await open(second, "100000");
  const n = await open(third, "100000");
  await transaction("fill/single-leg-opening", await house.trade(m, n, "ETH", "10", "194.7"));
  await newRounds(house);
  await transaction("fill/single-leg", await house.trade(n, m, "ETH", "1", "194.7"));
  await newRounds(house);
  await transaction("fill/four-legs", await fourLegs(house, a, b));

  const probe = await ethers.deployContract("MarginProbe", [house.clearingHouse, house.accessManager]);
  await house.accessManager.grantRole(ROLES.MODULE, probe, 0);
  const frameOf = async (name: string, account: Trader, symbols: readonly string[], selector: string) => {
    await newRounds(house);
    const underlyings = [0, ...symbols.map((symbol) => house.markets[symbol]!.underlying)];
    const response = await probe.probe(account.account, underlyings);
    await response.wait();
    const frames = await traceFrames(ethers, response.hash);
    const frame = frames.find((candidate) => candidate.selector === selector)!;
    record(name, frame, framesInside(frame, frames), frame.gas);
  };
  const marginInBatch = house.clearingHouse.interface.getFunction("marginInBatch").selector;
  await frameOf("margin-check/perp-1", c, ["ETH"], marginInBatch);
  await frameOf("margin-check/perp-8", d, SYMBOLS, marginInBatch);

  await newRounds(house);
  const response = await house.marketData.sync([house.markets.ETH!.underlying]);
  await response.wait();
  const frames = await traceFrames(ethers, response.hash);
  record("feed-sync/1", frames[0]!, frames, frames[0]!.gas);

  await measureOptions({ house, record, probe, newRounds: () => newRounds(house), signers: signers.slice(10) });

  for (const symbol of SYMBOLS) await house.setPrice(symbol, (Number(PRICES[symbol]) * 0.62).toFixed(8));
  const positions = SYMBOLS.map((symbol) => ({
    instrument: house.markets[symbol]!.instrument,
    quantity: BigInt(Math.round(Number(SIZES[symbol]) * 1e8 * 0.33)),
  }));
  const margin = await house.clearingHouse.marginOf(e.account);
  if (margin.equity <= 0n || margin.equity >= margin.maintenance)
    throw new Error(`Account to liquidate has ${margin.equity}, needs ${margin.maintenance}.`);
  await transaction(
    "liquidate/perp-8",
    await house.liquidation
      .connect(liquidator)
      .liquidate({ account: e.account, liquidator: f.account, positions, collaterals: [], minReward: 0n }),
  );
  await measureEstimation({ house, transaction, newRounds: () => newRounds(house) });
  await measureCorrelation({ connection, transaction });
  const ofHouse = async (another: House) => transactionOf(await namesOf(another), isSync);
  await measureAuction({ connection, ofHouse });
  await measureDeleverage({ connection, ofHouse });
  return measured;
}

/** The frames but some, with what those call, and how much gas those took. */
export function leaveOut(
  frames: readonly Frame[],
  isOut: (frame: Frame) => boolean,
): { readonly rest: readonly Frame[]; readonly gas: number } {
  const out = frames.filter(isOut);
  const inside = new Set(out.flatMap((frame) => framesInside(frame, frames)));
  return { rest: frames.filter((frame) => !inside.has(frame)), gas: out.reduce((sum, { gas }) => sum + gas, 0) };
}

async function deposit(house: House, signer: Trader["signer"], usdc: string): Promise<ContractTransactionResponse> {
  const { tokens, clearingHouse } = house;
  const amount = BigInt(usdc) * 10n ** 6n;
  const token = tokens.usdc.connect(signer);
  await token.mint(signer.address, amount * 10n);
  await token.approve(await clearingHouse.vault(), amount * 10n);
  return clearingHouse.connect(signer).deposit(accountId(signer.address, 0n), token, amount);
}

let round = 0;

/** A new answer of every feed, so that reading it means accepting it. */
async function newRounds(house: House): Promise<void> {
  round += 1;
  for (const symbol of SYMBOLS) await house.setPrice(symbol, (Number(PRICES[symbol]) * (1 + round / 1e5)).toFixed(8));
  await house.setPrice("USDC", "1");
}

async function fourLegs(house: House, maker: Trader, taker: Trader): Promise<ContractTransactionResponse> {
  const { ethers } = house.connection;
  const latest = (await ethers.provider.getBlock("latest"))!;
  const legs = (["BTC", "ETH", "LTC", "BCH"] as const).map((symbol, i) => ({
    instrument: house.markets[symbol]!.instrument,
    ratio: i % 2 === 0 ? "1" : "-1",
  }));
  const order = combinationOrder({
    owner: maker.signer.address,
    subaccount: maker.number,
    legs,
    netPrice: NET_PRICE,
    nonce: 1n << 200n,
    expiry: latest.timestamp + 3_600,
    epoch: 0n,
  });
  const { chainId } = await ethers.provider.getNetwork();
  const where = { chainId, verifyingContract: await house.orders.getAddress() };
  const fill = fillWhole(await signOrder(maker.signer, order, where));
  const mutable = { ...fill, order: { ...fill.order, legs: [...fill.order.legs] } };
  return house.orders.connect(taker.signer).fill(taker.account, [mutable], NO_LIMIT);
}

async function namesOf(house: House): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const add = async (name: string, contract: { getAddress(): Promise<string> }) =>
    names.set((await contract.getAddress()).toLowerCase(), name);
  await add("ClearingHouse", house.clearingHouse);
  await add("RiskEngine", house.riskEngine);
  await add("MarketData", house.marketData);
  await add("OrderSettlement", house.orders);
  await add("LiquidationEngine", house.liquidation);
  await add("SliceAuction", house.auction);
  await add("VolatilityEstimator", house.volatility);
  const offices = ["backOffice", "cashier", "expiryDesk", "lossDesk", "closeDesk"];
  const abi = offices.map((office) => `function ${office}() view returns (address)`);
  const desks = new Contract(await house.clearingHouse.getAddress(), abi, house.connection.ethers.provider);
  for (const office of offices) {
    const address = (await desks.getFunction(office)()) as string;
    names.set(address.toLowerCase(), `${office[0]!.toUpperCase()}${office.slice(1)}`);
  }
  names.set((await house.clearingHouse.getFunction("riskEngine")()).toLowerCase(), "RiskEngine");
  await add("AccessManager", house.accessManager);
  await add("USDC", house.tokens.usdc);
  names.set((await house.clearingHouse.vault()).toLowerCase(), "CollateralVault");
  for (const [symbol, feed] of Object.entries(house.feeds)) {
    await add(`feed ${symbol}`, feed.proxy);
    await add(`feed ${symbol}`, feed.aggregator);
  }
  return names;
}

export function framesInside(frame: Frame, frames: readonly Frame[]): Frame[] {
  const start = frames.indexOf(frame);
  const end = frames.findIndex((other, i) => i > start && other.depth <= frame.depth);
  return frames.slice(start, end < 0 ? undefined : end);
}

function profileOf(
  frame: Frame,
  frames: readonly Frame[],
  names: ReadonlyMap<string, string>,
): Pick<Measured, "profile" | "steps"> {
  const byName = new Map<string, number>();
  const steps = new Map<string, number[]>();
  for (const inner of framesInside(frame, frames)) {
    const name = names.get(inner.code) ?? (inner.code === frame.code ? "transaction" : "other code");
    byName.set(name, (byName.get(name) ?? 0) + inner.own);
    steps.set(name, (steps.get(name) ?? []).concat(inner.steps));
  }
  return { profile: [...byName].sort((x, y) => y[1] - x[1]), steps };
}

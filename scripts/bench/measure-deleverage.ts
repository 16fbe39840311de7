/**
 * The rows about closing a perpetual against the other side: one account that owes more than the insurance account may pay, and the same
 * contracts on the other side in 4 accounts and in 64. Every one of them is ranked, half of them riskier than the rest.
 */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { deployHouse, type House } from "../../deploy/local/house.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { fundInsurance } from "./insurance.ts";
import type { TransactionRecorder } from "./measure.ts";

interface Setting {
  readonly connection: NetworkConnection;
  readonly ofHouse: (house: House) => Promise<TransactionRecorder>;
}

/** Name of the row, and accounts on the other side. */
const ROWS = [
  ["deleverage/step", 4],
  ["deleverage/step-64", 64],
] as const;
const SYMBOL = "BTC";
const PRICE = 8_000;
/** Units of 1e-8 contracts; a whole number for any of the counts. */
const OPEN = 640_000_000n;
const INSURANCE = "100";
/** Equity over maintenance margin that an account of either half is left with before the price moves. */
const [TIGHT, RICH] = [140n, 400n];
const LOSER_COVER = 135n;
const STEP = 1.02;
/** ICompulsoryCloses: a round counts after five minutes. */
const RANKING_SECONDS = 301;
const MOST_AT_ONCE = 40;
const HOUR = 3_600;

export async function measureDeleverage({ connection, ofHouse }: Setting): Promise<void> {
  const house = await deployHouse(connection, {
    underlyings: { [SYMBOL]: String(PRICE) },
    heartbeat: 14 * 24 * HOUR,
  });
  const transaction = await ofHouse(house);
  const [, maker, donor, loser, holder] = await connection.ethers.getSigners();
  await fundInsurance(house, donor!, INSURANCE);
  for (const [name, count] of ROWS) {
    const before = await connection.networkHelpers.takeSnapshot();
    await transaction(name, await step(house, { maker: maker!, loser: loser!, holder: holder! }, count));
    await before.restore();
  }
}

type Cast = Readonly<Record<"maker" | "loser" | "holder", HardhatEthersSigner>>;

/** The loser is short, so a rise makes it owe; the other side is long in so many accounts. */
async function step(house: House, cast: Cast, count: number): Promise<ContractTransactionResponse> {
  const { auction, clearingHouse, connection, markets } = house;
  const { instrument } = markets[SYMBOL]!;
  const between = await house.openAccount(cast.maker, 0, { usdc: "1000000" });
  const loser = await house.openAccount(cast.loser, 0, { usdc: "100000" });
  await house.trade(between, loser, SYMBOL, contracts(OPEN));
  const holders: Trader[] = [];
  for (let i = 0; i < count; i += 1) {
    const holder = await house.openAccount(cast.holder, i, { usdc: "100000" });
    await house.trade(holder, between, SYMBOL, contracts(OPEN / BigInt(count)));
    await leaveWith(house, holder, i % 2 === 0 ? TIGHT : RICH);
    holders.push(holder);
  }
  await leaveWith(house, loser, LOSER_COVER);
  for (let price = PRICE * STEP; ; price *= STEP) {
    await refresh(house, price);
    if ((await clearingHouse.marginOf(loser.account)).equity < 0n) break;
  }
  await auction.start(loser.account);
  await clearingHouse.announceDeleveraging(loser.account);
  const ids = holders.map(({ account }) => account);
  for (let i = 0; i < count; i += MOST_AT_ONCE) await clearingHouse.rank(instrument, ids.slice(i, i + MOST_AT_ONCE));
  await connection.networkHelpers.time.increase(RANKING_SECONDS);
  await refresh(house, Number(await house.priceOf(SYMBOL)) / 1e8);
  return auction.deleverage(loser.account);
}

/** Withdraws what the account has above so many hundredths of its maintenance margin. */
async function leaveWith(house: House, trader: Trader, hundredths: bigint): Promise<void> {
  const { clearingHouse, tokens } = house;
  const { equity, maintenance } = await clearingHouse.marginOf(trader.account);
  const spare = equity - (maintenance * hundredths) / 100n;
  await clearingHouse.connect(trader.signer).withdraw(trader.account, tokens.usdc, spare, trader.signer.address);
}

async function refresh(house: House, price: number): Promise<void> {
  await house.setPrice(SYMBOL, price.toFixed(8));
  await house.setPrice("USDC", "1");
}

const contracts = (units: bigint): string => (Number(units) / 1e8).toFixed(8);

/** The rows about auctions and about sweeping an expiry: a house of its own, with the same books of options as the rows about those. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { deployHouse, type House } from "../../deploy/local/house.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { findExpiryRound } from "../../sdk/client/index.ts";
import { allOptionsOf, bucketOf, decodeInstrument, Kind, option } from "../../sdk/instruments.ts";
import { parseUsd } from "../../sdk/units.ts";
import { fundInsurance } from "./insurance.ts";
import type { TransactionRecorder } from "./measure.ts";
import { type BookShape, expiriesOnGrid, listBook, postSurfaces, tradeBook } from "./option-books.ts";

interface BidRequest {
  readonly account: string;
  readonly liquidator: string;
  readonly positions: { instrument: bigint; quantity: bigint }[];
  readonly collaterals: never[];
  readonly minReward: bigint;
}

interface Setting {
  readonly connection: NetworkConnection;
  readonly ofHouse: (house: House) => Promise<TransactionRecorder>;
}

const PRICE = "7934.52";
const SYMBOLS = ["BTC"];
const BOOKS: Readonly<Record<"16" | "64", BookShape>> = {
  "16": { symbols: SYMBOLS, options: 16, expiries: 4 },
  "64": { symbols: SYMBOLS, options: 64, expiries: 6 },
};
const FUND = "2000000";
/** A third of the way down the price. */
const SECONDS = 600;
const SWEPT = 16;
const HOUR = 3_600;

export async function measureAuction({ connection, ofHouse }: Setting): Promise<void> {
  const house = await deployHouse(connection, { underlyings: { BTC: PRICE }, heartbeat: 14 * 24 * HOUR });
  const transaction = await ofHouse(house);
  const [, maker, donor, bidder, sixteen, sixtyFour, ...others] = await connection.ethers.getSigners();
  await fundInsurance(house, donor!, FUND);
  const traders = { "16": sixteen!, "64": sixtyFour! };
  for (const [i, size] of (["16", "64"] as const).entries()) {
    const before = await connection.networkHelpers.takeSnapshot();
    const account = await brokenBook(house, traders[size], maker!, BOOKS[size]);
    const start = await house.auction.start(account);
    if (size === "64") await transaction("auction/start-64", start);
    await connection.networkHelpers.time.increase(SECONDS);
    await refresh(house);
    const empty = await house.openAccount(bidder!, i, { usdc: "5000000" });
    const positions = await wholeBook(house, account);
    const request = { account, liquidator: empty.account, positions, collaterals: [], minReward: 0n };
    const auction = house.auction.connect(bidder);
    if (size === "64") {
      const whole = await connection.networkHelpers.takeSnapshot();
      await transaction("auction/bid-64/expiry", await bidForAnExpiry(auction, request));
      await whole.restore();
    }
    await transaction(`auction/bid-${size}`, await auction.bid(request));
    await before.restore();
  }
  await transaction("expiry/sweep", await sweep(house, maker!, others.slice(0, SWEPT)));
}

/** Everything that the account has, and the options of an expiry as one part. */
async function wholeBook({ clearingHouse }: House, account: string): Promise<BidRequest["positions"]> {
  const parts = new Map<bigint, bigint>();
  for (const instrument of await clearingHouse.instrumentsOf(account)) {
    const quantity = await clearingHouse.quantityOf(account, instrument);
    const isOption = decodeInstrument(instrument).kind !== Kind.Linear;
    const name = isOption ? allOptionsOf(bucketOf(instrument)) : instrument;
    parts.set(name, (parts.get(name) ?? 0n) + (isOption && quantity < 0n ? -quantity : quantity));
  }
  const sorted = [...parts].sort(([x], [y]) => (x < y ? -1 : 1));
  return sorted.map(([instrument, quantity]) => ({ instrument, quantity }));
}

/** All that the account has in the first expiry that relieves margin by itself: the least that a bidder can always take. */
async function bidForAnExpiry(auction: House["auction"], whole: BidRequest): Promise<ContractTransactionResponse> {
  const buckets = new Set(whole.positions.map(({ instrument }) => bucketOf(instrument)));
  for (const bucket of buckets) {
    const request = { ...whole, positions: whole.positions.filter((part) => bucketOf(part.instrument) === bucket) };
    if (request.positions.some(({ instrument }) => instrument === bucket << 32n)) continue;
    const relieves = await auction.bid.staticCall(request).then(
      () => true,
      () => false,
    );
    if (relieves) return auction.bid(request);
  }
  throw new Error("No expiry of the book relieves margin.");
}

/** The same price again, and surfaces of now. */
async function refresh(house: House): Promise<void> {
  await house.setPrice("BTC", (Number(await house.priceOf("BTC")) / 1e8).toFixed(8));
  await house.setPrice("USDC", "1");
  await postSurfaces(house, SYMBOLS);
}

/** A perpetual and so many options whose owner withdrew all that was free before the price fell until nothing was left. */
async function brokenBook(
  house: House,
  owner: HardhatEthersSigner,
  maker: HardhatEthersSigner,
  shape: BookShape,
): Promise<string> {
  const trader = await house.openAccount(owner, 0, { usdc: "1000000" });
  const other = await house.openAccount(maker, 0, { usdc: "1000000" });
  const legs = await listBook(house, shape);
  await refresh(house);
  await house.trade(trader, other, "BTC", "0.5");
  await tradeBook(house, trader, other, legs);
  const { clearingHouse, lens, tokens } = house;
  const free = await lens.withdrawable(trader.account, tokens.usdc);
  await clearingHouse.connect(owner).withdraw(trader.account, tokens.usdc, free - parseUsd("5"), owner.address);
  for (let price = Number(PRICE) * 0.95; price > Number(PRICE) * 0.3; price *= 0.95) {
    await house.setPrice("BTC", price.toFixed(8));
    await refresh(house);
    if ((await clearingHouse.marginOf(trader.account)).equity < 0n) return trader.account;
  }
  throw new Error("The book survived every price.");
}

/** An expiry that is over and proven: one call settles what sixteen accounts have in it. */
async function sweep(
  house: House,
  maker: HardhatEthersSigner,
  owners: readonly HardhatEthersSigner[],
): Promise<ContractTransactionResponse> {
  const { connection, clearingHouse, marketData, markets } = house;
  const { underlying } = markets.BTC!;
  const [expiryHours] = await expiriesOnGrid(house);
  const instrument = option({ underlying, expiryHours: expiryHours! }, "call", "8000");
  const desk = optionDesk(house);
  await desk.list([instrument]);
  await refresh(house);
  const writer = await house.openAccount(maker, 9, { usdc: "1000000" });
  const holders: Trader[] = [];
  for (const owner of owners) {
    const holder = await house.openAccount(owner, 9, { usdc: "10000" });
    await desk.tradeLegs(holder, writer, [{ instrument, ratio: 10n ** 7n }]);
    holders.push(holder);
  }
  await connection.networkHelpers.time.increaseTo(expiryHours! * HOUR + 1);
  await house.setPrice("BTC", "8500");
  await house.setPrice("USDC", "1");
  const bucket = bucketOf(instrument);
  const proof = await findExpiryRound({ caller: connection.ethers.provider }, await marketData.getAddress(), bucket);
  await marketData.proveExpiry(bucket, proof!.roundId, [...proof!.endedPhases]);
  await clearingHouse.settleExpiry([writer.account], bucket);
  return clearingHouse.settleExpiry(
    holders.map(({ account }) => account),
    bucket,
  );
}

/** The rows about options. Bitcoin's scan range is 15 %; for the rows at 30 % the parameters are set anew. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract, ContractTransactionResponse } from "ethers";
import type { House } from "../../deploy/local/house.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { bucketOf } from "../../sdk/instruments.ts";
import { BASE, framesInside, leaveOut, type Recorder } from "./measure.ts";
import { type BookShape, listBook, postSurfaces, tradeBook } from "./option-books.ts";
import { traceFrames } from "./trace.ts";

interface Setting {
  readonly house: House;
  readonly probe: BaseContract;
  readonly record: Recorder;
  readonly newRounds: () => Promise<void>;
  readonly signers: readonly HardhatEthersSigner[];
}

const ALL = ["BTC", "ETH", "BNB", "XRP", "ADA", "LTC", "LINK", "BCH"] as const;
const BOOKS: Readonly<Record<string, BookShape>> = {
  "options-1": { symbols: ["BTC"], options: 1, expiries: 1 },
  "options-16": { symbols: ["BTC"], options: 16, expiries: 4 },
  "options-64": { symbols: ["BTC"], options: 64, expiries: 6 },
  "options-64-pairs": { symbols: ["BTC"], options: 64, expiries: 6, pairs: true },
  "options-64x8": { symbols: ALL, options: 8, expiries: 2 },
};
const AT_R30 = ["options-16", "options-64"];
const R30 = 3_000n;
/** From 15 % to 30 % by two hundredths of 15 % an hour. */
const RAMP_SECONDS = 50 * 3_600;
/** Options that one step of a liquidation takes. */
const PARTS = 4;
const PERPETUAL = {
  BTC: "0.5",
  ETH: "20",
  BNB: "250",
  XRP: "20000",
  ADA: "100000",
  LTC: "80",
  LINK: "1000",
  BCH: "15",
};

export async function measureOptions(setting: Setting): Promise<void> {
  const { house, record, newRounds, signers } = setting;
  const [maker, liquidator, counterpart, ...owners] = signers;
  const mirror = await house.openAccount(counterpart!, 0, { usdc: "1000000" });
  const rescuer = await house.openAccount(liquidator!, 0, { usdc: "1000000" });
  const desk = optionDesk(house);

  const books = new Map<string, Trader>();
  const legs = new Map<string, { instrument: bigint; ratio: bigint }[]>();
  for (const [name, shape] of Object.entries(BOOKS)) legs.set(name, await listBook(house, shape));
  await newRounds();
  await postSurfaces(house, ALL);
  let next = 0;
  for (const [name, { symbols }] of Object.entries(BOOKS)) {
    const trader = await house.openAccount(owners[next]!, 0, { usdc: "1000000" });
    const other = await house.openAccount(maker!, next++, { usdc: "1000000" });
    books.set(name, trader);
    for (const symbol of symbols) await house.trade(trader, other, symbol, PERPETUAL[symbol as keyof typeof PERPETUAL]);
    await tradeBook(house, trader, other, legs.get(name)!);
  }

  const check = async (name: string, book: string) => {
    await newRounds();
    await postSurfaces(house, ALL);
    const underlyings = [0, ...BOOKS[book]!.symbols.map((symbol) => house.markets[symbol]!.underlying)];
    const response = (await setting.probe.getFunction("probe")(
      books.get(book)!.account,
      underlyings,
    )) as ContractTransactionResponse;
    await response.wait();
    const frames = await traceFrames(house.connection.ethers, response.hash);
    const selector = house.clearingHouse.interface.getFunction("marginInBatch").selector;
    const frame = frames.find((candidate) => candidate.selector === selector)!;
    record(name, frame, framesInside(frame, frames), frame.gas);
  };
  for (const book of Object.keys(BOOKS)) await check(`margin-check/${book}`, book);

  const sync = house.marketData.interface.getFunction("sync").selector;
  /** Without the frames in which feeds are read. */
  const transaction = async (name: string, response: ContractTransactionResponse) => {
    const receipt = (await response.wait())!;
    const frames = await traceFrames(house.connection.ethers, response.hash);
    const { rest, gas } = leaveOut(frames, ({ selector }) => selector === sync);
    record(name, frames[0]!, rest, Number(receipt.gasUsed) - BASE - gas);
  };

  // The same book on the other side, so that both hold the option that changes hands.
  const sixteen = legs.get("options-16")!;
  const other = await house.openAccount(maker!, next, { usdc: "1000000" });
  await tradeBook(house, mirror, other, sixteen);
  await house.trade(mirror, other, "BTC", "0.5");
  await newRounds();
  await postSurfaces(house, ALL);
  await transaction(
    "fill/option-on-16",
    await desk.tradeLegs(mirror, books.get("options-16")!, [{ ...sixteen[3]!, ratio: 10n ** 7n }]),
  );

  await measureLiquidation();
  // The rows after these are at the ranges and the hour that they would be at without them.
  const before = await house.connection.networkHelpers.takeSnapshot();
  await setScanRange(R30);
  for (const book of AT_R30) await check(`margin-check/${book}/R30`, book);
  await before.restore();

  /** A book of 64 that withdrew all it could, and lost a little. Three tenths of four options of one expiry are taken. */
  async function measureLiquidation(): Promise<void> {
    const book = books.get("options-64")!;
    const free = await house.lens.withdrawable(book.account, house.tokens.usdc);
    await house.clearingHouse
      .connect(book.signer)
      .withdraw(book.account, house.tokens.usdc, free - 5_000_000n, book.signer.address);
    await postSurfaces(house, ALL);
    const price = Number(await house.priceOf("BTC")) / 1e8;
    for (const move of [0.95, 0.9, 0.86, 0.83, 0.8, 0.77, 0.74, 0.71]) {
      await house.setPrice("BTC", (price * move).toFixed(8));
      await house.setPrice("USDC", "1");
      const { equity, maintenance } = await house.clearingHouse.marginOf(book.account);
      if (equity < maintenance && equity > 0n) break;
    }
    const engine = house.liquidation.connect(rescuer.signer);
    const request = (parts: readonly { instrument: bigint; ratio: bigint }[]) => ({
      account: book.account,
      liquidator: rescuer.account,
      positions: parts
        .map(({ instrument, ratio }) => ({ instrument, quantity: (ratio * 3n) / 10n }))
        .sort((x, y) => (x.instrument < y.instrument ? -1 : 1)),
      collaterals: [],
      minReward: 0n,
    });
    // What hedges the rest cannot be taken alone: the first few options of one expiry that relieve margin together.
    const all = legs.get("options-64")!;
    for (const bucket of new Set(all.map(({ instrument }) => bucketOf(instrument)))) {
      const inBucket = all.filter(({ instrument }) => bucketOf(instrument) === bucket);
      for (let i = 0; i + PARTS <= inBucket.length; i += 1) {
        const parts = inBucket.slice(i, i + PARTS);
        const relieves = await engine.liquidate.staticCall(request(parts)).then(
          () => true,
          () => false,
        );
        if (!relieves) continue;
        await transaction("liquidate/options-64", await engine.liquidate(request(parts)));
        return newRounds();
      }
    }
    throw new Error("No expiry of the book relieves margin.");
  }

  /** Ranges that are held move by steps: waits until the last one, and sets them again, which ends the ramp. */
  async function setScanRange(scanRangeBps: bigint): Promise<void> {
    const { risk } = house.config;
    const underlyings = risk.underlyings.map((u) => ({ ...u, scanRangeBps }));
    const correlations = [...risk.correlations];
    const collaterals = [...risk.collaterals];
    const set = async () =>
      (await house.riskEngine.setParameters({ ...risk, underlyings, correlations, collaterals })).wait();
    await set();
    await house.connection.networkHelpers.time.increase(RAMP_SECONDS);
    await set();
  }
}

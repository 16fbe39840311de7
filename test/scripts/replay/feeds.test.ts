import { expect } from "chai";
import { feedWriter } from "../../../scripts/demo/feeds.ts";
import type { DemoHouse } from "../../../scripts/demo/house.ts";
import { FEED_RULE } from "../../../scripts/replay/dataEvent.ts";
import type { EventDescription, PriceRow } from "../../../scripts/shared/events.ts";

const T = 1_600_000_000;

/** What was written, in order: time, symbol, answer. */
function scene(opening: readonly number[], isPaced = true) {
  const written: [number, string, bigint][] = [];
  let now = T;
  const house = {
    skipTo: async (time: number) => {
      now = time;
    },
    feedOf: (symbol: string) => ({ submit: async (answer: bigint) => written.push([now - T, symbol, answer]) }),
  } as unknown as DemoHouse;
  const description = { assets: ["A", "B"] } as unknown as EventDescription;
  const rows: PriceRow[] = [{ timestamp: T, closes: opening }];
  const writer = feedWriter(house, { description, rows, ...(isPaced ? { feeds: FEED_RULE } : {}) });
  const take = (after: number, closes: PriceRow["closes"], cash?: number) =>
    writer.take({ timestamp: T + after, closes, ...(cash === undefined ? {} : { cash }) });
  return { written, writer, take };
}

describe("feeds", () => {
  it("report a move of half a percent since the last round, not since the last price", async () => {
    const { take, written } = scene([100, 10]);
    expect(await take(60, [100.3, 10])).to.equal(false);
    expect(await take(120, [100.49, undefined])).to.equal(false);
    expect(await take(180, [100.51, 10])).to.equal(true);
    expect(await take(240, [100.2, 10])).to.equal(false);
    expect(written).to.deep.equal([[180, "A", 10_051_000_000n]]);
  });

  it("report anything after an hour, but nothing that did not trade", async () => {
    const { take, written } = scene([100, 10]);
    await take(3_599, [100, 10]);
    await take(3_660, [100.1, undefined]);
    await take(3_720, [100.1, 10.01]);
    expect(written).to.deep.equal([
      [3_660, "A", 10_010_000_000n],
      [3_720, "B", 1_001_000_000n],
    ]);
  });

  it("say a move again that a guard would not believe", async () => {
    const { take, written, writer } = scene([100, 10]);
    await take(60, [89.9, 10]);
    expect(written.map(([, symbol]) => symbol)).to.deep.equal(["A", "A"]);
    expect(writer.rounds).to.equal(2);
  });

  it("of cash report a quarter of a percent or a day", async () => {
    const { take, written, writer } = scene([100, 10]);
    await take(60, [undefined, undefined], 0.998);
    await take(120, [undefined, undefined], 0.9974);
    await take(86_460, [undefined, undefined], 0.9974);
    await take(86_520, [undefined, undefined], 0.9);
    await take(172_920, [undefined, undefined], 0.9);
    expect(written.map(([time, symbol]) => [time, symbol])).to.deep.equal([
      [120, "USDC"],
      // 2.6 % at once is admitted by every guard.
      [86_520, "USDC"],
      [172_920, "USDC"],
    ]);
    expect(writer.lowestCash).to.equal(0.9);
  });

  it("without a rule report every row twice", async () => {
    const { take, written } = scene([100, 10], false);
    await take(3_600, [100, 10]);
    expect(written.map(([, symbol]) => symbol)).to.deep.equal(["A", "B", "A", "B"]);
  });

  it("know the last price of what did not trade", async () => {
    const { take, writer } = scene([100, 10]);
    await take(60, [100.1, undefined]);
    expect(writer.known).to.deep.equal([100.1, 10]);
  });
});

/** Moves prices in one block, as the scenario says. */
import { parsePrice } from "../../sdk/units.ts";
import { each } from "./ledger.ts";
import type { StressHouse } from "./market.ts";
import { OPENING, type Scenario, SYMBOLS } from "./scenarios.ts";

const ROUND_GAS = 300_000n;
const HEARTBEAT = 86_400;
const CASH = "USDC";
/** A second round confirms what the deviation guard doubts: both in the same block. */
const ROUNDS = 2;

/** @returns The symbols whose feed did not answer. */
export async function applyShock(house: StressHouse, scenario: Scenario): Promise<readonly string[]> {
  const silent = scenario.dead === undefined ? [] : [scenario.dead.symbol];
  if (silent.length > 0) {
    await house.wait(HEARTBEAT - 600);
    await answerAll(house, (symbol) => (silent.includes(symbol) ? undefined : OPENING[symbol]));
    await house.wait(1_200);
  }
  await answerAll(house, (symbol) => {
    if (symbol === CASH) return scenario.cash === 1 ? undefined : scenario.cash;
    return silent.includes(symbol) || scenario.moves[symbol] === 1 ? undefined : priceIn(scenario, symbol);
  });
  await house.postSurfaces();
  await sync(house);
  return silent;
}

/** The feed that was dead answers what the others have answered. */
export async function revive(house: StressHouse, scenario: Scenario): Promise<void> {
  await answerAll(house, (symbol) => (symbol === scenario.dead?.symbol ? priceIn(scenario, symbol) : undefined));
  await sync(house);
}

const priceIn = (scenario: Scenario, symbol: string): number => OPENING[symbol]! * scenario.moves[symbol]!;

/** One block with the answers of all feeds that have something to say. */
async function answerAll(house: StressHouse, priceOf: (symbol: string) => number | undefined): Promise<void> {
  const { provider, ethers } = house.connection;
  const [operator] = await ethers.getSigners();
  const answers = [...SYMBOLS, CASH].flatMap((symbol) => {
    const price = priceOf(symbol);
    return price === undefined
      ? []
      : [{ aggregator: house.feeds[symbol]!.aggregator, price: parsePrice(price.toFixed(8)) }];
  });
  if (answers.length === 0) return;
  let nonce = await ethers.provider.getTransactionCount(operator!.address);
  const latest = await each(answers, ({ aggregator }) => aggregator.latestRound());
  await provider.request({ method: "evm_setAutomine", params: [false] });
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [i, { aggregator, price }] of answers.entries()) {
        await aggregator.submit(latest[i]! + BigInt(round), price, { gasLimit: ROUND_GAS, nonce: nonce++ });
      }
    }
    await provider.request({ method: "evm_mine", params: [] });
  } finally {
    await provider.request({ method: "evm_setAutomine", params: [true] });
  }
}

/** Anybody may have prices accepted. */
async function sync({ marketData }: StressHouse): Promise<void> {
  await marketData.sync([0, ...SYMBOLS.map((_, i) => i + 1)]);
}

/** The rows about correlations: a house of its own with sixteen underlyings. Last: they let days pass. */
import type { ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { readParameterFile } from "../../deploy/config/risk.ts";
import { deployHouse } from "../../deploy/local/house.ts";
import { findMissingDaySamples } from "../../sdk/client/correlation.ts";
import type { ParameterFile } from "../../sdk/parameters.ts";

interface Setting {
  readonly connection: NetworkConnection;
  readonly transaction: (name: string, response: ContractTransactionResponse) => Promise<void>;
}

const UNDERLYINGS = 16;
const DAY = 86_400;
const HOUR = 3_600;
/** Seconds after midnight at which a keeper calls. */
const DELAY = 60;
/** Above and below the last price in turn, by a little more for each underlying. */
const PRICE = 100;

export async function measureCorrelation({ connection, transaction }: Setting): Promise<void> {
  const parameters = sixteen(readParameterFile("event-2020-03.json"));
  const symbols = parameters.underlyings.map(({ symbol }) => symbol);
  const prices = Object.fromEntries(symbols.map((symbol) => [symbol, String(PRICE)]));
  const house = await deployHouse(connection, { parameters, underlyings: prices, heartbeat: 14 * DAY });
  const { correlation } = house;
  const { time } = connection.networkHelpers;
  const address = await correlation.getAddress();
  let days = 0;
  const newDay = async () => {
    days += 1;
    for (const [i, symbol] of symbols.entries()) {
      const move = ((days + i) % 2 === 0 ? 1 : -1) * (1 + i / 10);
      await house.setPrice(symbol, (PRICE + move).toFixed(8));
    }
    const now = (Math.floor((await time.latest()) / DAY) + 1) * DAY + DELAY;
    await time.increaseTo(now);
    const { day, samples } = await findMissingDaySamples({ caller: connection.ethers.provider }, address, BigInt(now));
    return { day, samples: [...samples] };
  };

  // The day of the deployment, and one more, are where returns begin.
  const first = await newDay();
  await correlation.submit(first.day, first.samples);
  for (let i = 0; i < 2; i++) {
    const { day, samples } = await newDayOrOpen();
    await correlation.submit(day, samples);
  }
  await correlation.publish();
  await time.increase(HOUR);

  const { day, samples } = await newDay();
  await transaction("estimate/correlation-16", await correlation.submit(day, samples));
  await transaction("estimate/correlation-16/publish", await correlation.publish());
  const next = await newDay();
  await transaction("estimate/correlation-sample", await correlation.submit(next.day, next.samples.slice(0, 1)));

  /** The open day if it has begun, else a new one. */
  async function newDayOrOpen() {
    const now = BigInt(await time.latest());
    const open = await findMissingDaySamples({ caller: connection.ethers.provider }, address, now);
    return open.samples.length > 0 ? { day: open.day, samples: [...open.samples] } : newDay();
  }
}

/** The file's underlyings, then copies of them, all correlated a little. */
function sixteen(file: ParameterFile): ParameterFile {
  const known = file.underlyings.length;
  const underlyings = Array.from({ length: UNDERLYINGS }, (_, i) => {
    const original = file.underlyings[i % known]!;
    return { ...original, symbol: i < known ? original.symbol : `${original.symbol}${Math.floor(i / known) + 1}` };
  });
  const rows = underlyings.map((_, i) => Array<number>(i).fill(64));
  return { ...file, underlyings, correlation: { ...file.correlation, rows } };
}

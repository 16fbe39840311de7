/** The rows about estimators. Last: they let hours pass. */
import type { ContractTransactionResponse } from "ethers";
import type { House } from "../../deploy/local/house.ts";
import { findMissingSamples } from "../../sdk/client/estimation.ts";

interface Setting {
  readonly house: House;
  readonly transaction: (name: string, response: ContractTransactionResponse) => Promise<void>;
  readonly newRounds: () => Promise<void>;
}

const HOUR = 3_600;
/** Seconds after the hour at which a keeper calls. */
const DELAY = 60;

/** One hour of one underlying, in the middle of a day and of the series' life. */
export async function measureEstimation({ house, transaction, newRounds }: Setting): Promise<void> {
  const { connection, volatility, markets } = house;
  const { networkHelpers, ethers } = connection;
  const { underlying } = markets.ETH!;
  const address = await volatility.getAddress();
  const nextHour = async (): Promise<bigint[]> => {
    await newRounds();
    const time = (Math.floor((await networkHelpers.time.latest()) / HOUR) + 1) * HOUR + DELAY;
    await networkHelpers.time.increaseTo(time);
    return findMissingSamples({ caller: ethers.provider }, address, underlying, BigInt(time));
  };
  await volatility.update(underlying, await nextHour());
  await volatility.update(underlying, await nextHour());
  await transaction("estimate/volatility", await volatility.update(underlying, await nextHour()));
}

/** The SDK's view of a house. */
import type { Provider } from "ethers";
import type { HouseAddresses, HouseReader } from "../../sdk/index.ts";
import type { House } from "./house.ts";

export type TestReader = HouseReader & { readonly caller: Provider; readonly addresses: HouseAddresses };

export async function readerOf(house: House): Promise<TestReader> {
  return {
    caller: house.connection.ethers.provider,
    addresses: {
      clearingHouse: await house.clearingHouse.getAddress(),
      orders: await house.orders.getAddress(),
      liquidation: await house.liquidation.getAddress(),
      auction: await house.auction.getAddress(),
      registry: await house.registry.getAddress(),
      lens: await house.lens.getAddress(),
      optionLens: await house.optionLens.getAddress(),
      depthBook: await house.depthBook.getAddress(),
      auditor: await house.auditor.getAddress(),
      upkeep: await house.upkeep.getAddress(),
      insuranceFund: await house.insuranceFund.getAddress(),
      volatility: await house.volatility.getAddress(),
      correlation: await house.correlation.getAddress(),
    },
  };
}

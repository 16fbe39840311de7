/** Portfolios of the SDK from books in double precision. */
import { type Exposure, type Holding, type Portfolio, PriceStatus } from "../../sdk/types.ts";

const EIGHT = 1e8;

export const fixed8 = (value: number): bigint => BigInt(Math.round(value * EIGHT));

export function perpetual(asset: number, quantity: number, price: number, openInterestUsd: number): Exposure {
  return {
    underlying: asset + 1,
    expiryHours: 0,
    quantity: fixed8(quantity),
    openInterest: fixed8(openInterestUsd / price),
    price: fixed8(price),
    status: PriceStatus.Fresh,
  };
}

/** Ether as collateral; what the vault holds of it is taken to be as much as the open interest. */
export function ether(asset: number, amount: number, price: number, totalUsd: number): Holding {
  return {
    asset: 1,
    underlying: asset + 1,
    amount: fixed8(amount),
    total: fixed8(totalUsd / price),
    price: fixed8(price),
    status: PriceStatus.Fresh,
  };
}

export function portfolio(exposures: readonly Exposure[], holdings: readonly Holding[], now: number): Portfolio {
  return {
    now: BigInt(now),
    cash: 0n,
    cashPrice: { price: 10n ** 8n, status: PriceStatus.Fresh, updatedAt: BigInt(now) },
    exposures,
    holdings,
  };
}

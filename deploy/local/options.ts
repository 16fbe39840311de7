/** What traders of futures and options do on a local chain: listing, surfaces, marks and combinations, in one call each. */
import type { ContractTransactionResponse } from "ethers";
import { bucketOf, decodeInstrument } from "../../sdk/instruments.ts";
import { combinationOrder, fillWhole, signOrder } from "../../sdk/orders/index.ts";
import { formatPrice } from "../../sdk/units.ts";
import type { House } from "./house.ts";
import type { Trader } from "./trading.ts";

/** Volatility, basis, skew and curvature as fractions; see docs/margin-method.md, "Options". */
export interface SmileTerms {
  readonly volatility: number;
  readonly basis?: number;
  readonly skew?: number;
  readonly curvature?: number;
}

export interface OptionLeg {
  readonly instrument: bigint;
  /** Contracts of one combination, 8 decimals; negative to sell. */
  readonly ratio: bigint;
}

export interface OptionDesk {
  /** Lists what is not listed yet; it must be on the grid. */
  readonly list: (instruments: readonly bigint[]) => Promise<void>;
  /** Posts one smile, or one for each expiry (hours since 1970), for all live expiries of an underlying. */
  readonly postSurface: (
    underlying: number,
    smile: SmileTerms | ((expiryHours: number) => SmileTerms),
    timestamp?: number,
  ) => Promise<void>;
  /** Value of one contract at the mark, USD with 16 decimals. */
  readonly markOf: (instrument: bigint) => Promise<bigint>;
  /** The maker signs a combination and the taker fills it. Without a price: at the marks, rounded in the maker's favour. */
  readonly tradeLegs: (
    maker: Trader,
    taker: Trader,
    legs: readonly OptionLeg[],
    netPrice?: bigint,
  ) => Promise<ContractTransactionResponse>;
}

const AN_HOUR = 3_600;
const ONE = 10n ** 8n;
const NO_LIMIT = (1n << 255n) - 1n;

/** What the desk needs of a house. */
export type OptionHouse = Pick<House, "registry" | "marketData" | "riskEngine" | "orders" | "connection">;

export function optionDesk(house: OptionHouse): OptionDesk {
  const { registry, marketData, riskEngine, orders, connection } = house;
  const { ethers } = connection;
  let lastNonce = 1n << 128n;

  const now = async (): Promise<number> => (await ethers.provider.getBlock("latest"))!.timestamp;

  const markOf = async (instrument: bigint): Promise<bigint> => {
    const [spot] = await marketData.peek([decodeInstrument(instrument).underlying]);
    const [surface] = await marketData.surfaces([bucketOf(instrument)]);
    const [value] = await riskEngine.values([{ instrument, quantity: ONE, spot: spot!, surface: surface! }]);
    return value!;
  };

  return {
    markOf,
    list: async (instruments) => {
      for (const instrument of instruments) {
        if (await registry.isListed(instrument)) continue;
        const { underlying, expiryHours, kind } = decodeInstrument(instrument);
        const send = kind === 0 ? registry.listExpiry(underlying, expiryHours) : registry.listOption(instrument);
        await (await send).wait();
      }
    },
    postSurface: async (underlying, smile, timestamp) => {
      const at = timestamp ?? (await now());
      const buckets = await registry.expiriesOf(underlying);
      const points = buckets.map((bucket) => {
        const expiryHours = Number(bucket & 0xffffffn);
        const {
          volatility,
          basis = 0,
          skew = 0,
          curvature = 0,
        } = typeof smile === "function" ? smile(expiryHours) : smile;
        return {
          expiryHours,
          basis: micro(basis),
          atmVolatility: micro(volatility),
          skew: micro(skew),
          curvature: micro(curvature),
        };
      });
      if (points.length > 0) await (await marketData.postSurface({ underlying, timestamp: at, points })).wait();
    },
    tradeLegs: async (maker, taker, legs, netPrice) => {
      let net = netPrice;
      if (net === undefined) {
        let value = 0n;
        for (const { instrument, ratio } of legs) value += (await markOf(instrument)) * ratio;
        // From 16 + 8 decimals to 8, up: the maker pays at most this.
        net = value >= 0n ? (value + 10n ** 16n - 1n) / 10n ** 16n : -(-value / 10n ** 16n);
      }
      const { chainId } = await ethers.provider.getNetwork();
      const order = combinationOrder({
        owner: maker.signer.address,
        subaccount: maker.number,
        legs,
        netPrice: formatPrice(net),
        nonce: ++lastNonce,
        expiry: (await now()) + AN_HOUR,
        epoch: await orders.epochOf(maker.account),
      });
      const signed = await signOrder(maker.signer, order, { chainId, verifyingContract: await orders.getAddress() });
      const { order: o, signature, quantity } = fillWhole(signed);
      const fill = { order: { ...o, legs: [...o.legs] }, signature, quantity };
      return orders.connect(taker.signer).fill(taker.account, [fill], NO_LIMIT);
    },
  };

  function micro(fraction: number): bigint {
    return BigInt(Math.round(fraction * 1e6));
  }
}

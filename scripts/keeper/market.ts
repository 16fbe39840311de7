/** All markets of a house at one block. */
import { clearingHouseAbi, marketDataAbi, registryAbi } from "../../sdk/abi.ts";
import { readHouse } from "../../sdk/client/read.ts";
import { perpetual } from "../../sdk/instruments.ts";
import { divUp } from "../../sdk/margin/fixedPoint.ts";
import type { AssetState, Tick, UnderlyingState } from "../../sdk/remargin/tick.ts";
import type { ParameterSet, Surface } from "../../sdk/types.ts";
import { decodeMarketWord, decodeSurface } from "../../sdk/words.ts";
import { type Chain, each, type Head, marketDataOf, view } from "./chain.ts";

const EXPIRY_BITS = 24;
const PRICE_DECIMALS = 8n;

/** A bucket as the chain writes it, from the key of its surface: they are the same number. */
export const bucketOfKey = (key: number): bigint => BigInt(key);
export const expiryHoursOf = (key: number): number => key % 2 ** EXPIRY_BITS;
export const underlyingOfKey = (key: number): number => Math.floor(key / 2 ** EXPIRY_BITS);

interface PerpetualState {
  readonly fundingIndex: bigint;
  readonly accruedAt: bigint;
  readonly openInterest: bigint;
}

/** @param expiries Keys of the expiries whose surfaces are wanted. */
export async function readTick(
  chain: Chain,
  head: Head,
  expiries: readonly number[],
  parameters: ParameterSet,
): Promise<Tick> {
  const { house, contracts } = chain;
  const at = { blockTag: head.number };
  const [marketData, [count], assets] = await Promise.all([
    marketDataOf(chain, head.number),
    view(chain, contracts.registry, registryAbi, "underlyingCount", [], head.number),
    readAssets(chain, head),
  ]);
  const numbers = Array.from({ length: Number(count) }, (_, underlying) => underlying);
  const [[words], [surfaceWords], states] = await Promise.all([
    view(chain, marketData, marketDataAbi, "peek", [numbers], head.number),
    view(chain, marketData, marketDataAbi, "surfaces", [expiries.map(bucketOfKey)], head.number),
    each(numbers.slice(1), (underlying) =>
      readHouse<PerpetualState>(house, "perpetualState", [perpetual(underlying)], at),
    ),
  ]);
  const markets = [...(words as bigint[])].map(decodeMarketWord);
  const underlyings = states.map(({ openInterest, fundingIndex }, i): [number, UnderlyingState] => {
    const { price, status } = markets[i + 1]!;
    return [i + 1, { price, status, openInterest, fundingIndex }];
  });
  const surfaces = [...(surfaceWords as bigint[])].map((word, i): [number, Surface] => [
    expiries[i]!,
    decodeSurface(word),
  ]);
  // Funding accrues to the moment that a call sees as now, which need not be the time of the block.
  const now = states.find(({ accruedAt }) => accruedAt !== 0n)?.accruedAt ?? BigInt(head.timestamp);
  return {
    now,
    cashPrice: markets[0]!,
    underlyings: new Map(underlyings),
    surfaces: new Map(surfaces),
    assets: new Map(assets),
    parameters,
  };
}

async function readAssets(chain: Chain, head: Head): Promise<[number, AssetState][]> {
  const at = { blockTag: head.number };
  const count = Number(await readHouse<bigint>(chain.house, "collateralCount", [], at));
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return each(numbers, async (asset): Promise<[number, AssetState]> => {
    const [[terms], total] = await Promise.all([
      view(chain, chain.contracts.clearingHouse, clearingHouseAbi, "collateralTerms", [asset], head.number),
      readHouse<bigint>(chain.house, "collateralTotal", [asset], at),
    ]);
    const { underlying, decimals } = terms as { underlying: bigint; decimals: bigint };
    return [asset, { underlying: Number(underlying), total: toEightDecimals(total, decimals) }];
  });
}

/** Rounded up, as the ledger does with the vault's total. */
function toEightDecimals(amount: bigint, decimals: bigint): bigint {
  if (decimals <= PRICE_DECIMALS) return amount * 10n ** (PRICE_DECIMALS - decimals);
  return divUp(amount, 10n ** (decimals - PRICE_DECIMALS));
}

/** Whether nothing but time has passed between two ticks. */
export function isSameMarket(a: Tick, b: Tick): boolean {
  return fingerprint(a) === fingerprint(b);
}

function fingerprint({ cashPrice, underlyings, surfaces, assets, parameters }: Tick): string {
  const parts = [cashPrice, ...underlyings, ...surfaces, ...assets, parameters];
  return JSON.stringify(parts, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

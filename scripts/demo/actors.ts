/** The participants with their accounts: funds them, and trades between them by signed orders. */
import { combinationOrder, fillWhole, signOrder, singleLegOrder } from "../../sdk/orders/index.ts";
import { formatDecimal, formatPrice, formatQuantity, ONE, parseDecimal } from "../../sdk/units.ts";
import type { BookLeg, Participant } from "./books.ts";
import { asTheyAre, type Prepare } from "./funding.ts";
import type { DemoHouse, Signer } from "./house.ts";

/** What a market maker earns on a trade: a share of the notional, 5 basis points. */
const EDGE_BPS = 5n;
const BPS = 10_000n;
const ORDER_LIFETIME_SECONDS = 600;
/** Prices from which a position is measured in hundredths of a unit instead of whole ones. */
const DEAR_PRICE = 100;
/** Of one order. */
export const MAX_LEGS = 8;
const NO_LIMIT = (1n << 255n) - 1n;

export interface Actor extends Participant {
  readonly signer: Signer;
  readonly account: string;
}

export interface TradeLeg {
  readonly symbol: string;
  /** 8 decimals; positive: the taker buys. */
  readonly quantity: bigint;
}

/** Gives a participant its tokens and opens its account with them. */
export async function openAccount(house: DemoHouse, participant: Participant, signer: Signer): Promise<Actor> {
  const { account } = await house.openAccount(signer, participant.deposits);
  return { ...participant, signer, account };
}

/** Quantities of a book at the opening prices: dollars become a readable number of units. */
export function sizeLegs(legs: readonly BookLeg[], priceOf: (symbol: string) => number): TradeLeg[] {
  return legs.map(({ symbol, size }) => {
    if ("units" in size) return { symbol, quantity: BigInt(size.units) * ONE };
    const price = priceOf(symbol);
    return { symbol, quantity: parseDecimal((size.usd / price).toFixed(price >= DEAR_PRICE ? 2 : 0), 8) };
  });
}

/** The maker signs the opposite of what the taker wants, at the index and a little for itself; the taker sends it to the chain. */
export async function trade(
  house: DemoHouse,
  taker: Actor,
  maker: Actor,
  legs: readonly TradeLeg[],
  indexOf: (symbol: string) => bigint,
  prepare: Prepare = asTheyAre,
): Promise<void> {
  const bought = legs.map(({ symbol, quantity }) => ({ instrument: house.perpetualOf(symbol), quantity }));
  await prepare(taker, maker, bought);
  const terms = {
    owner: maker.signer.address,
    taker: taker.signer.address,
    expiry: (await house.now()) + ORDER_LIFETIME_SECONDS,
  };
  const [first, ...others] = legs;
  if (first === undefined) return;
  const order =
    others.length === 0
      ? singleLegOrder({ ...terms, ...singleLeg(house, first, indexOf(first.symbol)) })
      : combinationOrder({ ...terms, ...combination(house, legs, indexOf) });
  const signed = await signOrder(maker.signer, order, house.ordersAt);
  const { order: o, signature, quantity } = fillWhole(signed);
  const fill = { order: { ...o, legs: [...o.legs] }, signature, quantity };
  await house.orders.connect(taker.signer).fill(taker.account, [fill], NO_LIMIT);
}

function singleLeg(house: DemoHouse, { symbol, quantity }: TradeLeg, index: bigint) {
  const makerSells = quantity > 0n;
  const price = makerSells ? (index * (BPS + EDGE_BPS)) / BPS : (index * (BPS - EDGE_BPS)) / BPS;
  return {
    instrument: house.perpetualOf(symbol),
    side: makerSells ? ("sell" as const) : ("buy" as const),
    quantity: formatQuantity(makerSells ? quantity : -quantity),
    price: formatPrice(price),
  };
}

function combination(house: DemoHouse, legs: readonly TradeLeg[], indexOf: (symbol: string) => bigint) {
  const values = legs.map(({ symbol, quantity }) => (quantity * indexOf(symbol)) / ONE);
  const net = values.reduce((sum, value) => sum + value, 0n);
  const gross = values.reduce((sum, value) => sum + (value < 0n ? -value : value), 0n);
  return {
    legs: legs.map(({ symbol, quantity }) => ({
      instrument: house.perpetualOf(symbol),
      ratio: formatQuantity(-quantity),
    })),
    // The maker takes the negative of every leg: it pays minus the net, and its edge less.
    netPrice: formatDecimal(-net - (gross * EDGE_BPS) / BPS, 8),
  };
}

/** Trying out what contracts refuse: nothing is sent, so a test can try one thing after the other. */
import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";
import {
  type Call,
  type CounterpoiseError,
  decodeError,
  type Fill,
  fillWhole,
  type Order,
  signOrder,
  singleLegOrder,
} from "../../sdk/index.ts";
import { formatPrice } from "../../sdk/units.ts";
import { deployHouse, type House, type Trader } from "./house.ts";
import { readerOf, type TestReader } from "./reader.ts";

/** A transaction as ethers' contracts prepare it. */
type Prepared = Promise<{ readonly to?: unknown; readonly data?: string }> | Call;

/** The call reverts with this error and these arguments, and with nothing else. */
export async function expectRefusal(
  signer: HardhatEthersSigner,
  call: Prepared,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { to, data } = await call;
  let refusal: CounterpoiseError | undefined;
  try {
    await signer.call({ to: to as string, data: data! });
  } catch (thrown) {
    refusal = decodeError(thrown);
    if (refusal === undefined) throw thrown;
  }
  expect(refusal, `${name} was expected, but the call succeeds`).not.to.equal(undefined);
  expect([refusal?.name, refusal?.args]).to.deep.equal([name, args]);
}

export interface OfferOptions extends Partial<Order> {
  /** Of the contracts asked for; all unless told. */
  readonly filled?: bigint;
  readonly signedBy?: HardhatEthersSigner;
}

/** A fill of the maker's order for one contract unless told; positive quantities buy. Fields of the order may be replaced. */
export type Offer = (
  maker: Trader,
  symbol: string,
  quantity: string,
  price?: string,
  options?: OfferOptions,
) => Promise<Fill>;

export const FOREVER = 2 ** 32;

export function offers(house: House, reader: TestReader): Offer {
  return async (maker, symbol, quantity, price, { filled, signedBy, ...replaced } = {}) => {
    const isSale = quantity.startsWith("-");
    const order = singleLegOrder({
      owner: maker.signer.address,
      subaccount: maker.number,
      instrument: house.markets[symbol]!.instrument,
      side: isSale ? "sell" : "buy",
      quantity: quantity.replace("-", ""),
      price: price ?? formatPrice(await house.priceOf(symbol)),
      expiry: FOREVER,
    });
    const where = { chainId: 31_337, verifyingContract: reader.addresses.orders };
    const signed = await signOrder(signedBy ?? maker.signer, { ...order, ...replaced }, where);
    return { ...fillWhole(signed), ...(filled === undefined ? {} : { quantity: filled }) };
  };
}

/** A struct as a contract returned it, to be changed and given back. */
export const structOf = <T extends object>(output: T): T => (output as unknown as { toObject: () => T }).toObject();

/** A house, and two with 20,000 USD each. */
export async function twoTraders(connection: NetworkConnection): Promise<{
  readonly house: House;
  readonly reader: TestReader;
  readonly alice: Trader;
  readonly bob: Trader;
}> {
  const house = await deployHouse(connection);
  const [, first, second] = await connection.ethers.getSigners();
  return {
    house,
    reader: await readerOf(house),
    alice: await house.openAccount(first!, 0, { usdc: "20000" }),
    bob: await house.openAccount(second!, 0, { usdc: "20000" }),
  };
}

import type { Signer, TransactionReceipt } from "ethers";
import { type CounterpoiseError, decodeError, withDecodedErrors } from "../errors/index.ts";
import type { Names } from "../names.ts";
import { type Fill } from "../orders/types.ts";
import { type Call, encodeCheckOrder } from "./calls.ts";
import { addressOf, HouseError, type HouseReader } from "./house.ts";

/**
 * Sends a call and waits until it is in a block. It is tried out first, so that what the contracts would refuse is thrown as a
 * CounterpoiseError before any gas is spent.
 */
export async function send(signer: Signer, call: Call, names: Names = {}): Promise<TransactionReceipt> {
  return withDecodedErrors(async () => {
    await signer.call(call);
    const transaction = await signer.sendTransaction(call);
    const receipt = await transaction.wait();
    if (receipt === null) throw new HouseError(`Transaction ${transaction.hash} is not in a block.`);
    return receipt;
  }, names);
}

/**
 * Why an order cannot be filled now, or undefined if it can: before margin, open interest and the limits of delegates, which
 * depend on the whole transaction. For order books that drop dead orders.
 */
export async function checkOrder(
  house: HouseReader,
  fill: Fill,
  taker: string,
): Promise<CounterpoiseError | undefined> {
  try {
    await house.caller.call({ to: addressOf(house, "orders"), data: encodeCheckOrder(fill, taker) });
    return undefined;
  } catch (thrown) {
    const error = decodeError(thrown, house.names);
    if (error === undefined) throw thrown;
    return error;
  }
}

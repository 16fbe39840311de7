/** Opens many accounts of one owner, sixteen deposits to a batch. */
import type { House } from "../../deploy/local/house.ts";
import { accountId } from "../../sdk/instruments.ts";

const CALLS = 16;
const ONE_USDC = 1_000_000n;

type Signer = Parameters<House["openAccount"]>[0];

/** Accounts number `from` to `to − 1`, a dollar in each. */
export async function inBatches(house: House, owner: Signer, from: number, to: number): Promise<void> {
  const { clearingHouse, tokens } = house;
  const usdc = await tokens.usdc.getAddress();
  const target = await clearingHouse.getAddress();
  await tokens.usdc.mint(owner.address, BigInt(to - from) * ONE_USDC);
  await tokens.usdc.connect(owner).approve(await clearingHouse.vault(), 2n ** 256n - 1n);
  for (let start = from; start < to; start += CALLS) {
    const numbers = Array.from({ length: Math.min(CALLS, to - start) }, (_, i) => start + i);
    const calls = numbers.map((number) => ({
      target,
      data: clearingHouse.interface.encodeFunctionData("deposit", [accountId(owner.address, number), usdc, ONE_USDC]),
    }));
    await clearingHouse.connect(owner).batch(calls);
  }
}

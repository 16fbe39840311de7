/** What only the owner of a fork can do. Importing this file does nothing. */
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";
import { AbiCoder, Contract, keccak256, toBeHex } from "ethers";

const ETHER = 10n ** 18n;

/** A signer for an account whose key nobody here has. */
export async function impersonate(connection: NetworkConnection, address: string): Promise<HardhatEthersSigner> {
  const { networkHelpers, ethers } = connection;
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, ETHER);
  return ethers.getSigner(address);
}

/** Solidity mappings of balances were found in the first slots of all tokens looked at: USDC has 9, WETH9 has 3. */
const SLOTS_SEARCHED = 64;

/** Gives the holder tokens by writing the balance. Total supply stays as it was. */
export async function dealToken(ethers: HardhatEthers, token: string, holder: string, amount: bigint): Promise<void> {
  const { provider } = ethers;
  const erc20 = new Contract(token, ["function balanceOf(address) view returns (uint256)"], provider);
  const balance = async () => (await erc20.getFunction("balanceOf").staticCall(holder)) as bigint;
  for (let index = 0; index < SLOTS_SEARCHED; index++) {
    const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [holder, index]));
    const before = await provider.getStorage(token, slot);
    await provider.send("hardhat_setStorageAt", [token, slot, toBeHex(amount, 32)]);
    if ((await balance()) === amount) return;
    await provider.send("hardhat_setStorageAt", [token, slot, before]);
  }
  throw new Error(`The balances of ${token} are not in its first ${SLOTS_SEARCHED} slots.`);
}

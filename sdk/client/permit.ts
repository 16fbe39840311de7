/** ERC-2612: approving the vault by a signature instead of a transaction. */
import { Signature, type TypedDataDomain, type TypedDataField } from "ethers";
import { tokenAbi } from "../abi.ts";
import { type HouseReader, read } from "./house.ts";
import { readHouse } from "./read.ts";

/** Part of an ethers signer. */
export interface PermitSigner {
  getAddress(): Promise<string>;
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    message: Record<string, unknown>,
  ): Promise<string>;
}

export interface Permit {
  readonly token: string;
  readonly value: bigint;
  readonly deadline: bigint;
  readonly signature: Signature;
}

const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/**
 * Signs a permit for the vault to take `value` of a token. The nonce is the token's present one, so sign one at a time.
 * @param deadline Unix seconds.
 */
export async function signPermit(
  house: HouseReader,
  signer: PermitSigner,
  token: string,
  value: bigint,
  deadline: bigint | number,
  chainId: bigint | number,
): Promise<Permit> {
  const owner = await signer.getAddress();
  const [spender, [nonce], domain] = await Promise.all([
    readHouse<string>(house, "vault"),
    read(house, token, tokenAbi, "nonces", [owner]),
    permitDomain(house, token, chainId),
  ]);
  const message = { owner, spender, value, nonce: nonce as bigint, deadline: BigInt(deadline) };
  const signature = Signature.from(await signer.signTypedData(domain, PERMIT_TYPES, message));
  return { token, value, deadline: BigInt(deadline), signature };
}

/** As ERC-5267 says it, or by name and version as tokens from before it do: USDC has a version, others count as "1". */
async function permitDomain(house: HouseReader, token: string, chainId: bigint | number): Promise<TypedDataDomain> {
  const where = { chainId, verifyingContract: token };
  try {
    const domain = await read(house, token, tokenAbi, "eip712Domain");
    return { name: domain.getValue("name") as string, version: domain.getValue("version") as string, ...where };
  } catch {
    const [name] = await read(house, token, tokenAbi, "name");
    const version = await read(house, token, tokenAbi, "version").then(
      ([own]) => own as string,
      () => "1",
    );
    return { name: name as string, version, ...where };
  }
}

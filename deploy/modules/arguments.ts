/** Names for types that Ignition keeps to itself. */
import { type buildModule } from "@nomicfoundation/hardhat-ignition/modules";

export type Builder = Parameters<Parameters<typeof buildModule>[1]>[0];
export type Argument = NonNullable<Parameters<Builder["encodeFunctionCall"]>[2]>[number];
export type Artifact = Extract<Parameters<Builder["contractAt"]>[1], { readonly abi: unknown }>;
/** What another step can wait for. */
export type Step = NonNullable<NonNullable<Parameters<Builder["call"]>[3]>["after"]>[number];

/** A read-only struct or list as an argument: Ignition's types want what could be written to. */
export function plain(value: object): Argument {
  return value as Argument;
}

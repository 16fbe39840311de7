import IERC20Metadata from "@openzeppelin/contracts/build/contracts/IERC20Metadata.json" with { type: "json" };
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig, TokenTerms } from "../config/types.ts";
import type { Artifact, Builder } from "./arguments.ts";

/** The tokens: those of the network, and test tokens where it has none. By symbol. */
export function tokensModule(config: HouseConfig) {
  return buildModule("Tokens", (m) => {
    const tokens: Record<string, ReturnType<typeof token>> = {};
    for (const terms of [config.cash, ...config.collaterals]) tokens[terms.symbol] = token(m, terms);
    return tokens;
  });
}

export type TokensModule = ReturnType<typeof tokensModule>;

function token(m: Builder, { symbol, token: source }: TokenTerms) {
  if ("deploy" in source) return m.contract(source.deploy);
  return m.contractAt(symbol, IERC20Metadata as Artifact, source.address);
}

import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { FeedTerms, HouseConfig } from "../config/types.ts";
import { plain, type Step } from "./arguments.ts";
import type { LedgerModule } from "./Ledger.ts";
import { oracle } from "./Oracle.ts";
import type { PermissionsModule } from "./Permissions.ts";
import { risk } from "./Risk.ts";
import type { TokensModule } from "./Tokens.ts";

/** IMarketData.FeedConfig. */
function feedConfig(feed: FeedTerms) {
  const { address, heartbeat, maxDeviationBps, closedFromMinute, closedUntilMinute, minPrice, maxPrice } = feed;
  return { feed: address, heartbeat, maxDeviationBps, closedFromMinute, closedUntilMinute, minPrice, maxPrice };
}

/** Connects risk engine and market data to the ledger and brings in parameters, feeds, perpetuals and collateral. */
export function listingModule(
  config: HouseConfig,
  tokens: TokensModule,
  ledger: LedgerModule,
  permissions: PermissionsModule,
) {
  return buildModule("Listing", (m) => {
    const { clearingHouse, registry } = m.useModule(ledger);
    const { riskEngine } = m.useModule(risk);
    const { marketData } = m.useModule(oracle);
    const erc20 = m.useModule(tokens);
    const after = [permissions];

    const connected = m.call(clearingHouse, "setMarketData", [marketData], { after });
    m.call(clearingHouse, "setRiskEngine", [riskEngine], { after });
    m.call(riskEngine, "setParameters", [plain(config.risk)], { after });
    if (config.sequencer !== null) {
      m.call(marketData, "setSequencerFeed", [config.sequencer.address, config.sequencer.gracePeriod], { after });
    }

    if (config.surfaceSigners !== null) {
      const { signers, threshold } = config.surfaceSigners;
      m.call(marketData, "setSurfaceSigners", [[...signers], threshold], { after });
    }

    m.call(registry, "setFeed", [0, feedConfig(config.cashFeed), config.cashFeed.description], {
      id: `feed_${config.cash.symbol}`,
      after: [connected],
    });
    // Numbers are given in order of listing, so each waits for the one before it.
    let last: Step = connected;
    config.underlyings.forEach(({ symbol, assetClass, feed, perpetual, grid }, i) => {
      const listed = m.call(registry, "listUnderlying", [{ symbol, assetClass }, feedConfig(feed), feed.description], {
        id: `underlying_${symbol}`,
        after: [last],
      });
      m.call(registry, "listPerpetual", [i + 1, plain(perpetual)], { id: `perpetual_${symbol}`, after: [listed] });
      m.call(registry, "setGrid", [i + 1, plain(grid)], { id: `grid_${symbol}`, after: [listed] });
      last = listed;
    });
    let lastToken: Step | undefined;
    for (const { symbol, underlying, decimals, cap, minTopUp } of config.collaterals) {
      lastToken = m.call(
        clearingHouse,
        "listCollateral",
        [{ token: erc20[symbol]!, underlying, decimals, cap, minTopUp }],
        { id: `collateral_${symbol}`, after: lastToken === undefined ? [permissions] : [lastToken] },
      );
    }
    return { clearingHouse };
  });
}

export type ListingModule = ReturnType<typeof listingModule>;

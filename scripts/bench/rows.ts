/** What is measured, the bound it must keep, and the closest published figure of a peer. Gas without the 21,000 base. */
export interface RowDefinition {
  readonly name: string;
  readonly bound: number | null;
  readonly peer: number | null;
  readonly note: string;
}

/** Peers: Derive v2-core at 7736900 (PMRM, measured), Aave v4 (its published snapshots). Null where nobody has the same. */
export const ROWS: readonly RowDefinition[] = [
  {
    name: "margin-check/perp-1",
    bound: 35_000,
    peer: 330_000,
    note: "1 perpetual, cash; Derive PMRM with 1 perpetual",
  },
  { name: "margin-check/perp-8", bound: 110_000, peer: null, note: "8 perpetuals on 8 underlyings, cash" },
  {
    name: "feed-sync/1",
    bound: null,
    peer: null,
    note: "latest round of one genuine Chainlink proxy, accepted and stored",
  },
  { name: "deposit", bound: 110_000, peer: 111_000, note: "USDC into an account with cash; Aave v4 supply" },
  { name: "deposit/open-account", bound: null, peer: null, note: "first deposit: the account is opened" },
  {
    name: "withdraw",
    bound: null,
    peer: 221_000,
    note: "USDC from an account with 1 perpetual; Aave v4 withdraw with a borrow",
  },
  {
    name: "fill/single-leg",
    bound: 330_000,
    peer: 1_450_000,
    note: "both hold the instrument already; Derive PMRM trade",
  },
  { name: "fill/single-leg-opening", bound: null, peer: 1_450_000, note: "first position of both sides" },
  { name: "fill/four-legs", bound: null, peer: null, note: "four perpetuals in one order, both hold them already" },
  {
    name: "liquidate/perp-8",
    bound: null,
    peer: 2_820_000,
    note: "a third of each of 8 positions; Derive bid on 8 options",
  },
];

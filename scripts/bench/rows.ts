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
  { name: "margin-check/options-1", bound: 60_000, peer: 690_000, note: "1 option, 1 perpetual; Derive PMRM" },
  {
    name: "margin-check/options-16",
    bound: 160_000,
    peer: 4_250_000,
    note: "16 strikes over 4 expiries, 1 perpetual; Derive PMRM",
  },
  {
    name: "margin-check/options-64",
    bound: 450_000,
    peer: 14_740_000,
    note: "64 strikes over 6 expiries, 1 perpetual; Derive PMRM",
  },
  {
    name: "margin-check/options-64-pairs",
    bound: null,
    peer: 14_740_000,
    note: "the same with calls and puts at 32 strikes",
  },
  {
    name: "margin-check/options-64x8",
    bound: 700_000,
    peer: null,
    note: "64 options and 8 perpetuals on 8 underlyings, 16 expiries",
  },
  { name: "margin-check/options-16/R30", bound: null, peer: 4_250_000, note: "scan range of 30 % instead of 15 %" },
  { name: "margin-check/options-64/R30", bound: null, peer: 14_740_000, note: "scan range of 30 % instead of 15 %" },
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
    name: "fill/option-on-16",
    bound: 450_000,
    peer: 5_020_000,
    note: "one option between two books of 16; feed reads left out; Derive PMRM trade",
  },
  {
    name: "liquidate/options-64",
    bound: 1_000_000,
    peer: 15_910_000,
    note: "three tenths of four options of a book of 64; feed reads left out; Derive PMRM bid",
  },
  {
    name: "liquidate/perp-8",
    bound: null,
    peer: 2_820_000,
    note: "a third of each of 8 positions; Derive bid on 8 options",
  },
  {
    name: "auction/start-64",
    bound: null,
    peer: null,
    note: "the auction of a book of 64 options without equity; feed reads left out, as in all rows of auctions and deleveraging",
  },
  {
    name: "auction/bid-16",
    bound: null,
    peer: null,
    note: "a whole book of 16 options and a perpetual into an account with cash alone, expiry by expiry; the insurance account pays",
  },
  {
    name: "auction/bid-64",
    bound: 1_500_000,
    peer: 15_910_000,
    note: "the same with 64 options; Derive PMRM bid",
  },
  {
    name: "auction/bid-64/expiry",
    bound: 3_000_000,
    peer: null,
    note: "one expiry of the same book, the least that relieves margin by itself: what anybody can do in one transaction",
  },
  {
    name: "deleverage/step",
    bound: null,
    peer: null,
    note: "a perpetual closed against 4 ranked accounts in two ranks, the insurance account pays first",
  },
  {
    name: "deleverage/step-64",
    bound: null,
    peer: null,
    note: "the same contracts against 64 accounts: the cost does not depend on how many there are",
  },
  {
    name: "expiry/sweep",
    bound: null,
    peer: null,
    note: "one option of each of 16 accounts becomes cash",
  },
  {
    name: "estimate/volatility",
    bound: null,
    peer: null,
    note: "one hour of one underlying: its round proven behind a genuine Chainlink proxy, both slots, the range published",
  },
  {
    name: "estimate/correlation-sample",
    bound: null,
    peer: null,
    note: "one day of one of 16 underlyings: its round proven behind a genuine Chainlink proxy, its return measured",
  },
  {
    name: "estimate/correlation-16",
    bound: null,
    peer: null,
    note: "one day of 16 underlyings in one call: 16 rounds proven, 136 covariances folded, 120 changes looked at",
  },
  {
    name: "estimate/correlation-16/publish",
    bound: null,
    peer: null,
    note: "120 correlations moved towards their targets and published to the risk engine",
  },
];

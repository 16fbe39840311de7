/** One thing that happened to an account. */
export type EntryType =
  | "Deposit"
  | "Withdrawal"
  | "Transfer"
  | "Trade"
  | "Combination"
  | "Fee"
  | "Settlement"
  | "Expiry"
  | "Interest"
  | "Liquidation"
  | "LiquidationFee"
  | "Insurance"
  | "SharedLoss"
  | "Other"
  | "AccruedInterest";

/** USD and cash have 6 decimals, quantities and prices 8, token amounts the token's own. Positive is for the account. */
export interface Entry {
  readonly type: EntryType;
  readonly blockNumber: number;
  /** Unix seconds of the block. */
  readonly timestamp: number;
  /** Empty for what is not booked yet. */
  readonly transaction: string;
  /** Of the event that the entry comes from. */
  readonly logIndex: number;
  /** Change of the account's cash, and its cash after the entry. */
  readonly cash: bigint;
  readonly balance: bigint;
  /** Fee paid; a part of `cash`. */
  readonly fee: bigint;

  // ── positions
  readonly instrument?: bigint;
  /** Contracts received. */
  readonly quantity?: bigint;
  /** Of one contract, without the fee; of an expiry, the settlement price. */
  readonly price?: bigint;
  /** Funding that came due; part of the quote, so it becomes cash with the next settlement. */
  readonly funding?: bigint;
  /** Position after the entry. */
  readonly position?: bigint;
  /** Quote of the position after the entry: what is not settled yet, at a price of zero. Options have none: they are paid at once. */
  readonly quote?: bigint;

  // ── collateral
  /** Number of the asset; 0 for cash. */
  readonly asset?: number;
  readonly amount?: bigint;
  readonly assetBalance?: bigint;

  /** The other account of a trade or liquidation, or the address that tokens came from or went to. */
  readonly counterparty?: string;
  /** Hash of the order that was filled. */
  readonly order?: string;
}

export interface Statement {
  readonly account: string;
  readonly fromBlock: number;
  readonly toBlock: number;
  /** Cash before the first entry. */
  readonly opening: bigint;
  /** Cash after the last one; equal to `cashOf` at `toBlock`. */
  readonly closing: bigint;
  readonly entries: readonly Entry[];
}

/** A ledger event of the account, decoded, in the order of the chain. */
export interface LedgerEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly blockNumber: number;
  readonly transaction: string;
  readonly logIndex: number;
}

/** Events that do not add up to a statement. */
export class StatementError extends Error {
  override readonly name = "StatementError";
}

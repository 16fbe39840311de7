/** One leg of a combination. */
export interface Leg {
  readonly instrument: bigint;
  /** Contracts in one combination, 8 decimals; positive: the signer buys. */
  readonly ratio: bigint;
}

/** An order as IOrderSettlement.Order declares it. Prices and quantities have 8 decimals. */
export interface Order {
  readonly owner: string;
  readonly subaccount: bigint;
  /** The owner, or a delegate of the owner who may trade. */
  readonly signer: string;
  /** The only address that may fill; the zero address: anyone. */
  readonly taker: string;
  readonly legs: readonly Leg[];
  /** Combinations. */
  readonly quantity: bigint;
  /** Most the account pays for one combination; negative: least it must receive. */
  readonly limitPrice: bigint;
  readonly maxFeeBps: bigint;
  /** Index of the first leg's underlying at which the order comes alive; zero: alive at once. */
  readonly triggerPrice: bigint;
  readonly triggerAbove: boolean;
  readonly reduceOnly: boolean;
  /** Unix seconds. */
  readonly expiry: bigint;
  readonly nonce: bigint;
  readonly epoch: bigint;
}

export interface SignedOrder {
  readonly order: Order;
  readonly signature: string;
}

/** A signed order and how many combinations of it to fill. */
export interface Fill extends SignedOrder {
  readonly quantity: bigint;
}

/** Where orders are valid: one settlement contract on one chain. */
export interface SettlementAddress {
  readonly chainId: bigint | number;
  readonly verifyingContract: string;
}

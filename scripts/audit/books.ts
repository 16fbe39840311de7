/** The books as the events tell them: what every account has, added up from nothing. Pure. */

export interface PositionBook {
  quantity: bigint;
  quote: bigint;
}

/** An event that does not fit what came before it: the balance that it reports is not the one added up. */
export interface Misfit {
  readonly event: string;
  readonly account: string;
  readonly block: number;
  readonly reported: bigint;
  readonly replayed: bigint;
}

export class Books {
  /** In the order in which they were opened. */
  readonly accounts: string[] = [];
  readonly cash = new Map<string, bigint>();
  /** How often cash was written: each time it may have been rounded by a unit. */
  cashEvents = 0;
  /** How often a position was brought up to date with compulsory closes: each time it was rounded. */
  closesApplied = 0;
  readonly misfits: Misfit[] = [];
  /** Everything listed: perpetuals, futures and options. */
  readonly instruments = new Set<bigint>();
  /** Lower-case token to its number; zero is cash. */
  readonly assets = new Map<string, number>();
  /** What the vault owes of each asset. */
  readonly custody = new Map<number, bigint>();
  readonly #collateral = new Map<string, Map<number, bigint>>();
  readonly #positions = new Map<string, Map<bigint, PositionBook>>();

  addCash(account: string, amount: bigint): bigint {
    this.cashEvents++;
    const balance = (this.cash.get(account) ?? 0n) + amount;
    this.cash.set(account, balance);
    return balance;
  }

  addCollateral(account: string, asset: number, amount: bigint): bigint {
    const held = entryOf(this.#collateral, account, () => new Map<number, bigint>());
    const balance = (held.get(asset) ?? 0n) + amount;
    held.set(asset, balance);
    return balance;
  }

  addCustody(token: string, amount: bigint): void {
    const asset = this.assets.get(token.toLowerCase());
    if (asset === undefined) throw new Error(`Token ${token} was never listed.`);
    if (asset !== 0) this.custody.set(asset, (this.custody.get(asset) ?? 0n) + amount);
  }

  addCashCustody(amount: bigint): void {
    this.custody.set(0, (this.custody.get(0) ?? 0n) + amount);
  }

  position(account: string, instrument: bigint): PositionBook {
    const held = entryOf(this.#positions, account, () => new Map<bigint, PositionBook>());
    return entryOf(held, instrument, () => ({ quantity: 0n, quote: 0n }));
  }

  /** Those with anything in them. */
  positionsOf(account: string): { readonly instrument: bigint; readonly quantity: bigint; readonly quote: bigint }[] {
    return [...(this.#positions.get(account) ?? [])]
      .map(([instrument, { quantity, quote }]) => ({ instrument, quantity, quote }))
      .filter(({ quantity, quote }) => quantity !== 0n || quote !== 0n);
  }

  collateralOf(account: string, asset: number): bigint {
    return this.#collateral.get(account)?.get(asset) ?? 0n;
  }

  /** Accounts that anything was ever written of. */
  everybody(): string[] {
    return [...new Set([...this.accounts, ...this.cash.keys(), ...this.#collateral.keys(), ...this.#positions.keys()])];
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

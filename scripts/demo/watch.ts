/**
 * Where everybody stands, asked for only where it may matter: an account far above its maintenance margin is looked at again when
 * some price has moved by a percent, and every hour. Whoever is nearer is looked at whenever a feed reports.
 */
import type { Actor } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import type { LowestStanding, Standing } from "./result.ts";

/** Equity over maintenance margin below which an account is looked at every time. */
const NEAR = { numerator: 3n, denominator: 2n };
const FAR_MOVE = 0.01;

export interface Watch {
  /** What was seen last, in the order of the actors. */
  readonly standings: readonly Standing[];
  /** The lowest health that was seen of each. */
  readonly lowest: readonly LowestStanding[];
  /** Margin checks so far. */
  readonly checks: number;
  /** Looks at whom these prices may concern, or at everybody. */
  readonly look: (timestamp: number, prices: readonly number[], everybody: boolean) => Promise<readonly Standing[]>;
}

export function watch(house: DemoHouse, actors: readonly Actor[]): Watch {
  const standings: Standing[] = [];
  const seenAt: (readonly number[])[] = [];
  const lowest: LowestStanding[] = actors.map(() => ({ timestamp: 0, equity: 0n, initial: 0n, maintenance: 0n }));
  let checks = 0;

  const isDue = (i: number, prices: readonly number[]): boolean => {
    const standing = standings[i];
    if (standing === undefined) return true;
    const { equity, maintenance } = standing;
    if (equity * NEAR.denominator < maintenance * NEAR.numerator) return true;
    return prices.some((price, asset) => Math.abs(price / seenAt[i]![asset]! - 1) >= FAR_MOVE);
  };

  return {
    standings,
    lowest,
    get checks() {
      return checks;
    },
    look: async (timestamp, prices, everybody) => {
      const chosen = actors.flatMap((_, i) => (everybody || isDue(i, prices) ? [i] : []));
      const now = [...prices];
      await Promise.all(
        chosen.map(async (i) => {
          const { equity, initial, maintenance } = await house.clearingHouse.marginOf(actors[i]!.account);
          const standing = { equity, initial, maintenance };
          [standings[i], seenAt[i]] = [standing, now];
          if (maintenance > 0n && isLower(standing, lowest[i]!)) lowest[i] = { timestamp, ...standing };
        }),
      );
      checks += chosen.length;
      return [...standings];
    },
  };
}

/** a.equity/a.maintenance < b.equity/b.maintenance, without dividing. */
function isLower(a: Standing, b: LowestStanding): boolean {
  return b.maintenance === 0n || a.equity * b.maintenance < b.equity * a.maintenance;
}

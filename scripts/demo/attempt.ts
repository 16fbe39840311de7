/** What the contracts may refuse, counted instead of thrown: a replay goes on when a trade does not go through. */
import { decodeError } from "../../sdk/errors/index.ts";

export interface Refusals {
  /** Does the work; if the contracts refuse it, counts that and gives undefined. */
  readonly attempt: <T>(what: string, work: () => Promise<T>) => Promise<T | undefined>;
  readonly counted: () => { readonly what: string; readonly count: number }[];
}

export function refusals(): Refusals {
  const counts = new Map<string, number>();
  return {
    attempt: async (what, work) => {
      try {
        return await work();
      } catch (thrown) {
        const error = decodeError(thrown);
        if (error === undefined) throw thrown;
        const key = `${what}: ${error.name}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        return undefined;
      }
    },
    counted: () => [...counts].map(([what, count]) => ({ what, count })),
  };
}

/**
 * What is published about the event and not in its tables. Dollars; of all coins together. Sources: arXiv 2602.15182, table 1 (deficit,
 * need, haircut, overshoot), and arXiv 2512.01112, abstract (overshoot, positions closed beyond the need).
 */
export interface PublishedFigures {
  /** Sum of the losers' deficits over the rounds of the event. */
  readonly deficit: number;
  /** What the winners had to give up, at the prices that were executed. */
  readonly needed: number;
  /** What the queue took from them. */
  readonly haircut: number;
  /** How much of it was beyond the need: from, to. */
  readonly overshoot: readonly [number, number];
  /** Positions that were closed beyond the need. */
  readonly excessPositions: number;
}

export const PUBLISHED: Readonly<Record<string, PublishedFigures>> = {
  "2025-10-10": {
    deficit: 100.1e6,
    needed: 15.1e6,
    haircut: 60.1e6,
    overshoot: [45.0e6, 51.7e6],
    excessPositions: 653.6e6,
  },
};

/**
 * The loss ladder of an underlying in floating point, from the method's own formulas: Black-76 at every node, no table, no packing.
 * It shares nothing with sdk/margin but the words.
 */
import { strikePrice } from "../../sdk/instruments.ts";
import { coveredCallShare } from "../../sdk/options/index.ts";
import { type Exposure, type Portfolio, type Surface, SurfaceStatus } from "../../sdk/types.ts";
import type { Ladder } from "./splitScanSolver.ts";

const LARGEST_FALL = 0.85;

interface Terms {
  readonly forward: number;
  readonly years: number;
  readonly volatility: (strike: number) => number;
  readonly up: number;
  readonly down: number;
}

/** ℓ_u at the nodes inside ±R, at the edges, and no less at the edges than the far nodes say. */
export function plainLadder(portfolio: Portfolio, underlying: number, range: number): Ladder {
  const lowest = -Math.ceil(-Math.log(1 - range) / 0.05 - 1e-9);
  const highest = Math.ceil(Math.log(1 + range) / 0.05 - 1e-9);
  const nodes = Array.from({ length: highest - lowest + 1 }, (_, i) => Math.exp(0.05 * (lowest + i)) - 1);
  const here = portfolio.exposures.filter((e) => e.underlying === underlying);
  const tokens = portfolio.holdings
    .filter((h) => h.underlying === underlying)
    .reduce((sum, h) => sum + (Number(h.amount) * Number(h.price)) / 1e16, 0);
  const value = (move: number, world: "mark" | "up" | "down") =>
    tokens * (1 + move) + here.reduce((sum, e) => sum + valueOf(e, Number(portfolio.now), move, world), 0);
  const mark = value(0, "mark");
  const loss = (move: number) => mark - Math.min(value(move, "up"), value(move, "down"));
  const losses = nodes.map((move) => (move === 0 ? Math.max(loss(move), 0) : loss(move)));

  const fall = 1 - Math.exp(-0.05 * Math.ceil(-Math.log(1 - Math.min(3 * range, LARGEST_FALL)) / 0.05 - 1e-9));
  const rise = Math.exp(0.05 * Math.ceil(Math.log(1 + 3 * range) / 0.05 - 1e-9)) - 1;
  const last = nodes.length - 1;
  const between = (a: number, b: number, at: number) =>
    losses[a]! + ((losses[b]! - losses[a]!) * (at - nodes[a]!)) / (nodes[b]! - nodes[a]!);
  const low = Math.max(between(0, 1, -range), ((mark - value(-fall, "up")) * range) / fall);
  const high = Math.max(between(last - 1, last, range), ((mark - value(rise, "up")) * range) / rise);
  return {
    range,
    moves: [-range, ...nodes.slice(1, last), range],
    losses: [low, ...losses.slice(1, last), high],
  };
}

/** Value of everything in one bucket after a move, in one volatility world. */
function valueOf(exposure: Exposure, now: number, move: number, world: "mark" | "up" | "down"): number {
  const spot = (Number(exposure.price) / 1e8) * (1 + move);
  const quantity = Number(exposure.quantity) / 1e8;
  if (exposure.dated === undefined) return quantity * spot;
  const { surface, options, lotExponent } = exposure.dated;
  const lot = 10 ** (lotExponent - 8);
  const terms = termsOf(surface, Number(exposure.price) / 1e8, exposure.expiryHours * 3_600 - now);
  const forward = terms.forward * (1 + move);
  return options.reduce((sum, { strike: code, calls, puts }) => {
    const strike = Number(strikePrice(code)) / 1e8;
    const shock = world === "mark" ? 1 : terms[world];
    // Sticky strike: the volatility of a strike does not move with the price.
    const w = Math.min(terms.volatility(strike) * Math.sqrt(terms.years) * shock, 2);
    const covered = strike * coveredCallShare(Math.log(forward / strike), w);
    return sum + lot * (Number(calls) * (forward - covered) + Number(puts) * (strike - covered));
  }, quantity * forward);
}

function termsOf(surface: Surface, spot: number, seconds: number): Terms {
  if (surface.status !== SurfaceStatus.Fresh) throw new Error("The plain ladder knows fresh surfaces only.");
  const [forward, days] = [spot * (1 + Number(surface.basis) / 1e6), Math.max(seconds, 0) / 86_400];
  const power = (30 / Math.max(days, 1)) ** (days < 30 ? 0.3 : 0.13);
  const [atm, skew, curvature] = [surface.atmVolatility, surface.skew, surface.curvature].map((v) => Number(v) / 1e6);
  return {
    forward,
    years: days / 365,
    volatility: (strike) => {
      const z = Math.max(-2.5, Math.min(2.5, -Math.log(forward / strike) / (atm! * Math.sqrt(days / 365))));
      return atm! * Math.max(1 + z * (skew! + curvature! * z), 0.2);
    },
    up: 1 + 0.45 * power,
    down: Math.max(1 - 0.3 * power, 0.2),
  };
}

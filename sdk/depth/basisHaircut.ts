/** Twin of contracts/estimation/BasisHaircut.sol, to the last unit; the reasons are there. */
import { BPS, divUp, max, min, sqrtUp } from "../margin/fixedPoint.ts";

const DAY = 86_400n;
const MAX_TIME = 365n * DAY;
const MAX_HAIRCUT_BPS = 9_000n;
const CONFIDENCE = 3n;
const VOLATILITY_PER_BPS = 100n;
/** A token that is worth one of its underlying. */
const PAR = 10n ** 8n;
const CRITICAL_UTILISATION_BPS = 8_000n;
const MAX_UTILISATION_TERM_BPS = 1_500n;

/** T_liq in seconds, rounded up. Values in whole USD. */
export function liquidationTimeUp(valueUsd: bigint, withdrawableUsd: bigint): bigint {
  if (withdrawableUsd === 0n) return valueUsd === 0n ? DAY : MAX_TIME;
  const time = divUp(valueUsd * DAY, withdrawableUsd);
  return min(max(time, DAY), MAX_TIME);
}

/** Basis points, rounded up. @param volatility Daily, 6 decimals. @param time Seconds. */
export function basisHaircutUp(floorBps: bigint, volatility: bigint, time: bigint): bigint {
  const square = divUp(CONFIDENCE * CONFIDENCE * volatility * volatility * time, DAY);
  const haircut = divUp(sqrtUp(square), VOLATILITY_PER_BPS);
  return min(max(haircut, floorBps), MAX_HAIRCUT_BPS);
}

/** Takes off as well what the token has lost against its underlying. @param price 8 decimals; zero if it was never measured. */
export function belowParUp(haircutBps: bigint, price: bigint): bigint {
  if (price === 0n || price >= PAR) return haircutBps;
  return min(BPS - ((BPS - haircutBps) * price) / PAR, MAX_HAIRCUT_BPS);
}

/** Basis points, rounded up. */
export function utilisationTermUp(utilisationBps: bigint): bigint {
  if (utilisationBps <= CRITICAL_UTILISATION_BPS) return 0n;
  const width = BPS - CRITICAL_UTILISATION_BPS;
  const above = min(utilisationBps, BPS) - CRITICAL_UTILISATION_BPS;
  return divUp(MAX_UTILISATION_TERM_BPS * above * above, width * width);
}

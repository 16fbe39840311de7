/** x = ln(F/K) with 30 fraction bits; contracts/risk/Moneyness.sol. */
import { abs, max, WAD } from "./fixedPoint.ts";
import { lnWad } from "./wadMath.ts";

const BITS = 60n;
const HALF = 1n << 59n;
/** ln(10^18), 18 decimals. */
const LN_WAD = 41_446_531_673_892_822_312n;
/** Of artanh(y)/y as a polynomial in y², 60 fraction bits, the highest power first. */
const COEFFICIENTS = [
  225_574_050_519_588_000n,
  84_012_199_689_369_401n,
  171_881_625_008_643_680n,
  230_031_632_328_522_581n,
  384_325_179_142_263_735n,
  1_152_921_337_749_994_808n,
] as const;

export function moneyness(forward: bigint, strike: bigint): bigint {
  const y = ((forward - strike) << BITS) / (forward + strike);
  if (abs(y) > HALF) return ((lnWad((max(forward, 1n) * WAD * WAD) / strike) - LN_WAD) << 30n) / WAD;
  const t = (y * y) >> BITS;
  const ratio = COEFFICIENTS.reduce((sum, coefficient) => coefficient + ((sum * t) >> BITS), 0n);
  return (ratio * y) >> 89n;
}

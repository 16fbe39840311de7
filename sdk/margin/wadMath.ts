/**
 * ln, exp and powers of 18-decimal numbers, equal to the last unit to Solady's FixedPointMathLib, by whose rational approximations
 * (Remco Bloemen, MIT license) the contracts compute them.
 */
import { WAD } from "./fixedPoint.ts";

const EXP_ZERO = -41_446_531_673_892_822_313n;
const EXP_LIMIT = 135_305_999_368_893_231_589n;
const FIVE_TO_18 = 5n ** 18n;
/** ln 2 with 96 fraction bits. */
const LN_2 = 54_916_777_467_707_473_351_141_471_128n;

export class ExpOverflow extends RangeError {
  override readonly name = "ExpOverflow";
}

export class LnWadUndefined extends RangeError {
  override readonly name = "LnWadUndefined";
}

/** eˣ; zero where it is below half a unit. */
export function expWad(x: bigint): bigint {
  if (x <= EXP_ZERO) return 0n;
  if (x >= EXP_LIMIT) throw new ExpOverflow(`exp(${x}) does not fit a signed word`);
  const z = (x << 78n) / FIVE_TO_18;
  const k = ((z << 96n) / LN_2 + (1n << 95n)) >> 96n;
  const r = z - k * LN_2;

  const y = (((r + 1346386616545796478920950773328n) * r) >> 96n) + 57155421227552351082224309758442n;
  let p = y + r - 94201549194550492254356042504812n;
  p = ((p * y) >> 96n) + 28719021644029726153956944680412240n;
  p = p * r + (4385272521454847904659076985693276n << 96n);

  let q = r - 2855989394907223263936484059900n;
  q = ((q * r) >> 96n) + 50020603652535783019961831881945n;
  q = ((q * r) >> 96n) - 533845033583426703283633433725380n;
  q = ((q * r) >> 96n) + 3604857256930695427073651918091429n;
  q = ((q * r) >> 96n) - 14423608567350463180887372962807573n;
  q = ((q * r) >> 96n) + 26449188498355588339934803723976023n;

  return ((p / q) * 3822833074963236453042738258902158003155416615667n) >> (195n - k);
}

/** ln x for x > 0. */
export function lnWad(x: bigint): bigint {
  if (x <= 0n) throw new LnWadUndefined(`ln(${x}) is undefined`);
  const log2 = BigInt(x.toString(2).length - 1);
  const z = (x << 96n) >> log2;

  let p = (((z + 3273285459638523848632254066296n) * z) >> 96n) + 24828157081833163892658089445524n;
  p = ((p * z) >> 96n) + 43456485725739037958740375743393n;
  p = ((p * z) >> 96n) - 11111509109440967052023855526967n;
  p = ((p * z) >> 96n) - 45023709667254063763336534515857n;
  p = ((p * z) >> 96n) - 14706773417378608786704636184526n;
  p = p * z - (795164235651350426258249787498n << 96n);

  let q = z + 5573035233440673466300451813936n;
  q = ((q * z) >> 96n) + 71694874799317883764090561454958n;
  q = ((q * z) >> 96n) + 283447036172924575727196451306956n;
  q = ((q * z) >> 96n) + 401686690394027663651624208769553n;
  q = ((q * z) >> 96n) + 204048457590392012362485061816622n;
  q = ((q * z) >> 96n) + 31853899698501571402653359427138n;
  q = ((q * z) >> 96n) + 909429971244387300277376558375n;

  return (
    ((p / q) * 1677202110996718588342820967067443963516166n +
      16597577552685614221487285958193947469193820559219878177908093499208371n * (log2 - 96n) +
      600920179829731861736702779321621459595472258049074101567377883020018308n) >>
    174n
  );
}

/** x^y for x > 0. */
export function powWad(x: bigint, y: bigint): bigint {
  return expWad((lnWad(x) * y) / WAD);
}

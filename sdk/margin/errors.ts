/** What a margin cannot be computed for. */

/** A portfolio names an underlying that has no parameters. */
export class UnderlyingWithoutParameters extends Error {
  readonly underlying: number;

  constructor(underlying: number) {
    super(`Underlying ${underlying} has no risk parameters.`);
    this.name = "UnderlyingWithoutParameters";
    this.underlying = underlying;
  }
}

/** A portfolio names a collateral asset that has no parameters. */
export class CollateralWithoutParameters extends Error {
  readonly asset: number;

  constructor(asset: number) {
    super(`Collateral asset ${asset} has no risk parameters.`);
    this.name = "CollateralWithoutParameters";
    this.asset = asset;
  }
}

/** A portfolio with an expiry does not say what time it is, or an expiry has no surface. */
export class IncompleteExpiry extends Error {
  override readonly name = "IncompleteExpiry";
}

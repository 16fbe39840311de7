import { expect } from "chai";

/** `closeTo` for floating-point numbers: with Hardhat's matchers loaded, chai's own takes integers only. */
export function expectNear(actual: number, expected: number, tolerance: number): void {
  const message = `expected ${actual} to be within ${tolerance} of ${expected}`;
  expect(Math.abs(actual - expected) <= tolerance, message).to.equal(true);
}

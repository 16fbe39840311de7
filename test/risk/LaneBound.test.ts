import { expect } from "chai";
import { check } from "../support/modelChecker.ts";

describe("LaneBound", () => {
  it("is proved for all inputs: packed lanes of the option table and packed sums never overflow", () => {
    const { proved, unproved } = check("test/risk/LaneBound.sol", "LaneBound");
    expect(unproved).to.deep.equal([]);
    expect(proved.filter((message) => message.includes("Assertion violation")).length).to.equal(14);
  });
});

import { expect } from "chai";
import type { ClosedAccount } from "../../../scripts/deleveraging/load.ts";
import { replayOnChain } from "../../../scripts/deleveraging/on-chain.ts";
import { uniforms } from "../calibrate/synthetic.ts";

/** Of very different sizes and leverages. */
function someAccounts(count: number): ClosedAccount[] {
  const next = uniforms(5);
  return Array.from({ length: count }, (_, i) => ({
    id: String(i),
    notional: 1_000 * 100 ** next(),
    profit: 0,
    leverage: i % 7 === 0 ? undefined : 0.3 * 30 ** next(),
    profitPercent: 0,
    hadNegativeEquity: false,
  }));
}

describe("deleveraging on a chain", () => {
  it("closes every account as the twin says, and takes no more than the deficit", async () => {
    const result = await replayOnChain(someAccounts(30), 0.7, 0.0104);
    expect(result.differences).to.equal(0);
    expect(result.accounts).to.equal(30);
    expect(result.ranks.reduce((sum, members) => sum + members, 0)).to.equal(30);
    expect(result.ranks.filter((members) => members > 0).length, "several ranks").to.be.greaterThan(1);
    expect(result.covered).to.equal(result.coveredByTwin);
    expect(result.covered <= result.deficit).to.equal(true);
    // One unit of price on each contract, of which there are about 1,800.
    expect(result.deficit - result.covered).to.be.within(0n, 50n);
    // Rounded up for each account, by less than a unit.
    expect(result.closed - result.size).to.be.within(0n, 30n);
  });
});

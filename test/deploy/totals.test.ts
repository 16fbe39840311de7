import { expect } from "chai";
import { NETWORKS, readNetworkFile } from "../../deploy/config/network.ts";
import { readParameterFile, selectUnderlyings, underlyingTerms } from "../../deploy/config/risk.ts";

/**
 * Somebody who raises a total (open interest by trading with himself, a token's total by depositing) raises everybody's add-ons at
 * once. The largest rise of maintenance margin is from nothing to the cap: the maintenance share of Y·σ·sqrt(cap / ADV), as a share
 * of notional, or of the tokens' value. docs/depth-and-haircuts.md promises that it is at most this.
 */
const LARGEST_STEP = 0.02;

interface Add {
  readonly maintenanceAddOnBps: number;
  readonly impactFactorBps: number;
}

const rise = ({ maintenanceAddOnBps, impactFactorBps }: Add, sigmaDayBps: number, capUsd: number, advUsd: number) =>
  ((maintenanceAddOnBps / 1e4) * (impactFactorBps / 1e4) * sigmaDayBps * Math.sqrt(capUsd / advUsd)) / 1e4;

const PARAMETER_FILES = ["testnet.json", "event-2020-03.json"];

describe("totals", () => {
  for (const name of PARAMETER_FILES) {
    it(`move nobody's maintenance margin by more than 2 % of notional through open interest: ${name}`, () => {
      const file = readParameterFile(name);
      for (const u of file.underlyings) {
        const price = 100;
        const source = { address: "", description: "", decimals: 8, heartbeat: 1, minPrice: "1", maxPrice: "1000" };
        const { perpetual, grid } = underlyingTerms(file, u.symbol, source, price);
        // Perpetuals stop at the cap of both together; then every expiry can still fill up with futures.
        const contracts = perpetual.openInterestCap + BigInt(grid.maxExpiries) * grid.openInterestCap;
        const capUsd = (Number(contracts) / 1e8) * price;
        expect(rise(file.risk, u.sigmaDayBps, capUsd, Number(u.advUsd)), u.symbol).to.be.lessThan(LARGEST_STEP);
      }
    });
  }

  for (const name of NETWORKS) {
    it(`move nobody's maintenance margin by more than 2 % of a token's value through deposits: ${name}`, () => {
      const network = readNetworkFile(name);
      const symbols = network.underlyings.map(({ symbol }) => symbol);
      const file = selectUnderlyings(readParameterFile(network.risk), symbols);
      expect(PARAMETER_FILES).to.include(network.risk);
      for (const { symbol, cap } of network.collaterals) {
        const token = file.collaterals.find((collateral) => collateral.symbol === symbol)!;
        const { referencePrice } = network.underlyings.find((u) => u.symbol === token.underlying)!;
        const capUsd = Number(cap) * Number(referencePrice);
        expect(rise(file.risk, token.sigmaDayBps, capUsd, Number(token.advUsd)), symbol).to.be.lessThan(LARGEST_STEP);
      }
    });
  }

  it("would move it by more with a quarter of the cap in each expiry", () => {
    const file = readParameterFile("testnet.json");
    const link = file.underlyings.find(({ symbol }) => symbol === "LINK")!;
    const capUsd = Number(link.openInterestCapUsd) * (1 + 16 / 4);
    expect(rise(file.risk, link.sigmaDayBps, capUsd, Number(link.advUsd))).to.be.greaterThan(LARGEST_STEP);
  });
});

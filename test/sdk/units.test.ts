import { expect } from "chai";
import {
  formatBps,
  formatDecimal,
  formatPrice,
  formatUsd,
  parseDecimal,
  parsePercent,
  parsePrice,
  parseQuantity,
  parseUsd,
  UnitError,
} from "../../sdk/units.ts";

describe("units", () => {
  describe("parseDecimal", () => {
    it("scales by the decimals of the unit", () => {
      expect(parsePrice("3000")).to.equal(300_000_000_000n);
      expect(parseQuantity("0.00000001")).to.equal(1n);
      expect(parseUsd("-12.5")).to.equal(-12_500_000n);
      expect(parseUsd("+0.000001")).to.equal(1n);
      expect(parsePrice(3000.25)).to.equal(300_025_000_000n);
      expect(parseDecimal("7", 0)).to.equal(7n);
    });

    it("reads percentages as basis points", () => {
      expect(parsePercent("0.05")).to.equal(5n);
      expect(parsePercent("100 %")).to.equal(10_000n);
      expect(formatBps(5n)).to.equal("0.05 %");
    });

    it("refuses what it would have to round", () => {
      expect(() => parseUsd("0.0000001")).to.throw(
        UnitError,
        'The amount in USD "0.0000001" has more than 6 decimals.',
      );
      expect(() => parsePrice(0.1 + 0.2)).to.throw(UnitError, "has more than 8 decimals");
    });

    it("refuses what is not a plain decimal number", () => {
      for (const text of ["", " ", "1,000", "1e3", "0x10", ".5", "5.", "--1", "NaN"]) {
        expect(() => parsePrice(text), text).to.throw(UnitError, `The price "${text}" is not a decimal number`);
      }
      expect(() => parsePrice(1e21)).to.throw(UnitError, "is not a decimal number");
    });
  });

  describe("formatDecimal", () => {
    it("writes the shortest text", () => {
      expect(formatPrice(300_000_000_000n)).to.equal("3000");
      expect(formatUsd(-1n)).to.equal("-0.000001");
      expect(formatUsd(0n)).to.equal("0");
      expect(formatDecimal(120n, 0)).to.equal("120");
      expect(formatUsd(1_230_000n)).to.equal("1.23");
    });

    it("is read back exactly", () => {
      for (const value of [0n, 1n, -1n, 99_999_999n, 100_000_000n, -100_000_001n, 1n << 200n, -(1n << 200n)]) {
        expect(parsePrice(formatPrice(value))).to.equal(value);
      }
    });
  });
});

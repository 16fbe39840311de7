import { expect } from "chai";
import { demoExpiries, strikeNear } from "../../../scripts/demo/listing.ts";

const hours = (day: string): number => Date.parse(`${day}T08:00:00Z`) / 3_600_000;

describe("listing", () => {
  describe("demoExpiries", () => {
    it("gives three Fridays and two month ends after them", () => {
      const expected = ["2020-03-13", "2020-03-20", "2020-03-27", "2020-04-24", "2020-05-29"].map(hours);
      expect(demoExpiries(Date.parse("2020-03-12T00:00:00Z") / 1_000)).to.deep.equal(expected);
    });

    it("does not give the Friday that is today", () => {
      expect(demoExpiries(Date.parse("2020-03-13T00:00:00Z") / 1_000)[0]).to.equal(hours("2020-03-20"));
    });
  });

  describe("strikeNear", () => {
    const cases: readonly (readonly [number, string])[] = [
      // The largest of 1, 2, 5 · 10^k within 2.5 %: 100 at 7,379, 200 at 8,411, 2 at 194.61, 5 at 214.07, 0.005 at 0.208.
      [7_379.1, "7400"],
      [8_410.6, "8400"],
      [194.61, "194"],
      [214.07, "215"],
      [0.20813, "0.210"],
    ];
    for (const [price, strike] of cases) {
      it(`of ${price} is ${strike}`, () => expect(strikeNear(price)).to.equal(strike));
    }
  });
});

import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listEvents, loadEvent } from "../../scripts/shared/events.ts";

describe("events", () => {
  describe("loadEvent", () => {
    it("loads the crash of March 2020 with its known prices", () => {
      const { description, rows } = loadEvent("2020-03");
      expect(description.assets).to.deep.equal(["BTC", "ETH", "BNB", "XRP", "ADA", "LTC", "LINK", "BCH"]);
      expect(rows).to.have.length(49);
      expect(rows[0]!.timestamp).to.equal(Date.parse("2020-03-12T00:00Z") / 1000);
      // Hourly closes widely reported: bitcoin near 7,900 before the crash, below 5,000 a day later.
      expect(rows[0]!.closes[0]).to.be.within(7_800, 8_000);
      expect(rows[24]!.closes[0]).to.be.within(4_600, 5_000);
    });

    it("names the events there are when asked for another", () => {
      expect(listEvents()).to.include("2020-03");
      expect(() => loadEvent("1987-10"))
        .to.throw('There is no event "1987-10". Events: ')
        .with.property("message")
        .that.includes("2020-03");
      expect(() => loadEvent("../secrets")).to.throw("There is no event");
    });

    describe("of a broken table", () => {
      let folder: string;
      const description = {
        name: "x",
        title: "t",
        from: "2020-01-01T00:00:00Z",
        until: "2020-01-01T01:00:00Z",
        intervalSeconds: 3600,
        timestamp: "close",
        venue: "v",
        unit: "USDT per unit",
        assets: ["A"],
        source: "s",
      };
      const load =
        (csv: string, over: object = {}) =>
        () => {
          writeFileSync(join(folder, "x.json"), JSON.stringify({ ...description, ...over }));
          writeFileSync(join(folder, "x.csv"), csv);
          return loadEvent("x", folder);
        };

      before(() => (folder = mkdtempSync(join(tmpdir(), "events-"))));
      after(() => rmSync(folder, { recursive: true }));

      it("accepts it once it is whole", () => {
        expect(load("timestamp,A\n1577836800,1.5\n1577840400,2\n")().rows.map(({ closes }) => closes)).to.deep.equal([
          [1.5],
          [2],
        ]);
      });

      it("never carries a price over a blank", () => {
        expect(load("timestamp,A\n1577836800,1\n1577840400,\n")).to.throw(
          "Line 3 of x.csv: A has no price. Prices are never carried forward.",
        );
      });

      it("says which row is missing, or what does not fit", () => {
        expect(load("timestamp,A\n1577836800,1\n")).to.throw(
          "x.csv needs 2 rows from 2020-01-01T00:00:00Z to 2020-01-01T01:00:00Z, it has 1",
        );
        expect(load("timestamp,A\n1577836800,1\n1577840401,1\n")).to.throw("Line 3 of x.csv must be of 1577840400");
        expect(load("timestamp,B\n")).to.throw('x.csv must begin with "timestamp,A"');
        expect(load("timestamp,A\n", { venue: "" })).to.throw("x.json: venue must be text");
      });
    });
  });
});

import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { calibrationRequest } from "../../scripts/calibrate/options.ts";
import { calibrate, formatParameters } from "../../scripts/calibrate/parameter-file.ts";
import { parseParameters } from "../../sdk/parameters.ts";
import type { ParameterFile } from "../../sdk/parameters.ts";
import { DAYS, syntheticPanels } from "./calibrate/synthetic.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

describe("calibrate", () => {
  let folder: string;
  const assumption =
    '{"assetClass":"fx","sigmaDaily":0.006,"sigmaStress":0.01,"sigmaLongRun":0.006,"advUsd":1e8,"reason":"A test."}';
  const line = (over: object = {}) => ({
    data: folder,
    until: "2019-03-12",
    assets: "A,B,XAU,EUR",
    proxy: ["XAU=C"],
    assume: [`EUR=${assumption}`],
    ...over,
  });
  const run = (over: object = {}): ParameterFile => calibrate(calibrationRequest(line(over)));

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "calibrate-"));
    mkdirSync(join(folder, "spot"));
    const { close, volume } = syntheticPanels((DAYS + 5) * 24);
    writeFileSync(join(folder, "spot/hourly_close.csv.gz"), gzipSync(close));
    writeFileSync(join(folder, "spot/hourly_volume.csv.gz"), gzipSync(volume));
  });

  after(() => rmSync(folder, { recursive: true }));

  it("writes what the reader of parameter files accepts", () => {
    const { underlyings, correlation, provenance } = parseParameters(formatParameters(run()));
    expect(underlyings.map(({ symbol }) => symbol)).to.deep.equal(["A", "B", "XAU", "EUR"]);
    expect(underlyings[2]).to.deep.include({
      assetClass: "metal",
      marketHours: { closedFromMinute: 7_020, closedUntilMinute: 10_020 },
    });
    expect(underlyings[3]!.estimates.observations).to.equal(0);
    expect(correlation.rows.slice(2)).to.deep.equal([
      [0, 0],
      [0, 0, 0],
    ]);
    expect(provenance.notes.join()).to.include("those of C").and.to.include("EUR is assumed");
    expect(JSON.stringify(provenance)).not.to.include(folder);
  });

  it("gives the same bytes twice, also from a separate process", () => {
    const text = formatParameters(run());
    expect(formatParameters(run())).to.equal(text);
    const out = join(folder, "out/parameters.json");
    const options = [
      "--data",
      folder,
      "--until",
      "2019-03-12",
      "--assets",
      "A,B,XAU,EUR",
      "--proxy",
      "XAU=C",
      "--assume",
      `EUR=${assumption}`,
      "--out",
      out,
    ];
    const { status, stderr } = spawnSync(process.execPath, ["scripts/calibrate.ts", ...options], {
      cwd: REPOSITORY,
      encoding: "utf8",
    });
    expect(status, stderr).to.equal(0);
    expect(readFileSync(out, "utf8")).to.equal(text);
  });

  it("does not look past --until", () => {
    const { close, volume } = syntheticPanels(DAYS * 24);
    const short = mkdtempSync(join(tmpdir(), "calibrate-"));
    try {
      mkdirSync(join(short, "spot"));
      writeFileSync(join(short, "spot/hourly_close.csv.gz"), gzipSync(close));
      writeFileSync(join(short, "spot/hourly_volume.csv.gz"), gzipSync(volume));
      const [cut, longer] = [run({ data: short }), run()];
      expect(cut.underlyings).to.deep.equal(longer.underlyings);
      expect(cut.correlation).to.deep.equal(longer.correlation);
    } finally {
      rmSync(short, { recursive: true });
    }
  });

  it("refuses an asset that hardly trades", () => {
    const thin = mkdtempSync(join(tmpdir(), "calibrate-"));
    try {
      mkdirSync(join(thin, "spot"));
      const { close, volume } = syntheticPanels((DAYS + 5) * 24);
      writeFileSync(join(thin, "spot/hourly_close.csv.gz"), gzipSync(close));
      writeFileSync(join(thin, "spot/hourly_volume.csv.gz"), gzipSync(volume.replaceAll("1000000.00", "1.00000000")));
      expect(() => run({ data: thin, assets: "A", proxy: [], assume: [] })).to.throw(
        " USD a day, too little to carry any open interest",
      );
    } finally {
      rmSync(thin, { recursive: true });
    }
  });

  it("says in a sentence what is wrong", () => {
    expect(() => run({ assets: "A,D", proxy: [], assume: [] })).to.throw("has no column D");
    expect(() => run({ assets: "A,A" })).to.throw("--assets lists A twice");
    expect(() => run({ assets: "A" })).to.throw("--proxy names XAU, which is not in --assets");
    expect(() => run({ proxy: ["XAU"] })).to.throw("--proxy must look like --proxy XAU=PAXG");
    expect(() => run({ assume: ['EUR={"assetClass":"fx"}'] })).to.throw(
      "--assume EUR: sigmaDaily must be a positive number",
    );
    expect(() => run({ assume: ["EUR=nowhere.json"] })).to.throw("--assume EUR: there is no file nowhere.json");
    expect(() => run({ data: join(folder, "nowhere") })).to.throw(
      "There is no spot/hourly_close.csv.gz in the folder given with --data",
    );
    expect(() => run({ until: "2018-01-01" })).to.throw("choose a later --until");
  });
});

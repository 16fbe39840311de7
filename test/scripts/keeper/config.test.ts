import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigError, parseConfig, readConfig, readKey } from "../../../scripts/keeper/config.ts";
import { emptyState, loadState, saveState } from "../../../scripts/keeper/state.ts";

const OWNER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const LEAST = {
  rpc: "http://127.0.0.1:8545",
  chainId: 31_337,
  liquidator: { owner: OWNER.toLowerCase() },
  gas: { maxFeeGwei: 50, native: { underlying: 2 } },
};
const parse = (change: Readonly<Record<string, unknown>> = {}) =>
  parseConfig(JSON.stringify({ ...LEAST, ...change }), "/etc/keeper/keeper.json");

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as Error).message;
  }
  return "";
};

describe("keeper: configuration", () => {
  describe("parseConfig", () => {
    it("fills in what the least configuration leaves out", () => {
      const config = parse();
      expect(config.liquidator).to.deep.equal({ owner: OWNER, number: 0 });
      expect(config.stateFile, "beside the configuration").to.equal("/etc/keeper/keeper-state.json");
      expect(config.metrics).to.deep.equal({ port: 9_464 });
      expect(config.gas).to.deep.include({ replaceAfterSeconds: 30, maxInFlight: 4, limitPercent: 125 });
      expect(config.jobs.liquidations).to.deep.include({ enabled: true, minProfitUsd: 1, nearBps: 50 });
      expect(config.jobs.feeds).to.deep.include({ enabled: true, deviationBps: 25, maxLagSeconds: 900 });
      expect(parse({ jobs: { feeds: { enabled: false } } }).jobs.feeds).to.deep.include({
        enabled: false,
        deviationBps: 25,
      });
    });

    it("says where and what is wrong, all at once", () => {
      const message = messageOf(() =>
        parse({
          rpc: "localhost",
          liquidator: { owner: "0x123" },
          gas: { maxFeeGwei: -1 },
          jobs: { feeds: { deviationBps: "25" } },
        }),
      );
      expect(message.split("\n")).to.have.members([
        "/etc/keeper/keeper.json cannot be used:",
        "  rpc: is not a URL",
        "  liquidator.owner: is not an address",
        "  gas.maxFeeGwei: Number must be greater than 0",
        "  gas.native: Invalid input",
        "  jobs.feeds.deviationBps: Expected number, received string",
      ]);
    });

    it("refuses what it does not know, so that a slip does not go unnoticed", () => {
      expect(messageOf(() => parse({ pollSecond: 1 }))).to.contain(
        "(file): Unrecognized key(s) in object: 'pollSecond'",
      );
      expect(messageOf(() => parse({ jobs: { liquidation: {} } }))).to.contain("jobs: Unrecognized key(s)");
      expect(messageOf(() => parse({ privateKey: "0x12" }))).to.contain("'privateKey'");
    });

    it("refuses what is not JSON", () => {
      expect(messageOf(() => parseConfig("{ rpc: 1 }", "keeper.json"))).to.match(/^keeper\.json is not JSON: /);
    });
  });

  describe("readConfig", () => {
    it("says which file is missing", () => {
      expect(messageOf(() => readConfig("/nowhere/keeper.json"))).to.equal(
        "/nowhere/keeper.json cannot be read. Give the file with --config; docs/keeper.md has an example.",
      );
    });
  });

  describe("readKey", () => {
    it("wants a key and never repeats it", () => {
      expect(messageOf(() => readKey({}))).to.equal(
        "Set COUNTERPOISE_KEEPER_KEY to the private key that sends transactions, or use --dry-run.",
      );
      const wrong = messageOf(() => readKey({ COUNTERPOISE_KEEPER_KEY: "0xsecret" }));
      expect(wrong).to.equal("COUNTERPOISE_KEEPER_KEY is not a private key: 0x and 64 hex digits.");
      const key = `0x${"1".repeat(64)}`;
      expect(readKey({ COUNTERPOISE_KEEPER_KEY: key })).to.equal(key);
    });
  });

  describe("loadState", () => {
    const house = { chainId: 31_337, clearingHouse: OWNER };
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "keeper-state-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("gives back what was saved, and nothing where nothing was", () => {
      const path = join(folder, "state.json");
      expect(loadState(path, house)).to.deep.equal(emptyState(house));
      const account = `0x${"ab".repeat(32)}`;
      const state = { ...emptyState(house), accounts: [account], checkpoints: [{ number: 7, hash: account }] };
      saveState(path, state);
      expect(loadState(path, house)).to.deep.equal(state);
    });

    it("refuses the state of another house, and what is not a state", () => {
      const path = join(folder, "other.json");
      saveState(path, emptyState({ ...house, chainId: 1 }));
      expect(messageOf(() => loadState(path, house))).to.equal(
        `${path} belongs to clearing house ${OWNER} on chain 1, not to ${OWNER} on chain 31337. Give another stateFile.`,
      );
      writeFileSync(path, "{");
      expect(messageOf(() => loadState(path, house))).to.equal(
        `${path} is not a state file of this version. Remove it: everything in it can be read again.`,
      );
    });
  });
});

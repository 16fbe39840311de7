import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { network } from "hardhat";
import { readParameterFile } from "../../../deploy/config/risk.ts";
import type { RoleHolders } from "../../../deploy/config/types.ts";
import { deployHouse } from "../../../deploy/local/house.ts";
import { HELD_ROLES, ROLES } from "../../../deploy/roles.ts";
import type { Batch } from "../../../scripts/calibrate/diff/batch.ts";
import { isChanged } from "../../../scripts/calibrate/diff/compare.ts";
import { deployedByFile, deployedOnChain } from "../../../scripts/calibrate/diff/deployed.ts";
import { diffRequest } from "../../../scripts/calibrate/diff/options.ts";
import { diffText } from "../../../scripts/calibrate/diff/print.ts";
import { differenceOf, proposeBatch } from "../../../scripts/calibrate/diff/run.ts";
import type { ParameterFile } from "../../../sdk/parameters.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const LIMITS = { share: 0.25, correlation: 0.12 };
const DELAY = 86_400;

/** Ranges, a correlation, a haircut and the cap of one perpetual are others. */
function revised(file: ParameterFile): ParameterFile {
  return {
    ...file,
    risk: { ...file.risk, vegaBps: file.risk.vegaBps + 100 },
    underlyings: file.underlyings.map((u) =>
      u.symbol === "ETH" ? { ...u, scanRangeBps: 3_000, openInterestCapUsd: "1000000" } : u,
    ),
    correlation: { ...file.correlation, rows: file.correlation.rows.map((row, i) => (i === 1 ? [50] : row)) },
    collaterals: file.collaterals.map((c) => (c.symbol === "WBTC" ? { ...c, basisHaircutBps: 300 } : c)),
  };
}

function onlyOf(file: ParameterFile, count: number): ParameterFile {
  return {
    ...file,
    underlyings: file.underlyings.slice(0, count),
    correlation: { ...file.correlation, rows: file.correlation.rows.slice(0, count) },
  };
}

describe("calibrate diff", () => {
  const current = onlyOf(readParameterFile("event-2020-03.json"), 2);
  const wanted = revised(current);

  describe("compare", () => {
    it("finds nothing between a file and itself", () => {
      const { changes } = differenceOf(current, deployedByFile(current), LIMITS);
      expect(changes.filter(isChanged)).to.deep.equal([]);
      // 14 for all, 5 of each underlying, a correlation, 4 of each token, 4 of each perpetual.
      expect(changes).to.have.length(14 + 2 * 5 + 1 + 2 * 4 + 2 * 4);
    });

    it("says per parameter what changes by how much, and marks the large steps", () => {
      const { changes } = differenceOf(wanted, deployedByFile(current), LIMITS);
      const told = changes.filter(isChanged).map(({ name, change, isLargeStep }) => [name, change, isLargeStep]);
      const [eth] = current.underlyings.slice(1);
      const correlation = (50 - current.correlation.rows[1]![0]!) / 127;
      expect(told).to.deep.equal([
        ["all vegaBps", 1_600 / 1_500 - 1, false],
        ["ETH scanRangeBps", 3_000 / eth!.scanRangeBps - 1, true],
        ["ETH/BTC correlation", correlation, true],
        ["WBTC basisHaircutBps", 0.5, true],
        ["ETH-PERP openInterestCap", 1_000_000 / Number(eth!.openInterestCapUsd) - 1, true],
      ]);
    });

    it("marks what was zero", () => {
      const none = deployedByFile({ ...current, risk: { ...current.risk, datedBasisBps: 0 } });
      const { changes } = differenceOf(current, none, LIMITS);
      expect(changes.find(({ name }) => name === "all datedBasisBps")).to.include({
        change: Infinity,
        isLargeStep: true,
      });
    });

    it("compares by name whatever the order of the file", () => {
      const deployed = deployedByFile(current);
      const reversed = {
        ...current,
        underlyings: [...current.underlyings].reverse(),
        correlation: current.correlation,
      };
      expect(differenceOf(reversed, deployed, LIMITS).changes.filter(isChanged)).to.deep.equal([]);
    });

    it("leaves a cap alone that only the price has moved a little", () => {
      const deployed = deployedByFile(current);
      const at = (price: bigint) => ({ ...deployed, prices: deployed.prices.map(() => price) });
      expect(differenceOf(current, at(104_000_000n), LIMITS).changes.filter(isChanged)).to.deep.equal([]);
      const names = differenceOf(current, at(110_000_000n), LIMITS)
        .changes.filter(isChanged)
        .map(({ name }) => name);
      expect(names).to.deep.equal(["BTC-PERP openInterestCap", "ETH-PERP openInterestCap"]);
    });

    it("needs everything that is listed", () => {
      const deployed = deployedByFile(current);
      expect(() => differenceOf(onlyOf(current, 1), deployed, LIMITS)).to.throw(
        "The file has no underlying ETH, which is listed",
      );
      expect(() => differenceOf({ ...current, collaterals: [] }, deployed, LIMITS)).to.throw(
        "The file has no collateral WETH, which is listed",
      );
    });
  });

  describe("on a chain", () => {
    async function setting() {
      const connection = await network.create();
      const [deployer, risk] = await connection.ethers.getSigners();
      const roles = Object.fromEntries(
        ["ADMIN", ...HELD_ROLES].map((role) => [
          role,
          role === "RISK" ? { address: risk!.address, delay: DELAY } : { address: null, delay: 0 },
        ]),
      ) as unknown as RoleHolders;
      const house = await deployHouse(connection, { parameters: current, roles });
      const clearingHouse = await house.clearingHouse.getAddress();
      const reader = { caller: connection.ethers.provider, addresses: { clearingHouse } };
      const read = () => deployedOnChain(reader, ["WETH", "WBTC"]);
      const { chainId } = await connection.ethers.provider.getNetwork();
      const propose = async (holder: string, file = wanted): Promise<Batch> => {
        const deployed = await read();
        return proposeBatch(reader, chainId, holder, deployed, differenceOf(file, deployed, LIMITS), "A test.");
      };
      return { connection, house, deployer: deployer!, risk: risk!, read, propose };
    }

    it("reads what was deployed", async () => {
      const { connection, read } = await setting();
      const deployed = await read();
      expect(deployed.listed.underlyings).to.deep.equal(["BTC", "ETH"]);
      expect(differenceOf(current, deployed, LIMITS).changes.filter(isChanged)).to.deep.equal([]);
      await connection.close();
    });

    it("compares with what the risk role set, and tells what is in force beside it", async () => {
      const { connection, house, deployer, read } = await setting();
      const before = differenceOf(wanted, await read(), LIMITS).changes;
      expect(before.filter(({ inForce }) => inForce !== undefined)).to.deep.equal([]);
      await house.accessManager.grantRole(ROLES.ESTIMATOR, deployer, 0);
      const { scanRangeBps, sigmaDayBps } = current.underlyings[1]!;
      const engine = await connection.ethers.getContractAt("IAdaptiveRisk", house.riskEngine);
      await engine.publishRange(2, scanRangeBps * 2, sigmaDayBps, await farFuture());
      await connection.networkHelpers.time.increase(3_600);

      const { changes } = differenceOf(wanted, await read(), LIMITS);
      expect(changes.map(({ inForce: _, ...own }) => own)).to.deep.equal(before);
      const moved = changes.filter(({ inForce }) => inForce !== undefined);
      const step = Math.floor(scanRangeBps / 50);
      expect(moved.map(({ name, inForce }) => [name, inForce])).to.deep.equal([
        ["ETH scanRangeBps", BigInt(scanRangeBps + step)],
      ]);
      const text = diffText(changes, [], LIMITS, false);
      expect(text).to.match(/Deployed │ +In force │ +Proposed/);
      expect(text).to.match(/ETH scanRangeBps +│ +2125 │ +2167 │ +3000 │ +\+41\.2 % │ large/);
      await connection.close();

      async function farFuture(): Promise<number> {
        return (await connection.networkHelpers.time.latest()) + 864_000;
      }
    });

    it("brings exactly the proposal into force, by the risk role and after its delay", async () => {
      const { connection, risk, read, propose, house } = await setting();
      const batch = await propose(risk.address);
      const manager = await house.accessManager.getAddress();
      expect(batch).to.deep.include({ accessManager: manager, holder: risk.address, delaySeconds: DELAY });
      expect(batch.role).to.deep.equal({ name: "RISK", number: Number(ROLES.RISK) });
      expect(batch.calls.map((call) => [call.step, call.function])).to.deep.equal([
        ["schedule", "setParameters"],
        ["schedule", "setPerpetualTerms"],
        ["execute", "setParameters"],
        ["execute", "setPerpetualTerms"],
      ]);
      expect(batch.calls[0]!.description).to.include("ETH scanRangeBps 2125 → 3000").and.include("vegaBps 1500 → 1600");
      expect(batch.calls[1]!.description).to.match(/^Announce: Set the terms of ETH-PERP openInterestCap \d+ → \d+\.$/);

      const send = ({ to, data, value }: Batch["calls"][number]) =>
        risk.sendTransaction({ to, data, value: BigInt(value) });
      const [schedule, execute] = (["schedule", "execute"] as const).map((step) =>
        batch.calls.filter((call) => call.step === step),
      );
      for (const call of schedule!) await send(call);
      const [set] = execute!;
      const id = await house.accessManager.hashOperation(risk, set!.target, managerData(set!.data));
      await expect(send(set!)).to.be.revertedWithCustomError(house.accessManager, "AccessManagerNotReady").withArgs(id);
      await connection.networkHelpers.time.increase(DELAY);
      for (const call of execute!) await send(call);

      const deployed = await read();
      const { proposed, changes } = differenceOf(wanted, deployed, LIMITS);
      expect(changes.filter(isChanged)).to.deep.equal([]);
      expect(deployed.risk).to.deep.equal(proposed.risk);
      expect(deployed.perpetuals).to.deep.equal(proposed.perpetuals);
      expect(deployed.risk.underlyings[1]!.scanRangeBps).to.equal(3_000n);
      expect(deployed.risk.correlations).to.deep.equal([50n]);
      // A million dollars at 200, 8 decimals.
      expect(deployed.perpetuals[1]!.openInterestCap).to.equal(5_000n * 10n ** 8n);
      await connection.close();

      function managerData(data: string): string {
        return house.accessManager.interface.decodeFunctionData("execute", data)[1] as string;
      }
    });

    it("announces nothing for a holder without delay, and refuses who is no holder", async () => {
      const { connection, deployer, risk, propose, house } = await setting();
      let message = "";
      await propose(deployer.address).catch((error: Error) => (message = error.message));
      expect(message).to.equal(`${deployer.address} does not hold the risk role.`);
      await house.accessManager.grantRole(ROLES.RISK, deployer, 0);
      const batch = await propose(deployer.address);
      expect(batch.calls.map(({ step }) => step)).to.deep.equal(["execute", "execute"]);
      expect(batch.delaySeconds).to.equal(0);
      expect((await propose(risk.address, current)).calls).to.deep.equal([]);
      await connection.close();
    });
  });

  describe("the command", () => {
    let folder: string;
    const run = (...args: string[]) => {
      const command = ["scripts/calibrate.ts", "diff", ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
      return { status, stdout, stderr };
    };
    const write = (name: string, file: ParameterFile): string => {
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify(file));
      return path;
    };

    before(() => (folder = mkdtempSync(join(tmpdir(), "diff-"))));
    after(() => rmSync(folder, { recursive: true }));

    it("prints parameters, effects and a verdict", () => {
      const { status, stdout, stderr } = run(
        ...["--file", write("after.json", wanted), "--against", write("before.json", current)],
      );
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
      expect(stdout).to.match(/ETH scanRangeBps +│ +2125 │ +3000 │ +\+41\.2 % │ large/);
      expect(stdout).to.match(/haircut of WBTC, basis and protocol, % +│ +3\.5 │ +4\.5 │/);
      expect(stdout).to.match(/smallest eigenvalue of the correlations +│ +0\.\d+ │ +0\.6063 │/);
      expect(stdout).to.include("5 of 41 parameters change, 4 by more than 25 % of themselves");
    });

    it("says in a sentence what is wrong", () => {
      const file = join(ROOT, "deploy/parameters/testnet.json");
      const cases: [string[], string][] = [
        [["--file", "nowhere.json", "--against", file], "There is no file nowhere.json.\n"],
        [["--file", file], "Give either --against with a file, or --rpc with --clearing-house.\n"],
        [["--file", file, "--against", file, "--step", "x"], '--step must be a positive number, not "x".\n'],
      ];
      for (const [args, sentence] of cases) {
        expect(run(...args)).to.deep.equal({ status: 1, stdout: "", stderr: sentence });
      }
      expect(readFileSync(file, "utf8")).to.include("Public test networks.");
    });
  });

  describe("diffRequest", () => {
    const house = `0x${"1".repeat(40)}`;
    const line = { file: "f", step: "25", correlationStep: "0.12" };
    const cases: [object, string][] = [
      [{ rpc: "https://a.example" }, "--rpc needs --clearing-house with its address."],
      [{ rpc: "node", clearingHouse: house }, '--rpc must be an address like https://example.org, not "node".'],
      [
        { rpc: "https://a.example", clearingHouse: "0x1" },
        '--clearing-house must be an address like 0x1234…, not "0x1".',
      ],
      [{ against: "a", batch: "b" }, "--batch needs --rpc: the transactions are for that chain."],
      [
        { rpc: "https://a.example", clearingHouse: house, batch: "b" },
        "--batch needs --holder, who has the risk role and will send it.",
      ],
    ];
    for (const [over, sentence] of cases) {
      it(`says: ${sentence}`, () => expect(() => diffRequest({ ...line, ...over })).to.throw(sentence));
    }
  });
});

/** The audit of a house that traders have used, on a chain in this process, and the command in a process of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { toBeHex, zeroPadValue } from "ethers";
import type { SnapshotRestorer } from "@nomicfoundation/hardhat-network-helpers/types";
import { optionDesk } from "../../deploy/local/options.ts";
import type { House } from "../../deploy/local/house.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { type AuditReport, runAudit } from "../../scripts/audit/run.ts";
import { future, option, systemAccounts } from "../../sdk/instruments.ts";
import { newHouse } from "../support/house.ts";
import { type RpcServer, serveRpc } from "../support/rpcServer.ts";

const COMMAND = fileURLToPath(new URL("../../scripts/audit.ts", import.meta.url));
const DAY = 86_400;
const HOURS_TO_EXPIRY = 24 * 7;

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("npm run audit", function () {
  this.timeout(240_000);
  let house: House;
  let alice: Trader;
  let bob: Trader;
  let server: RpcServer;
  let used: SnapshotRestorer;
  let address: string;

  /** Perpetuals with funding and settled losses, a debt with interest, a future and an option through their expiry, a liquidation. */
  before(async () => {
    house = await newHouse();
    address = await house.clearingHouse.getAddress();
    server = await serveRpc(house.connection.provider);
    const { ethers, networkHelpers } = house.connection;
    const signers = await ethers.getSigners();
    bob = await house.openAccount(signers[1]!, 0, { usdc: "1000000", weth: "50" });
    alice = await house.openAccount(signers[2]!, 0, { usdc: "24000", weth: "100" });
    const carol = await house.openAccount(signers[3]!, 0, { usdc: "500000" });
    await house.trade(alice, bob, "ETH", "500", "201");
    await house.trade(carol, bob, "BTC", "-3");

    const now = (await ethers.provider.getBlock("latest"))!.timestamp;
    const friday = nextFriday(now + DAY);
    const expiry = { underlying: 2, expiryHours: friday / 3_600 };
    const [dated, call] = [future(expiry), option(expiry, "call", "220")];
    const desk = optionDesk(house);
    await desk.list([dated, call]);
    await desk.postSurface(2, { volatility: 0.8 });
    await desk.tradeLegs(carol, bob, [{ instrument: dated, ratio: 10n ** 8n * 20n }]);
    await desk.tradeLegs(carol, bob, [{ instrument: call, ratio: 10n ** 8n * 10n }]);

    await house.setPrice("ETH", "150");
    await house.clearingHouse.settle([alice.account, bob.account], house.markets.ETH!.instrument);
    expect(await house.clearingHouse.cashOf(alice.account)).to.be.below(0n);
    await networkHelpers.time.increase(3_600);
    for (const symbol of ["BTC", "ETH"]) await house.setPrice(symbol, symbol === "BTC" ? "8100" : "148");
    const { liquidation, markets } = house;
    const part = { instrument: markets.ETH!.instrument, quantity: 10n ** 8n * 40n };
    const unhealthy = await house.clearingHouse.marginOf(alice.account);
    if (unhealthy.equity < unhealthy.maintenance) {
      const request = {
        account: alice.account,
        liquidator: carol.account,
        positions: [part],
        collaterals: [],
        minReward: 0n,
      };
      await liquidation.connect(carol.signer).liquidate(request);
    }
    await desk.postSurface(2, { volatility: 0.8 });
    await house.clearingHouse.accrueInterest();
    await house.clearingHouse.connect(bob.signer).withdraw(bob.account, house.tokens.usdc, 1_000n, bob.signer.address);

    // Just before the expiry the feed in force is seen; the first answer after it settles.
    await networkHelpers.time.increaseTo(friday - 60);
    await house.setPrice("ETH", "149");
    await house.marketData.sync([2]);
    await networkHelpers.time.increaseTo(friday + 30);
    await house.setPrice("ETH", "151", { once: true });
    const round = await house.feeds.ETH!.proxy.latestRound();
    await house.marketData.proveExpiry(dated >> 32n, round, []);
    await house.clearingHouse.settleExpiry([carol.account], dated >> 32n);
    used = await networkHelpers.takeSnapshot();
  });

  afterEach(() => used.restore());
  after(() => server.close());

  const audited = (): Promise<AuditReport> =>
    runAudit({
      house: { caller: house.connection.ethers.provider, addresses: { clearingHouse: address } },
      fromBlock: 0,
    });

  const failing = ({ comparisons, identities }: AuditReport): string[] =>
    [...comparisons, ...identities].filter(({ holds }) => !holds).map(({ claim }) => claim);

  /** The word that a view of the house read last, or so many reads before, plus an amount. */
  async function addToWord(view: string, args: unknown[], amount: bigint, before = 0): Promise<void> {
    const { provider } = house.connection;
    const data = house.clearingHouse.interface.encodeFunctionData(view as "cashOf", args as [string]);
    const trace = (await provider.request({
      method: "debug_traceCall",
      params: [{ to: address, data }, "latest"],
    })) as { structLogs: { op: string; stack: string[] }[] };
    const reads = trace.structLogs.filter(({ op }) => op === "SLOAD");
    const slot = zeroPadValue(
      toBeHex(
        BigInt(
          `0x${reads
            .at(-1 - before)!
            .stack.at(-1)!
            .replace(/^0x/, "")}`,
        ),
      ),
      32,
    );
    const word = BigInt(
      (await provider.request({ method: "eth_getStorageAt", params: [address, slot, "latest"] })) as string,
    );
    const changed = zeroPadValue(toBeHex(word + amount), 32);
    await provider.request({ method: "hardhat_setStorageAt", params: [address, toBeHex(BigInt(slot)), changed] });
  }

  it("finds a house in use in order", async () => {
    const report = await audited();
    expect(failing(report)).to.deep.equal([]);
    expect(report.ok).to.equal(true);
    expect(report.accounts).to.equal(Number(await house.clearingHouse.accountCount()));
    const positions = report.comparisons.find(({ claim }) => claim.includes("contracts and quotes"))!;
    expect(positions.figures).to.be.greaterThan(10);
    expect(positions.replayed).to.equal(positions.stored);
  });

  it("finds the block of the deployment", async () => {
    const report = await runAudit({
      house: { caller: house.connection.ethers.provider, addresses: { clearingHouse: address } },
      blockRange: 7,
    });
    const { provider } = house.connection.ethers;
    expect(await provider.getCode(address, report.fromBlock)).not.to.equal("0x");
    expect(await provider.getCode(address, report.fromBlock - 1)).to.equal("0x");
    expect(report.ok).to.equal(true);
  });

  it("counts open bad debt without calling it a failure", async () => {
    await house.setPrice("ETH", "60");
    const report = await audited();
    expect(report.badDebt).to.be.greaterThan(0n);
    expect(failing(report)).to.deep.equal([]);
  });

  describe("when a word of storage is changed", () => {
    it("names the account whose cash is not what its events add up to", async () => {
      await addToWord("storedCashOf", [bob.account], 5n);
      const report = await audited();
      expect(report.ok).to.equal(false);
      expect(failing(report)).to.include.members([
        "Cash of every account is what its events add up to",
        "Cash sums to zero over all accounts, the vault's included",
      ]);
      const { differences } = report.comparisons.find(({ claim }) => claim.startsWith("Cash of every"))!;
      expect(differences).to.have.length(1);
      const [{ of, replayed, stored }] = differences as [(typeof differences)[0]];
      expect(of).to.equal(bob.account);
      expect(stored - replayed).to.equal(5n);
    });

    it("finds a change that sums to zero, which the identities cannot", async () => {
      await addToWord("storedCashOf", [bob.account], -5n);
      await addToWord("storedCashOf", [systemAccounts.fees], 5n);
      const report = await audited();
      expect(failing(report)).to.deep.equal(["Cash of every account is what its events add up to"]);
      const { differences } = report.comparisons.find(({ claim }) => claim.startsWith("Cash of every"))!;
      expect(differences.map(({ of }) => of)).to.have.members([bob.account, systemAccounts.fees]);
    });

    it("finds contracts and quotes that no trade brought", async () => {
      const { instrument } = house.markets.ETH!;
      // After the position it is read whether its market had compulsory closes.
      await addToWord("positionOf", [bob.account, instrument], 1n + (3n << 64n), 1);
      const report = await audited();
      const { differences } = report.comparisons.find(({ claim }) => claim.includes("contracts and quotes"))!;
      expect(differences.map(({ of, replayed, stored }) => [of, stored - replayed])).to.deep.equal([
        [bob.account, 1n],
        [bob.account, 3n],
      ]);
      expect(failing(report)).to.include("Positions sum to zero on every instrument, and so do their quotes");
    });

    it("finds tokens that nobody brought", async () => {
      await addToWord("collateralOf", [alice.account, 1], 9n);
      const report = await audited();
      const { differences } = report.comparisons.find(({ claim }) => claim.startsWith("So are the tokens"))!;
      expect(differences).to.have.length(1);
      expect(differences[0]).to.include({ of: alice.account, what: "WETH" });
      expect(failing(report)).to.include("Custody covers liabilities, token by token");
    });
  });

  it("finds tokens that left the vault past the ledger", async () => {
    const { provider } = house.connection;
    const vault = await house.clearingHouse.vault();
    const { usdc } = house.tokens;
    await provider.request({ method: "hardhat_impersonateAccount", params: [vault] });
    await provider.request({ method: "hardhat_setBalance", params: [vault, "0xde0b6b3a7640000"] });
    await usdc.connect(await house.connection.ethers.getSigner(vault)).transfer(bob.signer.address, 1n);
    expect(failing(await audited())).to.deep.equal(["Custody covers liabilities, token by token"]);
  });

  describe("the command", () => {
    async function command(...args: string[]): Promise<Finished> {
      const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let [out, err] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
      return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
    }

    it("prints every line with both figures, writes them as JSON and ends with 0", async () => {
      const folder = mkdtempSync(join(tmpdir(), "audit-"));
      try {
        const file = join(folder, "audit.json");
        const { code, out, err } = await command("--rpc", server.url, "--house", address, "--json", file);
        expect({ code, err }).to.deep.equal({ code: 0, err: "" });
        expect(out).to.match(/The books balance\./);
        expect(out.match(/^ok {4}/gm)).to.have.length(14);
        expect(out).to.match(/\d figures; magnitudes add up to [\d,]+ replayed, [\d,]+ stored/);
        const report = JSON.parse(readFileSync(file, "utf8")) as { ok: boolean; comparisons: { replayed: string }[] };
        expect(report.ok).to.equal(true);
        expect(report.comparisons[2]!.replayed).to.match(/^\d+$/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("ends with 1 and names the account when the books do not balance", async () => {
      await addToWord("storedCashOf", [bob.account], 1n);
      const { code, out } = await command("--rpc", server.url, "--house", address, "--from", "0");
      expect(code).to.equal(1);
      expect(out).to.include("THE BOOKS DO NOT BALANCE");
      expect(out).to.match(new RegExp(`FAIL {2}Cash of every[^]*${bob.signer.address}/0: cash`));
    });

    for (const [name, args, sentence] of [
      ["no node", ["--rpc", "http://127.0.0.1:9", "--house", `0x${"11".repeat(20)}`], /^Nobody answers at/],
      ["a node's address that is none", ["--rpc", "here"], /^--rpc must be an address like/],
      ["a house that is none", ["--house", "0x12"], /^--house must be an address like/],
      ["a name that nothing is known of", ["--deployment", "atlantis"], /^--deployment must be a file/],
      ["two houses", ["--deployment", "localhost", "--house", `0x${"11".repeat(20)}`], /^Give --house or --deployment/],
      ["a block that is none", ["--house", `0x${"11".repeat(20)}`, "--from", "x"], /^--from must be a whole number/],
    ] as const) {
      it(`ends with 2 and a sentence at ${name}`, async () => {
        const rpc = (args as readonly string[]).includes("--rpc") ? [] : ["--rpc", server.url];
        const { code, err } = await command(...rpc, ...args);
        expect(code).to.equal(2);
        expect(err).to.match(sentence);
      });
    }
  });
});

/** 08:00 UTC on the first Friday after a time. */
function nextFriday(after: number): number {
  const day = Math.floor(after / DAY);
  // 1 January 1970 was a Thursday.
  const friday = day + ((((1 - (day % 7)) % 7) + 7) % 7);
  const time = friday * DAY + 8 * 3_600;
  return time > after ? time : time + HOURS_TO_EXPIRY * 3_600;
}

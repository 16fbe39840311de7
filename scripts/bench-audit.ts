/**
 * How many accounts a proof of the solvency auditor reaches in one transaction: `npm run bench:audit`. Two houses' worth of accounts, so
 * that what a call costs whatever their number is not taken for a cost of accounts.
 */
import Table from "cli-table3";
import { Command } from "commander";
import hre from "hardhat";
import { deployHouse } from "../deploy/local/house.ts";
import { accountId, bucketOf } from "../sdk/instruments.ts";
import { inBatches } from "./bench-audit/accounts.ts";

/** Transactions may take so much: the brief of the audit, and what Ethereum allows since Fusaka. */
const GAS_LIMITS = [30_000_000, 16_777_216];
const FEW = 256;
const MANY = 1_024;
const IDENTITY = { custody: 0, cash: 1, collateral: 2, quantity: 3, quote: 4, option: 5 } as const;

const program = new Command("npm run bench:audit --")
  .description("Measures the gas of the auditor's proofs by the number of accounts, storage cold.")
  .option("--json", "one array on standard output, nothing else")
  .parse();
const options = program.opts<{ json?: true }>();

await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
const connection = await hre.network.create({ override: { initialDate: "2026-11-24T12:03:00Z" } });
const house = await deployHouse(connection);
const { ethers } = connection;
const signers = await ethers.getSigners();
const [maker, taker] = [
  await house.openAccount(signers[1]!, 0, { usdc: "100000", weth: "1" }),
  await house.openAccount(signers[2]!, 0, { usdc: "100000" }),
];
await house.trade(maker, taker, "ETH", "10");
const bucket = bucketOf(house.markets.ETH!.instrument);

const proofs = [
  { name: "custody of a token", identity: IDENTITY.custody, subject: 1n },
  { name: "sum of cash", identity: IDENTITY.cash, subject: 0n },
  { name: "sum of a collateral", identity: IDENTITY.collateral, subject: 1n },
  { name: "sum of a bucket's contracts and quotes", identity: IDENTITY.quote, subject: bucket },
];

interface Sample {
  readonly accounts: number;
  readonly gas: number;
}

const samples = new Map<string, Sample[]>();
const record = (name: string, gas: bigint, accounts: number): void => {
  const own = samples.get(name) ?? [];
  own.push({ accounts, gas: Number(gas) });
  samples.set(name, own);
};

const owner = signers[3]!;
let opened = 0;
for (const size of [FEW, MANY]) {
  await inBatches(house, owner, opened, size);
  opened = size;
  const accounts = Number(await house.clearingHouse.accountCount());
  for (const { name, identity, subject } of proofs) {
    record(name, await house.auditor.check.estimateGas(identity, subject), accounts);
  }
}
// Accounts with a position, read by a page of the scan: the gas used, beside the gas it wants in reserve.
const first = await gasOfPage(64);
const second = await gasOfPage(192);
await connection.close();

const rows = [...samples].map(([name, [few, many]]) => {
  const each = (many!.gas - few!.gas) / (many!.accounts - few!.accounts);
  const base = few!.gas - each * few!.accounts;
  return { name, base: Math.round(base), gasPerAccount: Math.round(each), reach: GAS_LIMITS.map(reachOf(base, each)) };
});
const scanned = (second - first) / 128;
const scan = { name: "scan, accounts with cash only", base: Math.round(first - 64 * scanned), gasPerAccount: scanned };

if (options.json) console.log(JSON.stringify([...rows, scan], undefined, 2));
else print();

function reachOf(base: number, each: number): (limit: number) => number | null {
  // A proof that looks at no account reaches all of them.
  return (limit) => (each < 10 ? null : Math.floor((limit - base) / each));
}

async function gasOfPage(count: number): Promise<number> {
  const taken = await connection.networkHelpers.takeSnapshot();
  const transaction = await house.auditor.scan(count, { gasLimit: 16_000_000 });
  const { gasUsed } = (await transaction.wait())!;
  await taken.restore();
  return Number(gasUsed);
}

function print(): void {
  const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
  const table = new Table({
    head: ["proof", "gas of a call", "gas of an account", ...GAS_LIMITS.map((l) => `accounts in ${thousands(l)}`)],
    colAligns: ["left", "right", "right", "right", "right"],
  });
  for (const { name, base, gasPerAccount, reach } of rows) {
    table.push([
      name,
      thousands(base),
      thousands(gasPerAccount),
      ...reach.map((n) => (n === null ? "any" : thousands(n))),
    ]);
  }
  table.push([scan.name, thousands(scan.base), thousands(scan.gasPerAccount), "", ""]);
  console.log(table.toString());
  console.log(`Accounts of one owner with cash: ${accountId(owner.address, 0)} and the next ${MANY - 1} of them.`);
}

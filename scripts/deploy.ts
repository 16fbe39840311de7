/** Command: deploys the house to a network, or rehearses it on a fork. */
import { rmSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { Command, Option } from "commander";
import hre from "hardhat";
import { formatEther, formatUnits, getAddress, isAddress } from "ethers";
import type { Deployment } from "../sdk/addresses.ts";
import { type NetworkFile, type NetworkName, NETWORKS, readNetworkFile } from "../deploy/config/network.ts";
import { deployNetwork } from "../deploy/network/deploy.ts";
import { dryRun } from "../deploy/network/dryRun.ts";
import { writeRecord } from "../deploy/network/record.ts";
import type { HeldRole } from "../deploy/roles.ts";

interface CommandLine {
  readonly network: NetworkName;
  readonly dryRun?: boolean;
  readonly rpc?: string;
  readonly role: readonly string[];
  readonly yes?: boolean;
}

const LOCAL_CHAIN_ID = 31_337;
const ROLE = /^(ADMIN|LISTING|RISK|GUARDIAN|FEES|UPGRADE)=(.+)$/;
const JOURNALS = new URL("../deploy/deployments/", import.meta.url);

/** What went wrong in a way that a sentence explains. */
class CommandError extends Error {}

const command = new Command("deploy")
  .description("Deploy the house to a network on the terms of deploy/parameters/<network>.json.")
  .addOption(new Option("--network <name>", "where").choices(NETWORKS).makeOptionMandatory())
  .option("--dry-run", "do it all on a fork of the network, and print gas and cost")
  .option("--rpc <url>", "node to use instead of the configured one")
  .option("--role <name=address>", "give a role to this address instead of the file's (repeatable)", collect, [])
  .option("--yes", "do not ask before sending transactions to a public network")
  .showHelpAfterError()
  .addHelpText(
    "after",
    "\nNodes come from SEPOLIA_RPC_URL, ARBITRUM_SEPOLIA_RPC_URL, BASE_SEPOLIA_RPC_URL and OP_SEPOLIA_RPC_URL, the key from\n" +
      "DEPLOYER_PRIVATE_KEY; `npx hardhat keystore set NAME` keeps them encrypted. An interrupted deployment goes on where it stopped.",
  )
  .parse();

const line = command.opts<CommandLine>();
try {
  const file = withRoles(readNetworkFile(line.network), line.role);
  if (line.dryRun === true) await rehearse(file);
  else await deploy(file);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(explain(error));
  process.exitCode = 1;
}

async function rehearse(file: NetworkFile): Promise<void> {
  const { deployment, gasUsed, gasPrice, transactions } = await dryRun(file, line.rpc ?? (await nodeUrl(file.network)));
  print(deployment);
  console.log(
    `\nDry run on a fork of ${file.network}: ${transactions} transactions, ${gasUsed} gas, ${formatEther(gasUsed * gasPrice)} ETH at ` +
      `${formatUnits(gasPrice, "gwei")} gwei. Fees of a rollup for its data on layer 1 come on top. Nothing was sent.`,
  );
}

async function deploy(file: NetworkFile): Promise<void> {
  const isLocal = file.chainId === LOCAL_CHAIN_ID;
  if (!isLocal) await confirm(file);
  // A local chain forgets everything when it stops, so its journal is of no use.
  const deploymentId = `chain-${file.chainId}`;
  if (isLocal) rmSync(new URL(deploymentId, JOURNALS), { recursive: true, force: true });
  const connection = await hre.network.create({
    network: file.network,
    ...(line.rpc === undefined ? {} : { override: { url: line.rpc } }),
  });
  const { deployment, transactions, paid } = await deployNetwork(connection, file, {
    deploymentId,
    displayUi: !isLocal,
    ...(isLocal ? {} : { requiredConfirmations: 2 }),
  });
  print(deployment);
  const path = writeRecord(deployment, !isLocal);
  console.log(`\n${transactions} transactions, ${formatEther(paid)} ETH. Addresses are in ${path}.`);
  if (!isLocal) console.log(`Verify the sources with: npm run verify -- ${deploymentId} --network ${file.network}`);
}

async function confirm({ network, roles }: NetworkFile): Promise<void> {
  console.table(
    Object.fromEntries(
      Object.entries(roles).map(([role, { address, delaySeconds }]) => [role, { address, delaySeconds }]),
    ),
  );
  if (line.yes === true) return;
  if (!process.stdin.isTTY) throw new CommandError("Pass --yes to deploy to a public network without being asked.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Deploy to ${network} with these roles? Type the network's name: `);
  terminal.close();
  if (answer.trim() !== network) throw new CommandError("Nothing was sent.");
}

async function nodeUrl(network: NetworkName): Promise<string> {
  const config = hre.config.networks[network];
  if (config?.type !== "http") throw new CommandError(`The network ${network} has no node in hardhat.config.ts.`);
  return config.url.getUrl();
}

function withRoles(file: NetworkFile, given: readonly string[]): NetworkFile {
  const roles = { ...file.roles };
  for (const text of given) {
    const [, role, address = ""] = ROLE.exec(text) ?? [];
    if (role === undefined) throw new CommandError(`"${text}" is not a role and its holder, like GUARDIAN=0x….`);
    if (!isAddress(address) || getAddress(address) !== address) {
      throw new CommandError(`The holder of ${role}, "${address}", is not an address in EIP-55 form.`);
    }
    roles[role as HeldRole] = { ...roles[role as HeldRole], address };
  }
  return { ...file, roles };
}

function print({ contracts, tokens }: Deployment): void {
  console.table({ ...contracts, ...tokens });
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

/** Errors that have a sentence of their own are shown as they are, others with where they come from. */
function explain(error: Error): string {
  const [, variable] = /Configuration Variable "(\w+)" not found/.exec(error.message) ?? [];
  if (variable !== undefined)
    return `Set ${variable}: in the environment, or with \`npx hardhat keystore set ${variable}\`.`;
  const isOurs = error instanceof CommandError || ["PreflightError", "ParameterError", "Error"].includes(error.name);
  return isOurs ? error.message : (error.stack ?? error.message);
}

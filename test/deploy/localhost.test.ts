import { existsSync, rmSync } from "node:fs";
import { expect } from "chai";
import { network } from "hardhat";
import { readNetworkFile } from "../../deploy/config/network.ts";
import { deployNetwork } from "../../deploy/network/deploy.ts";
import { dryRun } from "../../deploy/network/dryRun.ts";
import { GAS_BUDGET } from "../../deploy/network/preflight.ts";
import { accountId } from "../../sdk/instruments.ts";
import { type RpcServer, serveRpc } from "../support/rpcServer.ts";

const DEPLOYMENT_ID = "chain-31337-test";
const JOURNAL = new URL(`../../deploy/deployments/${DEPLOYMENT_ID}/`, import.meta.url);

// Twenty-five contracts, the option table's two among them; permissions, seeds and handover; risk engine, market data and parameters set; terms
// and volatilities for the depth book; the insurance fund's scan and its share of fees; the cash feed; a feed, a perpetual and a grid for each of six underlyings; two collaterals.
const TRANSACTIONS = 25 + 3 + 3 + 2 + 2 + 1 + 3 * 6 + 2;

describe("deployment over HTTP", () => {
  let server: RpcServer;

  beforeEach(async () => {
    server = await serveRpc((await network.create()).provider);
    rmSync(JOURNAL, { recursive: true, force: true });
  });

  afterEach(() => {
    server.close();
    rmSync(JOURNAL, { recursive: true, force: true });
  });

  it("deploys to a node, keeps a journal, and the house takes a deposit", async () => {
    const file = readNetworkFile("localhost");
    const connection = await network.create({ network: "localhost", override: { url: server.url } });
    const { ethers } = connection;
    const { deployment, house, transactions } = await deployNetwork(connection, file, { deploymentId: DEPLOYMENT_ID });

    expect(existsSync(new URL("journal.jsonl", JOURNAL))).to.equal(true);
    expect(transactions).to.equal(TRANSACTIONS);

    const [owner] = await ethers.getSigners();
    const usdc = await ethers.getContractAt("TestUSDC", deployment.tokens.USDC!);
    await (await usdc.mint(owner!, 5_000_000n)).wait();
    await (await usdc.approve(deployment.contracts.vault, 5_000_000n)).wait();
    const account = accountId(owner!.address, 0);
    await (await house.clearingHouse.deposit(account, usdc, 5_000_000n)).wait();
    expect(await house.clearingHouse.cashOf(account)).to.equal(5_000_000n);
    expect((await house.lens.summary(account)).free).to.equal(5_000_000n);
  });

  it("rehearses on a fork of a node, says the gas, and leaves the node alone", async () => {
    const file = readNetworkFile("localhost");
    const { gasUsed, transactions } = await dryRun(file, server.url);
    expect(transactions).to.equal(TRANSACTIONS);
    expect(gasUsed < GAS_BUDGET).to.equal(true);
    expect(gasUsed > GAS_BUDGET / 2n).to.equal(true);

    const node = await network.create({ network: "localhost", override: { url: server.url } });
    expect(await node.ethers.provider.getBlockNumber()).to.equal(0);
  });
});

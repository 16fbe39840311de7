import { expect } from "chai";
import { network } from "hardhat";
import { getAddress } from "ethers";
import { type NetworkFile, NETWORKS, parseNetworkFile, readNetworkFile } from "../../deploy/config/network.ts";
import { deployNetwork } from "../../deploy/network/deploy.ts";
import { GAS_BUDGET, PreflightError } from "../../deploy/network/preflight.ts";
import { ParameterError } from "../../sdk/parameters-reader.ts";
import { type EtchedFeed, etchNetwork } from "../support/etch.ts";

const PUBLIC = NETWORKS.filter((name) => name !== "localhost");
const DAY = 86_400;

/** A local chain that looks like the network of the file. */
async function lookalike(file: NetworkFile, changes: readonly EtchedFeed[] = []) {
  const connection = await network.create({ network: "default", override: { chainId: file.chainId } });
  await etchNetwork(connection.ethers, file, changes);
  return connection;
}

async function problemsOf(deployment: Promise<unknown>): Promise<readonly string[]> {
  try {
    await deployment;
  } catch (error) {
    expect(error).to.be.instanceOf(PreflightError);
    return (error as PreflightError).problems;
  }
  throw new Error("The deployment was not refused.");
}

describe("network parameters", () => {
  for (const name of NETWORKS) {
    describe(name, () => {
      const file = readNetworkFile(name);

      it("waits at least a day for a feed, and over a weekend where the feed pauses", () => {
        for (const { symbol, feed } of [file.cash, ...file.underlyings]) {
          const pauses = symbol === "XAU" || symbol === "EUR";
          expect(feed.heartbeatSeconds, symbol).to.be.at.least(pauses ? 3 * DAY : DAY);
          expect(feed.decimals, symbol).to.equal(8);
        }
      });

      if (name === "localhost") return;

      it("delays what can hurt and lets the guardian act at once", () => {
        const delays = Object.fromEntries(
          Object.entries(file.roles).map(([role, { delaySeconds }]) => [role, delaySeconds]),
        );
        expect(delays).to.deep.equal({
          ADMIN: 3 * DAY,
          LISTING: DAY,
          RISK: DAY,
          GUARDIAN: 0,
          FEES: DAY,
          UPGRADE: 3 * DAY,
          SURFACE: 0,
          DEPTH: 0,
        });
      });

      it("names each address once", () => {
        const addresses = [file.cash, ...file.underlyings].map(({ feed }) => feed.address);
        expect(new Set(addresses).size).to.equal(addresses.length);
      });
    });
  }

  it("refuses an address whose checksum is wrong", () => {
    const plain = readNetworkFile("sepolia");
    const underlyings = plain.underlyings.map((u) =>
      u.symbol === "ETH" ? { ...u, feed: { ...u.feed, address: "0x694AA1769357215DE4FAC081bf1f309aDC325307" } } : u,
    );
    const file = { ...plain, underlyings };
    expect(() => parseNetworkFile(JSON.stringify(file))).to.throw(
      ParameterError,
      "underlyings[1].feed.address must be an address in EIP-55 form",
    );
  });

  it("refuses a field it does not know", () => {
    const file = { ...readNetworkFile("sepolia"), feeTo: getAddress(`0x${"1".repeat(40)}`) };
    expect(() => parseNetworkFile(JSON.stringify(file))).to.throw(ParameterError, "feeTo");
  });
});

describe("deployNetwork", () => {
  for (const name of PUBLIC) {
    it(`deploys to ${name} from its file as it is`, async () => {
      const file = readNetworkFile(name);
      const connection = await lookalike(file);
      const { house, deployment, paid } = await deployNetwork(connection, file);

      expect(deployment.chainId).to.equal(file.chainId);
      expect(Object.keys(deployment.markets)).to.deep.equal(file.underlyings.map(({ symbol }) => symbol));
      expect(deployment.tokens.USDC).to.equal(file.cash.token);
      for (const [symbol, { underlying, instrument, feed }] of Object.entries(deployment.markets)) {
        expect(await house.registry.nameOf(instrument)).to.equal(`${symbol}-PERP`);
        const [set] = await house.marketData.feedConfig(underlying);
        expect(set.feed).to.equal(feed);
        // Dollars of the cap at the reference price, to a contract.
        const { referencePrice } = file.underlyings[underlying - 1]!;
        const { openInterestCap } = await house.clearingHouse.perpetualTerms(instrument);
        expect(Math.round(Number(openInterestCap) / 1e8), symbol).to.equal(
          Math.round(CAPS_USD[symbol]! / Number(referencePrice)),
        );
      }
      const price = (await connection.ethers.provider.getFeeData()).maxFeePerGas!;
      expect(paid < GAS_BUDGET * price).to.equal(true);
    });
  }

  it("gives the roles to their holders and keeps none", async () => {
    const plain = readNetworkFile("baseSepolia");
    const connection = await lookalike(plain);
    const [deployer, ...others] = await connection.ethers.getSigners();
    const names = ["ADMIN", "LISTING", "RISK", "GUARDIAN", "FEES", "UPGRADE", "SURFACE", "DEPTH"] as const;
    const roles = { ...plain.roles };
    names.forEach((role, i) => (roles[role] = { ...roles[role], address: others[i]!.address }));

    const { house } = await deployNetwork(connection, { ...plain, roles });
    const { accessManager } = house;
    const NUMBERS = { ADMIN: 0, LISTING: 1, RISK: 2, GUARDIAN: 3, FEES: 4, UPGRADE: 7, SURFACE: 8, DEPTH: 10 };
    for (const [i, role] of names.entries()) {
      expect(await accessManager.hasRole(NUMBERS[role], deployer!), role).to.deep.equal([false, 0n]);
      expect(await accessManager.hasRole(NUMBERS[role], others[i]!), role).to.deep.equal([
        true,
        BigInt(roles[role].delaySeconds),
      ]);
    }
    await expect(accessManager.grantRole(1, deployer!, 0))
      .to.be.revertedWithCustomError(accessManager, "AccessManagerUnauthorizedAccount")
      .withArgs(deployer!.address, 0n);
  });

  it("refuses another chain", async () => {
    const connection = await network.create();
    expect(await problemsOf(deployNetwork(connection, readNetworkFile("sepolia")))).to.deep.equal([
      "The node is on chain 31337, but the parameters are for chain 11155111.",
    ]);
  });

  it("refuses a feed of another pair, one with other decimals, and one that is missing, all at once", async () => {
    const file = readNetworkFile("baseSepolia");
    const connection = await lookalike(file, [
      { symbol: "BTC", description: "LINK / ETH" },
      { symbol: "ETH", decimals: 18 },
    ]);
    const link = file.underlyings[2]!.feed.address;
    await connection.ethers.provider.send("hardhat_setCode", [link, "0x"]);
    const before = await connection.ethers.provider.getBlockNumber();

    const at = (i: number) =>
      `The feed ${file.underlyings[i]!.feed.description} at ${file.underlyings[i]!.feed.address}`;
    expect(await problemsOf(deployNetwork(connection, file))).to.deep.equal([
      `${at(0)} describes itself as "LINK / ETH".`,
      `${at(1)} has 18 decimals, not 8.`,
      `${at(2)} has no code.`,
    ]);
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(before);
  });

  it("refuses a feed that stopped answering, and one with an absurd price", async () => {
    const plain = readNetworkFile("baseSepolia");
    const underlyings = plain.underlyings.map((u) =>
      u.symbol === "BTC" ? { ...u, feed: { ...u.feed, maxPrice: "80000" } } : u,
    );
    const connection = await lookalike(plain);
    await connection.networkHelpers.time.increase(2 * DAY + 3_600);
    const problems = await problemsOf(deployNetwork(connection, { ...plain, underlyings }));
    expect(problems).to.have.length(4);
    expect(problems[0]).to.match(/^The feed BTC \/ USD .* answered 1764\d\d s ago; its heartbeat is 172800 s\.$/);
    expect(problems[1]).to.match(/^The feed BTC \/ USD .* answers 90000, which is outside its bounds\.$/);
  });

  it("refuses a deployer who cannot pay", async () => {
    const file = readNetworkFile("baseSepolia");
    const connection = await lookalike(file);
    const [deployer] = await connection.ethers.getSigners();
    await connection.ethers.provider.send("hardhat_setBalance", [deployer!.address, "0xde0b6b3a7640"]); // 0.000244…
    const [problem, ...others] = await problemsOf(deployNetwork(connection, file));
    expect(others).to.deep.equal([]);
    expect(problem).to.match(new RegExp(`^The deployer ${deployer!.address} has 0\\.000244\\d+ ETH;`));
  });
});

/** Ten percent of a venue's turnover, from deploy/parameters/testnet.json. */
const CAPS_USD: Readonly<Record<string, number>> = {
  BTC: 250_000_000,
  ETH: 162_819_000,
  SOL: 79_839_000,
  LINK: 22_193_000,
  XAU: 355_000,
  EUR: 10_000_000,
};

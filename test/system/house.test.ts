import { expect } from "chai";
import { network } from "hardhat";
import { bucketOf, systemAccounts } from "../../sdk/instruments.ts";
import { parseUsd } from "../../sdk/units.ts";
import { deployHouse, type House } from "../support/house.ts";

/** Cash of every account, system accounts included, as stored. */
async function cashOfAll({ clearingHouse, markets }: House): Promise<bigint[]> {
  const count = Number(await clearingHouse.accountCount());
  const traders = await Promise.all(Array.from({ length: count }, (_, i) => clearingHouse.accountAt(i)));
  const { fees, interest, insurance, vault, clearing } = systemAccounts;
  const clearings = Object.values(markets).map(({ instrument }) => clearing(bucketOf(instrument)));
  const all = [...new Set([...traders, fees, interest, insurance, vault, ...clearings])];
  return Promise.all(all.map((account) => clearingHouse.storedCashOf(account)));
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

describe("house", () => {
  it("takes deposits, fills an order, settles a price move and pays out", async () => {
    const connection = await network.create();
    const house = await deployHouse(connection, { underlyings: { BTC: "8000", ETH: "200" } });
    const { clearingHouse, tokens, markets, lens } = house;
    const [, first, second] = await connection.ethers.getSigners();
    const alice = await house.openAccount(first!, 0, { usdc: "10000" });
    const bob = await house.openAccount(second!, 7, { usdc: "5000", weth: "20" });
    const eth = markets.ETH!.instrument;

    await house.trade(alice, bob, "ETH", "10", "201");
    expect((await clearingHouse.positionOf(alice.account, eth)).quantity).to.equal(10n * 10n ** 8n);
    expect((await clearingHouse.positionOf(bob.account, eth)).quantity).to.equal(-10n * 10n ** 8n);
    expect((await lens.summary(alice.account)).margin.initial > 0n).to.equal(true);

    await house.setPrice("ETH", "230");
    await clearingHouse.settle([bob.account, alice.account], eth);
    // Bought at 201, settled at 230, 10 contracts; fees of the index 200: maker 1 bp, taker 5 bp.
    expect(await clearingHouse.cashOf(alice.account)).to.equal(parseUsd("10290") - parseUsd("0.2"));
    expect(await clearingHouse.cashOf(bob.account)).to.equal(parseUsd("4710") - parseUsd("1"));
    expect(await clearingHouse.cashOf(systemAccounts.fees)).to.equal(parseUsd("1.2"));

    await house.trade(alice, bob, "ETH", "-10", "230");
    await clearingHouse.connect(first).withdraw(alice.account, tokens.usdc, 2n ** 256n - 1n, first!.address);
    expect(await tokens.usdc.balanceOf(first!)).to.equal(parseUsd("10290") - parseUsd("0.2") - parseUsd("0.23"));
    expect(sum(await cashOfAll(house))).to.equal(0n);
  });

  it("believes a jump at once when asked to, and not before", async () => {
    const connection = await network.create();
    const house = await deployHouse(connection);
    await house.setPrice("ETH", "100", { once: true });
    const [bounded] = await house.marketData.peek([house.markets.ETH!.underlying]);
    expect(bounded! & (2n ** 64n - 1n)).to.equal(15_750_000_000n); // 200 less the guard of 21.25 %
    await house.setPrice("ETH", "100");
    const [believed] = await house.marketData.peek([house.markets.ETH!.underlying]);
    expect(believed! & (2n ** 64n - 1n)).to.equal(10_000_000_000n);
  });
});

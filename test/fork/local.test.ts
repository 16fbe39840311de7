import { expect } from "chai";
import { MaxUint256 } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { networkConfig, type NetworkFile, readNetworkFile, withLocalAddresses } from "../../deploy/config/network.ts";
import { type Trader, type TradingDesk, tradingDesk } from "../../deploy/local/trading.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import { descriptionOf, deployWorld, type Tokens } from "../../deploy/local/world.ts";
import { deployNetwork, type NetworkDeployment } from "../../deploy/network/deploy.ts";
import { FORK_CHAIN_ID, forkNetwork } from "../../deploy/network/fork.ts";
import { findExpiryRound, proveExpiry } from "../../sdk/client/expiry.ts";
import { accountId, bucketOf, future, option, perpetual, systemAccounts } from "../../sdk/instruments.ts";
import { planLiquidation } from "../../sdk/liquidation/plan.ts";
import { assess } from "../../sdk/margin/riskEngine.ts";
import { PriceStatus } from "../../sdk/types.ts";
import { parsePrice, parseQuantity, parseUsd } from "../../sdk/units.ts";
import { decodeMarketWord, decodePortfolio } from "../../sdk/words.ts";
import type { EACAggregatorProxy, FluxAggregator } from "../../typechain-types/index.ts";
import { sumOfCash } from "../support/books.ts";
import { impersonate } from "../support/fork.ts";
import { type LocalUpstream, startUpstream } from "../support/localUpstream.ts";
import { deployFeed } from "../support/upstream.ts";

const ETHER = 10n ** 18n;
const BTC = { underlying: 1, instrument: perpetual(1) };
const ETH = { underlying: 2, instrument: perpetual(2) };
const TREASURY = parseUsd("1000000");
const HOUR = 3_600;
const DAY = 24 * HOUR;

// IExpiryPrices.RoundFault
const WRONG_PHASE = 1n;
const TOO_EARLY = 3n;
const NOT_FIRST = 4n;
const PHASE_NOT_OVER = 8n;

/** What the upstream is left with: where things are and who may write to them. */
interface UpstreamWorld {
  readonly file: NetworkFile;
  readonly usdc: string;
  readonly weth: string;
  readonly ethFeed: string;
  /** In the order of the proxy's phases; the last one is not confirmed yet. */
  readonly ethAggregators: readonly [string, string, string];
  readonly cashAggregator: string;
  /** Owner of proxies and aggregators, and their only oracle. */
  readonly oracle: string;
  /** Holds all USDC. */
  readonly treasury: string;
}

const roundId = (phase: bigint, round: bigint): bigint => (phase << 64n) + round;

/** Tokens, and feeds with a history: ETH / USD has three rounds in its first phase and two in its second. */
async function furnish(url: string): Promise<UpstreamWorld> {
  const { ethers } = await network.create({ network: "localhost", override: { url } });
  const [oracle, treasury] = await ethers.getSigners();
  const { tokens, feeds } = await deployWorld(ethers, { USDC: "1", BTC: "90000", ETH: "2950" });
  await tokens.usdc.waitForDeployment();
  await (await tokens.usdc.mint(treasury!, TREASURY)).wait();

  const aggregator = async () => deployFeed(ethers, { decimals: 8, description: descriptionOf("ETH") });
  const [first, second, third] = [feeds.ETH!, await aggregator(), await aggregator()];
  for (const answer of ["2980", "3000"]) await first.submit(parsePrice(answer));
  for (const answer of ["3005", "3010"]) await third.submit(parsePrice(answer));
  await second.submit(parsePrice("3010"));
  await (await first.proxy.proposeAggregator(second.aggregator)).wait();
  await (await first.proxy.confirmAggregator(second.aggregator)).wait();
  await second.submit(parsePrice("3020"));

  const [usdc, weth] = [await tokens.usdc.getAddress(), await tokens.weth.getAddress()];
  const proxies = Object.entries(feeds).map(async ([symbol, { proxy }]) => [symbol, await proxy.getAddress()] as const);
  const local = readNetworkFile("localhost");
  const file = withLocalAddresses(
    {
      ...local,
      underlyings: local.underlyings.filter(({ symbol }) => ["BTC", "ETH"].includes(symbol)),
      collaterals: local.collaterals.filter(({ symbol }) => symbol === "WETH"),
    },
    { feeds: Object.fromEntries(await Promise.all(proxies)), tokens: { USDC: usdc, WETH: weth } },
  );
  return {
    file,
    usdc,
    weth,
    ethFeed: await first.proxy.getAddress(),
    ethAggregators: [
      await first.aggregator.getAddress(),
      await second.aggregator.getAddress(),
      await third.aggregator.getAddress(),
    ],
    cashAggregator: await feeds.USDC!.aggregator.getAddress(),
    oracle: oracle!.address,
    treasury: treasury!.address,
  };
}

describe("a house on a fork of genuine contracts", () => {
  let upstream: LocalUpstream;
  let world: UpstreamWorld;
  let fork: NetworkConnection;
  let deployed: NetworkDeployment;
  let desk: TradingDesk;
  let tokens: Tokens;
  let proxy: EACAggregatorProxy;

  before(async () => {
    upstream = await startUpstream();
    if (upstream.kind !== "anvil") {
      console.warn("      No anvil for this platform: the upstream is a simulated chain within the process.");
    }
    world = await furnish(upstream.url);
    fork = await forkNetwork(upstream.url, world.file);
    deployed = await deployNetwork(fork, world.file, { chainId: FORK_CHAIN_ID });
    const { ethers } = fork;
    proxy = await ethers.getContractAt("EACAggregatorProxy", world.ethFeed);
    const usdc = await ethers.getContractAt("TestUSDC", world.usdc);
    const weth = new ethers.Contract(world.weth, WETH9) as unknown as Tokens["weth"];
    tokens = { usdc, weth, wbtc: usdc };
    const markets = { BTC: { symbol: "BTC", ...BTC }, ETH: { symbol: "ETH", ...ETH } };
    desk = await tradingDesk({ ...deployed.house, connection: fork, tokens, feeds: {}, markets });
  });

  after(async () => {
    await fork?.close();
    await upstream?.stop();
  });

  /** The upstream's oracle reports on the fork. */
  async function report(phase: 1 | 2 | 3, price: string): Promise<void> {
    const oracle = await impersonate(fork, world.oracle);
    const address = world.ethAggregators[phase - 1]!;
    const aggregator: FluxAggregator = await fork.ethers.getContractAt("FluxAggregator", address, oracle);
    await aggregator.submit((await aggregator.latestRound()) + 1n, parsePrice(price));
  }

  async function reportCash(): Promise<void> {
    const oracle = await impersonate(fork, world.oracle);
    const aggregator: FluxAggregator = await fork.ethers.getContractAt("FluxAggregator", world.cashAggregator, oracle);
    await aggregator.submit((await aggregator.latestRound()) + 1n, parsePrice("1"));
  }

  const ethMarket = async () => decodeMarketWord((await deployed.house.marketData.peek([ETH.underlying]))[0]!);

  /** Cash comes from the upstream's treasury; ether is wrapped on the fork. */
  async function open(index: number, usdc: string, weth = 0n): Promise<Trader> {
    const signer = (await fork.ethers.getSigners())[index]!;
    const account = accountId(signer.address);
    const { clearingHouse } = deployed.house;
    const vault = await clearingHouse.vault();
    const treasury = await impersonate(fork, world.treasury);
    await tokens.usdc.connect(treasury).transfer(signer, parseUsd(usdc));
    await tokens.usdc.connect(signer).approve(vault, MaxUint256);
    await clearingHouse.connect(signer).deposit(account, tokens.usdc, parseUsd(usdc));
    if (weth > 0n) {
      const mine = tokens.weth.connect(signer);
      await mine.deposit({ value: weth });
      await mine.approve(vault, weth);
      await clearingHouse.connect(signer).deposit(account, world.weth, weth);
    }
    return { signer, account, number: 0n };
  }

  it("is connected to the upstream's contracts, and reads the feed's latest phase", async () => {
    const { marketData, clearingHouse } = deployed.house;
    expect((await marketData.feedConfig(ETH.underlying)).config.feed).to.equal(world.ethFeed);
    expect((await clearingHouse.collateralTerms(0)).token).to.equal(world.usdc);
    expect((await clearingHouse.collateralTerms(1)).token).to.equal(world.weth);
    expect(await proxy.phaseId()).to.equal(2n);
    expect((await proxy.latestRoundData()).roundId).to.equal(roundId(2n, 2n));
    expect((await proxy.getRoundData(roundId(1n, 1n))).answer).to.equal(parsePrice("2950"));
    expect(await ethMarket()).to.include({ price: parsePrice("3020"), status: PriceStatus.Fresh });
  });

  it("stays at its block while the upstream goes on", async () => {
    const { ethers } = await network.create({ network: "localhost", override: { url: upstream.url } });
    const aggregator = await ethers.getContractAt("FluxAggregator", world.ethAggregators[1]);
    await (await aggregator.submit(3, parsePrice("4000"))).wait();
    expect(await aggregator.latestAnswer()).to.equal(parsePrice("4000"));
    expect((await proxy.latestRoundData()).answer).to.equal(parsePrice("3020"));
  });

  it("lives: deposits, a trade, rounds, a change of phase, a liquidation, withdrawals", async () => {
    const { clearingHouse, liquidation } = deployed.house;
    const alice = await open(1, "6000");
    const bob = await open(2, "2000", 10n * ETHER);
    const carol = await open(3, "50000");
    const cashOf = async ({ account }: Trader) => clearingHouse.cashOf(account);

    // 10 contracts at the index of 3,020: 1 bp for the maker, 5 bp for the taker.
    await desk.trade(alice, bob, "ETH", "10", "3020");
    const [aliceFee, bobFee] = [parseUsd("3.02"), parseUsd("15.1")];
    expect(await cashOf(alice)).to.equal(parseUsd("6000") - aliceFee);

    await report(2, "3100");
    await clearingHouse.settle([bob.account, alice.account], ETH.instrument);
    expect(await cashOf(alice)).to.equal(parseUsd("6800") - aliceFee);
    expect(await cashOf(bob)).to.equal(parseUsd("1200") - bobFee);

    // The next phase begins with rounds from before the last one of this phase: they are no news.
    const owner = await impersonate(fork, world.oracle);
    await proxy.connect(owner).proposeAggregator(world.ethAggregators[2]);
    await proxy.connect(owner).confirmAggregator(world.ethAggregators[2]);
    expect((await proxy.latestRoundData()).roundId).to.equal(roundId(3n, 2n));
    expect((await proxy.latestRoundData()).answer).to.equal(parsePrice("3010"));
    expect(await ethMarket()).to.include({ price: parsePrice("3100"), status: PriceStatus.Fresh });
    await report(3, "2750");
    expect((await proxy.latestRoundData()).roundId).to.equal(roundId(3n, 3n));
    expect(await ethMarket()).to.include({ price: parsePrice("2750"), status: PriceStatus.Fresh });

    // The maintenance margin of 10 contracts at 2,750, from the parameters: a scan range of 16.94 %, a basis of 50 bp, half
    // a spread of 2 bp, 3.58 % a day on a turnover of 1,628,191,353.
    const N = 27_500;
    const addOns = N * 0.005 + N * (0.0002 + 0.0358 * Math.sqrt(N / 1_628_191_353));
    const before = await clearingHouse.marginOf(alice.account);
    expect(before.equity).to.equal(parseUsd("3300") - aliceFee);
    const maintenance = 0.75 * N * 0.1694 + 0.5 * addOns;
    expect(before.maintenance).to.be.closeTo(BigInt(Math.round(maintenance * 1e6)), parseUsd("0.01"));

    const taken = await liquidate(alice, carol);
    const after = await clearingHouse.marginOf(alice.account);
    expect(after.equity >= after.maintenance && after.equity * 4n <= after.maintenance * 5n).to.equal(true);
    // One percent of the margin relieved, a tenth of it for the insurance.
    const reward = (before.maintenance - after.maintenance) / 100n;
    expect(before.equity - after.equity).to.be.within(reward - 1n, reward);
    const insurance = (reward + 9n) / 10n;
    expect(await clearingHouse.storedCashOf(systemAccounts.insurance)).to.equal(insurance);
    expect((await clearingHouse.positionOf(carol.account, ETH.instrument)).quantity).to.equal(taken);
    expect(await liquidation.flaggedAt(alice.account)).to.equal(0n);

    await closeWithBob([alice, carol], bob);
    expect(await payOut([bob, alice, carol])).to.equal(10n * ETHER);
    const fees = aliceFee + bobFee + parseUsd("16.5"); // 6 bp of 27,500
    const left = await tokens.usdc.balanceOf(await clearingHouse.vault());
    expect(left).to.be.within(fees + insurance - 2n, fees + insurance + 4n);
    expect(await tokens.usdc.balanceOf(bob.signer)).to.be.within(
      parseUsd("4700") - bobFee - parseUsd("13.75") - 4n,
      parseUsd("4700") - bobFee - parseUsd("13.75"),
    );
    expect(await sumOfCash(clearingHouse, [BTC.instrument, ETH.instrument])).to.equal(0n);
  });

  /**
   * Alice, who sold puts with as little as her initial margin asks for, falls below her maintenance margin before the expiry. The
   * proxy gets its fourth aggregator in the minutes before it, unseen by the house; nobody proves anything for hours.
   */
  it("settles an expiry across a change of phase, late, with a strike at the price and an account below its margin", async () => {
    const { clearingHouse, liquidation, marketData, lens } = deployed.house;
    const { time } = fork.networkHelpers;
    const [alice, bob] = [await open(1, "50000"), await open(2, "20000")];
    const carol = { signer: (await fork.ethers.getSigners())[3]!, number: 0n };
    // Twelve hours before the expiry, whatever the time of day is: margins of options depend on it.
    const expiryHours = Math.floor((await time.latest()) / DAY) * 24 + 48 + 8;
    await time.increaseTo((expiryHours - 12) * HOUR);
    await report(3, "2750");
    await reportCash();
    const on = { underlying: ETH.underlying, expiryHours };
    const expiry = on.expiryHours * HOUR;
    const bucket = bucketOf(future(on));
    const [put, call] = [option(on, "put", "2700"), option(on, "call", "2550")];
    const options = optionDesk({ ...deployed.house, connection: fork });
    await options.list([put, call]);
    await options.postSurface(ETH.underlying, { volatility: 0.8 });
    const contracts = parseQuantity("10");
    await options.tradeLegs(alice, bob, [{ instrument: put, ratio: -contracts }]);
    await options.tradeLegs(bob, alice, [{ instrument: call, ratio: -parseQuantity("1") }]);
    const { free } = await lens.summary(alice.account);
    // All but a dollar: half a day before its expiry an option's requirement changes from second to second.
    const taken = free - parseUsd("1");
    await clearingHouse.connect(alice.signer).withdraw(alice.account, tokens.usdc, taken, alice.signer.address);
    const cash = [await clearingHouse.cashOf(alice.account), await clearingHouse.cashOf(bob.account)] as const;

    // The third phase ends before the expiry, and so does the first round of the fourth.
    await time.increaseTo(expiry - 900);
    await report(3, "2600");
    const fourth = await deployFeed(fork.ethers, { decimals: 8, description: descriptionOf("ETH") });
    const owner = await impersonate(fork, world.oracle);
    await proxy.connect(owner).proposeAggregator(fourth.aggregator);
    await proxy.connect(owner).confirmAggregator(fourth.aggregator);
    await time.increaseTo(expiry - 300);
    await fourth.submit(parsePrice("2560"));
    await time.increaseTo(expiry + 600);
    await fourth.submit(parsePrice("2550"));
    await fourth.submit(parsePrice("2900"));
    await fourth.submit(parsePrice("2550"));
    await time.increase(6 * HOUR);

    // Below her maintenance margin; what is over is settled, not taken.
    const before = await clearingHouse.marginOf(alice.account);
    expect(before.equity > 0n && before.equity < before.maintenance).to.equal(true);
    const taker = liquidation.connect(bob.signer);
    const request = { account: alice.account, liquidator: bob.account, collaterals: [], minReward: 0n };
    await expect(taker.liquidate({ ...request, positions: [{ instrument: put, quantity: -contracts }] }))
      .to.be.revertedWithCustomError(clearingHouse, "MarketExpired")
      .withArgs(put);

    // Of all rounds and phases only one combination passes, whoever brings it.
    const lastOfThird = await (
      await fork.ethers.getContractAt("FluxAggregator", world.ethAggregators[2])
    ).latestRound();
    const wrong = [
      { round: roundId(4n, 3n), ended: [lastOfThird], blamed: roundId(4n, 3n), fault: NOT_FIRST },
      { round: roundId(4n, 1n), ended: [lastOfThird], blamed: roundId(4n, 1n), fault: TOO_EARLY },
      { round: roundId(4n, 2n), ended: [], blamed: roundId(4n, 2n), fault: WRONG_PHASE },
      { round: roundId(3n, lastOfThird), ended: [], blamed: roundId(3n, lastOfThird), fault: TOO_EARLY },
      { round: roundId(4n, 2n), ended: [lastOfThird - 1n], blamed: roundId(3n, lastOfThird), fault: PHASE_NOT_OVER },
    ];
    for (const { round, ended, blamed, fault } of wrong) {
      await expect(marketData.connect(carol.signer).proveExpiry(bucket, round, ended))
        .to.be.revertedWithCustomError(marketData, "WrongRound")
        .withArgs(bucket, blamed, fault);
    }
    const reader = { caller: fork.ethers.provider };
    const proof = await findExpiryRound(reader, await marketData.getAddress(), bucket);
    expect(proof).to.deep.equal({ roundId: roundId(4n, 2n), endedPhases: [lastOfThird] });
    await carol.signer.sendTransaction(proveExpiry(await marketData.getAddress(), bucket, proof!));
    expect(await marketData.settlementPrice(bucket)).to.equal(parsePrice("2550"));

    // Ten puts pay 150 each, the call at the strike nothing. The winner's claim waits for the loser's cash.
    const owed = parseUsd("1500");
    await clearingHouse.settleExpiry([bob.account], bucket);
    expect(await clearingHouse.cashOf(bob.account)).to.equal(cash[1]);
    expect((await clearingHouse.positionOf(bob.account, future(on))).quote).to.equal(owed);
    await clearingHouse.settleExpiry([alice.account, bob.account], bucket);
    expect(await clearingHouse.cashOf(alice.account)).to.equal(cash[0] - owed);
    expect(await clearingHouse.cashOf(bob.account)).to.equal(cash[1] + owed);
    expect([
      ...(await clearingHouse.expiriesOf(alice.account)),
      ...(await clearingHouse.expiriesOf(bob.account)),
    ]).to.deep.equal([]);
    expect(await sumOfCash(clearingHouse, [BTC.instrument, ETH.instrument, future(on)])).to.equal(0n);
    const after = await clearingHouse.marginOf(alice.account);
    expect([after.equity, after.initial]).to.deep.equal([cash[0] - owed, 0n]);
  });

  /** As much as the plan from one read of the chain says. Returns the contracts taken. */
  async function liquidate({ account }: Trader, liquidator: Trader): Promise<bigint> {
    const { clearingHouse, liquidation } = deployed.house;
    const { risk } = networkConfig(world.file, liquidator.signer.address);
    const { cash, cashPrice, exposures, holdings } = await clearingHouse.portfolioOf(account);
    const plan = planLiquidation({
      portfolio: decodePortfolio({ cash, cashPrice, exposures: [...exposures], holdings: [...holdings] }),
      assess: (portfolio) => assess(portfolio, risk),
      shareBps: await liquidation.rewardShareBps(account),
      insuranceShareBps: BigInt(world.file.liquidation.insuranceShareBps),
      targetBps: risk.globals.liquidationTargetBps,
      decimals: new Map([[1, 18]]),
    });
    if (plan === undefined) throw new Error("There is nothing to liquidate.");
    await liquidation.connect(liquidator.signer).liquidate({
      account,
      liquidator: liquidator.account,
      positions: [...plan.positions],
      collaterals: [...plan.collaterals],
      minReward: plan.reward.liquidator,
    });
    return plan.positions[0]!.quantity;
  }

  /** Sells what they hold to him, at the index. */
  async function closeWithBob(holders: readonly Trader[], bob: Trader): Promise<void> {
    const { clearingHouse } = deployed.house;
    for (const holder of holders) {
      const { quantity } = await clearingHouse.positionOf(holder.account, ETH.instrument);
      await desk.trade(holder, bob, "ETH", fork.ethers.formatUnits(-quantity, 8), "2750", { reduceOnly: true });
    }
    expect((await clearingHouse.positionOf(bob.account, ETH.instrument)).quantity).to.equal(0n);
  }

  /** Withdraws everything. Returns the ether that WETH9 gave for what came back. */
  async function payOut(traders: readonly Trader[]): Promise<bigint> {
    const { clearingHouse } = deployed.house;
    const accounts = traders.map(({ account }) => account);
    await clearingHouse.settle(accounts, ETH.instrument);
    for (const { signer, account } of traders) {
      await clearingHouse.connect(signer).withdraw(account, tokens.usdc, MaxUint256, signer.address);
      expect(await clearingHouse.cashOf(account)).to.equal(0n);
    }
    const holder = traders[0]!.signer;
    await clearingHouse.connect(holder).withdraw(accounts[0]!, world.weth, MaxUint256, holder.address);
    const weth = new fork.ethers.Contract(world.weth, WETH9, holder);
    const held = (await weth.getFunction("balanceOf").staticCall(holder.address)) as bigint;
    await expect(weth.getFunction("withdraw").send(held)).to.changeEtherBalance(fork.ethers, holder, held);
    return held;
  }
});

const WETH9 = [
  "function deposit() payable",
  "function withdraw(uint256)",
  "function approve(address, uint256) returns (bool)",
  "function balanceOf(address) view returns (uint256)",
];

import { expect } from "chai";
import { parseEther, Wallet } from "ethers";
import { connect } from "../../../scripts/keeper/chain.ts";
import { type KeeperConfig, parseConfig } from "../../../scripts/keeper/config.ts";
import { raised } from "../../../scripts/keeper/fees.ts";
import { createLog } from "../../../scripts/keeper/log.ts";
import { createMetrics } from "../../../scripts/keeper/metrics.ts";
import { type Outcome, Sender, type Task } from "../../../scripts/keeper/sender.ts";
import { clearingHouseAbi } from "../../../sdk/abi.ts";
import { accountId } from "../../../sdk/instruments.ts";
import { eventually, KEEPER, type KeeperBench, keeperBench, keyOf, setAutomine } from "../../support/keeper.ts";

const STRANGER = "0x00000000000000000000000000000000000000aa";
const GWEI = 10n ** 9n;

describe("keeper: sender", () => {
  let bench: KeeperBench;
  let opened: { destroy: () => void }[] = [];
  let time = 0;
  before(async () => {
    bench = await keeperBench();
  });
  afterEach(async () => {
    for (const provider of opened) provider.destroy();
    opened = [];
    await bench.reset();
  });
  after(() => bench.close());

  async function newSender(gas: Partial<KeeperConfig["gas"]> = {}, dry = false) {
    const raw = await bench.configOf({ config: { gas: { maxFeeGwei: 100, native: { usd: 200 }, ...gas } } });
    const config = parseConfig(JSON.stringify(raw), `${bench.folder}/keeper.json`);
    const chain = await connect(config);
    opened.push(chain.provider);
    const wallet = new Wallet(keyOf(KEEPER), chain.provider);
    const metrics = createMetrics();
    const sender = new Sender({
      provider: chain.provider,
      from: wallet.address,
      wallet: dry ? undefined : wallet,
      gas: config.gas,
      names: {},
      log: createLog("error"),
      metrics,
      clock: () => time,
    });
    await sender.resume([]);
    return { sender, provider: chain.provider, wallet, chain, metrics };
  }

  const task = (label: string, to = STRANGER, data = "0x", worthWei?: bigint): Task => ({
    job: "test",
    label,
    call: { to, data },
    ...(worthWei === undefined ? {} : { worthWei }),
  });
  const kindOf = ({ kind }: Outcome): string => kind;
  const pendingOf = async (): Promise<{ nonce: string; maxFeePerGas: string; to: string }[]> => {
    const block = (await bench.house.connection.provider.request({
      method: "eth_getBlockByNumber",
      params: ["pending", true],
    })) as { transactions: { nonce: string; maxFeePerGas: string; to: string }[] };
    return block.transactions;
  };

  it("never sends what its trial refuses", async () => {
    const { sender, provider, wallet, chain } = await newSender();
    const before = await provider.getTransactionCount(wallet.address);
    const data = clearingHouseAbi.encodeFunctionData("withdraw", [
      accountId(wallet.address),
      await bench.house.tokens.usdc.getAddress(),
      1n,
      wallet.address,
    ]);
    const outcome = await sender.send(task("withdraw nothing", chain.contracts.clearingHouse, data));
    expect(kindOf(outcome)).to.equal("refused");
    if (outcome.kind !== "refused") return;
    expect(outcome.error.name).to.equal("InsufficientCash");
    expect(outcome.error.args).to.deep.equal({ account: accountId(wallet.address), requested: 1n, available: 0n });
    expect(await provider.getTransactionCount(wallet.address)).to.equal(before);
    expect(sender.pending).to.equal(0);
  });

  it("gives transactions that are sent together the next nonces, no more at a time than allowed", async () => {
    await setAutomine(bench, false);
    const { sender, provider, wallet } = await newSender({ maxInFlight: 2 });
    const first = await provider.getTransactionCount(wallet.address);
    const outcomes = Promise.all(["a", "b", "c"].map((label) => sender.send(task(label))));
    await eventually("two are sent", () => sender.pending === 2);
    expect((await pendingOf()).map(({ nonce }) => Number(nonce))).to.deep.equal([first, first + 1]);
    await bench.house.connection.networkHelpers.mine();
    await sender.advance();
    await eventually("the third is sent", () => sender.pending === 1);
    await bench.house.connection.networkHelpers.mine();
    await sender.advance();
    const all = await outcomes;
    expect(all.map(kindOf)).to.deep.equal(["mined", "mined", "mined"]);
    expect(await provider.getTransactionCount(wallet.address)).to.equal(first + 3);
  });

  it("sends a stuck transaction again with a higher fee, under the same nonce", async () => {
    await setAutomine(bench, false);
    const { sender, metrics } = await newSender({ replaceAfterSeconds: 30 });
    const outcome = sender.send(task("stuck"));
    await eventually("it is sent", () => sender.pending === 1);
    const [before] = await pendingOf();
    time += 29_000;
    await sender.advance();
    expect((await pendingOf())[0]!.maxFeePerGas).to.equal(before!.maxFeePerGas);
    time += 2_000;
    await sender.advance();
    const after = await pendingOf();
    expect(after.length).to.equal(1);
    expect(after[0]!.nonce).to.equal(before!.nonce);
    expect(BigInt(after[0]!.maxFeePerGas) * 10n >= BigInt(before!.maxFeePerGas) * 11n).to.equal(true);
    expect((await metrics.replacements.get()).values[0]!.value).to.equal(1);

    await bench.house.connection.networkHelpers.mine();
    await sender.advance();
    expect(kindOf(await outcome)).to.equal("mined");
  });

  it("cancels a stuck transaction that would fail by now", async () => {
    const { ethers, networkHelpers } = bench.house.connection;
    const { usdc } = bench.house.tokens;
    const { sender, wallet } = await newSender({ maxFeeGwei: 1_000 });
    const other = (await ethers.getSigners())[KEEPER + 1]!;
    await usdc.mint(wallet.address, 100n);
    await usdc.connect((await ethers.getSigners())[KEEPER]).approve(other.address, 100n);
    await sender.resume([]);

    await setAutomine(bench, false);
    const data = usdc.interface.encodeFunctionData("transfer", [STRANGER, 100n]);
    const outcome = sender.send(task("transfer all", await usdc.getAddress(), data));
    await eventually("it is sent", () => sender.pending === 1);
    const [waiting] = await pendingOf();
    // No block takes it at such a base fee, and somebody else, who pays more, takes the money.
    await networkHelpers.setNextBlockBaseFeePerGas(BigInt(waiting!.maxFeePerGas) * 10n);
    const fee = BigInt(waiting!.maxFeePerGas) * 20n;
    await usdc
      .connect(other)
      .transferFrom(wallet.address, other.address, 100n, { maxFeePerGas: fee, gasLimit: 100_000n });
    await networkHelpers.mine();
    await networkHelpers.setNextBlockBaseFeePerGas(GWEI);

    time += 31_000;
    await sender.advance();
    const [replaced] = await pendingOf();
    expect(replaced!.nonce).to.equal(waiting!.nonce);
    expect(replaced!.to.toLowerCase()).to.equal(wallet.address.toLowerCase());
    await networkHelpers.mine();
    await sender.advance();
    expect(kindOf(await outcome)).to.equal("cancelled");
    expect(await usdc.balanceOf(STRANGER)).to.equal(0n);
  });

  it("waits while gas is above the cap, and does not pay more than a task is worth", async () => {
    const { sender, provider, wallet } = await newSender({ maxFeeGwei: 0.000001 });
    const before = await provider.getTransactionCount(wallet.address);
    expect(kindOf(await sender.send(task("expensive")))).to.equal("expensive");
    const other = await newSender();
    const cheap = await other.sender.send(task("worth one wei", STRANGER, "0x", 1n));
    expect(kindOf(cheap)).to.equal("unprofitable");
    expect(await provider.getTransactionCount(wallet.address)).to.equal(before);
    const worth = other.sender.send(task("worth an ether", STRANGER, "0x", parseEther("1")));
    await eventually("it is sent", () => other.sender.pending === 1);
    await other.sender.advance();
    expect(kindOf(await worth)).to.equal("mined");
  });

  it("tries, but has nothing to send with, in a dry run", async () => {
    const { sender, provider, wallet } = await newSender({}, true);
    const before = await provider.getTransactionCount(wallet.address);
    const outcome = await sender.send(task("dry"));
    expect(kindOf(outcome)).to.equal("dry");
    expect(await provider.getTransactionCount(wallet.address)).to.equal(before);
  });

  it("finds out that its nonce was used by somebody else", async () => {
    await setAutomine(bench, false);
    const { sender, wallet, provider } = await newSender({ replaceAfterSeconds: 30 });
    const outcome = sender.send(task("mine"));
    await eventually("it is sent", () => sender.pending === 1);
    const [own] = await pendingOf();
    // The same key elsewhere, with a fee that displaces it.
    const other = await wallet.signTransaction({
      to: STRANGER,
      value: 1n,
      type: 2,
      chainId: 31_337,
      nonce: Number(own!.nonce),
      gasLimit: 21_000n,
      maxFeePerGas: 90n * GWEI,
      maxPriorityFeePerGas: 20n * GWEI,
    });
    await provider.send("eth_sendRawTransaction", [other]);
    await bench.house.connection.networkHelpers.mine();
    await sender.advance();
    expect(sender.pending, "a node may only be late").to.equal(1);
    time += 31_000;
    await sender.advance();
    expect(kindOf(await outcome)).to.equal("lost");
    await setAutomine(bench, true);
    const next = sender.send(task("goes on"));
    await eventually("it is sent", () => sender.pending === 1);
    await sender.advance();
    expect(kindOf(await next)).to.equal("mined");
  });

  describe("raised", () => {
    const gas = { maxFeeGwei: 100 };
    const fees = (max: bigint, priority: bigint) => ({
      maxFeePerGas: max * GWEI,
      maxPriorityFeePerGas: priority * GWEI,
      baseFee: GWEI,
    });
    it("is at least a tenth above the old fees and at least what the chain asks now", () => {
      expect(raised(fees(10n, 1n), fees(5n, 1n), gas)).to.deep.equal({
        maxFeePerGas: 11_300_000_000n,
        maxPriorityFeePerGas: 1_130_000_000n,
        baseFee: GWEI,
      });
      expect(raised(fees(10n, 1n), fees(50n, 4n), gas)).to.deep.equal(fees(50n, 4n));
    });
    it("never passes the cap", () => {
      expect(raised(fees(89n, 1n), fees(5n, 1n), gas)).to.equal(undefined);
      expect(raised(fees(88n, 1n), fees(5n, 1n), gas)!.maxFeePerGas).to.equal(99_440_000_000n);
    });
  });
});

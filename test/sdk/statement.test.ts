import { expect } from "chai";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { TransactionRequest } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import {
  ALL,
  batch,
  combinationOrder,
  type Entry,
  type EntryType,
  fill,
  fillWhole,
  formatUsd,
  liquidate,
  ONE,
  parseUsd,
  readNames,
  readStatement,
  send,
  signOrder,
  singleLegOrder,
  type Statement,
  STATEMENT_COLUMNS,
  statementToCsv,
  transfer,
  withdraw,
} from "../../sdk/index.ts";
import { accountId } from "../../sdk/index.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";
import { readerOf, type TestReader } from "../support/reader.ts";

const HOUR = 3_600;
const FOREVER = 2 ** 32;
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** The smallest RFC 4180 reader, written from its grammar. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, isQuoted]: [string[], string, boolean] = [[], "", false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (isQuoted && c === '"' && text[i + 1] === '"') cell += text[i++]!;
    else if (c === '"') isQuoted = !isQuoted;
    else if (!isQuoted && c === ",") [row, cell] = [[...row, cell], ""];
    else if (!isQuoted && c === "\r" && text[i + 1] === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      i++;
    } else cell += c;
  }
  return rows;
}

/** A generator of numbers that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const sum = (entries: readonly Entry[], types?: readonly EntryType[]): bigint =>
  entries.filter(({ type }) => types?.includes(type) ?? true).reduce((total, { cash }) => total + cash, 0n);

describe("statement", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let alice: Trader;
  let bob: Trader;
  let carol: Trader;

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, alice, bob, carol } = await connection.networkHelpers.loadFixture(open));
  });

  const statementOf = (trader: Trader): Promise<Statement> => readStatement(reader, trader.account, { fromBlock: 0 });

  /** Every amount is there, and the running balance is the ledger's cash. */
  async function reconcile(trader: Trader): Promise<Statement> {
    const statement = await statementOf(trader);
    const cash = await house.clearingHouse.cashOf(trader.account);
    expect(statement.closing).to.equal(cash);
    expect(statement.entries.at(-1)?.balance ?? statement.opening).to.equal(cash);
    expect(statement.opening + sum(statement.entries)).to.equal(cash);
    let balance = statement.opening;
    for (const entry of statement.entries) expect(entry.balance).to.equal((balance += entry.cash));
    return statement;
  }

  it("reconciles to the last unit after a random session", async () => {
    const random = seeded(20_200_312);
    const traders = [alice, bob, carol];
    const symbols = Object.keys(house.markets);
    const refused: string[] = [];
    const attempt = async (action: () => Promise<unknown>): Promise<void> => {
      await action().catch((thrown: Error) => refused.push(thrown.message));
    };
    // Bob's loss takes his cash below zero, so interest runs from the start.
    await house.trade(alice, bob, "ETH", "-40", "200.5");
    await house.setPrice("ETH", "175");
    await house.clearingHouse.settle([bob.account, alice.account], house.markets.ETH!.instrument);
    for (let step = 0; step < 60; step++) {
      const trader = traders[Math.floor(random() * 3)]!;
      const other = traders.filter((t) => t !== trader)[Math.floor(random() * 2)]!;
      const symbol = symbols[Math.floor(random() * symbols.length)]!;
      const roll = random();
      if (roll < 0.45) {
        const size = (random() * 2 - 1) * (symbol === "BTC" ? 0.5 : 15);
        const price = (Number(await house.priceOf(symbol)) / 1e8) * (1 + (random() - 0.5) / 100);
        await attempt(() => house.trade(trader, other, symbol, size.toFixed(8), price.toFixed(8)));
      } else if (roll < 0.6) {
        const price = (Number(await house.priceOf(symbol)) / 1e8) * (1 + (random() - 0.5) / 10);
        await house.setPrice(symbol, price.toFixed(8));
      } else if (roll < 0.75) {
        const accounts = traders.map(({ account }) => account);
        await attempt(() => house.clearingHouse.settle(accounts, house.markets[symbol]!.instrument));
      } else if (roll < 0.85) {
        await connection.networkHelpers.time.increase(Math.floor(random() * 3 * HOUR));
      } else if (roll < 0.93) {
        const amount = parseUsd((random() * 300).toFixed(6));
        const call = withdraw(reader.addresses, trader.account, await cashToken(), amount, trader.signer.address);
        await attempt(() => send(trader.signer, call));
      } else {
        await house.deposit(trader, { usdc: (random() * 500).toFixed(6) });
      }
    }
    expect(refused.length, refused.join("\n")).to.be.lessThan(20);
    await connection.networkHelpers.time.increase(HOUR);
    await connection.networkHelpers.mine();

    const statements = [await reconcile(alice), await reconcile(bob), await reconcile(carol)];
    const entries = statements.flatMap((statement) => statement.entries);
    const seen = new Set(entries.map(({ type }) => type));
    for (const type of ["Deposit", "Withdrawal", "Trade", "Settlement", "Interest"] as const)
      expect(seen).to.include(type);
    expect(entries.some(({ funding }) => funding !== undefined)).to.equal(true);

    // Against the events of the whole house, not of one account.
    const { orders, clearingHouse } = house;
    const fills = await orders.queryFilter(orders.filters.OrderFilled());
    const charged = fills.reduce((total, { args }) => total + args.makerFee + args.takerFee, 0n);
    expect(entries.reduce((total, { fee }) => total + fee, 0n)).to.equal(charged);
    expect(entries.filter(({ type }) => type === "Trade").length).to.equal(2 * fills.length);
    const settled = await clearingHouse.queryFilter(clearingHouse.filters.Settled());
    expect(sum(entries, ["Settlement"])).to.equal(settled.reduce((total, { args }) => total + args.amount, 0n));
    for (const [i, trader] of traders.entries()) {
      for (const { instrument } of Object.values(house.markets)) {
        const last = statements[i]!.entries.filter((e) => e.instrument === instrument);
        const { quantity, quote } = await clearingHouse.positionOf(trader.account, instrument);
        expect(last.findLast((e) => e.position !== undefined)?.position ?? 0n).to.equal(quantity);
        expect(last.at(-1)?.quote ?? 0n).to.equal(quote);
      }
    }
  });

  it("shows a trade with price, fee, other side and order", async () => {
    await house.trade(alice, bob, "ETH", "2.5", "200.4");
    const [trade] = (await reconcile(alice)).entries.filter(({ type }) => type === "Trade");
    // Maker: 1 bp of 2.5 times the index of 200.
    expect(trade).to.deep.include({
      instrument: house.markets.ETH!.instrument,
      quantity: 250_000_000n,
      price: 20_040_000_000n,
      position: 250_000_000n,
      quote: -parseUsd("501"),
      fee: parseUsd("0.05"),
      cash: -parseUsd("0.05"),
      counterparty: bob.account,
    });
    const [filled] = await house.orders.queryFilter(house.orders.filters.OrderFilled());
    expect(trade!.order).to.equal(filled!.args.orderHash);
    const [taken] = (await reconcile(bob)).entries.filter(({ type }) => type === "Trade");
    expect(taken).to.deep.include({ quantity: -250_000_000n, fee: parseUsd("0.25"), counterparty: alice.account });
  });

  it("gives every fill of a call its fee, single legs and combinations alike", async () => {
    const [eth, btc] = [house.markets.ETH!.instrument, house.markets.BTC!.instrument];
    const terms = { owner: alice.signer.address, subaccount: alice.number, expiry: FOREVER };
    const legs = [
      { instrument: btc, ratio: "-0.1" },
      { instrument: eth, ratio: "4" },
    ];
    const offers = [
      singleLegOrder({ ...terms, instrument: eth, side: "sell", quantity: "1", price: "199.5" }),
      combinationOrder({ ...terms, legs, quantity: "2", netPrice: "1.25" }),
      singleLegOrder({
        ...terms,
        owner: carol.signer.address,
        subaccount: carol.number,
        instrument: btc,
        side: "buy",
        quantity: "0.2",
        price: "8010",
      }),
    ];
    const signers = [alice, alice, carol];
    const where = { chainId: 31_337, verifyingContract: reader.addresses.orders };
    const fills = await Promise.all(
      offers.map(async (order, i) => fillWhole(await signOrder(signers[i]!.signer, order, where))),
    );
    await send(bob.signer, fill(reader.addresses, bob.account, fills));

    const events = await house.orders.queryFilter(house.orders.filters.OrderFilled());
    const { entries } = await reconcile(bob);
    const trades = entries.filter(({ type }) => type === "Trade");
    expect(trades.map(({ order }) => order)).to.deep.equal([0, 1, 1, 2].map((i) => events[i]!.args.orderHash));
    expect(trades.map(({ fee }) => fee)).to.deep.equal([
      events[0]!.args.takerFee,
      events[1]!.args.takerFee,
      0n,
      events[2]!.args.takerFee,
    ]);
    expect(trades.map(({ counterparty }) => counterparty)).to.deep.equal([
      alice.account,
      alice.account,
      alice.account,
      carol.account,
    ]);
    // Two combinations for 1.25 net: the legs book at the index, 8 × 200 − 0.2 × 8,000 = 0, and bob receives the rest.
    expect(sum(entries, ["Combination"])).to.equal(parseUsd("2.5"));
    await reconcile(alice);
    await reconcile(carol);
  });

  it("tells deposits, withdrawals and transfers of collateral apart", async () => {
    const weth = await house.tokens.weth.getAddress();
    const sibling = { ...carol, number: 4n, account: accountId(carol.signer.address, 4n) };
    await send(
      carol.signer,
      batch(reader.addresses, [
        transfer(reader.addresses, carol.account, sibling.account, weth, 10n ** 18n),
        transfer(reader.addresses, carol.account, sibling.account, await cashToken(), parseUsd("3")),
        withdraw(reader.addresses, carol.account, weth, 2n * 10n ** 18n, bob.signer.address),
        withdraw(reader.addresses, carol.account, await cashToken(), ALL, carol.signer.address),
      ]),
    );
    const { entries } = await reconcile(carol);
    expect(entries.map(({ type, asset, amount, cash }) => [type, asset, amount, cash])).to.deep.equal(
      [
        ["Deposit", 0, undefined, parseUsd("20000")],
        ["Deposit", 1, 50n * 10n ** 18n, 0n],
        ["Transfer", 1, -(10n ** 18n), 0n],
        ["Transfer", 0, undefined, -parseUsd("3")],
        ["Withdrawal", 1, -2n * 10n ** 18n, 0n],
        ["Withdrawal", 0, undefined, -parseUsd("19997")],
      ].map(([type, asset, amount, cash]) => [type, asset === 0 ? undefined : asset, amount, cash]),
    );
    expect(entries[4]!.counterparty).to.equal(bob.signer.address);
    const moved = (await reconcile(sibling)).entries;
    expect(moved.map(({ type, amount, cash }) => [type, amount, cash])).to.deep.equal([
      ["Transfer", 10n ** 18n, 0n],
      ["Transfer", undefined, parseUsd("3")],
    ]);
  });

  it("shows both sides of a liquidation", async () => {
    const { signer } = bob;
    const thin = await house.openAccount(signer, 3n, { usdc: "700", weth: "2" });
    await house.trade(alice, thin, "ETH", "-12", "200");
    await house.setPrice("ETH", "137");
    const eth = house.markets.ETH!.instrument;
    const request = {
      account: thin.account,
      liquidator: carol.account,
      positions: new Map([[eth, 4n * ONE]]),
      collaterals: new Map([[1, 10n ** 18n]]),
    };
    await send(carol.signer, liquidate(reader.addresses, request));
    const [event] = await house.liquidation.queryFilter(house.liquidation.filters.Liquidated());
    const { reward, insuranceShare } = event!.args;
    const lost = (await reconcile(thin)).entries.filter(({ type }) => type.startsWith("Liquidation"));
    expect(lost.map(({ type, quantity, amount }) => [type, quantity, amount])).to.deep.equal([
      ["Liquidation", -4n * ONE, undefined],
      ["Liquidation", undefined, undefined],
      ["Liquidation", undefined, -(10n ** 18n)],
      ["LiquidationFee", undefined, undefined],
      ["Liquidation", undefined, undefined],
    ]);
    expect(lost.map(({ cash }) => cash)).to.deep.equal([0n, parseUsd("137"), 0n, -insuranceShare, -reward]);
    const won = (await reconcile(carol)).entries.filter(({ type }) => type.startsWith("Liquidation"));
    expect(sum(won)).to.equal(reward - parseUsd("137"));
    expect(new Set(won.map(({ counterparty }) => counterparty))).to.deep.equal(new Set([thin.account]));
  });

  it("starts in the middle with the cash of that time, and reads in ranges of any size", async () => {
    await house.trade(alice, bob, "ETH", "2", "200.4");
    const middle = await connection.ethers.provider.getBlockNumber();
    const cash = await house.clearingHouse.cashOf(alice.account, { blockTag: middle });
    await house.trade(alice, bob, "ETH", "-2", "200.1");
    await house.clearingHouse.settle([alice.account, bob.account], house.markets.ETH!.instrument);
    const late = await readStatement(reader, alice.account, { fromBlock: middle + 1 });
    expect(late.opening).to.equal(cash);
    const whole = await statementOf(alice);
    for (const blockRange of [1, 2, 3, 7, 11]) {
      const blocks: number[] = [];
      const onProgress = (block: number) => blocks.push(block);
      const pieces = await readStatement(reader, alice.account, { fromBlock: 0, blockRange, onProgress });
      expect(pieces).to.deep.equal(whole);
      expect(blocks.length).to.equal(Math.ceil((whole.toBlock + 1) / blockRange));
    }
    const none = await readStatement(reader, accountId(alice.signer.address, 99n), { fromBlock: 0 });
    expect([none.entries, none.opening, none.closing]).to.deep.equal([[], 0n, 0n]);
  });

  it("halves ranges that the provider refuses, and gives up at one block", async () => {
    const limited = (most: number): TestReader => {
      const caller = {
        getBlockNumber: () => reader.caller.getBlockNumber(),
        getBlock: (block: number) => reader.caller.getBlock(block),
        getTransactionReceipt: (hash: string) => reader.caller.getTransactionReceipt(hash),
        call: (request: TransactionRequest) => reader.caller.call(request),
        getLogs: async (filter: { readonly fromBlock: number; readonly toBlock: number }) => {
          if (filter.toBlock - filter.fromBlock >= most) throw new Error("range too wide");
          return reader.caller.getLogs(filter);
        },
      };
      return { ...reader, caller: caller as unknown as TestReader["caller"] };
    };
    expect(await readStatement(limited(9), alice.account, { fromBlock: 0 })).to.deep.equal(await statementOf(alice));
    const error = await readStatement(limited(0), alice.account, { fromBlock: 3 }).catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.equal("The provider gives no logs of block 3: range too wide");
  });

  it("does not believe fills that a stranger reports", async () => {
    const genuine = await statementOf(alice);
    await house.trade(alice, bob, "ETH", "2", "200.4");
    const retired = { ...reader, addresses: reader.addresses };
    await house.accessManager.revokeRole(5n, reader.addresses.orders);
    const after = (await readStatement(retired, alice.account, { fromBlock: genuine.toBlock + 1 })).entries;
    // Without the settlement's word, the fee stands alone and the trade has no other side; the cash is the same.
    expect(after.map(({ type, fee, order }) => [type, fee, order])).to.deep.equal([
      ["Trade", 0n, undefined],
      ["Fee", parseUsd("0.04"), undefined],
    ]);
    const modules = [reader.addresses.orders];
    const believed = await readStatement(retired, alice.account, { fromBlock: genuine.toBlock + 1, modules });
    expect(believed.entries.map(({ type, fee }) => [type, fee])).to.deep.equal([["Trade", parseUsd("0.04")]]);
  });

  describe("statementToCsv", () => {
    it("is RFC 4180 with every column, decimals and ISO times", async () => {
      await house.trade(alice, bob, "ETH", "2.5", "200.4");
      const statement = await reconcile(alice);
      const csv = statementToCsv(statement, await readNames(reader));
      expect(csv.endsWith("\r\n")).to.equal(true);
      const [header, ...rows] = parseCsv(csv);
      expect(header).to.deep.equal([...STATEMENT_COLUMNS]);
      expect(rows.length).to.equal(statement.entries.length);
      const trade: Record<string, string> = Object.fromEntries(rows.at(-1)!.map((cell, i) => [header![i]!, cell]));
      const block = await connection.ethers.provider.getBlock(statement.entries.at(-1)!.blockNumber);
      expect(trade).to.deep.include({
        time: new Date(block!.timestamp * 1_000).toISOString().replace(".000Z", "Z"),
        type: "Trade",
        instrument: "ETH-PERP",
        quantity: "2.5",
        price: "200.4",
        fee: "0.05",
        cash: "-0.05",
        balance: formatUsd(statement.closing),
        counterparty: `${bob.signer.address}/0`,
      });
    });

    it("quotes what would break a line", () => {
      const entry: Entry = {
        type: "Deposit",
        blockNumber: 1,
        timestamp: 0,
        transaction: "0x",
        logIndex: 0,
        cash: 0n,
        balance: 0n,
        fee: 0n,
        asset: 1,
        amount: 5n,
      };
      const statement = { account: "", fromBlock: 0, toBlock: 1, opening: 0n, closing: 0n, entries: [entry] };
      const symbol = 'A,"B"\r\nC';
      const [, row] = parseCsv(statementToCsv(statement, { assets: { 1: { symbol, decimals: 1 } } }));
      expect(row![STATEMENT_COLUMNS.indexOf("asset")]).to.equal(symbol);
      expect(row![STATEMENT_COLUMNS.indexOf("amount")]).to.equal("0.5");
      expect(row!.length).to.equal(STATEMENT_COLUMNS.length);
    });
  });

  describe("npm run statement", () => {
    let server: Server;
    let url: string;

    /** The simulated chain over HTTP, as a node offers it. */
    beforeEach(async () => {
      server = createServer((request, response) => {
        void (async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          const asked = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
          const answer = Array.isArray(asked) ? await Promise.all(asked.map(answered)) : await answered(asked);
          response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
        })();
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    afterEach(() => server.close());

    interface Call {
      readonly id: number;
      readonly method: string;
      readonly params: unknown[];
    }

    async function answered({ id, method, params }: Call): Promise<object> {
      try {
        const result: unknown = await connection.provider.request({ method, params });
        return { jsonrpc: "2.0", id, result };
      } catch (thrown) {
        const { message, data } = thrown as { message: string; data?: unknown };
        return { jsonrpc: "2.0", id, error: { code: 3, message, data } };
      }
    }

    async function run(...options: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
      const child = spawn(process.execPath, ["scripts/statement.ts", ...options], { cwd: REPOSITORY });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
      child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
      const status = await new Promise<number | null>((done) => child.on("close", done));
      return { status, stdout, stderr };
    }

    it("writes the statement and says in a sentence what is wrong", async () => {
      await house.trade(alice, bob, "ETH", "2.5", "200.4");
      const { clearingHouse } = reader.addresses;
      const account = `${alice.signer.address}/${alice.number}`;
      const line = ["--rpc", url, "--clearing-house", clearingHouse, "--account", account, "--from-block", "0"];
      const { status, stdout, stderr } = await run(...line);
      expect(status, stderr).to.equal(0);
      expect(stdout).to.equal(statementToCsv(await statementOf(alice), await readNames(reader)));
      expect(stderr).to.contain("2 entries in blocks 0 to").and.to.contain("0 before, 19999.95 after");

      const wrong = [
        [
          ["--account", "0x12/0"],
          '--account must be an owner and the number of the account, like 0x1234…/0, not "0x12/0".',
        ],
        [["--from-block", "x"], '--from-block must be a whole number, not "x".'],
        [["--rpc", "http://127.0.0.1:1"], "Nobody answers at http://127.0.0.1:1, or it is not a node."],
        [["--clearing-house", alice.signer.address], `The contract at ${alice.signer.address} does not answer`],
        [["--to-block", "0", "--from-block", "5"], "--to-block is before --from-block."],
      ] as const;
      const answers = await Promise.all(wrong.map(([options]) => run(...line, ...options)));
      for (const [i, answer] of answers.entries()) {
        expect([answer.status, answer.stdout]).to.deep.equal([1, ""]);
        expect(answer.stderr).to.contain(wrong[i]![1]);
        expect(answer.stderr.trim().split("\n").length).to.equal(1);
      }
    });
  });

  async function open() {
    const opened = await deployHouse(connection);
    const [, first, second, third] = await connection.ethers.getSigners();
    return {
      house: opened,
      reader: await readerOf(opened),
      alice: await opened.openAccount(first!, 0, { usdc: "20000" }),
      bob: await opened.openAccount(second!, 0, { usdc: "600", weth: "60" }),
      carol: await opened.openAccount(third!, 2, { usdc: "20000", weth: "50" }),
    };
  }

  const cashToken = (): Promise<string> => house.tokens.usdc.getAddress();
});

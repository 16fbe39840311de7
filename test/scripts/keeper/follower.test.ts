import { expect } from "chai";
import { zeroPadValue } from "ethers";
import { ROLES } from "../../../deploy/roles.ts";
import { Books, readPortfolios } from "../../../scripts/keeper/books.ts";
import { type Chain, connect, readHead } from "../../../scripts/keeper/chain.ts";
import { parseConfig } from "../../../scripts/keeper/config.ts";
import { Follower } from "../../../scripts/keeper/follower.ts";
import { createLog } from "../../../scripts/keeper/log.ts";
import { readTick } from "../../../scripts/keeper/market.ts";
import { createMetrics } from "../../../scripts/keeper/metrics.ts";
import { RemarginPool } from "../../../scripts/keeper/remargin/pool.ts";
import { readParameters } from "../../../sdk/client/read.ts";
import { portfolioAt } from "../../../sdk/remargin/tick.ts";
import { type Cast, type KeeperBench, keeperBench, leveragedTrader } from "../../support/keeper.ts";

const HOUR = 3_600;

describe("keeper: what it knows of accounts", () => {
  let bench: KeeperBench;
  let cast: Cast;
  let chain: Chain;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.checkpoint();
  });
  beforeEach(async () => {
    chain = await connect(parseConfig(JSON.stringify(await bench.configOf()), `${bench.folder}/keeper.json`));
  });
  afterEach(async () => {
    chain.provider.destroy();
    await bench.reset();
  });
  after(() => bench.close());

  const metrics = createMetrics();
  const follower = (state: ConstructorParameters<typeof Follower>[1], blockRange = 7): Follower =>
    new Follower(chain, state, blockRange, createLog("fatal"), metrics);
  const nothing = { checkpoints: [], accounts: [], flagged: [] };
  const traders = () => [cast.maker, cast.trader, cast.liquidator].map(({ account }) => account.toLowerCase());
  const openAnother = async (signer: number, usdc = "100") =>
    bench.house.openAccount((await bench.house.connection.ethers.getSigners())[signer]!, 0, { usdc });

  describe("Follower", () => {
    it("finds every account by its events, and then only those that changed", async () => {
      const f = follower(nothing);
      await f.follow(await readHead(chain));
      expect(f.accounts.size).to.equal(Number(await bench.house.clearingHouse.accountCount()));
      expect(f.takeDirty()).to.have.members(traders());

      await bench.house.deposit(cast.maker, { usdc: "5" });
      await f.follow(await readHead(chain));
      expect(f.takeDirty()).to.deep.equal([cast.maker.account.toLowerCase()]);
      expect(f.takeDirty()).to.deep.equal([]);
    });

    it("begins after a restart where the state says, with all accounts to be read", async () => {
      const first = follower(nothing);
      await first.follow(await readHead(chain));
      const { account } = await openAnother(7);
      const second = follower(JSON.parse(JSON.stringify(first.state)) as typeof first.state);
      await second.follow(await readHead(chain));
      expect(second.takeDirty()).to.have.members([...traders(), account.toLowerCase()]);
    });

    it("reads again what replaced blocks had changed", async () => {
      const { networkHelpers } = bench.house.connection;
      const f = follower(nothing);
      await f.follow(await readHead(chain));
      f.takeDirty();
      const fork = await networkHelpers.takeSnapshot();
      await bench.house.deposit(cast.trader, { usdc: "7" });
      const { account: gone } = await openAnother(8);
      await f.follow(await readHead(chain));
      expect(f.takeDirty()).to.have.members([cast.trader.account, gone].map((id) => id.toLowerCase()));

      await fork.restore();
      await networkHelpers.mine(20);
      const { account: other } = await openAnother(9);
      await f.follow(await readHead(chain));
      const dirty = f.takeDirty();
      expect(dirty).to.include.members([cast.trader.account, gone, other].map((id) => id.toLowerCase()));
      expect(dirty, "nothing that the fork has not touched").to.not.include(cast.maker.account.toLowerCase());
      expect((await metrics.reorgs.get()).values[0]!.value).to.be.above(0);

      await f.crossCheck(await readHead(chain));
      expect(f.accounts.has(gone.toLowerCase()), "an account that is not on the chain any more").to.equal(false);
    });

    it("reads everybody again when everybody bore a loss", async () => {
      const f = follower(nothing);
      const { house } = bench;
      const { ethers, networkHelpers } = house.connection;
      const [clearingHouse, manager] = await Promise.all([
        house.clearingHouse.getAddress(),
        house.accessManager.getAddress(),
      ]);
      const module = await ethers.deployContract("PostingModule", [clearingHouse, manager]);
      await house.accessManager.grantRole(ROLES.MODULE, await module.getAddress(), 0);
      const deficit = { from: zeroPadValue("0x05", 32), to: cast.maker.account, amount: 50_000_000_000n, reason: 10 };
      await module.postCash([deficit]);
      await networkHelpers.time.increase(24 * HOUR);
      await f.follow(await readHead(chain));
      f.takeDirty();

      await house.clearingHouse.socialise();
      await f.follow(await readHead(chain));
      expect(f.takeDirty()).to.have.members(traders());
    });

    it("finds by the list what the events did not tell", async () => {
      const head = await readHead(chain);
      const f = follower({ ...nothing, checkpoints: [{ number: head.number, hash: head.hash }] });
      await f.follow(head);
      expect(f.accounts.size).to.equal(0);
      await f.crossCheck(head);
      expect(f.takeDirty()).to.have.members(traders());
      expect((await metrics.missedAccounts.get()).values[0]!.value).to.equal(f.accounts.size);
    });
  });

  describe("Books", () => {
    it("are what the chain says hours of funding later, within a unit for each perpetual", async () => {
      const { clearingHouse, connection } = bench.house;
      const pool = new RemarginPool(1);
      try {
        const parameters = await readParameters(chain.house);
        const accounts = [cast.trader.account, cast.maker.account];
        // Above the index: longs will pay.
        await bench.house.trade(cast.trader, cast.maker, "ETH", "20", "201.5");
        const first = await readHead(chain);
        const before = await readTick(chain, first, [], parameters);
        const books = new Books(pool);
        books.put(accounts, await readPortfolios(chain, accounts, first.number, before.now), before, first);

        await connection.networkHelpers.time.increase(3 * HOUR);
        await bench.house.setPrice("ETH", "203");
        const head = await readHead(chain);
        const tick = await readTick(chain, head, [], parameters);
        expect(tick.underlyings.get(2)!.fundingIndex).to.be.above(before.underlyings.get(2)!.fundingIndex);
        const [trader, maker] = await readPortfolios(chain, accounts, head.number, tick.now);
        for (const [i, onChain] of [trader!, maker!].entries()) {
          const kept = portfolioAt(books.get(accounts[i]!)!, tick);
          expect({ ...kept, cash: 0n, cashPrice: 0n }).to.deep.equal({ ...onChain, cash: 0n, cashPrice: 0n });
          expect(kept.cash - onChain.cash).to.be.within(-1n, 1n);
          const initial = (await clearingHouse.marginOf(accounts[i]!)).initial;
          expect(initial).to.be.above(0n);
        }
        const paid = books.get(accounts[0]!)!.cash - trader!.cash;
        expect(paid, "funding was not nothing").to.be.above(1_000n);
      } finally {
        await pool.close();
      }
    });

    it("know who holds what, and who was not read for longest", async () => {
      const pool = new RemarginPool(1);
      try {
        const head = await readHead(chain);
        const tick = await readTick(chain, head, [], await readParameters(chain.house));
        const books = new Books(pool);
        const read = (accounts: readonly string[]) => readPortfolios(chain, accounts, head.number, tick.now);
        const [maker, trader, liquidator] = traders() as [string, string, string];
        books.put([maker, trader], await read([maker, trader]), tick, { ...head, timestamp: 100 });
        books.put([liquidator], await read([liquidator]), tick, { ...head, timestamp: 200 });
        const ether = 2 * 2 ** 24;
        expect(books.holders(ether)).to.have.members([maker, trader]);
        expect(books.readBefore(200, 10)).to.deep.equal([maker, trader]);
        expect(books.readBefore(300, 1)).to.deep.equal([maker]);
        books.put([maker], await read([maker]), tick, { ...head, timestamp: 300 });
        expect(books.readBefore(301, 10)).to.deep.equal([trader, liquidator, maker]);
        expect(books.size).to.equal(3);
        expect(pool.size).to.equal(3);
      } finally {
        await pool.close();
      }
    });
  });
});

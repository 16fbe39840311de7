import { expect } from "chai";
import { ROLES } from "../../../deploy/roles.ts";
import { systemAccounts } from "../../../sdk/instruments.ts";
import { parseUsd } from "../../../sdk/units.ts";
import { type Cast, type KeeperBench, keeperBench, leveragedTrader } from "../../support/keeper.ts";

const DEFICIT_REASON = 11;
const DAY = 86_400;

describe("keeper: losses", () => {
  let bench: KeeperBench;
  let cast: Cast;
  before(async () => {
    bench = await keeperBench();
    cast = await leveragedTrader(bench.house);
    await bench.checkpoint();
  });
  afterEach(() => bench.reset());
  after(() => bench.close());

  const start = () => bench.start({ only: "losses" });
  const later = (seconds: number) => bench.house.connection.networkHelpers.time.increase(seconds);
  const fees = () => bench.house.clearingHouse.storedCashOf(systemAccounts.fees);
  /** As an auction does with what nobody else pays. */
  const lose = async (usd: string) => {
    const { connection, clearingHouse, accessManager } = bench.house;
    const module = await connection.ethers.deployContract("PostingModule", [clearingHouse, accessManager]);
    await accessManager.grantRole(ROLES.MODULE, module, 0);
    const { deficit: from } = systemAccounts;
    await module.postCash([{ from, to: cast.maker.account, amount: parseUsd(usd), reason: DEFICIT_REASON }]);
  };

  it("sends nothing while nothing is missing", async () => {
    const k = await start();
    await k.keeper.once();
    expect(await k.metric("open_deficit_usd")).to.equal(0);
    const { clearingHouse } = bench.house;
    expect(await clearingHouse.queryFilter(clearingHouse.filters.DeficitPaid())).to.deep.equal([]);
  });

  it("pays from fees at once, and lets everybody bear the rest a day later", async () => {
    const { clearingHouse } = bench.house;
    await lose("5000");
    const had = await fees();
    expect(had > 0n && had < parseUsd("5000"), `fees ${had}`).to.equal(true);
    const k = await start();
    await k.keeper.once();
    expect(await fees()).to.equal(0n);
    expect(await clearingHouse.openDeficit()).to.equal(parseUsd("5000") - had);

    await later(DAY - 600);
    await k.keeper.once();
    expect(await clearingHouse.queryFilter(clearingHouse.filters.LossSocialised())).to.deep.equal([]);
    await later(601);
    await k.keeper.once();
    const [shared] = await clearingHouse.queryFilter(clearingHouse.filters.LossSocialised());
    expect(shared!.args.borne).to.equal(parseUsd("5000") - had);
    expect(await clearingHouse.openDeficit()).to.equal(0n);
  });
});

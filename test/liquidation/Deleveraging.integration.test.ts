import { expect } from "chai";
import { ROLES } from "../../deploy/roles.ts";
import { systemAccounts } from "../../sdk/instruments.ts";
import { parseUsd } from "../../sdk/units.ts";
import { type House, newHouse, type Trader } from "../support/house.ts";
import { expectNear } from "../support/near.ts";

const MINUTE = 60;
const CASH_REASON_INTERNAL = 2;
const RANKING_SECONDS = 5 * MINUTE;

describe("SliceAuction deleverages on the real house", () => {
  let house: House;
  let trader: Trader;
  let maker: Trader;

  /** 500 ether long at 200 USD on 30,000 USD, now at 130: about 5,010 are missing, of which the insurance account may pay 1,500. */
  before(async () => {
    house = await newHouse();
    const [, a, b, c] = await house.connection.ethers.getSigners();
    maker = await house.openAccount(a!, 0, { usdc: "1000000" });
    trader = await house.openAccount(b!, 0, { usdc: "30000" });
    const donor = await house.openAccount(c!, 0, { usdc: "3000" });
    await house.trade(trader, maker, "ETH", "500");
    const module = await house.connection.ethers.deployContract("PostingModule", [
      house.clearingHouse,
      house.accessManager,
    ]);
    await house.accessManager.grantRole(ROLES.MODULE, module, 0);
    await module.postCash([
      { from: donor.account, to: systemAccounts.insurance, amount: parseUsd("3000"), reason: CASH_REASON_INTERNAL },
    ]);
    await house.setPrice("ETH", "130");
  });

  it("takes what insurance cannot pay from the other side, and no more", async () => {
    const { auction, clearingHouse, markets } = house;
    const { instrument } = markets.ETH!;
    await auction.start(trader.account);
    await expect(auction.deleverage(trader.account)).to.be.revertedWithCustomError(
      clearingHouse,
      "NothingToDeleverage",
    );
    await clearingHouse.announceDeleveraging(trader.account);
    await clearingHouse.rank(instrument, [maker.account]);
    await house.connection.networkHelpers.time.increase(RANKING_SECONDS);

    const owed = -(await clearingHouse.marginOf(trader.account)).equity;
    const before = (await clearingHouse.marginOf(maker.account)).equity;
    await auction.deleverage(trader.account);
    const [event] = await auction.queryFilter(auction.filters.AccountDeleveraged());
    const { deficit, insurancePaid, covered, deficitPaid } = event!.args;
    expectNear(Number(deficit - owed), 0, 1_000);
    expect(insurancePaid).to.equal(parseUsd("1500"));
    expect(covered <= deficit - insurancePaid).to.equal(true);
    expectNear(Number(covered + insurancePaid + deficitPaid - deficit), 0, 20);
    expectNear(Number(deficitPaid), 0, 20);

    expect((await clearingHouse.marginOf(trader.account)).equity).to.equal(0n);
    expect(await auction.startedAt(trader.account)).to.equal(0n);
    await clearingHouse.applyCloses([maker.account], instrument);
    expect((await clearingHouse.positionOf(maker.account, instrument)).quantity).to.equal(0n);
    expectNear(Number(before - (await clearingHouse.marginOf(maker.account)).equity - covered), 0, 1_000);
  });
});

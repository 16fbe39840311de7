import { expect } from "chai";
import { zeroPadValue } from "ethers";
import { network } from "hardhat";
import { ROLES } from "../../deploy/roles.ts";
import {
  cancelExit,
  exit,
  readDeficit,
  readInsuranceFund,
  readStake,
  repayLoss,
  requestExit,
  send,
  socialise,
  stake,
} from "../../sdk/client/index.ts";
import { parseUsd } from "../../sdk/units.ts";
import { deployHouse } from "../support/house.ts";
import { readerOf } from "../support/reader.ts";

const connection = await network.create();
const { networkHelpers, ethers } = connection;

const DAY = 86_400;
const SHARE = 10n ** 18n;
const DEFICIT = zeroPadValue("0x05", 32);
const INSURANCE_REASON = 10;

const refusal = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "not refused",
    (error: unknown) => (error as Error).message,
  );

async function deployed() {
  const house = await deployHouse(connection);
  const [admin, anne, bart] = await ethers.getSigners();
  const manager = house.accessManager.connect(admin);
  const { usdc } = house.tokens;
  const fund = await house.insuranceFund.getAddress();
  await usdc.mint(anne!.address, parseUsd("1000"));
  await usdc.connect(anne).approve(fund, parseUsd("1000"));
  const trader = await house.openAccount(bart!, 0, { usdc: "900" });
  const winner = await house.openAccount(admin!, 0, { usdc: "0.000001" });
  const module = await ethers.deployContract("PostingModule", [
    await house.clearingHouse.getAddress(),
    await house.accessManager.getAddress(),
  ]);
  await manager.grantRole(ROLES.MODULE, await module.getAddress(), 0);
  const lose = async (amount: bigint) =>
    module.postCash([{ from: DEFICIT, to: winner.account, amount, reason: INSURANCE_REASON }]);
  const reader = await readerOf(house);
  return { house, anne: anne!, trader, lose, at: reader.addresses, reader };
}

describe("insurance", () => {
  it("stakes, announces and takes back", async () => {
    const { anne, at, reader } = await networkHelpers.loadFixture(deployed);
    await send(anne, stake(at, parseUsd("1000"), anne.address));
    expect(await readInsuranceFund(reader)).to.deep.equal({
      totalAssets: parseUsd("1000"),
      availableAssets: parseUsd("1000"),
      totalShares: 1_000n * SHARE,
      sharePrice: parseUsd("1"),
      netIncome: 0n,
      generation: 0n,
    });
    const start = await networkHelpers.time.latest();
    await networkHelpers.time.setNextBlockTimestamp(start + 10);
    await send(anne, requestExit(at, 400n * SHARE));
    const expected = {
      shares: 1_000n * SHARE,
      requested: 400n * SHARE,
      status: "cooling down",
      from: start + 10 + 7 * DAY,
      until: start + 10 + 14 * DAY,
      redeemable: 0n,
      assets: 0n,
    };
    expect(await readStake(reader, anne.address)).to.deep.equal(expected);
    await networkHelpers.time.increaseTo(start + 10 + 7 * DAY);
    expect((await readStake(reader, anne.address)).status).to.equal("awaiting scan");
    expect(await refusal(send(anne, exit(at, SHARE, anne.address)))).to.include("exitOf says what is missing");
    await networkHelpers.time.increaseTo(start + 11 + 14 * DAY);
    expect((await readStake(reader, anne.address)).status).to.equal("lapsed");
    await send(anne, cancelExit(at));
    expect((await readStake(reader, anne.address)).status).to.equal("none");
  });

  it("reads a deficit, lets everybody bear it and pays it back", async () => {
    const { house, trader, lose, at, reader } = await networkHelpers.loadFixture(deployed);
    const none = { openDeficit: 0n, openSince: null, dueAt: null, payoutShare: SHARE, socialisedLoss: 0n };
    expect(await readDeficit(reader)).to.deep.equal(none);
    await lose(parseUsd("100"));
    const openSince = await networkHelpers.time.latest();
    const claims = parseUsd("1000") + 1n;
    expect(await readDeficit(reader)).to.deep.equal({
      openDeficit: parseUsd("100"),
      openSince,
      dueAt: openSince + DAY,
      payoutShare: ((claims - parseUsd("100")) * SHARE) / claims,
      socialisedLoss: 0n,
    });
    expect(await refusal(send(trader.signer, socialise(at)))).to.include("can be socialised from");
    await networkHelpers.time.increase(DAY);
    await send(trader.signer, socialise(at));
    expect(await readDeficit(reader)).to.deep.equal({ ...none, socialisedLoss: parseUsd("100") });
    // 810 of 900 are left; 10 of them paid back are shared with the other's 90.
    await send(trader.signer, repayLoss(at, trader.account, parseUsd("10")));
    // What he paid is nobody's claim any more, nor is its tenth that was lost: 890 / 0.9 less 900 is what the others are short of.
    const { socialisedLoss } = await readDeficit(reader);
    expect(socialisedLoss).to.be.within(parseUsd("88.888888"), parseUsd("88.888889"));
    const cash = await house.clearingHouse.cashOf(trader.account);
    expect(cash).to.be.within(parseUsd("808.988763"), parseUsd("808.988765"));
  });
});

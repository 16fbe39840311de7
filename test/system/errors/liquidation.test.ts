import { expect } from "chai";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import {
  accountId,
  assess,
  batch,
  fill,
  liquidate,
  type LiquidationRequest,
  ONE,
  parseUsd,
  readParameters,
  readPortfolio,
  send,
  setDelegation,
} from "../../../sdk/index.ts";
import { liquidationAbi } from "../../../sdk/abi.ts";
import { deployHouse, type House, type Trader } from "../../support/house.ts";
import { readerOf, type TestReader } from "../../support/reader.ts";
import { expectRefusal, FOREVER, type Offer, offers } from "../../support/refusals.ts";

const ETHER = 10n ** 18n;

describe("errors of liquidation", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let offer: Offer;
  let rich: Trader;
  let weak: Trader;
  let keeper: Trader;

  /** An account long BTC, hedged with ETH, holding WETH; at first healthy. */
  async function open() {
    const opened = await deployHouse(connection);
    const [, first, second, third] = await connection.ethers.getSigners();
    const traders = {
      rich: await opened.openAccount(first!, 0, { usdc: "1000000" }),
      weak: await opened.openAccount(second!, 1, { usdc: "5000", weth: "1" }),
      keeper: await opened.openAccount(third!, 0, { usdc: "100000" }),
    };
    await opened.trade(traders.rich, traders.weak, "BTC", "-3", "8000");
    await opened.trade(traders.rich, traders.weak, "ETH", "20", "200");
    return { house: opened, reader: await readerOf(opened), ...traders };
  }

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, rich, weak, keeper } = await connection.networkHelpers.loadFixture(open));
    offer = offers(house, reader);
  });

  const btc = () => house.markets.BTC!.instrument;
  const eth = () => house.markets.ETH!.instrument;

  /** The price goes so far below where liquidation starts. */
  async function fall(dollars: bigint): Promise<void> {
    const [below] = await house.lens.liquidationPrices(weak.account, house.markets.BTC!.underlying);
    await house.setPrice("BTC", (below / ONE - dollars).toString());
  }

  const request = (parts: Partial<LiquidationRequest>) =>
    liquidate(reader.addresses, { account: weak.account, liquidator: keeper.account, ...parts });
  const refused = (
    parts: Partial<LiquidationRequest>,
    name: string,
    args: Record<string, unknown> = {},
  ): Promise<void> => expectRefusal(keeper.signer, request(parts), name, args);
  const some = () => ({ positions: new Map([[btc(), ONE / 2n]]) });

  it("NotLiquidatable", async () => {
    const { equity, maintenance } = await house.clearingHouse.marginOf(weak.account);
    await refused(some(), "NotLiquidatable", { account: weak.account, equity, maintenance });
  });

  it("EquityExhausted", async () => {
    await fall(0n);
    const { equity: left } = await house.clearingHouse.marginOf(weak.account);
    await house.setPrice("BTC", ((await house.priceOf("BTC")) / ONE - left / parseUsd("3") - 10n).toString());
    const { equity } = await house.clearingHouse.marginOf(weak.account);
    expect(equity).to.be.lessThan(0n);
    await refused(some(), "EquityExhausted", { account: weak.account, equity });
  });

  it("NothingToLiquidate, PartExceedsPosition, CollateralPartExceedsHolding", async () => {
    await fall(10n);
    await refused({}, "NothingToLiquidate");
    const positions = (quantity: bigint) => ({ positions: new Map([[btc(), quantity]]) });
    await refused(positions(4n * ONE), "PartExceedsPosition", {
      instrument: btc(),
      requested: 4n * ONE,
      held: 3n * ONE,
    });
    await refused(positions(-ONE), "PartExceedsPosition", { instrument: btc(), requested: -ONE, held: 3n * ONE });
    const tooMuch = { asset: 1n, requested: 2n * ETHER, held: ETHER };
    await refused({ collaterals: new Map([[1, 2n * ETHER]]) }, "CollateralPartExceedsHolding", tooMuch);
  });

  it("TooManyPositions, TooManyCollaterals, PartsNotAscending", async () => {
    await fall(10n);
    const { account } = weak;
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
    const positions = new Map(numbered(25).map((i) => [BigInt(i) << 56n, 1n]));
    await refused({ positions }, "TooManyPositions", { account, maximum: 24n });
    const collaterals = new Map(numbered(9).map((i) => [i, 1n]));
    await refused({ collaterals }, "TooManyCollaterals", { account, maximum: 8n });
    const parts = [
      [eth(), -ONE],
      [btc(), ONE],
    ];
    const data = liquidationAbi.encodeFunctionData("liquidate", [[account, keeper.account, parts, [], 0n]]);
    await expectRefusal(keeper.signer, { to: reader.addresses.liquidation, data }, "PartsNotAscending", { index: 1n });
  });

  it("NoMarginRelieved: taking the hedge", async () => {
    await fall(10n);
    const parameters = await readParameters(reader);
    const portfolio = await readPortfolio(reader, weak.account);
    const quantity = -5n * ONE;
    const exposures = portfolio.exposures.map((e) =>
      e.quantity < 0n ? { ...e, quantity: e.quantity - quantity, openInterest: e.openInterest } : e,
    );
    const moved = assess({ ...portfolio, exposures }, parameters);
    await refused({ positions: new Map([[eth(), quantity]]) }, "NoMarginRelieved", {
      account: weak.account,
      maintenanceBefore: assess(portfolio, parameters).maintenance,
      maintenanceAfter: moved.maintenance,
    });
  });

  it("LiquidationPastTarget, RewardTooLow", async () => {
    await fall(10n);
    const error = { account: weak.account };
    const before = await house.clearingHouse.marginOf(weak.account);
    // Nearly everything is relieved: what is left is the short in ETH and the WETH.
    const parameters = await readParameters(reader);
    const portfolio = await readPortfolio(reader, weak.account);
    const mark = await house.priceOf("BTC");
    const cash = portfolio.cash + (3n * ONE * mark) / 10n ** 10n;
    const exposures = portfolio.exposures.map((e) => (e.quantity > 0n ? { ...e, quantity: 0n } : e));
    const moved = assess({ ...portfolio, cash, exposures }, parameters);
    const shareBps = await house.liquidation.rewardShareBps(weak.account);
    const gross = ((before.maintenance - moved.maintenance) * shareBps) / 10_000n;
    const targetEquity = (moved.maintenance * parameters.globals.liquidationTargetBps) / 10_000n;
    const all = { positions: new Map([[btc(), 3n * ONE]]) };
    await refused(all, "LiquidationPastTarget", { ...error, equity: moved.equity - gross, targetEquity });

    const part = some();
    const [reward] = await rewardOf(part);
    await refused({ ...part, minReward: reward! + 1n }, "RewardTooLow", { reward, minReward: reward! + 1n });
  });

  it("SelfLiquidation", async () => {
    await fall(10n);
    const liquidator = accountId(weak.signer.address, 2n);
    const call = liquidate(reader.addresses, { account: weak.account, liquidator, ...some() });
    await expectRefusal(weak.signer, call, "SelfLiquidation", { account: weak.account });
  });

  it("LiquidationNotImproving: the batch that liquidates also closes the hedge", async () => {
    await fall(10n);
    // The keeper trades for the account as well, which is how the owner would try it.
    const grant = {
      canTrade: true,
      canWithdraw: false,
      expiry: FOREVER,
      maxSlippageBps: 10_000,
      maxDailyNotional: 10n ** 9n,
    };
    await send(weak.signer, setDelegation(reader.addresses, keeper.signer.address, grant));
    const closing = fill(reader.addresses, weak.account, [await offer(rich, "ETH", "-20", "209")]);
    const call = batch(reader.addresses, [request({ positions: new Map([[btc(), ONE / 100n]]) }), closing]);

    const parameters = await readParameters(reader);
    const before = await readPortfolio(reader, weak.account);
    const [reward, insurance] = await rewardOf({ positions: new Map([[btc(), ONE / 100n]]) });
    const mark = await house.priceOf("BTC");
    const fee = 2_000_000n; // 5 basis points of 20 times the index of 200
    const exposures = before.exposures
      .map((e) =>
        e.quantity > 0n
          ? { ...e, quantity: e.quantity - ONE / 100n }
          : { ...e, quantity: 0n, openInterest: e.openInterest - 20n * ONE },
      )
      .filter((e) => e.quantity !== 0n);
    const paid = parseUsd("209") * 20n + fee + reward! + insurance!;
    const cash = before.cash + ((ONE / 100n) * mark) / 10n ** 10n - paid;
    const excess = ({ equity, maintenance }: ReturnType<typeof assess>): bigint => equity - maintenance;
    await expectRefusal(keeper.signer, call, "LiquidationNotImproving", {
      account: weak.account,
      excessBefore: excess(assess(before, parameters)),
      excessAfter: excess(assess({ ...before, cash, exposures }, parameters)),
    });
  });

  /** Reward and insurance share, from the event of a liquidation that is undone again. */
  async function rewardOf(parts: Partial<LiquidationRequest>): Promise<readonly bigint[]> {
    const snapshot = await connection.networkHelpers.takeSnapshot();
    await send(keeper.signer, request(parts));
    const [event] = await house.liquidation.queryFilter(house.liquidation.filters.Liquidated(), "latest");
    await snapshot.restore();
    return [event!.args.reward, event!.args.insuranceShare];
  }
});

import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";
import { type BaseContract, concat, type FunctionFragment, ZeroHash } from "ethers";
import type { RoleHolders } from "../../deploy/config/types.ts";
import { type HeldRole, RESTRICTED_FUNCTIONS, type RestrictedContract, selectorOf } from "../../deploy/roles.ts";
import { accountId } from "../../sdk/instruments.ts";
import { parseUsd } from "../../sdk/units.ts";
import { deployHouse, type House, type Trader } from "../support/house.ts";

const DAY = 86_400;
const ROLE_DELAYS = {
  ADMIN: 3 * DAY,
  LISTING: DAY,
  RISK: DAY,
  GUARDIAN: 0,
  FEES: DAY,
  UPGRADE: 3 * DAY,
  SURFACE: 0,
  DEPTH: 0,
} as const;

/** What everybody may call, and nothing else: each of these was decided, not forgotten. */
const OPEN: Readonly<Record<RestrictedContract, readonly string[]>> = {
  clearingHouse: [
    "accrueFunding",
    "accrueInterest",
    "announceDeleveraging",
    "applyCloses",
    "batch",
    "coverFromFees",
    "deposit",
    "depositWithPermit",
    "rank",
    "repayLoss",
    "requireInitialMargin",
    // Reads, and remembers in transient storage what it read.
    "requireSafer",
    "setDelegation",
    "settle",
    "settleExpiry",
    "socialise",
    "transfer",
    "windDown",
    "withdraw",
  ],
  // What it remembers is a function of what it was asked, within a transaction.
  riskEngine: ["assessRemembering"],
  marketData: ["proveExpiry", "submitSurface", "sync"],
  depthBook: ["publishDepth", "publishHaircut", "submitDepth"],
  // `moveIn` and `moveOut` are for the fund itself.
  insuranceFund: [
    "approve",
    "cancelRequest",
    "deposit",
    "mint",
    "moveIn",
    "moveOut",
    "redeem",
    "requestRedeem",
    "sweep",
    "transfer",
    "transferFrom",
    "withdraw",
  ],
  registry: ["list", "listExpiry", "listOption"],
  orders: ["cancel", "cancelAll", "fill"],
  liquidation: ["flag", "liquidate"],
  auction: ["bid", "coverDeficit", "deleverage", "start"],
  volatility: ["update"],
  correlation: ["fold", "publish", "submit"],
  auditor: ["scan", "trip"],
};

/** For modules: the clearing house asks the access manager for all of them at once, and refuses in words of its own. */
const MODULE_FUNCTIONS = [
  "deleverage",
  "enter",
  "freeze",
  "marginInBatch",
  "markLiquidated",
  "moveExpiring",
  "moveOptions",
  "movePerpetuals",
  "post",
  "reportTrade",
  "spendDelegation",
];

/** Who may call what, as decided; numbers of roles as the access manager knows them. */
const DECIDED: Readonly<Record<RestrictedContract, Readonly<Record<number, readonly string[]>>>> = {
  clearingHouse: {
    1: ["cancelWindDown", "listCollateral", "scheduleWindDown", "setCollateralLimits"],
    2: ["setExpiryTerms", "setInsuranceShare", "setInterestCurve", "setMarketStatus", "setPerpetualTerms", "unpause"],
    3: ["pause"],
    4: ["collectFees"],
    5: ["post"],
    6: ["listExpiry", "listOption", "listPerpetual"],
    7: ["setMarketData", "setRiskEngine"],
  },
  riskEngine: {
    2: ["setParameters"],
    9: ["publishCorrelations", "publishDepth", "publishHaircut", "publishRange"],
  },
  depthBook: {
    2: ["setDepthParameters", "setDepthSigners", "setDepthTerms", "setVolatilitySource"],
    10: ["postDepth"],
  },
  insuranceFund: { 2: ["setFundParameters"], 7: ["setAccountScan"] },
  marketData: {
    2: ["chooseExpiryRound", "setExpiryParameters", "setSequencerFeed", "setSurfaceParameters", "setSurfaceSigners"],
    6: ["setFeed"],
    8: ["postSurface"],
  },
  registry: {
    1: ["listExpiryOffGrid", "listOptionOffGrid", "listPerpetual", "listUnderlying", "setFeed", "setGrid"],
  },
  orders: { 4: ["setFees"] },
  liquidation: { 2: ["setParameters"] },
  auction: { 2: ["setAuctionParameters", "setInsuranceCap"] },
  volatility: { 2: ["seed", "setBasisFeed", "setRule"] },
  auditor: { 2: ["accept"] },
  correlation: { 2: ["addUnderlying", "removeUnderlying", "seed"] },
};

const PausableAction = { IncreaseRisk: 0, OpenAccounts: 1, Liquidate: 2, InternalTransfer: 3 } as const;

/** Call data that decodes whatever the parameters are: zeros, and empty lists. */
const anyCall = (selector: string): string => concat([selector, ...Array.from({ length: 40 }, () => ZeroHash)]);

const writers = (contract: BaseContract): FunctionFragment[] => {
  const fragments: FunctionFragment[] = [];
  contract.interface.forEachFunction((fragment) => {
    if (fragment.stateMutability !== "view" && fragment.stateMutability !== "pure") fragments.push(fragment);
  });
  return fragments;
};

describe("roles", () => {
  let house: House;
  let holders: Record<HeldRole, HardhatEthersSigner>;
  let stranger: HardhatEthersSigner;
  let alice: Trader;
  let bob: Trader;
  let wait: (seconds: number) => Promise<void>;
  let snapshot: { restore: () => Promise<void> };

  async function setUp() {
    const connection = await network.create();
    const signers = await connection.ethers.getSigners();
    const names = Object.keys(ROLE_DELAYS) as HeldRole[];
    const held = Object.fromEntries(names.map((role, i) => [role, signers[10 + i]!])) as typeof holders;
    const roles = Object.fromEntries(
      names.map((role) => [role, { address: held[role].address, delay: ROLE_DELAYS[role] }]),
    ) as unknown as RoleHolders;
    const deployed = await deployHouse(connection, {
      underlyings: { BTC: "8000", ETH: "200" },
      heartbeat: 14 * DAY,
      roles,
    });
    const [, first, second, third] = signers;
    const a = await deployed.openAccount(first!, 0, { usdc: "5000" });
    const b = await deployed.openAccount(second!, 0, { usdc: "5000" });
    await deployed.trade(a, b, "ETH", "10", "200");
    const { networkHelpers } = connection;
    const later = async (seconds: number) => void (await networkHelpers.time.increase(seconds));
    return { deployed, held, outsider: third!, a, b, later, taken: await networkHelpers.takeSnapshot() };
  }

  before(async () => {
    const all = await setUp();
    ({ deployed: house, held: holders, outsider: stranger, a: alice, b: bob, later: wait, taken: snapshot } = all);
  });

  beforeEach(() => snapshot.restore());

  const restricted = Object.entries(RESTRICTED_FUNCTIONS) as [RestrictedContract, Record<string, readonly string[]>][];

  for (const [contract, byRole] of restricted) {
    it(`know every function of ${contract} that changes something`, () => {
      const known = [...Object.values(byRole).flat().map(selectorOf)];
      const names = writers(house[contract])
        .filter(({ selector }) => !known.includes(selector))
        .map(({ name }) => name)
        .filter((name) => !(contract === "clearingHouse" && MODULE_FUNCTIONS.includes(name)))
        // The access manager itself calls this one.
        .filter((name) => name !== "setAuthority");
      expect(names.sort()).to.deep.equal([...OPEN[contract]]);
      const selectors = writers(house[contract]).map(({ selector }) => selector);
      expect(known.filter((selector) => !selectors.includes(selector))).to.deep.equal([]);
    });

    for (const [role, signatures] of Object.entries(byRole)) {
      for (const signature of signatures) {
        it(`refuse a stranger and the deployer ${contract}.${signature.split("(")[0]!}, for ${role}`, async () => {
          const [deployer] = await house.connection.ethers.getSigners();
          for (const caller of [stranger, deployer!]) {
            const call = caller.sendTransaction({ to: house[contract], data: anyCall(selectorOf(signature)) });
            if (role === "MODULE") {
              await expect(call)
                .to.be.revertedWithCustomError(house.clearingHouse, "UnauthorizedModule")
                .withArgs(caller.address);
            } else {
              await expect(call)
                .to.be.revertedWithCustomError(house.orders, "AccessManagedUnauthorized")
                .withArgs(caller.address);
            }
          }
        });
      }
    }
  }

  it("are those that were decided", async () => {
    for (const [contract, byRole] of Object.entries(DECIDED)) {
      const target: BaseContract = house[contract as RestrictedContract];
      for (const [role, names] of Object.entries(byRole)) {
        for (const name of names) {
          const { selector } = target.interface.getFunction(name)!;
          expect(await house.accessManager.getTargetFunctionRole(target, selector), name).to.equal(BigInt(role));
        }
      }
    }
  });

  for (const name of MODULE_FUNCTIONS) {
    it(`refuse a stranger ${name}, for modules`, async () => {
      const { selector } = house.clearingHouse.interface.getFunction(name as "post");
      await expect(stranger.sendTransaction({ to: house.clearingHouse, data: anyCall(selector) }))
        .to.be.revertedWithCustomError(house.clearingHouse, "UnauthorizedModule")
        .withArgs(stranger.address);
    });
  }

  it("refuse every holder the functions of the others", async () => {
    for (const [contract, byRole] of restricted) {
      for (const [role, signatures] of Object.entries(byRole)) {
        if (role === "MODULE") continue;
        const others = Object.entries(holders).filter(([name]) => name !== role);
        for (const [, holder] of others) {
          await expect(holder.sendTransaction({ to: house[contract], data: anyCall(selectorOf(signatures[0]!)) }))
            .to.be.revertedWithCustomError(house.orders, "AccessManagedUnauthorized")
            .withArgs(holder.address);
        }
      }
    }
  });

  it("refuse a stranger another authority", async () => {
    for (const contract of Object.keys(OPEN) as RestrictedContract[]) {
      // All of them inherit it, also those whose interface does not say so.
      const data = house.orders.interface.encodeFunctionData("setAuthority", [stranger.address]);
      await expect(stranger.sendTransaction({ to: house[contract], data }))
        .to.be.revertedWithCustomError(house.orders, "AccessManagedUnauthorized")
        .withArgs(stranger.address);
    }
  });

  describe("guardian", () => {
    const pauseAll = async (): Promise<void> => {
      for (const action of Object.values(PausableAction)) {
        await house.clearingHouse.connect(holders.GUARDIAN).pause(action);
      }
    };

    it("pauses at once and cannot unpause; the risk role does, after its delay", async () => {
      const { clearingHouse, accessManager, orders } = house;
      const guardian = holders.GUARDIAN;
      await clearingHouse.connect(guardian).pause(PausableAction.IncreaseRisk);
      expect(await clearingHouse.isPaused(PausableAction.IncreaseRisk)).to.equal(true);
      await expect(clearingHouse.connect(guardian).unpause(PausableAction.IncreaseRisk))
        .to.be.revertedWithCustomError(orders, "AccessManagedUnauthorized")
        .withArgs(guardian.address);

      const data = clearingHouse.interface.encodeFunctionData("unpause", [PausableAction.IncreaseRisk]);
      const risk = accessManager.connect(holders.RISK);
      await expect(clearingHouse.connect(holders.RISK).unpause(PausableAction.IncreaseRisk))
        .to.be.revertedWithCustomError(accessManager, "AccessManagerNotScheduled")
        .withArgs(await accessManager.hashOperation(holders.RISK, clearingHouse, data));
      await risk.schedule(clearingHouse, data, 0);
      await wait(DAY);
      await risk.execute(clearingHouse, data);
      expect(await clearingHouse.isPaused(PausableAction.IncreaseRisk)).to.equal(false);
    });

    it("stops what the pause is for", async () => {
      const { clearingHouse, liquidation } = house;
      await pauseAll();
      await expect(house.trade(alice, bob, "ETH", "1", "200"))
        .to.be.revertedWithCustomError(clearingHouse, "ActionPaused")
        .withArgs(PausableAction.IncreaseRisk);
      await expect(house.openAccount(stranger, 0, { usdc: "1" }))
        .to.be.revertedWithCustomError(clearingHouse, "ActionPaused")
        .withArgs(PausableAction.OpenAccounts);
      const spare = accountId(alice.signer.address, 1);
      await expect(clearingHouse.connect(alice.signer).transfer(alice.account, spare, house.tokens.usdc, 1n))
        .to.be.revertedWithCustomError(clearingHouse, "ActionPaused")
        .withArgs(PausableAction.InternalTransfer);
      await house.setPrice("ETH", "800");
      await expect(liquidation.connect(alice.signer).flag(bob.account))
        .to.be.revertedWithCustomError(clearingHouse, "ActionPaused")
        .withArgs(PausableAction.Liquidate);
    });

    it("never blocks closing, depositing and withdrawing what is free", async () => {
      const { clearingHouse, markets, tokens } = house;
      await pauseAll();
      await house.trade(alice, bob, "ETH", "-4", "200");
      expect((await clearingHouse.positionOf(alice.account, markets.ETH!.instrument)).quantity).to.equal(600_000_000n);

      await house.deposit(alice, { usdc: "10" });
      const paid = parseUsd("2000");
      await clearingHouse.connect(alice.signer).withdraw(alice.account, tokens.usdc, paid, alice.signer.address);
      expect(await tokens.usdc.balanceOf(alice.signer)).to.equal(paid);

      await house.trade(alice, bob, "ETH", "-6", "200");
      await house.clearingHouse.settle([alice.account, bob.account], markets.ETH!.instrument);
      await clearingHouse
        .connect(alice.signer)
        .withdraw(alice.account, tokens.usdc, 2n ** 256n - 1n, alice.signer.address);
      expect(await clearingHouse.cashOf(alice.account)).to.equal(0n);
    });
  });
});

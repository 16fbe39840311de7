import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { deposit, send, withdraw } from "../../../sdk/index.ts";
import type { MisbehavingToken } from "../../../typechain-types/index.ts";
import { deployHouse, type House, type Trader } from "../../support/house.ts";
import { readerOf, type TestReader } from "../../support/reader.ts";
import { expectRefusal } from "../../support/refusals.ts";

const Vice = { None: 0, KeepsAll: 1, SendsMore: 2, ChargesSender: 3, Refuses: 4 } as const;

describe("errors of the vault", () => {
  let connection: NetworkConnection;
  let house: House;
  let reader: TestReader;
  let alice: Trader;
  let bad: MisbehavingToken;
  let vault: string;
  let token: string;

  async function open() {
    const opened = await deployHouse(connection);
    const { clearingHouse } = opened;
    const [, first] = await connection.ethers.getSigners();
    const misbehaving = await connection.ethers.deployContract("MisbehavingToken");
    await clearingHouse.listCollateral({
      token: misbehaving,
      underlying: 1,
      decimals: 18,
      cap: 10n ** 20n,
      minTopUp: 1,
    });
    await misbehaving.mint(first!.address, 1_000n);
    await misbehaving.connect(first).approve(await clearingHouse.vault(), 1_000n);
    const trader = await opened.openAccount(first!, 0, { usdc: "1" });
    return { house: opened, reader: await readerOf(opened), alice: trader, bad: misbehaving };
  }

  before(async () => {
    connection = await network.create();
  });

  beforeEach(async () => {
    ({ house, reader, alice, bad } = await connection.networkHelpers.loadFixture(open));
    [vault, token] = [await house.clearingHouse.vault(), await bad.getAddress()];
    await send(alice.signer, deposit(reader.addresses, alice.account, token, 100n));
  });

  const more = () => deposit(reader.addresses, alice.account, token, 10n);
  const less = () => withdraw(reader.addresses, alice.account, token, 10n, alice.signer.address);

  it("OnlyClearingHouse", async () => {
    const contract = await connection.ethers.getContractAt("CollateralVault", vault);
    const { address: caller } = alice.signer;
    const push = contract.push.populateTransaction(token, caller, 1n);
    await expectRefusal(alice.signer, push, "OnlyClearingHouse", { caller });
    const pull = contract.pull.populateTransaction(token, caller, 1n);
    await expectRefusal(alice.signer, pull, "OnlyClearingHouse", { caller });
  });

  it("VaultShortfall: deposits stop, withdrawals are paid in proportion", async () => {
    await bad.rebase(vault, 40n);
    await expectRefusal(alice.signer, more(), "VaultShortfall", { token, held: 60n, recorded: 100n });
    await alice.signer.call(less());
  });

  it("NothingReceived", async () => {
    await bad.setVice(Vice.KeepsAll);
    await expectRefusal(alice.signer, more(), "NothingReceived", { token });
  });

  it("UnexpectedBalance, on the way in and on the way out", async () => {
    await bad.setVice(Vice.SendsMore);
    await expectRefusal(alice.signer, more(), "UnexpectedBalance", { token, expected: 110n, held: 111n });
    await bad.setVice(Vice.ChargesSender);
    await expectRefusal(alice.signer, less(), "UnexpectedBalance", { token, expected: 90n, held: 89n });
  });

  it("SafeERC20FailedOperation", async () => {
    await bad.setVice(Vice.Refuses);
    await expectRefusal(alice.signer, more(), "SafeERC20FailedOperation", { token });
    await expectRefusal(alice.signer, less(), "SafeERC20FailedOperation", { token });
  });
});

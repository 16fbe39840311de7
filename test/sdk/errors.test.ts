import { expect } from "chai";
import { AbiCoder, concat, ErrorFragment, Interface, type ParamType } from "ethers";
import { artifacts, network } from "hardhat";
import { CounterpoiseError, decodeError, decodeRevert, errorTable, withDecodedErrors } from "../../sdk/errors/index.ts";
import { accountId, perpetual } from "../../sdk/instruments.ts";
import type { Names } from "../../sdk/names.ts";
import { parsePrice, parseUsd } from "../../sdk/units.ts";

const OWNER = "0x1234567890123456789012345678901234567890";
const TOKEN = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
const names: Names = {
  underlyings: { 1: "ETH" },
  tokens: { [TOKEN]: { symbol: "WETH", decimals: 18 } },
};

const declarations = new Interface(Object.keys(errorTable).map((declaration) => `error ${declaration}`));
const encode = (name: string, args: readonly unknown[]): string => declarations.encodeErrorResult(name, args);

/** Every error that a contract of the house can revert with, from the compiled ABIs, as the table declares it. */
async function compiledErrors(): Promise<string[]> {
  const found = new Set<string>();
  for (const name of await artifacts.getAllFullyQualifiedNames()) {
    if (!name.startsWith("contracts/") || name.startsWith("contracts/test/")) continue;
    const { abi } = await artifacts.readArtifact(name);
    for (const item of abi as readonly { type: string }[]) {
      if (item.type === "error")
        found.add(
          ErrorFragment.from(item)
            .format("full")
            .replace(/^error /, ""),
        );
    }
  }
  return [...found].sort();
}

/** A value of the type, small enough for every formatter. */
function sample({ type }: ParamType): unknown {
  if (type === "string") return "some text";
  if (type === "address") return OWNER;
  if (type === "bytes4") return "0x12345678";
  if (type === "bytes32") return accountId(OWNER, 3n);
  return 1n;
}

describe("errors", () => {
  describe("errorTable", () => {
    it("has a sentence for every error that a compiled contract declares, parameter by parameter", async () => {
      const compiled = await compiledErrors();
      expect(compiled.length).to.be.greaterThan(80);
      expect(compiled.filter((declaration) => !(declaration in errorTable))).to.deep.equal([]);
    });

    it("has no sentence for an error of the house that no contract declares", async () => {
      const compiled = new Set(await compiledErrors());
      const foreign =
        /^(ERC20|ERC2612|SafeERC20|AccessManage|ECDSA|Enforced|Expected|InvalidAccountNonce|Reentrancy|Error|Panic)/;
      const stale = Object.keys(errorTable).filter((name) => !compiled.has(name) && !foreign.test(name));
      expect(stale).to.deep.equal([]);
    });

    for (const declaration of Object.keys(errorTable)) {
      it(`words ${declaration}`, () => {
        const fragment = ErrorFragment.from(`error ${declaration}`);
        const encoded = AbiCoder.defaultAbiCoder().encode(fragment.inputs, fragment.inputs.map(sample));
        for (const context of [{}, names]) {
          const error = decodeRevert(concat([fragment.selector, encoded]), context);
          expect(error.name).to.equal(fragment.name);
          expect(Object.keys(error.args)).to.deep.equal(fragment.inputs.map((input) => input.name));
          for (const text of [error.sentence, error.advice]) {
            expect(text, text).to.match(/^["A-Z0-9].*\.$/s);
            expect(text, text).not.to.match(/undefined|NaN|\[object|null/);
          }
          expect(error.message).to.equal(`${error.sentence} ${error.advice}`);
        }
      });
    }
  });

  describe("decodeRevert", () => {
    it("says in dollars what a margin call asks for", () => {
      const account = accountId(OWNER, 0n);
      const data = encode("InsufficientMargin", [account, parseUsd("1204.509"), parseUsd("1500.001")]);
      const error = decodeRevert(data, names);
      expect(error).to.be.instanceOf(CounterpoiseError);
      expect(error.args).to.deep.equal({ account, equity: parseUsd("1204.509"), required: parseUsd("1500.001") });
      expect(error.sentence).to.equal(
        "Account 0x1234…7890/0 would have 1,204.50 USD of equity but needs 1,500.01 USD initial margin.",
      );
      expect(error.advice).to.equal("Deposit 295.50 USD more of USDC or reduce the trade.");
    });

    it("names underlyings, instruments and tokens that it was told", () => {
      const stale = encode("StalePrice", [1, 1_583_971_200]);
      expect(decodeRevert(stale, names).sentence).to.equal(
        "The price of ETH is too old: it is from 2020-03-12T00:00:00Z.",
      );
      expect(decodeRevert(stale).sentence).to.contain("underlying 1");
      const reduceOnly = encode("MarketReduceOnly", [perpetual(1)]);
      expect(decodeRevert(reduceOnly, names).sentence).to.equal("ETH-PERP can only be closed at present.");
      const held = encode("InsufficientCollateral", [accountId(OWNER), TOKEN, 15n * 10n ** 17n, 10n ** 18n]);
      expect(decodeRevert(held, names).sentence).to.equal("Account 0x1234…7890/0 holds 1 WETH, not 1.5 WETH.");
      expect(decodeRevert(held).sentence).to.contain("1500000000000000000 smallest units");
    });

    it("tells a cost from a payment", () => {
      const cost = encode("TakerLimitExceeded", [parseUsd("10.001"), parseUsd("10")]);
      expect(decodeRevert(cost).sentence).to.equal("The fills would cost 10.01 USD, more than the limit of 10.00 USD.");
      const payment = encode("TakerLimitExceeded", [-parseUsd("9.5"), -parseUsd("10")]);
      expect(decodeRevert(payment).sentence).to.equal(
        "The fills would pay 9.50 USD, less than the limit of 10.00 USD.",
      );
    });

    it("gives prices below a cent with all their decimals", () => {
      const word = encode("NotTriggered", [accountId(OWNER), parsePrice("0.00001234"), parsePrice("3000.255")]);
      expect(decodeRevert(word).sentence).to.contain("an index of 3,000.25 USD; it is 0.00001234 USD");
    });

    it("understands Solidity's own errors and panics", () => {
      expect(decodeRevert(encode("Error", ["No"])).sentence).to.equal("The contract says: No.");
      expect(decodeRevert(encode("Panic", [0x11])).sentence).to.equal("A contract stopped at an arithmetic overflow.");
      expect(decodeRevert(encode("Panic", [0x99])).sentence).to.contain("panic 0x99");
    });

    it("keeps what it does not know", () => {
      const data = "0xdeadbeef" + "00".repeat(32);
      const error = decodeRevert(data);
      expect([error.name, error.data, error.args]).to.deep.equal(["UnknownError", data, { selector: "0xdeadbeef" }]);
      expect(decodeRevert("0x").name).to.equal("EmptyRevert");
      expect(decodeRevert("0x1234").name).to.equal("UnknownError");
      const cut = encode("StalePrice", [1, 2]).slice(0, 40);
      expect(decodeRevert(cut).name).to.equal("UnknownError");
    });
  });

  describe("decodeError", () => {
    it("finds the data wherever libraries and wallets put it", () => {
      const data = encode("EmptyBatch", []);
      const wrapped = [
        { data },
        { data: { data } },
        { error: { data } },
        { info: { error: { data } } },
        { cause: { cause: { data } } },
        { data: null, info: { error: { code: 3, data } }, transaction: { data: "0x12345678" } },
      ];
      for (const thrown of wrapped) expect(decodeError(thrown)?.name).to.equal("EmptyBatch");
    });

    it("leaves what is not a revert alone", async () => {
      const refusal = Object.assign(new Error("rejected"), {
        code: "ACTION_REJECTED",
        transaction: { data: "0x12345678" },
      });
      for (const thrown of [refusal, new Error("0x"), undefined, null, 7, "text", { data: "text" }]) {
        expect(decodeError(thrown)).to.equal(undefined);
      }
      const failing = withDecodedErrors(async () => {
        throw refusal;
      });
      expect(await failing.catch((thrown: unknown) => thrown)).to.equal(refusal);
    });

    it("stops at circles", () => {
      const circle: Record<string, unknown> = {};
      circle.error = circle;
      expect(decodeError(circle)).to.equal(undefined);
    });

    it("decodes what a provider throws for a call and for a transaction", async () => {
      const { ethers } = await network.create();
      const [signer] = await ethers.getSigners();
      const token = await ethers.deployContract("TestUSDC");
      const data = token.interface.encodeFunctionData("transfer", [OWNER, 5n]);
      const request = { to: await token.getAddress(), data };
      for (const attempt of [() => signer!.call(request), () => signer!.sendTransaction(request)]) {
        const error = await withDecodedErrors<unknown>(attempt).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(CounterpoiseError);
        expect((error as CounterpoiseError).name).to.equal("ERC20InsufficientBalance");
        expect((error as CounterpoiseError).args).to.deep.equal({ sender: signer!.address, balance: 0n, needed: 5n });
      }
    });
  });
});

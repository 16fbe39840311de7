import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { AbiCoder, concat, getBytes, keccak256, toUtf8Bytes, ZeroAddress } from "ethers";
import { network } from "hardhat";
import { accountId, perpetual } from "../../sdk/instruments.ts";
import {
  combinationOrder,
  encodeCancel,
  encodeCancelAll,
  encodeFill,
  fillWhole,
  hashOrder,
  type Order,
  type SettlementAddress,
  signedOrderFromJson,
  signedOrderToJson,
  signOrder,
  singleLegOrder,
} from "../../sdk/orders/index.ts";
import { ONE, parsePrice, parseUsd } from "../../sdk/units.ts";
import type { LedgerHarness, OrderSettlement } from "../../typechain-types/index.ts";

const ETH = perpetual(1);
const BTC = perpetual(2);
const FRESH = 1n;
const CHAIN_ID = 31_337n;

const marketWord = (price: string): bigint => (FRESH << 64n) | parsePrice(price);

describe("OrderSettlement", () => {
  let ledger: LedgerHarness;
  let settlement: OrderSettlement;
  let maker: HardhatEthersSigner;
  let taker: HardhatEthersSigner;
  let where: SettlementAddress;
  let takerAccount: string;
  let makerAccount: string;
  let terms: { owner: string; subaccount: bigint; expiry: bigint; nonce: bigint };

  const optionFees = { optionMakerBps: 3n, optionTakerBps: 4n, optionFeeCapBps: 1_250n };
  const fees = { makerBps: 2n, takerBps: 5n, priceBandBps: 500n, ...optionFees };

  beforeEach(async () => {
    const { ethers } = await network.create();
    const [deployer, first, second] = await ethers.getSigners();
    maker = first!;
    taker = second!;
    ledger = await ethers.deployContract("LedgerHarness");
    settlement = await ethers.deployContract("OrderSettlement", [await ledger.getAddress(), deployer!.address, fees]);
    await ledger.setWord(1, marketWord("3000"));
    await ledger.setWord(2, marketWord("60000"));
    where = { chainId: CHAIN_ID, verifyingContract: await settlement.getAddress() };
    makerAccount = accountId(maker.address, 7n);
    takerAccount = accountId(taker.address);
    terms = { owner: maker.address, subaccount: 7n, expiry: (1n << 40n) - 1n, nonce: 1n };
  });

  const buy = (): Order => singleLegOrder({ ...terms, instrument: ETH, side: "buy", quantity: "10", price: "3010" });

  const pair = (): Order =>
    combinationOrder({
      ...terms,
      legs: [
        { instrument: BTC, ratio: "-1" },
        { instrument: ETH, ratio: "20" },
      ],
      netPrice: "100",
    });

  const send = async (sender: HardhatEthersSigner, data: string) => {
    const transaction = await sender.sendTransaction({ to: where.verifyingContract, data });
    return (await transaction.wait())!;
  };

  describe("hashOrder", () => {
    it("is the hash that wallets compute from the typed data", async () => {
      const combination = combinationOrder({
        ...terms,
        legs: [
          { instrument: ETH, ratio: "-0.12345678" },
          { instrument: BTC, ratio: "3" },
        ],
        quantity: "100",
        netPrice: "-123.45678901",
        signer: taker.address,
        taker: taker.address,
        trigger: { above: "3100.5" },
        reduceOnly: true,
        nonce: (1n << 256n) - 1n,
        epoch: (1n << 32n) - 1n,
        maxFeePercent: "655.35",
      });
      for (const order of [buy(), pair(), combination, { ...buy(), legs: [] }]) {
        expect(await settlement.hashOrder({ ...order, legs: [...order.legs] })).to.equal(hashOrder(order, where));
      }
    });

    it("follows from EIP-712 step by step", async () => {
      const order = pair();
      const coder = AbiCoder.defaultAbiCoder();
      const hashText = (text: string) => keccak256(toUtf8Bytes(text));
      const legType = "Leg(uint64 instrument,int64 ratio)";
      const orderType =
        "Order(address owner,uint96 subaccount,address signer,address taker,Leg[] legs,uint64 quantity," +
        "int256 limitPrice,uint16 maxFeeBps,uint64 triggerPrice,bool triggerAbove,bool reduceOnly,uint40 expiry," +
        `uint256 nonce,uint32 epoch)${legType}`;
      const domainType = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
      const legs = order.legs.map(({ instrument, ratio }) =>
        keccak256(coder.encode(["bytes32", "uint64", "int64"], [hashText(legType), instrument, ratio])),
      );
      const fields: [string, unknown][] = [
        ["bytes32", hashText(orderType)],
        ["address", order.owner],
        ["uint96", order.subaccount],
        ["address", order.signer],
        ["address", order.taker],
        ["bytes32", keccak256(concat(legs))],
        ["uint64", order.quantity],
        ["int256", order.limitPrice],
        ["uint16", order.maxFeeBps],
        ["uint64", order.triggerPrice],
        ["bool", order.triggerAbove],
        ["bool", order.reduceOnly],
        ["uint40", order.expiry],
        ["uint256", order.nonce],
        ["uint32", order.epoch],
      ];
      const struct = keccak256(
        coder.encode(
          fields.map(([type]) => type),
          fields.map(([, value]) => value),
        ),
      );
      const domain = keccak256(
        coder.encode(
          ["bytes32", "bytes32", "bytes32", "uint256", "address"],
          [hashText(domainType), hashText("Counterpoise"), hashText("1"), CHAIN_ID, where.verifyingContract],
        ),
      );
      const digest = keccak256(concat(["0x1901", domain, struct]));
      expect(await settlement.hashOrder({ ...order, legs: [...order.legs] })).to.equal(digest);
    });
  });

  describe("fill", () => {
    it("fills what the SDK signed, sent as JSON and encoded", async () => {
      const json = signedOrderToJson(await signOrder(maker, buy(), where));
      const received = signedOrderFromJson(json);
      const data = encodeFill(takerAccount, [{ ...received, quantity: 2n * ONE }], -parseUsd("6020"));
      const receipt = await send(taker, data);
      const [filled] = await settlement.queryFilter(settlement.filters.OrderFilled(), receipt.blockNumber);
      expect([...filled!.args]).to.deep.equal([
        hashOrder(received.order, where),
        makerAccount,
        takerAccount,
        2n * ONE,
        parsePrice("3010"),
        parseUsd("1.2"),
        parseUsd("3"),
        2n * ONE,
      ]);
      const position = await ledger.positionOf(makerAccount, ETH);
      expect([position.quantity, position.quote]).to.deep.equal([2n * ONE, -parseUsd("6020")]);
    });

    it("fills a combination whose legs were given in any order", async () => {
      const signed = await signOrder(maker, pair(), where);
      await send(taker, encodeFill(takerAccount, [fillWhole(signed)]));
      expect((await ledger.positionOf(makerAccount, ETH)).quantity).to.equal(20n * ONE);
      expect((await ledger.positionOf(makerAccount, BTC)).quantity).to.equal(-ONE);
    });

    it("refuses a signature for another chain and for another contract", async () => {
      const elsewhere = [
        { ...where, chainId: 1n },
        { ...where, verifyingContract: ZeroAddress },
      ];
      for (const other of elsewhere) {
        const { order, signature } = await signOrder(maker, buy(), other);
        const fill = { order: { ...order, legs: [...order.legs] }, signature, quantity: ONE };
        await expect(settlement.connect(taker).fill(takerAccount, [fill], 0n))
          .to.be.revertedWithCustomError(settlement, "InvalidSignature")
          .withArgs(hashOrder(order, where), maker.address);
      }
    });

    it("executes a two-party fill of one leg in at most 90,000 gas, beside what the ledger does", async () => {
      await ledger.setRecording(false);
      const signed = await signOrder(maker, buy(), where);
      const data = encodeFill(takerAccount, [{ ...signed, quantity: ONE }]);
      const receipt = await send(taker, data);
      // EIP-2028: 16 gas for a byte of call data, 4 for a zero.
      const callData = getBytes(data).reduce((gas, byte) => gas + (byte === 0 ? 4n : 16n), 0n);
      expect(receipt.gasUsed - 21_000n - callData).to.be.lessThan(90_000n);
    });
  });

  describe("cancel", () => {
    it("takes the SDK's nonces in any order", async () => {
      await send(maker, encodeCancel(makerAccount, [256n, 3n, 255n, 3n]));
      for (const nonce of [3n, 255n, 256n]) expect(await settlement.isNonceCancelled(makerAccount, nonce)).to.be.true;
      expect(await settlement.isNonceCancelled(makerAccount, 4n)).to.be.false;
    });

    it("ends the epoch with one call", async () => {
      await send(maker, encodeCancelAll(makerAccount));
      expect(await settlement.epochOf(makerAccount)).to.equal(1n);
    });
  });
});

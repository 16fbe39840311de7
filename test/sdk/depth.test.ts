import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import {
  basisHaircutUp,
  belowParUp,
  type DepthReport,
  DepthReportError,
  formatDepthReport,
  hashDepthReport,
  liquidationTimeUp,
  parseDepthReport,
  signDepthReport,
  utilisationTermUp,
} from "../../sdk/depth/index.ts";
import { decodeRevert } from "../../sdk/errors/decode.ts";

const { ethers, networkHelpers } = await network.create();

const report: DepthReport = {
  timestamp: 1_723_161_256,
  underlyings: [{ underlying: 1, dailyVolumeUsd: 1_719_849_788n, halfSpreadBps: 2 }],
  assets: [{ asset: 2, dailyVolumeUsd: 27_009_283n, utilisationBps: 9_100, withdrawableUsd: 1_000_000n }],
};
/** The contract types want lists that can be written to. */
const struct = { ...report, underlyings: [...report.underlyings], assets: [...report.assets] };

async function deploy() {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  // Digests and signatures are checked before the clearing house is asked anything.
  const book = await ethers.deployContract("DepthBook", [admin!.address, await manager.getAddress()]);
  const where = { chainId: 31_337, verifyingContract: await book.getAddress() };
  const signer = new Wallet(`0x${"11".repeat(32)}`);
  await book.setDepthSigners([signer.address], 1);
  return { book, where, signer };
}

describe("depth", () => {
  describe("signDepthReport", () => {
    it("signs the digest of the contract", async () => {
      const { book, where } = await networkHelpers.loadFixture(deploy);
      expect(hashDepthReport(report, where)).to.equal(await book.depthDigest(struct));
    });

    it("signs for one chain and one contract", async () => {
      const { book, where, signer } = await networkHelpers.loadFixture(deploy);
      for (const other of [
        { ...where, chainId: 1 },
        { ...where, verifyingContract: signer.address },
      ]) {
        await expect(book.submitDepth(struct, [await signDepthReport(signer, report, other)]))
          .to.be.revertedWithCustomError(book, "InvalidReportSignature")
          .withArgs(signer.address);
      }
      // With the right ones it comes as far as the terms, of which there are none.
      await expect(book.submitDepth(struct, [await signDepthReport(signer, report, where)]))
        .to.be.revertedWithCustomError(book, "NoUnderlyingDepthTerms")
        .withArgs(1);
    });
  });

  describe("files", () => {
    it("come back as they were written", () => {
      const file = { report, signatures: [{ signer: "0x01", signature: "0x02" }], source: "a venue" };
      expect(parseDepthReport(formatDepthReport(file))).to.deep.equal(file);
      const plain = { report, signatures: [] };
      expect(parseDepthReport(formatDepthReport(plain))).to.deep.equal(plain);
    });

    it("are read as an example that is in the repository", () => {
      const text = readFileSync(new URL("../../data/depth/2024-08-08.json", import.meta.url), "utf8");
      const { report: example, source } = parseDepthReport(text);
      expect(source).to.include("Binance").and.include("1inch");
      expect(example.timestamp).to.equal(Date.parse("2024-08-08T23:54:16Z") / 1_000);
      expect(example.underlyings.map(({ halfSpreadBps }) => halfSpreadBps)).to.deep.equal([2, 4]);
      expect(example.assets[1]!.dailyVolumeUsd).to.equal(27_009_283n);
    });

    it("are refused with the place of what is wrong", () => {
      const underlying = { underlying: 1, dailyVolumeUsd: "1000000", halfSpreadBps: 3 };
      const asset = { asset: 1, dailyVolumeUsd: "1000000", utilisationBps: 0, withdrawableUsd: "0" };
      const text = (over: object) => JSON.stringify({ timestamp: 1, underlyings: [], assets: [], ...over });
      const cases: [string, string][] = [
        ["{", "not JSON"],
        ["[]", "the file is malformed"],
        [text({ timestamp: "1" }), "whole number of seconds"],
        [text({ source: 1 }), "source must be a text"],
        [text({ underlyings: 1 }), "a list of underlyings"],
        [text({ assets: undefined }), "a list of assets"],
        [text({}), "no entries"],
        [text({ underlyings: [1] }), "underlying 1 is malformed"],
        [text({ underlyings: [{ ...underlying, underlying: 0 }] }), "number of underlying 1"],
        [text({ underlyings: [{ ...underlying, dailyVolumeUsd: 1e6 }] }), "dailyVolumeUsd of underlying 1"],
        [text({ underlyings: [{ ...underlying, dailyVolumeUsd: "18446744073709551616" }] }), "dailyVolumeUsd"],
        [text({ underlyings: [{ ...underlying, halfSpreadBps: 0.5 }] }), "halfSpreadBps of underlying 1"],
        [text({ underlyings: [underlying, underlying] }), "underlying 1 twice"],
        [text({ assets: [asset, { ...asset, utilisationBps: 10_001 }] }), "utilisationBps of asset 2"],
        [text({ assets: [{ ...asset, withdrawableUsd: "-1" }] }), "withdrawableUsd of asset 1"],
        [text({ assets: [asset, asset] }), "asset 1 twice"],
        [text({ assets: [asset], signatures: [{}] }), "Signature 1"],
      ];
      for (const [given, message] of cases) {
        expect(() => parseDepthReport(given), given).to.throw(DepthReportError, message);
      }
      expect(parseDepthReport(text({ assets: [asset] })).report.assets[0]!.dailyVolumeUsd).to.equal(1_000_000n);
    });
  });

  describe("haircuts", () => {
    it("are three deviations of the basis over the time that leaving takes", () => {
      // As in the Solidity test: by hand from max(floor, 3·σ·sqrt(T)).
      expect(liquidationTimeUp(2_500n, 1_000n)).to.equal(216_000n);
      expect(liquidationTimeUp(8n, 7n)).to.equal(98_743n);
      expect(liquidationTimeUp(1n, 0n)).to.equal(31_536_000n);
      expect(liquidationTimeUp(0n, 0n)).to.equal(86_400n);
      expect(basisHaircutUp(0n, 5_000n, 172_800n)).to.equal(213n);
      expect(basisHaircutUp(151n, 5_000n, 86_400n)).to.equal(151n);
      expect(basisHaircutUp(0n, 500_000n, 31_536_000n)).to.equal(9_000n);
      const prices = [80_000_000n, 99_999_999n, 10n ** 8n, 12n * 10n ** 7n, 0n, 1n];
      expect(prices.map((price) => belowParUp(500n, price))).to.deep.equal([2_400n, 501n, 500n, 500n, 500n, 9_000n]);
      expect([8_000n, 8_001n, 9_500n, 10_000n].map(utilisationTermUp)).to.deep.equal([0n, 1n, 844n, 1_500n]);
    });
  });

  describe("errors", () => {
    it("say when depth counted, or that it never did", async () => {
      const { book } = await networkHelpers.loadFixture(deploy);
      const sentence = (until: number) =>
        decodeRevert(book.interface.encodeErrorResult("UnderlyingDepthStale", [1, until])).sentence;
      expect(sentence(0)).to.include("was ever reported");
      expect(sentence(1_723_161_256)).to.include("it counted until 2024-08-08");
    });
  });
});

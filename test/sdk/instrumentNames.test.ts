import { expect } from "chai";
import { network } from "hardhat";
import {
  expiryNameOf,
  instrumentOf,
  isNameable,
  NameError,
  nameOf,
  parseExpiry,
  parseName,
  toName,
} from "../../sdk/instrumentNames.ts";
import {
  encodeInstrument,
  future,
  IdError,
  isInstrument,
  option,
  perpetual,
  strikeCode,
} from "../../sdk/instruments.ts";
import { instrumentName } from "../../sdk/names.ts";
import type { InstrumentNames } from "../../typechain-types/index.ts";

const SYMBOLS = { 1: "ETH", 2: "BTC", 3: "XRP" };
/** `date -u -d "2026-03-27 08:00" +%s` / 3600, and 30 June. */
const MARCH = { underlying: 1, expiryHours: 492_944 };
const JUNE = { underlying: 3, expiryHours: 495_224 };

/** A reproducible stream of 32-bit numbers (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

describe("instrument names", () => {
  const named: readonly (readonly [bigint, string])[] = [
    [perpetual(1), "ETH-PERP"],
    [future(MARCH), "ETH-27MAR26"],
    [future({ underlying: 2, expiryHours: MARCH.expiryHours + 8 }), "BTC-27MAR26T16"],
    [option(MARCH, "call", "3000"), "ETH-27MAR26-3000-C"],
    [option(JUNE, "put", "0.625"), "XRP-30JUN26-0d625-P"],
    [option(JUNE, "call", "0.00000001"), "XRP-30JUN26-0d00000001-C"],
  ];

  it("are those that people write", () => {
    for (const [instrument, name] of named) {
      expect(nameOf(instrument, SYMBOLS)).to.equal(name);
      expect(instrumentOf(name, SYMBOLS)).to.equal(instrument);
      expect(instrumentName(instrument, { underlyings: SYMBOLS })).to.equal(name);
    }
    expect(expiryNameOf(option(MARCH, "call", "3000"))).to.equal("27MAR26");
    expect(expiryNameOf(perpetual(1))).to.equal("PERP");
    expect(parseExpiry("27MAR26")).to.equal(MARCH.expiryHours);
  });

  it("say what is wrong with others", () => {
    expect(() => instrumentOf("ETH-27MAR26-3000", SYMBOLS)).to.throw(
      NameError,
      '"ETH-27MAR26-3000" is not a name like "ETH-PERP"',
    );
    expect(() => instrumentOf("SOL-PERP", SYMBOLS)).to.throw(NameError, 'No underlying has the symbol "SOL".');
    expect(() => nameOf(perpetual(9), SYMBOLS)).to.throw(NameError, "Underlying 9 has no symbol here.");
    expect(() => nameOf(future({ underlying: 1, expiryHours: 1_139_568 }), SYMBOLS)).to.throw(IdError, "year 2100");
  });

  it("are not made up for what cannot be an instrument", () => {
    const noStrike = encodeInstrument({ ...MARCH, kind: 1, strike: 0 });
    const onPerpetual = encodeInstrument({ underlying: 1, expiryHours: 0, kind: 1, strike: strikeCode(3_000n) });
    const tooLate = future({ underlying: 1, expiryHours: 2_000_000 });
    const otherSpelling = encodeInstrument({ ...MARCH, kind: 1, strike: (10 << 20) + 30 });
    for (const id of [noStrike, onPerpetual, tooLate, otherSpelling]) {
      expect(instrumentName(id, { underlyings: SYMBOLS })).to.equal(`instrument 0x${id.toString(16)}`);
    }
    expect([noStrike, onPerpetual, otherSpelling].map(isInstrument)).to.deep.equal([false, false, false]);
    expect(isNameable(tooLate)).to.equal(false);
    expect(instrumentName(perpetual(1))).to.equal("the perpetual of underlying 1");
    expect(instrumentName(option(MARCH, "call", "3000"))).to.equal("underlying 1-27MAR26-3000-C");
  });

  describe("strikes", () => {
    it("have one to six digits", () => {
      expect(strikeCode(300_000_000_000n)).to.equal((11 << 20) + 3);
      expect(strikeCode(104_857_500_000_000n)).to.equal((8 << 20) + 1_048_575);
      expect(() => strikeCode(104_857_700_000_000n)).to.throw(IdError, "one to six digits");
      expect(() => strikeCode(0n)).to.throw(IdError, "one to six digits");
      expect(() => option(MARCH, "call", "-1")).to.throw(IdError, "one to six digits");
    });
  });

  describe("InstrumentName.sol", () => {
    let names: InstrumentNames;

    before(async () => {
      const { ethers } = await network.create();
      names = await ethers.deployContract("InstrumentNames");
    });

    const onChain = async (name: string): Promise<ReturnType<typeof parseName>> => {
      const [ok, symbol, instrument] = await names.parse(name);
      return ok ? { symbol, instrument } : undefined;
    };

    it("gives random instruments the same names, and reads them back", async () => {
      const next = random(7);
      for (let i = 0; i < 150; i += 1) {
        const expiry = { underlying: 0, expiryHours: 262_968 + (next() % 876_600) };
        const price = BigInt((next() % 104_857) + 1) * 10n ** BigInt(next() % 14);
        const kind = next() % 3;
        const instrument =
          kind === 0 ? future(expiry) : encodeInstrument({ ...expiry, kind, strike: strikeCode(price) });
        const name = toName(instrument, "A0");
        expect(await names.toName(instrument, "A0")).to.equal(name);
        expect(parseName(name)).to.deep.equal({ symbol: "A0", instrument });
        expect(await onChain(name)).to.deep.equal({ symbol: "A0", instrument });
      }
    });

    it("judges damaged names alike", async () => {
      const next = random(11);
      const letters = "0123456789-dTCPJANFEBMRYULGSOVE ";
      for (let i = 0; i < 200; i += 1) {
        const letter = letters[next() % letters.length]!;
        const name = [...named[next() % named.length]![1]];
        const at = next() % name.length;
        name.splice(at, next() % 2, ...(next() % 3 === 0 ? [] : [letter]));
        const text = name.join("");
        expect(parseName(text), text).to.deep.equal(await onChain(text));
      }
    });

    it("agrees about texts that are nearly names", async () => {
      const texts = ["", "-", "--", "ETH", "-PERP", "ETH-PERP-", "ETH-07MAR26", "ETH-31FEB26", "ETH-27MAR26T08"];
      const more = ["ETH-27MAR26T24", "ETH-27MAR26--C", "ETH-27MAR26-3000d-C", "ETH-27MAR26-d5-C", "ETH-27MAR26-0-C"];
      const long = `ETH-27MAR26-${"9".repeat(40)}-C`;
      const wide = "€".repeat(14) + "-27MAR26";
      for (const text of [...texts, ...more, long, wide, `${"E".repeat(43)}-PERP`, `${"E".repeat(44)}-PERP`]) {
        expect(parseName(text), text).to.deep.equal(await onChain(text));
      }
    });

    it("codes strikes alike", async () => {
      const next = random(3);
      for (let i = 0; i < 60; i += 1) {
        const price = BigInt(next() % 2_000_000) * 10n ** BigInt(next() % 13);
        const [code, exact] = await names.strikeOf(price);
        if (exact) expect(strikeCode(price)).to.equal(Number(code));
        else expect(() => strikeCode(price)).to.throw(IdError);
      }
    });
  });
});

import { expect } from "chai";
import { ZeroAddress } from "ethers";
import {
  accountId,
  bucketOf,
  decodeAccountId,
  decodeInstrument,
  encodeInstrument,
  expiryOf,
  IdError,
  isSystemAccount,
  perpetual,
  systemAccounts,
} from "../../sdk/instruments.ts";

const OWNER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

describe("instruments", () => {
  it("packs underlying, expiry, kind and strike from high to low", () => {
    const option = { underlying: 0x0c, expiryHours: 0x0789ab, kind: 0x01, strike: 0x0def01 };
    expect(encodeInstrument(option)).to.equal(0x0c0789ab010def01n);
    expect(decodeInstrument(0x0c0789ab010def01n)).to.deep.equal(option);
    expect(bucketOf(0x0c0789ab010def01n)).to.equal(0x0c0789abn);
  });

  it("gives a perpetual nothing but its underlying", () => {
    expect(perpetual(1)).to.equal(0x0100000000000000n);
    expect(expiryOf(perpetual(1))).to.equal(undefined);
    expect(() => perpetual(0)).to.throw(IdError, "Underlyings are numbered 1 to 16, not 0.");
    expect(() => perpetual(17)).to.throw(IdError, "not 17");
  });

  it("reads the expiry in hours", () => {
    const future = encodeInstrument({ underlying: 1, expiryHours: 482_136, kind: 0, strike: 0 });
    expect(expiryOf(future)).to.deep.equal(new Date("2025-01-01T00:00:00Z"));
  });

  it("refuses fields that do not fit", () => {
    const instrument = { underlying: 1, expiryHours: 0, kind: 0, strike: 0 };
    expect(() => encodeInstrument({ ...instrument, underlying: 256 })).to.throw(IdError, "does not fit into 8 bits");
    expect(() => encodeInstrument({ ...instrument, strike: -1 })).to.throw(IdError, "does not fit into 24 bits");
    expect(() => encodeInstrument({ ...instrument, kind: 0.5 })).to.throw(IdError, "is not whole");
    expect(() => decodeInstrument(1n << 64n)).to.throw(IdError, "does not fit into 64 bits");
  });
});

describe("accounts", () => {
  it("packs the owner above the number", () => {
    const id = accountId(OWNER, 7);
    expect(id).to.equal("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed000000000000000000000007");
    expect(decodeAccountId(id)).to.deep.equal({ owner: OWNER, number: 7n });
    expect(() => accountId(OWNER, 1n << 96n)).to.throw(IdError, "does not fit into 96 bits");
  });

  it("numbers the protocol's own accounts under nobody's address", () => {
    const { fees, interest, insurance, vault, clearing } = systemAccounts;
    const numbers = [fees, interest, insurance, vault].map((id) => decodeAccountId(id).number);
    expect(numbers).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(decodeAccountId(clearing(0x01000000n))).to.deep.equal({ owner: ZeroAddress, number: 0x1_0100_0000n });
    expect(isSystemAccount(fees)).to.be.true;
    expect(isSystemAccount(accountId(OWNER))).to.be.false;
  });
});

import { expect } from "chai";
import { surfaceLag } from "../../../scripts/demo/lag.ts";
import { admitted } from "../../../scripts/demo/surfaces.ts";
import { afterMove, volatilityOnEve, volatilityUntil } from "../../../scripts/demo/volatility.ts";
import { expectNear } from "../../support/near.ts";

describe("volatility rule", () => {
  it("begins with the daily volatility of the parameters, for every expiry", () => {
    // 4 % a day and √365 = 19.105.
    const state = volatilityOnEve(0.04);
    for (const days of [0, 1, 30, 365]) expectNear(volatilityUntil(state, days), 0.7642, 1e-4);
  });

  it("takes half of the variance anew in two days", () => {
    // An hour's move e^0.01 has an annual variance of 0.0001·8760 = 0.876; 48 hours at that rate move 0.01·√48 in one step.
    let state = volatilityOnEve(0.04);
    for (let i = 0; i < 48; i++) state = afterMove(state, 100, 100 * Math.exp(0.01), 1);
    expectNear(state.variance, (0.7642 ** 2 + 0.876) / 2, 1e-4);
    const once = afterMove(volatilityOnEve(0.04), 100, 100 * Math.exp(0.01 * Math.sqrt(48)), 48);
    expectNear(once.variance, state.variance, 1e-9);
  });

  it("fades towards the eve's level with a half-life of three days", () => {
    // Mean of 0.5^(t/3) over three days: 0.5/ln 2 = 0.72135; over thirty: (1 − 2^−10)/(10·ln 2) = 0.14413.
    const state = { eve: 1, variance: 5 };
    expectNear(volatilityUntil(state, 0), Math.sqrt(5), 1e-12);
    expectNear(volatilityUntil(state, 3) ** 2, 1 + 4 * 0.72135, 1e-4);
    expectNear(volatilityUntil(state, 30) ** 2, 1 + 4 * 0.14413, 1e-4);
  });

  it("is never below the eve's level", () => {
    expect(volatilityUntil({ eve: 1, variance: 0.2 }, 7)).to.equal(1);
  });

  it("has a total variance that rises with the expiry", () => {
    const state = { eve: 0.7, variance: 30 };
    const totals = [0.1, 1, 3, 7, 30, 90, 365].map((days) => volatilityUntil(state, days) ** 2 * days);
    expect(totals).to.deep.equal([...totals].sort((a, b) => a - b));
  });
});

describe("surfaceLag", () => {
  const point = (wanted: number, posted: number) => ({ timestamp: 0, symbol: "BTC", expiryHours: 1, wanted, posted });

  it("counts what was held back by a volatility point or more, and finds the worst", () => {
    const surfaces = [point(1, 1), point(1, 0.995), point(2, 1.5), point(2, 1.2), point(1, 1.2)];
    expect(surfaceLag(surfaces)).to.deep.equal({ reports: 5, behind: 2, most: surfaces[3] });
  });

  it("knows none where none is behind", () => {
    expect(surfaceLag([point(1, 1)])).to.deep.equal({ reports: 1, behind: 0, most: undefined });
  });
});

describe("admitted", () => {
  const band = [800_000n, 1_200_000n] as const;

  it("is what is wanted within the band, else the nearer end of it", () => {
    expect([1_000_000n, 500_000n, 2_000_000n].map((wanted) => admitted(wanted, band, 100n, 0n))).to.deep.equal([
      1_000_000n,
      800_000n,
      1_200_000n,
    ]);
  });

  it("has at least the total variance of the expiry before, and no unit more than that", () => {
    // 1.5² · 100 = 225; over 150 seconds that is 1.5/√1.5 = 1.2247448714, rounded up.
    const before = 1_500_000n ** 2n * 100n;
    expect(admitted(1_000_000n, [1_000_000n, 2_000_000n], 150n, before)).to.equal(1_224_745n);
    expect(admitted(1_300_000n, [1_000_000n, 2_000_000n], 150n, before)).to.equal(1_300_000n);
  });
});

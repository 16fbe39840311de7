import { expect } from "chai";
import { artifacts, network } from "hardhat";
import { id, Interface, type InterfaceAbi } from "ethers";
import { adaptive, type AdaptiveState, inForce, NEVER } from "../../sdk/margin/adaptive.ts";
import { assess, explain } from "../../sdk/margin/riskEngine.ts";
import type { IRisk } from "../../typechain-types/index.ts";
import { publishAtRandom } from "../support/adaptiveRisk.ts";
import { randomOptionBook } from "../support/optionBooks.ts";
import { Random, randomBook, randomParameters } from "../support/riskBooks.ts";
import { deployRiskBench } from "../support/riskEngine.ts";

const UNDERLYINGS = 6;
const COLLATERALS = 3;
const PUBLICATIONS = 60;
const BOOKS = 4;

const time = (seconds: bigint): bigint => (seconds === NEVER ? 2n ** 40n - 1n : seconds);

/** What the chain says is in force, against the TypeScript state at the same second. */
async function expectInForce(engine: IRisk, state: AdaptiveState, now: bigint): Promise<void> {
  const set = inForce(state, now);
  for (const [i, own] of set.underlyings.entries()) {
    const range = await engine.rangeInForce(i + 1);
    const { target, role, volatilityFreshUntil, depthFreshUntil } = state.underlyings[i]!;
    expect([...range], `underlying ${i + 1}`).to.deep.equal([
      own.scanRangeBps,
      target.scanRangeBps,
      role.scanRangeBps,
      own.sigmaDayBps,
      own.halfSpreadBps,
      own.dailyVolumeUsd,
      time(volatilityFreshUntil),
      time(depthFreshUntil),
    ]);
    const { scanRangeBps, basisBps, halfSpreadBps, sigmaDayBps, dailyVolumeUsd } = role;
    expect([...(await engine.underlyingParameters(i + 1))]).to.deep.equal([
      scanRangeBps,
      basisBps,
      halfSpreadBps,
      sigmaDayBps,
      dailyVolumeUsd,
    ]);
  }
  for (const [i, own] of set.collaterals.entries()) {
    const { target, freshUntil } = state.collaterals[i]!;
    expect([...(await engine.haircutInForce(i + 1))], `asset ${i + 1}`).to.deep.equal([
      own.basisHaircutBps,
      target.basisHaircutBps,
      own.protocolHaircutBps,
      own.sigmaDayBps,
      own.dailyVolumeUsd,
      own.utilisationBps,
      time(freshUntil),
    ]);
  }
  const { independenceWeightBps: a, unityWeightBps: b } = set.globals;
  const { initial, maintenance } = set.stress ?? {
    initial: { independence: a, unity: b },
    maintenance: { independence: a, unity: b },
  };
  expect([...(await engine.correlationWeights())]).to.deep.equal([
    initial.independence,
    initial.unity,
    maintenance.independence,
    maintenance.unity,
    time(state.stressFrom),
  ]);
}

describe("AdaptiveRisk", () => {
  for (const seed of [1, 2, 3]) {
    it(`is what the TypeScript state says over ${PUBLICATIONS} random publications, and so is every margin, ${seed}`, async () => {
      const { ethers, networkHelpers } = await network.create();
      const random = new Random(1_000 + seed);
      const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
      const bench = await deployRiskBench(ethers, parameters);
      let state = adaptive(parameters);
      let now = await bench.batch.time();
      const clock = { setNextBlockTimestamp: (t: bigint) => networkHelpers.time.setNextBlockTimestamp(t) };
      const seen = { stressed: 0, moving: 0 };
      for (let i = 0; i < PUBLICATIONS; i++) {
        // Often within the hour, sometimes after days.
        const pause = random.pick([600, 5_000, 50_000, 400_000]);
        ({ state, now } = await publishAtRandom(bench.engine, clock, random, state, now, pause));
        // Also between publications.
        if (random.unit() < 0.5) await networkHelpers.time.increaseTo((now += random.bigint(1, 100_000)));
        expect(await bench.batch.time(), "the clock").to.equal(now);
        await expectInForce(bench.engine, state, now);

        const set = inForce(state, now);
        if (set.stress !== undefined) seen.stressed++;
        if (state.underlyings.some((u, j) => u.base.scanRangeBps !== set.underlyings[j]!.scanRangeBps)) seen.moving++;
        const books = Array.from({ length: BOOKS }, (_, j) =>
          j % 2 === 0
            ? randomBook(random, UNDERLYINGS, COLLATERALS)
            : randomOptionBook(random, UNDERLYINGS, COLLATERALS, now),
        );
        (await bench.assess(books)).forEach((margin, j) =>
          expect(margin, `margin of book ${j} after ${i}`).to.deep.equal(assess(books[j]!, set)),
        );
        if (i % 5 !== 0) continue;
        (await bench.explain(books)).forEach((explanation, j) =>
          expect(explanation, `explanation of book ${j} after ${i}`).to.deep.equal(explain(books[j]!, set)),
        );
      }
      expect(seen.stressed).to.be.greaterThan(10);
      expect(seen.moving).to.be.greaterThan(10);
    });
  }

  it("has every function in one piece of code", async () => {
    const selectorsOf = async (name: string): Promise<string[]> => {
      const { abi } = await artifacts.readArtifact(name);
      const selectors: string[] = [];
      new Interface(abi as InterfaceAbi).forEachFunction(({ selector }) => selectors.push(selector));
      return selectors;
    };
    const [engine, desk, office] = await Promise.all(["RiskEngine", "RiskDesk", "RiskOffice"].map(selectorsOf));
    for (const selector of await selectorsOf("IRisk")) {
      expect(engine!.includes(selector) || desk!.includes(selector), selector).to.equal(true);
    }
    // The engine answers first: it may share with the desk only what all managed contracts have.
    const managed = ["authority()", "isConsumingScheduledOp()", "setAuthority(address)"].map((name) =>
      id(name).slice(0, 10),
    );
    expect(desk!.filter((selector) => engine!.includes(selector)).sort()).to.deep.equal(managed.sort());
    // It forwards to the office by name what the office has.
    expect(office!.filter((selector) => !engine!.includes(selector))).to.deep.equal([]);
  });
});

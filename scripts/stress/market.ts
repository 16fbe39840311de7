/** The house of the stress, on a chain in this process: eight perpetuals, options on two of them, two market makers. */
import { network } from "hardhat";
import { deployHouse, type House } from "../../deploy/local/house.ts";
import { optionDesk, type OptionDesk } from "../../deploy/local/options.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { type Expiry, option, systemAccounts } from "../../sdk/instruments.ts";
import { coveredCall, type Leg, reversed, spread, straddle, strangle } from "../../sdk/orders/index.ts";
import { demoExpiries, strikeNear } from "../demo/listing.ts";
import { OPTION_SYMBOLS, type OptionBook, type OptionSymbol } from "./population.ts";
import { OPENING } from "./scenarios.ts";

const TRANSACTION_GAS = 16_000_000n;
/** 12 March 2020, 00:00 UTC: the eve of the parameters. */
const START = "2020-03-12T00:00:00Z";
const MAKER_USDC = 200_000_000;
const STAKER = 10;
/** Places of the expiries used, among the Fridays that are listed. */
const EXPIRIES = [2, 3];
const VOLATILITY = 1.1;
const PUTS = [0.85, 1] as const;
const CALLS = [1, 1.15] as const;

export type Signer = Trader["signer"];

export interface StressHouse extends House {
  readonly desk: OptionDesk;
  readonly expiries: Readonly<Record<OptionSymbol, readonly Expiry[]>>;
  /** Other side of everybody: of perpetuals, and of options. */
  readonly perpetualMaker: Trader;
  readonly optionMaker: Trader;
  /** Owner of all traders' accounts, which are apart from each other as those of different owners are. */
  readonly owner: Signer;
  readonly signers: readonly Signer[];
  readonly now: () => Promise<number>;
  readonly wait: (seconds: number) => Promise<void>;
  readonly postSurfaces: () => Promise<void>;
  /** Somebody stakes in the insurance fund. */
  readonly fillInsurance: (usd: number) => Promise<void>;
  /** Cash of the insurance account, USD with 6 decimals. */
  readonly insurance: () => Promise<bigint>;
  readonly close: () => Promise<void>;
}

export async function openHouse(): Promise<StressHouse> {
  const connection = await network.create({
    network: "default",
    // Many transactions in a second, each of them a block.
    override: { initialDate: START, allowBlocksWithSameTimestamp: true, gas: TRANSACTION_GAS },
  });
  const prices = Object.fromEntries(Object.entries(OPENING).map(([symbol, price]) => [symbol, price.toFixed(8)]));
  const house = await deployHouse(connection, { underlyings: prices, parameters: "event-2020-03.json" });
  const { time } = connection.networkHelpers;
  const now = () => time.latest();
  const signers = await connection.ethers.getSigners();
  const desk = optionDesk(house);
  const expiryHours = demoExpiries(await now());
  const expiriesOf = (symbol: OptionSymbol): Expiry[] =>
    EXPIRIES.map((place) => ({ underlying: house.markets[symbol]!.underlying, expiryHours: expiryHours[place]! }));
  const expiries = { BTC: expiriesOf("BTC"), ETH: expiriesOf("ETH") };
  for (const symbol of OPTION_SYMBOLS) await desk.list(optionsOf(expiries[symbol], OPENING[symbol]!));
  const postSurfaces = async (): Promise<void> => {
    // A report must be newer than the last one, and a fast machine is still in the second of that.
    await time.increase(1);
    for (const symbol of OPTION_SYMBOLS) {
      await desk.postSurface(house.markets[symbol]!.underlying, { volatility: VOLATILITY });
    }
  };
  await postSurfaces();
  const fund = house.insuranceFund;
  const maker = { usdc: MAKER_USDC };
  return {
    ...house,
    desk,
    expiries,
    perpetualMaker: await house.openAccount(signers[1]!, 0, maker),
    optionMaker: await house.openAccount(signers[1]!, 1, maker),
    owner: signers[2]!,
    signers,
    now,
    wait: (seconds) => time.increase(seconds).then(() => undefined),
    postSurfaces,
    fillInsurance: async (usd) => {
      const staker = signers[STAKER]!;
      const assets = BigInt(Math.round(usd * 1e6));
      if (assets === 0n) return;
      await house.tokens.usdc.mint(staker.address, assets);
      await house.tokens.usdc.connect(staker).approve(fund, assets);
      await fund.connect(staker).deposit(assets, staker.address);
    },
    insurance: () => house.clearingHouse.storedCashOf(systemAccounts.insurance),
    close: () => connection.close(),
  };
}

function optionsOf(expiries: readonly Expiry[], price: number): bigint[] {
  return expiries.flatMap((expiry) => [
    ...PUTS.map((multiple) => option(expiry, "put", strikeNear(price * multiple))),
    ...CALLS.map((multiple) => option(expiry, "call", strikeNear(price * multiple))),
  ]);
}

/** Legs of one contract. */
export function strategyLegs({ expiries }: StressHouse, { symbol, strategy }: OptionBook): Leg[] {
  const [near, far] = expiries[symbol];
  const strike = (multiple: number): string => strikeNear(OPENING[symbol]! * multiple);
  switch (strategy) {
    case "short strangle":
      return reversed(strangle(near!, strike(0.85), strike(1.15)));
    case "long straddle":
      return straddle(far!, strike(1));
    case "put spread":
      return spread(near!, "put", strike(0.85), strike(1));
    case "covered call":
      return coveredCall(far!, strike(1.15));
  }
}

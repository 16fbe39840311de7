/** What the demo needs of a deployed house, under short names. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { OptionDesk } from "../../deploy/local/options.ts";
import type { Deposits } from "../../deploy/local/trading.ts";
import type { Caller, HouseReader } from "../../sdk/client/index.ts";
import type { SettlementAddress } from "../../sdk/orders/index.ts";
import type { ParameterSet } from "../../sdk/types.ts";
import type {
  IClearingHouse,
  IRisk,
  ILiquidationEngine,
  ISliceAuction,
  IMarginLens,
  InstrumentRegistry,
  IOptionLens,
  IOrderSettlement,
  MarketData,
} from "../../typechain-types/index.ts";
import type { ParametersInForce } from "./parameters.ts";

export type Signer = HardhatEthersSigner;

export interface Token {
  readonly symbol: string;
  readonly address: string;
  readonly decimals: number;
  readonly underlying: number;
  readonly balanceOf: (holder: string) => Promise<bigint>;
}

export interface PriceFeed {
  readonly submit: (answer: bigint) => Promise<unknown>;
}

export interface DemoHouse {
  readonly clearingHouse: IClearingHouse;
  readonly orders: IOrderSettlement;
  readonly liquidation: ILiquidationEngine;
  readonly auction: ISliceAuction;
  readonly lens: IMarginLens;
  readonly optionLens: IOptionLens;
  readonly riskEngine: IRisk;
  readonly marketData: MarketData;
  readonly registry: InstrumentRegistry;
  readonly options: OptionDesk;
  /** The oracle's account: it also reads for the SDK. */
  readonly operator: Signer & Caller;
  readonly vault: string;
  readonly ordersAt: SettlementAddress;
  /** Those of the eve. */
  readonly riskParameters: ParameterSet;
  readonly parameters: ParametersInForce;
  readonly reader: HouseReader;
  /** Addresses of what measures. */
  readonly estimators: { readonly volatility: string; readonly correlation: string };
  readonly cash: Token;
  /** Assets 1, 2, … in order. */
  readonly collaterals: readonly Token[];
  /** Underlyings 1, 2, … in order. */
  readonly symbols: readonly string[];
  /** Gives the signer tokens and deposits them into its first account. */
  readonly openAccount: (signer: Signer, deposits: Deposits) => Promise<{ readonly account: string }>;
  readonly underlyingOf: (symbol: string) => number;
  readonly perpetualOf: (symbol: string) => bigint;
  readonly nameOf: (instrument: bigint) => string;
  /** Price as the house sees it now, 8 decimals. */
  readonly priceOf: (underlying: number) => Promise<bigint>;
  readonly feedOf: (symbol: string) => PriceFeed;
  /** Time of the latest block. */
  readonly now: () => Promise<number>;
  /** The next block is at this time, unless the latest is later already. */
  readonly skipTo: (timestamp: number) => Promise<void>;
  /** Mines a block at this time if the latest is earlier, so that views see it. */
  readonly moveTo: (timestamp: number) => Promise<void>;
  /** Mines a block so much later, so that views see the new time. */
  readonly wait: (seconds: number) => Promise<void>;
}

/** What traders and oracles do on a local chain, in one call each. Every trade goes through a signed order. */
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { accountId } from "../../sdk/instruments.ts";
import { fillWhole, signOrder, singleLegOrder } from "../../sdk/orders/index.ts";
import { PriceStatus } from "../../sdk/types.ts";
import { type Decimal, formatPrice, formatQuantity, parseDecimal, parsePrice, parseQuantity } from "../../sdk/units.ts";
import type { Market, HouseContracts } from "./house.ts";
import type { Feed } from "./upstream.ts";
import type { Tokens } from "./world.ts";

/** An account and who acts for it. */
export interface Trader {
  readonly signer: HardhatEthersSigner;
  readonly account: string;
  readonly number: bigint;
}

/** Whole tokens: "1000" USDC, "2.5" WETH. */
export interface Deposits {
  readonly usdc?: Decimal;
  readonly weth?: Decimal;
  readonly wbtc?: Decimal;
}

export interface TradeOptions {
  readonly reduceOnly?: boolean;
  readonly maxFeePercent?: Decimal;
}

export interface TradingDesk {
  /** Gives the signer the tokens and deposits them; the first deposit opens the account. */
  readonly openAccount: (signer: HardhatEthersSigner, number: bigint | number, deposits: Deposits) => Promise<Trader>;
  readonly deposit: (trader: Trader, deposits: Deposits) => Promise<void>;
  /**
   * The maker signs an order and the taker fills all of it. Positive: the maker buys. The price is that of one contract; the
   * feed's latest answer unless told.
   */
  readonly trade: (
    maker: Trader,
    taker: Trader,
    symbol: string,
    quantity: Decimal,
    price?: Decimal,
    options?: TradeOptions,
  ) => Promise<ContractTransactionResponse>;
  /**
   * The feed answers this price. A jump that the guard does not believe is answered again, so that it counts; `once` leaves it
   * at the first answer.
   */
  readonly setPrice: (symbol: string, price: Decimal, options?: { readonly once?: boolean }) => Promise<void>;
  /** The feed's latest answer, 8 decimals. */
  readonly priceOf: (symbol: string) => Promise<bigint>;
}

interface Setting extends HouseContracts {
  readonly connection: NetworkConnection;
  readonly tokens: Tokens;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly markets: Readonly<Record<string, Market>>;
}

const ETHER = 10n ** 18n;
const GAS_MONEY = 100n * ETHER;
const AN_HOUR = 3_600;
const NO_LIMIT = (1n << 255n) - 1n;

export async function tradingDesk(setting: Setting): Promise<TradingDesk> {
  const { connection, tokens, clearingHouse, orders, marketData, feeds, markets } = setting;
  const { ethers } = connection;
  const vault = await clearingHouse.vault();
  const { chainId } = await ethers.provider.getNetwork();
  const where = { chainId, verifyingContract: await orders.getAddress() };
  let lastNonce = 0n;

  const market = (symbol: string): Market => {
    const found = markets[symbol];
    if (found === undefined)
      throw new Error(`This house has no market ${symbol}, only ${Object.keys(markets).join(", ")}.`);
    return found;
  };
  const feed = (symbol: string): Feed => {
    const found = feeds[symbol];
    if (found === undefined) throw new Error(`There is no feed for ${symbol}.`);
    return found;
  };
  const priceOf = async (symbol: string): Promise<bigint> => feed(symbol).aggregator.latestAnswer();

  const deposit = async ({ signer, account }: Trader, deposits: Deposits): Promise<void> => {
    const house = clearingHouse.connect(signer);
    if (deposits.usdc !== undefined) {
      const amount = parseDecimal(deposits.usdc, 6, "amount of USDC");
      const usdc = tokens.usdc.connect(signer);
      await usdc.mint(signer.address, amount);
      await usdc.approve(vault, amount);
      await house.deposit(account, usdc, amount);
    }
    if (deposits.weth !== undefined) {
      const amount = parseDecimal(deposits.weth, 18, "amount of WETH");
      const weth = tokens.weth.connect(signer);
      const balance = await ethers.provider.getBalance(signer);
      if (balance < amount + GAS_MONEY) {
        await ethers.provider.send("hardhat_setBalance", [signer.address, ethers.toQuantity(amount + GAS_MONEY)]);
      }
      await weth.deposit({ value: amount });
      await weth.approve(vault, amount);
      await house.deposit(account, weth, amount);
    }
    if (deposits.wbtc !== undefined) {
      const amount = parseDecimal(deposits.wbtc, 8, "amount of WBTC");
      const wbtc = tokens.wbtc.connect(signer);
      await wbtc.mint(signer.address, amount);
      await wbtc.approve(vault, amount);
      await house.deposit(account, wbtc, amount);
    }
  };

  return {
    deposit,
    priceOf,
    openAccount: async (signer, number, deposits) => {
      const trader = { signer, number: BigInt(number), account: accountId(signer.address, number) };
      await deposit(trader, deposits);
      return trader;
    },
    trade: async (maker, taker, symbol, quantity, price, options = {}) => {
      const signed = parseQuantity(quantity);
      const latest = await ethers.provider.getBlock("latest");
      const order = singleLegOrder({
        ...options,
        owner: maker.signer.address,
        subaccount: maker.number,
        instrument: market(symbol).instrument,
        side: signed < 0n ? "sell" : "buy",
        quantity: formatQuantity(signed < 0n ? -signed : signed),
        price: price ?? formatPrice(await priceOf(symbol)),
        expiry: latest!.timestamp + AN_HOUR,
        nonce: ++lastNonce,
        epoch: await orders.epochOf(maker.account),
      });
      const fill = fillWhole(await signOrder(maker.signer, order, where));
      return orders.connect(taker.signer).fill(taker.account, [mutable(fill)], NO_LIMIT);
    },
    setPrice: async (symbol, price, { once = false } = {}) => {
      const answer = parsePrice(price);
      await feed(symbol).submit(answer);
      if (once) return;
      const underlying = symbol in markets ? market(symbol).underlying : 0;
      const [word] = await marketData.peek([underlying]);
      if (statusOf(word!) === PriceStatus.Unconfirmed) await feed(symbol).submit(answer);
    },
  };
}

/** Bits 64 to 71 of a market word. */
const statusOf = (word: bigint): number => Number((word >> 64n) & 0xffn);

/** The contract types want arrays that could be written to. */
function mutable({ order, signature, quantity }: ReturnType<typeof fillWhole>) {
  return { order: { ...order, legs: [...order.legs] }, signature, quantity };
}

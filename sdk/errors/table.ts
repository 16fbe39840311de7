/** What an error table is made of, and how an entry reads and words the arguments of its error. */
import type { Result } from "ethers";
import { percentText, priceText, quantityText, type Rounding, shortHex, timeText, usdText } from "../format.ts";
import { accountName, instrumentName, type Names, tokenAmount, tokenName, underlyingName } from "../names.ts";

/** What went wrong, and what to do about it. Whole sentences. */
export type Wording = readonly [sentence: string, advice: string];

/** By the error's declaration in Solidity, without the word `error`; names of the parameters included. */
export type ErrorTable = Readonly<Record<string, (words: Words) => Wording>>;

/** The arguments of one error, worded. Each method takes the name of a parameter. */
export class Words {
  readonly #args: Result;
  readonly names: Names;

  constructor(args: Result, names: Names) {
    this.#args = args;
    this.names = names;
  }

  big(name: string): bigint {
    return BigInt(this.#args.getValue(name) as bigint);
  }

  text(name: string): string {
    return String(this.#args.getValue(name));
  }

  /** Available amounts round down, required ones up, so that two that differ do not look alike the wrong way round. */
  usd(name: string, rounding: Rounding = "down"): string {
    return usdText(this.big(name), rounding);
  }

  price(name: string): string {
    return priceText(this.big(name));
  }

  quantity(name: string): string {
    return quantityText(this.big(name));
  }

  percent(name: string): string {
    return percentText(this.big(name));
  }

  time(name: string): string {
    return timeText(this.big(name));
  }

  account(name = "account"): string {
    return `Account ${accountName(this.text(name), this.names)}`;
  }

  accountInside(name = "account"): string {
    return accountName(this.text(name), this.names);
  }

  address(name: string): string {
    return shortHex(this.text(name));
  }

  order(): string {
    return `Order ${shortHex(this.text("orderHash"))}`;
  }

  instrument(name = "instrument"): string {
    return instrumentName(this.big(name), this.names);
  }

  /** The future of a bucket stands for the expiry: "ETH-27MAR26". */
  expiry(name = "bucket"): string {
    return instrumentName(this.big(name) << 32n, this.names);
  }

  underlying(name = "underlying"): string {
    return underlyingName(Number(this.big(name)), this.names);
  }

  asset(name = "asset"): string {
    const number = Number(this.big(name));
    return this.names.assets?.[number]?.symbol ?? `collateral ${number}`;
  }

  token(name = "token"): string {
    return tokenName(this.text(name), this.names);
  }

  tokens(name: string, token = "token"): string {
    return tokenAmount(this.text(token), this.big(name), this.names);
  }

  cash(): string {
    return this.names.assets?.[0]?.symbol ?? "USDC";
  }
}

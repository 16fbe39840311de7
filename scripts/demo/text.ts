/** Numbers as people read them. */
const USD_DECIMALS = 6;
const UTC_MINUTE = "YYYY-MM-DDTHH:MM".length;

/** Whole dollars with thousands separators: 1234567890000n is "1,234,568". */
export function dollars(amount: bigint): string {
  const unit = 10n ** BigInt(USD_DECIMALS);
  const magnitude = amount < 0n ? -amount : amount;
  const whole = ((magnitude + unit / 2n) / unit).toLocaleString("en-US");
  return amount < 0n && whole !== "0" ? `-${whole}` : whole;
}

/** A share in percent with one decimal: 0.5123 is "51.2 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A ratio of two amounts as a number; only for people and charts. */
export const ratio = (numerator: bigint, denominator: bigint): number =>
  denominator === 0n ? Infinity : Number(numerator) / Number(denominator);

/** An amount in dollars as a number; only for people and charts. */
export const toNumber = (amount: bigint): number => Number(amount) / 10 ** USD_DECIMALS;

/** Equity over maintenance margin: "2.31", or a dash for an account that needs no margin. */
export function health(equity: bigint, maintenance: bigint): string {
  if (maintenance === 0n) return "no risk";
  return equity <= 0n ? "0.00" : ratio(equity, maintenance).toFixed(2);
}

/** "12 Mar 11:00" in UTC. */
export function hour(timestamp: number): string {
  const date = new Date(timestamp * 1_000);
  const month = date.toLocaleString("en-US", { month: "short", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${date.toISOString().slice(UTC_MINUTE - "HH:MM".length, UTC_MINUTE)}`;
}

/** "12 March 2020, 11:00 UTC". */
export function longTime(timestamp: number): string {
  const date = new Date(timestamp * 1_000);
  const day = date.toLocaleString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `${day}, ${date.toISOString().slice(UTC_MINUTE - "HH:MM".length, UTC_MINUTE)} UTC`;
}

/** A quantity with at most four significant decimals: -102.84 ETH, 480,468 XRP. */
export function quantity(amount: bigint): string {
  const value = Number(amount) / 1e8;
  const decimals = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 2 : 4;
  return value.toLocaleString("en-US", { maximumFractionDigits: decimals });
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;

/** An annual volatility: 1.735 is "174 %". */
export const volatility = (annual: number): string => `${Math.round(annual * 100)} %`;

/** How often: 3,600 is "hourly", 60 "every minute". */
export function interval(seconds: number): string {
  if (seconds === 3_600) return "hourly";
  return seconds === 60 ? "every minute" : `every ${seconds / 60} minutes`;
}

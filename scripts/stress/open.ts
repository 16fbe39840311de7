/**
 * Opens the accounts through the doors that traders use: deposits, signed orders that a market maker fills, withdrawals of what is
 * not needed. Sixteen at a time where the contracts let that be.
 */
import { type OptionLeg } from "../../deploy/local/options.ts";
import { accountId } from "../../sdk/instruments.ts";
import { combinationOrder, fillWhole, type Order, signOrder, singleLegOrder } from "../../sdk/orders/index.ts";
import { formatPrice, formatQuantity, ONE } from "../../sdk/units.ts";
import { type StressHouse, strategyLegs } from "./market.ts";
import { contractsOf, type DrawnAccount, grossUsd, LEAST_COVER } from "./population.ts";
import { OPENING } from "./scenarios.ts";

const MAX_CALLS = 16;
const MAX_FILLS = 16;
/** Legs in one call: what fits into a transaction's gas. */
const MAX_LEGS = 24;
const USD = 1e6;
const ETHER = 10n ** 18n;
const AN_HOUR = 3_600;
const NO_LIMIT = (1n << 255n) - 1n;
/** Options have lots of a hundredth of a contract at most. */
const OPTION_LOT = 10n ** 6n;

export interface OpenedAccount extends DrawnAccount {
  readonly account: string;
}

/** @param onProgress Told after each step how many accounts are through it. */
export async function openAccounts(
  house: StressHouse,
  drawn: readonly DrawnAccount[],
  onProgress: (step: string, done: number) => void,
): Promise<OpenedAccount[]> {
  const opened = drawn.map((own) => ({ ...own, account: accountId(house.owner.address, own.number) }));
  await depositAll(house, opened, onProgress);
  const options = opened.filter((own) => own.options !== undefined);
  const perpetuals = mixed(opened.filter((own) => own.options === undefined));
  for (const group of grouped(perpetuals, ({ legs }) => legs.length)) {
    await fillAll(house, group, await Promise.all(group.map((own) => perpetualOrder(house, own))));
    onProgress("positions", group.length);
  }
  for (const own of options) {
    await fillAll(house, [own], [await optionOrder(house, own)]);
    onProgress("positions", 1);
  }
  await withdrawAll(house, opened, onProgress);
  return opened;
}

/** What all of it is worth in cash, and of those with tokens a part of the equity in WETH. */
async function depositAll(
  { clearingHouse, tokens, owner, connection }: StressHouse,
  opened: readonly OpenedAccount[],
  onProgress: (step: string, done: number) => void,
): Promise<void> {
  const vault = await clearingHouse.vault();
  const cashOf = (own: DrawnAccount): bigint => BigInt(Math.ceil(grossUsd(own) * USD));
  const wethOf = (own: DrawnAccount): bigint =>
    (BigInt(Math.floor(((grossUsd(own) / own.leverage) * own.tokenShare * 1e6) / OPENING.ETH!)) * ETHER) / 10n ** 6n;
  const cash = opened.reduce((sum, own) => sum + cashOf(own), 0n);
  const weth = opened.reduce((sum, own) => sum + wethOf(own), 0n);
  await connection.networkHelpers.setBalance(owner.address, weth + 1_000n * ETHER);
  await tokens.usdc.connect(owner).mint(owner.address, cash);
  await tokens.usdc.connect(owner).approve(vault, cash);
  if (weth > 0n) await tokens.weth.connect(owner).deposit({ value: weth });
  await tokens.weth.connect(owner).approve(vault, weth);
  const house = clearingHouse.connect(owner);
  const [target, usdc, wethToken] = await Promise.all([
    clearingHouse.getAddress(),
    tokens.usdc.getAddress(),
    tokens.weth.getAddress(),
  ]);
  const deposit = (account: string, token: string, amount: bigint) => ({
    target,
    data: house.interface.encodeFunctionData("deposit", [account, token, amount]),
  });
  const calls = opened.flatMap((own) => [
    deposit(own.account, usdc, cashOf(own)),
    ...(wethOf(own) > 0n ? [deposit(own.account, wethToken, wethOf(own))] : []),
  ]);
  for (const part of chunks(calls, MAX_CALLS)) {
    await house.batch(part);
    onProgress("deposits", part.length);
  }
}

/** An order for all perpetuals of an account at their marks, rounded in favour of whoever signs. */
async function perpetualOrder(house: StressHouse, { number, legs }: OpenedAccount): Promise<Order> {
  const parts = legs.map(({ symbol, usd }) => ({
    instrument: house.markets[symbol]!.instrument,
    ratio: contractsOf(symbol, usd),
    mark: BigInt(Math.round(OPENING[symbol]! * 1e8)),
  }));
  const terms = { owner: house.owner.address, subaccount: number, expiry: (await house.now()) + AN_HOUR };
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) {
    return singleLegOrder({
      ...terms,
      instrument: first.instrument,
      side: first.ratio > 0n ? "buy" : "sell",
      quantity: formatQuantity(first.ratio > 0n ? first.ratio : -first.ratio),
      price: formatPrice(first.mark),
    });
  }
  const net = parts.reduce((sum, { ratio, mark }) => sum + ratio * mark, 0n);
  return combinationOrder({ ...terms, legs: parts, netPrice: formatPrice(up(net, ONE)) });
}

async function optionOrder(house: StressHouse, { number, options }: OpenedAccount): Promise<Order> {
  const contracts = (contractsOf(options!.symbol, options!.usd) / OPTION_LOT) * OPTION_LOT;
  const legs: OptionLeg[] = strategyLegs(house, options!).map(({ instrument, ratio }) => ({
    instrument,
    ratio: (ratio * contracts) / ONE,
  }));
  let value = 0n;
  for (const { instrument, ratio } of legs) value += (await house.desk.markOf(instrument)) * ratio;
  return combinationOrder({
    owner: house.owner.address,
    subaccount: number,
    expiry: (await house.now()) + AN_HOUR,
    legs,
    netPrice: formatPrice(up(value, 10n ** 16n)),
  });
}

/** One call of the market maker; in halves if it does not fit. */
async function fillAll(house: StressHouse, group: readonly OpenedAccount[], orders: readonly Order[]): Promise<void> {
  const { orders: settlement, owner, connection } = house;
  const { chainId } = await connection.ethers.provider.getNetwork();
  const where = { chainId, verifyingContract: await settlement.getAddress() };
  const maker = group[0]!.options === undefined ? house.perpetualMaker : house.optionMaker;
  const fills = await Promise.all(
    orders.map(async (order) => {
      const { order: o, signature, quantity } = fillWhole(await signOrder(owner, order, where));
      return { order: { ...o, legs: [...o.legs] }, signature, quantity };
    }),
  );
  await settlement.connect(maker.signer).fill(maker.account, fills, NO_LIMIT);
}

/** Leaves the equity that the leverage says, or what the initial margin asks for and a little more. */
async function withdrawAll(
  { clearingHouse, tokens, owner }: StressHouse,
  opened: readonly OpenedAccount[],
  onProgress: (step: string, done: number) => void,
): Promise<void> {
  const house = clearingHouse.connect(owner);
  const [target, usdc] = await Promise.all([clearingHouse.getAddress(), tokens.usdc.getAddress()]);
  for (const part of chunks(opened, MAX_CALLS)) {
    const calls = (
      await Promise.all(
        part.map(async (own) => {
          const [{ equity, initial }, cash] = await Promise.all([
            clearingHouse.marginOf(own.account),
            clearingHouse.cashOf(own.account),
          ]);
          const wanted = BigInt(Math.round((grossUsd(own) / own.leverage) * USD));
          const least = (initial * BigInt(LEAST_COVER * 100)) / 100n;
          const spare = equity - (wanted > least ? wanted : least);
          const amount = spare < cash ? spare : cash;
          if (amount <= 0n) return [];
          const args: [string, string, bigint, string] = [own.account, usdc, amount, owner.address];
          return [{ target, data: house.interface.encodeFunctionData("withdraw", args) }];
        }),
      )
    ).flat();
    if (calls.length > 0) await house.batch(calls);
    onProgress("withdrawals", part.length);
  }
}

/** Longs and shorts in turns, so that the market maker need not hold much in between. */
function mixed(accounts: readonly OpenedAccount[]): OpenedAccount[] {
  return [...accounts].sort((a, b) => a.legs.length - b.legs.length || a.number - b.number);
}

/** Neighbours with at most so many fills and legs in one call. */
function grouped<T>(items: readonly T[], legsOf: (item: T) => number): T[][] {
  const groups: T[][] = [];
  let legs = Infinity;
  for (const item of items) {
    const own = legsOf(item);
    const last = groups.at(-1);
    if (last === undefined || last.length === MAX_FILLS || legs + own > MAX_LEGS) {
      groups.push([item]);
      legs = own;
    } else {
      last.push(item);
      legs += own;
    }
  }
  return groups;
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Division rounded towards plus infinity. */
function up(a: bigint, b: bigint): bigint {
  return a > 0n ? (a + b - 1n) / b : a / b;
}

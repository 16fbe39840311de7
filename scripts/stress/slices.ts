/** The second stage: slices of an account at the auction's price, taken by whoever earns costs by it. */
import { abs } from "../../sdk/margin/fixedPoint.ts";
import { encodeInstrument, Kind } from "../../sdk/instruments.ts";
import { PriceStatus } from "../../sdk/types.ts";
import type { StressHouse } from "./market.ts";
import type { Take } from "./relief.ts";
import { costOf, type Parts, partsValue, type Standing, type Taker, tryParts } from "./takers.ts";

const BPS = 10_000n;
/** Rounding and lots must not push a slice past the target. */
const TARGET_RESERVE_BPS = 20n;
const PARTS_OF_ONE = 1_000_000n;
const AMOUNT_DECIMALS = 8;

/** What came of it: a slice, or why nobody took one. */
export type SliceOutcome = { readonly take: Take } | { readonly refused: string };

/** @param discount On the whole account now: equity less the auction's price. USD, 6 decimals. */
export async function takeSlice(
  house: StressHouse,
  standing: Standing,
  takers: readonly Taker[],
  discount: bigint,
): Promise<SliceOutcome> {
  const { margin, value } = standing;
  const decimals = house.config.collaterals.map((terms) => terms.decimals);
  let refused = "TooDear";
  for (const taker of takers) {
    // Discount and costs are both in proportion to the slice.
    if (discount < costOf(taker, value)) break;
    const whole = slice(standing, sliceShare(standing, discount), decimals);
    const result = await tryParts(standing, whole, async (parts) => {
      const worth = partsValue(standing, parts, decimals);
      return send(house, standing, taker, parts, worth);
    });
    if ("done" in result) return { take: result.done };
    refused = result.refused;
    if (margin.equity <= 0n && refused === "InsuranceExhausted") break;
  }
  return { refused };
}

/** f with E − f·D = target·(1 − f)·MM, in millionths: as much as brings the account to its target; all of it where it owes. */
function sliceShare({ margin, parameters }: Standing, discount: bigint): bigint {
  const { equity, maintenance } = margin;
  const target = ((parameters.globals.liquidationTargetBps - TARGET_RESERVE_BPS) * maintenance) / BPS;
  if (equity <= discount || target <= discount) return PARTS_OF_ONE;
  const share = ((target - equity) * PARTS_OF_ONE) / (target - discount);
  return share > PARTS_OF_ONE ? PARTS_OF_ONE : share;
}

/** The same share of everything that can move; whole lots of options, towards zero. */
function slice({ portfolio }: Standing, share: bigint, decimals: readonly number[]): Parts {
  const part = (quantity: bigint, lot = 1n): bigint => ((quantity * share) / (PARTS_OF_ONE * lot)) * lot;
  const positions = portfolio.exposures
    .filter(({ status }) => isMovable(status))
    .flatMap((exposure) => {
      const { underlying, expiryHours, quantity, dated } = exposure;
      const of = (kind: number, strike: number) => encodeInstrument({ underlying, expiryHours, kind, strike });
      const lot = 10n ** BigInt(dated?.lotExponent ?? 0);
      return [
        { instrument: of(Kind.Linear, 0), quantity: part(quantity) },
        ...(dated?.options ?? []).flatMap(({ strike, calls, puts }) => [
          { instrument: of(Kind.Call, strike), quantity: part(calls * lot, lot) },
          { instrument: of(Kind.Put, strike), quantity: part(puts * lot, lot) },
        ]),
      ];
    })
    .filter(({ quantity }) => quantity !== 0n)
    .sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  const collaterals = portfolio.holdings
    .filter(({ status }) => isMovable(status) && isMovable(portfolio.cashPrice.status))
    .map(({ asset, amount }) => ({ asset, amount: tokenAmount(part(amount), decimals[asset - 1]!) }))
    .filter(({ amount }) => amount !== 0n);
  return { positions, collaterals };
}

const isMovable = (status: PriceStatus): boolean => status === PriceStatus.Fresh || status === PriceStatus.Unconfirmed;

const tokenAmount = (amount: bigint, decimals: number): bigint =>
  decimals >= AMOUNT_DECIMALS
    ? amount * 10n ** BigInt(decimals - AMOUNT_DECIMALS)
    : amount / 10n ** BigInt(AMOUNT_DECIMALS - decimals);

async function send(
  { auction }: StressHouse,
  { account }: Standing,
  taker: Taker,
  parts: Parts,
  value: bigint,
): Promise<Take> {
  const request = {
    account,
    liquidator: taker.trader.account,
    positions: [...parts.positions],
    collaterals: [...parts.collaterals],
    minReward: costOf(taker, value),
  };
  const desk = auction.connect(taker.trader.signer);
  await desk.bid.staticCall(request);
  const receipt = (await (await desk.bid(request)).wait())!;
  const [event] = await auction.queryFilter(auction.filters.SliceSold(), receipt.blockNumber, receipt.blockNumber);
  const { discount, insurancePaid, deficitPaid, maintenanceBefore, maintenanceAfter } = event!.args;
  return {
    stage: "slice",
    account,
    value,
    income: discount,
    insuranceEarned: 0n,
    insurancePaid,
    deficitPaid,
    maintenanceBefore,
    maintenanceAfter,
  };
}

/** Contracts that are held, so that nobody bids for an account that has nothing. */
export const hasPositions = ({ portfolio }: Standing): boolean =>
  portfolio.exposures.some(({ quantity, dated }) => abs(quantity) !== 0n || (dated?.options.length ?? 0) > 0) ||
  portfolio.holdings.some(({ amount }) => amount !== 0n);

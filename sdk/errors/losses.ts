import { timeText, usdText } from "../format.ts";
import type { ErrorTable, Words } from "./table.ts";

/** Shares of the insurance fund have 18 decimals. */
const shares = (w: Words, name: string): string => `${w.text(name)} smallest units of shares`;

/** IDeficits. */
export const deficitErrors: ErrorTable = {
  "DeficitOpen(uint256 deficit)": (w) => [
    `A loss of ${w.usd("deficit", "up")} is open, and fees are not paid out before somebody has borne it.`,
    "Let the fees cover it, or wait until it is covered or socialised.",
  ],
  "DeficitNotDue(uint256 deficit, uint40 dueAt)": (w) =>
    w.big("dueAt") === 0n
      ? ["No deficit is open.", "There is nothing to socialise."]
      : [
          `The deficit of ${w.usd("deficit", "up")} can be socialised from ${timeText(w.big("dueAt"))}.`,
          "Until then insurance and recoveries come first; withdrawals already bear their share.",
        ],
  "NothingToSocialise(uint256 deficit)": (w) => [
    `A deficit of ${w.usd("deficit", "up")} is open, and those with cash above zero have nothing left that could be taken.`,
    "It stays open until somebody pays it.",
  ],
  "NoLossToRepay()": () => ["No deficit is open and no loss is left to be repaid.", "Keep the money."],
};

/** IInsuranceFund and the ERC-4626 base. */
export const insuranceErrors: ErrorTable = {
  "OnlyItself(address caller)": (w) => [
    `${w.address("caller")} called a function that the insurance fund calls on itself.`,
    "Use deposit, requestRedeem and redeem.",
  ],
  "SharesExceedBalance(address owner, uint256 shares, uint256 balance)": (w) => [
    `${w.address("owner")} has ${shares(w, "balance")}, fewer than ${w.text("shares")}.`,
    "Request at most what you hold.",
  ],
  "SharesInCooldown(address owner, uint256 shares, uint256 free)": (w) => [
    `${w.address("owner")} asked to redeem shares: only ${shares(w, "free")} can be sent, not ${w.text("shares")}.`,
    "Send fewer, or take the request back first.",
  ],
  "NoExitRequest(address owner)": (w) => [
    `${w.address("owner")} has no request to redeem shares.`,
    "There is nothing to take back.",
  ],
  "NothingPaid(address owner, uint256 shares)": (w) => [
    `Redeeming ${shares(w, "shares")} of ${w.address("owner")} would pay nothing at present.`,
    "The shares are kept; try again when losses are settled.",
  ],
  "PaidLess(uint256 expected, uint256 paid)": (w) => [
    `The clearing house paid ${w.usd("paid")} instead of ${w.usd("expected", "up")}.`,
    "Try again: the figures changed in between.",
  ],
  "ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max)": (w) => [
    `The clearing house has room for ${usdText(w.big("max"))}, less than the ${w.usd("assets", "up")} of this deposit.`,
    "Deposit less.",
  ],
  "ERC4626ExceededMaxMint(address receiver, uint256 shares, uint256 max)": (w) => [
    `The clearing house has room for ${shares(w, "max")}, fewer than ${w.text("shares")}.`,
    "Mint fewer.",
  ],
  "ERC4626ExceededMaxWithdraw(address owner, uint256 assets, uint256 max)": (w) => [
    `${w.address("owner")} can take out ${usdText(w.big("max"))} now, not ${w.usd("assets", "up")}.`,
    "Request the exit first, wait for its window, and have all accounts scanned; exitOf says what is missing.",
  ],
  "ERC4626ExceededMaxRedeem(address owner, uint256 shares, uint256 max)": (w) => [
    `${w.address("owner")} can redeem ${shares(w, "max")} now, not ${w.text("shares")}.`,
    "Request the exit first, wait for its window, and have all accounts scanned; exitOf says what is missing.",
  ],
};

import { timeText } from "../format.ts";
import type { ErrorTable, Words } from "./table.ts";

/** The token itself is the contract that reverted, and an error of it does not say which: amounts stay in smallest units. */
const units = (w: Words, name: string): string => w.text(name);

const REPORT = "This should not happen: check the arguments, and report it if they are right.";

/** OpenZeppelin's tokens and what moves them. */
export const tokenErrors: ErrorTable = {
  "ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)": (w) => [
    `${w.address("sender")} holds ${units(w, "balance")} smallest units of the token, but ${units(w, "needed")} are needed.`,
    "Deposit at most what the wallet holds.",
  ],
  "ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)": (w) => [
    `The vault ${w.address("spender")} may take ${units(w, "allowance")} smallest units of the token, but ${units(w, "needed")} are needed.`,
    "Approve the vault for the amount first, or sign a permit.",
  ],
  "ERC20InvalidSender(address sender)": (w) => [
    `Tokens cannot come from ${w.address("sender")}.`,
    "Use another address.",
  ],
  "ERC20InvalidReceiver(address receiver)": (w) => [
    `Tokens cannot be sent to ${w.address("receiver")}.`,
    "Withdraw to another address.",
  ],
  "ERC20InvalidApprover(address approver)": (w) => [
    `${w.address("approver")} cannot approve anybody.`,
    "Use another address.",
  ],
  "ERC20InvalidSpender(address spender)": (w) => [
    `${w.address("spender")} cannot be approved.`,
    "Approve the vault of the clearing house.",
  ],
  "SafeERC20FailedOperation(address token)": (w) => [
    `The token ${w.token()} refused the transfer.`,
    "Check balance and approval of the wallet, and whether the token has blocked one of the addresses.",
  ],
  "ERC2612ExpiredSignature(uint256 deadline)": (w) => [
    `The permit expired at ${timeText(w.big("deadline"))}.`,
    "Sign a new one.",
  ],
  "ERC2612InvalidSigner(address signer, address owner)": (w) => [
    `The permit was signed by ${w.address("signer")}, not by ${w.address("owner")}.`,
    "Sign it with the wallet that holds the tokens, for this chain and the token's present nonce.",
  ],
  "InvalidAccountNonce(address account, uint256 currentNonce)": (w) => [
    `The nonce of ${w.address("account")} is ${w.text("currentNonce")} by now.`,
    "Sign again with that nonce.",
  ],
};

/** OpenZeppelin's access control. */
export const accessErrors: ErrorTable = {
  "AccessManagedUnauthorized(address caller)": (w) => [
    `${w.address("caller")} does not have the role that this function asks for.`,
    "Only the access manager can grant it; traders do not need this function.",
  ],
  "AccessManagedRequiredDelay(address caller, uint32 delay)": (w) => [
    `${w.address("caller")} may do this only ${w.text("delay")} seconds after announcing it.`,
    "Schedule the call at the access manager, and execute it when the delay is over.",
  ],
  "AccessManagedInvalidAuthority(address authority)": (w) => [
    `${w.address("authority")} is not an access manager.`,
    "Give the address of a contract.",
  ],
  "AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId)": (w) => [
    `${w.address("msgsender")} does not have role ${w.text("roleId")}.`,
    "Let an administrator grant it.",
  ],
  "AccessManagerUnauthorizedCall(address caller, address target, bytes4 selector)": (w) => [
    `${w.address("caller")} may not call ${w.text("selector")} on ${w.address("target")}.`,
    "Let an administrator grant the role of that function.",
  ],
  "AccessManagerAlreadyScheduled(bytes32 operationId)": (w) => [
    `Operation ${w.address("operationId")} is scheduled already.`,
    "Wait for its delay, or cancel it first.",
  ],
  "AccessManagerNotScheduled(bytes32 operationId)": (w) => [
    `Operation ${w.address("operationId")} was not scheduled.`,
    "Schedule it first.",
  ],
  "AccessManagerNotReady(bytes32 operationId)": (w) => [
    `The delay of operation ${w.address("operationId")} is not over.`,
    "Wait for it.",
  ],
  "AccessManagerExpired(bytes32 operationId)": (w) => [
    `Operation ${w.address("operationId")} was not executed in time.`,
    "Schedule it again.",
  ],
  "EnforcedPause()": () => ["The contract is paused.", "Try again when it is not."],
  "ExpectedPause()": () => ["The contract is not paused.", "Pause it first."],
};

/** OpenZeppelin's utilities: arithmetic, calls, signatures. */
export const utilityErrors: ErrorTable = {
  "AddressEmptyCode(address target)": (w) => [
    `There is no contract at ${w.address("target")}.`,
    "Check the addresses of this chain.",
  ],
  "FailedCall()": () => [
    "A call inside the transaction failed without giving a reason.",
    "Check that every target knows the function called, and raise the gas limit.",
  ],
  "InsufficientBalance(uint256 balance, uint256 needed)": (w) => [
    `The contract holds ${w.text("balance")} wei, but ${w.text("needed")} are needed.`,
    REPORT,
  ],
  "SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)": (w) => tooLarge(w, `${w.text("bits")} bits`),
  "SafeCastOverflowedIntDowncast(uint8 bits, int256 value)": (w) => tooLarge(w, `${w.text("bits")} signed bits`),
  "SafeCastOverflowedIntToUint(int256 value)": (w) => [`${w.text("value")} is below zero where it cannot be.`, REPORT],
  "SafeCastOverflowedUintToInt(uint256 value)": (w) => tooLarge(w, "256 signed bits"),
  "ECDSAInvalidSignature()": () => ["The signature is malformed.", "Sign again."],
  "ECDSAInvalidSignatureLength(uint256 length)": (w) => [
    `The signature has ${w.text("length")} bytes instead of 65.`,
    "Sign again, and pass the signature on unchanged.",
  ],
  "ECDSAInvalidSignatureS(bytes32 s)": () => [
    "The signature is in the form that can be forged from another one (high s).",
    "Sign again with a wallet that follows EIP-2.",
  ],
  "InvalidShortString()": () => ["A text stored in one word is malformed.", REPORT],
  "StringTooLong(string str)": (w) => [`The text "${w.text("str")}" is longer than 31 bytes.`, "Shorten it."],
  "CheckpointUnorderedInsertion()": () => ["The clock of the chain went back.", REPORT],
  "ReentrancyGuardReentrantCall()": () => [
    "A contract was called again while it was at work.",
    "Do not call it from a token or wallet hook.",
  ],
};

/** Solidity's own. */
export const languageErrors: ErrorTable = {
  "Error(string message)": (w) => [`The contract says: ${w.text("message")}.`, "Check the arguments."],
  "Panic(uint256 code)": (w) => [
    `A contract stopped at ${PANICS[Number(w.big("code"))] ?? `panic 0x${w.big("code").toString(16)}`}.`,
    "An argument is probably far too large; otherwise report it.",
  ],
};

const PANICS: Readonly<Record<number, string>> = {
  0x01: "a failed assertion",
  0x11: "an arithmetic overflow",
  0x12: "a division by zero",
  0x21: "a number that is not a member of an enum",
  0x31: "removing from an empty list",
  0x32: "an index outside a list",
  0x41: "an allocation of too much memory",
};

function tooLarge(w: Words, room: string): readonly [string, string] {
  return [`${w.text("value")} does not fit into ${room}.`, "Use a smaller amount, quantity or price."];
}

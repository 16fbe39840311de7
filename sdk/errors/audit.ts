import type { ErrorTable } from "./table.ts";

/** ISolvencyAuditor. */
export const auditErrors: ErrorTable = {
  "IdentityHolds(uint8 identity, uint256 subject, int256 difference)": (w) => [
    w.big("difference") === 0n
      ? "The books are in order there: nothing is missing and nothing is too much."
      : `The difference of ${w.text("difference")} is in favour of the house, accepted, or what rounding explains.`,
    "There is nothing to trip.",
  ],
  "UnknownSubject(uint8 identity, uint256 subject)": (w) => [
    `The identity has no subject ${w.text("subject")}.`,
    "Name a listed asset, bucket or option, or an account of the house, as the identity asks for.",
  ],
  "ScanNeedsGas(uint256 available, uint256 required)": (w) => [
    `${w.text("available")} gas is left, and reading one more account may take ${w.text("required")}.`,
    "Raise the gas limit.",
  ],
};

/** IUpkeep. */
export const upkeepErrors: ErrorTable = {
  "TooManyTasks(uint256 given, uint256 maximum)": (w) => [
    `${w.text("given")} tasks are more than ${w.text("maximum")}.`,
    "Send what checkUpkeep returned.",
  ],
  "NothingDone()": () => ["None of the tasks was due any more.", "Ask checkUpkeep again."],
  "OnlyUpkeep(address caller)": (w) => [
    `Single tasks are called by the upkeep contract itself, not by ${w.address("caller")}.`,
    "Call performUpkeep.",
  ],
};

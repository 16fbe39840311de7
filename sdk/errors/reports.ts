import type { ErrorTable, Words } from "./table.ts";

/** ISignerQuorum. */
export const quorumErrors: ErrorTable = {
  "TooFewSignatures(uint256 given, uint256 required)": (w) =>
    w.big("required") > 255n
      ? ["No signers of these reports are set.", "Post the report from the role, or have signers set."]
      : [`The report has ${w.text("given")} signatures; ${w.text("required")} are needed.`, "Collect more signatures."],
  "NotASigner(address signer)": (w) => [
    `${w.address("signer")} is not a signer of these reports.`,
    "Leave its signature out.",
  ],
  "SignersNotAscending(address signer)": (w) => [
    `The signer ${w.address("signer")} is out of order or named twice.`,
    "Sort by the signer's address.",
  ],
  "InvalidReportSignature(address signer)": (w) => [
    `The signature of ${w.address("signer")} is not one of this report.`,
    "Check the chain and the contract that were signed for, and sign again.",
  ],
  "InvalidQuorum(uint256 signers, uint256 threshold)": (w) => [
    `${w.text("threshold")} of ${w.text("signers")} signers cannot be a quorum.`,
    "More than half of them must be needed, and at most 16 can be named.",
  ],
};

const outOfBounds = (name: string, w: Words): readonly [string, string] => [
  `The ${w.text("value")} reported of ${name} is ${w.text("given")}, outside ${w.text("lowest")} to ${w.text("highest")}.`,
  "Report a figure within the terms that the risk role set, or have them changed.",
];

const stale = (name: string, w: Words): readonly [string, string] => [
  w.big("freshUntil") === 0n
    ? `No depth of ${name} was ever reported.`
    : `The depth of ${name} was last reported too long ago; it counted until ${w.time("freshUntil")}.`,
  "Bring a new report first.",
];

/** IDepthBook. */
export const depthErrors: ErrorTable = {
  "DepthReportOutOfTime(uint40 timestamp, uint40 earliest, uint40 latest)": (w) => [
    `The depth report is of ${w.time("timestamp")}; it must be between ${w.time("earliest")} and ${w.time("latest")}.`,
    "Sign a report of the present markets; each must be later than the last on the same entry.",
  ],
  "EmptyDepthReport()": () => ["The depth report has no entries.", "Report on at least one underlying or asset."],
  "NoUnderlyingDepthTerms(uint8 underlying)": (w) => [
    `No depth of ${w.underlying()} can be reported.`,
    "The risk role must set terms for it first.",
  ],
  "NoAssetDepthTerms(uint8 asset)": (w) => [
    `No depth of ${w.asset()} can be reported.`,
    "The risk role must set terms for it first.",
  ],
  "UnderlyingDepthOutOfBounds(uint8 underlying, string value, uint256 given, uint256 lowest, uint256 highest)": (w) =>
    outOfBounds(w.underlying(), w),
  "AssetDepthOutOfBounds(uint8 asset, string value, uint256 given, uint256 lowest, uint256 highest)": (w) =>
    outOfBounds(w.asset(), w),
  "UnderlyingDepthStale(uint8 underlying, uint40 freshUntil)": (w) => stale(w.underlying(), w),
  "AssetDepthStale(uint8 asset, uint40 freshUntil)": (w) => stale(w.asset(), w),
};

/** What only the audit reads; the rest is in sdk/abi.ts. test/scripts/audit/abi.test.ts holds every line to the contracts. */
import { Interface } from "ethers";

/** IRiskEngine. */
export const valuesAbi = new Interface([
  "function values((uint64 instrument, int64 quantity, uint256 spot, uint256 surface)[] items) view returns (int256[])",
]);

/** ILedger, ICompulsoryCloses, behind the clearing house's address: houses without compulsory closes have none of them. */
export const closesAbi = new Interface([
  "event CloseApplied(bytes32 indexed account, uint64 indexed instrument, int64 quantity, int72 quote, int72 realizedFunding, int64 newQuantity, int72 newQuote)",
  "event Deleveraged(bytes32 indexed account, uint64 indexed instrument, int64 quantity, uint64 price, uint256 covered, int64 newQuantity, int72 newQuote, int72 realizedFunding)",
]);

/** ICollateralVault. */
export const vaultAbi = new Interface(["function recorded(address token) view returns (uint256)"]);

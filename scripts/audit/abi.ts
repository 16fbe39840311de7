/** What only the audit reads; the rest is in sdk/abi.ts. test/scripts/audit/abi.test.ts holds every line to the contracts. */
import { Interface } from "ethers";

/** IRiskEngine. */
export const valuesAbi = new Interface([
  "function values((uint64 instrument, int64 quantity, uint256 spot, uint256 surface)[] items) view returns (int256[])",
]);

/** ICollateralVault. */
export const vaultAbi = new Interface(["function recorded(address token) view returns (uint256)"]);

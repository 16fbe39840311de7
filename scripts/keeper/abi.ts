/** What only a keeper calls and reads; the rest is in sdk/abi.ts. test/scripts/keeper/abi.test.ts holds every line to the contracts. */
import { Interface } from "ethers";

const PERPETUAL_STATE =
  "(int72 fundingIndex, int32 fundingRate, int32 nextFundingRate, uint40 accruedAt, uint64 openInterest, uint8 status, uint8 closeState)";
const POSITION =
  "(int64 quantity, int72 quote, int72 fundingIndex, uint8 optionEntries, uint8 lotExponent, uint32 deleverageIndex)";

/** IClearingHouse. */
export const houseAbi = new Interface([
  "function accountCount() view returns (uint256)",
  "function accountAt(uint256 index) view returns (bytes32)",
  "function cashPool() view returns (uint256 supplied, uint256 borrowed, uint256 custody)",
  `function perpetualState(uint64 instrument) view returns (${PERPETUAL_STATE})`,
  `function positionOf(bytes32 account, uint64 instrument) view returns (${POSITION})`,
  "function accrueFunding(uint64 instrument)",
  "function accrueInterest()",
  "function announceDeleveraging(bytes32 account)",
  "function rank(uint64 instrument, bytes32[] accounts)",
  "function roundOf(uint64 instrument) view returns (uint32 round, uint40 openedAt)",
  "event AccountOpened(bytes32 indexed account, address indexed owner, uint96 number)",
  "event CashChanged(bytes32 indexed account, uint8 indexed reason, int256 amount, int256 balance)",
  "event CollateralChanged(bytes32 indexed account, uint8 indexed asset, int256 amount, uint256 balance)",
  "event PositionChanged(bytes32 indexed account, uint64 indexed instrument, int64 quantity, int72 quote, int64 newQuantity, int72 newQuote, int72 realizedFunding)",
  "event OptionPositionChanged(bytes32 indexed account, uint64 indexed instrument, int64 quantity, int72 premium, int64 newQuantity)",
  "event OptionsMoved(bytes32 indexed from, bytes32 indexed to, uint32 indexed bucket, (uint64 instrument, int64 quantity)[] parts)",
  "event ExpiryMoved(bytes32 indexed from, bytes32 indexed to, uint32 indexed bucket, uint8 lotExponent, uint256[] words)",
  "event ExpirySettled(bytes32 indexed account, uint32 indexed bucket, uint64 settlementPrice, int256 value)",
  "event Settled(bytes32 indexed account, uint64 indexed instrument, int256 amount, int72 newQuote, int72 realizedFunding)",
  "event FundingAccrued(uint64 indexed instrument, int72 fundingIndex, int32 fundingRate, int32 nextFundingRate, uint64 price)",
  "event InterestAccrued(uint256 supplyIndex, uint256 borrowIndex, uint256 supplied, uint256 borrowed)",
  "event LossSocialised(uint256 borne, uint256 left, uint256 supplyIndex, uint256 supplied)",
]);

/** IMarketData. */
export const feedsAbi = new Interface([
  "function sync(uint8[] underlyings) returns (uint256[])",
  "function lastPrice(uint8 underlying) view returns (uint64 price, uint40 updatedAt)",
]);

/** ILiquidationEngine. */
export const engineAbi = new Interface([
  "function rewardShareBps(bytes32 account) view returns (uint16)",
  "function flaggedAt(bytes32 account) view returns (uint40)",
  "function parameters() view returns ((uint16 startShareBps, uint16 endShareBps, uint32 rampSeconds, uint16 insuranceShareBps))",
  "event LiquidationStarted(bytes32 indexed account, int256 equity, uint256 maintenance)",
  "event LiquidationEnded(bytes32 indexed account, int256 equity, uint256 maintenance)",
]);

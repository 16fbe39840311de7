/**
 * What the SDK calls and reads of each contract, declaration by declaration. test/sdk/abi.test.ts holds every line to the
 * compiled contracts; the whole ABIs come with the package.
 */
import { Interface } from "ethers";

const DELEGATION = "(bool canTrade, bool canWithdraw, uint40 expiry, uint16 maxSlippageBps, uint64 maxDailyNotional)";
const COLLATERAL_TERMS = "(address token, uint8 underlying, uint8 decimals, uint128 cap, uint128 minTopUp)";
const PORTFOLIO =
  "(int256 cash, uint256 cashPrice, uint256[] exposures, uint256[] holdings, uint256[] surfaces, uint256[] options)";
const POSITION =
  "(int64 quantity, int72 quote, int72 fundingIndex, uint8 optionEntries, uint8 lotExponent, uint32 deleverageIndex)";
const MARGIN = "(int256 equity, uint256 initial, uint256 maintenance, uint256 collateral)";
const GREEKS = "(int256 delta, int256 gamma, int256 vega, int256 theta)";
const PERPETUAL_STATE =
  "(int72 fundingIndex, int32 fundingRate, int32 nextFundingRate, uint40 accruedAt, uint64 openInterest, uint8 status, uint8 closeState)";
const PERPETUAL_TERMS =
  "(uint64 openInterestCap, uint32 minPremiumNotional, uint24 maxFundingRate, uint8 convergenceHours)";
const EXPIRY_TERMS = "(uint8 lotExponent, uint64 openInterestCap, uint64 vegaCap)";
const ORDER =
  "(address owner, uint96 subaccount, address signer, address taker, (uint64 instrument, int64 ratio)[] legs, " +
  "uint64 quantity, int256 limitPrice, uint16 maxFeeBps, uint64 triggerPrice, bool triggerAbove, bool reduceOnly, " +
  "uint40 expiry, uint256 nonce, uint32 epoch)";
const FILL = `(${ORDER} order, bytes signature, uint64 quantity)`;
const PARTS =
  "(uint64 instrument, int64 quantity)[] positions, (uint8 asset, uint256 amount)[] collaterals, uint256 minReward";

const VOLATILITY_ESTIMATE =
  "(uint64 sigmaDaily, uint64 sigmaStress, uint64 sigmaLongRun, uint16 targetRangeBps, uint40 sampledAt, uint40 freshUntil)";

/** IClearingHouse. */
export const clearingHouseAbi = new Interface([
  "function batch((address target, bytes data)[] calls)",
  "function deposit(bytes32 account, address token, uint256 amount) returns (uint256 credited)",
  "function depositWithPermit(bytes32 account, address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) returns (uint256 credited)",
  "function withdraw(bytes32 account, address token, uint256 amount, address to) returns (uint256 paid)",
  "function transfer(bytes32 from, bytes32 to, address token, uint256 amount)",
  "function settle(bytes32[] accounts, uint64 instrument)",
  "function settleExpiry(bytes32[] accounts, uint32 bucket)",
  `function setDelegation(address delegate, ${DELEGATION} delegation)`,
  "function authority() view returns (address)",
  "function vault() view returns (address)",
  "function riskEngine() view returns (address)",
  "function marketData() view returns (address)",
  "function cashToken() view returns (address)",
  `function portfolioOf(bytes32 account) view returns (${PORTFOLIO})`,
  "function cashOf(bytes32 account) view returns (int256)",
  "function collateralOf(bytes32 account, uint8 asset) view returns (uint256)",
  `function positionOf(bytes32 account, uint64 instrument) view returns (${POSITION})`,
  `function perpetualState(uint64 instrument) view returns (${PERPETUAL_STATE})`,
  "function quantityOf(bytes32 account, uint64 instrument) view returns (int64)",
  "function expiriesOf(bytes32 account) view returns (uint32[])",
  "function instrumentsOf(bytes32 account) view returns (uint64[])",
  "function expiryState(uint32 bucket) view returns ((uint8 status, uint64 openInterest, uint64 optionOpenInterest))",
  "function expiryTerms(uint32 bucket) view returns ((uint8 lotExponent, uint64 openInterestCap, uint64 vegaCap))",
  "function assetOf(address token) view returns (uint8)",
  `function collateralTerms(uint8 asset) view returns (${COLLATERAL_TERMS})`,
  "function collateralCount() view returns (uint8)",
  "function collateralTotal(uint8 asset) view returns (uint256)",
  "function storedCashOf(bytes32 account) view returns (int256)",
  `function marginOf(bytes32 account) view returns (${MARGIN})`,
  "function accountCount() view returns (uint256)",
  "function accountPage(uint256 from, uint256 count) view returns (bytes32[])",
  "function storedCashPage(uint256 from, uint256 count) view returns (int256[])",
  "function collateralPage(uint8 asset, uint256 from, uint256 count) view returns (uint256[])",
  "function positionPage(uint32 bucket, uint256 from, uint256 count) view returns (int64[] quantities, int72[] quotes)",
  "function cashPool() view returns (uint256 supplied, uint256 borrowed, uint256 custody)",
  `event CollateralListed(uint8 indexed asset, ${COLLATERAL_TERMS} terms)`,
  `event PerpetualListed(uint64 indexed instrument, ${PERPETUAL_TERMS} terms)`,
  `event ExpiryListed(uint32 indexed bucket, ${EXPIRY_TERMS} terms)`,
  "event OptionListed(uint64 indexed instrument)",
  "function openDeficit() view returns (uint256)",
  "function deficitOpenSince() view returns (uint40)",
  "function socialiseGrace() view returns (uint40)",
  "function payoutShare() view returns (uint256)",
  "function socialisedLoss() view returns (uint256)",
  "function coverFromFees() returns (uint256 covered)",
  "function socialise() returns (uint256 borne)",
  "function repayLoss(bytes32 from, uint72 amount) returns (uint256 repaid)",
  "event WithdrawalReduced(bytes32 indexed account, uint256 amount, uint256 paid)",
  "event DeficitPaid(bytes32 indexed from, uint256 amount, uint256 left)",
  "event LossSocialised(uint256 borne, uint256 left, uint256 supplyIndex, uint256 supplied)",
  "event LossRepaid(bytes32 indexed from, uint256 amount, uint256 left, uint256 supplyIndex, uint256 supplied)",
  "event AccountOpened(bytes32 indexed account, address indexed owner, uint96 number)",
  "event Deposited(bytes32 indexed account, address indexed token, address indexed from, uint256 amount)",
  "event Withdrawn(bytes32 indexed account, address indexed token, address indexed to, uint256 amount, uint256 paid)",
  "event CashChanged(bytes32 indexed account, uint8 indexed reason, int256 amount, int256 balance)",
  "event CollateralChanged(bytes32 indexed account, uint8 indexed asset, int256 amount, uint256 balance)",
  "event PositionChanged(bytes32 indexed account, uint64 indexed instrument, int64 quantity, int72 quote, int64 newQuantity, int72 newQuote, int72 realizedFunding)",
  "event OptionPositionChanged(bytes32 indexed account, uint64 indexed instrument, int64 quantity, int72 premium, int64 newQuantity)",
  "event OptionsMoved(bytes32 indexed from, bytes32 indexed to, uint32 indexed bucket, (uint64 instrument, int64 quantity)[] parts)",
  "event ExpiryMoved(bytes32 indexed from, bytes32 indexed to, uint32 indexed bucket, uint8 lotExponent, uint256[] words)",
  "event ExpirySettled(bytes32 indexed account, uint32 indexed bucket, uint64 settlementPrice, int256 value)",
  "event Settled(bytes32 indexed account, uint64 indexed instrument, int256 amount, int72 newQuote, int72 realizedFunding)",
]);

/** IRiskParameters, at the risk engine's address. */
export const riskParametersAbi = new Interface([
  "function globalParameters() view returns ((uint16 independenceWeightBps, uint16 unityWeightBps, uint16 maintenanceFactorBps, uint16 maintenanceAddOnBps, uint16 impactFactorBps, uint16 deadFeedScanRangeBps, uint16 depegThresholdBps, uint16 cashFloorBps, uint16 liquidationTargetBps, uint16 datedBasisBps, uint16 vegaBps, uint16 shortOptionBps, uint16 longOptionFloorBps, uint16 longOptionBps))",
  "function underlyingParameters(uint8 underlying) view returns ((uint16 scanRangeBps, uint16 basisBps, uint16 halfSpreadBps, uint16 sigmaDayBps, uint64 dailyVolumeUsd))",
  "function collateralParameters(uint8 asset) view returns ((uint16 basisHaircutBps, uint16 protocolHaircutBps, uint16 sigmaDayBps, uint64 dailyVolumeUsd))",
  "function correlation(uint8 a, uint8 b) view returns (int8)",
  "function underlyingCount() view returns (uint8)",
  "function collateralCount() view returns (uint8)",
]);

/** IAdaptiveRisk, at the risk engine's address. */
export const adaptiveRiskAbi = new Interface([
  "function rangeInForce(uint8 underlying) view returns ((uint16 scanRangeBps, uint16 targetRangeBps, uint16 floorBps, uint16 sigmaDayBps, uint16 halfSpreadBps, uint64 dailyVolumeUsd, uint40 volatilityFreshUntil, uint40 depthFreshUntil))",
  "function haircutInForce(uint8 asset) view returns ((uint16 basisHaircutBps, uint16 targetBasisHaircutBps, uint16 protocolHaircutBps, uint16 sigmaDayBps, uint64 dailyVolumeUsd, uint16 utilisationBps, uint40 freshUntil))",
  "function correlationWeights() view returns (uint16 initialIndependence, uint16 initialUnity, uint16 maintenanceIndependence, uint16 maintenanceUnity, uint40 stressFrom)",
  "event RangePublished(uint8 indexed underlying, uint16 scanRangeBps, uint16 targetRangeBps, uint16 sigmaDayBps, uint40 freshUntil)",
  "event DepthPublished(uint8 indexed underlying, uint16 halfSpreadBps, uint64 dailyVolumeUsd, uint40 freshUntil)",
  "event HaircutPublished(uint8 indexed asset, uint16 basisHaircutBps, uint16 targetBasisHaircutBps, uint16 sigmaDayBps, uint64 dailyVolumeUsd, uint16 utilisationBps, uint40 freshUntil)",
  "event CorrelationsPublished(int8[] correlations, uint40 freshUntil)",
  "event CorrelationStressStarted(uint40 from)",
  "event CorrelationStressEnded()",
]);

const SURFACE_REPORT =
  "(uint8 underlying, uint40 timestamp, (uint24 expiryHours, int24 basis, uint24 atmVolatility, int24 skew, int24 curvature)[] points)";
const SMILE = "(uint24 atmVolatility, int24 basis, int24 skew, int24 curvature)";

/** IMarketData, with the surfaces and settlement prices at the same address. */
export const marketDataAbi = new Interface([
  "function peek(uint8[] underlyings) view returns (uint256[])",
  "function feedConfig(uint8 underlying) view returns ((address feed, uint32 heartbeat, uint16 maxDeviationBps, uint16 closedFromMinute, uint16 closedUntilMinute, uint64 minPrice, uint64 maxPrice) config, uint8 decimals)",
  "function surfaces(uint32[] buckets) view returns (uint256[])",
  `function submitSurface(${SURFACE_REPORT} report, (address signer, bytes signature)[] signatures)`,
  `function postSurface(${SURFACE_REPORT} report)`,
  `function surfaceBand(uint32 bucket, uint40 timestamp) view returns (${SMILE} lowest, ${SMILE} highest)`,
  "function lastSurfaceReport(uint8 underlying) view returns (uint40 timestamp, uint24[] expiryHours)",
  "function surfaceSigners() view returns (address[] signers, uint8 threshold)",
  `event SurfaceUpdated(uint8 indexed underlying, uint32 indexed bucket, ${SMILE} smile, uint40 timestamp)`,
  "function proveExpiry(uint32 bucket, uint80 roundId, uint64[] endedPhases)",
  "function settlementPrice(uint32 bucket) view returns (uint64)",
  "function settlementSource(uint32 bucket) view returns (address feed, uint16 phase, uint40 latest, uint40 fallbackFrom)",
  "event ExpiryPriceProven(uint32 indexed bucket, uint64 price, address feed, uint80 roundId, uint40 roundTime, bool chosen)",
]);

const UNDERLYING_DEPTH = "(uint8 underlying, uint64 dailyVolumeUsd, uint16 halfSpreadBps)";
const DEPTH_REPORT = `(uint40 timestamp, ${UNDERLYING_DEPTH}[] underlyings, (uint8 asset, uint64 dailyVolumeUsd, uint16 utilisationBps, uint64 withdrawableUsd)[] assets)`;

/** IDepthBook. */
export const depthBookAbi = new Interface([
  `function submitDepth(${DEPTH_REPORT} report, (address signer, bytes signature)[] signatures)`,
  `function postDepth(${DEPTH_REPORT} report)`,
  "function publishDepth(uint8 underlying)",
  "function publishHaircut(uint8 asset)",
  `function underlyingDepth(uint8 underlying) view returns ((${UNDERLYING_DEPTH} reported, ${UNDERLYING_DEPTH} inForce, ${UNDERLYING_DEPTH} next, uint40 reportedAt, uint40 freshUntil, uint40 movedAt))`,
  "function haircutParts(uint8 asset) view returns ((uint16 floorBps, uint32 basisVolatility, uint40 basisFreshUntil, uint64 valueUsd, uint64 withdrawableUsd, uint32 liquidationSeconds, uint16 targetBasisHaircutBps, uint16 utilisationBps, uint16 utilisationTermBps, uint64 dailyVolumeUsd, uint16 sigmaDayBps, uint40 reportedAt, uint40 freshUntil, uint40 movedAt))",
  "function depthSigners() view returns (address[] signers, uint8 threshold)",
  "event UnderlyingDepthReported(uint8 indexed underlying, uint64 dailyVolumeUsd, uint16 halfSpreadBps, uint40 timestamp)",
  "event AssetDepthReported(uint8 indexed asset, uint64 dailyVolumeUsd, uint16 utilisationBps, uint64 withdrawableUsd, uint40 timestamp)",
]);

/** IInstrumentRegistry. */
export const registryAbi = new Interface([
  "function underlyingAt(uint8 id) view returns ((string symbol, uint8 assetClass))",
  "function underlyingCount() view returns (uint8)",
  "function list(string name) returns (uint64)",
  "function listExpiry(uint8 underlying, uint24 expiryHours) returns (uint32)",
  "function listOption(uint64 instrument)",
  "function expiriesOf(uint8 underlying) view returns (uint32[])",
  "function listedOptions(uint32 bucket) view returns (uint64[])",
  "event InstrumentListed(uint64 indexed instrument, string name)",
]);

/** IOptionLens. */
export const optionLensAbi = new Interface([
  `function greeks(bytes32 account) view returns ((uint64 instrument, int64 quantity, int256 value, uint256 volatility, ${GREEKS} greeks)[] positions, (uint32 bucket, uint64 forward, uint8 status, ${GREEKS} greeks)[] expiries, (uint8 underlying, uint64 price, int256 tokens, ${GREEKS} greeks)[] underlyings, ${GREEKS} total)`,
  `function marks(uint64[] instruments) view returns ((uint64 instrument, uint64 price, uint64 forward, uint256 volatility, uint8 priceStatus, uint8 surfaceStatus, ${GREEKS} greeks)[])`,
  "function fairValue(uint64 instrument) view returns (uint64)",
  "function impliedVolatility(uint64 instrument, uint64 price) view returns (uint256)",
  "function stress(bytes32 account, uint8 underlying) view returns ((int256 move, uint64 price, int256 up, int256 down)[])",
  "function settlements(bytes32 account) view returns ((uint32 bucket, uint40 expiry, uint64 settlementPrice, int256 value, uint256 available)[])",
]);

/** IOrderSettlement. */
export const ordersAbi = new Interface([
  `function fill(bytes32 taker, ${FILL}[] fills, int256 maxCost)`,
  "function cancel(bytes32 account, uint256[] nonces)",
  "function cancelAll(bytes32 account)",
  `function checkOrder(${FILL} fill_, bytes32 taker) view`,
  "function filledQuantity(bytes32 orderHash) view returns (uint64)",
  "function epochOf(bytes32 account) view returns (uint32)",
  "function fees() view returns ((uint16 makerBps, uint16 takerBps, uint16 priceBandBps, uint16 optionMakerBps, uint16 optionTakerBps, uint16 optionFeeCapBps))",
  "event OrderFilled(bytes32 indexed orderHash, bytes32 indexed maker, bytes32 indexed taker, uint64 quantity, int256 price, uint256 makerFee, uint256 takerFee, uint64 filledTotal)",
]);

/** ISliceAuction. */
export const auctionAbi = new Interface([
  "function start(bytes32 account)",
  `function bid((bytes32 account, bytes32 liquidator, ${PARTS}) request)`,
  "function deleverage(bytes32 account)",
  "function coverDeficit(bytes32 account)",
  "function quote(bytes32 account) view returns (int256 price, int256 equity, uint256 maintenance, uint256 elapsed)",
  "function startedAt(bytes32 account) view returns (uint40)",
  "function lowestSale(bytes32 account) view returns (uint256 equity, uint256 maintenance)",
  "function insuranceRoom(uint8 underlying) view returns (uint256)",
  "function auctionParameters() view returns ((uint32 durationSeconds, uint32 reliefSeconds, uint16 firstDiscountBps, uint16 insuranceCapBps, uint32 insuranceWindowSeconds))",
  "event AuctionStarted(bytes32 indexed account, int256 equity, uint256 maintenance)",
  "event AuctionPostponed(bytes32 indexed account)",
  "event AuctionEnded(bytes32 indexed account, int256 equity, uint256 maintenance)",
  "event SliceSold(bytes32 indexed account, bytes32 indexed bidder, (uint64 instrument, int64 quantity)[] positions, (uint8 asset, uint256 amount)[] collaterals, int256 price, uint256 discount, uint256 insurancePaid, uint256 deficitPaid, uint256 maintenanceBefore, uint256 maintenanceAfter)",
  "event InsuranceDrawn(uint8 indexed underlying, uint256 amount)",
  "event AccountDeleveraged(bytes32 indexed account, uint256 deficit, uint256 insurancePaid, uint256 covered, uint256 deficitPaid)",
  "event DeficitCovered(bytes32 indexed account, uint256 insurancePaid, uint256 deficitPaid)",
]);

/** ILiquidationEngine. */
export const liquidationAbi = new Interface([
  `function liquidate((bytes32 account, bytes32 liquidator, ${PARTS}) request)`,
  "function flag(bytes32 account)",
  "event Liquidated(bytes32 indexed account, bytes32 indexed liquidator, (uint64 instrument, int64 quantity)[] positions, (uint8 asset, uint256 amount)[] collaterals, uint256 reward, uint256 insuranceShare, uint256 maintenanceBefore, uint256 maintenanceAfter)",
]);

/** IInsuranceFund. */
export const insuranceFundAbi = new Interface([
  "function asset() view returns (address assetTokenAddress)",
  "function totalAssets() view returns (uint256 totalManagedAssets)",
  "function availableAssets() view returns (uint256)",
  "function totalSupply() view returns (uint256)",
  "function balanceOf(address account) view returns (uint256)",
  "function sharePrice() view returns (uint256)",
  "function netIncome() view returns (int256)",
  "function generation() view returns (uint256)",
  "function previewDeposit(uint256 assets) view returns (uint256 shares)",
  "function previewRedeem(uint256 shares) view returns (uint256 assets)",
  "function exitOf(address owner) view returns ((uint256 shares, uint40 requestedAt, uint40 from, uint40 until, uint8 status, uint256 redeemable, uint256 assets))",
  "function fundParameters() view returns ((uint32 cooldown, uint32 window, uint32 maxScanAge))",
  "function deposit(uint256 assets, address receiver) returns (uint256 shares)",
  "function requestRedeem(uint256 shares)",
  "function cancelRequest()",
  "function redeem(uint256 shares, address receiver, address owner) returns (uint256 assets)",
  "function sweep() returns (uint256 amount)",
  "event ExitRequested(address indexed owner, uint256 shares, uint40 from, uint40 until)",
  "event GenerationEnded(uint256 indexed generation, uint256 supply, uint256 assets)",
  "event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)",
  "event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)",
]);

/** What tokens have; those after the first five are optional. */
export const tokenAbi = new Interface([
  "function symbol() view returns (string)",
  "function decimals() view returns (uint8)",
  "function balanceOf(address owner) view returns (uint256)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function nonces(address owner) view returns (uint256)",
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
]);

const INSTRUMENT_SUMS = "(uint64 instrument, int256 quantity, int256 quote)[]";
const CUSTODY = "(address token, uint256 held, uint256 recorded, uint256 owed)[]";

/** ISolvencyAuditor. */
export const auditorAbi = new Interface([
  "function check(uint8 identity, uint256 subject) view returns (bool holds, int256 difference)",
  "function trip(uint8 identity, uint256 subject)",
  "function accepted(uint8 identity, uint256 subject) view returns (uint256 magnitude)",
  `function summary() view returns ((bool holds, bool isRiskPaused, ${CUSTODY} tokens, int256 fees, int256 interest, int256 insurance, uint256 openDeficit, uint256 supplied, uint256 borrowed, int256 clearingCash, uint256 overdrawn, uint256 perpetuals, uint256 accounts))`,
  `function audit(uint256 from, uint256 count) view returns ((uint256 next, int256 storedCash, int256 cash, uint256 supplied, uint256 borrowed, uint256[] collaterals, ${INSTRUMENT_SUMS} instruments, uint256 equity, uint256 shortfall, uint256 belowMaintenance, uint256 insolvent, uint256 unreadable, uint256 overdrawn))`,
  "function largestAtRisk(uint256 from, uint256 count, uint256 most) view returns ((bytes32 account, int256 equity, uint256 maintenance)[])",
  "function scan(uint256 count) returns (uint256 scanned, bool complete)",
  "function currentScan() view returns (uint40 startedAt, uint256 next, uint256 end, uint256 unreadable, uint256 shortfall)",
  "function lastScan() view returns (uint40 startedAt, uint256 shortfall)",
  "event Tripped(uint8 indexed identity, uint256 indexed subject, int256 difference, address indexed by)",
  "event ScanCompleted(uint40 indexed startedAt, uint256 accounts, uint256 unreadable, uint256 shortfall)",
]);

/** IUpkeep. */
export const upkeepAbi = new Interface([
  "function checkUpkeep(bytes checkData) view returns (bool upkeepNeeded, bytes performData)",
  "function performUpkeep(bytes performData)",
  "event TaskDone(uint8 indexed job, bytes32 indexed subject, uint256 detail)",
  "event TaskFailed(uint8 indexed job, bytes32 indexed subject, uint256 detail, bytes reason)",
]);

/** ICorrelationEstimator. */
export const correlationEstimatorAbi = new Interface([
  "function submit(uint24 day, (uint8 underlying, uint80 roundId)[] samples)",
  "function fold(uint24 day)",
  "function publish()",
  "function progress() view returns ((uint16 measured, uint16 sampled, uint24 lastDay, uint40 foldedAt, uint40 foldableFrom, uint40 nextPublication, uint40 stressedUntil, uint40 freshUntil))",
  "function rowOf(uint8 underlying) view returns ((uint64 price, uint40 roundTime, uint24 day, uint64 variance, int24 scaledReturn))",
  "function correlationRow(uint8 underlying) view returns ((int8[16] published, int16[16] moving, int16[16] target, int32[16] covariance))",
  "function sampleSource(uint8 underlying, uint24 day) view returns (address feed, uint16 phase)",
  "function previewFold() view returns (uint16 largestChange, bool shifted)",
  "function previewPublication() view returns (int8[] correlations, bool stressed, uint40 freshUntil, uint16 distance)",
  "event DaySampled(uint8 indexed underlying, uint24 indexed day, uint64 price, uint40 roundTime, int24 scaledReturn, uint64 variance)",
  "event DayFolded(uint24 indexed day, uint16 sampled, uint16 largestChange, bool shifted)",
  "event CorrelationsMoved(uint24 indexed lastDay, uint16 distance, bool stressed, uint40 freshUntil)",
]);

/** IVolatilityEstimator. */
export const volatilityEstimatorAbi = new Interface([
  "function update(uint16 series, uint80[] roundIds)",
  `function estimate(uint16 series) view returns (${VOLATILITY_ESTIMATE})`,
  `function preview(uint16 series, uint64 price) view returns (${VOLATILITY_ESTIMATE})`,
  "function state(uint16 series) view returns ((uint64 fastVariance, uint64 slowVariance, uint64 dailyVariance, uint64 stressVariance, uint64 lastPrice, int64 dayReturn, uint72 squaredDailyReturns, uint16 dayCount, uint24 lastHour, uint8 silentHours, bool dayCounts))",
  "function nextSample(uint16 series) view returns (uint40 time)",
  "function sampleSource(uint16 series, uint40 time) view returns (address feed, uint16 phase)",
  "function rule() view returns ((uint16 multipleBps, uint16 stressWeightBps, uint16 longRunWeightBps, uint16 rangeCapBps, uint16 clipDeviations, uint16 clipFloorBps, uint32 maxAge))",
  "event HourSampled(uint16 indexed series, uint40 indexed time, uint64 price, uint80 roundId, bool counted, uint64 fastVariance, uint64 slowVariance)",
  "event DaySampled(uint16 indexed series, uint40 indexed time, uint64 price, uint64 dailyVariance, uint64 stressVariance, uint72 squaredDailyReturns, uint16 dayCount)",
]);

/** What Chainlink's feeds and OpenZeppelin's access manager have. */
export const feedAbi = new Interface([
  "function description() view returns (string)",
  "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
  "function getRoundData(uint80 id) view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
]);
export const accessManagerAbi = new Interface([
  "function canCall(address caller, address target, bytes4 selector) view returns (bool immediate, uint32 delay)",
]);

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {console} from "forge-std/src/console.sol";
import {Test} from "forge-std/src/Test.sol";
import {Handler} from "./Invariants.t.sol";

/// @notice Walks with fixed seeds, until every action has succeeded at least once: all properties hold along the way.
/// @dev The short runs of the campaigns cannot promise either. Run it alone to see the table of successes.
contract WalkTest is Test {
    uint256 private constant STEPS_BETWEEN_CHECKS = 5;
    uint256 private constant LEAST_WALKS = 10;
    uint256 private constant MOST_WALKS = 60;

    Handler private house;

    mapping(string name => uint256) private _successes;

    function test_EveryActionSucceedsAndEveryPropertyHolds() public {
        for (uint256 walk = 1; walk <= MOST_WALKS; ++walk) {
            house = new Handler();
            _walk(walk);
            string[] memory names = house.names();
            for (uint256 i = 0; i < names.length; ++i) {
                _successes[names[i]] += house.successesOf(names[i]);
            }
            if (walk >= LEAST_WALKS && _hasEach()) break;
        }
        _requireEach();
    }

    function _hasEach() private view returns (bool) {
        string[105] memory names = _required();
        for (uint256 i = 0; i < names.length; ++i) {
            if (_successes[names[i]] == 0) return false;
        }
        return true;
    }

    function _walk(uint256 random) private {
        bytes4[] memory actions = house.actions();
        // Reading the environment also tells the test runner not to replay a failed walk for its stack trace: the trace of a
        // walk takes more memory than most machines have.
        uint256 steps = vm.envOr("WALK_STEPS", uint256(400));
        for (uint256 step = 1; step <= steps; ++step) {
            random = uint256(keccak256(abi.encode(random, step)));
            // Every action takes at most six words. What the house refuses, it refuses.
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, ) = address(house).call(
                abi.encodePacked(
                    actions[random % actions.length],
                    keccak256(abi.encode(random, 1)),
                    keccak256(abi.encode(random, 2)),
                    keccak256(abi.encode(random, 3)),
                    keccak256(abi.encode(random, 4)),
                    keccak256(abi.encode(random, 5)),
                    keccak256(abi.encode(random, 6))
                )
            );
            if (success && step % STEPS_BETWEEN_CHECKS == 0) _check();
        }
    }

    function _check() private {
        house.positionsSumToZero();
        house.openInterestEqualsLongs();
        house.quotesSumToZero();
        house.cashSumsToZero();
        house.collateralAddsUp();
        house.custodyCoversLiabilities();
        house.custodyIsWhatCameIn();
        house.systemAccountsNeverOwe();
        house.valueIsConserved();
        house.interestFavoursTheProtocol();
        house.fundingFavoursTheProtocol();
        house.poolTotalsMatchAccounts();
        house.everyAccountIsListedOnce();
        house.positionListsAreExact();
        house.collateralMasksAreExact();
        house.noBatchStaysOpen();
        house.nobodyEndsBelowInitialMargin();
        house.tradingMakesNoMoney();
        house.badDebtIsNotExported();
        house.liquidationImproves();
        house.settlementKeepsEquity();
        house.sessionKeysLoseWithinTheirLimits();
        house.depositsAndClosesPass();
        house.expiringQuantitiesSumToZero();
        house.expiringQuotesSumToZero();
        house.expiringOpenInterestEqualsLongs();
        house.expiryListsAreExact();
        house.optionWordsAreExact();
        house.longOptionsNeedAtMostTheirPrice();
        house.expiryPaysExactly();
        house.staleSurfacesStopIncreases();
        house.rangesStayBetweenFloorAndDeadRange();
        house.haircutsStayWithinTheirBounds();
        house.publishedMatrixIsPositiveSemidefinite();
        house.samplesArePricesOfTheirTime();
        house.correlationsMoveBySteps();
        house.measurementsMoveMarginsBySteps();
        house.rightMeasurementsPass();
        house.onlyRoundsInForceCount();
        house.depthsMoveWithinBounds();
        house.claimsAreCoveredOrDeclared();
        house.fundOwnsWhatItPromises();
        house.stakersTakeNoMoreThanWasBrought();
        house.auditorNeverTrips();
        house.endedMarketsAreEmpty();
        house.auctionPricesFollowTheirFormula();
        house.auctionsImprove();
        house.lossesArePaidInOrder();
        house.deleveragingTakesAtMostTheDeficit();
        house.deleveragingIsALoopOverAccounts();
        house.fundSharesFallByDrawsAlone();
        house.exitsWaitAndPayTheirShare();
        house.payoutsAreEqual();
        house.lossesAreShared();
        house.somebodyCanImprove();
    }

    function _requireEach() private view {
        string[105] memory names = _required();
        for (uint256 i = 0; i < names.length; ++i) {
            console.log("%s: %d", names[i], _successes[names[i]]);
        }
        for (uint256 i = 0; i < names.length; ++i) {
            assertGt(_successes[names[i]], 0, names[i]);
        }
    }

    function _required() private pure returns (string[105] memory) {
        return
            [
                "deposit",
                "top-up",
                "withdraw",
                "transfer",
                "grant",
                "revoke",
                "fill",
                "reduce-only fill",
                "fill signed by a session key",
                "fill taken by a session key",
                "fill of two makers",
                "fill of a pair",
                "batch of three calls",
                "close at the mark",
                "close without a fresh price",
                "small price move",
                "confirmed jump",
                "unconfirmed jump",
                "squeeze",
                "time",
                "weekend",
                "feed breaks",
                "feeds work again",
                "settlement",
                "accrual",
                "donation",
                "pause",
                "unpause",
                "market closes for increases",
                "markets open",
                "fee collection",
                "flag",
                "liquidation",
                "liquidation of collateral",
                "bad debt",
                "interest charged",
                "listing",
                "surface report",
                "expiry",
                "proof",
                "round chosen by the role",
                "settlement of an expiry",
                "claim that waits",
                "fill of a future",
                "fill of an option",
                "fill of a combination of options",
                "fill of options with the perpetual",
                "close of a future",
                "close of an option",
                "squeeze of options",
                "liquidation of options",
                "trade on a stale surface",
                "hours sampled",
                "hours without a price",
                "hours of a basis sampled",
                "wrong sample of an hour",
                "wrong sample of a day",
                "move of a basis",
                "day sampled",
                "day folded",
                "day folded without all samples",
                "publication of correlations",
                "matrix moved",
                "publication under stress",
                "hour",
                "maintenance margin on its ramp",
                "depth report",
                "depth report on a token",
                "signed depth report",
                "depth report refused",
                "publication of a depth",
                "publication of a haircut",
                "gap",
                "auction with equity",
                "auction without equity",
                "auction too early",
                "bid",
                "bid below zero",
                "insurance pays",
                "debt covered",
                "deficit opens",
                "withdrawal while a deficit is open",
                "stake",
                "exit requested",
                "exit",
                "exit refused",
                "scan",
                "loss socialised",
                "loss repaid",
                "fees asked",
                "deleveraging announced",
                "ranking",
                "deleveraging",
                "deleveraging at the mark",
                "loss covered by the other side",
                "ranked accounts deleveraged",
                "closes applied",
                "close brought up to date",
                "end of a market announced",
                "market wound down",
                "rescued by margin relief",
                "rescued by a bid",
                "rescued by a payment",
                "rescued by deleveraging",
                "run"
            ];
    }
}

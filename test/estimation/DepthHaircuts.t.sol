// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BasisHaircut} from "../../contracts/estimation/BasisHaircut.sol";
import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {IVolatilitySource} from "../../contracts/interfaces/IVolatilitySource.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice The parts of a haircut. Expected figures follow from max(floor, 3·σ_basis·sqrt(T_liq / 1 day)) by hand.
contract DepthHaircutsTest is DepthFixture {
    uint40 private constant SAMPLED_AT = uint40(START);
    /// @dev The stage's estimates are fresh for 26 hours.
    uint40 private constant NEARLY_STALE = uint40(START - 23 hours);

    // ───────────────────────────────────────────── formulas

    function test_HaircutUp_IsThreeDeviationsOverTheTime() public pure {
        // σ_basis = 0.5 % a day
        assertEq(BasisHaircut.haircutUp(0, 5_000, 1 days), 150);
        assertEq(BasisHaircut.haircutUp(0, 5_000, 4 days), 300);
        // 150·√2 = 212.13
        assertEq(BasisHaircut.haircutUp(0, 5_000, 2 days), 213);
        assertEq(BasisHaircut.haircutUp(151, 5_000, 1 days), 151, "floor");
        assertEq(BasisHaircut.haircutUp(0, 500_000, 365 days), 9_000, "ceiling");
        assertEq(BasisHaircut.haircutUp(0, 1, 1 days), 1, "rounded up");
        assertEq(BasisHaircut.haircutUp(0, 0, 365 days), 0);
    }

    function test_LiquidationTimeUp_IsADayForWhatCanBeWithdrawn() public pure {
        assertEq(BasisHaircut.liquidationTimeUp(1_000, 1_000), 1 days);
        assertEq(BasisHaircut.liquidationTimeUp(10, 1_000), 1 days, "no less than a day");
        assertEq(BasisHaircut.liquidationTimeUp(2_500, 1_000), 60 hours);
        // 86,400 / 7 = 12,342.9 seconds for each dollar
        assertEq(BasisHaircut.liquidationTimeUp(8, 7), 98_743);
        assertEq(BasisHaircut.liquidationTimeUp(1, 0), 365 days);
        assertEq(BasisHaircut.liquidationTimeUp(0, 0), 1 days);
        assertEq(BasisHaircut.liquidationTimeUp(type(uint64).max, 1), 365 days);
    }

    function test_UtilisationTermUp_IsASquareAboveEightyPercent() public pure {
        assertEq(BasisHaircut.utilisationTermUp(8_000), 0);
        assertEq(BasisHaircut.utilisationTermUp(8_001), 1, "rounded up");
        assertEq(BasisHaircut.utilisationTermUp(9_000), 375);
        // 15 % · 0.75² = 8.4375 %
        assertEq(BasisHaircut.utilisationTermUp(9_500), 844);
        assertEq(BasisHaircut.utilisationTermUp(10_000), 1_500);
    }

    /// @dev 1 − 0.95·0.8 = 24 %.
    function test_BelowParUp_TakesOffWhatTheTokenHasLost() public pure {
        assertEq(BasisHaircut.belowParUp(500, 0.8e8), 2_400);
        assertEq(BasisHaircut.belowParUp(0, 0.999e8), 10);
        assertEq(BasisHaircut.belowParUp(0, 0.99999999e8), 1, "rounded up");
        assertEq(BasisHaircut.belowParUp(500, 1e8), 500, "at par");
        assertEq(BasisHaircut.belowParUp(500, 1.2e8), 500, "worth more");
        assertEq(BasisHaircut.belowParUp(500, 0), 500, "never measured");
        assertEq(BasisHaircut.belowParUp(500, 1), 9_000, "ceiling");
    }

    /// @dev Never below the real number, and less than a basis point above: h² ≥ 9·σ²·T, and (h − 1)² < 9·σ²·T but for the root's own rounding.
    function testFuzz_HaircutUp_RoundsUpByLessThanABasisPoint(uint256 volatility, uint256 time) public pure {
        volatility = bound(volatility, 0, 50_000);
        time = bound(time, 1 days, 30 days);
        uint256 h = BasisHaircut.haircutUp(0, volatility, time);
        // Both sides in millionths squared, times a day in seconds.
        uint256 exact = 9 * volatility * volatility * time;
        assertGe((h * 100) ** 2 * 1 days, exact);
        if (h > 1) assertLt(((h - 1) * 100 - 2) ** 2 * 1 days, exact);
    }

    // ───────────────────────────────────────────── publishHaircut

    function test_Publish_FollowsTheBasis() public {
        stage.setBasis(10_000, SAMPLED_AT);
        stage.setTotal(LENT, 1_000e18);
        // Two million dollars in the vault, half a million to be had now: four days, √4·3·1 %.
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 500_000));
        assertEq(_haircut(LENT).targetBasisHaircutBps, 600);
        IDepthBook.HaircutParts memory parts = book.haircutParts(LENT);
        assertEq(parts.floorBps, 100);
        assertEq(parts.basisVolatility, 10_000);
        assertEq(parts.valueUsd, 2_000_000);
        assertEq(parts.withdrawableUsd, 500_000);
        assertEq(parts.liquidationSeconds, 4 days);
        assertEq(parts.targetBasisHaircutBps, 600);
        assertEq(parts.reportedAt, START);
        assertEq(parts.movedAt, START);
    }

    /// @dev A token that lost a fifth and stands still there has no volatility. It counts at the price of its underlying, so who bought it
    /// at four fifths could take out more than he brought.
    function test_Publish_TakesOffWhatTheTokenHasLostAlready() public {
        stage.setBasis(0, SAMPLED_AT);
        stage.setLevel(0.8e8);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 1e9));
        // 1 − (1 − 1 %)·0.8
        assertEq(_haircut(LENT).targetBasisHaircutBps, 2_080);
        assertEq(book.haircutParts(LENT).targetBasisHaircutBps, 2_080);
        stage.setLevel(1.001e8);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).targetBasisHaircutBps, 100);
    }

    /// @dev Anyone may bring the haircut up to date when the vault's total, the price or σ has changed.
    function test_Publish_FollowsTheVaultWithoutAReport() public {
        stage.setBasis(10_000, SAMPLED_AT);
        stage.setTotal(LENT, 1_000e18);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 2_000_000));
        assertEq(_haircut(LENT).targetBasisHaircutBps, 300);
        stage.setTotal(LENT, 4_000e18);
        vm.prank(address(0xbeef));
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).targetBasisHaircutBps, 600);
        stage.setPrice(ETH, 500e8);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).targetBasisHaircutBps, 300);
    }

    function test_Publish_StandsAtTheFloorWithoutABasis() public {
        stage.setTotal(WETH, 1_000_000e18);
        stage.setBasis(10_000, SAMPLED_AT);
        book.postDepth(_asset(WETH, TOKEN_ADV, 0, 0));
        assertEq(_haircut(WETH).targetBasisHaircutBps, 50, "no series");
        book.setVolatilitySource(IVolatilitySource(address(0)));
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 0));
        assertEq(_haircut(LENT).targetBasisHaircutBps, 100, "no source");
        assertEq(book.haircutParts(LENT).basisVolatility, 0);
    }

    /// @dev What a series starts from counts, but it is not silent before it was ever heard.
    function test_Publish_TakesABasisThatWasNeverSampled() public {
        stage.setBasis(10_000, 0);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 0));
        assertEq(_haircut(LENT).targetBasisHaircutBps, 300);
        assertEq(book.haircutParts(LENT).basisFreshUntil, 0);
        (, uint40 freshUntil) = stage.publishedHaircut(LENT);
        assertEq(freshUntil, START + MAX_AGE);
    }

    /// @dev What is silent widens the haircut at the engine, be it the basis or the depth.
    function test_Publish_IsFreshForAsLongAsBoth() public {
        stage.setBasis(10_000, NEARLY_STALE);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 1e9));
        (, uint40 freshUntil) = stage.publishedHaircut(LENT);
        assertEq(freshUntil, START + 3 hours);
        assertEq(book.haircutParts(LENT).freshUntil, START + 3 hours);
        assertEq(book.haircutParts(LENT).basisFreshUntil, START + 3 hours);
        stage.setBasis(10_000, SAMPLED_AT);
        book.publishHaircut(LENT);
        (, freshUntil) = stage.publishedHaircut(LENT);
        assertEq(freshUntil, START + MAX_AGE);
    }

    /// @dev The engine widens what is silent; a call in between must not take that back.
    function test_Publish_KeepsWhatTheSilenceOfTheBasisWidened() public {
        stage.setBasis(10_000, NEARLY_STALE);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 1e9));
        assertEq(_haircut(LENT).targetBasisHaircutBps, 300);
        stage.widen(LENT, 450);
        _pass(3 hours - 1);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).targetBasisHaircutBps, 300);
        _pass(1);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).targetBasisHaircutBps, 450);
    }

    function test_Publish_TakesTheVolatilityOfTheUnderlying() public {
        book.postDepth(_asset(WETH, TOKEN_ADV, 0, 0));
        assertEq(_haircut(WETH).sigmaDayBps, SIGMA);
        stage.setRange(ETH, 1_600, SPREAD, ADV);
        book.publishHaircut(WETH);
        assertEq(_haircut(WETH).sigmaDayBps, 1_600);
    }

    function test_Parts_SayWhatACallWouldDo() public {
        stage.setTotal(LENT, 1_000e18);
        book.postDepth(_asset(LENT, TOKEN_ADV, 10_000, 1e9));
        assertEq(book.haircutParts(LENT).utilisationTermBps, 1_500);
        for (uint256 i = 0; i < 6; ++i) {
            _pass(2 hours);
            IDepthBook.HaircutParts memory parts = book.haircutParts(LENT);
            if (i % 2 == 1) book.postDepth(_asset(LENT, TOKEN_ADV * 2, 5_000, 1e9));
            else book.publishHaircut(LENT);
            if ((i % 2 == 1 && i > 1) || i % 2 == 0) {
                assertEq(parts.dailyVolumeUsd, _haircut(LENT).dailyVolumeUsd);
                assertEq(parts.utilisationBps, _haircut(LENT).utilisationBps);
                assertEq(parts.sigmaDayBps, _haircut(LENT).sigmaDayBps);
            }
        }
        // From the second call on, ten hours: 90 %; 15 % · 0.5²
        assertEq(_haircut(LENT).utilisationBps, 9_000);
        assertEq(book.haircutParts(LENT).utilisationTermBps, 375);
        // Without a fresh report what is in force stays.
        _pass(2 days);
        assertEq(book.haircutParts(LENT).utilisationBps, 9_000);
        assertEq(book.haircutParts(LENT).utilisationTermBps, 375);
        assertEq(book.haircutParts(LENT).dailyVolumeUsd, _haircut(LENT).dailyVolumeUsd);
    }
}

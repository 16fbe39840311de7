// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {BucketId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";
import {OptionEntry, OptionWord} from "../../contracts/types/OptionWord.sol";
import {Exposure, Margin, Portfolio, toExpiryExposure, toExposure} from "../../contracts/types/Portfolio.sol";
import {packStrike} from "../../contracts/types/Strike.sol";
import {Smile, SurfaceStatus, SurfaceWord, toSurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {RiskTest} from "./RiskTest.sol";

/// @notice What a book loses between two nodes of the scan grid, where long options that are about to expire bend it away from the
/// line that the ladder draws. The loss is that of the engine's own equity at the other price.
contract BetweenNodesTest is RiskTest {
    uint24 private constant EXPIRY_HOURS = 500_000;
    uint256 private constant EXPIRY = uint256(EXPIRY_HOURS) * 1 hours;
    uint64 private constant SPOT = 2_000 * DOLLAR;
    uint256 private constant RANGE_BPS = 1_500;
    /// @dev A lot is one contract.
    uint8 private constant LOT = 8;

    /// @param perpetual Contracts, 8 decimals. @param calls, puts Contracts at two strikes. @param strikes USD.
    struct Book {
        int64 perpetual;
        int32[2] calls;
        int32[2] puts;
        uint24[2] strikes;
        uint24 volatility;
    }

    function setUp() public override {
        super.setUp();
        engine.setParameters(_parameters(1, 0));
    }

    /// @dev 4.6 % above the price and an hour before expiry ten calls for each contract sold are worth nothing, and at the next node as
    /// much as the perpetual loses there. In between they were not, and the requirement was 0.5 % of what it is without them.
    function test_CallsThatAreWorthNothingDoNotMarginAPerpetual() public {
        vm.warp(EXPIRY - 1 hours);
        Book memory b = _book(-100 * ONE, 300_000);
        (b.strikes[0], b.calls[0]) = (2_092, 1_000);
        // 100 · 80 USD, less what the calls have become worth.
        int256 loss = _loss(b, (SPOT * 104) / 100);
        assertGt(loss, 7_800e6);
        assertGe(int256(engine.assess(_portfolio(b, SPOT)).initial), loss);
    }

    function test_PutsThatAreWorthNothingDoNotMarginAPerpetual() public {
        vm.warp(EXPIRY - 1 hours);
        Book memory b = _book(100 * ONE, 300_000);
        (b.strikes[0], b.puts[0]) = (1_908, 1_000);
        assertGe(int256(engine.assess(_portfolio(b, SPOT)).initial), _loss(b, (SPOT * 96) / 100));
        assertGt(_loss(b, (SPOT * 96) / 100), 7_000e6);
    }

    /// @dev Calls in the money and puts out of it: who only holds options may lose what is in them.
    function test_LongOptionsAloneAreMarginedForWhatTheyLoseInBetween() public {
        vm.warp(EXPIRY - 1 hours);
        Book memory b = _book(0, 300_000);
        (b.strikes[0], b.calls[0]) = (1_966, 40);
        (b.strikes[1], b.puts[1]) = (1_932, 100);
        Margin memory margin = engine.assess(_portfolio(b, SPOT));
        assertGe(int256(margin.initial), _loss(b, (SPOT * 9_825) / 10_000));
        assertLe(int256(margin.initial), margin.equity);
    }

    /// @dev A month before expiry nothing is asked for it that was not before: 0.75 % / √30 of the price.
    function test_OptionsWithTimeAreNotAskedForMore() public {
        vm.warp(EXPIRY - 30 days);
        Book memory b = _book(-ONE, 600_000);
        (b.strikes[0], b.calls[0]) = (2_092, 1);
        b.strikes[1] = 2_100;
        uint256 one = _longOptions(b);
        assertApproxEqAbs(one, 2_738_613, 2);
        b.calls[1] = 1;
        assertApproxEqAbs(_longOptions(b), 2 * one, 2);
    }

    function testFuzz_NoMoveWithinTheRangeLosesMoreThanTheRequirement(Book memory b, uint32 left, uint256 move) public {
        vm.warp(EXPIRY - bound(left, 1 minutes, 14 days));
        b.perpetual = int64(bound(b.perpetual, -2, 2)) * ONE;
        b.volatility = uint24(bound(b.volatility, 80_000, 1_200_000));
        for (uint256 i = 0; i < 2; ++i) {
            b.calls[i] = int32(bound(b.calls[i], -4, 12));
            b.puts[i] = int32(bound(b.puts[i], -4, 12));
            b.strikes[i] = uint24(bound(b.strikes[i], 171 + 115 * i, 285 + 60 * i)) * 7;
        }
        uint256 price = (SPOT * bound(move, 10_000 - RANGE_BPS, 10_000 + RANGE_BPS)) / 10_000;
        uint256 initial = engine.assess(_portfolio(b, SPOT)).initial;
        // The table's error: 5 bp of the options' notional, at the present and at the other price together.
        assertLe(_loss(b, uint64(price)), int256(initial) + int256(_contracts(b) * 1e6));
    }

    function _contracts(Book memory b) private pure returns (uint256 count) {
        for (uint256 i = 0; i < 2; ++i) {
            count += uint256(int256(b.calls[i] < 0 ? -b.calls[i] : b.calls[i]));
            count += uint256(int256(b.puts[i] < 0 ? -b.puts[i] : b.puts[i]));
        }
    }

    function _loss(Book memory b, uint64 price) private view returns (int256) {
        return engine.assess(_portfolio(b, SPOT)).equity - engine.assess(_portfolio(b, price)).equity;
    }

    function _longOptions(Book memory b) private view returns (uint256) {
        (, IRiskEngine.Breakdown memory parts, ) = engine.explain(_portfolio(b, SPOT));
        return parts.longOptions;
    }

    function _book(int64 perpetual, uint24 volatility) private pure returns (Book memory b) {
        b.perpetual = perpetual;
        b.volatility = volatility;
        b.strikes = [uint24(2_092), 1_908];
    }

    function _portfolio(Book memory b, uint64 price) private pure returns (Portfolio memory p) {
        p = _cash(0);
        if (b.perpetual != 0) p = _perpetual(p, 1, b.perpetual, price);
        BucketId bucket = toBucketId(1, EXPIRY_HOURS);
        Exposure[] memory exposures = new Exposure[](p.exposures.length + 1);
        if (b.perpetual != 0) exposures[0] = p.exposures[0];
        Exposure linear = toExposure(bucket, 0, 0, toMarketWord(price, PriceStatus.Fresh, 1));
        exposures[exposures.length - 1] = toExpiryExposure(linear, LOT, 1);
        p.exposures = exposures;
        p.surfaces = new SurfaceWord[](1);
        p.surfaces[0] = toSurfaceWord(Smile(b.volatility, 0, 0, 0), 1, SurfaceStatus.Fresh);
        p.options = new OptionWord[](1);
        OptionWord word;
        for (uint256 i = 0; i < 2; ++i) {
            word = word.withEntry(i, OptionEntry(packStrike(b.strikes[i], 8), b.calls[i], b.puts[i]));
        }
        p.options[0] = word;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {DatedPositions} from "../../contracts/risk/DatedPositions.sol";
import {OptionPricing} from "../../contracts/risk/OptionPricing.sol";
import {OptionTableHigh} from "../../contracts/risk/table/OptionTableHigh.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {BucketId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";
import {OptionEntry, OptionWord} from "../../contracts/types/OptionWord.sol";
import {Exposure, Margin, Portfolio, toExpiryExposure, toExposure} from "../../contracts/types/Portfolio.sol";
import {packStrike} from "../../contracts/types/Strike.sol";
import {Smile, SurfaceStatus, SurfaceWord, toSettledWord, toSurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {RiskTest} from "./RiskTest.sol";

/// @notice Options and futures before, at and after their expiry.
contract RiskEngineExpiryTest is RiskTest {
    uint24 private constant EXPIRY_HOURS = 500_000;
    uint256 private constant EXPIRY = uint256(EXPIRY_HOURS) * 1 hours;
    uint64 private constant SPOT = 2_000 * DOLLAR;
    /// @dev A lot is one contract.
    uint8 private constant LOT = 8;

    function setUp() public override {
        super.setUp();
        engine.setParameters(_parameters(2, 0));
        vm.warp(EXPIRY - 30 days);
    }

    function test_RevertWhen_TheTableIsAnother() public {
        address other = address(new OptionTableHigh());
        bytes memory code = abi.encodePacked(
            vm.getCode("RiskEngine.sol:RiskEngine"),
            abi.encode(address(this), other, other, address(0), address(0))
        );
        vm.expectRevert(abi.encodeWithSelector(DatedPositions.WrongOptionTable.selector, other, other.codehash));
        this.create(code);
    }

    /// @dev The engine as it is compiled for use; a revert of its constructor goes on as it is.
    function create(bytes memory code) external {
        assembly ("memory-safe") {
            if iszero(create(0, add(code, 32), mload(code))) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function test_RevertWhen_ALotIsLargerThanAHundredContracts() public {
        Portfolio memory p = _options(0, 1, 1, _fresh());
        p.exposures[0] = toExpiryExposure(_future(0), 11, 1);
        vm.expectRevert(abi.encodeWithSelector(OptionPricing.LotTooLarge.selector, 11));
        engine.assess(p);
    }

    function test_AtExpiryOptionsAreWorthWhatTheyWouldPay() public {
        vm.warp(EXPIRY);
        // Long ten calls at 1,900 and short five puts at 1,900; the price is 2,000.
        assertEq(engine.assess(_options(0, 10, -5, _fresh())).equity, 10 * 100 * 1e6);
    }

    function test_ASettledExpiryIsCashWithoutRisk() public {
        // A future of 3 at 1,700, ten calls worthless, five puts sold: −5 · 200.
        Portfolio memory p = _options(3 * ONE, 10, -5, toSettledWord(1_700 * DOLLAR));
        _assertMargin(engine.assess(p), 3 * 1_700e6 - 5 * 200e6, 0, 0);
    }

    function test_ASettlementPriceAtTheStrikePaysNothing() public {
        _assertMargin(engine.assess(_options(0, 10, -5, toSettledWord(1_900 * DOLLAR))), 0, 0, 0);
    }

    function test_ACallLessAPutLessAFutureHasNoScan() public {
        (Margin memory margin, IRiskEngine.Breakdown memory parts, ) = engine.explain(
            _options(-10 * ONE, 10, -10, _fresh())
        );
        assertLe(parts.scan, 16);
        // 10·(F − K) − 10·F
        assertEq(margin.equity, -10 * 1_900e6);
    }

    function test_AStaleSurfaceKeepsTheMarkAndNeverAsksForLess() public {
        Portfolio memory fresh = _options(0, -10, 0, _fresh());
        Portfolio memory stale = _options(0, -10, 0, _surface(SurfaceStatus.Stale));
        assertEq(engine.assess(stale).equity, engine.assess(fresh).equity);
        assertGe(engine.assess(stale).initial, engine.assess(fresh).initial);
    }

    function test_AnExpiryWithoutAReportIsPricedAtTheMeasuredVolatility() public view {
        // 4 % a day is 76.42 % a year.
        Smile memory smile = Smile({atmVolatility: 764_199, basis: 0, skew: 0, curvature: 0});
        SurfaceWord reported = toSurfaceWord(smile, 0, SurfaceStatus.Fresh);
        int256 expected = engine.assess(_options(0, 10, 0, reported)).equity;
        int256 equity = engine.assess(_options(0, 10, 0, SurfaceWord.wrap(0))).equity;
        assertApproxEqAbs(equity, expected, 0.05e6);
    }

    function testFuzz_MovingAPositionAtItsValueMovesNoEquity(int32 calls, int32 moved, uint64 daysLeft) public {
        vm.warp(EXPIRY - bound(daysLeft, 0, 400) * 1 days);
        calls = int32(bound(calls, -1_000_000, 1_000_000));
        moved = int32(bound(moved, -1_000_000, 1_000_000));
        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](1);
        items[0] = IRiskEngine.Valuation({
            instrument: optionOf(_bucket(), true, packStrike(19, 10)),
            quantity: int64(moved) * ONE,
            spot: _market(),
            surface: _fresh()
        });
        int256 value = engine.values(items)[0];
        Portfolio memory before = _options(0, calls, 0, _fresh());
        Portfolio memory later = _options(0, calls + moved, 0, _fresh());
        // Paid rounded up: then equity does not rise, and falls by less than two units.
        later.cash = -(value >= 0 ? (value + 1e10 - 1) / 1e10 : value / 1e10);
        int256 change = engine.assess(later).equity - engine.assess(before).equity;
        assertLe(change, 0);
        assertGe(change, -2);
    }

    // ── portfolios

    function _bucket() private pure returns (BucketId) {
        return toBucketId(1, EXPIRY_HOURS);
    }

    function _market() private pure returns (MarketWord) {
        return toMarketWord(SPOT, PriceStatus.Fresh, 1);
    }

    function _future(int64 quantity) private pure returns (Exposure) {
        return toExposure(_bucket(), quantity, 0, _market());
    }

    function _fresh() private pure returns (SurfaceWord) {
        return _surface(SurfaceStatus.Fresh);
    }

    function _surface(SurfaceStatus status) private pure returns (SurfaceWord) {
        Smile memory smile = Smile({atmVolatility: 600_000, basis: 0, skew: -50_000, curvature: 20_000});
        return toSurfaceWord(smile, 1, status);
    }

    /// @dev Calls and puts at 1,900.
    function _options(
        int64 future,
        int32 calls,
        int32 puts,
        SurfaceWord surface
    ) private pure returns (Portfolio memory p) {
        p = _cash(0);
        p.exposures = new Exposure[](1);
        p.exposures[0] = toExpiryExposure(_future(future), LOT, 1);
        p.surfaces = new SurfaceWord[](1);
        p.surfaces[0] = surface;
        p.options = new OptionWord[](1);
        p.options[0] = p.options[0].withEntry(0, OptionEntry({strike: packStrike(19, 10), calls: calls, puts: puts}));
    }
}

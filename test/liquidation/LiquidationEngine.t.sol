// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {LiquidationEngine} from "../../contracts/liquidation/LiquidationEngine.sol";
import {toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

contract LiquidationEngineTest is LiquidationTestBase {
    // ── what a liquidation does

    function test_MovesThePartAtTheMarkAndPaysTheReward() public {
        openLong(2_000e6);
        liquidate(takes(btcPerp, ONE / 10));

        ILedger.Position memory left = ledger.positionOf(account, btcPerp);
        ILedger.Position memory taken = ledger.positionOf(liquidator, btcPerp);
        assertEq(left.quantity, 0.9e8);
        assertEq(left.quote, -45_000e6);
        assertEq(taken.quantity, 0.1e8);
        assertEq(taken.quote, -5_000e6);
        // 1 % of 250 USD relieved: 2.50, of which a fifth to the insurance account.
        assertEq(ledger.cashOf(account), 1_997.5e6);
        assertEq(ledger.cashOf(liquidator), 1_000_002e6);
        assertEq(insurance(), 0.5e6);
        assertEq(ledger.marginReadings(), 2);
    }

    function test_TakesAShort() public {
        ledger.setPosition(account, ethPerp, -10 * ONE, 20_000e6);
        ledger.setCash(account, 900e6);
        liquidate(takes(ethPerp, -ONE));

        assertEq(ledger.positionOf(account, ethPerp).quantity, -9 * ONE);
        assertEq(ledger.positionOf(account, ethPerp).quote, 18_000e6);
        assertEq(ledger.positionOf(liquidator, ethPerp).quantity, -ONE);
        assertEq(ledger.positionOf(liquidator, ethPerp).quote, 2_000e6);
    }

    function test_TakesPartsOfSeveralUnderlyings() public {
        openLong(2_000e6);
        ledger.setPosition(account, ethPerp, -10 * ONE, 20_000e6);
        liquidate(takesBoth(btcPerp, ONE / 10, ethPerp, -ONE));

        assertEq(ledger.positionOf(liquidator, btcPerp).quantity, ONE / 10);
        assertEq(ledger.positionOf(liquidator, ethPerp).quantity, -ONE);
        // MM was 3,500 and falls by 250 + 100: 1 % is 3.50.
        assertEq(ledger.cashOf(account), 1_996.5e6);
    }

    /// @dev The smallest part, 0.00000001 BTC at 50,001 USD, is worth 500.01 units of cash.
    function test_RoundsTheQuoteInFavourOfTheAccount() public {
        openLong(2_000e6);
        setPrice(BTC, 50_001e8);
        int256 before = marginOf(account).equity;
        liquidate(takes(btcPerp, 1));
        // The account is credited 501.
        assertEq(ledger.positionOf(liquidator, btcPerp).quote, -501);
        assertGe(marginOf(account).equity, before);

        ledger.setPosition(account, btcPerp, -ONE, 50_001e6);
        ledger.setPosition(liquidator, btcPerp, 0, 0);
        liquidate(takes(btcPerp, -1));
        // Giving a short away costs the account: 500, not 501.
        assertEq(ledger.positionOf(liquidator, btcPerp).quote, 500);
    }

    function test_RewardIsBoundedByEquityOverMaintenance() public {
        openLong(250e6); // E/MM is 10 %
        engine.flag(account);
        skip(900);
        liquidate(takes(btcPerp, ONE / 10));
        // The share is 30 %, the bound 10 % of 250: 25 USD.
        assertEq(ledger.cashOf(account), 225e6);
        assertEq(ledger.cashOf(liquidator), 1_000_020e6);
        assertEq(insurance(), 5e6);
    }

    function test_InsuranceShareRoundsUp() public {
        ledger.scriptMargin(account, 50, 1_000);
        ledger.scriptMargin(account, 50, 899); // 1 % of 101 is 1 unit
        ledger.setPosition(account, btcPerp, ONE, 0);
        liquidate(takes(btcPerp, 1));
        assertEq(insurance(), 1);
    }

    function test_ADelegateOfTheLiquidatorMayCall() public {
        openLong(2_000e6);
        address bot = makeAddr("bot");
        ledger.grant(liquidator, bot);
        vm.prank(bot);
        engine.liquidate(takes(btcPerp, ONE / 10));
        assertEq(ledger.positionOf(liquidator, btcPerp).quantity, ONE / 10);
    }

    function test_RunsAsOneCallOfABatch() public {
        openLong(2_000e6);
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = ILedger.Call(address(engine), abi.encodeCall(engine.liquidate, (takes(btcPerp, ONE / 10))));
        vm.prank(KEEPER);
        ledger.batch(calls);
        assertEq(ledger.cashOf(liquidator), 1_000_002e6);
    }

    /// @dev In the middle of a batch an account may be anything.
    function test_RevertWhen_AFlagIsACallOfABatch() public {
        openLong(2_000e6);
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = ILedger.Call(address(engine), abi.encodeCall(engine.flag, (account)));
        vm.expectRevert(ILedger.NotAlone.selector);
        ledger.batch(calls);
    }

    function test_EmitsLiquidated() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE / 10);
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.Liquidated(
            account,
            liquidator,
            request.positions,
            request.collaterals,
            2e6,
            0.5e6,
            2_500e6,
            2_250e6
        );
        liquidate(request);
    }

    function test_StopsExactlyAtTheTarget() public {
        openLong(2_000e6);
        // E − 0.01·x = 1.25·(2,500 − x) at x = 907.258: 0.3629 BTC is the last ten-thousandth below it.
        expectLiquidationRevert(
            takes(btcPerp, 0.363e8),
            abi.encodeWithSelector(
                ILiquidationEngine.LiquidationPastTarget.selector,
                account,
                int256(1_990.925e6),
                uint256(1_990.625e6)
            )
        );
        liquidate(takes(btcPerp, 0.3629e8));
        assertEq(marginOf(account).equity, 1_990.9275e6);
        assertEq(marginOf(account).maintenance, 1_592.75e6);
    }

    function test_TheTargetComesFromTheRiskEngine() public {
        openLong(2_000e6);
        ledger.setTarget(10_100);
        // x = 0.3629·2,500 = 907.25 leaves 1,592.75 of MM, of which the target is 1.01 times.
        expectLiquidationRevert(
            takes(btcPerp, 0.3629e8),
            abi.encodeWithSelector(
                ILiquidationEngine.LiquidationPastTarget.selector,
                account,
                int256(1_990.9275e6),
                uint256(1_608.6775e6)
            )
        );
    }

    /// @dev The insurance share is the cost of going round: owning both sides loses it, whatever the share.
    function test_SelfLiquidationThroughAnotherAddressCosts() public {
        openLong(2_000e6);
        engine.flag(account);
        skip(900);
        int256 before = marginOf(account).equity + marginOf(liquidator).equity;
        liquidate(takes(btcPerp, ONE / 10));
        // 30 % of 250 is 75: 60 come back through the other account, 15 do not.
        assertEq(before - marginOf(account).equity - marginOf(liquidator).equity, 15e6);
        assertEq(insurance(), 15e6);
    }

    // ── requirements

    function test_RevertWhen_Paused() public {
        openLong(2_000e6);
        ledger.setPaused(ILedger.PausableAction.Liquidate, true);
        bytes memory reason = abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.Liquidate);
        expectLiquidationRevert(takes(btcPerp, ONE / 10), reason);
        vm.expectRevert(reason);
        engine.flag(account);
    }

    function test_RevertWhen_CallerDoesNotActForTheLiquidator() public {
        openLong(2_000e6);
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, liquidator, stranger));
        vm.prank(stranger);
        engine.liquidate(takes(btcPerp, ONE / 10));
    }

    /// @dev The trailing address of the call counts only when the clearing house appended it.
    function test_RevertWhen_CallerAppendsTheLiquidator() public {
        openLong(2_000e6);
        address stranger = makeAddr("stranger");
        bytes memory forged = abi.encodePacked(abi.encodeCall(engine.liquidate, (takes(btcPerp, ONE / 10))), KEEPER);
        vm.prank(stranger);
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory reason) = address(engine).call(forged);
        assertFalse(ok);
        assertEq(reason, abi.encodeWithSelector(ILedger.NotAuthorized.selector, liquidator, stranger));
    }

    function test_RevertWhen_OwnersAreTheSame() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE / 10);
        bytes memory reason = abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, account);
        request.liquidator = toAccountId(TRADER, 2);
        vm.expectRevert(reason);
        vm.prank(TRADER);
        engine.liquidate(request);
        request.liquidator = account;
        vm.expectRevert(reason);
        vm.prank(TRADER);
        engine.liquidate(request);
    }

    function test_RevertWhen_EquityMeetsMaintenance() public {
        openLong(2_500e6);
        expectLiquidationRevert(
            takes(btcPerp, ONE / 10),
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, 2_500e6, 2_500e6)
        );
    }

    function test_RevertWhen_EquityIsGone() public {
        openLong(0);
        expectLiquidationRevert(
            takes(btcPerp, ONE / 10),
            abi.encodeWithSelector(ILiquidationEngine.EquityExhausted.selector, account, 0)
        );
        openLong(-1);
        expectLiquidationRevert(
            takes(btcPerp, ONE / 10),
            abi.encodeWithSelector(ILiquidationEngine.EquityExhausted.selector, account, -1)
        );
    }

    function test_RevertWhen_NoPartIsNamed() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request;
        (request.account, request.liquidator) = (account, liquidator);
        expectLiquidationRevert(request, abi.encodeWithSelector(ILiquidationEngine.NothingToLiquidate.selector));
    }

    function test_RevertWhen_TooManyParts() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request;
        (request.account, request.liquidator) = (account, liquidator);
        request.positions = new ILiquidationEngine.PositionPart[](25);
        expectLiquidationRevert(request, abi.encodeWithSelector(ILedger.TooManyPositions.selector, account, 24));
        request.positions = new ILiquidationEngine.PositionPart[](0);
        request.collaterals = new ILiquidationEngine.CollateralPart[](9);
        expectLiquidationRevert(request, abi.encodeWithSelector(ILedger.TooManyCollaterals.selector, account, 8));
    }

    function test_RevertWhen_PartsDoNotAscend() public {
        openLong(2_000e6);
        ledger.setPosition(account, ethPerp, ONE, -2_000e6);
        bytes memory reason = abi.encodeWithSelector(ILiquidationEngine.PartsNotAscending.selector, 1);
        expectLiquidationRevert(takesBoth(btcPerp, ONE / 2, btcPerp, ONE / 2), reason);
        expectLiquidationRevert(takesBoth(ethPerp, ONE / 2, btcPerp, ONE / 2), reason);

        uint8 asset = ledger.listCollateral(ETH, 18);
        ledger.setCollateral(account, asset, 1 ether);
        ledger.setCash(account, 0); // the token is worth 2,000 USD
        ILiquidationEngine.Request memory request = takesCollateral(asset, 1);
        request.collaterals = new ILiquidationEngine.CollateralPart[](2);
        request.collaterals[0] = ILiquidationEngine.CollateralPart(asset, 1);
        request.collaterals[1] = ILiquidationEngine.CollateralPart(asset, 1);
        expectLiquidationRevert(request, reason);
    }

    function test_RevertWhen_APartIsZero() public {
        openLong(2_000e6);
        bytes memory reason = abi.encodeWithSelector(ILedger.ZeroAmount.selector);
        expectLiquidationRevert(takes(btcPerp, 0), reason);
        expectLiquidationRevert(takesCollateral(1, 0), reason);
    }

    function test_RevertWhen_APartExceedsThePosition() public {
        openLong(2_000e6);
        _expectExceeds(btcPerp, ONE + 1, ONE);
        _expectExceeds(btcPerp, -1, ONE);
        _expectExceeds(ethPerp, 1, 0);
        _expectExceeds(ethPerp, -1, 0);
        ledger.setPosition(account, ethPerp, -ONE, 2_000e6);
        _expectExceeds(ethPerp, -ONE - 1, -ONE);
        _expectExceeds(ethPerp, 1, -ONE);
        _expectExceeds(ethPerp, type(int64).min, -ONE);
    }

    function test_RevertWhen_ALegRaisesTheMargin() public {
        ledger.setRates(500, 50, 0);
        openLong(400e6);
        ledger.setPosition(account, ethPerp, -25 * ONE, 50_000e6);
        // Hedged: 0.5 % of 100,000. Without 5 of the 25 ETH: 5 % of 10,000 net and 0.5 % of 90,000.
        expectLiquidationRevert(
            takes(ethPerp, -5 * ONE),
            abi.encodeWithSelector(ILiquidationEngine.NoMarginRelieved.selector, account, 500e6, 950e6)
        );
        liquidate(takesBoth(btcPerp, ONE / 5, ethPerp, -5 * ONE));
        assertEq(marginOf(account).maintenance, 400e6);
    }

    function test_RevertWhen_MarginStaysTheSame() public {
        ledger.scriptMargin(account, 50, 100);
        ledger.scriptMargin(account, 50, 100);
        ledger.setPosition(account, btcPerp, ONE, 0);
        expectLiquidationRevert(
            takes(btcPerp, 1),
            abi.encodeWithSelector(ILiquidationEngine.NoMarginRelieved.selector, account, 100, 100)
        );
    }

    function test_RevertWhen_TheRewardIsTooLow() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE / 10);
        request.minReward = 2e6 + 1;
        expectLiquidationRevert(
            request,
            abi.encodeWithSelector(ILiquidationEngine.RewardTooLow.selector, 2e6, 2e6 + 1)
        );
        request.minReward = 2e6;
        liquidate(request);
    }

    // ── prices

    function test_RevertWhen_ThePriceOfALegCannotBeActedUpon() public {
        openLong(2_000e6);
        uint40 time = uint40(block.timestamp - 7_200);
        _expectPriceError(PriceStatus.Closed, abi.encodeWithSelector(ILedger.MarketClosed.selector, BTC));
        _expectPriceError(PriceStatus.Stale, abi.encodeWithSelector(ILedger.StalePrice.selector, BTC, time));
        _expectPriceError(PriceStatus.None, abi.encodeWithSelector(ILedger.StalePrice.selector, BTC, time));
        _expectPriceError(
            PriceStatus.OutOfBounds,
            abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, BTC, uint64(50_000e8))
        );
        _expectPriceError(PriceStatus.SequencerDown, abi.encodeWithSelector(ILedger.SequencerDown.selector, BTC));
    }

    function test_ABoundedPriceIsGoodEnough() public {
        openLong(2_000e6);
        ledger.setPrice(BTC, 50_000e8, PriceStatus.Unconfirmed, uint40(block.timestamp));
        liquidate(takes(btcPerp, ONE / 10));
        assertEq(ledger.positionOf(liquidator, btcPerp).quote, -5_000e6);
    }

    function test_OtherLegsMoveWhileOneFeedIsDead() public {
        openLong(2_000e6);
        ledger.setPosition(account, ethPerp, ONE, -2_000e6);
        ledger.setPrice(ETH, 2_000e8, PriceStatus.Stale, 1);
        ledger.setPrice(0, 1e8, PriceStatus.Stale, 1);
        liquidate(takes(btcPerp, ONE / 10));
        expectLiquidationRevert(takes(ethPerp, ONE / 10), abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, 1));
    }

    // ── administration

    function test_RevertWhen_AStrangerSetsParameters() public {
        address stranger = makeAddr("stranger");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        engine.setParameters(defaults());
    }

    function test_SetsParametersUpToTheirBounds() public {
        ILiquidationEngine.LiquidationParameters memory p = ILiquidationEngine.LiquidationParameters(
            5_000,
            5_000,
            1 days,
            5_000
        );
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.LiquidationParametersSet(5_000, 5_000, 1 days, 5_000);
        engine.setParameters(p);
        assertEq(abi.encode(engine.parameters()), abi.encode(p));
        engine.setParameters(ILiquidationEngine.LiquidationParameters(0, 0, 60, 0));
        assertEq(engine.rewardShareBps(account), 0);
    }

    function test_RevertWhen_AParameterIsOutOfBounds() public {
        _expectInvalid(ILiquidationEngine.LiquidationParameters(100, 5_001, 900, 2_000), "endShareBps", 5_001);
        _expectInvalid(ILiquidationEngine.LiquidationParameters(101, 100, 900, 2_000), "startShareBps", 101);
        _expectInvalid(ILiquidationEngine.LiquidationParameters(100, 3_000, 59, 2_000), "rampSeconds", 59);
        _expectInvalid(ILiquidationEngine.LiquidationParameters(100, 3_000, 86_401, 2_000), "rampSeconds", 86_401);
        _expectInvalid(ILiquidationEngine.LiquidationParameters(100, 3_000, 900, 5_001), "insuranceShareBps", 5_001);
    }

    function test_RevertWhen_DeployedWithParametersOutOfBounds() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "rampSeconds", 0));
        new LiquidationEngine(
            IClearingHouse(address(ledger)),
            address(manager),
            ILiquidationEngine.LiquidationParameters(100, 3_000, 0, 2_000)
        );
    }

    // ── helpers

    function _expectExceeds(InstrumentId instrument, int64 requested, int64 held) private {
        expectLiquidationRevert(
            takes(instrument, requested),
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, instrument, requested, held)
        );
    }

    function _expectPriceError(PriceStatus status, bytes memory reason) private {
        ledger.setPrice(BTC, 50_000e8, status, uint40(block.timestamp - 7_200));
        expectLiquidationRevert(takes(btcPerp, ONE / 10), reason);
    }

    function _expectInvalid(
        ILiquidationEngine.LiquidationParameters memory p,
        string memory name,
        uint256 value
    ) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        engine.setParameters(p);
    }
}

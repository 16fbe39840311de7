// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {StdInvariant} from "forge-std/src/StdInvariant.sol";
import {Test} from "forge-std/src/Test.sol";
import {Properties} from "./Properties.sol";

/// @notice The contract that campaigns call: all actions, and all properties.
/// @dev In this file, because the test runner knows the contracts of `.t.sol` files only.
contract Handler is Properties {
    /// @notice The actions, those that others depend upon more than once.
    function actions() external view returns (bytes4[] memory list) {
        list = new bytes4[](103);
        list[0] = this.deposit.selector;
        list[1] = this.deposit.selector;
        list[2] = this.topUp.selector;
        list[3] = this.withdraw.selector;
        list[4] = this.transfer.selector;
        list[5] = this.delegate.selector;
        list[6] = this.delegate.selector;
        list[7] = this.fill.selector;
        list[8] = this.fill.selector;
        list[9] = this.fill.selector;
        list[10] = this.fill.selector;
        list[11] = this.fill.selector;
        list[12] = this.fill.selector;
        list[13] = this.fill.selector;
        list[14] = this.fillTwoMakers.selector;
        list[15] = this.fillPair.selector;
        list[16] = this.fillPair.selector;
        list[17] = this.batchOfThree.selector;
        list[18] = this.closeAtMark.selector;
        list[19] = this.closeAtMark.selector;
        list[20] = this.movePrice.selector;
        list[21] = this.jump.selector;
        list[22] = this.squeeze.selector;
        list[23] = this.passTime.selector;
        list[24] = this.passTime.selector;
        list[25] = this.closeGold.selector;
        list[26] = this.breakFeed.selector;
        list[27] = this.repairFeeds.selector;
        list[28] = this.repairFeeds.selector;
        list[29] = this.settleAll.selector;
        list[30] = this.accrue.selector;
        list[31] = this.donate.selector;
        list[32] = this.pause.selector;
        list[33] = this.pause.selector;
        list[34] = this.setMarketStatus.selector;
        list[35] = this.collectFees.selector;
        list[36] = this.flag.selector;
        list[37] = this.liquidate.selector;
        list[38] = this.liquidate.selector;
        list[39] = this.liquidate.selector;
        list[40] = this.list.selector;
        list[41] = this.list.selector;
        list[42] = this.reportSurface.selector;
        list[43] = this.reportSurface.selector;
        list[44] = this.expire.selector;
        list[45] = this.prove.selector;
        list[46] = this.prove.selector;
        list[47] = this.settleExpired.selector;
        list[48] = this.settleExpired.selector;
        for (uint256 i = 49; i < 56; ++i) {
            list[i] = this.fillExpiring.selector;
        }
        list[56] = this.closeExpiring.selector;
        list[57] = this.closeExpiring.selector;
        list[58] = this.closeExpiring.selector;
        list[59] = this.squeezeExpiring.selector;
        list[60] = this.squeezeExpiring.selector;
        list[61] = this.liquidate.selector;
        list[62] = this.sampleHours.selector;
        list[63] = this.sampleHours.selector;
        list[64] = this.sampleHours.selector;
        list[65] = this.sampleWrongly.selector;
        list[66] = this.sampleDay.selector;
        list[67] = this.sampleDay.selector;
        list[68] = this.publishMatrix.selector;
        list[69] = this.moveBasis.selector;
        list[70] = this.crossHour.selector;
        list[71] = this.reportDepth.selector;
        list[72] = this.reportToken.selector;
        list[73] = this.publishDepths.selector;
        list[74] = this.gap.selector;
        list[75] = this.gap.selector;
        list[76] = this.startAuction.selector;
        list[77] = this.startAuction.selector;
        list[78] = this.bid.selector;
        list[79] = this.bid.selector;
        list[80] = this.bid.selector;
        list[81] = this.coverDebt.selector;
        list[82] = this.stake.selector;
        list[83] = this.stake.selector;
        list[84] = this.requestExit.selector;
        list[85] = this.exit.selector;
        list[86] = this.scan.selector;
        list[87] = this.socialise.selector;
        list[88] = this.repay.selector;
        list[89] = this.coverFromFees.selector;
        list[90] = this.announce.selector;
        list[91] = this.rank.selector;
        list[92] = this.deleverage.selector;
        list[93] = this.deleverage.selector;
        list[94] = this.applyCloses.selector;
        list[95] = this.endMarket.selector;
        list[96] = this.squeeze.selector;
        list[97] = this.rescue.selector;
        list[98] = this.run.selector;
        list[99] = this.rescue.selector;
        list[100] = this.rank.selector;
        list[101] = this.closeForsaken.selector;
        list[102] = this.closeForsaken.selector;
    }
}

/// @notice Random actions upon the real system, and after each of them one of the properties.
contract InvariantsTest is StdInvariant, Test {
    Handler private house;

    function setUp() public {
        house = new Handler();
        targetContract(address(house));
        targetSelector(FuzzSelector(address(house), house.actions()));
    }

    function invariant_PositionsSumToZero() public view {
        house.positionsSumToZero();
    }

    function invariant_OpenInterestEqualsLongs() public view {
        house.openInterestEqualsLongs();
    }

    function invariant_QuotesSumToZero() public view {
        house.quotesSumToZero();
    }

    function invariant_CashSumsToZero() public view {
        house.cashSumsToZero();
    }

    function invariant_CollateralAddsUp() public view {
        house.collateralAddsUp();
    }

    function invariant_CustodyCoversLiabilities() public view {
        house.custodyCoversLiabilities();
    }

    function invariant_CustodyIsWhatCameIn() public view {
        house.custodyIsWhatCameIn();
    }

    function invariant_SystemAccountsNeverOwe() public view {
        house.systemAccountsNeverOwe();
    }

    function invariant_ValueIsConserved() public {
        house.valueIsConserved();
    }

    function invariant_InterestFavoursTheProtocol() public view {
        house.interestFavoursTheProtocol();
    }

    function invariant_FundingFavoursTheProtocol() public {
        house.fundingFavoursTheProtocol();
    }

    function invariant_PoolTotalsMatchAccounts() public view {
        house.poolTotalsMatchAccounts();
    }

    function invariant_EveryAccountIsListedOnce() public view {
        house.everyAccountIsListedOnce();
    }

    function invariant_PositionListsAreExact() public view {
        house.positionListsAreExact();
    }

    function invariant_CollateralMasksAreExact() public view {
        house.collateralMasksAreExact();
    }

    function invariant_NoBatchStaysOpen() public view {
        house.noBatchStaysOpen();
    }

    function invariant_NobodyEndsBelowInitialMargin() public view {
        house.nobodyEndsBelowInitialMargin();
    }

    function invariant_TradingMakesNoMoney() public view {
        house.tradingMakesNoMoney();
    }

    function invariant_BadDebtIsNotExported() public view {
        house.badDebtIsNotExported();
    }

    function invariant_LiquidationImproves() public view {
        house.liquidationImproves();
    }

    function invariant_SettlementKeepsEquity() public view {
        house.settlementKeepsEquity();
    }

    function invariant_SessionKeysLoseWithinTheirLimits() public view {
        house.sessionKeysLoseWithinTheirLimits();
    }

    function invariant_DepositsAndClosesPass() public view {
        house.depositsAndClosesPass();
    }

    function invariant_ExpiringQuantitiesSumToZero() public view {
        house.expiringQuantitiesSumToZero();
    }

    function invariant_ExpiringQuotesSumToZero() public view {
        house.expiringQuotesSumToZero();
    }

    function invariant_ExpiringOpenInterestEqualsLongs() public view {
        house.expiringOpenInterestEqualsLongs();
    }

    function invariant_ExpiryListsAreExact() public view {
        house.expiryListsAreExact();
    }

    function invariant_OptionWordsAreExact() public view {
        house.optionWordsAreExact();
    }

    function invariant_LongOptionsNeedAtMostTheirPrice() public view {
        house.longOptionsNeedAtMostTheirPrice();
    }

    function invariant_ExpiryPaysExactly() public view {
        house.expiryPaysExactly();
    }

    function invariant_StaleSurfacesStopIncreases() public view {
        house.staleSurfacesStopIncreases();
    }

    function invariant_RangesStayBetweenFloorAndDeadRange() public view {
        house.rangesStayBetweenFloorAndDeadRange();
    }

    function invariant_HaircutsStayWithinTheirBounds() public view {
        house.haircutsStayWithinTheirBounds();
    }

    function invariant_PublishedMatrixIsPositiveSemidefinite() public view {
        house.publishedMatrixIsPositiveSemidefinite();
    }

    function invariant_SamplesArePricesOfTheirTime() public view {
        house.samplesArePricesOfTheirTime();
    }

    function invariant_CorrelationsMoveBySteps() public view {
        house.correlationsMoveBySteps();
    }

    function invariant_MeasurementsMoveMarginsBySteps() public view {
        house.measurementsMoveMarginsBySteps();
    }

    function invariant_RightMeasurementsPass() public view {
        house.rightMeasurementsPass();
    }

    function invariant_OnlyRoundsInForceCount() public view {
        house.onlyRoundsInForceCount();
    }

    function invariant_DepthsMoveWithinBounds() public view {
        house.depthsMoveWithinBounds();
    }

    function invariant_ClaimsAreCoveredOrDeclared() public view {
        house.claimsAreCoveredOrDeclared();
    }

    function invariant_FundOwnsWhatItPromises() public view {
        house.fundOwnsWhatItPromises();
    }

    function invariant_StakersTakeNoMoreThanWasBrought() public view {
        house.stakersTakeNoMoreThanWasBrought();
    }

    function invariant_AuditorNeverTrips() public view {
        house.auditorNeverTrips();
    }

    function invariant_EndedMarketsAreEmpty() public view {
        house.endedMarketsAreEmpty();
    }

    function invariant_AuctionPricesFollowTheirFormula() public view {
        house.auctionPricesFollowTheirFormula();
    }

    function invariant_AuctionsImprove() public view {
        house.auctionsImprove();
    }

    function invariant_LossesArePaidInOrder() public view {
        house.lossesArePaidInOrder();
    }

    function invariant_DeleveragingTakesAtMostTheDeficit() public view {
        house.deleveragingTakesAtMostTheDeficit();
    }

    function invariant_DeleveragingIsALoopOverAccounts() public view {
        house.deleveragingIsALoopOverAccounts();
    }

    function invariant_FundSharesFallByDrawsAlone() public view {
        house.fundSharesFallByDrawsAlone();
    }

    function invariant_ExitsWaitAndPayTheirShare() public view {
        house.exitsWaitAndPayTheirShare();
    }

    function invariant_PayoutsAreEqual() public view {
        house.payoutsAreEqual();
    }

    function invariant_LossesAreShared() public view {
        house.lossesAreShared();
    }

    function invariant_SomebodyCanImprove() public view {
        house.somebodyCanImprove();
    }
}

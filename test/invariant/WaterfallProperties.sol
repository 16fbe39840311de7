// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {MeasurementProperties} from "./MeasurementProperties.sol";

/// @notice What must hold of the loss waterfall, whoever was gapped, bought, closed or paid.
abstract contract WaterfallProperties is MeasurementProperties {
    // ───────────────────────────────────────────── recomputed

    /// @dev What traders and the house own is in the vault, owed by borrowers, or declared to be missing.
    function claimsAreCoveredOrDeclared() external view {
        int256 covered = int256(vault.recorded(address(usdc))) + int256(house.openDeficit());
        int256 claims = house.storedCashOf(SystemAccounts.FEES) + house.storedCashOf(SystemAccounts.INSURANCE);
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            claims += house.storedCashOf(SystemAccounts.clearing(perp(id).bucket()));
        }
        for (uint256 i = 0; i < buckets.length; ++i) {
            claims += house.storedCashOf(SystemAccounts.clearing(buckets[i]));
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            // A debt is covered by whoever owes it.
            claims += house.cashOf(accounts[i]);
        }
        assertGe(covered, claims, "claims that nothing covers");
    }

    /// @dev The fund owns the cash of one account, and promises no more than that.
    function fundOwnsWhatItPromises() external view {
        assertEq(fund.totalAssets(), insuranceCash(), "assets");
        assertEq(house.cashOf(toAccountId(address(fund), 0)), 0, "the fund's own account");
        uint256 promised;
        uint256 shares;
        for (uint256 i = 0; i < accounts.length; ++i) {
            // Owners come once: by their first account.
            if (accounts[i].number() != 0) continue;
            uint256 held = fund.balanceOf(accounts[i].owner());
            (shares, promised) = (shares + held, promised + fund.convertToAssets(held));
            assertLe(fund.lockedShares(accounts[i].owner()), held, "more is locked than held");
        }
        assertEq(shares, fund.totalSupply(), "shares");
        assertLe(promised, fund.totalAssets(), "promised");
        assertLe(fund.availableAssets(), fund.totalAssets(), "available");
    }

    /// @dev What is still there nobody took.
    function stakersTakeNoMoreThanWasBrought() external view {
        assertLe(int256(unstaked + insuranceCash()), int256(staked) + insuranceNet, "taken");
    }

    /// @dev Every identity, at all of its subjects.
    function auditorNeverTrips() external view {
        for (uint8 asset = 0; asset <= house.collateralCount(); ++asset) {
            _requireHolds(ISolvencyAuditor.Identity.Custody, asset);
            if (asset != 0) _requireHolds(ISolvencyAuditor.Identity.Collateral, asset);
        }
        _requireHolds(ISolvencyAuditor.Identity.Cash, 0);
        _requireHolds(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.FEES)));
        _requireHolds(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.INSURANCE)));
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            _requireBucketHolds(perp(id).bucket());
        }
        for (uint256 i = 0; i < buckets.length; ++i) {
            _requireBucketHolds(buckets[i]);
        }
        for (uint256 i = 0; i < options.length; ++i) {
            if (!isLive(options[i].bucket())) continue;
            _requireHolds(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(options[i]));
        }
        assertTrue(auditor.summary().holds, "summary");
    }

    /// @dev Nobody has contracts of a market that was wound down, nothing is open in it, and what is left is claims of those who
    /// were settled on the clearing account.
    function endedMarketsAreEmpty() external view {
        requireKept(Rule.EndOfMarket);
        (, uint64 price) = house.windDownOf(perp(XAU));
        if (price == 0) return;
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertEq(quantityOf(accounts[i], XAU), 0, "a position in an ended market");
        }
        uint256 open = house.perpetualState(perp(XAU)).openInterest;
        for (uint256 i = 0; i < buckets.length; ++i) {
            if (buckets[i].underlying() == XAU) open -= uint256(longsOf(buckets[i].linear()));
        }
        assertEq(open, 0, "open interest of an ended market");
    }

    // ───────────────────────────────────────────── seen while actions ran

    function auctionPricesFollowTheirFormula() external view {
        requireKept(Rule.AuctionPrice);
    }

    function auctionsImprove() external view {
        requireKept(Rule.AuctionImproves);
    }

    function lossesArePaidInOrder() external view {
        requireKept(Rule.WhoPays);
    }

    function deleveragingTakesAtMostTheDeficit() external view {
        requireKept(Rule.DeleveragingBound);
    }

    function deleveragingIsALoopOverAccounts() external view {
        requireKept(Rule.RiskiestFirst);
    }

    function fundSharesFallByDrawsAlone() external view {
        requireKept(Rule.FundShares);
    }

    function exitsWaitAndPayTheirShare() external view {
        requireKept(Rule.FundExits);
    }

    function payoutsAreEqual() external view {
        requireKept(Rule.EqualPayouts);
    }

    function lossesAreShared() external view {
        requireKept(Rule.LossSharing);
    }

    function somebodyCanImprove() external view {
        requireKept(Rule.Liveness);
    }

    // ───────────────────────────────────────────── parts

    function _requireBucketHolds(BucketId bucket_) private view {
        bool counts = bucket_.isPerpetual() || isLive(bucket_);
        if (counts) _requireHolds(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(bucket_));
        _requireHolds(ISolvencyAuditor.Identity.Quote, BucketId.unwrap(bucket_));
        uint256 clearing = uint256(AccountId.unwrap(SystemAccounts.clearing(bucket_)));
        _requireHolds(ISolvencyAuditor.Identity.SystemCash, clearing);
    }

    function _requireHolds(ISolvencyAuditor.Identity identity, uint256 subject) private view {
        (bool holds, ) = auditor.check(identity, subject);
        assertTrue(holds, string.concat("identity ", vm.toString(uint256(identity))));
    }
}

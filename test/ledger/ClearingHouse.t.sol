// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice What a clearing house can be built with, and what anybody may read of it.
contract ClearingHouseTest is Traders {
    function setUp() public {
        deployHouse();
    }

    // ───────────────────────────────────────────── its cash

    /// @dev Cash has the decimals of all amounts of dollars, whatever the terms or the token say, and the price with number 0.
    function test_RevertWhen_TheCashIsNoneOfItsKind() public {
        ILedger.CollateralTerms memory terms = cashTerms();
        terms.decimals = 18;
        _expectInvalid("decimals", 18);
        _build(terms);
        terms = cashTerms();
        terms.token = address(weth);
        _expectInvalid("decimals", 6);
        _build(terms);
        terms = cashTerms();
        terms.underlying = ETH;
        _expectInvalid("underlying", ETH);
        _build(terms);
        assertEq(_build(cashTerms()).expiryDesk(), address(0));
    }

    // ───────────────────────────────────────────── what anybody may read

    function test_TheVaultOwesWhatItHolds() public {
        newAccount("alice", 5e6);
        newAccount("bob", 7e6);
        assertEq(house.cashOf(SystemAccounts.VAULT), -12e6);
        assertEq(house.collateralTotal(0), 12e6);
    }

    function test_TermsAreTheOnesThatWereSet() public {
        assertEq(abi.encode(house.perpetualTerms(perp(ETH))), abi.encode(perpetualTerms(ETH)));
        ILedger.PerpetualTerms memory terms = ILedger.PerpetualTerms(1e8, 1_000, 2_000, 24);
        house.setPerpetualTerms(perp(ETH), terms);
        assertEq(abi.encode(house.perpetualTerms(perp(ETH))), abi.encode(terms));
        assertEq(house.perpetualTerms(perp(9)).convergenceHours, 0, "not listed");
    }

    function test_TokensHaveNumbers() public {
        assertEq(house.assetOf(address(usdc)), 0);
        assertEq(house.assetOf(address(weth)), WETH_ASSET);
        assertEq(house.assetOf(address(wbtc)), WBTC_ASSET);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownCollateral.selector, address(0xbad)));
        house.assetOf(address(0xbad));
    }

    /// @dev Their owner is the zero address, and nobody is.
    function test_NobodyActsForASystemAccount() public {
        AccountId[3] memory systems = [
            SystemAccounts.FEES,
            SystemAccounts.VAULT,
            SystemAccounts.clearing(perp(ETH).bucket())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            assertFalse(house.isAuthorized(systems[i], address(0), false));
            assertFalse(house.isAuthorized(systems[i], address(0), true));
            assertFalse(house.isAuthorized(systems[i], address(this), true));
        }
        // Not even with a grant of the zero address.
        vm.prank(address(0));
        house.setDelegation(address(this), ILedger.Delegation(true, true, uint40(START + 1), 1, 1));
        assertFalse(house.isAuthorized(SystemAccounts.FEES, address(this), true));
    }

    function _build(ILedger.CollateralTerms memory terms) private returns (ClearingHouse) {
        ILedger.Offices memory none;
        return new ClearingHouse(address(manager), none, terms, interestCurve());
    }

    function _expectInvalid(string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
    }
}

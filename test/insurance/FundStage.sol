// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {InsuranceFund} from "../../contracts/insurance/InsuranceFund.sol";
import {IAccountScan} from "../../contracts/interfaces/IAccountScan.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {DeficitStage} from "../ledger/DeficitStage.sol";

/// @notice A scan that found what the test says.
contract ScanDouble is IAccountScan {
    uint40 private _startedAt;
    uint256 private _shortfall;

    function found(uint40 startedAt, uint256 shortfall) external {
        (_startedAt, _shortfall) = (startedAt, shortfall);
    }

    function lastScan() external view returns (uint40, uint256) {
        return (_startedAt, _shortfall);
    }
}

/// @notice The insurance fund on the real clearing house.
abstract contract FundStage is DeficitStage {
    uint256 internal constant SHARE = 1e18;
    uint32 internal constant COOLDOWN = 7 days;
    uint32 internal constant WINDOW = 7 days;
    uint32 internal constant SCAN_AGE = 1 hours;

    InsuranceFund internal fundContract;
    ScanDouble internal scan;
    address internal ann;
    address internal ben;

    function deployFund() internal {
        deployStage();
        fundContract = new InsuranceFund(
            house,
            address(manager),
            IInsuranceFund.FundParameters(COOLDOWN, WINDOW, SCAN_AGE)
        );
        manager.grantRole(MODULE, address(fundContract), 0);
        bytes4[] memory risk = new bytes4[](2);
        (risk[0], risk[1]) = (IInsuranceFund.setFundParameters.selector, IInsuranceFund.setAccountScan.selector);
        manager.setTargetFunctionRole(address(fundContract), risk, RISK);
        scan = new ScanDouble();
        fundContract.setAccountScan(address(scan));
        ann = staker("ann");
        ben = staker("ben");
    }

    function staker(string memory name) internal returns (address owner) {
        owner = makeAddr(name);
        vm.prank(owner);
        usdc.approve(address(fundContract), type(uint256).max);
    }

    function stake(address owner, uint256 amount) internal returns (uint256 shares) {
        usdc.mint(owner, amount);
        vm.prank(owner);
        return fundContract.deposit(amount, owner);
    }

    function request(address owner, uint256 shares) internal {
        vm.prank(owner);
        fundContract.requestRedeem(shares);
    }

    /// @dev To the first second of the window, with a scan of just now.
    function cool(uint256 shortfall) internal {
        vm.warp(block.timestamp + COOLDOWN);
        refreshFeeds();
        scanNow(shortfall);
    }

    function scanNow(uint256 shortfall) internal {
        scan.found(uint40(block.timestamp), shortfall);
    }

    function redeem(address owner, uint256 shares) internal returns (uint256) {
        vm.prank(owner);
        return fundContract.redeem(shares, owner, owner);
    }

    /// @dev What an auction does.
    function draw(uint256 amount) internal {
        module.move(SystemAccounts.INSURANCE, winner, uint72(amount));
    }

    function insurance() internal view returns (uint256) {
        return uint256(house.storedCashOf(SystemAccounts.INSURANCE));
    }

    function fundAccount() internal view returns (AccountId) {
        return toAccountId(address(fundContract), 0);
    }
}

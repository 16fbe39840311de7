// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {GapActions} from "./GapActions.sol";

/// @notice Who stakes for losses and leaves, and what happens to losses that nobody has borne.
abstract contract LossActions is GapActions {
    /// @dev By owner: when the exit was requested.
    mapping(address owner => uint256) private _requestedAt;

    // ───────────────────────────────────────────── the fund

    function stake(uint256 ownerSeed, uint256 amountSeed) external {
        address owner = pick(ownerSeed).owner();
        // Mostly little, so that losses go beyond it.
        uint256 amount = range(amountSeed / 8, 1, amountSeed % 8 == 0 ? 20_000e6 : 200e6);
        if (amountSeed % 8 == 1) amount *= 1_000;
        if (amountSeed % 3 == 0) _scanAll();
        watch();
        usdc.mint(owner, amount);
        vm.startPrank(owner);
        usdc.approve(address(fund), amount);
        uint256 shares = fund.deposit(amount, owner);
        vm.stopPrank();
        netDeposits[0] += int256(amount);
        staked += amount;
        if (fund.convertToAssets(shares) > amount) breach(Rule.FundShares, "a stake bought more than it paid");
        succeeded("stake");
    }

    function requestExit(uint256 ownerSeed, uint256 shareSeed) external {
        _request(_staker(ownerSeed), shareSeed);
        succeeded("exit requested");
    }

    /// @dev At any time: what is too early must be refused. What an exit pays is its share, less that of an open deficit.
    function exit(uint256 ownerSeed, uint256 waitSeed) external {
        address owner = _staker(ownerSeed);
        if (fund.exitOf(owner).shares == 0) _request(owner, waitSeed / 6);
        vm.warp(block.timestamp + 12);
        if (waitSeed % 2 == 0) _wait(fund.fundParameters().cooldown);
        if (waitSeed % 3 != 0) _scanAll();
        IInsuranceFund.Exit memory e = fund.exitOf(owner);
        watch();
        house.accrueInterest();
        uint256 share = Math.mulDiv(e.shares, fund.totalAssets() + 1, fund.totalSupply() + 1e12);
        uint256 price = fund.sharePrice();
        vm.prank(owner);
        try fund.redeem(e.shares, owner, owner) returns (uint256 paid) {
            (uint40 scannedAt, ) = auditor.lastScan();
            bool early = block.timestamp < _requestedAt[owner] + fund.fundParameters().cooldown;
            if (early || scannedAt <= _requestedAt[owner]) breach(Rule.FundExits, "an exit before its time");
            if (paid > share) breach(Rule.FundExits, "an exit paid more than its share");
            if (fund.sharePrice() + 1 < price) breach(Rule.FundShares, "an exit cost those who stayed");
            netDeposits[0] -= int256(paid);
            unstaked += paid;
            succeeded("exit");
        } catch {
            if (e.status != IInsuranceFund.ExitStatus.Open) succeeded("exit refused");
        }
    }

    function scan() external {
        _scanAll();
        succeeded("scan");
    }

    // ───────────────────────────────────────────── open deficits

    /// @dev Everybody with cash above zero bears the same share, and the deficit is gone by exactly what claims fell.
    function socialise(uint256 waitSeed) external {
        if (deficitNow() == 0) openDeficit(waitSeed / 4);
        uint256 since = house.deficitOpenSince();
        require(since != 0, "no deficit");
        if (waitSeed % 4 != 0) _wait(house.socialiseGrace());
        house.accrueInterest();
        house.coverFromFees();
        uint256 deficit = deficitNow();
        (uint256 supplied, , ) = house.cashPool();
        int256[] memory cash = _cashes();
        try house.socialise() returns (uint256 borne) {
            if (block.timestamp < since + house.socialiseGrace()) breach(Rule.LossSharing, "before the grace time");
            _judgeLoss(deficit, supplied, borne, cash);
            succeeded("loss socialised");
        } catch {
            bool due = block.timestamp >= since + house.socialiseGrace() && deficit != 0;
            if (due && supplied > 1e6) breach(Rule.LossSharing, "a loss that was due was not shared");
        }
    }

    /// @dev By an owner, out of cash: gives back at most what was lost.
    function repay(uint256 accountSeed, uint256 amountSeed) external {
        AccountId account = pick(accountSeed);
        require(deficitNow() != 0 || house.socialisedLoss() != 0, "nothing to repay");
        house.accrueInterest();
        (uint256 supplied0, , ) = house.cashPool();
        (uint256 deficit0, int256 cash0) = (deficitNow(), house.cashOf(account));
        require(cash0 > 0, "no cash");
        int256[] memory cash = _cashes();
        uint256 amount = range(amountSeed, 1, uint256(cash0));
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (account, uint72(amount))));
        vm.prank(account.owner());
        house.batch(calls);
        uint256 paid = deficit0 - deficitNow();
        (uint256 supplied1, , ) = house.cashPool();
        // What was not paid for the deficit came back to suppliers: the payer's cash left the pool and rose it again.
        uint256 raised = supplied1 + paid > supplied0 ? supplied1 + paid - supplied0 : 0;
        if (raised > 1) breach(Rule.LossSharing, "a repayment made more than was paid");
        int256 net = cash0 - house.cashOf(account);
        if (net > int256(amount)) breach(Rule.LossSharing, "more was taken than was given");
        _followKept(cash, account);
        succeeded("loss repaid");
    }

    /// @dev Everybody who can leaves while a deficit is open: who comes first is paid the same share as who comes last.
    function run(uint256 orderSeed, uint256 shareSeed) external {
        if (deficitNow() == 0) openDeficit(orderSeed);
        require(deficitNow() != 0, "no deficit");
        house.accrueInterest();
        uint256 share = house.payoutShare();
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId account = accounts[(orderSeed + i) % accounts.length];
            int256 cash = house.cashOf(account);
            if (cash <= 1e6) continue;
            uint256 amount = (uint256(cash) * range(shareSeed, 1, 20)) / 100;
            address owner = account.owner();
            vm.prank(owner);
            try house.withdraw(account, address(usdc), amount, owner) returns (uint256 paid) {
                netDeposits[0] -= int256(paid);
                uint256 due = (amount * share) / 1e18;
                // Each payment rounds down by a unit, and so does the share of those who come after it.
                bool same = paid <= due + accounts.length + 1 && paid + accounts.length + 1 >= due;
                if (!same) breach(Rule.EqualPayouts, "who came earlier was paid another share");
                succeeded("withdrawal while a deficit is open");
            } catch {}
        }
        succeeded("run");
    }

    function coverFromFees() external {
        uint256 deficit = deficitNow();
        uint256 fees = feesCollected();
        uint256 covered = house.coverFromFees();
        if (covered != Math.min(deficit, fees)) breach(Rule.LossSharing, "fees did not pay what they could");
        if (deficitNow() != deficit - covered) breach(Rule.LossSharing, "a deficit did not fall by what was paid");
        succeeded("fees asked");
    }

    // ───────────────────────────────────────────── parts

    /// @dev Somebody owes more than those before everybody pay.
    function openDeficit(uint256 seed) internal virtual;

    function _request(address owner, uint256 shareSeed) private {
        uint256 shares = (fund.balanceOf(owner) * range(shareSeed, 1, 100) + 99) / 100;
        vm.prank(owner);
        fund.requestRedeem(shares);
        _requestedAt[owner] = block.timestamp;
    }

    function _judgeLoss(uint256 deficit, uint256 supplied, uint256 borne, int256[] memory cash) private {
        (uint256 left, , ) = house.cashPool();
        if (deficitNow() != deficit - borne) breach(Rule.LossSharing, "a deficit did not fall by what was borne");
        uint256 rounding = 2 + supplied / 1e11;
        bool exact = supplied - left + 1 >= borne && supplied - left <= borne + rounding;
        if (!exact) breach(Rule.LossSharing, "claims did not fall by what was borne");
        for (uint256 i = 0; i < cash.length; ++i) {
            int256 now_ = house.cashOf(accounts[i]);
            if (cash[i] <= 0) {
                if (now_ != cash[i]) breach(Rule.LossSharing, "who has no claim bore a loss");
                continue;
            }
            uint256 due = Math.mulDiv(uint256(cash[i]), supplied - borne, supplied);
            bool same = now_ <= int256(due + 1) && now_ + int256(rounding) >= int256(due);
            if (!same) breach(Rule.LossSharing, "not everybody bore the same share");
        }
        lossRoundings += rounding;
        _followKept(cash, AccountId.wrap(0));
    }

    /// @dev By the cash of somebody who neither paid nor owed.
    function _followKept(int256[] memory before, AccountId payer) private {
        uint256 richest;
        for (uint256 i = 1; i < before.length; ++i) {
            if (before[i] > before[richest] && accounts[i].owner() != payer.owner()) richest = i;
        }
        if (before[richest] < 1e9 || accounts[richest].owner() == payer.owner()) return;
        int256 now_ = house.cashOf(accounts[richest]);
        keptOfClaims = Math.mulDiv(keptOfClaims, uint256(now_), uint256(before[richest]));
        if (keptOfClaims > RAY + RAY / 1e6) breach(Rule.LossSharing, "more came back than was lost");
    }

    function _cashes() private view returns (int256[] memory cash) {
        cash = new int256[](accounts.length);
        for (uint256 i = 0; i < cash.length; ++i) {
            cash[i] = house.cashOf(accounts[i]);
        }
    }

    /// @dev If nobody is one, somebody becomes one.
    function _staker(uint256 seed) private returns (address owner) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            owner = accounts[(seed + i) % accounts.length].owner();
            if (fund.balanceOf(owner) != 0) return owner;
        }
        this.stake(seed, seed / 7);
        return pick(seed).owner();
    }

    function _scanAll() private {
        bool complete;
        while (!complete) {
            (, complete) = auditor.scan(100);
        }
    }

    function _wait(uint256 seconds_) internal {
        advanceTo(block.timestamp + seconds_);
        refreshWorking();
    }
}

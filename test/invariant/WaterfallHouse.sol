// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {DepthActions} from "./DepthActions.sol";

/// @notice The campaign's house with all stages after margin relief, and what stakers and losses are counted as outside of it.
abstract contract WaterfallHouse is DepthActions {
    uint32 internal constant AUCTION_SECONDS = 1_800;
    uint32 internal constant RELIEF_SECONDS = 900;
    uint16 internal constant FIRST_DISCOUNT_BPS = 200;
    uint256 internal constant RANKING_SECONDS = 5 minutes;
    uint256 internal constant RAY = 1e27;
    /// @dev A unit of the dearest perpetual's quantity at its highest price, USD with 6 decimals.
    uint256 internal constant MOST_UNIT_VALUE = 12_000;

    IInsuranceFund internal fund;
    ISolvencyAuditor internal auditor;

    /// @dev What stakers brought and took; what the insurance account got from others less what it paid.
    uint256 internal staked;
    uint256 internal unstaked;
    int256 internal insuranceNet;
    int256 private _lastIncome;
    uint256 private _lastInsurance;
    uint256 private _lastMoved;
    uint256 private _lastSharePrice;
    uint256 private _lastGeneration;
    /// @dev What a supplier's claim kept through all socialised losses and repayments; one is RAY.
    uint256 internal keptOfClaims = RAY;
    /// @dev Compulsory closes so far, and what socialised losses may have rounded.
    uint256 internal closes;
    uint256 internal lossRoundings;

    constructor() {
        address authority = address(manager);
        fund = IInsuranceFund(
            deployCode(
                "InsuranceFund.sol:InsuranceFund",
                abi.encode(house, authority, IInsuranceFund.FundParameters(3 days, 10 days, 1 days))
            )
        );
        auditor = ISolvencyAuditor(deployCode("SolvencyAuditor.sol:SolvencyAuditor", abi.encode(house, authority)));
        manager.grantRole(MODULE, address(fund), 0);
        manager.grantRole(GUARDIAN, address(auditor), 0);
        bytes4[] memory listing = new bytes4[](1);
        listing[0] = ICompulsoryCloses.scheduleWindDown.selector;
        manager.setTargetFunctionRole(address(house), listing, LISTING);
        fund.setAccountScan(address(auditor));
        house.setInsuranceShare(2_000);
        _lastSharePrice = fund.sharePrice();
    }

    /// @dev After every action: a share of the fund falls by draws alone.
    function watch() internal override {
        if (address(fund) == address(0)) return;
        (uint256 price, int256 income, uint256 generation) = (fund.sharePrice(), fund.netIncome(), fund.generation());
        // Rounded down, on either side.
        bool fell = generation == _lastGeneration && price + 1 < _lastSharePrice;
        if (fell && income >= _lastIncome) breach(Rule.FundShares, "a share fell without a draw");
        _countInsurance();
        (_lastSharePrice, _lastIncome, _lastGeneration) = (price, income, generation);
    }

    /// @dev But what stakers themselves bring and take, whatever the fund says about that.
    function _countInsurance() private {
        (uint256 cash, uint256 moved) = (insuranceCash(), staked + unstaked);
        if (moved == _lastMoved) insuranceNet += int256(cash) - int256(_lastInsurance);
        (_lastInsurance, _lastMoved) = (cash, moved);
    }

    // ───────────────────────────────────────────── figures

    /// @dev USD that compulsory closes may have rounded: each position by a unit of quantity, and by two of USD.
    function closeRoundings() internal view returns (int256) {
        return int256(closes * accounts.length * (MOST_UNIT_VALUE + 2));
    }

    function insuranceCash() internal view returns (uint256) {
        return uint256(house.storedCashOf(SystemAccounts.INSURANCE));
    }

    function deficitNow() internal view returns (uint256) {
        return house.openDeficit();
    }

    function underwater(Margin memory m) internal pure returns (bool) {
        return m.equity < int256(m.maintenance);
    }

    function excessOf(Margin memory m) internal pure returns (int256) {
        return m.equity - int256(m.maintenance);
    }

    /// @dev The first account from `seed` on that is below maintenance margin. @param owes Only one without equity.
    function firstUnderwater(uint256 seed, bool owes) internal view returns (uint256 index) {
        bool found;
        (found, index) = findUnderwater(seed, owes);
        require(found, "nobody is below");
    }

    function findUnderwater(uint256 seed, bool owes) internal view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            index = (seed + i) % accounts.length;
            Margin memory m = house.marginOf(accounts[index]);
            if (owes ? m.equity < 0 : underwater(m)) return (true, index);
        }
    }

    function equities() internal view returns (int256[] memory list) {
        list = new int256[](accounts.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = house.marginOf(accounts[i]).equity;
        }
    }

    /// @dev As the ledger has written it: the views without what compulsory closes have left to book.
    function storedOf(
        AccountId account,
        InstrumentId instrument
    ) internal view returns (int256 quantity, int256 quote) {
        (int64 closed, int72 pending) = house.pendingClose(account, instrument);
        quantity = int256(house.positionOf(account, instrument).quantity) + closed;
        quote = int256(house.positionOf(account, instrument).quote) - pending;
    }

    /// @dev The price of the whole account by the words of the interface: from E⁺ less the first discount of it to min(E, 0) − MM,
    /// with no more equity for a unit of MM than at the lowest sale.
    function expectedPrice(AccountId account, Margin memory m, uint256 elapsed) internal view returns (int256) {
        (uint256 soldEquity, uint256 soldMaintenance) = auction.lowestSale(account);
        uint256 counted = m.equity > 0 ? uint256(m.equity) : 0;
        if (soldMaintenance != 0) counted = Math.min(counted, Math.mulDiv(soldEquity, m.maintenance, soldMaintenance));
        uint256 first = (counted * FIRST_DISCOUNT_BPS) / 10_000;
        uint256 whole = counted - first + m.maintenance;
        return m.equity - int256(first + (whole * Math.min(elapsed, AUCTION_SECONDS)) / AUCTION_SECONDS);
    }
}

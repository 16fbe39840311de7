// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {Margin} from "../types/Portfolio.sol";
import {AuctionClocks} from "./AuctionClocks.sol";
import {LossPayers} from "./LossPayers.sol";
import {SlicePrice} from "./SlicePrice.sol";

/// @title Slice auction
/// @dev Proposes postings and holds nothing but clocks and caps. While an auction runs the account can still be relieved: whoever pays
/// more comes first. Read in this order: AuctionClocks (the price), `bid`, LossPayers.
contract SliceAuction is LossPayers {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice Positions in one call: the perpetuals, futures and options of a book of 64 options.
    uint256 public constant MAX_POSITION_PARTS = 96;

    /// @dev One sale in the making. @param whole Discount on the whole account. @param discount What the bidder gets.
    struct Sale {
        Margin before;
        Margin moved;
        uint256 size;
        uint256 whole;
        uint256 discount;
        Paid paid;
    }

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority,
        ILiquidationEngine relief_,
        AuctionParameters memory parameters_
    ) BatchModule(clearingHouse_, initialAuthority) AuctionClocks(relief_, parameters_) {}

    /// @inheritdoc ISliceAuction
    function bid(ILiquidationEngine.Request calldata request) external inBatch {
        _requireNotPaused();
        _requireParties(request.account, request.liquidator);
        uint256 elapsed = _elapsed(request.account);

        // First: what is priced from now on is remembered, and what the account was now is what it is held to at the end.
        Sale memory sale;
        sale.before = clearingHouse.markLiquidated(request.account);
        require(
            !_isHealthy(sale.before),
            ILiquidationEngine.NotLiquidatable(request.account, sale.before.equity, sale.before.maintenance)
        );
        (sale.size, sale.moved) = _takeParts(request, sale.before);
        require(
            sale.moved.maintenance < sale.before.maintenance,
            ILiquidationEngine.NoMarginRelieved(request.account, sale.before.maintenance, sale.moved.maintenance)
        );
        sale.whole = _discount(request.account, sale.before, elapsed);
        _settle(request, sale);
    }

    function _settle(ILiquidationEngine.Request calldata request, Sale memory sale) private {
        (uint256 maintenance, uint256 left) = (sale.before.maintenance, sale.moved.maintenance);
        uint256 discount = SlicePrice.partDown(sale.whole, maintenance, left);
        int256 least = SlicePrice.floorUp(sale.before.equity, maintenance, left);
        int256 spare = sale.moved.equity - least;
        uint256 need = discount.toInt256() > spare ? (discount.toInt256() - spare).toUint256() : 0;
        sale.paid = _findPayers(request, need, sale.before.equity);

        uint256 missing = need - sale.paid.insurance - sale.paid.deficit;
        require(missing <= discount, InsuranceExhausted(need, sale.paid.insurance));
        sale.discount = discount - missing;
        require(sale.discount >= request.minReward, ILiquidationEngine.RewardTooLow(sale.discount, request.minReward));

        // Cash moves equity one to one and no requirement, so the margin after the payments needs no third reading.
        int256 equity =
            sale.moved.equity + (sale.paid.insurance + sale.paid.deficit).toInt256() - sale.discount.toInt256();
        if (sale.size >= DUST_VALUE) _requireWithinTarget(request, equity, left);
        _postPayments(request.account, sale.paid, request.liquidator, sale.discount);
        _announce(request, sale);
        if (equity >= left.toInt256()) _end(request.account, equity, left);
        else _recordSale(request.account, sale.before);
    }

    function _announce(ILiquidationEngine.Request calldata request, Sale memory sale) private {
        emit SliceSold(
            request.account,
            request.liquidator,
            request.positions,
            request.collaterals,
            sale.before.equity - sale.whole.toInt256(),
            sale.discount,
            sale.paid.insurance,
            sale.paid.deficit,
            sale.before.maintenance,
            sale.moved.maintenance
        );
    }

    function _maxPositionParts() internal pure override returns (uint256) {
        return MAX_POSITION_PARTS;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {CloseIndex} from "../libraries/CloseIndex.sol";

/// @notice One market of the library, with storage of its own.
contract CloseIndexHarness {
    using CloseIndex for CloseIndex.Market;

    CloseIndex.Market private _market;

    function openRound() external returns (uint32) {
        return _market.openRound();
    }

    function close(bool long, uint256 rank, uint256 total, uint256 quantity, uint256 price, int256 funding) external {
        _market.close(CloseIndex.classOf(long, rank, _market.round), total, quantity, price, funding);
        _market.changeTotal(long, rank, -int256(quantity));
    }

    function changeTotal(bool long, uint256 rank, int256 change) external {
        _market.changeTotal(long, rank, change);
    }

    function stampNow(bool long, uint256 rank) external view returns (uint32) {
        return _market.stampNow(long, rank);
    }

    function rankOf(uint32 stamp) external view returns (uint256) {
        return _market.rankOf(stamp);
    }

    function totalOf(bool long, uint256 rank, uint256 side) external view returns (uint256) {
        return _market.totalOf(long, rank, side);
    }

    function isFull(bool long, uint256 rank) external view returns (bool) {
        return _market.isFull(long, rank);
    }

    function applied(int64 quantity, int72 index, uint32 stamp) external view returns (CloseIndex.Outcome memory) {
        return _market.applied(quantity, index, stamp);
    }
}

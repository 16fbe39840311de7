// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {PendingCloses} from "./PendingCloses.sol";

/// @notice Trades of perpetuals in markets that have had compulsory closes.
abstract contract RankedTrades is PendingCloses {
    using CloseIndex for CloseIndex.Market;
    using SafeCast for uint256;

    /// @dev Both positions are brought up to date first. From its wind-down on a market is not traded: its price is decided then, and
    /// known before it is proven.
    function _moveWithCloses(PositionTransfer calldata t) internal {
        BucketId bucket = _listed(t.instrument);
        uint40 at = _closes[bucket].windDownAt;
        require(at == 0 || block.timestamp < at, MarketWindingDown(t.instrument));
        Position memory from = _bringUpToDate(t.from, bucket);
        Position memory to = _bringUpToDate(t.to, bucket);
        _movePerpetual(t);
        _followTrade(t.from, bucket, from);
        _followTrade(t.to, bucket, to);
    }

    /// @dev A position keeps its rank while it stays on its side; one that is new, or changes sides, is everybody's.
    function _followTrade(AccountId account, BucketId bucket, Position memory before) private {
        CloseIndex.Market storage market = _closes[bucket];
        Position storage position = _positions[account][bucket];
        int64 quantity = position.quantity;
        bool stays = (quantity > 0 && before.quantity > 0) || (quantity < 0 && before.quantity < 0);
        int256 size = stays ? SignedMath.abs(quantity).toInt256() : int256(0);
        market.changeTotal(
            before.quantity > 0,
            market.rankOf(before.deleverageIndex),
            size - SignedMath.abs(before.quantity).toInt256()
        );
        if (!stays && quantity != 0) position.deleverageIndex = market.stampNow(quantity > 0, 0);
    }
}

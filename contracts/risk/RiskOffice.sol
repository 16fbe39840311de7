// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {AddOns} from "./AddOns.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {DatedPositions} from "./DatedPositions.sol";
import {LossLadder} from "./LossLadder.sol";
import {PortfolioMargin} from "./PortfolioMargin.sol";
import {ScanGrid} from "./ScanGrid.sol";
import {SplitScan} from "./SplitScan.sol";

/// @notice The risk engine's explanations. Runs in the engine's storage, which forwards to it; called directly it finds no parameters
/// of its own.
contract RiskOffice is PortfolioMargin {
    using CorrelationMatrix for CorrelationMatrix.Packed;
    using LossLadder for LossLadder.Bent;

    constructor(
        address authority,
        address tableLow,
        address tableHigh
    ) DatedPositions(authority, tableLow, tableHigh) {}

    /// @dev All that a margin was made of.
    struct Workings {
        IRiskParameters.GlobalParameters globals;
        Book book;
        Dated dated;
        SplitScan.Split split;
        LossLadder.Bent[] bent;
        int256[] gradient;
    }

    /// @notice See IRiskEngine.
    function explain(
        Portfolio calldata portfolio
    )
        external
        view
        returns (Margin memory margin, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks)
    {
        if (_isCashOnly(portfolio)) return (_cashMargin(portfolio), parts, risks);
        Workings memory workings;
        workings.globals = _globals;
        if (block.timestamp >= _globalWord().stressFrom()) _stress(workings.book, workings.globals);
        _openDated(portfolio, workings.book, workings.dated, workings.globals);
        (parts, workings.split, workings.bent) = _measureDated(workings.book, workings.dated, workings.globals);
        margin = _margin(portfolio, workings.book, parts, workings.globals);
        risks = _risks(workings);
    }

    function _risks(Workings memory workings) private view returns (IRiskEngine.UnderlyingRisk[] memory risks) {
        int256[] memory lines = workings.split.lines;
        workings.gradient = SplitScan.gradient(
            workings.split.form,
            _correlations.product(lines),
            lines,
            workings.book.stress.length == 0 ? _weights(workings.globals) : workings.book.stress[0]
        );
        risks = new IRiskEngine.UnderlyingRisk[](_countBits(workings.book.named));
        uint256 i = 0;
        for (uint256 id = 1; id <= lines.length; ++id) {
            if (!_isSet(workings.book.named, id)) continue;
            IRiskEngine.UnderlyingRisk memory risk = risks[i++];
            risk.underlying = uint8(id);
            _describe(risk, workings);
            _addAddOns(risk, _addOns(workings.book, workings.dated, id, workings.bent, workings.globals));
        }
    }

    function _describe(IRiskEngine.UnderlyingRisk memory risk, Workings memory workings) private view {
        uint256 id = risk.underlying;
        Dated memory dated = workings.dated;
        risk.line = workings.split.lines[id - 1];
        risk.linear = _toUsdDown(workings.book.perpetuals[id] + workings.book.tokens[id] + dated.futures[id]);
        int256 range = int256(_scanRangeBps(workings.book, id, _parametersOf(id).scanRangeBps(), workings.globals));
        int256 scale = SplitScan.GRADIENT_SCALE * int256(workings.split.norm);
        // The gradient says where the account gains; the scenario goes the other way.
        if (scale != 0) risk.worstMoveBps = -_scaled(workings.gradient[id - 1], range, scale);
        uint256 place = _placeOf(dated, id);
        if (place == 0) {
            risk.scanLoss = SignedMath.abs(risk.line);
            (risk.movesBps, risk.losses) = (new int256[](2), new int256[](2));
            (risk.movesBps[0], risk.movesBps[1]) = (-range, range);
            (risk.losses[0], risk.losses[1]) = (risk.line, -risk.line);
            return;
        }
        risk.options = _toUsdDown(dated.optioned[place - 1].curve.mark);
        _describeBent(risk, workings.bent[place - 1], range);
    }

    function _describeBent(
        IRiskEngine.UnderlyingRisk memory risk,
        LossLadder.Bent memory ladder,
        int256 range
    ) private pure {
        risk.scanLoss = uint256(ladder.scan);
        (int256 remainder, uint256 worst) = ladder.remainder(risk.line);
        risk.remainder = uint256(remainder);
        risk.losses = ladder.losses;
        risk.movesBps = new int256[](ladder.shares.length);
        for (uint256 i = 0; i < ladder.shares.length; ++i) {
            risk.movesBps[i] = _scaled(ladder.shares[i], range, ScanGrid.ONE);
        }
        // What binds more: the line, or the point at which the remainder is lost.
        if (risk.remainder > SignedMath.abs(risk.line)) risk.worstMoveBps = risk.movesBps[worst];
    }

    function _addAddOns(IRiskEngine.UnderlyingRisk memory risk, AddOns.Parts memory addOns) private pure {
        risk.basis = addOns.basis;
        risk.vega = addOns.vega;
        risk.shortOptions = addOns.shortOptions;
        risk.longOptions = addOns.longOptions;
        risk.concentration = addOns.concentration;
    }

    /// @dev a · b / c to the nearest. Gradients and lines are within the bounds of SplitScan, shares below 2^63, b 16 bits.
    function _scaled(int256 a, int256 b, int256 c) private pure returns (int256) {
        unchecked {
            int256 product = a * b;
            return (product < 0 ? product - c / 2 : product + c / 2) / c;
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskEngine} from "../../interfaces/IRiskEngine.sol";
import {Margin, Portfolio} from "../../types/Portfolio.sol";

/// @notice For tests: many portfolios in one call, and what one call costs.
contract RiskBatch {
    struct Explanation {
        Margin margin;
        IRiskEngine.Breakdown parts;
        IRiskEngine.UnderlyingRisk[] risks;
    }

    function assessAll(
        IRiskEngine engine,
        Portfolio[] calldata portfolios
    ) external view returns (Margin[] memory margins) {
        margins = new Margin[](portfolios.length);
        for (uint256 i = 0; i < portfolios.length; ++i) {
            margins[i] = engine.assess(portfolios[i]);
        }
    }

    function explainAll(
        IRiskEngine engine,
        Portfolio[] calldata portfolios
    ) external view returns (Explanation[] memory explanations) {
        explanations = new Explanation[](portfolios.length);
        for (uint256 i = 0; i < portfolios.length; ++i) {
            Explanation memory e = explanations[i];
            (e.margin, e.parts, e.risks) = engine.explain(portfolios[i]);
        }
    }

    /// @notice What one margin check costs its caller: encoding, the cold call, cold parameters.
    function gasOfAssess(IRiskEngine engine, Portfolio calldata portfolio) external view returns (uint256) {
        uint256 before = gasleft();
        engine.assess(portfolio);
        return before - gasleft();
    }
}

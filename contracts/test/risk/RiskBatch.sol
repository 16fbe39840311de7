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

    /// @notice The time that calls beside this one see.
    function time() external view returns (uint256) {
        return block.timestamp;
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

    /// @notice The same twice in one transaction, the second time with everything remembered, and what each costs.
    function assessTwice(
        IRiskEngine engine,
        Portfolio calldata portfolio
    ) external returns (Margin memory first, Margin memory second, uint256 firstGas, uint256 secondGas) {
        uint256 before = gasleft();
        first = engine.assessRemembering(portfolio);
        firstGas = before - gasleft();
        before = gasleft();
        second = engine.assessRemembering(portfolio);
        secondGas = before - gasleft();
    }

    /// @notice One after the other in one transaction, each with what the ones before left behind.
    function rememberAll(
        IRiskEngine engine,
        Portfolio[] calldata portfolios
    ) external returns (Margin[] memory margins) {
        margins = new Margin[](portfolios.length);
        for (uint256 i = 0; i < portfolios.length; ++i) margins[i] = engine.assessRemembering(portfolios[i]);
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

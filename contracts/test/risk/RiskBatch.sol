// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskEngine} from "../../interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../interfaces/IRiskParameters.sol";
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

    /// @notice In one transaction: a portfolio, the same with a unit more cash, which is another whole of the same parts, and the
    /// first again.
    function assessAgain(
        IRiskEngine engine,
        Portfolio calldata portfolio
    ) external returns (Margin memory first, Margin memory richer, Margin memory again) {
        first = engine.assessRemembering(portfolio);
        Portfolio memory other = portfolio;
        ++other.cash;
        richer = engine.assessRemembering(other);
        again = engine.assessRemembering(portfolio);
    }

    /// @notice In one transaction: a portfolio before and after a change of the parameters.
    function assessAcross(
        IRiskEngine engine,
        Portfolio calldata portfolio,
        IRiskParameters.ParameterSet calldata parameters
    ) external returns (Margin memory before, Margin memory afterwards) {
        before = engine.assessRemembering(portfolio);
        IRiskParameters(address(engine)).setParameters(parameters);
        afterwards = engine.assessRemembering(portfolio);
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
}

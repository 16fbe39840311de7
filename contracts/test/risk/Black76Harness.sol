// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Black76} from "../../libraries/Black76.sol";
import {Gaussian} from "../../libraries/Gaussian.sol";

/// @notice For tests: the pure libraries behind option prices, many points in one call.
contract Black76Harness {
    struct Quote {
        uint256 call;
        uint256 put;
        int256 delta;
        uint256 gamma;
        uint256 vega;
        int256 theta;
    }

    function quotes(Black76.Terms[] calldata terms) external pure returns (Quote[] memory results) {
        results = new Quote[](terms.length);
        for (uint256 i = 0; i < terms.length; ++i) {
            Black76.Terms memory t = terms[i];
            results[i] = Quote({
                call: Black76.callPrice(t),
                put: Black76.putPrice(t),
                delta: Black76.callDelta(t),
                gamma: Black76.gamma(t),
                vega: Black76.vega(t),
                theta: Black76.theta(t)
            });
        }
    }

    function impliedVolatility(
        Black76.Terms calldata terms,
        bool isCall,
        uint256 price
    ) external pure returns (uint256) {
        return Black76.impliedVolatility(terms, isCall, price);
    }

    function coveredCalls(
        int256[] calldata xs,
        uint256[] calldata ws
    ) external pure returns (uint256[] memory results) {
        results = new uint256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            results[i] = Black76.coveredCall(xs[i], ws[i]);
        }
    }

    function cdfs(int256[] calldata zs) external pure returns (uint256[] memory results) {
        results = new uint256[](zs.length);
        for (uint256 i = 0; i < zs.length; ++i) {
            results[i] = Gaussian.cdf(zs[i]);
        }
    }

    function logarithms(int256[] calldata xs) external pure returns (int256[] memory results) {
        results = new int256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            results[i] = FixedPointMathLib.lnWad(xs[i]);
        }
    }

    function exponentials(int256[] calldata xs) external pure returns (int256[] memory results) {
        results = new int256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            results[i] = FixedPointMathLib.expWad(xs[i]);
        }
    }

    function powers(int256[] calldata xs, int256[] calldata ys) external pure returns (int256[] memory results) {
        results = new int256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            results[i] = FixedPointMathLib.powWad(xs[i], ys[i]);
        }
    }
}

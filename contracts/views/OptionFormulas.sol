// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Black76} from "../libraries/Black76.sol";
import {SmileModel} from "./SmileModel.sol";

/// @notice Black's formula on the smile of an expiry, and its derivatives by the price of the underlying; 18 decimals. For views.
/// @dev Derivatives by the spot price: the forward moves in proportion to it, volatility stays.
library OptionFormulas {
    using SmileModel for SmileModel.Terms;

    int256 private constant WAD = 1e18;

    /// @notice Of one contract. @param delta Contracts of the underlying. @param gamma Change of delta for a USD of its price.
    /// @param vega USD for a change of volatility by 1 (100 points). @param theta USD that a day brings.
    struct Sensitivities {
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 theta;
    }

    /// @param strike USD. @param sigma Volatility at the strike.
    function price(
        SmileModel.Terms memory terms,
        bool isCall,
        uint256 strike,
        uint256 sigma
    ) internal pure returns (uint256) {
        if (terms.forward == 0) return isCall ? 0 : strike;
        (Black76.Terms memory black, ) = _blackTerms(terms, strike, sigma);
        return isCall ? Black76.callPrice(black) : Black76.putPrice(black);
    }

    function sensitivities(
        SmileModel.Terms memory terms,
        bool isCall,
        uint256 strike,
        uint256 sigma
    ) internal pure returns (Sensitivities memory s) {
        if (terms.forward == 0) return s;
        (Black76.Terms memory black, bool isWide) = _blackTerms(terms, strike, sigma);
        int256 forward = int256(terms.forward);
        int256 spot = int256(terms.spot);
        int256 byForward = Black76.callDelta(black) - (isCall ? int256(0) : WAD);
        s.delta = (byForward * forward) / spot;
        s.gamma = (((int256(Black76.gamma(black)) * forward) / spot) * forward) / spot;
        // Where the margin holds σ√T to its limit, neither volatility nor time matters.
        if (isWide) return s;
        s.vega = int256(Black76.vega(black));
        s.theta = Black76.theta(black);
    }

    /// @return black What Black76 takes.
    /// @return isWide Whether the volatility is above what the margin takes, and was lowered to that.
    function _blackTerms(
        SmileModel.Terms memory terms,
        uint256 strike,
        uint256 sigma
    ) private pure returns (Black76.Terms memory black, bool isWide) {
        uint256 w = terms.widthOf(sigma);
        isWide = w < FixedPointMathLib.mulWad(sigma, terms.sqrtYears);
        if (isWide) sigma = FixedPointMathLib.divWad(w, terms.sqrtYears);
        black = Black76.Terms(terms.forward, strike, sigma, terms.yearsLeft);
    }
}

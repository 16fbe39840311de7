// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Gaussian} from "./Gaussian.sol";

/// @notice Black's formula (1976) for European options on a forward, undiscounted: what the option table is held to, and what views
/// show. 18 decimals everywhere; TypeScript twin in sdk/options/black76.ts (double precision).
/// @dev Every price comes from one function, U(x, w) = eˣ·Φ(−d₁) + Φ(d₂), where x = ln(F/K), w = σ√T, d₁ = x/w + w/2, d₂ = d₁ − w:
/// call = F − K·U, put = K − K·U. So call − put is F − K to the last unit.
library Black76 {
    /// @param forward Price of the underlying for delivery at expiry, USD; not zero.
    /// @param strike USD; not zero.
    /// @param volatility σ, 1e18 is 100 % per square root of a year.
    /// @param time Years of 365 days until expiry; zero gives the payoff.
    struct Terms {
        uint256 forward;
        uint256 strike;
        uint256 volatility;
        uint256 time;
    }

    /// @notice No volatility gives this price: it is below the payoff at the forward, or at least the forward (call) or strike (put).
    error PriceOutsideBounds(uint256 price, uint256 lowest, uint256 limit);
    /// @notice After expiry a price tells nothing of volatility.
    error NoTimeLeft();

    uint256 internal constant WAD = 1e18;
    uint256 private constant SECONDS_PER_YEAR = 365 days;
    int256 private constant DAYS_PER_YEAR = 365;
    /// @dev At w = 16 an option is worth its bound to 15 digits.
    uint256 private constant LARGEST_W = 16e18;
    /// @dev Halving 16e18 this often leaves nothing.
    uint256 private constant BISECTIONS = 64;

    function yearsOf(uint256 time) internal pure returns (uint256) {
        return (time * WAD) / SECONDS_PER_YEAR;
    }

    /// @notice Value of a covered call on a strike of 1, never above min(eˣ, 1).
    function coveredCall(int256 x, uint256 w) internal pure returns (uint256) {
        uint256 power = uint256(FixedPointMathLib.expWad(x));
        uint256 payoff = FixedPointMathLib.min(power, WAD);
        if (w == 0) return payoff;
        int256 d1 = _d1(x, w);
        uint256 covered = FixedPointMathLib.mulWad(power, Gaussian.cdf(-d1)) + Gaussian.cdf(d1 - int256(w));
        return FixedPointMathLib.min(covered, payoff);
    }

    /// @notice USD per contract.
    function callPrice(Terms memory terms) internal pure returns (uint256) {
        return terms.forward - _covered(terms);
    }

    /// @notice USD per contract.
    function putPrice(Terms memory terms) internal pure returns (uint256) {
        return terms.strike - _covered(terms);
    }

    /// @notice Change of the price per USD of the forward: of the call, within [0, 1e18]; of the put it is 1e18 less.
    function callDelta(Terms memory terms) internal pure returns (int256) {
        (int256 x, uint256 w) = _moneyness(terms);
        if (w == 0) return x > 0 ? int256(WAD) : int256(0);
        return int256(Gaussian.cdf(_d1(x, w)));
    }

    /// @notice Change of delta per USD of the forward; call and put alike.
    function gamma(Terms memory terms) internal pure returns (uint256) {
        (uint256 density, uint256 w) = _density(terms);
        if (w == 0) return 0;
        return FixedPointMathLib.fullMulDiv(density, WAD, FixedPointMathLib.mulWad(terms.forward, w));
    }

    /// @notice USD per 100 volatility points (σ + 1); call and put alike.
    function vega(Terms memory terms) internal pure returns (uint256) {
        (uint256 density, ) = _density(terms);
        return
            FixedPointMathLib.mulWad(
                FixedPointMathLib.mulWad(terms.forward, density),
                FixedPointMathLib.sqrtWad(terms.time)
            );
    }

    /// @notice USD that a day takes away, so never positive; forward and volatility stay. Call and put alike.
    function theta(Terms memory terms) internal pure returns (int256) {
        if (terms.time == 0) return 0;
        uint256 perYear = FixedPointMathLib.fullMulDiv(vega(terms), terms.volatility, 2 * terms.time);
        return -int256(perYear) / DAYS_PER_YEAR;
    }

    /// @notice The volatility at which the option has this price; `terms.volatility` is not read.
    /// @dev Bisection on w, so it ends whatever the price. Requirements: time left; the price at least the payoff at the forward and
    /// below the forward (call) or strike (put).
    function impliedVolatility(Terms memory terms, bool isCall, uint256 price) internal pure returns (uint256) {
        require(terms.time > 0, NoTimeLeft());
        uint256 limit = isCall ? terms.forward : terms.strike;
        uint256 lowest = limit - FixedPointMathLib.min(terms.forward, terms.strike);
        require(price >= lowest && price < limit, PriceOutsideBounds(price, lowest, limit));

        int256 x = _logarithm(terms);
        // What the covered call is worth falls as w grows.
        uint256 target = FixedPointMathLib.fullMulDiv(limit - price, WAD, terms.strike);
        uint256 low = 0;
        uint256 high = LARGEST_W;
        for (uint256 i = 0; i < BISECTIONS && high - low > 1; ++i) {
            uint256 middle = (low + high) / 2;
            if (coveredCall(x, middle) > target) low = middle;
            else high = middle;
        }
        return FixedPointMathLib.divWad((low + high) / 2, FixedPointMathLib.sqrtWad(terms.time));
    }

    /// @dev K·U, at most what a covered call can be worth: so neither call nor put is negative.
    function _covered(Terms memory terms) private pure returns (uint256) {
        (int256 x, uint256 w) = _moneyness(terms);
        uint256 payoff = FixedPointMathLib.min(terms.forward, terms.strike);
        if (w == 0) return payoff;
        return FixedPointMathLib.min(FixedPointMathLib.mulWad(terms.strike, coveredCall(x, w)), payoff);
    }

    function _moneyness(Terms memory terms) private pure returns (int256 x, uint256 w) {
        x = _logarithm(terms);
        w = FixedPointMathLib.mulWad(terms.volatility, FixedPointMathLib.sqrtWad(terms.time));
    }

    function _logarithm(Terms memory terms) private pure returns (int256) {
        return FixedPointMathLib.lnWad(int256(FixedPointMathLib.divWad(terms.forward, terms.strike)));
    }

    function _d1(int256 x, uint256 w) private pure returns (int256) {
        return FixedPointMathLib.sDivWad(x, int256(w)) + int256(w / 2);
    }

    /// @dev φ(d₁), zero without volatility or time.
    function _density(Terms memory terms) private pure returns (uint256 density, uint256 w) {
        int256 x;
        (x, w) = _moneyness(terms);
        if (w > 0) density = Gaussian.density(_d1(x, w));
    }
}

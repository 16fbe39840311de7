// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Test} from "forge-std/src/Test.sol";
import {Moneyness} from "../../contracts/risk/Moneyness.sol";

contract MoneynessTest is Test {
    /// 1.2e-8 with 30 fraction bits, and a unit for each rounding.
    uint256 private constant LARGEST_ERROR = 13 + 2;

    /// At every distance: a forward is a strike times a ratio spread evenly over orders of magnitude.
    function testFuzz_IsTheLogarithmOfTheRatio(uint64 strike, uint256 seed) public pure {
        strike = uint64(bound(strike, 1e6, type(uint64).max / 2));
        uint256 reach = 1 << (seed % 41);
        uint256 forward =
            uint256(strike) +
                ((uint256(strike) * ((seed >> 8) % (2 * reach))) >> 40) -
                ((uint256(strike) * reach) >> 40) / 2;
        forward = bound(forward, 1, type(uint64).max);
        assertApproxEqAbs(Moneyness.logRatio(forward, strike), _exact(forward, strike), LARGEST_ERROR);
    }

    function testFuzz_IsTheLogarithmOfAnyRatio(uint64 forward, uint64 strike) public pure {
        forward = uint64(bound(forward, 1, type(uint64).max));
        strike = uint64(bound(strike, 1, type(uint64).max));
        assertApproxEqAbs(Moneyness.logRatio(forward, strike), _exact(forward, strike), LARGEST_ERROR);
    }

    function testFuzz_IsZeroAtTheForward(uint64 price) public pure {
        price = uint64(bound(price, 1, type(uint64).max));
        assertEq(Moneyness.logRatio(price, price), 0);
    }

    function test_AForwardOfZeroIsAUnit() public pure {
        assertEq(Moneyness.logRatio(0, 1e8), Moneyness.logRatio(1, 1e8));
    }

    function _exact(uint256 forward, uint256 strike) private pure returns (int256) {
        return ((FixedPointMathLib.lnWad(int256(forward)) - FixedPointMathLib.lnWad(int256(strike))) << 30) / 1e18;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IOptionLens} from "../interfaces/IOptionLens.sol";
import {Portfolio} from "../types/Portfolio.sol";
import {Hypothesis} from "./Hypothesis.sol";
import {OptionFormulas} from "./OptionFormulas.sol";

/// @notice Greeks in the units of IOptionLens, added up. For views.
library GreekSums {
    using Hypothesis for Portfolio;

    uint256 private constant UNDERLYINGS = 256;
    /// @dev From quantities with 8 decimals times figures with 18 to 8, to 16 and to 6 decimals; vega is per 100 points there.
    int256 private constant TO_DELTA = 1e18;
    int256 private constant TO_GAMMA = 1e10;
    int256 private constant TO_VEGA = 1e22;
    int256 private constant TO_THETA = 1e20;
    /// @dev From delta · price (16 decimals), and from gamma · price² (32) for a hundredth of the price, to 6 decimals.
    int256 private constant DELTA_TO_USD = 1e10;
    int256 private constant GAMMA_TO_USD = 1e28;

    /// @param one Of one contract. @param quantity Contracts, 8 decimals.
    function scaled(
        OptionFormulas.Sensitivities memory one,
        int64 quantity
    ) internal pure returns (IOptionLens.Greeks memory) {
        return
            IOptionLens.Greeks({
                delta: (quantity * one.delta) / TO_DELTA,
                gamma: (quantity * one.gamma) / TO_GAMMA,
                vega: (quantity * one.vega) / TO_VEGA,
                theta: (quantity * one.theta) / TO_THETA
            });
    }

    function add(IOptionLens.Greeks memory self, IOptionLens.Greeks memory other) internal pure {
        self.delta += other.delta;
        self.gamma += other.gamma;
        self.vega += other.vega;
        self.theta += other.theta;
    }

    function addTo(
        IOptionLens.UnderlyingGreeks[] memory underlyings,
        uint8 underlying,
        IOptionLens.Greeks memory greeks
    ) internal pure {
        uint256 i = 0;
        while (underlyings[i].underlying != underlying) {
            ++i;
        }
        add(underlyings[i].greeks, greeks);
    }

    /// @return list The underlyings that the words name, ascending, with prices and tokens and without greeks yet.
    function underlyingsOf(Portfolio memory p) internal pure returns (IOptionLens.UnderlyingGreeks[] memory list) {
        int256[UNDERLYINGS] memory tokens;
        uint256 named = 0;
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            named |= 1 << p.exposures[i].bucket().underlying();
        }
        uint256 count = 0;
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            uint8 underlying = p.holdings[i].underlying();
            named |= 1 << underlying;
            tokens[underlying] += int256(uint256(p.holdings[i].amount()));
        }
        for (uint256 rest = named; rest != 0; rest &= rest - 1) {
            ++count;
        }
        list = new IOptionLens.UnderlyingGreeks[](count);
        uint256 at = 0;
        for (uint256 u = 0; at < count; ++u) {
            if ((named >> u) & 1 == 0) continue;
            list[at].underlying = uint8(u);
            list[at].price = p.priceOf(uint8(u));
            list[at++].tokens = tokens[u];
        }
    }

    function total(
        IOptionLens.UnderlyingGreeks[] memory underlyings
    ) internal pure returns (IOptionLens.TotalGreeks memory sum) {
        for (uint256 i = 0; i < underlyings.length; ++i) {
            int256 price = int256(uint256(underlyings[i].price));
            IOptionLens.Greeks memory greeks = underlyings[i].greeks;
            sum.delta += ((greeks.delta + underlyings[i].tokens) * price) / DELTA_TO_USD;
            sum.gamma += (greeks.gamma * price * price) / GAMMA_TO_USD;
            sum.vega += greeks.vega;
            sum.theta += greeks.theta;
        }
    }
}

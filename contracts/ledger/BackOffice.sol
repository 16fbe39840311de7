// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {LedgerAdministration} from "./LedgerAdministration.sol";
import {Routes} from "./Routes.sol";

/// @notice The clearing house's views, its administration and the second half of the margin rule. Runs in the clearing house's
/// storage, through its fallback; called directly it finds empty storage of its own and can do no harm.
contract BackOffice is LedgerAdministration {
    constructor(address authority_) AccessManaged(authority_) {}

    /// @dev What is not the back office's goes on to the other desks: rare calls, for which the clearing house has no room.
    fallback() external {
        ITrading house = ITrading(address(this));
        address desk = Routes.isCloseDesks(msg.sig) ? house.closeDesk() : house.lossDesk();
        bytes memory result = Address.functionDelegateCall(desk, msg.data);
        assembly ("memory-safe") {
            return(add(result, 32), mload(result))
        }
    }

    /// @inheritdoc IBackOffice
    function requireInitialMargin(AccountId account) external locked {
        Portfolio memory p = _load(account);
        if (p.exposures.length == 0 && p.cash >= 0) return;
        _requireTrustedPrices(p, false);
        Margin memory m = _riskEngine.assess(p);
        require(m.equity >= int256(m.initial), InsufficientMargin(account, m.equity, m.initial));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title MisbehavingToken
/// @notice A token that does with balances what no token should. For tests only.
contract MisbehavingToken is ERC20 {
    enum Vice {
        None,
        KeepsAll,
        SendsMore,
        ChargesSender,
        Refuses
    }

    Vice public vice;

    constructor() ERC20("Misbehaving", "BAD") {}

    function setVice(Vice vice_) external {
        vice = vice_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Takes from any balance, as a rebase downwards does.
    function rebase(address holder, uint256 loss) external {
        _burn(holder, loss);
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        if (vice == Vice.Refuses) return false;
        if (vice == Vice.ChargesSender) _burn(msg.sender, 1);
        return super.transfer(to, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (vice == Vice.Refuses) return false;
        if (vice == Vice.KeepsAll) return true;
        if (vice == Vice.SendsMore) _mint(to, 1);
        return super.transferFrom(from, to, amount);
    }
}

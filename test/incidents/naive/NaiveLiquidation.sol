// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Pays whoever liquidates, closes whole accounts, and writes off debts of empty accounts only. For tests only.
contract NaiveLiquidation {
    error Refused();

    uint256 private constant BONUS_BPS = 500;

    mapping(address account => uint256[]) private _positions;
    mapping(address account => uint256) public tokens;
    mapping(address account => int256) public cash;
    uint256 public fund;

    constructor(uint256 fund_) {
        fund = fund_;
    }

    function set(address account, uint256 positions, uint256 tokens_, int256 cash_) external {
        delete _positions[account];
        for (uint256 i; i < positions; ++i) _positions[account].push(i + 1);
        (tokens[account], cash[account]) = (tokens_, cash_);
    }

    /// @dev Everything in one call, whatever it costs; the bonus is the fund's, whoever asks.
    function liquidate(address account) external returns (uint256 bonus) {
        uint256 sum;
        for (uint256 i; i < _positions[account].length; ++i) {
            sum += _positions[account][i];
            _positions[account][i] = 0;
        }
        delete _positions[account];
        bonus = (tokens[account] * BONUS_BPS) / 10_000;
        fund -= bonus;
        cash[msg.sender] += int256(tokens[account] + bonus);
        cash[account] -= int256(tokens[account]);
        tokens[account] = 0;
    }

    function writeOff(address account) external {
        require(tokens[account] == 0, Refused());
        require(cash[account] < 0, Refused());
        fund -= uint256(-cash[account]);
        cash[account] = 0;
    }
}

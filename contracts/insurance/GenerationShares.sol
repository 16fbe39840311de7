// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Shares that can begin anew: balances and supply are kept by generation, and those of earlier generations are void.
/// @dev Worthless shares must neither take part in what newcomers bring nor make numbers of shares grow without bound.
abstract contract GenerationShares is ERC20 {
    struct Book {
        uint256 supply;
        mapping(address owner => uint256) balances;
    }

    mapping(uint256 generation => Book) private _books;
    uint256 internal _generation;

    function totalSupply() public view virtual override returns (uint256) {
        return _books[_generation].supply;
    }

    function balanceOf(address owner) public view virtual override returns (uint256) {
        return _books[_generation].balances[owner];
    }

    /// @dev As ERC20's, on the books of the present generation.
    function _update(address from, address to, uint256 value) internal virtual override {
        Book storage book = _books[_generation];
        if (from == address(0)) {
            book.supply += value;
        } else {
            uint256 held = book.balances[from];
            require(held >= value, ERC20InsufficientBalance(from, held, value));
            book.balances[from] = held - value;
        }
        if (to == address(0)) book.supply -= value;
        else book.balances[to] += value;
        emit Transfer(from, to, value);
    }
}

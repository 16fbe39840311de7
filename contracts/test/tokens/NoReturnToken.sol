// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title NoReturnToken
/// @notice A token of the first years: transfers return nothing, and one that fails may do so in silence. For tests only.
contract NoReturnToken {
    // solhint-disable-next-line const-name-snakecase
    uint8 public constant decimals = 18;
    bool public failsSilently;
    mapping(address holder => uint256) public balanceOf;
    mapping(address holder => mapping(address spender => uint256)) public allowance;

    error TooLittle();

    function setFailsSilently(bool fails) external {
        failsSilently = fails;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        require(allowance[from][msg.sender] >= amount, TooLittle());
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        if (failsSilently) return;
        require(balanceOf[from] >= amount, TooLittle());
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

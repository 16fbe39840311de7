// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

/// @title Insurance fund
/// @notice Staked USDC that bears losses before anybody else: the shares (ERC-4626, 18 decimals) own the cash of the clearing
/// house's account INSURANCE, from which auctions draw without asking, and to which a part of liquidations and of collected fees goes.
/// @dev What an exit pays: the share of `totalAssets` less the shortfall that the last scan of all accounts found; and while a deficit
/// is open in the clearing house, that amount times (1 − deficit / claims), claims including it. `previewRedeem` and
/// `previewWithdraw` say exactly that, and `convertToAssets` says what a share owns before it. Every rounding is the fund's.
interface IInsuranceFund is IERC4626 {
    // ───────────────────────────────────────────── types

    /// @notice Where a request to exit stands. Only `Open` can be redeemed.
    enum ExitStatus {
        None,
        CoolingDown,
        /// No scan of all accounts is newer than the request and recent enough: anyone may make one.
        AwaitingScan,
        Open,
        /// The window passed: the shares are free, and a new request is needed.
        Lapsed
    }

    /// @notice Seconds. @param cooldown Between a request and its window. @param window In which the exit executes.
    /// @param maxScanAge Since the start of the scan that an exit relies on.
    struct FundParameters {
        uint32 cooldown;
        uint32 window;
        uint32 maxScanAge;
    }

    /// @notice A request as its owner sees it. @param shares Still to be redeemed. @param from, until The window.
    /// @param redeemable Shares that can be redeemed now. @param assets What they would pay.
    struct Exit {
        uint256 shares;
        uint40 requestedAt;
        uint40 from;
        uint40 until;
        ExitStatus status;
        uint256 redeemable;
        uint256 assets;
    }

    // ───────────────────────────────────────────── events

    /// @notice Shares were locked for an exit; zero: the request was taken back.
    event ExitRequested(address indexed owner, uint256 shares, uint40 from, uint40 until);
    /// @notice Shares had lost all but a millionth of their first price: they are void, and new ones begin.
    /// @param supply, assets Of the generation that ended; the assets stay in the fund.
    event GenerationEnded(uint256 indexed generation, uint256 supply, uint256 assets);
    event FundParametersSet(FundParameters parameters);
    event AccountScanSet(address indexed scan);
    /// @notice Cash that somebody paid into the fund's own account went to the insurance account.
    event Swept(uint256 amount);

    // ───────────────────────────────────────────── errors

    error OnlyItself(address caller);
    error SharesExceedBalance(address owner, uint256 shares, uint256 balance);
    /// @notice Shares in a request stay where they are, and bear losses, until the exit executes or lapses.
    error SharesInCooldown(address owner, uint256 shares, uint256 free);
    error NoExitRequest(address owner);
    /// @notice The exit would pay nothing at present: the shares are kept.
    error NothingPaid(address owner, uint256 shares);
    error PaidLess(uint256 expected, uint256 paid);

    // ───────────────────────────────────────────── stakers

    /// @notice Locks shares for an exit and starts the cooldown. Replaces an earlier request, whose time counts no more.
    /// Requirements: not zero; not more than the caller holds.
    function requestRedeem(uint256 shares) external;

    /// @notice Takes the caller's request back. Requirements: there is one.
    function cancelRequest() external;

    // ───────────────────────────────────────────── anyone

    /// @notice Passes cash that somebody paid into the fund's own account on to the stakers.
    function sweep() external returns (uint256 amount);

    // ───────────────────────────────────────────── views

    function exitOf(address owner) external view returns (Exit memory);
    /// @notice Shares that are in a request.
    function lockedShares(address owner) external view returns (uint256);
    /// @notice Assets that exits are paid from: all less the last scan's shortfall.
    function availableAssets() external view returns (uint256);
    /// @notice What a whole share (18 decimals) owns, USD with 6 decimals, rounded down; 1 at first.
    function sharePrice() external view returns (uint256);
    /// @notice What liquidations and fees brought less what losses drew since the fund began; negative: drawn.
    function netIncome() external view returns (int256);
    /// @notice How often all shares became worthless.
    function generation() external view returns (uint256);
    function fundParameters() external view returns (FundParameters memory);
    function accountScan() external view returns (address);

    // ───────────────────────────────────────────── administration

    /// @notice For requests from now on. Requirements: risk role; cooldown and window between 1 and 30 days, scan age between 10
    /// minutes and a day.
    function setFundParameters(FundParameters calldata parameters) external;
    /// @notice Requirements: upgrade role; the contract answers `IAccountScan.lastScan`.
    function setAccountScan(address scan) external;
}

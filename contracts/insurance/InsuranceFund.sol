// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccountScan} from "../interfaces/IAccountScan.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../types/AccountId.sol";
import {ExitPayment} from "./ExitPayment.sol";
import {GenerationShares} from "./GenerationShares.sol";

/// @title Insurance fund
/// @dev Holds no tokens: USDC goes through the fund's own account in the clearing house, which is empty before and after. Virtual
/// shares (10^12) and one virtual unit of assets make a donation to INSURANCE a loss for whoever makes it.
contract InsuranceFund is IInsuranceFund, BatchModule, GenerationShares, ERC4626, ReentrancyGuardTransient {
    using ExitPayment for ExitPayment.Pool;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Shares are worthless when they are worth less than a millionth of what they were worth at first.
    uint256 public constant WORTHLESS = 1e6;

    uint8 private constant OFFSET = 12;
    uint256 private constant VIRTUAL_SHARES = 10 ** OFFSET;
    uint256 private constant BPS = 10_000;

    /// @dev One slot: 17 + 5 + 5 + 5 = 32 bytes.
    struct Request {
        uint136 shares;
        uint40 requestedAt;
        uint40 from;
        uint40 until;
    }

    mapping(uint256 generation => mapping(address owner => Request)) private _requests;
    FundParameters private _parameters;
    IAccountScan private _scan;
    /// @dev What stakers brought less what they took, in all generations.
    int256 private _netStaked;

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority,
        FundParameters memory parameters
    )
        BatchModule(clearingHouse_, initialAuthority)
        ERC20("Counterpoise Insurance Fund", "cpINS")
        ERC4626(IERC20(clearingHouse_.cashToken()))
    {
        _setParameters(parameters);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IInsuranceFund
    function setFundParameters(FundParameters calldata parameters) external restricted {
        _setParameters(parameters);
    }

    /// @inheritdoc IInsuranceFund
    function setAccountScan(address scan) external restricted {
        IAccountScan(scan).lastScan();
        _scan = IAccountScan(scan);
        emit AccountScanSet(scan);
    }

    // ───────────────────────────────────────────── deposits

    /// @inheritdoc IERC4626
    function deposit(
        uint256 assets,
        address receiver
    ) public override(ERC4626, IERC4626) nonReentrant returns (uint256 shares) {
        _endGenerationIfWorthless();
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc IERC4626
    function mint(
        uint256 shares,
        address receiver
    ) public override(ERC4626, IERC4626) nonReentrant returns (uint256 assets) {
        _endGenerationIfWorthless();
        return super.mint(shares, receiver);
    }

    // ───────────────────────────────────────────── exits

    /// @inheritdoc IInsuranceFund
    function requestRedeem(uint256 shares) external {
        address owner = _msgSender();
        require(shares != 0, ILedger.ZeroAmount());
        require(shares <= balanceOf(owner), SharesExceedBalance(owner, shares, balanceOf(owner)));
        uint40 from = uint40(block.timestamp) + _parameters.cooldown;
        uint40 until = from + _parameters.window;
        _requests[_generation][owner] = Request(shares.toUint136(), uint40(block.timestamp), from, until);
        emit ExitRequested(owner, shares, from, until);
    }

    /// @inheritdoc IInsuranceFund
    function cancelRequest() external {
        address owner = _msgSender();
        require(_requests[_generation][owner].shares != 0, NoExitRequest(owner));
        delete _requests[_generation][owner];
        emit ExitRequested(owner, 0, 0, 0);
    }

    /// @inheritdoc IERC4626
    function withdraw(
        uint256 assets,
        address receiver,
        address owner
    ) public override(ERC4626, IERC4626) nonReentrant returns (uint256) {
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc IERC4626
    function redeem(
        uint256 shares,
        address receiver,
        address owner
    ) public override(ERC4626, IERC4626) nonReentrant returns (uint256) {
        return super.redeem(shares, receiver, owner);
    }

    /// @inheritdoc IInsuranceFund
    function sweep() external nonReentrant returns (uint256 amount) {
        int256 cash = clearingHouse.cashOf(_account());
        if (cash <= 0) return 0;
        amount = uint256(cash);
        clearingHouse.enter(address(this), abi.encodeCall(this.moveIn, (amount.toUint72())));
        emit Swept(amount);
    }

    // ───────────────────────────────────────────── called back by the clearing house

    /// @notice Moves cash from the fund's own account to INSURANCE. Only the fund itself, in a batch.
    function moveIn(uint72 amount) external {
        _post(_account(), SystemAccounts.INSURANCE, amount);
    }

    /// @notice Moves cash from INSURANCE to the fund's own account. Only the fund itself, in a batch.
    function moveOut(uint72 amount) external {
        _post(SystemAccounts.INSURANCE, _account(), amount);
    }

    // ───────────────────────────────────────────── views: shares and assets

    /// @inheritdoc IERC4626
    function totalAssets() public view override(ERC4626, IERC4626) returns (uint256) {
        return uint256(clearingHouse.storedCashOf(SystemAccounts.INSURANCE));
    }

    /// @inheritdoc IInsuranceFund
    function availableAssets() public view returns (uint256) {
        if (address(_scan) == address(0)) return totalAssets();
        (, uint256 shortfall) = _scan.lastScan();
        return Math.saturatingSub(totalAssets(), shortfall);
    }

    /// @inheritdoc IERC4626
    function previewDeposit(uint256 assets) public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.mulDiv(assets, _supplyForDeposits() + VIRTUAL_SHARES, totalAssets() + 1);
    }

    /// @inheritdoc IERC4626
    function previewMint(uint256 shares) public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.mulDiv(shares, totalAssets() + 1, _supplyForDeposits() + VIRTUAL_SHARES, Math.Rounding.Ceil);
    }

    /// @inheritdoc IERC4626
    function previewRedeem(uint256 shares) public view override(ERC4626, IERC4626) returns (uint256) {
        uint256 gross = Math.mulDiv(shares, availableAssets() + 1, totalSupply() + VIRTUAL_SHARES);
        return _pool().paidDown(gross);
    }

    /// @inheritdoc IERC4626
    function previewWithdraw(uint256 assets) public view override(ERC4626, IERC4626) returns (uint256) {
        return _sharesFor(_pool().grossUp(assets), Math.Rounding.Ceil);
    }

    /// @inheritdoc IERC4626
    function maxDeposit(address) public view override(ERC4626, IERC4626) returns (uint256) {
        return Math.saturatingSub(clearingHouse.collateralTerms(0).cap, clearingHouse.collateralTotal(0));
    }

    /// @inheritdoc IERC4626
    function maxMint(address receiver) public view override(ERC4626, IERC4626) returns (uint256) {
        return previewDeposit(maxDeposit(receiver));
    }

    /// @inheritdoc IERC4626
    function maxRedeem(address owner) public view override(ERC4626, IERC4626) returns (uint256) {
        Request memory request = _requests[_generation][owner];
        if (_status(request) != ExitStatus.Open) return 0;
        return Math.min(request.shares, _liquidShares());
    }

    // ───────────────────────────────────────────── views: stakers

    /// @inheritdoc IInsuranceFund
    function exitOf(address owner) external view returns (Exit memory) {
        Request memory request = _requests[_generation][owner];
        uint256 redeemable = maxRedeem(owner);
        return
            Exit({
                shares: request.shares,
                requestedAt: request.requestedAt,
                from: request.from,
                until: request.until,
                status: _status(request),
                redeemable: redeemable,
                assets: previewRedeem(redeemable)
            });
    }

    /// @inheritdoc IInsuranceFund
    function lockedShares(address owner) public view returns (uint256) {
        Request memory request = _requests[_generation][owner];
        return block.timestamp > request.until ? 0 : request.shares;
    }

    /// @inheritdoc IInsuranceFund
    function sharePrice() external view returns (uint256) {
        return convertToAssets(10 ** decimals());
    }

    /// @inheritdoc IInsuranceFund
    function netIncome() external view returns (int256) {
        return totalAssets().toInt256() - _netStaked;
    }

    /// @inheritdoc IInsuranceFund
    function generation() external view returns (uint256) {
        return _generation;
    }

    /// @inheritdoc IInsuranceFund
    function fundParameters() external view returns (FundParameters memory) {
        return _parameters;
    }

    /// @inheritdoc IInsuranceFund
    function accountScan() external view returns (address) {
        return address(_scan);
    }

    // ───────────────────────────────────────────── money

    /// @dev Through the clearing house in one batch: into the fund's account and on to INSURANCE.
    function _transferIn(address from, uint256 assets) internal override {
        IERC20 token = IERC20(asset());
        token.safeTransferFrom(from, address(this), assets);
        token.forceApprove(clearingHouse.vault(), assets);
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = ILedger.Call(
            address(clearingHouse),
            abi.encodeCall(ITrading.deposit, (_account(), address(token), assets))
        );
        calls[1] = ILedger.Call(address(this), abi.encodeCall(this.moveIn, (assets.toUint72())));
        clearingHouse.batch(calls);
        _netStaked += assets.toInt256();
    }

    /// @dev Takes the least from INSURANCE that pays `assets`.
    function _transferOut(address to, uint256 assets) internal override {
        uint256 gross = _pool().grossUp(assets);
        _netStaked -= gross.toInt256();
        clearingHouse.enter(address(this), abi.encodeCall(this.moveOut, (gross.toUint72())));
        uint256 paid = clearingHouse.withdraw(_account(), asset(), gross, to);
        require(paid >= assets, PaidLess(assets, paid));
    }

    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        require(assets != 0, NothingPaid(owner, shares));
        Request storage request = _requests[_generation][owner];
        if (request.shares == shares) delete _requests[_generation][owner];
        else request.shares -= shares.toUint136();
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    function _post(AccountId from, AccountId to, uint72 amount) private {
        address caller = _msgSender();
        require(caller == address(this), OnlyItself(caller));
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](1);
        cash[0] = ILedger.CashTransfer(from, to, amount, ILedger.CashReason.Insurance);
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    // ───────────────────────────────────────────── shares

    function decimals() public view override(ERC20, ERC4626, IERC20Metadata) returns (uint8) {
        return super.decimals();
    }

    function totalSupply() public view override(ERC20, GenerationShares, IERC20) returns (uint256) {
        return super.totalSupply();
    }

    function balanceOf(address owner) public view override(ERC20, GenerationShares, IERC20) returns (uint256) {
        return super.balanceOf(owner);
    }

    /// @dev Shares in a request are burned by its exit and cannot go anywhere else.
    function _update(address from, address to, uint256 value) internal override(ERC20, GenerationShares) {
        if (from != address(0) && to != address(0)) {
            uint256 free = Math.saturatingSub(balanceOf(from), lockedShares(from));
            require(value <= free || lockedShares(from) == 0, SharesInCooldown(from, value, free));
        }
        super._update(from, to, value);
    }

    function _endGenerationIfWorthless() private {
        if (!_isWorthless()) return;
        emit GenerationEnded(_generation, totalSupply(), totalAssets());
        ++_generation;
    }

    function _isWorthless() private view returns (bool) {
        return (totalAssets() + 1) * VIRTUAL_SHARES * WORTHLESS < totalSupply() + VIRTUAL_SHARES;
    }

    function _supplyForDeposits() private view returns (uint256) {
        return _isWorthless() ? 0 : totalSupply();
    }

    // ───────────────────────────────────────────── internals

    function _status(Request memory request) private view returns (ExitStatus) {
        if (request.shares == 0) return ExitStatus.None;
        if (block.timestamp < request.from) return ExitStatus.CoolingDown;
        if (block.timestamp > request.until) return ExitStatus.Lapsed;
        if (address(_scan) == address(0)) return ExitStatus.AwaitingScan;
        (uint40 startedAt, ) = _scan.lastScan();
        bool isNew = startedAt > request.requestedAt && block.timestamp <= uint256(startedAt) + _parameters.maxScanAge;
        return isNew ? ExitStatus.Open : ExitStatus.AwaitingScan;
    }

    function _pool() private view returns (ExitPayment.Pool memory pool) {
        (pool.claims, , ) = clearingHouse.cashPool();
        pool.deficit = clearingHouse.openDeficit();
        address vault = clearingHouse.vault();
        pool.held = IERC20(asset()).balanceOf(vault);
        pool.owed = ICollateralVault(vault).recorded(asset());
    }

    /// @dev Shares whose exit leaves the clearing house as much cash as its limit of utilisation asks for.
    function _liquidShares() private view returns (uint256) {
        (, uint256 borrowed, uint256 custody) = clearingHouse.cashPool();
        uint256 payable_ = custody;
        if (borrowed != 0) {
            uint256 limit = clearingHouse.interestCurve().withdrawalLimitBps;
            if (limit == 0) return 0;
            payable_ = Math.saturatingSub(borrowed + custody, Math.ceilDiv(borrowed * BPS, limit));
        }
        return _sharesFor(_pool().grossOfShareUp(payable_), Math.Rounding.Floor);
    }

    function _sharesFor(uint256 gross, Math.Rounding rounding) private view returns (uint256) {
        return Math.mulDiv(gross, totalSupply() + VIRTUAL_SHARES, availableAssets() + 1, rounding);
    }

    function _account() private view returns (AccountId) {
        return toAccountId(address(this), 0);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return OFFSET;
    }

    function _setParameters(FundParameters memory p) private {
        require(p.cooldown >= 1 days && p.cooldown <= 30 days, ILedger.InvalidParameter("cooldown", p.cooldown));
        require(p.window >= 1 days && p.window <= 30 days, ILedger.InvalidParameter("window", p.window));
        require(
            p.maxScanAge >= 10 minutes && p.maxScanAge <= 1 days,
            ILedger.InvalidParameter("maxScanAge", p.maxScanAge)
        );
        _parameters = p;
        emit FundParametersSet(p);
    }

    function _msgSender() internal view override(BatchModule, Context) returns (address) {
        return BatchModule._msgSender();
    }

    function _msgData() internal view override(BatchModule, Context) returns (bytes calldata) {
        return BatchModule._msgData();
    }

    function _contextSuffixLength() internal view override(BatchModule, Context) returns (uint256) {
        return BatchModule._contextSuffixLength();
    }
}

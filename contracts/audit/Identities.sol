// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";

/// @notice What must hold of the books, each proven in one call.
abstract contract Identities is ISolvencyAuditor, AccessManaged {
    using SafeCast for uint256;

    /// @dev Accounts in one call to the house: few calls, and memory that stays cheap.
    uint256 private constant CHUNK = 512;
    /// @dev A token that rebases may round by a unit for each holder; no loss hides in a millionth.
    uint256 private constant TOKEN_ROUNDING = 1_000_000;

    IClearingHouse public immutable clearingHouse;
    address private immutable _vault;

    mapping(Identity identity => mapping(uint256 subject => uint256 magnitude)) public accepted;

    constructor(IClearingHouse clearingHouse_) {
        clearingHouse = clearingHouse_;
        _vault = clearingHouse_.vault();
    }

    /// @dev Between the two sides of a posting nothing adds up. A token's hook or a module could call in the middle of one.
    modifier notInBatch() {
        require(!clearingHouse.inBatch(), ILedger.AlreadyInBatch());
        _;
    }

    /// @inheritdoc ISolvencyAuditor
    function check(Identity identity, uint256 subject) public view notInBatch returns (bool holds, int256 difference) {
        difference = _difference(identity, subject);
        bool isFloor = identity == Identity.Custody || identity == Identity.SystemCash;
        if (difference == 0 || (isFloor && difference > 0)) return (true, difference);
        uint256 allowed = accepted[identity][subject];
        if (identity == Identity.Custody && subject != 0) {
            allowed += clearingHouse.collateralTotal(uint8(subject)) / TOKEN_ROUNDING;
        }
        holds = uint256(difference < 0 ? -difference : difference) <= allowed;
    }

    /// @inheritdoc ISolvencyAuditor
    function trip(Identity identity, uint256 subject) external {
        (bool holds, int256 difference) = check(identity, subject);
        require(!holds, IdentityHolds(identity, subject, difference));
        clearingHouse.pause(ILedger.PausableAction.IncreaseRisk);
        emit Tripped(identity, subject, difference, msg.sender);
    }

    /// @inheritdoc ISolvencyAuditor
    function accept(Identity identity, uint256 subject, uint256 magnitude) external restricted {
        accepted[identity][subject] = magnitude;
        emit DifferenceAccepted(identity, subject, magnitude);
    }

    function _difference(Identity identity, uint256 subject) private view returns (int256) {
        if (identity == Identity.Custody) {
            TokenCustody memory c = _custody(_asset(identity, subject, 0));
            return c.held.toInt256() - c.owed.toInt256();
        }
        if (identity == Identity.Cash) return _sumOfCash(subject);
        if (identity == Identity.Collateral) return _sumOfCollateral(_asset(identity, subject, 1));
        if (identity == Identity.Option) return _sumOfOption(subject);
        if (identity == Identity.SystemCash) return _systemCash(subject);
        return _sumOfPositions(identity, subject);
    }

    // ───────────────────────────────────────────── figures

    function _custody(uint8 asset) internal view returns (TokenCustody memory custody) {
        custody.token = clearingHouse.collateralTerms(asset).token;
        custody.held = IERC20(custody.token).balanceOf(_vault);
        custody.recorded = ICollateralVault(_vault).recorded(custody.token);
        custody.owed = clearingHouse.collateralTotal(asset);
    }

    function _sumOfCash(uint256 subject) private view returns (int256 sum) {
        require(subject == 0, UnknownSubject(Identity.Cash, subject));
        uint256 count = clearingHouse.accountCount();
        for (uint256 from; from < count; from += CHUNK) {
            int256[] memory cash = clearingHouse.storedCashPage(from, CHUNK);
            for (uint256 i; i < cash.length; ++i) {
                sum += cash[i];
            }
        }
        sum += clearingHouse.storedCashOf(SystemAccounts.VAULT);
    }

    function _sumOfCollateral(uint8 asset) private view returns (int256 sum) {
        uint256 count = clearingHouse.accountCount();
        for (uint256 from; from < count; from += CHUNK) {
            uint256[] memory amounts = clearingHouse.collateralPage(asset, from, CHUNK);
            for (uint256 i; i < amounts.length; ++i) {
                sum += amounts[i].toInt256();
            }
        }
        sum -= clearingHouse.collateralTotal(asset).toInt256();
    }

    function _sumOfPositions(Identity identity, uint256 subject) private view returns (int256) {
        BucketId bucket = BucketId.wrap(uint32(subject));
        bool isKnown = subject == BucketId.unwrap(bucket) && _isListed(bucket);
        // Sweeps turn the contracts of one account after the other into quote: from the expiry on only quotes sum to zero.
        isKnown = isKnown && (identity == Identity.Quote || _isBeforeExpiry(bucket));
        require(isKnown, UnknownSubject(identity, subject));
        (int256 quantity, int256 quote) = (0, 0);
        uint256 count = clearingHouse.accountCount();
        for (uint256 from; from < count; from += CHUNK) {
            (int64[] memory quantities, int72[] memory quotes) = clearingHouse.positionPage(bucket, from, CHUNK);
            for (uint256 i; i < quantities.length; ++i) {
                quantity += quantities[i];
                quote += quotes[i];
            }
        }
        AccountId closeout = SystemAccounts.closeout(bucket);
        if (!clearingHouse.isOpen(closeout)) {
            ILedger.Position memory p = clearingHouse.positionOf(closeout, bucket.linear());
            quantity += p.quantity;
            quote += p.quote;
        }
        return identity == Identity.Quantity ? quantity : quote;
    }

    function _sumOfOption(uint256 subject) private view returns (int256 sum) {
        InstrumentId instrument = InstrumentId.wrap(uint64(subject));
        bool isKnown = subject == InstrumentId.unwrap(instrument) && clearingHouse.isOptionListed(instrument);
        isKnown = isKnown && _isBeforeExpiry(instrument.bucket());
        require(isKnown, UnknownSubject(Identity.Option, subject));
        uint256 count = clearingHouse.accountCount();
        for (uint256 i; i < count; ++i) {
            sum += clearingHouse.quantityOf(clearingHouse.accountAt(i), instrument);
        }
    }

    function _systemCash(uint256 subject) private view returns (int256) {
        AccountId account = AccountId.wrap(bytes32(subject));
        require(_mustBeCovered(account), UnknownSubject(Identity.SystemCash, subject));
        return clearingHouse.storedCashOf(account);
    }

    /// @dev Interest may be below zero by what it advanced, the deficit account is below zero by what is open, and the vault always is.
    function _mustBeCovered(AccountId account) internal pure returns (bool) {
        return account == SystemAccounts.FEES || account == SystemAccounts.INSURANCE || _isClearing(account);
    }

    function _isClearing(AccountId account) internal pure returns (bool) {
        return uint256(AccountId.unwrap(account)) >> 32 == 1;
    }

    function _asset(Identity identity, uint256 subject, uint8 first) private view returns (uint8) {
        require(subject >= first && subject <= clearingHouse.collateralCount(), UnknownSubject(identity, subject));
        return uint8(subject);
    }

    function _isBeforeExpiry(BucketId bucket) private view returns (bool) {
        return bucket.isPerpetual() || block.timestamp < bucket.expiry();
    }

    /// @dev A listed bucket's clearing account is in the list from the start.
    function _isListed(BucketId bucket) private view returns (bool) {
        return clearingHouse.isOpen(SystemAccounts.clearing(bucket));
    }
}

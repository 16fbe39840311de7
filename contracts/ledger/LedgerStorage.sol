// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {Delegations} from "../libraries/Delegations.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {OptionWord} from "../types/OptionWord.sol";

/// @notice All that the clearing house stores, its caps and its lock.
/// @dev The base of all pieces of code behind the one address, so that they cannot disagree about a slot.
abstract contract LedgerStorage is ILedger, AccessManaged {
    using Delegations for Delegations.State;

    // Caps that let any account be margined and liquidated within one block.
    uint256 public constant MAX_COLLATERALS = 8;
    uint256 public constant MAX_EXPIRIES = 24;
    /// @dev Strikes with options, over all expiries.
    uint256 public constant MAX_OPTION_STRIKES = 96;
    uint256 public constant MAX_CALLS = 16;
    uint256 internal constant MAX_ASSETS = 15;

    uint256 internal constant BPS = 10_000;

    /// @dev One slot: 10 + 9 + 3 + 2 + 1 + 1 + 1 = 27 bytes. `collateralMask` has bit a set when asset a is held, `perpetualMask` bit u when
    /// the account has a position, or unsettled profit, in the perpetual of underlying u. `expiryCount` buckets are in the account's
    /// list; they have `optionStrikes` option entries together. System accounts bear no interest; while the cash of one is below
    /// zero (INTEREST and DEFICIT only), its `interestIndex` is the time since when.
    struct Account {
        int80 cash;
        uint72 interestIndex;
        uint24 perpetualMask;
        uint16 collateralMask;
        bool isOpen;
        uint8 expiryCount;
        uint8 optionStrikes;
    }

    /// @dev One slot: 1 + 1 + 8 + 8 + 8 + 5 = 31 bytes.
    struct Expiry {
        MarketStatus status;
        uint8 lotExponent;
        uint64 openInterest;
        uint64 optionOpenInterest;
        uint64 openInterestCap;
        uint40 vegaCap;
    }

    /// @dev One slot: 9 + 9 + 2 = 20 bytes. `socialised` is what suppliers bore and nobody has repaid, `kept` (wad) what they kept of a
    /// unit in it, zero when nothing is to be repaid.
    struct Losses {
        uint72 socialised;
        uint72 kept;
        uint16 insuranceShareBps;
    }

    mapping(AccountId account => Account) internal _accounts;
    mapping(AccountId account => mapping(BucketId bucket => Position)) internal _positions;
    mapping(AccountId account => mapping(uint8 asset => uint256)) internal _collateral;
    AccountId[] internal _accountList;

    /// @dev Eight buckets to a slot, the first in the lowest bits.
    mapping(AccountId account => uint256[MAX_EXPIRIES / 8]) internal _expiryLists;
    /// @dev What an account has of one expiry is a sheet, numbered when it is opened and found through the position
    /// (`deleverageIndex`), which is its only holder: all options of an expiry change hands with that number.
    mapping(uint32 sheet => OptionWord[MAX_OPTION_STRIKES / 3]) internal _sheets;

    /// @dev `live.openInterest` of a perpetual counts the futures of its underlying too.
    mapping(BucketId bucket => Perpetual.State) internal _perpetuals;
    mapping(BucketId bucket => Expiry) internal _expiries;
    mapping(InstrumentId option => bool) internal _isOptionListed;
    mapping(uint8 asset => CollateralTerms) internal _collateralTerms;
    mapping(uint8 asset => uint256) internal _collateralTotals;
    mapping(address token => uint8 asset) internal _assets;
    uint8 internal _collateralCount;

    CashPool.State internal _pool;
    Delegations.State internal _delegations;

    // One slot: read together at the end of every batch.
    IRiskEngine internal _riskEngine;
    uint8 internal _paused;
    uint40 internal _liquidationsResumedAt;
    uint32 internal _sheetCount;

    IMarketData internal _marketData;

    Losses internal _losses;
    mapping(BucketId bucket => CloseIndex.Market) internal _closes;
    /// @dev Open interest of all futures of an underlying: what the perpetual's slot counts beside its own.
    mapping(uint8 underlying => uint64) internal _futuresOpenInterest;

    bool internal transient _open;
    /// @dev Set for the moment between `batch` and the function that it calls on this contract.
    bool internal transient _selfCall;
    /// @dev The module that was found to be one in this transaction.
    address internal transient _module;

    /// @dev A user's function runs as a batch of its own, or as one call of the batch that is open. While a batch is open nobody
    /// else comes in: a token's hook finds `_open` set and `_selfCall` not.
    /// @return outermost Whether the caller opened the batch and has to close it.
    function _enterOwn() internal returns (bool outermost) {
        if (!_open) {
            _begin();
            return true;
        }
        require(_selfCall, AlreadyInBatch());
        _selfCall = false;
    }

    /// @dev The same lock as a batch's, for what needs no check at the end: a call of the open batch, or the only thing that runs.
    modifier locked() {
        bool outermost = _enterOwn();
        _;
        if (outermost) _open = false;
    }

    modifier onlyInBatch() {
        require(_open, NotInBatch());
        _;
    }

    /// @dev A module is whoever the access manager lets call `post`: one role for all module functions, looked up once in a transaction.
    modifier onlyModule() {
        if (msg.sender != _module) {
            require(_isModule(msg.sender), UnauthorizedModule(msg.sender));
            _module = msg.sender;
        }
        _;
    }

    function _isModule(address target) internal view returns (bool isModule) {
        (isModule, ) = IAccessManager(authority()).canCall(target, address(this), ITrading.post.selector);
    }

    function _begin() internal {
        require(!_open, AlreadyInBatch());
        _open = true;
        BatchState.begin();
    }

    function _mayAct(AccountId account, address actor, bool forWithdrawal) internal view returns (bool) {
        address owner = account.owner();
        if (owner == address(0)) return false;
        return actor == owner || _delegations.isGranted(owner, actor, forWithdrawal);
    }

    function _openDeficit() internal view returns (uint256) {
        int256 cash = _accounts[SystemAccounts.DEFICIT].cash;
        return cash < 0 ? uint256(-cash) : 0;
    }

    function _isPaused(PausableAction action) internal view returns (bool) {
        return _paused & (1 << uint8(action)) != 0;
    }

    /// @dev Contracts of each side of the perpetual, without the futures that its slot counts too.
    function _ownOpenInterest(BucketId bucket) internal view returns (uint256) {
        return _perpetuals[bucket].live.openInterest - _futuresOpenInterest[bucket.underlying()];
    }

    /// @return bucket The bucket of a listed perpetual.
    function _listed(InstrumentId instrument) internal view returns (BucketId bucket) {
        bucket = instrument.bucket();
        bool listed = instrument.isLinear() && _perpetuals[bucket].live.status != MarketStatus.Unlisted;
        require(listed, UnknownInstrument(instrument));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {AccountId} from "../types/AccountId.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../types/MarketWord.sol";
import {
    Exposure,
    Holding as Token,
    Margin,
    Portfolio,
    toExpiryExposure,
    toExposure,
    toHolding
} from "../types/Portfolio.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice Stands in for the clearing house, the market data and the risk engine in tests of modules: a bare ledger whose
/// margin is simple enough to be worked out by hand, or is what the test says.
/// @dev MM = net rate·|Σ q·p| + gross rate·Σ|q·p| + collateral rate·Σ V, p the price of the underlying whatever the instrument:
/// homogeneous and sub-additive like the real measure. Futures and options are worth the mark that the test sets; options are paid
/// for in cash.
contract LedgerDouble {
    /// @notice Marks were asked for at another price or surface than the ledger's.
    error PricedOtherwise(InstrumentId instrument);

    /// @notice Only an account without equity is deleveraged.
    error NotBelowMaintenance(AccountId account);

    struct Holding {
        InstrumentId instrument;
        int64 quantity;
        int72 quote;
    }

    uint256 private constant BPS = 10_000;

    mapping(uint8 underlying => MarketWord) public words;
    mapping(AccountId account => int256) public cashOf;
    mapping(AccountId account => Holding[]) private _positions;
    mapping(InstrumentId => int256) public marks;
    mapping(BucketId => SurfaceWord) private _surfaces;
    mapping(BucketId => uint8) private _lotExponents;
    mapping(AccountId account => mapping(uint8 asset => uint256)) public collateralOf;
    mapping(uint8 asset => ILedger.CollateralTerms) private _terms;
    mapping(AccountId account => mapping(address actor => bool)) public grants;
    mapping(ILedger.PausableAction action => bool) public isPaused;
    mapping(AccountId account => Margin[]) private _script;
    mapping(AccountId account => uint256) private _scriptIndex;

    uint8 public assetCount;
    uint256 public netRateBps;
    uint256 public grossRateBps;
    uint256 public collateralRateBps;
    uint16 public liquidationTargetBps = 12_500;
    uint40 public sequencerTrustedFrom;
    uint40 public liquidationsResumedAt;

    bool public inBatch;
    uint256 public marginReadings;
    AccountId private _liquidated;
    Margin private _marked;
    AccountId private _others;
    uint256 private _mostCovered;
    mapping(uint8 underlying => bool) private _notClosable;

    // ── set up by the test

    function setPrice(uint8 underlying, uint64 price, PriceStatus status, uint40 updatedAt) external {
        words[underlying] = toMarketWord(price, status, updatedAt);
    }

    /// @notice Who the other side of compulsory closes is, and the most that it pays.
    function setOthers(AccountId others, uint256 most) external {
        (_others, _mostCovered) = (others, most);
    }

    function setClosable(uint8 underlying, bool closable) external {
        _notClosable[underlying] = !closable;
    }

    function setRates(uint256 net, uint256 gross, uint256 collateral) external {
        (netRateBps, grossRateBps, collateralRateBps) = (net, gross, collateral);
    }

    function setTarget(uint16 bps) external {
        liquidationTargetBps = bps;
    }

    function setSequencerTrustedFrom(uint40 time) external {
        sequencerTrustedFrom = time;
    }

    function setLiquidationsResumedAt(uint40 time) external {
        liquidationsResumedAt = time;
    }

    function setPaused(ILedger.PausableAction action, bool paused) external {
        isPaused[action] = paused;
    }

    function setCash(AccountId account, int256 cash) external {
        cashOf[account] = cash;
    }

    function setPosition(AccountId account, InstrumentId instrument, int64 quantity, int72 quote) external {
        Holding storage p = _find(account, instrument);
        (p.quantity, p.quote) = (quantity, quote);
    }

    /// @param mark Of one contract of a future or option, USD with 16 decimals.
    function setMark(InstrumentId instrument, int256 mark) external {
        marks[instrument] = mark;
    }

    function setSurface(BucketId bucket, SurfaceWord surface) external {
        _surfaces[bucket] = surface;
    }

    function setLotExponent(BucketId bucket, uint8 lotExponent) external {
        _lotExponents[bucket] = lotExponent;
    }

    function listCollateral(uint8 underlying, uint8 decimals) external returns (uint8 asset) {
        asset = ++assetCount;
        _terms[asset] = ILedger.CollateralTerms({
            token: address(uint160(asset)),
            underlying: underlying,
            decimals: decimals,
            cap: type(uint128).max,
            minTopUp: 0
        });
    }

    function setCollateral(AccountId account, uint8 asset, uint256 amount) external {
        collateralOf[account][asset] = amount;
    }

    function grant(AccountId account, address actor) external {
        grants[account][actor] = true;
    }

    /// @notice The next readings of the account's margin, whatever it holds.
    function scriptMargin(AccountId account, int256 equity, uint256 maintenance) external {
        _script[account].push(Margin(equity, maintenance, maintenance, 0));
    }

    // ── what modules call

    function enter(address sender, bytes calldata data) external returns (bytes memory result) {
        _open();
        result = Address.functionCall(msg.sender, abi.encodePacked(data, sender));
        _close();
    }

    function batch(ILedger.Call[] calldata calls) external {
        _open();
        for (uint256 i = 0; i < calls.length; ++i) {
            Address.functionCall(calls[i].target, abi.encodePacked(calls[i].data, msg.sender));
        }
        _close();
    }

    function post(
        ILedger.PositionTransfer[] calldata positions,
        ILedger.CashTransfer[] calldata cash,
        ILedger.CollateralTransfer[] calldata collaterals
    ) external {
        require(inBatch, ILedger.NotInBatch());
        for (uint256 i = 0; i < positions.length; ++i) {
            ILedger.PositionTransfer calldata t = positions[i];
            _move(t.from, t.instrument, -t.quantity, -t.quote);
            _move(t.to, t.instrument, t.quantity, t.quote);
        }
        for (uint256 i = 0; i < cash.length; ++i) {
            require(cash[i].amount != 0, ILedger.ZeroAmount());
            cashOf[cash[i].from] -= int256(uint256(cash[i].amount));
            cashOf[cash[i].to] += int256(uint256(cash[i].amount));
            emit ILedger.CashChanged(cash[i].to, cash[i].reason, int256(uint256(cash[i].amount)), cashOf[cash[i].to]);
        }
        for (uint256 i = 0; i < collaterals.length; ++i) {
            collateralOf[collaterals[i].from][collaterals[i].asset] -= collaterals[i].amount;
            collateralOf[collaterals[i].to][collaterals[i].asset] += collaterals[i].amount;
        }
    }

    function markLiquidated(AccountId account) external returns (Margin memory) {
        require(inBatch, ILedger.NotInBatch());
        _liquidated = account;
        _marked = marginOf(account);
        return marginInBatch(account);
    }

    function moveOptions(AccountId from, AccountId to, ILiquidationEngine.PositionPart[] calldata parts) external {
        require(inBatch, ILedger.NotInBatch());
        for (uint256 i = 0; i < parts.length; ++i) {
            (InstrumentId instrument, int64 quantity) = (parts[i].instrument, parts[i].quantity);
            if (instrument.isLinear()) continue;
            int64 held = _find(from, instrument).quantity;
            bool isPart = quantity > 0 ? quantity <= held : quantity >= held;
            require(isPart, ILiquidationEngine.PartExceedsPosition(instrument, quantity, held));
            _move(from, instrument, -quantity, 0);
            _move(to, instrument, quantity, 0);
        }
    }

    function freeze(uint8[] calldata underlyings) external view returns (MarketWord[] memory frozen) {
        require(inBatch, ILedger.NotInBatch());
        frozen = new MarketWord[](underlyings.length);
        for (uint256 i = 0; i < underlyings.length; ++i) {
            frozen[i] = words[underlyings[i]];
        }
    }

    /// @dev Perpetuals go to the other side at the mark, and as much of the deficit as it pays comes back.
    function deleverage(AccountId account, uint256 deficit) external returns (uint256 covered) {
        require(inBatch, ILedger.NotInBatch());
        Margin memory margin = marginOf(account);
        require(margin.equity < int256(margin.maintenance), NotBelowMaintenance(account));
        Holding[] storage list = _positions[account];
        for (uint256 i = 0; i < list.length; ++i) {
            Holding memory p = list[i];
            if (!p.instrument.bucket().isPerpetual() || p.quantity == 0) continue;
            if (_notClosable[p.instrument.bucket().underlying()]) continue;
            int72 quote = int72(_floor(_valueOf(p.instrument, p.quantity)));
            _move(account, p.instrument, -p.quantity, quote);
            _move(_others, p.instrument, p.quantity, -quote);
        }
        covered = Math.min(deficit, _mostCovered);
        cashOf[account] += int256(covered);
        cashOf[_others] -= int256(covered);
    }

    function marginInBatch(AccountId account) public returns (Margin memory) {
        require(inBatch, ILedger.NotInBatch());
        ++marginReadings;
        if (_scriptIndex[account] < _script[account].length) return _script[account][_scriptIndex[account]++];
        return marginOf(account);
    }

    // ── views

    function isAuthorized(AccountId account, address actor, bool) external view returns (bool) {
        return actor == account.owner() || grants[account][actor];
    }

    function storedCashOf(AccountId account) external view returns (int256) {
        return cashOf[account];
    }

    function positionOf(AccountId account, InstrumentId instrument) external view returns (ILedger.Position memory p) {
        Holding[] storage list = _positions[account];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].instrument == instrument) (p.quantity, p.quote) = (list[i].quantity, list[i].quote);
        }
    }

    function quantityOf(AccountId account, InstrumentId instrument) external view returns (int64 quantity) {
        Holding[] storage list = _positions[account];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].instrument == instrument) quantity = list[i].quantity;
        }
    }

    /// @dev One exposure for each position, with the statuses of the prices that it depends on.
    function portfolioOf(AccountId account) external view returns (Portfolio memory p) {
        Holding[] storage list = _positions[account];
        p.cash = cashOf[account];
        p.cashPrice = words[0];
        p.exposures = new Exposure[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            BucketId bucket = list[i].instrument.bucket();
            bool linear = list[i].instrument.isLinear();
            Exposure e = toExposure(bucket, linear ? list[i].quantity : int64(0), 0, words[bucket.underlying()]);
            p.exposures[i] = linear ? e : toExpiryExposure(e, 0, list[i].quantity == 0 ? 0 : 1);
        }
        uint256 count;
        for (uint8 asset = 1; asset <= assetCount; ++asset) {
            if (collateralOf[account][asset] != 0) ++count;
        }
        p.holdings = new Token[](count);
        for (uint8 asset = assetCount; asset > 0; --asset) {
            uint256 held = collateralOf[account][asset];
            if (held == 0) continue;
            ILedger.CollateralTerms storage t = _terms[asset];
            uint64 amount = uint64((held * 1e8) / 10 ** t.decimals);
            p.holdings[--count] = toHolding(asset, t.underlying, amount, amount, words[t.underlying]);
        }
    }

    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory result) {
        result = new SurfaceWord[](buckets.length);
        for (uint256 i = 0; i < buckets.length; ++i) {
            result[i] = _surfaces[buckets[i]];
        }
    }

    /// @dev Insists on what the risk engine would price with: the price and the surface that were set.
    function values(IRiskEngine.Valuation[] calldata items) external view returns (int256[] memory result) {
        result = new int256[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            BucketId bucket = items[i].instrument.bucket();
            require(
                MarketWord.unwrap(items[i].spot) == MarketWord.unwrap(words[bucket.underlying()]),
                PricedOtherwise(items[i].instrument)
            );
            require(
                SurfaceWord.unwrap(items[i].surface) == SurfaceWord.unwrap(_surfaces[bucket]),
                PricedOtherwise(items[i].instrument)
            );
            result[i] = _valueOf(items[i].instrument, items[i].quantity);
        }
    }

    function expiryTerms(BucketId bucket) external view returns (ILedger.ExpiryTerms memory terms) {
        terms.lotExponent = _lotExponents[bucket];
    }

    function collateralTerms(uint8 asset) external view returns (ILedger.CollateralTerms memory) {
        return _terms[asset];
    }

    function riskEngine() external view returns (address) {
        return address(this);
    }

    function marketData() external view returns (address) {
        return address(this);
    }

    function marginOf(AccountId account) public view returns (Margin memory m) {
        int256 net;
        uint256 gross;
        m.equity = cashOf[account];
        Holding[] storage list = _positions[account];
        for (uint256 i = 0; i < list.length; ++i) {
            int256 scaled =
                int256(list[i].quantity) * int256(uint256(words[list[i].instrument.bucket().underlying()].price()));
            m.equity += list[i].quote + _floor(_valueOf(list[i].instrument, list[i].quantity));
            net += scaled;
            gross += SignedMath.abs(scaled);
        }
        uint256 held;
        for (uint8 asset = 1; asset <= assetCount; ++asset) {
            held += _value(account, asset);
        }
        m.equity += int256(held);
        m.collateral = held;
        m.maintenance =
            Math.ceilDiv(SignedMath.abs(net) * netRateBps + gross * grossRateBps, 1e10 * BPS) +
            Math.ceilDiv(held * collateralRateBps, BPS);
        uint64 cashPrice = words[0].price();
        if (cashPrice != 0 && cashPrice < 0.99e8) m.maintenance = Math.ceilDiv(m.maintenance * 1e8, cashPrice);
        m.initial = (m.maintenance * 4) / 3;
    }

    // ── internals

    function _open() private {
        require(!inBatch, ILedger.AlreadyInBatch());
        inBatch = true;
    }

    /// @dev The rule of the clearing house for a liquidated account, on the margin of this ledger.
    function _close() private {
        inBatch = false;
        AccountId account = _liquidated;
        if (account.isSystem()) return;
        _liquidated = AccountId.wrap(0);
        if (_script[account].length != 0) return;
        Margin memory m0 = _marked;
        Margin memory m1 = marginOf(account);
        int256 excess0 = m0.equity - int256(m0.maintenance);
        int256 excess1 = m1.equity - int256(m1.maintenance);
        require(
            excess1 > excess0 && m1.equity * int256(m0.maintenance) >= m0.equity * int256(m1.maintenance),
            ILedger.LiquidationNotImproving(account, excess0, excess1)
        );
    }

    function _move(AccountId account, InstrumentId instrument, int64 quantity, int72 quote) private {
        Holding storage p = _find(account, instrument);
        p.quantity += quantity;
        if (instrument.isLinear()) p.quote += quote;
        else cashOf[account] += quote;
    }

    /// @dev USD with 16 decimals.
    function _valueOf(InstrumentId instrument, int64 quantity) private view returns (int256) {
        BucketId bucket = instrument.bucket();
        if (!bucket.isPerpetual()) return (marks[instrument] * quantity) / 1e8;
        return int256(quantity) * int256(uint256(words[bucket.underlying()].price()));
    }

    function _find(AccountId account, InstrumentId instrument) private returns (Holding storage) {
        Holding[] storage list = _positions[account];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].instrument == instrument) return list[i];
        }
        list.push(Holding(instrument, 0, 0));
        return list[list.length - 1];
    }

    /// @dev Amounts count with 8 decimals, rounded down, as in the portfolio that the real margin is computed from.
    function _value(AccountId account, uint8 asset) private view returns (uint256) {
        ILedger.CollateralTerms storage t = _terms[asset];
        uint256 amount8 = (collateralOf[account][asset] * 1e8) / 10 ** t.decimals;
        return (amount8 * words[t.underlying].price()) / 1e10;
    }

    function _floor(int256 scaled) private pure returns (int256) {
        return scaled >= 0 ? scaled / 1e10 : -int256(Math.ceilDiv(uint256(-scaled), 1e10));
    }
}

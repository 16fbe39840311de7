// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Exposure, Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {SurfaceStatus} from "../../contracts/types/SurfaceWord.sol";
import {OptionTraders} from "../support/OptionTraders.sol";

/// @notice The stage of a campaign: accounts, what actions are counted as, and what is compared before and after each of them.
/// @dev An action that the house refuses reverts and leaves nothing behind. One that succeeds is judged here, at the prices it ran
/// at, against figures taken before it: what the ledger concluded on its own is never asked.
abstract contract Campaign is OptionTraders {
    /// @dev Rules that can only be seen while an action runs. A broken one keeps its first description.
    enum Rule {
        MarginRule,
        NoGainFromTrading,
        NoExportedBadDebt,
        LiquidationImproves,
        SettlementKeepsEquity,
        SessionKeyBound,
        DepositsAndClosesPass,
        ExpiryPaysExactly,
        StaleSurfacesStopIncreases,
        MeasuredStep,
        CorrelationStep,
        RightSamplesPass,
        OnlyTheRoundInForce,
        DepthWithinBounds,
        AuctionPrice,
        AuctionImproves,
        WhoPays,
        DeleveragingBound,
        RiskiestFirst,
        EndOfMarket,
        FundShares,
        FundExits,
        EqualPayouts,
        LossSharing,
        Liveness
    }

    struct Judged {
        AccountId account;
        Portfolio portfolio;
        Margin margin;
        InstrumentId[] instruments;
        int64[] quantities;
    }

    /// @dev Of one judged action: roundings of marks and costs, in millionths of a dollar.
    int256 internal constant ROUNDING = 16;
    uint256 internal constant DUST_VALUE = 100e6;
    uint256 internal constant CLOSE_LOSS_BPS = 1_000;

    AccountId[] internal accounts;
    mapping(address owner => address key) internal sessionKeyOf;

    mapping(Rule => string) internal breachOf;
    string[] internal actionNames;
    mapping(bytes32 nameHash => uint256) internal successes;
    uint256 internal totalSuccesses;
    /// @dev By asset: what came in through deposits less what was paid out.
    int256[3] internal netDeposits;

    constructor() {
        deployHouse();
        string[5] memory owners = ["alice", "bob", "carol", "dave", "keeper"];
        for (uint256 i = 0; i < owners.length; ++i) {
            address owner = newOwner(owners[i]);
            (address delegate, uint256 key) = makeAddrAndKey(string.concat(owners[i], "'s session key"));
            sessionKeyOf[owner] = delegate;
            keyOf[delegate] = key;
            accounts.push(toAccountId(owner, 0));
            if (i < 2) accounts.push(toAccountId(owner, 1));
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 cash = i == accounts.length - 1 ? 5_000_000e6 : 200_000e6;
            depositCash(accounts[i], cash);
            netDeposits[0] += int256(cash);
        }
    }

    // ───────────────────────────────────────────── counting

    function succeeded(string memory name) internal {
        bytes32 nameHash = keccak256(bytes(name));
        if (successes[nameHash]++ == 0) actionNames.push(name);
        ++totalSuccesses;
        watch();
    }

    /// @dev The risk engine remembers margins for the rest of a transaction, in which time stands still. A campaign moves time in the
    /// middle of one.
    function forget() internal virtual {}

    /// @dev For figures that must be followed from action to action.
    function watch() internal virtual {}

    function successesOf(string calldata name) external view returns (uint256) {
        return successes[keccak256(bytes(name))];
    }

    function names() external view returns (string[] memory) {
        return actionNames;
    }

    function figures(string memory what, Margin memory m0, Margin memory m1) internal pure returns (string memory) {
        string memory before = string.concat(vm.toString(m0.equity), " / ", vm.toString(m0.maintenance));
        return string.concat(what, ": ", before, " to ", vm.toString(m1.equity), " / ", vm.toString(m1.maintenance));
    }

    function breach(Rule rule, string memory description) internal {
        if (bytes(breachOf[rule]).length == 0) breachOf[rule] = description;
    }

    // ───────────────────────────────────────────── choosing

    function pick(uint256 seed) internal view returns (AccountId) {
        return accounts[seed % accounts.length];
    }

    /// @dev Another owner's account.
    function pickOther(AccountId than, uint256 seed) internal view returns (AccountId) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId candidate = accounts[(seed + i) % accounts.length];
            if (candidate.owner() != than.owner()) return candidate;
        }
        revert("no other owner");
    }

    function pickUnderlying(uint256 seed) internal pure returns (uint8) {
        return uint8(1 + (seed % UNDERLYINGS));
    }

    function range(uint256 seed, uint256 from, uint256 to) internal pure returns (uint256) {
        return from + (seed % (to - from + 1));
    }

    function two(AccountId a, AccountId b) internal pure returns (AccountId[] memory list) {
        list = new AccountId[](2);
        (list[0], list[1]) = (a, b);
    }

    // ───────────────────────────────────────────── judging

    function observe(AccountId[] memory list) internal returns (Judged[] memory before) {
        before = new Judged[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            before[i] = observeOne(list[i]);
        }
    }

    /// @dev Interest first: a margin counts it up to the last accrual, and any action may be the next.
    function observeOne(AccountId account) internal returns (Judged memory j) {
        house.accrueInterest();
        j.account = account;
        j.portfolio = house.portfolioOf(account);
        j.margin = riskEngine.assess(j.portfolio);
        j.instruments = house.instrumentsOf(account);
        j.quantities = new int64[](j.instruments.length);
        for (uint256 i = 0; i < j.instruments.length; ++i) {
            j.quantities[i] = house.quantityOf(account, j.instruments[i]);
        }
    }

    /// @dev For actions among accounts: nobody brings money in or takes it out.
    /// @param fees Trading fees that were taken. @param rounding How much roundings may add up to.
    function judgeTrade(Judged[] memory before, uint256 fees, int256 rounding) internal {
        int256 gain;
        int256 badDebtChange;
        for (uint256 i = 0; i < before.length; ++i) {
            Portfolio memory p1 = house.portfolioOf(before[i].account);
            Margin memory m1 = riskEngine.assess(p1);
            judgeMargin(before[i].margin, m1, fees);
            _judgeSurfaces(before[i], p1);
            gain += m1.equity - before[i].margin.equity;
            badDebtChange += negativePart(before[i].margin.equity) - negativePart(m1.equity);
        }
        if (gain + int256(fees) > rounding) breach(Rule.NoGainFromTrading, "accounts gained together");
        if (badDebtChange > rounding) breach(Rule.NoExportedBadDebt, "a trade made bad debt");
    }

    /// @dev Who ends with more of anything than before has a fresh surface for every expiry that it holds something in and that is not
    /// settled. What is left of a future that was closed is a claim, worth the same at any price.
    function _judgeSurfaces(Judged memory before, Portfolio memory afterwards) private {
        bool allFresh = true;
        uint256 next;
        for (uint256 i = 0; i < afterwards.exposures.length; ++i) {
            Exposure e = afterwards.exposures[i];
            if (e.bucket().isPerpetual()) continue;
            SurfaceStatus status = afterwards.surfaces[next++].status();
            bool isHeld = e.quantity() != 0 || e.optionWords() != 0;
            if (isHeld && status != SurfaceStatus.Fresh && status != SurfaceStatus.Settled) allFresh = false;
        }
        if (allFresh) return;
        InstrumentId[] memory held = house.instrumentsOf(before.account);
        for (uint256 i = 0; i < held.length; ++i) {
            int64 was;
            for (uint256 j = 0; j < before.instruments.length; ++j) {
                if (before.instruments[j] == held[i]) was = before.quantities[j];
            }
            int64 now_ = house.quantityOf(before.account, held[i]);
            bool less = was >= 0 ? now_ >= 0 && now_ <= was : now_ <= 0 && now_ >= was;
            if (!less) return breach(Rule.StaleSurfacesStopIncreases, "a position grew on a stale surface");
        }
        succeeded("trade on a stale surface");
    }

    /// @dev The rule at the end of section 3 of the method, in its own words.
    function judgeMargin(Margin memory m0, Margin memory m1, uint256 fees) internal {
        if (m1.equity >= int256(m1.initial)) return;
        int256 excess0 = m0.equity - int256(m0.maintenance);
        bool safer =
            m1.equity - int256(m1.initial) >= m0.equity - int256(m0.initial) &&
                m1.equity - int256(m1.maintenance) >= excess0;
        if (!safer) breach(Rule.MarginRule, "below initial margin and not safer");
        int256 loss = m0.equity - m1.equity;
        if (loss <= 0) return;
        uint256 allowed = m1.equity < 0 ? 0 : fees;
        if (excess0 >= 0 && m0.maintenance > m1.maintenance) {
            allowed += ((m0.maintenance - m1.maintenance) * CLOSE_LOSS_BPS) / 10_000;
        }
        if (uint256(loss) > allowed) breach(Rule.MarginRule, "a close lost too much");
    }

    /// @dev Margins see 8 decimals of a token: moving some may shift what two accounts see by a unit each.
    function tokenRounding() internal view returns (int256) {
        return ROUNDING + 2 * int256((uint256(priceOf(ETH)) + priceOf(BTC)) / 1e10 + 2);
    }

    function negativePart(int256 x) internal pure returns (int256) {
        return x < 0 ? x : int256(0);
    }

    function feesCollected() internal view returns (uint256) {
        return uint256(house.storedCashOf(SystemAccounts.FEES));
    }
}

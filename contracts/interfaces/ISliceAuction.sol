// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {ILiquidationEngine} from "./ILiquidationEngine.sol";

/// @title Slice auction, second and third stage of the waterfall
/// @notice What margin relief does not cure is sold in slices at one falling price for the whole account, which goes on below zero:
/// there the insurance account pays. At every equity there is a price at which somebody gains by taking the account over.
/// @dev The price is P(s) = top − s·(top − bottom), s from 0 to 1 over `durationSeconds`, top = E less the first discount of it where
/// E > 0, bottom = min(E, 0) − MM. Parts move at the mark, which changes nobody's equity, so buying a slice at P means earning the discount
/// E − P on it. A slice is measured by the maintenance margin that it takes away: discount·(MM − MM')/MM. For a slice pro rata that
/// is the share sold; for any other choice of parts it is what the choice relieves, so nothing is gained by choosing.
interface ISliceAuction {
    /// @param durationSeconds From the first to the lowest price; 60 seconds to one day.
    /// @param reliefSeconds How long an account with equity is left to margin relief before an auction may start; at most one day.
    /// @param firstDiscountBps Discount of the first price from positive equity; at most 2,000.
    /// @param insuranceShareBps Most of the insurance account's cash that one call may draw; 100 to 10,000.
    struct AuctionParameters {
        uint32 durationSeconds;
        uint32 reliefSeconds;
        uint16 firstDiscountBps;
        uint16 insuranceShareBps;
    }

    event AuctionStarted(AccountId indexed account, int256 equity, uint256 maintenance);
    event AuctionEnded(AccountId indexed account, int256 equity, uint256 maintenance);
    /// @param price Of the whole account when the slice was sold. @param discount Paid to the bidder. @param insurancePaid Out of the
    /// insurance account. USD, 6 decimals.
    event SliceSold(
        AccountId indexed account,
        AccountId indexed bidder,
        ILiquidationEngine.PositionPart[] positions,
        ILiquidationEngine.CollateralPart[] collaterals,
        int256 price,
        uint256 discount,
        uint256 insurancePaid,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    );
    /// @notice An account that holds nothing but a debt was paid out by the insurance account. @param left What could not be paid.
    event DeficitCovered(AccountId indexed account, uint256 paid, uint256 left);
    event AuctionParametersSet(AuctionParameters parameters);

    /// @notice Margin relief has the account until then: an account with equity must be flagged (ILiquidationEngine.flag) and wait.
    /// @param availableFrom Zero while it is not flagged.
    error AuctionTooEarly(AccountId account, uint40 availableFrom);
    error AuctionRunning(AccountId account);
    error NoAuction(AccountId account);
    /// @notice The insurance account cannot pay its part of this slice. @param available Most that one call may draw now.
    error InsuranceExhausted(uint256 needed, uint256 available);
    /// @notice The account still has positions or tokens, or owes nothing.
    error NoBareDeficit(AccountId account, int256 equity, uint256 maintenance);

    /// @notice Starts the auction of an account below maintenance margin: at once if its equity is gone, otherwise when relief has had its
    /// time. Ends it when the account recovered. Anyone may call.
    function start(AccountId account) external;

    /// @notice Takes parts of the account over at the mark and pays the slice's discount to the bidder, out of the account and, below a
    /// price of zero, out of the insurance account. Requirements: those of ILiquidationEngine.liquidate, but equity may be gone; an auction
    /// runs. E − MM of the account rises, E/MM never falls.
    /// @param request `minReward` is the least discount (USD, 6 decimals) for this slice that the bidder accepts.
    function bid(ILiquidationEngine.Request calldata request) external;

    /// @notice Pays the debt of an account that has nothing else from the insurance account, as far as it reaches. Anyone may call.
    function coverDeficit(AccountId account) external;

    /// @notice Price of the whole account now, USD with 6 decimals; below zero the insurance account would pay.
    /// Equity and maintenance margin are those at the prices the feeds have now, `elapsed` the seconds that count.
    function quote(
        AccountId account
    ) external view returns (int256 price, int256 equity, uint256 maintenance, uint256 elapsed);

    /// @notice When the auction started; zero if none runs.
    function startedAt(AccountId account) external view returns (uint40);
    function auctionParameters() external view returns (AuctionParameters memory);

    /// @notice Requirements: risk role; the bounds of the struct.
    function setAuctionParameters(AuctionParameters calldata parameters) external;
}

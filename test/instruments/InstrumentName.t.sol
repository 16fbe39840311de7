// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {InstrumentName} from "../../contracts/instruments/InstrumentName.sol";
import {InstrumentId, optionOf, perpetualOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {MAX_STRIKE_EXPONENT, packStrike, Strike, toStrike} from "../../contracts/types/Strike.sol";

contract InstrumentNameTest is Test {
    // Hours since 1970 from the calendar: `date -u -d "2026-03-27 08:00" +%s` / 3600.
    uint24 private constant MAR_27_2026_08 = 492_944;
    uint24 private constant MAR_27_2026_16 = 492_952;
    uint24 private constant OCT_01_2026_08 = 497_456;
    uint24 private constant JUN_30_2026_08 = 495_224;
    uint24 private constant FEB_29_2028_00 = 509_832;
    uint24 private constant JAN_05_2026_08 = 491_000;
    uint24 private constant DEC_31_2099_23 = 1_139_567;
    uint24 private constant JAN_01_2000_00 = 262_968;

    function test_NamesAsPeopleWriteThem() public pure {
        _assertName(perpetualOf(1), "ETH-PERP");
        _assertName(toBucketId(1, MAR_27_2026_08).linear(), "ETH-27MAR26");
        _assertName(toBucketId(1, MAR_27_2026_16).linear(), "ETH-27MAR26T16");
        _assertName(toBucketId(1, JAN_05_2026_08).linear(), "ETH-5JAN26");
        _assertName(toBucketId(1, OCT_01_2026_08).linear(), "ETH-1OCT26");
        _assertName(toBucketId(1, OCT_01_2026_08 + 4).linear(), "ETH-1OCT26T12");
        _assertName(toBucketId(1, FEB_29_2028_00).linear(), "ETH-29FEB28T00");
        _assertName(toBucketId(1, JAN_01_2000_00).linear(), "ETH-1JAN00T00");
        _assertName(toBucketId(1, DEC_31_2099_23).linear(), "ETH-31DEC99T23");
        _assertName(_option(MAR_27_2026_08, true, 3_000e8), "ETH-27MAR26-3000-C");
        _assertName(_option(MAR_27_2026_08, false, 3_000e8), "ETH-27MAR26-3000-P");
        _assertName(_option(JUN_30_2026_08, true, 0.625e8), "ETH-30JUN26-0d625-C");
        _assertName(_option(JUN_30_2026_08, true, 1), "ETH-30JUN26-0d00000001-C");
        _assertName(_option(JUN_30_2026_08, true, 2.05e8), "ETH-30JUN26-2d05-C");
        _assertName(_option(MAR_27_2026_16, false, 104_857_500_000e8), "ETH-27MAR26T16-104857500000-P");
    }

    /// @dev The symbol of another underlying, or of none, is read as it stands.
    function test_ReadsTheSymbolWithoutKnowingIt() public pure {
        (bool ok, string memory symbol, InstrumentId id) = InstrumentName.parse("1INCH-27MAR26");
        assertTrue(ok);
        assertEq(symbol, "1INCH");
        assertEq(InstrumentId.unwrap(id), uint64(MAR_27_2026_08) << 32);
    }

    function testFuzz_EveryInstrumentHasOneName(
        uint24 expiryHours,
        bool isCall,
        uint256 mantissa,
        uint8 exponent
    ) public pure {
        expiryHours = uint24(bound(expiryHours, InstrumentName.FIRST_HOUR, InstrumentName.END_HOUR - 1));
        exponent = uint8(bound(exponent, 0, MAX_STRIKE_EXPONENT));
        mantissa = bound(mantissa, 1, 1 << 20) - 1;
        if (mantissa == 0) {
            _assertRoundTrip(toBucketId(0, expiryHours).linear());
            return;
        }
        Strike strike = packStrike(mantissa, exponent);
        if (!strike.isCanonical()) (strike, ) = toStrike(strike.price());
        assertTrue(strike.isCanonical());
        _assertRoundTrip(optionOf(toBucketId(0, expiryHours), isCall, strike));
    }

    /// @dev Were there two codes of one strike, an account could hold one option twice.
    function testFuzz_AStrikeHasOneCode(uint24 code) public pure {
        Strike strike = Strike.wrap(code);
        vm.assume(strike.isCanonical());
        (Strike again, bool exact) = toStrike(strike.price());
        assertTrue(exact);
        assertEq(Strike.unwrap(again), code);
    }

    /// @dev Every day of the century at the usual hour, without a suffix.
    function testFuzz_EveryDayHasAName(uint16 day) public pure {
        uint24 first = InstrumentName.FIRST_HOUR + 8;
        _assertRoundTrip(toBucketId(0, first + 24 * uint24(bound(day, 0, 36_524))).linear());
    }

    /// @dev Whatever is read is written back letter for letter: no instrument has two names.
    function testFuzz_NothingElseIsAName(bytes memory text) public pure {
        (bool ok, string memory symbol, InstrumentId id) = InstrumentName.parse(string(text));
        if (ok) assertEq(InstrumentName.toName(id, symbol), string(text));
    }

    /// @dev One letter of a good name replaced by any other byte gives another instrument or none.
    function testFuzz_ALetterMakesADifference(uint256 position, bytes1 letter) public pure {
        bytes memory name = "ETH-27MAR26T16-30d5-C";
        (, , InstrumentId id) = InstrumentName.parse(string(name));
        position = bound(position, 4, name.length - 1);
        vm.assume(letter != name[position]);
        name[position] = letter;
        (bool ok, , InstrumentId other) = InstrumentName.parse(string(name));
        assertTrue(!ok || !(other == id));
    }

    function test_ReadsNothingElse() public pure {
        string[35] memory names = [
            "",
            "-",
            "--",
            "---",
            "ETH",
            "ETH-",
            "ETH-PERP-",
            "ETH-perp",
            "ETH-PERP-3000-C",
            "ETH-27MAR26-",
            "ETH-27MAR26-3000",
            "ETH-27MAR26-3000-",
            "ETH-27MAR26-3000-X",
            "ETH-27MAR26-3000-c",
            "ETH-27MAR26-3000-C-C",
            "ETH-27MAR26--C",
            "ETH-27MAR26-0-C",
            "ETH-27MAR26-03000-C",
            "ETH-27MAR26-3000d-C",
            "ETH-27MAR26-3000d0-C",
            "ETH-27MAR26-d5-C",
            "ETH-27MAR26-0d123456789-C",
            "ETH-27MAR26-1d1d1-C",
            "ETH-27MAR26-3.5-C",
            "ETH-27MAR26-1234567-C",
            "ETH-27MAR26-184467440738-C",
            "ETH-27MAR26T08",
            "ETH-27MAR26T24",
            "ETH-27MAR26T4",
            "ETH-07MAR26",
            "ETH-31FEB26",
            "ETH-0MAR26",
            "ETH-27MARCH26",
            "ETH-27ARA26",
            "ETH-27MAR2026"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            (bool ok, , ) = InstrumentName.parse(names[i]);
            assertFalse(ok, names[i]);
        }
        (bool longOk, , ) = InstrumentName.parse(
            "ETH-27MAR26-99999999999999999999999999999999999999999999999999999999-C"
        );
        assertFalse(longOk);
    }

    function test_OnlyThisCenturyHasNames() public pure {
        assertTrue(InstrumentName.isNameable(perpetualOf(1).bucket()));
        assertTrue(InstrumentName.isNameable(toBucketId(1, JAN_01_2000_00)));
        assertTrue(InstrumentName.isNameable(toBucketId(1, DEC_31_2099_23)));
        assertFalse(InstrumentName.isNameable(toBucketId(1, JAN_01_2000_00 - 1)));
        assertFalse(InstrumentName.isNameable(toBucketId(1, DEC_31_2099_23 + 1)));
    }

    function _assertName(InstrumentId id, string memory name) private pure {
        assertEq(InstrumentName.toName(id, "ETH"), name);
        (bool ok, string memory symbol, InstrumentId read) = InstrumentName.parse(name);
        assertTrue(ok, name);
        assertEq(symbol, "ETH");
        // Read without the underlying.
        assertEq(InstrumentId.unwrap(read), uint56(InstrumentId.unwrap(id)));
    }

    function _assertRoundTrip(InstrumentId id) private pure {
        (bool ok, string memory symbol, InstrumentId read) = InstrumentName.parse(InstrumentName.toName(id, "A0"));
        assertTrue(ok);
        assertEq(symbol, "A0");
        assertEq(InstrumentId.unwrap(read), InstrumentId.unwrap(id));
    }

    function _option(uint24 expiryHours, bool isCall, uint64 price) private pure returns (InstrumentId) {
        (Strike strike, bool exact) = toStrike(price);
        assertTrue(exact);
        return optionOf(toBucketId(1, expiryHours), isCall, strike);
    }
}

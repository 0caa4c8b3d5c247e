"""Codes hold no nonsense, and their errors name the field, what was found and what was wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.codes import (
    Code,
    CountryCode,
    EntryNumber,
    EntryType,
    FilerCode,
    HtsCode,
    Mid,
    Scac,
    ScheduleD,
    ScheduleK,
    TransportMode,
    Unlocode,
    check_digit,
    iso_countries,
)
from app.core.errors import InvalidField

GOOD: list[tuple[type[Code], str]] = [
    (CountryCode, "CN"),
    (CountryCode, "NA"),
    (CountryCode, "XK"),
    (HtsCode, "0902300015"),
    (HtsCode, "620140"),
    (FilerCode, "B76"),
    (FilerCode, "001"),
    (EntryNumber, "B7603245278"),
    (Mid, "CNEXATRA12DAN"),
    (Mid, "XQMONFURMON"),
    (ScheduleD, "2704"),
    (ScheduleK, "57051"),
    (Unlocode, "CNDDG"),
    (Unlocode, "USLA9"),
    (EntryType, "01"),
    (TransportMode, "11"),
    (Scac, "OOLU"),
]

BAD: list[tuple[type[Code], object]] = [
    (CountryCode, "cn"),
    (CountryCode, "ZZ"),
    (CountryCode, "CHN"),
    (CountryCode, None),
    (HtsCode, 902300015),
    (HtsCode, "12345"),
    (HtsCode, "12345678901"),
    (HtsCode, "0012300015"),
    (HtsCode, "٠٩٠٢٣٠"),
    (HtsCode, "090230\n"),
    (FilerCode, "000"),
    (FilerCode, "b76"),
    (EntryNumber, "B76-0324527"),
    (EntryNumber, "00003245278"),
    (EntryNumber, "B7603245278-"),
    (Mid, "CN EXA"),
    (Mid, "ZZEXATRA12DAN"),
    (Mid, "CNEXATRA12DANXXX"),
    (Mid, "CNDA"),
    (ScheduleD, "270"),
    (ScheduleK, "5705A"),
    (Unlocode, "CNDD1"),
    (Unlocode, "ZZAAA"),
    (EntryType, "1"),
    (TransportMode, "vessel"),
    (Scac, "OOLU1"),
]


@pytest.mark.parametrize(("kind", "raw"), GOOD)
def test_a_code_keeps_its_digits_and_letters(kind: type[Code], raw: str) -> None:
    assert kind(raw) == raw


@pytest.mark.parametrize(("kind", "raw"), BAD)
def test_a_refused_code_names_field_found_and_wanted(kind: type[Code], raw: object) -> None:
    with pytest.raises(InvalidField) as refused:
        kind(raw)
    assert refused.value.field == kind.field
    assert refused.value.problem == kind.problem
    assert kind.wanted in refused.value.message


def test_a_refusal_repeats_at_most_24_characters_of_what_was_sent() -> None:
    with pytest.raises(InvalidField) as refused:
        HtsCode("9" * 5_000)
    assert len(refused.value.message) < 120


def test_a_problem_is_placed_by_a_json_pointer() -> None:
    with pytest.raises(InvalidField) as refused:
        HtsCode("x")
    placed = refused.value.at("/lines/0/hts")
    assert (placed.pointer, placed.code) == ("/lines/0/hts", "invalid_hts")


def test_hts_parts_are_prefixes_with_their_leading_zero() -> None:
    code = HtsCode("0902300015")
    assert (code.chapter, code.heading, code.subheading) == ("09", "0902", "090230")


def test_an_entry_number_is_kept_without_and_printed_with_dashes() -> None:
    number = EntryNumber("B76-0324527-8")
    assert number == "B7603245278"
    assert number.printed == "B76-0324527-8"
    assert number.filer_code == "B76"
    assert number.has_valid_check_digit
    assert not EntryNumber("B76-0324527-9").has_valid_check_digit


def test_check_digit_of_the_worked_example_is_8() -> None:
    assert check_digit("B760324527") == "8"


@given(st.from_regex(r"[A-Z0-9]{3}[0-9]{7}", fullmatch=True))
def test_one_wrong_digit_is_always_noticed(first_ten: str) -> None:
    right = check_digit(first_ten)
    place = 3 + sum(map(ord, first_ten)) % 7
    changed = str((int(first_ten[place]) + 1) % 10)
    assert check_digit(first_ten[:place] + changed + first_ten[place + 1 :]) != right


def test_letters_count_1_to_9_1_to_9_2_to_9() -> None:
    values = [check_digit("0" * 8 + letter + "0") for letter in "AIJRSZ"]
    assert values == ["9", "1", "9", "1", "8", "1"]


def test_a_mid_country_is_its_first_two_letters_and_a_province_is_canada() -> None:
    assert Mid("CNEXATRA12DAN").country == "CN"
    assert Mid("XQMONFURMON").country == "CA"


def test_a_unlocode_loses_its_space_and_knows_its_country() -> None:
    assert Unlocode("CN DDG") == "CNDDG"
    assert Unlocode("CNDDG").country == "CN"
    assert Unlocode("XZAAA").country is None


def test_every_iso_country_is_a_country() -> None:
    assert len(iso_countries()) > 240
    assert all(CountryCode(code) == code for code in iso_countries())

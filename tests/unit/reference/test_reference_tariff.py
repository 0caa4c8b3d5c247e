"""Tariff codes: what was in force when, at the depth the tables know."""

from datetime import date

import pytest

from app.core.codes import HtsCode
from app.core.errors import ReferenceRefused
from app.core.reference import HtsStatus
from tests.reference_packs import row, small_pack

BEFORE, IN_2021, IN_2023, IN_2026 = (date(year, 6, 1) for year in (2024, 2021, 2023, 2026))


def status(code: str, on: date, **tables: list[dict[str, str]]) -> HtsStatus:
    return small_pack(**tables).hts_status(HtsCode(code), on)


def test_a_subheading_in_force_is_valid() -> None:
    assert status("610910", IN_2021) is HtsStatus.VALID


def test_a_subheading_is_obsolete_after_its_edition_and_before_it() -> None:
    rows = [
        row("hs6", hs6="854140", effective_to="2022-01-01"),
        row("hs6", hs6="854142", effective_from="2022-01-01"),
    ]
    assert status("854140", IN_2021, hs6=rows) is HtsStatus.VALID
    assert status("854140", date(2022, 1, 1), hs6=rows) is HtsStatus.OBSOLETE
    assert status("854142", IN_2021, hs6=rows) is HtsStatus.OBSOLETE
    assert status("854142", date(2022, 1, 1), hs6=rows) is HtsStatus.VALID


def test_a_subheading_that_came_back_is_valid_in_both_spans() -> None:
    rows = [
        row("hs6", hs6="854140", effective_from="", effective_to="2012-01-01"),
        row("hs6", hs6="854140", effective_from="2022-01-01"),
    ]
    assert status("854140", date(1990, 1, 1), hs6=rows) is HtsStatus.VALID
    assert status("854140", IN_2021, hs6=rows) is HtsStatus.OBSOLETE
    assert status("854140", IN_2023, hs6=rows) is HtsStatus.VALID


def test_a_subheading_outside_the_table_is_unknown() -> None:
    assert status("010101", IN_2023) is HtsStatus.UNKNOWN


@pytest.mark.parametrize("code", ["610910", "6109100", "61091000", "610910000", "6109100012"])
def test_every_depth_of_a_known_code_is_valid(code: str) -> None:
    assert status(code, IN_2026) is HtsStatus.VALID


@pytest.mark.parametrize("code", ["6109109", "61091099", "6109100099", "610910009"])
def test_digits_the_national_table_lacks_are_unknown(code: str) -> None:
    assert status(code, IN_2026) is HtsStatus.UNKNOWN


def test_before_the_first_snapshot_only_the_subheading_is_checked() -> None:
    assert status("6109100099", BEFORE) is HtsStatus.VALID


def test_a_code_that_ends_at_eight_digits_takes_zeros_only() -> None:
    rows = [row("hts", suffixes="")]
    assert status("6109100000", IN_2026, hts=rows) is HtsStatus.VALID
    assert status("6109100010", IN_2026, hts=rows) is HtsStatus.UNKNOWN


def test_a_national_code_is_obsolete_once_an_edition_dropped_it() -> None:
    rows = [row("hts", hts8="61091000"), row("hts", hts8="61091090", effective_to="2026-01-01")]
    assert status("61091090", date(2025, 12, 31), hts=rows) is HtsStatus.VALID
    assert status("61091090", date(2026, 1, 1), hts=rows) is HtsStatus.OBSOLETE


def test_a_national_code_newer_than_the_day_is_not_refused() -> None:
    rows = [row("hts", hts8="61091000"), row("hts", hts8="61091090", effective_from="2026-01-01")]
    assert status("61091090", date(2025, 6, 1), hts=rows) is HtsStatus.VALID


def test_chapters_98_and_99_are_known_to_the_national_table_alone() -> None:
    rows = [row("hts", hts8="98010010", suffixes="12"), row("hts")]
    assert status("9801001012", IN_2026, hts=rows) is HtsStatus.VALID
    assert status("980100", IN_2026, hts=rows) is HtsStatus.VALID
    assert status("9903880100", IN_2026, hts=rows) is HtsStatus.UNKNOWN


@pytest.mark.parametrize(
    ("table", "cells", "message"),
    [
        ("hs6", {"hs6": "61091"}, r"hs6.csv row 2: hs6 is '61091', wanted 6 digits"),
        ("hs6", {"effective_to": "soon"}, r"hs6.csv row 2: effective_to is 'soon'"),
        ("hts", {"hts8": "6109100x"}, r"hts.csv row 2: hts8 is '6109100x'"),
        ("hts", {"suffixes": "04;1"}, r"hts.csv row 2: suffix is '1', wanted 2 digits"),
        ("hts", {"suffixes": "0x"}, r"hts.csv row 2: suffix is '0x'"),
    ],
)
def test_a_malformed_code_or_date_is_refused_naming_the_row(
    table: str, cells: dict[str, str], message: str
) -> None:
    with pytest.raises(ReferenceRefused, match=message):
        small_pack(**{table: [row(table, **cells)]})

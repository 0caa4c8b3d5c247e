"""Valuation and declaration features, and the words for what is missing."""

import runpy
from datetime import date
from decimal import Decimal
from math import isnan, log, nan

import pytest

from app.core.entry import Entry
from app.core.features import catalogue_markdown, unknowns
from tests.filings import busy_history, entry, facts_of, line, party, value_of

_FULL = entry(
    line(
        entered_value_usd=Decimal(400),
        gross_weight_kg=Decimal(8),
        quantity=Decimal(16),
        duty_rate_percent=Decimal("27.7"),
        preference="KR",
        manufacturer=party("CN", "CNEXATRA12DAN", name="Maker", city="Dandong"),
        seller=party(name="Seller"),
    ),
    line(2, entered_value_usd=Decimal(100), gross_weight_kg=Decimal(0), quantity=Decimal(0)),
    importer=party(number="77"),
    filer_code="B76",
    export="CN",
    route=("CNSHA",),
    export_date=date(2026, 11, 1),
    arrival_date=date(2026, 11, 20),
    mode="11",
    entry_type="01",
)
_BARE = entry(line(entered_value_usd=Decimal(0)))


@pytest.mark.parametrize(
    ("name", "filed", "place", "wanted"),
    [
        ("valuation.log_value", _FULL, 0, log(401)),
        ("valuation.log_value", _BARE, 0, 0.0),
        ("valuation.log_weight", _FULL, 0, log(8)),
        ("valuation.log_weight", _FULL, 1, nan),
        ("valuation.log_value_per_kg", _FULL, 0, log(400) - log(8)),
        ("valuation.log_value_per_kg", _BARE, 0, nan),
        ("valuation.log_value_per_unit", _FULL, 0, log(400) - log(16)),
        ("valuation.log_value_per_unit", _FULL, 1, nan),
        ("valuation.log_kg_per_unit", _FULL, 0, log(8) - log(16)),
        ("valuation.round_value", _FULL, 0, 1.0),
        ("valuation.round_value", entry(line(entered_value_usd=Decimal("400.01"))), 0, 0.0),
        ("valuation.round_value", _BARE, 0, 0.0),
        ("valuation.no_value", _BARE, 0, 1.0),
        ("valuation.no_value", _FULL, 0, 0.0),
        ("valuation.no_weight", _FULL, 1, 1.0),
        ("valuation.no_weight", _FULL, 0, 0.0),
        ("valuation.no_weight", _BARE, 0, nan),
        ("valuation.share_of_entry", _FULL, 0, 0.8),
        ("valuation.share_of_entry", _BARE, 0, nan),
        ("declaration.duty_rate", _FULL, 0, 27.7),
        ("declaration.duty_rate", _FULL, 1, nan),
        ("declaration.preference_claimed", _FULL, 0, 1.0),
        ("declaration.preference_claimed", _BARE, 0, 0.0),
        ("declaration.by_vessel", _FULL, 0, 1.0),
        ("declaration.by_vessel", _BARE, 0, nan),
        ("declaration.in_container", _FULL, 0, 1.0),
        ("declaration.in_container", entry(mode="40"), 0, 0.0),
        ("declaration.in_container", _BARE, 0, nan),
        ("declaration.overland", entry(mode="30"), 0, 1.0),
        ("declaration.by_air", entry(mode="40"), 0, 1.0),
        ("declaration.by_air", _FULL, 0, 0.0),
        ("declaration.informal", entry(entry_type="11"), 0, 1.0),
        ("declaration.informal", _FULL, 0, 0.0),
        ("declaration.informal", _BARE, 0, nan),
        ("declaration.lines", _FULL, 0, 2.0),
        ("declaration.missing_facts", _FULL, 0, 0.0),
        ("declaration.missing_facts", _BARE, 0, 12.0),
    ],
)
def test_the_papers_are_told_in_numbers(name: str, filed: Entry, place: int, wanted: float) -> None:
    found = value_of(name, filed, place=place)
    assert isnan(found) if isnan(wanted) else found == wanted


def test_all_that_is_missing_is_said() -> None:
    assert unknowns(facts_of(_BARE)) == [
        "route: no leg declared",
        "route: no export country declared",
        "route: transit time unknown, export or arrival date not declared",
        "importer: not declared",
        "filer: not declared",
        "declaration: mode of transport not declared",
        "declaration: entry type not declared",
        "supplier: not declared",
        "goods history: first entry seen",
        "manufacturer: MID not declared",
        "manufacturer: country not declared",
        "manufacturer: town and postal code not declared",
        "valuation: gross weight not declared",
        "valuation: quantity not declared",
        "declaration: duty rate not declared",
    ]


def test_what_is_missing_of_some_lines_names_them() -> None:
    found = unknowns(facts_of(_FULL))
    assert "importer history: first entry seen" in found
    assert "filer history: first entry seen" in found
    assert "supplier: not declared (line 2)" in found
    assert "supplier history: first entry seen (line 1)" in found
    both = unknowns(facts_of(entry(line(1), line(2, quantity=Decimal(1)), line(3))))
    assert "valuation: quantity not declared (lines 1, 3)" in both


def test_a_known_party_and_a_valid_code_are_not_missing() -> None:
    found = unknowns(facts_of(_FULL, busy_history(_FULL)))
    assert not [text for text in found if "history" in text or "tariff" in text]


def test_a_code_out_of_force_or_unknown_is_said() -> None:
    found = unknowns(facts_of(entry(line(1, hts="620193"), line(2, hts="999999"))))
    assert "commodity: tariff code in no table (line 2)" in found
    assert "commodity: tariff code not in force on the date (line 1)" in found


def test_no_lines_lack_nothing() -> None:
    assert unknowns([]) == []


def test_the_module_prints_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module("app.core.features", run_name="__main__")
    assert capsys.readouterr().out == catalogue_markdown()

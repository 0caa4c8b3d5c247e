"""An entry is whole and checked when it is made, and its errors name the field."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.core.codes import CountryCode, HtsCode, Unlocode
from app.core.entry import Entry, EntryLine, LegRole, Party, RouteLeg, text
from app.core.errors import InvalidField


def line(number: int = 1, **changes: Any) -> EntryLine:
    plain = EntryLine(
        line_number=number,
        hts=HtsCode("6201407511"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal("48250.00"),
    )
    return replace(plain, **changes)


def entry(**changes: Any) -> Entry:
    return replace(Entry(lines=(line(),)), **changes)


def refused(make: Any) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        make()
    return caught.value


def test_three_fields_make_an_entry() -> None:
    assert entry().lines[0].manufacturer is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("line_number", 0),
        ("line_number", 1000),
        ("entered_value_usd", Decimal("-0.01")),
        ("entered_value_usd", Decimal("NaN")),
        ("entered_value_usd", Decimal("1e14")),
        ("gross_weight_kg", Decimal(-1)),
        ("quantity", Decimal("Infinity")),
        ("duty_rate_percent", Decimal(10_001)),
        ("description", "\x00"),
        ("preference", " "),
        ("quantity_unit", "x" * 11),
        ("attributes", {"tax_type": ""}),
        ("attributes", {"tax\ntype": "A"}),
    ],
)
def test_a_line_refuses_what_cannot_be(field: str, value: object) -> None:
    change: dict[str, Any] = {field: value}
    assert refused(lambda: line(**change)).field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", ()),
        ("lines", (line(1), line(1))),
        ("lines", tuple(line(n) for n in range(1, 1000)) * 2),
        ("revision", 0),
        ("revision", 10_000),
        ("entry_number", "97061800"),
        ("filer_code", "PF1L1IG"),
        ("port_of_entry", "40"),
    ],
)
def test_an_entry_refuses_what_cannot_be(field: str, value: object) -> None:
    assert refused(lambda: entry(**{field: value})).field == field


def test_an_empty_party_is_allowed_and_says_nothing() -> None:
    assert Party() == Party(name=None)


def test_another_identifier_scheme_has_free_numbers() -> None:
    foreign = entry(identifier_scheme="kcs", entry_number="97061800", filer_code="PF1L1IG")
    assert (foreign.entry_number, foreign.filer_code) == ("97061800", "PF1L1IG")
    assert entry(port_scheme="kcs-office", port_of_entry="40").port_of_entry == "40"


def test_cbp_numbers_lose_their_dashes() -> None:
    assert entry(entry_number="B76-0324527-8").entry_number == "B7603245278"
    assert entry(filer_code="B76").filer_code == "B76"
    assert entry(port_of_entry="2704").port_of_entry == "2704"


def test_a_party_refuses_dirty_text_without_repeating_it() -> None:
    error = refused(lambda: Party(name="Secret Trading\x07"))
    assert error.field == "name"
    assert "Secret" not in str(error)


@pytest.mark.parametrize("field", ["name", "number", "address", "city", "postal_code"])
def test_a_party_refuses_text_that_is_too_long(field: str) -> None:
    overlong: dict[str, Any] = {field: "x" * 301}
    assert refused(lambda: Party(**overlong)).problem == "text_too_long"


def test_a_text_is_a_string() -> None:
    assert refused(lambda: text("name", 7)).problem == "invalid_text"


def test_a_leg_is_somewhere() -> None:
    assert refused(lambda: RouteLeg(role=LegRole.LADING)).problem == "leg_without_place"
    assert RouteLeg(role=LegRole.LADING, unlocode=Unlocode("CNDLC")).country is None


def test_the_moment_is_the_entry_date_then_the_arrival_date_then_unknown() -> None:
    filed, arrived = date(2026, 11, 1), date(2026, 11, 16)
    assert entry(entry_date=filed, arrival_date=arrived).moment == filed
    assert entry(arrival_date=arrived).moment == arrived
    assert entry().moment is None

"""Rules of measures: what cannot be of its origin is reviewed, what is only odd is told."""

from decimal import Decimal

import pytest

from app.core.entry import Entry
from app.core.policy import Band
from app.core.rules import findings_of, unknown_rules
from tests.filings import entry, facts_of, line


def found(filed: Entry) -> dict[str, Band | None]:
    return {each.code: each.floor for each in findings_of(facts_of(filed)[0])}


def of(hts: str, origin: str, kg: int, quantity: int = 0, unit: str | None = None) -> Entry:
    return entry(
        line(
            hts=hts,
            origin=origin,
            entered_value_usd=Decimal(50_000),
            gross_weight_kg=Decimal(kg),
            quantity=Decimal(quantity) if quantity else None,
            quantity_unit=unit,
        )
    )


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of("2804610000", "VN", 1000), {"NOT_PRODUCED_AT_ORIGIN": Band.REVIEW}),
        (of("2804610000", "DE", 1000), {}),
        (of("5205120000", "US", 900, 1000, "KG"), {"GROSS_BELOW_NET": None}),
        (of("5208310000", "US", 900, 1000, "M2"), {"UNIT_WEIGHT_OUT_OF_BOUNDS": None}),
        (of("5208310000", "US", 300, 1000, "M2"), {}),
        (of("6704190000", "KR", 50_000), {"VALUE_BELOW_DOCUMENTED": None}),
        (of("6704190000", "KR", 500), {}),
        (of("5205120000", "HK", 1000), {"INPUT_MADE_ELSEWHERE": None}),
        (of("0702002065", "HK", 1000), {"NOT_PRODUCED_AT_ORIGIN": Band.REVIEW}),
    ],
)
def test_measures_are_held_against_what_is_documented(
    filed: Entry, wanted: dict[str, Band | None]
) -> None:
    assert found(filed) == wanted


def test_what_is_not_documented_or_declared_is_unknown() -> None:
    unknown = unknown_rules(facts_of(entry())[0])
    assert {
        "NOT_PRODUCED_AT_ORIGIN",
        "GROSS_BELOW_NET",
        "UNIT_WEIGHT_OUT_OF_BOUNDS",
        "VALUE_BELOW_DOCUMENTED",
        "INPUT_MADE_ELSEWHERE",
    } <= set(unknown)


def test_goods_of_no_risk_are_not_judged_by_what_their_origin_makes() -> None:
    assert "NOT_PRODUCED_AT_ORIGIN" not in found(of("9609100000", "HK", 10))

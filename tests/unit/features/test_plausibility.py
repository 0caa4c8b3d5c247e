"""What goods can weigh, cost and be made of where: known vectors, unknowns, and no discount."""

from decimal import Decimal
from math import isnan, log, log1p, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry
from app.core.features import origin, plausibility, route
from app.core.features.plausibility import GROSS_ALLOWANCE
from tests.filings import GARMENTS, entry, line
from tests.filings import value_of as value

POPLIN, DENIM, MODULES = "5208310000", "5209420000", "8541430010"
LASHES, COAL, POLYSILICON = "6704190000", "2701110000", "2804610000"
SHIRTS, YARN, PASTE = "6109100012", "5205120000", "2002908050"
MONOTONE = {**origin.MONOTONE, **route.MONOTONE, **plausibility.MONOTONE}


def of(
    hts: str,
    origin_country: str = "CN",
    *,
    kg: float | None = None,
    usd: float = 100,
    quantity: float | None = None,
    unit: str | None = None,
) -> Entry:
    return entry(
        line(
            hts=hts,
            origin=origin_country,
            entered_value_usd=Decimal(str(usd)),
            gross_weight_kg=None if kg is None else Decimal(str(kg)),
            quantity=None if quantity is None else Decimal(str(quantity)),
            quantity_unit=unit,
        )
    )


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of(POPLIN, kg=150, quantity=1000, unit="M2"), 0.0),
        (of(POPLIN, kg=500, quantity=1000, unit="M2"), log(2)),
        (of(POPLIN, kg=500, quantity=1000, unit="MTK"), log(2)),
        (of(DENIM, kg=400, quantity=1000, unit="M2"), 0.0),
        (of(DENIM, kg=100, quantity=1000, unit="M2"), log(2)),
        (of(MODULES, kg=20, quantity=400, unit="W"), 0.0),
        (of(MODULES, kg=1, quantity=1000, unit="W"), log(2)),
        (of(MODULES, kg=20, quantity=1, unit="NO"), nan),
        (of(POPLIN, kg=150, quantity=1000), nan),
        (of(POPLIN, quantity=1000, unit="M2"), nan),
        (of(POPLIN, kg=0, quantity=1000, unit="M2"), nan),
        (of(GARMENTS, kg=10, quantity=10, unit="M2"), nan),
    ],
)
def test_a_unit_weighs_what_such_goods_can(filed: Entry, wanted: float) -> None:
    found = value("valuation.unit_weight_off_bounds", filed)
    assert isnan(found) if isnan(wanted) else found == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of(YARN, kg=1000, quantity=1000, unit="KG"), 0.0),
        (of(YARN, kg=998, quantity=1000, unit="KG"), 0.0),  # whole kilograms
        (of(YARN, kg=900, quantity=1000, unit="KG"), 1.0),
        (of(YARN, kg=900, quantity=1, unit="T"), 1.0),
        (of(YARN, kg=900, quantity=1000, unit="NO"), nan),
        (of(YARN, kg=900, quantity=1000), nan),
        (of(YARN, quantity=1000, unit="KG"), nan),
        (of(YARN, kg=900, unit="KG"), nan),
    ],
)
def test_gross_weight_is_not_below_net(filed: Entry, wanted: float) -> None:
    found = value("valuation.gross_below_net", filed)
    assert isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of(LASHES, kg=10, usd=1700), 0.0),
        (of(LASHES, kg=10, usd=85), log(2)),
        (of(COAL, "RU", kg=1_000_000, usd=65_000), 0.0),
        (of(COAL, "RU", kg=1_000_000, usd=32_500), log(2)),
        (of(COAL, "RU", usd=32_500), nan),
        (of(COAL, "RU", kg=10, usd=0), nan),
        (of(GARMENTS, kg=10), nan),
    ],
)
def test_a_kilogram_is_worth_what_is_documented(filed: Entry, wanted: float) -> None:
    found = value("valuation.value_below_documented", filed)
    assert isnan(found) if isnan(wanted) else found == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of(POLYSILICON, "VN"), 1.0),
        (of(POLYSILICON, "DE"), nan),
        (of("5201005000", "HK"), 1.0),
        (of("5201005000", "US"), nan),
        (of(GARMENTS, "HK"), nan),
    ],
)
def test_what_an_origin_does_not_make_is_told_where_documented(filed: Entry, wanted: float) -> None:
    found = value("valuation.not_produced_at_origin", filed)
    assert isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize(
    ("filed", "wanted"),
    [
        (of(YARN, "HK", kg=1250), log1p(1000 * 1.11)),
        (of(SHIRTS, "HK", kg=1250), log1p(1000 * 1.11)),
        (of(PASTE, "HK", kg=1250), log1p(1000 * 2.3)),
        (of(MODULES, "VN", quantity=500_000, unit="W"), log1p(1000)),
        (of(MODULES, "VN", quantity=500, unit="NO"), nan),
        (of(MODULES, "VN"), nan),
        (of(YARN, "US", kg=1250), nan),
        (of(YARN, "HK"), nan),
        (of(GARMENTS, "HK", kg=10), nan),
    ],
)
def test_goods_take_their_raw_input_from_where_it_is_made(filed: Entry, wanted: float) -> None:
    found = value("valuation.input_made_elsewhere", filed)
    assert isnan(found) if isnan(wanted) else found == pytest.approx(wanted, rel=1e-9)


_HTS = st.sampled_from([POPLIN, MODULES, LASHES, COAL, YARN, SHIRTS, PASTE, POLYSILICON])


@given(
    _HTS,
    st.sampled_from(["HK", "VN", "CN", "US"]),
    st.floats(1, 1e6),
    st.floats(1, 100),
    st.sampled_from(["KG", "W", "M2", "NO"]),
)
def test_more_volume_never_lowers_a_risk(
    hts: str, country: str, kg: float, times: float, unit: str
) -> None:
    less = of(hts, country, kg=kg, usd=50, quantity=kg, unit=unit)
    more = of(hts, country, kg=kg * times, usd=50, quantity=kg * times, unit=unit)
    for name in plausibility.MONOTONE:
        before, after = value(name, less), value(name, more)
        assert isnan(before) == isnan(after)
        assert isnan(before) or after >= before - 1e-9, name


@given(_HTS, st.sampled_from(["HK", "VN", "CN"]))
def test_what_is_not_declared_is_unknown_and_never_zero(hts: str, country: str) -> None:
    bare = of(hts, country)
    for name in (
        "valuation.unit_weight_off_bounds",
        "valuation.gross_below_net",
        "valuation.value_below_documented",
        "valuation.input_made_elsewhere",
    ):
        assert isnan(value(name, bare)), name


def test_directions_that_are_certain_are_of_features_that_exist() -> None:
    for name, direction in MONOTONE.items():
        value(name, entry())
        assert direction == 1
    assert GROSS_ALLOWANCE > 1

"""Route features: where the goods passed, and that a place never counts without goods."""

from datetime import date
from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.entry import Entry, LegRole
from app.core.features.gateways import Gateway, gateway_of, risk_level
from app.core.features.geodesy import distance_km, path_km
from tests.filings import COAL, GARMENTS, PENCILS, entry, facts_of, leg, line, party, shipped
from tests.filings import value_of as value

_NONE = entry(line())
_BY_KOREA = entry(
    line(origin="VN"),
    export="CN",
    route=(
        leg("CNSHA", LegRole.LADING),
        leg("KRPUS"),
        leg("USLAX", LegRole.UNLADING),
    ),
    export_date=date(2026, 10, 28),
    arrival_date=date(2026, 11, 16),
)
_STRAIGHT = entry(line(origin="CN"), route=("CNSHA", leg("USLAX", LegRole.UNLADING)))
_BACKDATED = entry(
    route=("CNSHA", "USLAX"), export_date=date(2026, 11, 16), arrival_date=date(2026, 11, 1)
)
_SAME_DAY = entry(
    route=("CNSHA", "KRPUS"), export_date=date(2026, 11, 16), arrival_date=date(2026, 11, 16)
)
_BY_LIANYUNGANG = entry(line(origin="KZ"), route=(leg("CNLYG", LegRole.LADING),))
_STUFFED_IN_CHINA = entry(line(origin="KZ"), route=(leg("CNURC", LegRole.STUFFING),))


@pytest.mark.parametrize(
    ("name", "filed", "wanted"),
    [
        ("route.declared", _NONE, 0.0),
        ("route.declared", _BY_KOREA, 1.0),
        ("route.legs", _NONE, nan),
        ("route.legs", _BY_KOREA, 3.0),
        ("route.transshipments", _BY_KOREA, 1.0),
        ("route.transshipments", _NONE, nan),
        ("route.china_on_the_way", _NONE, nan),
        ("route.china_on_the_way", _BY_KOREA, 1.0),
        ("route.china_on_the_way", _STRAIGHT, 0.0),
        ("route.china_on_the_way", entry(line(origin="KZ")), nan),
        ("route.china_on_the_way", _BY_LIANYUNGANG, 0.0),
        ("route.china_on_the_way", _STUFFED_IN_CHINA, 1.0),
        ("route.russia_on_the_way", entry(line(origin="KZ"), export="RU"), 0.0),
        ("route.russia_on_the_way", entry(line(hts=COAL), export="RU"), 1.0),
        ("route.hub_on_the_way", _BY_KOREA, 1.0),
        ("route.hub_on_the_way", _STRAIGHT, 0.0),
        ("route.first_leg_differs", _BY_KOREA, 1.0),
        ("route.first_leg_differs", _STRAIGHT, 0.0),
        ("route.first_leg_differs", _NONE, nan),
        ("route.first_leg_differs", entry(route=("XZ222",)), nan),
        ("route.transit_days", _BY_KOREA, 19.0),
        ("route.transit_days", _BACKDATED, -15.0),
        ("route.transit_days", _NONE, nan),
        ("route.km_per_day", _BACKDATED, nan),
        ("route.km_per_day", _NONE, nan),
        ("route.detour_ratio", _NONE, nan),
        ("route.detour_ratio", entry(route=("CNSHA", "CNSHA")), nan),
        ("route.detour_ratio", _STRAIGHT, 1.0),
        ("route.listed_goods_on_the_way", _NONE, nan),
        ("route.listed_goods_on_the_way", _BY_KOREA, 1.0),
        ("route.listed_goods_on_the_way", entry(line(origin="VN"), export="VN"), 0.0),
        ("route.listed_goods_on_the_way", entry(line(hts=PENCILS), export="HK"), 0.0),
    ],
)
def test_the_way_is_told_in_numbers(name: str, filed: Entry, wanted: float) -> None:
    found = value(name, filed)
    assert isnan(found) if isnan(wanted) else found == wanted


def test_a_detour_is_longer_than_the_direct_way() -> None:
    assert value("route.detour_ratio", entry(route=("VNSGN", "CNDLC", "USLAX"))) > 1.01


def test_a_way_in_no_days_counts_as_one_day() -> None:
    facts = facts_of(_SAME_DAY)[0]
    assert value("route.km_per_day", _SAME_DAY) == facts.of_entry.path_km


@pytest.mark.parametrize(
    ("name", "place", "hts", "wanted"),
    [
        ("route.border_town_with_dprk_goods", "CNDDG", GARMENTS, 3.0),
        ("route.border_town_with_dprk_goods", "CNSHA", GARMENTS, 0.0),
        ("route.border_town_with_dprk_goods", "CN", GARMENTS, nan),
        ("route.far_east_with_dprk_goods", "RUNJK", COAL, 3.0),
        ("route.far_east_with_dprk_goods", "46238", COAL, 3.0),
        ("route.hub_port_with_dprk_goods", "CNDLC", GARMENTS, 3.0),
        ("route.xinjiang_with_uflpa_goods", "CNURC", GARMENTS, 1.0),
        ("route.gateway_with_goods", "CNDDG", GARMENTS, 3.0),
        ("route.gateway_with_goods", "KPNAM", COAL, 4.0),
        ("route.gateway_with_goods", "CNSHA", GARMENTS, 0.0),
        ("route.gateway_with_goods", "CN", GARMENTS, nan),
    ],
)
def test_a_gateway_counts_with_goods_at_risk(
    name: str, place: str, hts: str, wanted: float
) -> None:
    found = value(name, entry(line(hts=hts), route=(place,)))
    assert isnan(found) if isnan(wanted) else found == wanted


@given(
    st.lists(st.sampled_from(["CNDDG", "RUNJK", "CNDLC", "CNURC", "KPNAM"]), min_size=1),
    st.sampled_from(["Dandong", "Urumqi", "Dalian"]),
)
def test_a_place_never_counts_without_goods(places: list[str], city: str) -> None:
    maker = party("CN", city=city)
    filed = entry(line(hts=PENCILS, manufacturer=maker), route=tuple(places))
    assert [
        value(name, filed)
        for name in (
            "route.border_town_with_dprk_goods",
            "route.far_east_with_dprk_goods",
            "route.hub_port_with_dprk_goods",
            "route.xinjiang_with_uflpa_goods",
            "route.gateway_with_goods",
            "party.border_maker_with_dprk_goods",
            "party.near_border_maker_with_dprk_goods",
            "party.xinjiang_maker_with_uflpa_goods",
        )
    ] == [0.0] * 8


@pytest.mark.parametrize(
    ("unlocode", "kind"),
    [
        ("CNDDG", Gateway.BORDER),
        ("CNHUC", Gateway.BORDER),
        ("CNDLD", Gateway.BORDER),
        ("CNURC", Gateway.XINJIANG),
        ("RUKHS", Gateway.FAR_EAST),
        ("KPNAM", Gateway.NORTH_KOREA),
        ("KRPUS", Gateway.HUB),
        ("CNSHA", None),
        ("QQQQQ", None),
    ],
)
def test_gateways_are_of_the_kind_their_type_says(unlocode: str, kind: Gateway | None) -> None:
    assert gateway_of(shipped().port(unlocode=unlocode)) is kind


def test_what_is_no_gateway_has_no_risk() -> None:
    assert risk_level(None) == 0
    assert risk_level(shipped().port(unlocode="CNSHA")) == 0


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres() -> None:
    assert round(distance_km((0.0, 0.0), (0.0, 90.0))) == 10_008
    assert round(path_km([(0.0, 0.0), (0.0, 45.0), (0.0, 90.0)])) == 10_008
    assert distance_km((0.0, 0.0), (0.0, 180.0)) > 20_000


def test_a_place_in_no_table_still_has_the_country_of_its_code() -> None:
    (leg_fact,) = facts_of(entry(route=("DEQQQ",)))[0].of_entry.legs
    assert (leg_fact.country, leg_fact.port) == ("DE", None)
    assert value("route.first_leg_differs", entry(route=("CNQQQ",))) == 0.0

"""Commodity and origin features: what lists say, and who disagrees with the origin declared."""

from datetime import date
from math import isnan, nan

import pytest

from app.core.entry import Entry, LegRole
from app.core.features import LineFacts
from tests.filings import COAL, PENCILS, entry, facts_of, leg, line, party, value_of


def _same(found: float, wanted: float) -> bool:
    return isnan(found) if isnan(wanted) else found == wanted


@pytest.mark.parametrize(
    ("name", "hts", "origin", "wanted"),
    [
        ("commodity.dol_forced_labour", "620140", "CN", 1.0),
        ("commodity.dol_forced_labour", "620140", "DE", 0.0),
        ("commodity.dol_forced_labour_china", "620140", "DE", 1.0),
        ("commodity.dol_forced_labour_china", PENCILS, "CN", 0.0),
        ("commodity.uflpa_sector", "854143", "MY", 1.0),
        ("commodity.uflpa_sector", PENCILS, "CN", 0.0),
        ("commodity.dprk_sector", "620140", "KR", 3.0),
        ("commodity.dprk_sector", "711319", "CN", 2.0),
        ("commodity.dprk_sector", "300490", "CN", 1.0),
        ("commodity.dprk_sector", "260111", "CN", 3.0),
        ("commodity.dprk_sector", PENCILS, "CN", 0.0),
        ("commodity.cbp_action", "401512", "MY", 1.0),
        ("commodity.cbp_action", "401512", "TH", 0.0),
        ("commodity.hts_obsolete", "620193", "CN", 1.0),
        ("commodity.hts_obsolete", "620140", "CN", 0.0),
        ("commodity.hts_obsolete", "999999", "CN", nan),
        ("commodity.hts_unknown", "999999", "CN", 1.0),
        ("commodity.hts_unknown", "620140", "CN", 0.0),
        ("commodity.is_apparel", "620140", "CN", 1.0),
        ("commodity.is_hair_goods", "670411", "CN", 1.0),
        ("commodity.is_coal", "620140", "CN", 0.0),
    ],
)
def test_goods_are_flagged_as_the_lists_have_them(
    name: str, hts: str, origin: str, wanted: float
) -> None:
    assert _same(value_of(name, entry(line(hts=hts, origin=origin))), wanted)


def test_lists_are_read_as_of_the_day() -> None:
    goods = entry(line(hts="854143", origin="CN"))
    before_the_advisory = value_of(
        "commodity.hts_obsolete", entry(line(hts="620193")), at=date(2021, 6, 1)
    )
    assert before_the_advisory == 0.0
    assert value_of("commodity.uflpa_sector", goods) == 1.0


_MIXED = entry(
    line(
        origin="VN",
        manufacturer=party("CN", mid="CNEXATRA12DAN"),
        seller=party("HK", name="Seller"),
    ),
    export="VN",
    route=(leg("CNSHA", LegRole.STUFFING), leg("VNSGN", LegRole.LADING)),
)
_AGREED = entry(line(origin="CN", manufacturer=party("CN")), export="CN")
_BARE = entry(line(origin="VN"))
_INLAND = entry(line(origin="KZ", manufacturer=party("KZ")), route=(leg("CNLYG", LegRole.LADING),))


@pytest.mark.parametrize(
    ("name", "filed", "wanted"),
    [
        ("origin.is_china", _AGREED, 1.0),
        ("origin.is_russia", entry(line(origin="RU")), 1.0),
        ("origin.is_north_korea", entry(line(origin="KP")), 1.0),
        ("origin.is_finishing_country", _MIXED, 1.0),
        ("origin.manufacturer_differs", _MIXED, 1.0),
        ("origin.seller_differs", _MIXED, 1.0),
        ("origin.export_differs", _MIXED, 0.0),
        ("origin.mid_differs", _MIXED, 1.0),
        ("origin.lading_differs", _MIXED, 0.0),
        ("origin.lading_differs", _INLAND, 0.0),
        ("origin.china_behind", _INLAND, 0.0),
        ("origin.stuffing_differs", _MIXED, 1.0),
        ("origin.disagreements", _MIXED, 2.0),
        ("origin.disagreements", _AGREED, 0.0),
        ("origin.disagreements", _BARE, nan),
        ("origin.manufacturer_differs", _BARE, nan),
        ("origin.china_behind", _MIXED, 1.0),
        ("origin.china_behind", _AGREED, 0.0),
        ("origin.china_behind", _BARE, nan),
        ("origin.uflpa_goods_china_behind", _MIXED, 1.0),
        ("origin.uflpa_goods_china_behind", _BARE, nan),
        ("origin.uflpa_goods_china_behind", entry(line(hts=PENCILS, origin="VN")), 0.0),
        ("origin.north_korea_named", _MIXED, 0.0),
        ("origin.north_korea_named", entry(line(origin="CN"), route=("KP",)), 1.0),
        ("origin.north_korea_named", entry(line(manufacturer=party("KP"))), 1.0),
    ],
)
def test_the_origin_is_held_against_all_who_speak_of_it(
    name: str, filed: Entry, wanted: float
) -> None:
    assert _same(value_of(name, filed), wanted)


def test_a_canadian_province_in_a_mid_is_canada() -> None:
    filed = entry(line(origin="CA", manufacturer=party(mid="XAMAPLE12TOR")))
    assert value_of("origin.mid_differs", filed) == 0.0


def test_a_derived_fact_is_documented_on_its_class() -> None:
    assert "listed on the day" in (LineFacts.goods.__doc__ or "")


def test_lines_of_an_entry_share_the_facts_of_the_entry() -> None:
    first, second = facts_of(entry(line(1), line(2, hts=COAL)))
    assert first.of_entry is second.of_entry

"""Rules of law: what is barred or presumed on what is declared, from its day on and not before."""

from datetime import date
from typing import Any

import pytest

from app.core.entry import Entry, LegRole, RouteLeg
from app.core.policy import Band
from app.core.rules import findings_of, unknown_rules
from app.core.rules.presumptions import UFLPA_SINCE
from tests.filings import COAL, DAY, GARMENTS, PENCILS, entry, facts_of, leg, line, party

_XINJIANG = {"country": "CN", "city": "Korla"}
_ORIGIN, _STUFFED, _LADEN = LegRole.ORIGIN, LegRole.STUFFING, LegRole.LADING


def found(filed: Entry, at: date = DAY) -> dict[str, Band | None]:
    return {each.code: each.floor for each in findings_of(facts_of(filed, at=at)[0])}


def text_of(filed: Entry, code: str, at: date = DAY) -> str:
    return next(each.text for each in findings_of(facts_of(filed, at=at)[0]) if each.code == code)


def made(at_place: dict[str, Any], hts: str = PENCILS, **more: Any) -> Entry:
    return entry(line(hts=hts, manufacturer=party(**at_place), **more))


def test_origin_north_korea_is_barred() -> None:
    assert found(entry(line(origin="KP")))["DPRK_ORIGIN"] is Band.HOLD
    assert "31 CFR 510" in text_of(entry(line(origin="KP")), "DPRK_ORIGIN")


@pytest.mark.parametrize(
    ("filed", "text"),
    [
        (entry(route=("KPNAM", "RUNJK")), "Nampo in North Korea"),
        (entry(route=("KP",)), "names North Korea;"),
        (entry(export="KP"), "names North Korea;"),
        (entry(route=("KPRJN",)), "Rajin in North Korea"),
    ],
)
def test_a_place_of_north_korea_on_the_route_is_barred(filed: Entry, text: str) -> None:
    assert found(filed)["DPRK_ON_ROUTE"] is Band.HOLD
    assert text in text_of(filed, "DPRK_ON_ROUTE")


@pytest.mark.parametrize(
    "filed",
    [
        entry(line(manufacturer=party("KP"))),
        entry(line(seller=party("KP"))),
        entry(line(), importer=party("KP")),
        entry(line(manufacturer=party(mid="KPEXATRA12PYO"))),
        entry(line(manufacturer=party("CN", city="Pyongyang"))),
        entry(line(manufacturer=party(city="Sinuiju"))),
    ],
)
def test_a_party_in_north_korea_is_presumed(filed: Entry) -> None:
    assert found(filed)["DPRK_PARTY"] is Band.HOLD


@pytest.mark.parametrize("city", ["Nampo", "Wonsan", "Pyeongtaek", "Seoul"])
def test_a_town_that_is_also_elsewhere_is_not_taken_for_north_korean(city: str) -> None:
    assert "DPRK_PARTY" not in found(entry(line(origin="KR", manufacturer=party("KR", city=city))))


def test_the_law_on_north_korean_labour_abroad_is_that_of_the_day() -> None:
    filed = entry(line(manufacturer=party("KP")))
    for day, regime, words in (
        (date(2017, 8, 1), "TA-307", "19 USC 1307"),
        (date(2017, 8, 2), "CAATSA-321", "clear and convincing evidence within 30 days"),
    ):
        each = next(
            each for each in findings_of(facts_of(filed, at=day)[0]) if each.code == "DPRK_PARTY"
        )
        assert each.regime == regime
        assert words in each.text


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"country": "CN", "city": "Korla"}, "Korla;"),
        ({"country": "CN", "city": "Hetian, Xinjiang"}, "Hotan;"),
        ({"country": "CN", "postal_code": "843000"}, "postal area 843000;"),
        ({"country": "CN", "address": "Lop County, Hotan Prefecture"}, "(by address);"),
        ({"mid": "CNKORFOO12KOR", "address": "12 Rd Korla"}, "Korla (by address, MID);"),
        ({"country": "CN", "address": "12 Rd, Shihezi 832000"}, "Shihezi (by address"),
    ],
)
def test_any_good_of_a_manufacturer_in_xinjiang_is_presumed(
    place: dict[str, str], said: str
) -> None:
    filed = made(place)
    assert found(filed)["XINJIANG_MAKER"] is Band.HOLD
    assert said in text_of(filed, "XINJIANG_MAKER")
    assert "presumes forced labour" in text_of(filed, "XINJIANG_MAKER")


def test_the_presumption_begins_on_its_day() -> None:
    filed = made(_XINJIANG, hts=GARMENTS)
    assert "XINJIANG_MAKER" in found(filed, UFLPA_SINCE)
    assert found(filed, date(2022, 6, 20)) == {}


def test_before_the_presumption_the_order_on_the_region_speaks_by_screening() -> None:
    (facts,) = facts_of(made(_XINJIANG, hts=GARMENTS), at=date(2021, 1, 13))
    assert [hit.role for hit in facts.hits] == ["goods"]
    (before,) = facts_of(made(_XINJIANG, hts=GARMENTS), at=date(2021, 1, 12))
    assert before.hits == ()


def test_a_name_of_several_places_leaves_the_rule_unknown() -> None:
    facts = facts_of(made({"country": "CN", "city": "Qinghe"}))[0]
    assert "XINJIANG_MAKER" in unknown_rules(facts)
    assert "XINJIANG_MAKER" not in found(made({"country": "CN", "city": "Qinghe"}))


def by(*legs: RouteLeg, hts: str = GARMENTS, origin: str = "CN") -> Entry:
    return entry(line(hts=hts, origin=origin), route=legs)


@pytest.mark.parametrize(
    ("filed", "code", "floor"),
    [
        (by(leg("CNURC", _ORIGIN), hts=PENCILS), "XINJIANG_ORIGIN_PLACE", Band.HOLD),
        (by(leg("CNURC", _STUFFED), hts=PENCILS), "XINJIANG_DEPARTURE", Band.REVIEW),
        (by(leg("CNURC", _LADEN), origin="VN"), "XINJIANG_DEPARTURE", Band.REVIEW),
    ],
)
def test_goods_that_begin_in_xinjiang_touch_the_presumption(
    filed: Entry, code: str, floor: Band
) -> None:
    assert found(filed)[code] is floor
    assert "Urumqi" in text_of(filed, code)
    assert code not in found(filed, date(2022, 6, 20))


@pytest.mark.parametrize(
    "filed",
    [
        by(leg("CNAKL", _LADEN), hts="7403110000", origin="KZ"),
        by(leg("CNHRS", _STUFFED), hts="5201005000", origin="UZ"),
        by(leg("CNURC", _STUFFED), hts=PENCILS, origin="KZ"),
        by(leg("CNURC"), origin="KZ"),
        by(leg("CNSHA", _STUFFED)),
        by(leg("CN", _STUFFED)),
    ],
)
def test_goods_that_pass_xinjiang_do_not(filed: Entry) -> None:
    assert not {"XINJIANG_DEPARTURE", "XINJIANG_ORIGIN_PLACE"} & set(found(filed))


def test_a_seller_in_xinjiang_counts_where_no_manufacturer_is_declared() -> None:
    seller = party("CN", city="Urumqi")
    assert found(entry(line(seller=seller)))["XINJIANG_SELLER"] is Band.REVIEW
    both = entry(line(seller=seller, manufacturer=party("CN", city="Shanghai")))
    assert "XINJIANG_SELLER" not in found(both)


def test_a_name_of_xinjiang_without_any_place_is_reviewed_for_goods_of_a_sector() -> None:
    maker = {"country": "CN", "name": "Xinjiang Cotton Co"}
    assert found(made(maker, hts=GARMENTS))["XINJIANG_NAME_ALONE"] is Band.REVIEW
    assert found(made(maker)) == {}
    assert found(made({**maker, "city": "Shanghai"}, hts=GARMENTS)) == {}


def test_the_market_of_the_union_is_information_only() -> None:
    filed = entry(line(hts=COAL, origin="KP"))
    assert found(filed)["EU_MARKET"] is None
    assert "2027-12-14" in text_of(filed, "EU_MARKET")
    assert "EU_MARKET" not in found(filed, date(2024, 12, 12))
    assert "EU_MARKET" in found(made(_XINJIANG))
    assert "EU_MARKET" not in found(entry())

"""Rules of places and ways: strong circumstances are reviewed, lone tells never are."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.core.entry import Entry, LegRole, Party, RouteLeg
from app.core.policy import Band
from app.core.rules import findings_of, unknown_rules
from tests.filings import COAL, DAY, GARMENTS, PENCILS, entry, facts_of, leg, line, party

CRAB, LASHES, BOOTS = "0306140000", "6704190000", "6403916075"
PANELS, SHIRTS = "8541430010", "6109100012"
STUFFED, LADEN = LegRole.STUFFING, LegRole.LADING
LANDED = leg("USLAX", LegRole.UNLADING)


def found(filed: Entry, at: date = DAY) -> dict[str, Band | None]:
    return {each.code: each.floor for each in findings_of(facts_of(filed, at=at)[0])}


def filed_as(
    hts: str, origin: str, maker: Party | None, *route: str | RouteLeg, **rest: Any
) -> Entry:
    first = route[:1] if route and isinstance(route[0], RouteLeg) else ()
    legs = route if first else (*(leg(str(each), LADEN) for each in route[:1]), *route[1:])
    made = line(hts=hts, origin=origin, manufacturer=maker, **rest.pop("goods", {}))
    return entry(made, route=(*legs, LANDED), **rest)


def chinese(city: str, **more: str) -> Party:
    return party("CN", city=city, **more)


@pytest.mark.parametrize(
    ("hts", "maker"),
    [
        (GARMENTS, chinese("Dandong")),
        (CRAB, chinese("Hunchun", postal_code="133300")),
        (BOOTS, chinese("Tumen")),
        (GARMENTS, chinese("Donggang", postal_code="118300")),
        (GARMENTS, chinese("Ji'an", postal_code="134200")),
        (LASHES, party("CN", postal_code="118000")),
    ],
)
def test_goods_of_a_labour_sector_from_a_border_town_are_reviewed(hts: str, maker: Party) -> None:
    assert found(entry(line(hts=hts, manufacturer=maker))) == {"DPRK_BORDER_MAKER": Band.REVIEW}


def test_a_seller_on_the_border_counts_where_no_manufacturer_is_declared() -> None:
    seller = chinese("Dandong")
    assert "DPRK_BORDER_MAKER" in found(entry(line(seller=seller)))
    assert "DPRK_BORDER_MAKER" not in found(
        entry(line(seller=seller, manufacturer=chinese("Suzhou")))
    )


def test_other_goods_of_a_border_town_are_not_reviewed() -> None:
    for hts in (PENCILS, "8529909900"):
        assert found(filed_as(hts, "CN", chinese("Dandong"), "CNDDG", "CNDLC")) == {}


def test_what_may_be_a_border_town_is_unknown() -> None:
    facts = facts_of(entry(line(manufacturer=chinese("Ji'an"))))[0]
    assert "DPRK_BORDER_MAKER" in unknown_rules(facts)
    assert found(entry(line(manufacturer=chinese("Ji'an", postal_code="343000")))) == {}


@pytest.mark.parametrize("where", ["CNDDG", "CNDLD", "CNHUC", "CNTME", "CNDOG"])
def test_departure_from_the_border_is_reviewed_with_goods(where: str) -> None:
    maker = chinese("Shenyang")
    filed = filed_as(GARMENTS, "CN", maker, leg(where, STUFFED), leg("CNDLC", LADEN))
    assert found(filed)["DPRK_BORDER_DEPARTURE"] is Band.REVIEW
    assert found(filed)["DPRK_CHAIN"] is Band.REVIEW
    assert "DPRK_BORDER_DEPARTURE" in unknown_rules(facts_of(entry())[0])


@pytest.mark.parametrize(
    ("hts", "maker", "route"),
    [
        (COAL, party("RU", city="Nakhodka"), ("RUNJK", "KRPUS")),
        (COAL, None, ("RUKHO", "JPYOK")),
        (COAL, party("RU"), ("RUNJK", "CNDLC")),
        ("2601110000", party("RU"), ("RUNJK", "KRPUS")),
        (CRAB, party("RU", city="Nakhodka"), ("RUNJK", "CNDLC")),
        (COAL, party("RU", city="Nakhodka"), ("RUNJK",)),
        (CRAB, party("RU"), ("RUVVO", "CNHUC", "CNDLC")),
    ],
)
def test_goods_laden_anew_in_the_far_east_are_reviewed(
    hts: str, maker: Party | None, route: tuple[str, ...]
) -> None:
    assert found(filed_as(hts, "RU", maker, *route))["DPRK_CHAIN"] is Band.REVIEW


def test_lashes_of_pingdu_are_reviewed_and_those_of_qingdao_are_not() -> None:
    assert found(filed_as(LASHES, "CN", chinese("Pingdu"), "CNTAO"))["DPRK_LASHES"] is Band.REVIEW
    assert found(filed_as(LASHES, "CN", chinese("Qingdao"), "CNTAO")) == {}
    assert found(filed_as(GARMENTS, "CN", chinese("Pingdu"), "CNTAO")) == {}
    assert "DPRK_LASHES" not in found(filed_as("6703000000", "CN", chinese("Pingdu")))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("wigs of North Korean hair", "DPRK_DESCRIBED"),
        ("T-shirts of Xinjiang cotton", "XINJIANG_INPUT_DESCRIBED"),
    ],
)
def test_a_description_that_names_the_place_is_reviewed(said: str, code: str) -> None:
    assert found(entry(line(description=said)))[code] is Band.REVIEW
    assert code in unknown_rules(facts_of(entry())[0])
    denied = entry(line(description=said.replace("of", "not of")))
    assert code not in found(denied)


def third(
    maker: Party | None,
    *route: RouteLeg,
    seller: Party | None = None,
    export: str | None = None,
    origin: str = "VN",
) -> Entry:
    goods = line(hts=PANELS, origin=origin, manufacturer=maker, seller=seller)
    return entry(goods, route=route, export=export)


@pytest.mark.parametrize(
    "filed",
    [
        third(party("CN"), leg("CNSHA", STUFFED)),
        third(party("VN", mid="CNEXATRA12SUZ"), leg("CNSHA", STUFFED)),
        third(party("CN"), leg("CNSHA", LADEN), export="CN"),
        third(None, leg("CN", STUFFED), seller=party("CN")),
    ],
)
def test_uflpa_goods_of_a_third_country_that_left_china_under_a_chinese_sign_are_reviewed(
    filed: Entry,
) -> None:
    assert found(filed)["UFLPA_CHINA_BEHIND"] is Band.REVIEW
    assert "UFLPA_CHINA_BEHIND" not in found(filed, date(2022, 6, 20))


@pytest.mark.parametrize(
    "filed",
    [
        third(party("VN"), leg("CNYTN", STUFFED)),
        third(party("CN"), leg("VNSGN", STUFFED), leg("VNSGN", LADEN)),
        third(party("CN"), leg("CNSHA", LADEN)),
        third(party("VN"), leg("CNYTN", STUFFED), seller=party("CN")),
        third(party("CN"), leg("CNSHA", STUFFED), origin="CN"),
    ],
)
def test_one_chinese_sign_alone_is_ordinary(filed: Entry) -> None:
    assert "UFLPA_CHINA_BEHIND" not in found(filed)


def test_without_a_way_or_a_maker_nothing_can_be_told_of_china() -> None:
    assert "UFLPA_CHINA_BEHIND" in unknown_rules(facts_of(third(party("CN")))[0])
    assert "UFLPA_CHINA_BEHIND" in unknown_rules(facts_of(third(None, leg("CN", STUFFED)))[0])


def _days(hts: str, days: int) -> Entry:
    return filed_as(
        hts,
        "CN",
        chinese("Shanghai"),
        "CNSHA",
        mode="11",
        export_date=DAY,
        arrival_date=DAY + timedelta(days=days),
    )


def test_an_impossible_transit_is_reviewed_for_goods_at_risk_alone() -> None:
    assert found(_days(GARMENTS, 2))["TRANSIT_IMPOSSIBLE_AT_RISK"] is Band.REVIEW
    assert found(_days(PENCILS, 2)) == {"TRANSIT_IMPOSSIBLE": None}
    assert found(_days(GARMENTS, 12)) == {}
    assert "TRANSIT_IMPOSSIBLE" in unknown_rules(facts_of(entry(line(hts=PENCILS)))[0])


def test_goods_at_risk_that_leave_far_off_the_way_by_china_are_reviewed() -> None:
    def left(origin: str, by: str, hts: str = SHIRTS, start: str = "MXVER") -> Entry:
        maker = party(origin)
        return filed_as(hts, origin, maker, leg(start, STUFFED), leg(by, LADEN))

    assert found(left("MX", "CNSHA"))["DEPARTURE_OFF_THE_WAY"] is Band.REVIEW
    assert found(left("MX", "RUVVO"))["DEPARTURE_OFF_THE_WAY"] is Band.REVIEW
    assert found(left("MX", "CNSHA", PENCILS)) == {}
    assert "DEPARTURE_OFF_THE_WAY" not in found(left("DE", "KRPUS", "7606123091", "DEHAM"))
    assert "DEPARTURE_OFF_THE_WAY" not in found(left("VN", "CNYTN", SHIRTS, "VNSGN"))
    assert "DEPARTURE_OFF_THE_WAY" not in found(left("CN", "CNSHA", SHIRTS, "CNSHA"))


def test_information_never_has_a_floor() -> None:
    inland = filed_as(PENCILS, "CN", chinese("Chongqing"), "CNCKG", mode="11")
    dry = filed_as(PENCILS, "CN", chinese("Shenyang"), "CNSHY", mode="11")
    assert found(inland) == {}
    assert found(dry) == {"LADING_INLAND": None}
    assert "LADING_INLAND" in unknown_rules(facts_of(entry())[0])
    by_hub = found(entry(line(hts=SHIRTS, origin="VN", manufacturer=party("CN"))))
    assert by_hub == {"HUB_ORIGIN_WITHOUT_MAKER": None}
    crab = filed_as(CRAB, "RU", party("RU", city="Petropavlovsk"), "RUVVO", "KRPUS")
    assert found(crab) == {"CHAIN_ALSO_ORDINARY": None}


LONE_TELLS = [  # goods, origin, maker, way: each has one tell, and no more
    (PENCILS, "CN", chinese("Shanghai"), ("CNSHA",)),
    (GARMENTS, "CN", chinese("Suzhou"), ("CNSHA",)),
    (SHIRTS, "CN", chinese("Ningbo"), ("CNNGB",)),
    (PANELS, "CN", chinese("Wuxi"), ("CNSHA",)),
    ("2002908050", "CN", chinese("Bayannur"), ("CNTXG",)),
    ("7318152095", "CN", chinese("Jiaxing"), ("CNSHA",)),
    ("9403608081", "CN", chinese("Foshan"), ("CNYTN",)),
    (BOOTS, "CN", chinese("Jinjiang"), ("CNXMN",)),
    (GARMENTS, "CN", chinese("Dalian"), ("CNDLC",)),
    (CRAB, "CN", chinese("Dalian", postal_code="116001"), ("CNDLC",)),
    ("0304750010", "CN", chinese("Qingdao"), ("CNTAO",)),
    ("4412330665", "CN", chinese("Linyi"), ("CNDLC",)),
    ("2530908050", "CN", chinese("Haicheng"), ("CNDLC",)),
    (LASHES, "CN", chinese("Qingdao"), ("CNTAO",)),
    ("6704110000", "CN", chinese("Xuchang"), ("CNTAO",)),
    (LASHES, "KR", party("KR", city="Seoul"), ("KRPUS",)),
    (GARMENTS, "CN", chinese("Dongguan"), ("CNDLC", "KRPUS")),
    (PENCILS, "KR", party("KR", city="Busan"), ("KRPUS",)),
    ("8703230190", "DE", party("DE", city="Munich"), ("DEHAM", "KRPUS")),
    ("7606123091", "DE", party("DE", city="Neuss"), ("DEHAM", "KRPUS")),
    (SHIRTS, "VN", party("VN", city="Binh Duong"), ("VNSGN", "CNYTN")),
    (PANELS, "VN", party("VN", city="Bac Giang"), ("VNHPH", "CNYTN")),
    (BOOTS, "VN", party("VN", city="Hai Phong"), ("VNHPH", "CNYTN")),
    ("9403608081", "VN", party("VN", city="Bien Hoa"), ("VNSGN", "CNYTN")),
    (SHIRTS, "BD", party("BD", city="Dhaka"), ("BDCGP", "CNSHA")),
    (SHIRTS, "ID", party("ID", city="Bandung"), ("IDJKT", "CNSHA")),
    ("0306170041", "TH", party("TH", city="Samut Sakhon"), ("THLCH", "CNYTN")),
    ("7403110000", "KZ", party("KZ", city="Balkhash"), ("RUVYP",)),
    ("7202410000", "KZ", party("KZ", city="Aktobe"), ("RUVYP",)),
    ("5201005000", "UZ", party("UZ", city="Tashkent"), ("RUNVS",)),
    ("7403110000", "KZ", party("KZ", city="Aral"), ("CNLYG",)),
    ("4407119000", "RU", party("RU", city="Irkutsk"), ("RUVVO",)),
    (CRAB, "RU", party("RU", city="Petropavlovsk"), ("RUVVO", "KRPUS")),
    (CRAB, "RU", party("RU", city="Vladivostok"), ("RUVVO",)),
    (CRAB, "RU", party("RU", city="Vladivostok"), ("RUNJK", "KRPUS")),
    (COAL, "RU", party("RU", city="Kemerovo"), ("RUNJK",)),
    (COAL, "RU", party("RU", city="Kemerovo"), ("RUVYP",)),
    (COAL, "RU", party("RU", city="Kemerovo"), ("RUNJK", "KRPUS")),
    (COAL, "VN", party("VN", city="Ha Long"), ("VNHPH",)),
    ("8504409550", "CN", chinese("Shanghai", address="888 Xinjiang Road"), ("CNSHA",)),
    (GARMENTS, "CN", chinese("Yangjiang", address="12 Dandong Road"), ("CNYTN",)),
    (GARMENTS, "CN", chinese("Ji'an", postal_code="343000"), ("CNNGB",)),
    ("4412330665", "CN", chinese("Dunhua", postal_code="133700"), ("CNDLC",)),
    (SHIRTS, "CN", chinese("Qinghe", postal_code="054800"), ("CNTXG",)),
    (GARMENTS, "CN", chinese("Nanping, Fujian"), ("CNXMN",)),
    (GARMENTS, "US", party("US", city="Columbus", name="Dandong Restaurant Supply"), ("CNDLC",)),
    (PANELS, "IN", party("IN", city="Surat"), ("INNSA",)),
    ("2002908050", "IT", party("IT", city="Parma"), ("ITGOA",)),
]


@pytest.mark.parametrize(("hts", "origin", "maker", "route"), LONE_TELLS)
def test_a_lone_tell_never_has_a_floor(
    hts: str, origin: str, maker: Party, route: tuple[str, ...]
) -> None:
    ordinary = filed_as(
        hts,
        origin,
        maker,
        *route,
        mode="11",
        export=origin,
        export_date=DAY,
        arrival_date=DAY + timedelta(days=28),
    )
    assert not [code for code, floor in found(ordinary).items() if floor is not None]


def test_there_are_at_least_forty_lone_tells() -> None:
    assert len(LONE_TELLS) >= 40

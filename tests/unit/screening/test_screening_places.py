"""Orders on the goods of a place: met by where goods were made and what they are, not by name."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.reference import load_reference
from app.core.screening import Hit, HitStrength, Screener
from tests.reference_packs import row, small_pack

DAY = date(2026, 1, 15)
STRONG, WEAK, PAST = HitStrength.STRONG, HitStrength.WEAK, HitStrength.PAST
XUAR, TURKMEN = "wro-xinjiang-uyghur-autonomous-region", "wro-all-turkmenistan-cotton"
COTTON, STEEL = "6109100012", "7306000000"


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_reference())


def goods(
    screener: Screener, hts: str, origin: str, maker: Party | None = None, on: date = DAY
) -> list[Hit]:
    line = EntryLine(
        line_number=1,
        hts=HtsCode(hts),
        origin_country=CountryCode(origin),
        entered_value_usd=Decimal(1),
        manufacturer=maker,
    )
    return [hit for hit in screener.screen(Entry(lines=(line,)), on) if hit.role == "goods"]


def maker(country: str | None = "CN", **known: str) -> Party:
    mid = known.pop("mid", None)
    return Party(
        country=CountryCode(country) if country else None, mid=Mid(mid) if mid else None, **known
    )


@pytest.mark.parametrize(
    ("party", "strength"),
    [
        (maker(city="Urumqi"), STRONG),
        (maker(city="乌鲁木齐"), STRONG),
        (maker(city="Changji", address="1 Beijing Road, Xinjiang"), STRONG),
        (maker(address="12 Renmin Rd, Hotan, Xinjiang, China"), STRONG),
        (maker(postal_code="830000"), STRONG),
        (maker(mid="CNEXATRA12URU"), WEAK),
        (maker(city="Qingdao", address="5 Xinjiang Road, Qingdao"), None),
        (maker(city="Qingdao", mid="CNEXATRA12URU"), None),
        (maker(city="Nantong"), None),
        (maker(postal_code="266000"), None),
        (maker(mid="CNEXATRA12NAN"), None),
        (maker("VN", city="Urumqi"), None),
        (None, None),
    ],
)
def test_cotton_of_xinjiang_is_met_by_the_place_of_the_maker(
    screener: Screener, party: Party | None, strength: HitStrength | None
) -> None:
    hits = goods(screener, COTTON, "CN", party)
    assert [hit.strength for hit in hits] == ([] if strength is None else [strength])
    assert all(hit.entity_id == XUAR and hit.how == ("place",) for hit in hits)


def test_a_declared_origin_elsewhere_does_not_move_the_maker(screener: Screener) -> None:
    (hit,) = goods(screener, COTTON, "VN", maker(city="Urumqi"))
    assert (hit.entity_id, hit.strength, hit.line_number) == (XUAR, STRONG, 1)


def test_an_order_on_a_place_is_on_its_goods_only(screener: Screener) -> None:
    assert goods(screener, STEEL, "CN", maker(city="Urumqi")) == []


def test_an_order_on_a_place_is_met_from_its_first_day(screener: Screener) -> None:
    urumqi = maker(city="Urumqi")
    assert goods(screener, COTTON, "CN", urumqi, date(2021, 1, 12)) == []
    assert len(goods(screener, COTTON, "CN", urumqi, date(2021, 1, 13))) == 1


@pytest.mark.parametrize(
    ("hts", "origin", "party", "strength"),
    [
        ("520100", "TM", None, STRONG),
        ("520512", "TR", maker("TM"), STRONG),
        ("240110", "MW", maker("MW", name="Somebody Leaf Ltd"), STRONG),
        ("240110", "MW", maker("MW", name="Alliance One Tobacco (Malawi) Limited"), None),
        ("240110", "MW", maker("MW", city="Lilongwe"), STRONG),
        ("710221", "ZW", None, WEAK),
        ("710221", "ZW", maker("ZW", city="Harare"), WEAK),
        ("710221", "ZW", maker("ZW", city="Marange"), STRONG),
        ("710812", "CD", maker("CD", address="Avenue 2, Bukavu, South Kivu"), STRONG),
        ("710812", "CD", maker("CD", city="Lubumbashi"), WEAK),
        ("710812", "ZM", None, None),
    ],
)
def test_goods_of_whole_countries_and_of_fields(
    screener: Screener, hts: str, origin: str, party: Party | None, strength: HitStrength | None
) -> None:
    hits = goods(screener, hts, origin, party)
    assert [hit.strength for hit in hits] == ([] if strength is None else [strength])


def test_a_park_is_met_by_the_address_and_by_its_name(screener: Screener) -> None:
    park = "Lop County Hair Product Industrial Park"
    by_address = goods(screener, "670420", "CN", maker(address=f"Unit 3, {park}, Hotan"))
    assert {hit.list for hit in by_address} == {"WRO", "UFLPA"}
    assert goods(screener, "670420", "CN", maker(name=park)) == []


def test_a_name_of_an_order_on_a_place_is_no_party(screener: Screener) -> None:
    line = EntryLine(
        line_number=1,
        hts=HtsCode("240110"),
        origin_country=CountryCode("US"),
        entered_value_usd=Decimal(1),
        manufacturer=Party(name="Tobacco from Malawi"),
    )
    assert screener.screen(Entry(lines=(line,)), DAY) == ()


def test_a_town_that_others_share_is_a_weak_sign() -> None:
    pack = small_pack(
        entities=(row("entities", hs_prefixes="61"),),
        places=(
            row("places", name="Sanhe", gateway_type="Xinjiang", homonym="1"),
            row("places", name="Hotan", gateway_type="Xinjiang"),
            row("places"),
        ),
        orders_by_place=(
            row("orders_by_place", entity_id="wro-made-up", country="CN", area="Xinjiang")
            | {"country_alone": ""},
        ),
    )
    screener = Screener(pack)
    (hit,) = goods(screener, COTTON, "CN", maker(city="Sanhe"))
    assert hit.strength is WEAK
    assert "may name Sanhe" in hit.why
    assert goods(screener, COTTON, "CN", maker(city="Dandong")) == []


def test_an_ended_order_on_a_place_is_past() -> None:
    ended = row("entities", hs_prefixes="24", status="ended", effective_to="2021-01-01")
    order = row("orders_by_place", entity_id="wro-made-up")
    screener = Screener(small_pack(entities=(ended,), orders_by_place=(order,)))
    (hit,) = goods(screener, "240110", "MW")
    assert (hit.strength, hit.effective_to) == (PAST, date(2021, 1, 1))
    assert "ended on 2021-01-01" in hit.why


def test_what_is_said_names_the_sign_and_no_party(screener: Screener) -> None:
    (hit,) = goods(screener, COTTON, "CN", maker(name="Quiet Firm", postal_code="830000"))
    assert "postal code is one of Xinjiang" in hit.why
    assert "Quiet" not in hit.why
    assert hit.order.startswith("Withhold Release Order of CBP: cotton and tomato")

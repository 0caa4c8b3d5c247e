"""What the description of goods itself says: a listed ship or firm, a place under an order."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Party
from app.core.reference import load_reference
from app.core.screening import Hit, HitStrength, Screener
from tests.reference_packs import row, small_pack

DAY = date(2026, 6, 1)
STRONG, WEAK, PAST = HitStrength.STRONG, HitStrength.WEAK, HitStrength.PAST
SQUID, DENIM, LAMPS = "0307430050", "5209420060", "9405428440"
TURKMEN = "wro-all-turkmenistan-cotton-and-products-with-turkmenistan-cotto"


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_reference())


def hits(
    screener: Screener,
    description: str,
    hts: str = SQUID,
    origin: str = "CN",
    *,
    maker: str | None = None,
    on: date = DAY,
) -> list[Hit]:
    line = EntryLine(
        line_number=1,
        hts=HtsCode(hts),
        origin_country=CountryCode(origin),
        entered_value_usd=Decimal(1),
        description=description,
        manufacturer=Party(name=maker) if maker else None,
    )
    return list(screener.screen(Entry(lines=(line,)), on))


@pytest.mark.parametrize(
    "said",
    [
        "FROZEN WHOLE SQUID (ILLEX), HARVEST VESSEL F/V ZHENFA 7",
        "frozen squid, caught by Zhen Fa 7",
        "squid " * 40 + "of the vessel Zhen Fa 7 " + "frozen " * 30,
    ],
)
def test_a_listed_ship_in_the_text_is_a_strong_hit(screener: Screener, said: str) -> None:
    (hit,) = hits(screener, said)
    assert (hit.role, hit.strength, hit.how) == ("description", STRONG, ("description",))
    assert "description of the goods has the name" in hit.why


def test_a_weak_name_of_a_party_does_not_silence_what_the_text_says(screener: Screener) -> None:
    firm = "Liaoning Danxing International Forwarding Co. Ltd."
    line = EntryLine(
        line_number=1,
        hts=HtsCode(LAMPS),
        origin_country=CountryCode("TW"),
        entered_value_usd=Decimal(1),
        description=f"LED LAMPS {firm}",
        seller=Party(name=firm, country=CountryCode("TW")),
    )
    found = screener.screen(Entry(lines=(line,)), DAY)
    assert [(each.role, each.strength) for each in found] == [
        ("seller", HitStrength.WEAK),
        ("description", STRONG),
    ]


@pytest.mark.parametrize(
    ("said", "hts", "on"),
    [
        ("frozen squid of Zhen Fa 77", SQUID, DAY),
        ("lamps of Zhen Fa 7", LAMPS, DAY),  # the order is on its catch
        ("frozen squid of Zhen Fa 7", SQUID, date(2020, 1, 1)),  # no order yet
        ("frozen squid", SQUID, DAY),
    ],
)
def test_another_ship_other_goods_or_an_earlier_day_is_no_hit(
    screener: Screener, said: str, hts: str, on: date
) -> None:
    assert hits(screener, said, hts, on=on) == []


def test_a_denied_or_short_name_is_weak_and_a_later_statement_counts() -> None:
    firm = row("entities", name="Hongmao Tianlin Garments Trading", hs_prefixes="")
    short = row("entities", entity_id="wro-short", name="Qiaolin Garments", hs_prefixes="")
    of = Screener(small_pack(entities=(firm, short)))
    (denied,) = hits(of, "shirts not by Hongmao Tianlin Garments Trading")
    assert denied.strength is WEAK
    (after,) = hits(
        of, "no Hongmao Tianlin Garments Trading yarn; Hongmao Tianlin Garments Trading"
    )
    assert after.strength is STRONG
    (before,) = hits(of, "Hongmao Tianlin Garments Trading, not Hongmao Tianlin Garments Trading")
    assert before.strength is STRONG
    (brief,) = hits(of, "shirts of Qiaolin Garments")
    assert brief.strength is WEAK


def test_an_ended_order_on_a_named_ship_is_past() -> None:
    ended = row(
        "entities",
        name="Fishing vessel Haixin 12",
        hs_prefixes="0307",
        status="ended",
        effective_to="2024-01-01",
    )
    (hit,) = hits(Screener(small_pack(entities=(ended,))), "squid of Haixin 12")
    assert hit.strength is PAST


def test_a_maker_that_is_listed_is_not_said_twice(screener: Screener) -> None:
    found = hits(screener, "frozen squid, vessel Zhen Fa 7", maker="Zhen Fa 7")
    assert [hit.role for hit in found] == ["manufacturer"]


@pytest.mark.parametrize(
    ("said", "strength"),
    [
        ("denim, yarn spun of Turkmenistan cotton", STRONG),
        ("denim of turkmen cotton", STRONG),
        ("denim, no Turkmenistan cotton", WEAK),
        ("denim, Turkmenistan free", WEAK),
    ],
)
def test_goods_that_name_a_place_under_an_order_are_its_goods(
    screener: Screener, said: str, strength: HitStrength
) -> None:
    (hit,) = hits(screener, said, DENIM, "TR")
    assert (hit.entity_id, hit.role, hit.strength) == (TURKMEN, "goods", strength)
    assert hits(screener, said, LAMPS, "TR") == []


def test_an_order_that_the_origin_meets_is_not_said_twice(screener: Screener) -> None:
    assert [hit.entity_id for hit in hits(screener, "Turkmen denim", DENIM, "TM")] == [TURKMEN]


def test_cotton_goods_that_say_xinjiang_are_met_wherever_they_were_sewn(
    screener: Screener,
) -> None:
    (hit,) = hits(screener, "T-shirts of XINJIANG long staple cotton", "6109100012", "VN")
    assert hit.entity_id == "wro-xinjiang-uyghur-autonomous-region"
    assert hit.strength is STRONG


def test_a_firm_that_an_amendment_let_in_is_not_met_by_its_description(screener: Screener) -> None:
    firm = "Alliance One Tobacco (Malawi) Limited"
    assert hits(screener, "burley tobacco of Malawi", "240110", "ZA", maker=firm) == []
    (other,) = hits(screener, "burley tobacco of Malawi", "240110", "ZA", maker="Somebody Leaf Ltd")
    assert (other.role, other.strength) == ("goods", STRONG)

"""MIDs: what CBP's rule makes of a listed name, compared with what is declared."""

from datetime import date
from decimal import Decimal

import pytest

from app.core.entry import CountryCode, Entry, EntryLine, HtsCode, Mid, Party
from app.core.screening import Hit, HitStrength, Screener
from app.core.screening.mids import MID_MATCH, MID_MATCH_WITHOUT_TOWN, name_letters
from tests.reference_packs import row, small_pack

DAY = date(2025, 6, 1)
HAOLIN = row("entities", name="Hetian Haolin Hair Co., Ltd.", location="Hotan, Xinjiang")


def by_mid(mid: str, listed: dict[str, str] = HAOLIN, **known: str) -> list[Hit]:
    party = Party(mid=Mid(mid), **known)  # type: ignore[arg-type]  # texts only
    line = EntryLine(
        line_number=4,
        hts=HtsCode("6109100012"),
        origin_country=CountryCode("CN"),
        entered_value_usd=Decimal(1),
        manufacturer=party,
    )
    return list(Screener(small_pack(entities=(listed,))).screen(Entry(lines=(line,)), DAY))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Hetian Haolin Hair Co., Ltd.", "HETHAO"),
        ("A.B.C. Company", "ABCCOM"),
        ("The Bank of the Sea", "BANSEA"),
        ("Li-Ning Sporting Goods", "LINSPO"),
        ("Ninestar", "NIN"),
        ("李宁", None),
        ("-", None),
    ],
)
def test_the_letters_of_a_name_in_a_mid(name: str, letters: str | None) -> None:
    assert name_letters(name) == letters


@pytest.mark.parametrize("mid", ["CNHETHAO12HOT", "CNHETHAO1145HET", "CNHETHAOKHO"])
def test_a_mid_of_a_listed_name_and_town_is_a_weak_hit(mid: str) -> None:
    (hit,) = by_mid(mid)
    assert (hit.strength, hit.match, hit.how) == (HitStrength.WEAK, MID_MATCH, ("mid",))
    assert (hit.role, hit.line_number) == ("manufacturer", 4)
    assert "MID" in hit.why
    assert "its town" in hit.why


@pytest.mark.parametrize(
    "mid", ["CNHETHAO12SHA", "VNHETHAO12HOT", "CNHETTAI12HOT", "CNHETHAO12HOTX", "CNHET"]
)
def test_another_town_country_or_name_is_no_hit(mid: str) -> None:
    assert by_mid(mid) == []


def test_without_a_known_town_the_name_is_enough_and_counts_less() -> None:
    (hit,) = by_mid("CNFORGAR12SHA", row("entities", name="Former Garments"))
    assert hit.match == MID_MATCH_WITHOUT_TOWN
    assert "its town" not in hit.why


def test_a_town_that_begins_the_name_is_its_town() -> None:
    listed = row("entities", name="Binzhou Yintai Industrial")
    assert len(by_mid("CNBINYIN12BIN", listed)) == 1
    assert by_mid("CNBINYIN12SHA", listed) == []


def test_a_name_of_one_word_needs_the_town() -> None:
    listed = row("entities", name="Ninestar", location="Zhuhai, Guangdong")
    assert len(by_mid("CNNIN3883ZHU", listed)) == 1
    assert by_mid("CNNIN3883ZHU", row("entities", name="Ninestar")) == []


def test_a_mid_says_nothing_more_where_the_name_says_it() -> None:
    hits = by_mid("CNHETHAO12HOT", name="Hetian Haolin Hair Co., Ltd.")
    assert [hit.how for hit in hits] == [()]


def test_goods_and_days_of_the_order_hold_for_a_mid_too() -> None:
    assert by_mid("CNHETHAO12HOT", HAOLIN | {"hs_prefixes": "67"}) == []
    assert by_mid("CNHETHAO12HOT", HAOLIN | {"effective_from": "2026-01-01"}) == []
    assert by_mid("CNHETHAO12HOT", HAOLIN | {"status": "ended"}) == []
    assert by_mid("CNHETHAO12HOT", HAOLIN | {"country": ""}) == []

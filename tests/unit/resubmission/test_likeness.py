"""Spellings of one party are one party; numbers, provinces and towns are not typos."""

import pytest

from app.core.codes import CountryCode, Mid
from app.core.entry import Party
from app.core.likeness import is_near_name, is_same_importer, is_same_maker

MAKER = {
    "name": "Example Trading Garment Co., Ltd.",
    "mid": "CNEXATRA12DAN",
    "city": "Dandong",
    "postal_code": "118000",
    "country": "CN",
}


def party(**changes: str | None) -> Party:
    """Return the maker with changes; None leaves a field out."""
    known = {name: value for name, value in (MAKER | changes).items() if value is not None}
    mid, country = known.pop("mid", None), known.pop("country", None)
    return Party(
        **known,
        mid=None if mid is None else Mid(mid),
        country=None if country is None else CountryCode(country),
    )


def bare(**known: str) -> Party:
    """Return a party of which nothing else is known."""
    return party(**(dict.fromkeys(MAKER, None) | known))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Example Trading Garment Co., Ltd.", "EXAMPLE TRADING GARMENT COMPANY LIMITED"),
        ("Example Trading Garment", "Garment Example Trading"),
        ("Example Trading Garment", "Exmaple Trading Garment"),
        ("Example Trading Garment", "Example Tradin Garmemt"),
        ("Dandong", "Dandng"),
        ("Éxample", "example"),
    ],
)
def test_a_corrected_spelling_is_near(one: str, other: str) -> None:
    assert is_near_name(one, other)
    assert is_near_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Example Garment Factory No 1", "Example Garment Factory No 2"),
        ("Hebei Example Garment", "Hubei Example Garment"),
        ("Jiangsu Example Garment", "Jiangxi Example Garment"),
        ("Example Garment Plant A", "Example Garment Plant B"),
        ("Tumen", "Yumen"),
        ("Dandong", "Dalian"),
        ("Example Trading", "Harbor Trading"),
        ("丹东示例服装有限公司", "丹东示列服装有限公司"),
    ],
)
def test_numbers_provinces_short_towns_and_chinese_characters_are_no_typos(
    one: str, other: str
) -> None:
    assert not is_near_name(one, other)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "Example Trading Garmnet Co Ltd"},
        {"name": "示例服装有限公司"},
        {"mid": None},
        {"mid": "CNEXATRA99DAN"},
        {"postal_code": "118300"},
        {"postal_code": None},
        {"postal_code": "1180"},
        {"city": "Dandng"},
        {"country": None},
    ],
)
def test_a_completed_or_corrected_maker_is_the_same(changes: dict[str, str | None]) -> None:
    assert is_same_maker(party(), party(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Harbor Knitting Mill"},
        {"country": "VN"},
        {"mid": "VNEXATRA12DAN"},
        {"city": "Dalian"},
        {"city": None},
        {"postal_code": "830000"},
        {"postal_code": "83\u200c0000"},
        {"postal_code": "\uff18\uff13 0000"},
        {"mid": None, "country": None},
        {"mid": "CNEXATRA99DAN", "name": "示例服装有限公司"},
    ],
)
def test_another_or_a_withdrawn_maker_is_another(changes: dict[str, str | None]) -> None:
    assert not is_same_maker(party(), party(**changes))


def test_what_was_not_declared_may_be_added_and_what_was_may_not_go() -> None:
    assert is_same_maker(None, party())
    assert not is_same_maker(party(), None)
    assert is_same_maker(bare(city="Dandong"), party())


def test_without_names_numbers_and_mids_tell_makers_apart() -> None:
    assert is_same_maker(bare(number="12-34"), bare(number="1234"))
    assert not is_same_maker(bare(number="12-34"), bare(number="1235"))
    assert is_same_maker(bare(mid="CNEXATRA12DAN"), bare(mid="CNEXATRA12DAN"))
    assert not is_same_maker(bare(mid="CNEXATRA12DAN"), bare(mid="CNHARKNI12DAN"))
    assert not is_same_maker(bare(mid="CNEXATRA12DAN"), bare(name="Example Trading"))


def test_importers_are_one_unless_all_they_share_differs() -> None:
    assert is_same_importer(None, party())
    assert is_same_importer(party(), None)
    assert is_same_importer(bare(number="12-34"), bare(name="Harbor"))
    assert is_same_importer(bare(number="12-34", name="Harbor"), bare(number="12-34", name="Quay"))
    assert is_same_importer(bare(number="1", name="Harbor"), bare(number="2", name="HARBOR INC"))
    assert not is_same_importer(bare(number="1", name="Harbor"), bare(number="2", name="Quay"))

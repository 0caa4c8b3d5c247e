"""Places in the words of an address: towns count, what merely bears their name does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reference.localities import PROVINCES, PlaceIndex
from tests.filings import shipped
from tests.reference_packs import row, small_pack


def named(text: str, country: str = "CN") -> dict[str, bool]:
    return {each.place.name: each.plain for each in places().read(text, country).places}


def places() -> PlaceIndex:
    return shipped().places


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Dandong", "Dandong"),
        ("DANDONG CITY, LIAONING", "Dandong"),
        ("Dan Dong", "Dandong"),
        ("Dandong Shi", "Dandong"),
        ("Zhenxing District, Dandong", "Dandong"),
        ("Zhenxing District Dandong", "Dandong"),
        ("丹东市振兴区", "Dandong"),
        ("D\u200ban\u200bdong", "Dandong"),
        ("Urumqi Xinjiang 830000 China", "Urumqi"),
        ("Ürümqi", "Urumqi"),
        ("Wulumuqi", "Urumqi"),
        ("Turfan", "Turpan"),
        ("Kashi Prefecture", "Kashgar"),
        ("Hetian", "Hotan"),
        ("Lop County", "Lop"),
        ("Changbai Korean Autonomous County", "Changbai"),
        ("Ili Kazakh Autonomous Prefecture", "Yining"),
        ("Hunchun City Jilin", "Hunchun"),
        ("Xinjiang Uygur Autonomous Region", "Xinjiang"),
    ],
)
def test_a_town_is_read_in_its_spellings(text: str, place: str) -> None:
    place = "Yili" if text.startswith("Ili") else place
    assert named(text).get(place) is True


@pytest.mark.parametrize(
    "text",
    [
        "888 Xinjiang Road, Shanghai",
        "Xinjiang East Road",
        "Xinjiang Zhong Lu 12",
        "12 Dandong Road",
        "Dandong 2nd Street, Dalian",
        "Dandong Restaurant Supply Inc.",
        "Urumqi Building, Beijing",
        "Xinjiang Office Building, Beijing",
        "上海市新疆路12号",
        "大连市丹东东路",
        "Shenyang",
        "",
        "Lop shop Yili",
    ],
)
def test_a_street_house_or_firm_that_bears_the_name_is_no_town(text: str) -> None:
    assert not any(named(text).values())


def test_a_name_among_other_words_is_a_weak_sign() -> None:
    assert named("No. 5 Gongye Rd Hunchun") == {"Hunchun": False}
    assert named("Hunchun Border Economic Cooperation Zone, Jilin") == {"Hunchun": True}
    assert named("Changji Hui Autonomous Prefecture") == {"Changji": True}
    assert named("Hunchun Zone, Hunchun") == {"Hunchun": True}
    assert named("Zone 5 of Lop") == {}


def test_a_town_of_another_country_is_another_town() -> None:
    assert named("Aral", "KZ") == {}
    assert named("丹东", "KR") == {}


def test_provinces_are_read_but_not_those_of_streets() -> None:
    read = places().read("Fujian Road 5, Nanjing, Jiangsu", "CN")
    assert read.provinces == {"jiangsu"}
    assert "xinjiang" in PROVINCES


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Dandong Yalu Garment Co., Ltd.", "Dandong"),
        ("丹东鸭绿江服装有限公司", "Dandong"),
        ("Lop County Meixin Hair Products", "Lop"),
        ("Xinjiang Road Electronics Co., Ltd.", None),
        ("Shanghai Dandong Trading", None),
        ("上海服装有限公司", None),
        ("***", None),
    ],
)
def test_a_firms_name_may_begin_with_its_town(name: str, place: str | None) -> None:
    found = places().begins(name, "CN")
    assert (None if found is None else found.name) == place


def test_the_letters_that_end_a_mid_may_be_of_several_towns() -> None:
    assert [each.name for each in places().by_letters("DAN", "CN")] == ["Dandong"]
    assert places().by_letters("ZZZ", "CN") == ()


def test_every_name_of_the_table_is_found_by_itself() -> None:
    pack = small_pack(
        places=[row("places"), row("places", name="Hotan", aliases="Hetian;和田", homonym="1")]
    )
    assert {pack.place(name, "CN") for name in ("Hotan", "Hetian", "和田")} == {
        pack.place("Hotan", "CN")
    }
    assert pack.place("Hotan", "RU") is None


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read = places().read(text, "CN")
    assert read == places().read(text, "CN")
    places().begins(text, "CN")

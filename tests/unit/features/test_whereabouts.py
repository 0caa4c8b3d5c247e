"""Where a party is: signs that suffice, signs that do not, and names that several places bear."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.features.gateways import Gateway
from app.core.features.whereabouts import AREAS, Whereabouts, whereabouts
from tests.filings import party, shipped

_BORDER, _XINJIANG = Gateway.BORDER, Gateway.XINJIANG


def at(country: str | None = "CN", **said: Any) -> Whereabouts:
    return whereabouts(party(country, **said), country, shipped())


@pytest.mark.parametrize(
    ("said", "kind", "signs"),
    [
        ({"city": "Dandong"}, _BORDER, ("town",)),
        ({"city": "Dan Dong City, Liaoning"}, _BORDER, ("town", "province")),
        ({"address": "Zhenxing District, Dandong"}, _BORDER, ("address",)),
        ({"address": "12 Gongye Rd Hunchun", "postal_code": "133300"}, _BORDER, None),
        ({"address": "12 Gongye Rd Hunchun 133300"}, _BORDER, ("address", "postal code")),
        ({"address": "12 Gongye Rd Hunchun", "city": "Jilin"}, _BORDER, ("address", "province")),
        ({"address": "12 Gongye Rd Hunchun", "mid": "CNEXATRA12HUN"}, _BORDER, ("address", "MID")),
        ({"name": "Dandong Yalu Co", "mid": "CNDANYAL12DAN"}, _BORDER, ("MID", "name")),
        ({"city": "Shihezi Economic and Technological Development Zone"}, _XINJIANG, ("town",)),
        ({"postal_code": "118000"}, _BORDER, ("postal code",)),
        ({"postal_code": "１１８０００"}, _BORDER, ("postal code",)),
        ({"postal_code": "844000", "city": "Shanghai"}, _XINJIANG, ("postal code",)),
        ({"city": "Urumqi", "postal_code": "200000"}, _XINJIANG, ("town",)),
        ({"city": "Ji'an", "postal_code": "134200"}, _BORDER, ("town", "postal code")),
        ({"city": "Ji'an, Jilin"}, _BORDER, ("town", "province")),
        ({"city": "Donggang", "postal_code": "118300"}, _BORDER, ("town", "postal code")),
        ({"city": "Qinghe", "address": "Altay, Xinjiang"}, _XINJIANG, None),
        ({"city": "Pingdu"}, Gateway.CLUSTER, ("town",)),
        ({"city": "乌鲁木齐市"}, _XINJIANG, ("town",)),
        ({"postal_code": "116000"}, Gateway.HUB, ("postal code",)),
    ],
)
def test_a_party_is_where_its_signs_suffice(
    said: dict[str, str], kind: Gateway, signs: tuple[str, ...] | None
) -> None:
    found = at(**said)
    assert found.kind is kind
    assert found.known
    assert signs is None or found.signs == signs


@pytest.mark.parametrize(
    "said",
    [
        {"address": "888 Xinjiang Road", "city": "Shanghai"},
        {"address": "12 Dandong Road", "city": "Yangjiang"},
        {"city": "Ji'an", "postal_code": "343000"},
        {"city": "Ji'an", "address": "Jizhou District, Jiangxi"},
        {"city": "Nanping, Fujian"},
        {"city": "Sanhe", "postal_code": "065200"},
        {"city": "Qinghe", "postal_code": "054800"},
        {"city": "Yanqi", "address": "Huairou, Beijing"},
        {"address": "Linjiang Industrial Zone, Hangzhou, Zhejiang"},
        {"name": "Dandong Trading", "city": "Shanghai"},
        {"name": "Xinjiang Road Electronics", "city": "Shanghai"},
        {"city": "Shenyang"},
        {"city": "Yiwu"},
        {"city": "Dunhua", "postal_code": "133700"},
    ],
)
def test_another_place_is_no_signal_and_known(said: dict[str, str]) -> None:
    found = at(**said)
    assert (found.kind, found.unclear, found.known) == (None, None, True)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"city": "Ji'an"}, _BORDER),
        ({"city": "Sanhe"}, _BORDER),
        ({"address": "12 Gongye Rd Hunchun", "city": "Changchun"}, _BORDER),
        ({"name": "Dandong Co", "mid": "CNDANYAL12DAN", "city": "Shanghai"}, _BORDER),
        ({"city": "Qinghe"}, _XINJIANG),
        ({"name": "Xinjiang Cotton Co"}, _XINJIANG),
        ({"name": "Shanshan Textile Co", "mid": "CNSHATEX12SHA"}, _XINJIANG),
    ],
)
def test_a_name_that_may_mean_several_places_is_unknown(
    said: dict[str, str], kind: Gateway
) -> None:
    found = at(**said)
    assert (found.kind, found.unclear, found.known) == (None, kind, False)


def test_the_gravest_place_counts_where_signs_name_two() -> None:
    found = at(city="Dandong", postal_code="844000")
    assert (found.kind, found.signs) == (_XINJIANG, ("postal code",))


def test_a_firm_in_ohio_that_bears_the_name_is_in_ohio() -> None:
    found = at("US", name="Dandong Restaurant Supply Inc.", city="Columbus")
    assert (found.kind, found.unclear) == (None, None)


def test_towns_of_the_russian_far_east_and_of_north_korea_are_places() -> None:
    assert at("RU", city="Nakhodka").kind is Gateway.FAR_EAST
    assert at("RU", city="Ussuriisk").kind is Gateway.FAR_EAST
    assert at("RU", city="Kemerovo").kind is None
    assert at("KP", city="Nampo").kind is Gateway.NORTH_KOREA
    assert at("KZ", city="Aral").kind is None


def test_a_port_in_xinjiang_may_name_a_makers_town() -> None:
    found = at(city="Kalasu", address="Kalasu")
    assert (found.kind, found.signs) == (_XINJIANG, ("town", "address"))


def test_nothing_declared_is_nothing_known() -> None:
    assert whereabouts(None, "CN", shipped()) == Whereabouts()
    assert at(None, city="Dandong") == Whereabouts()
    assert not at().known
    assert not at(address="12 Gongye Road").known


def test_every_postal_area_that_speaks_is_in_the_table() -> None:
    pack = shipped()
    found = {
        pack.postal_area("CN", code)
        for code in ("830000", "118000", "133300", "133000", "134200", "134400", "134600")
    }
    assert found | {"pingdu", "dalian"} == set(AREAS)


@given(st.sampled_from(["Dandong", "Urumqi", "Ji'an", "Shanghai"]), st.sampled_from("\u200b\u00ad"))
def test_characters_that_are_not_seen_never_move_a_party(city: str, unseen: str) -> None:
    hidden = unseen.join(city)
    assert at(city=hidden).kind is at(city=city).kind
    assert at(postal_code=f"83{unseen}0000").kind is _XINJIANG

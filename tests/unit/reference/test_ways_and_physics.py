"""Chains, speeds, bounds, capacities and yields: read from their tables, and only well-formed."""

from datetime import date

import pytest

from app.core.errors import ReferenceRefused
from app.core.reference.physics import kg_per_unit_of_weight, plain_unit
from tests.filings import shipped
from tests.reference_packs import row, small_pack

DAY = date(2026, 1, 1)


def test_a_chain_is_of_its_goods_origins_and_days() -> None:
    cells = {"origins": "RU", "effective_from": "2018-01-01", "effective_to": "2020-01-01"}
    (chain,) = small_pack(chains=[row("chains", **cells)]).ways.chains
    assert chain.concerns("2701110000", "RU", date(2019, 1, 1))
    assert not chain.concerns("6109100000", "RU", date(2019, 1, 1))
    assert not chain.concerns("2701110000", "CN", date(2019, 1, 1))
    assert not chain.concerns("2701110000", "RU", date(2017, 1, 1))
    assert not chain.concerns("2701110000", "RU", date(2020, 1, 1))


def test_the_steps_of_a_chain_come_in_their_order() -> None:
    (chain,) = small_pack(chains=[row("chains", steps="border;CNDLC|CNTAO")]).ways.chains
    border, hub, other = frozenset({"border"}), frozenset({"CNDLC", "CN"}), frozenset({"KR"})
    assert chain.places_in([other, border, other, hub]) == (1, 3)
    assert chain.places_in([hub, border]) == ()
    assert chain.places_in([]) == ()


def test_the_strongest_chain_comes_first() -> None:
    rows = [row("chains", strength="1"), row("chains", chain="other", strength="3")]
    found = small_pack(chains=rows).ways.chains_of("2701110000", "CN", DAY)
    assert [each.strength for each in found] == [3, 1]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"steps": "nowhere"}, "step 'nowhere' is no UN/LOCODE"),
        ({"steps": ""}, "steps is empty"),
        ({"strength": "9"}, "strength is '9', wanted one of 1, 2, 3"),
    ],
)
def test_a_chain_that_cannot_be_followed_is_refused(cells: dict[str, str], message: str) -> None:
    with pytest.raises(ReferenceRefused, match=message):
        small_pack(chains=[row("chains", **cells)])


def test_the_longest_prefix_is_the_bound() -> None:
    rows = [row("bounds"), row("bounds", hs_prefixes="520812", high="0.1")]
    physics = small_pack(bounds=rows).physics
    wide, narrow = physics.bound("kg_per_unit", "520811", "MTK"), physics.bound(
        "kg_per_unit", "5208121000", "m2"
    )  # fmt: skip
    assert wide is not None
    assert narrow is not None
    assert (wide.high, narrow.high) == (0.2, 0.1)
    assert physics.bound("kg_per_unit", "520811", "KG") is None
    assert physics.bound("usd_per_kg", "520811") is None
    assert physics.bound("kg_per_unit", "610910", "M2") is None


def test_capacities_are_of_a_country_and_yields_of_goods() -> None:
    physics = small_pack().physics
    capacity, taken = physics.capacity("5201005000", "HK"), physics.yield_of("5205110000")
    assert capacity is not None
    assert capacity.tonnes_per_year == 0
    assert physics.capacity("5201005000", "US") is None
    assert taken is not None
    assert (taken.input, taken.kg_low, taken.kg_high) == ("cotton", 1.1, 1.5)
    assert physics.yield_of("010121") is None


@pytest.mark.parametrize(
    ("table", "cells", "message"),
    [
        ("speeds", {"means": "camel"}, "means is 'camel'"),
        ("speeds", {"km_per_day": "0"}, "km_per_day is '0', wanted a number above 0"),
        ("speeds", {"km_per_day": ""}, "km_per_day is '', wanted a number above 0"),
        ("bounds", {"high": ""}, "low and high are empty"),
        ("bounds", {"low": "-1"}, "low is '-1', wanted a number of at least 0"),
        ("bounds", {"low": "x"}, "low is 'x', wanted a number of at least 0"),
        ("bounds", {"low": "inf"}, "low is 'inf', wanted a number of at least 0"),
        ("bounds", {"hs_prefixes": "5"}, "HS prefix is '5'"),
        ("capacities", {"tonnes_per_year": ""}, "tonnes_per_year is empty"),
        ("capacities", {"country": "QQ"}, "country is 'QQ'"),
        ("yields", {"kg_low": "0"}, "kg_low is '0', wanted a number above 0"),
    ],
)
def test_a_row_that_says_nothing_is_refused(
    table: str, cells: dict[str, str], message: str
) -> None:
    with pytest.raises(ReferenceRefused, match=message):
        small_pack(**{table: [row(table, **cells)]})


def test_units_are_read_in_their_spellings() -> None:
    assert (plain_unit("mtk"), plain_unit(" w "), plain_unit("no")) == ("M2", "W", "NO")
    assert kg_per_unit_of_weight("kgm") == 1.0
    assert kg_per_unit_of_weight("T") == 1000.0
    assert kg_per_unit_of_weight("NO") is None
    assert kg_per_unit_of_weight(None) is None


def test_the_shipped_chains_name_places_that_exist() -> None:
    pack = shipped()
    for chain in pack.ways.chains:
        for step in chain.steps:
            for each in step:
                if len(each) == 5 and each.isupper():
                    assert pack.port(unlocode=each) is not None, (chain.chain, each)


def test_the_shipped_speeds_are_above_any_liner() -> None:
    speeds = shipped().ways.speeds
    assert speeds["vessel"] > 30 * 24 * 1.852  # 30 knots
    assert speeds["air"] > speeds["vessel"]

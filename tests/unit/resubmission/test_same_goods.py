"""When two submissions are the same goods, and what of them was changed materially."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.resubmission import (
    MAX_SHIPMENT_KEYS,
    Changed,
    differences,
    is_same_declaration,
    shipment_keys,
)
from tests.filings import entries

MAKER = {
    "name": "Example Trading Garment Co., Ltd.",
    "mid": "CNEXATRA12DAN",
    "city": "Dandong",
    "country": "CN",
}


def line(**changes: Any) -> dict[str, Any]:
    return {
        "hts": "6201407511",
        "origin_country": "CN",
        "entered_value_usd": "48250.00",
        "quantity": 2500,
        "quantity_unit": "NO",
        "manufacturer": MAKER,
    } | changes


def entry(*lines: dict[str, Any], **changes: Any) -> Entry:
    document = {
        "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC"},
        "bills_of_lading": ["OOLU2634418870"],
        "containers": ["OOLU9182736"],
        "lines": list(lines or [line()]),
    }
    return read_submission(document | changes).entry


def changed(before: Entry, now: Entry) -> set[str] | None:
    """Return all that changed, by wire name; None for other goods."""
    found = differences(before, now)
    return None if found is None else {str(name) for each in found for name in each.changed}


def test_an_entry_without_bill_container_or_number_has_no_key() -> None:
    bare = entry(bills_of_lading=[], containers=[])
    assert shipment_keys(bare) == ()
    assert differences(bare, bare) is None


def test_keys_are_opaque_and_bounded() -> None:
    many = entry(
        containers=[f"OOLU{number:06}0" for number in range(200)], entry_number="B76-0324527-8"
    )
    keys = shipment_keys(many)
    assert len(keys) == MAX_SHIPMENT_KEYS
    assert all(key.startswith("shipment:") and len(key) == 41 for key in keys)
    assert not any("OOLU" in key for key in keys)


@pytest.mark.parametrize(
    "other",
    [
        {"bills_of_lading": ["oolu 2634418870"], "containers": []},
        {"bills_of_lading": ["2634418870"], "containers": []},
        {"bills_of_lading": [], "containers": ["OOLU-918273-6"]},
        {"bills_of_lading": ["OOLU2634418870", "OOLU2634418871"]},
        {"importer": None},
        {"importer": {"name": "HARBOR OUTFITTERS"}},
    ],
)
def test_a_shared_bill_or_container_and_importer_is_the_same_shipment(
    other: dict[str, Any],
) -> None:
    assert changed(entry(), entry(**other)) == set()


@pytest.mark.parametrize(
    "other",
    [
        {"bills_of_lading": ["OOLU2634418871"], "containers": []},
        {"importer": {"number": "98-7654321AB", "name": "Quay Traders"}},
        {"bills_of_lading": [], "containers": []},
    ],
)
def test_another_bill_importer_or_none_at_all_is_another_shipment(other: dict[str, Any]) -> None:
    assert changed(entry(), entry(**other)) is None


def test_short_bill_numbers_keep_their_carrier() -> None:
    one, other = (entry(bills_of_lading=[bill], containers=[]) for bill in ("ABCD123", "WXYZ123"))
    assert changed(one, other) is None


def test_the_entry_number_alone_will_do() -> None:
    bare = {"bills_of_lading": [], "containers": [], "entry_number": "B76-0324527-8"}
    assert changed(entry(**bare), entry(line(origin_country="VN"), **bare)) == {"origin_country"}
    assert changed(entry(**bare), entry(entry_number="B76-0324527-8")) == set()


def test_a_container_alone_does_not_tie_two_voyages() -> None:
    def sailing(day: str | None, bill: str) -> Entry:
        return entry(arrival_date=day, bills_of_lading=[bill])

    first = sailing("2026-05-01", "OOLU1000001")
    assert changed(first, sailing("2026-07-01", "OOLU1000002")) is None
    assert changed(first, sailing("2026-05-20", "OOLU1000002")) == set()
    assert changed(first, sailing(None, "OOLU1000002")) == set()
    assert changed(first, entry(arrival_date="2026-07-01", bills_of_lading=[])) == set()
    assert changed(first, sailing("2026-07-01", "OOLU1000001")) == set()
    assert changed(sailing(None, "OOLU1000001"), first) == set()


@pytest.mark.parametrize(
    ("value", "quantity", "is_same"),
    [
        ("48250", 2500, True),
        ("53000", 2500, True),
        ("44000", 2300, True),
        ("59000", 2500, False),
        ("48250", 3200, False),
        ("0", 2500, False),
    ],
)
def test_values_and_quantities_agree_in_neighbouring_buckets(
    value: str, quantity: int, is_same: bool
) -> None:
    now = entry(line(entered_value_usd=value, quantity=quantity))
    assert (changed(entry(), now) is not None) == is_same


@pytest.mark.parametrize("cents", range(0, 300, 7))
def test_a_tenth_more_never_parts_two_values_wherever_the_bucket_ends(cents: int) -> None:
    value = 1000 + cents
    one, other = (
        entry(line(entered_value_usd=str(each))) for each in (value, round(value * 1.099, 2))
    )
    assert changed(one, other) == set()


def test_a_quantity_in_another_unit_or_unknown_is_not_compared() -> None:
    assert changed(entry(), entry(line(quantity=208, quantity_unit="DOZ"))) == set()
    assert changed(entry(), entry(line(quantity=None))) == set()
    assert changed(entry(), entry(line(quantity_unit=None))) == set()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"origin_country": "VN"}, {"origin_country"}),
        ({"hts": "6201307511"}, {"hts"}),
        ({"hts": "640399"}, {"hts"}),
        ({"manufacturer": MAKER | {"name": "Harbor Knitting Mill", "mid": None}}, {"manufacturer"}),
        ({"manufacturer": MAKER | {"city": "Dalian"}}, {"manufacturer"}),
        ({"manufacturer": None}, {"manufacturer"}),
        ({"origin_country": "VN", "hts": "640399", "manufacturer": None},
         {"origin_country", "hts", "manufacturer"}),
    ],
)  # fmt: skip
def test_another_origin_subheading_or_maker_is_material(
    changes: dict[str, Any], what: set[str]
) -> None:
    assert changed(entry(), entry(line(**changes))) == what


@pytest.mark.parametrize(
    "changes",
    [
        {"hts": "620140"},
        {"hts": "6201407599"},
        {"manufacturer": MAKER | {"name": "Example Trading Garmnet Company"}},
        {"manufacturer": MAKER | {"postal_code": "118000"}},
        {"description": "men's padded jackets", "gross_weight_kg": 1890},
        {"seller": {"name": "Example Trading (HK) Ltd"}},
        {"entered_value_usd": "48260.00"},
    ],
)
def test_a_corrected_typo_a_longer_code_and_what_completes_are_not(changes: dict[str, Any]) -> None:
    assert changed(entry(), entry(line(**changes))) == set()


def test_without_a_maker_the_seller_is_compared() -> None:
    sold = line(manufacturer=None, seller={"name": "Example Trading (HK) Ltd"})
    assert changed(entry(sold), entry(sold | {"seller": {"name": "Quay Sourcing"}})) == {
        "manufacturer"
    }
    assert changed(entry(sold), entry(sold | {"manufacturer": MAKER})) == set()
    assert changed(entry(sold), entry(sold | {"seller": None})) == {"manufacturer"}


ROUTE = [
    {"unlocode": "CNDDG", "country": "CN", "role": "stuffing"},
    {"unlocode": "CNDLC", "country": "CN", "role": "lading"},
    {"unlocode": "USLAX", "country": "US", "role": "unlading"},
]


@pytest.mark.parametrize(
    "route",
    [
        ROUTE[1:],
        [],
        [{"unlocode": "VNSGN", "role": "lading"}],
        [ROUTE[1], {"country": "CN", "role": "stuffing"}],
        [{"country": "CN", "role": "lading"}],
    ],
)
def test_a_place_that_is_replaced_or_withdrawn_is_another_route(route: list[Any]) -> None:
    assert changed(entry(route=ROUTE), entry(route=route)) == {"route"}


@pytest.mark.parametrize(
    "route",
    [
        ROUTE,
        [*ROUTE[:2], {"unlocode": "KRPUS", "role": "transshipment"}],
        [*ROUTE[:2], {"unlocode": "USNYC", "role": "unlading"}],
        [*ROUTE[:2], {"schedule_d": "2704", "role": "unlading"}],
        [ROUTE[1], ROUTE[0]],
        [{"schedule_k": "57051", "country": "CN", "role": "lading"}],
    ],
)
def test_a_leg_that_is_added_and_a_way_within_the_states_are_none(route: list[Any]) -> None:
    assert changed(entry(route=ROUTE), entry(route=route)) == set()


def test_legs_by_country_or_schedule_k_are_looked_for_in_their_own_way() -> None:
    def way(*legs: dict[str, Any]) -> Entry:
        return entry(route=[each | {"role": "lading"} for each in legs])

    dalian, vladivostok = {"schedule_k": "57051"}, {"schedule_k": "46238"}
    assert changed(way(dalian), way(vladivostok)) == {"route"}
    assert changed(way(dalian), way(vladivostok, dalian)) == set()
    assert changed(way(dalian), way({"unlocode": "CNDLC"})) == set()
    assert changed(way({"country": "CN"}), way({"unlocode": "CNDLC"})) == set()
    assert changed(way({"country": "CN"}), way({"country": "KR"})) == {"route"}


def test_another_export_country_is_another_route_unless_a_leg_is_there() -> None:
    china = entry(export_country="CN")
    assert changed(china, entry(export_country="VN")) == {"route"}
    assert changed(china, entry(export_country=None)) == {"route"}
    assert changed(china, entry(export_country=None, route=ROUTE)) == set()


def test_lines_in_another_order_are_the_same() -> None:
    jackets, shoes = line(), line(hts="640399", origin_country="VN", entered_value_usd="9000")
    assert changed(entry(jackets, shoes), entry(shoes, jackets)) == set()
    twins = line(origin_country="VN")
    assert changed(entry(jackets, twins), entry(twins, jackets)) == set()


def test_lines_that_swap_their_origins_are_not() -> None:
    jackets, shoes = line(), line(hts="640399", origin_country="VN", entered_value_usd="9000")
    now = entry(line(origin_country="VN"), shoes | {"origin_country": "CN"})
    assert changed(entry(jackets, shoes), now) == {"origin_country"}


def test_a_line_that_is_split_or_joined_is_held_against_its_parts() -> None:
    half = line(entered_value_usd="24125", quantity=1250)
    assert changed(entry(), entry(half, half)) == set()
    assert changed(entry(half, half), entry()) == set()
    assert changed(entry(), entry(half, half | {"origin_country": "VN"})) == {"origin_country"}
    assert changed(
        entry(half, half | {"origin_country": "VN"}), entry(line(origin_country="VN"))
    ) == {"origin_country"}


def test_a_line_that_is_added_beside_the_same_goods_changes_nothing() -> None:
    samples = line(hts="490199", origin_country="VN", entered_value_usd="40", quantity=1)
    assert changed(entry(), entry(line(), samples)) == set()


def test_differences_name_the_lines_they_are_between() -> None:
    shoes = line(hts="640399", entered_value_usd="9000", quantity=100)
    found = differences(entry(line(), shoes), entry(shoes | {"origin_country": "VN"}, line()))
    assert found is not None
    (only,) = found
    assert (only.changed, only.earlier_lines, only.lines) == ((Changed.ORIGIN,), (2,), (1,))


def test_a_bill_entered_in_parts_is_held_against_the_lines_that_have_a_twin() -> None:
    shoes = line(hts="640399", entered_value_usd="9000", quantity=100)
    whole = entry(line(), shoes)
    assert changed(whole, entry(shoes | {"origin_country": "VN"})) == {"origin_country"}
    assert changed(entry(shoes | {"origin_country": "VN"}), whole) == {"origin_country"}
    assert changed(whole, entry(shoes | {"quantity": None})) is None
    assert changed(whole, entry(line(entered_value_usd="100", quantity=1))) is None
    assert changed(whole, entry(shoes, line(entered_value_usd="100000", quantity=1))) is None


def made_by(names: list[str], *, split: int) -> Entry:
    """Return an entry of one line a maker, of falling values so that `split` tells pairs apart."""
    return entry(
        *(
            line(
                manufacturer=MAKER | {"name": name, "mid": None},
                entered_value_usd=str(round(48000 / len(names) / split, 2)),
                quantity=str(round(2500 / len(names) / split, 3)),
            )
            for name in names
            for _ in range(split)
        )
    )


MILLS = [f"Mill {chr(65 + at % 26)}{chr(97 + at // 26)} Weaving" for at in range(60)]


def test_makers_of_lines_that_were_split_are_held_against_each_other() -> None:
    assert changed(made_by(MILLS, split=1), made_by(MILLS, split=2)) == set()
    assert changed(made_by(MILLS[:3], split=1), made_by(MILLS[1:4], split=2)) == {"manufacturer"}
    assert changed(made_by(MILLS[:2], split=1), made_by(MILLS[:3], split=2)) == {"manufacturer"}


def test_more_makers_than_are_compared_by_spelling_count_as_others() -> None:
    misspelt = [name.replace("Weaving", "Weavnig") for name in MILLS]
    assert changed(made_by(MILLS[:3], split=1), made_by(misspelt[:3], split=2)) == set()
    assert changed(made_by(MILLS, split=1), made_by(misspelt, split=2)) == {"manufacturer"}


def test_a_declaration_is_the_same_only_if_nothing_was_added_either() -> None:
    assert is_same_declaration(entry(), entry(line(description="jackets")))
    assert not is_same_declaration(entry(), entry(route=ROUTE))
    assert not is_same_declaration(entry(route=ROUTE), entry())


def test_lines_that_say_less_are_not_paired_with_those_that_say_more() -> None:
    bare, whole = line(manufacturer=None), line()
    assert changed(entry(bare, whole), entry(whole, bare)) == set()


def test_many_lines_of_one_value_in_another_order_are_the_same() -> None:
    many = [line(manufacturer=MAKER | {"name": name, "mid": None}) for name in MILLS]
    assert changed(entry(*many), entry(*reversed(many))) == set()


@given(entries)
def test_an_entry_changes_nothing_of_itself(drawn: Entry) -> None:
    shipped = replace(drawn, bills_of_lading=("OOLU2634418870",))
    turned = replace(shipped, lines=shipped.lines[::-1])
    assert differences(shipped, shipped) == differences(shipped, turned) == ()
    assert is_same_declaration(shipped, turned)


@given(entries, entries)
def test_any_two_entries_are_compared_and_only_lines_they_have_are_named(
    one: Entry, other: Entry
) -> None:
    before, now = (replace(each, bills_of_lading=("OOLU2634418870",)) for each in (one, other))
    for found in differences(before, now) or ():
        assert found.changed
        assert set(found.lines) <= {each.line_number for each in now.lines}
        assert set(found.earlier_lines) <= {each.line_number for each in before.lines}

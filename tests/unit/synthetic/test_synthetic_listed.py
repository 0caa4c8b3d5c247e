"""Entries that name listed parties: since when, how they are spelled, and what becomes of them."""

import numpy as np
import pytest

from app.core.errors import DataRefused
from app.core.reference import load_reference
from tests.synthetic_worlds import column, flags, rows, small_world
from training.synthetic import Plan, make_world
from training.synthetic.listed import misspelt, spellings

LISTED = Plan(entries=6_000, seed=5, nexus_share=0.03, listed_share=0.03)


def test_off_or_at_no_share_nobody_is_listed() -> None:
    assert not flags(small_world("listed_parties").truth, "barred").any()
    none = make_world(Plan(entries=1_000, seed=5, nexus_share=0.03, listed_share=0.0))
    assert not flags(none.truth, "barred").any()


def test_what_is_barred_names_a_listed_party_or_has_a_maker_in_xinjiang() -> None:
    world = make_world(LISTED)
    barred = flags(world.truth, "barred")
    assert 0.01 < barred.mean() < 0.06
    names = {
        spelled.casefold()
        for entity in load_reference().listed
        for spelled in (entity.name, entity.name.replace(",", "").replace(".", ""))
    }
    found = [str(each).casefold() for each in column(world.lines, "manufacturer_name")[barred]]
    postal = [str(each) for each in column(world.lines, "manufacturer_postal_code")[barred]]
    there = [each[:2] in {"83", "84"} for each in postal]  # Xinjiang, any goods
    named = [each in names for each in found]  # others are misspelt, or an alias
    assert 0.15 < np.mean(there) < 0.7
    assert np.mean([a or b for a, b in zip(named, there, strict=True)]) > 0.6


def test_goods_of_a_listed_party_that_were_decided_on_were_nearly_all_denied() -> None:
    world = make_world(LISTED)
    numbers = set(column(world.truth, "entry_number")[flags(world.truth, "barred")])
    denied = released = 0
    for row in rows(world.outcomes):
        if row["entry_number"] in numbers and row["source"] == "government":
            code = str(row["code"])
            denied += code in {"excluded", "seized", "exported_by_importer", "abandoned"}
            released += code.startswith("released") or code == "examined_clear"
    assert denied > 20
    assert denied > 4 * released


def test_a_listed_name_is_written_in_four_ways() -> None:
    entity = next(each for each in load_reference().listed if each.aliases)
    found = spellings(entity, np.random.default_rng(3))
    assert found[0] == entity.name
    assert found[1] == str(found[1]).upper()
    assert len(set(found.tolist())) == 4


def test_a_name_without_letters_is_left_as_it_is() -> None:
    assert misspelt("1 2", np.random.default_rng(1)) == "1 2"


@pytest.mark.parametrize(
    ("listed", "odds", "named"), [(0.9, 0.1, "listed_share"), (0.1, 0.9, "exploration_odds")]
)
def test_shares_out_of_range_are_refused(listed: float, odds: float, named: str) -> None:
    with pytest.raises(DataRefused, match=named):
        Plan(entries=1_000, seed=1, listed_share=listed, exploration_odds=odds)

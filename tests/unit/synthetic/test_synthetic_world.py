"""The world is whole: lines, outcomes and truth agree, and nothing hidden shows."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from app.core.codes import EntryNumber
from app.core.mapping import MappedRow, load_mapping
from tests.synthetic_worlds import RICH, SMALL, column, flags, rows, small_world
from training.files import as_text
from training.ingest import day_of
from training.outcomes import load_taxonomy
from training.synthetic import Plan, make_world
from training.synthetic.plan import EXPLORATION_ODDS, SHIFTS
from training.synthetic.world import STEPS

HIDDEN = {"nexus", "mechanism", "network", "trace", "laundered", "front", "undervalued"}


def test_the_same_plan_gives_the_same_world() -> None:
    plan = Plan(entries=2_000, seed=3, nexus_share=RICH)
    one, other = make_world(plan), make_world(plan)
    assert one.lines.equals(other.lines)
    assert one.outcomes.equals(other.outcomes)
    assert one.truth.equals(other.truth)


def test_another_seed_gives_another_world() -> None:
    assert not small_world().lines.equals(small_world(seed=12).lines)


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shift_changes_the_world(shift: str) -> None:
    assert not small_world(shift=shift).lines.equals(small_world().lines)


def test_lines_have_the_canonical_columns_and_nothing_hidden() -> None:
    known = set(load_mapping("canonical").file.columns.values())
    names = set(small_world().lines.column_names)
    assert names <= known
    assert names.isdisjoint(HIDDEN)
    assert set(small_world().outcomes.column_names).isdisjoint(HIDDEN)


def test_every_line_is_read_by_the_canonical_mapping() -> None:
    mapping = load_mapping("canonical")
    found = []
    for number, row in enumerate(rows(small_world().lines.slice(0, 800)), 1):
        mapped = mapping.to_entry({name: as_text(value) for name, value in row.items()}, number)
        assert isinstance(mapped, MappedRow), mapped
        found.append(mapped)
    assert all(day_of(each.entry) == each.entry.entry_date for each in found)
    for each in found:
        assert each.flags == ()
        assert isinstance(each.entry.entry_number, EntryNumber)
        assert each.entry.entry_number.has_valid_check_digit


def test_lines_of_an_entry_follow_one_another_in_filing_order() -> None:
    world = small_world()
    numbers, line = column(world.lines, "entry_number"), column(world.lines, "line_number")
    starts = line == 1
    assert len(set(numbers[starts])) == starts.sum() == SMALL
    for before, after in pairwise(range(len(line))):
        assert line[after] == 1 or numbers[before] == numbers[after]
    days = column(world.lines, "entry_date")
    assert all(before <= after for before, after in pairwise(days))


def test_truth_has_a_row_for_each_line_and_the_share_of_nexus_that_was_planned() -> None:
    world = small_world()
    assert column(world.truth, "entry_number").tolist() == (
        column(world.lines, "entry_number").tolist()
    )
    nexus = flags(world.truth, "nexus")
    entries = set(column(world.truth, "entry_number")[nexus])
    assert len(entries) == round(RICH * SMALL)
    assert all(each is not None for each in column(world.truth, "mechanism")[nexus])
    assert all(each is not None for each in column(world.truth, "network")[nexus])


def test_networks_ship_honest_goods_as_well() -> None:
    world = small_world()
    front, nexus = flags(world.truth, "front"), flags(world.truth, "nexus")
    assert 0.5 < nexus[front].mean() < 0.85


def test_outcomes_come_late_by_known_codes_and_end_with_the_window() -> None:
    world = small_world()
    codes = load_taxonomy()
    filed = dict(
        zip(column(world.lines, "entry_number"), column(world.lines, "entry_date"), strict=True)
    )
    known = column(world.outcomes, "known_at")
    assert all(before <= after for before, after in pairwise(known))
    for row in rows(world.outcomes):
        assert row["code"] in codes
        assert filed[row["entry_number"]] < row["event_at"] <= row["known_at"]
        assert row["known_at"] <= world.plan.ends
        assert row["regime"] in {"UFLPA", "CAATSA-321"}
        assert row["source"] == ("review" if row["selection"] == "exploration" else "government")


def test_a_stop_is_pending_before_it_ends_and_some_never_end() -> None:
    ends: dict[str, list[str]] = {}
    for row in rows(small_world().outcomes):
        if row["source"] == "government" and row["code"] != "examined_clear":
            ends.setdefault(row["entry_number"], []).append(row["code"])
    assert all(codes[0] == "detained_pending" for codes in ends.values())
    assert {len(codes) for codes in ends.values()} == {1, 2}


def test_the_random_stratum_is_drawn_with_the_odds_it_records() -> None:
    world = small_world()
    checks = [row for row in rows(world.outcomes) if row["selection"] == "exploration"]
    assert {row["odds"] for row in checks} == {EXPLORATION_ODDS}
    others = [row for row in rows(world.outcomes) if row["selection"] != "exploration"]
    assert {row["odds"] for row in others} == {None}
    drawn = len({row["entry_number"] for row in checks})
    wanted = SMALL * EXPLORATION_ODDS
    assert abs(drawn - wanted) < 4 * wanted**0.5 + SMALL * 0.005  # those examined are left out


def test_most_outcomes_name_their_lines_and_some_do_not() -> None:
    named = column(small_world().outcomes, "line_numbers")
    missing = np.array([each is None for each in named])
    assert 0 < missing.mean() < 0.2
    assert all(each.replace("|", "").isdigit() for each in named[~missing])


def test_routes_are_missing_at_a_realistic_share_and_not_by_guilt() -> None:
    world = small_world()
    missing = np.array([each is None for each in column(world.lines, "route")])
    nexus = flags(world.truth, "nexus")
    assert 0.1 < missing.mean() < 0.25
    assert abs(missing[nexus].mean() - missing.mean()) < 0.12  # a few hundred lines


def test_every_step_is_told() -> None:
    heard: list[str] = []
    make_world(Plan(entries=1_000, seed=1), say=heard.append)
    assert tuple(heard) == STEPS


def test_dates_stand_in_their_order() -> None:
    for row in rows(small_world().lines.slice(0, 2000)):
        if row["export_date"] and row["arrival_date"]:
            assert row["export_date"] < row["arrival_date"]
            assert abs(row["arrival_date"] - row["entry_date"]) < timedelta(days=6)

"""The state under one key: decay, late facts, merging, and its form as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DataRefused
from app.core.history import PartyState, merged
from app.core.history.state import Deed, Weights, with_deed, with_outcome

DAY = 739_000
WORN = pytest.approx  # sums of decayed floats in another order differ in the last digits


def _deed(day: int = DAY, value: float = 100.0, sketch: int = 1) -> Deed:
    return Deed(day, 2, value, 30.0, sketch, sketch, sketch, sketch)


def _denied(weight: float = 1.0) -> Weights:
    return Weights(0.0, weight, 0.0, 0.0, 0.0)


deeds = st.builds(
    Deed,
    day=st.integers(DAY, DAY + 3000),
    lines=st.integers(1, 50),
    value=st.floats(0, 1e9),
    kg=st.floats(0, 1e9),
    goods=st.integers(0, 2**128 - 1),
    origins=st.integers(0, 2**128 - 1),
    routes=st.integers(0, 2**128 - 1),
    partners=st.integers(0, 2**128 - 1),
)
outcomes = st.tuples(st.integers(DAY, DAY + 3000), st.builds(Weights, *[st.floats(0, 9)] * 5))


def test_activity_halves_in_half_a_year_and_outcomes_in_a_year() -> None:
    state = with_outcome(with_deed(None, _deed()), DAY, Weights(2.0, 4.0, 8.0, 16.0, 32.0))
    assert state.lines_on(DAY + 180) == 1.0
    assert state.value_on(DAY + 180) == 50.0
    assert state.kg_on(DAY + 180) == 15.0
    assert state.recent_lines_on(DAY + 30) == 1.0
    assert state.recent_value_on(DAY + 30) == 50.0
    year = DAY + 365
    assert (state.detained_on(year), state.denied_on(year), state.cleared_on(year)) == (1, 2, 4)
    assert (state.review_nexus_on(year), state.review_clear_on(year)) == (8.0, 16.0)


def test_a_state_on_a_later_day_reads_the_same() -> None:
    state = with_outcome(with_deed(None, _deed()), DAY, _denied())
    later = state.on(DAY + 90)
    assert later.updated == DAY + 90
    assert later.kg_on(DAY + 200) == pytest.approx(state.kg_on(DAY + 200), rel=1e-12)
    assert later[11:] == state[11:]


def test_a_read_dated_before_the_last_fact_does_not_inflate() -> None:
    assert with_deed(None, _deed()).lines_on(DAY - 100) == 2.0


def test_counts_days_and_sketches_add_up() -> None:
    state = with_deed(with_deed(None, _deed(DAY, sketch=1)), _deed(DAY + 10, sketch=2))
    assert (state.lines, state.entries) == (4, 2)
    assert (state.first_seen, state.last_seen, state.updated) == (DAY, DAY + 10, DAY + 10)
    assert (state.goods, state.origins, state.routes, state.partners) == (3, 3, 3, 3)


@pytest.mark.parametrize(
    ("days", "wanted"),
    [
        ((0,), (0, 0)),
        ((0, 0), (0, 0)),
        ((0, 7), (7, 0)),
        ((7, 0), (7, 0)),
        ((0, 3, 9), (9, 3)),
        ((0, 9, 3), (9, 3)),
        ((9, 3, 0), (9, 3)),
        ((0, 9, 9, 0), (9, 0)),
    ],
)
def test_the_two_latest_days_seen_are_kept_in_any_order(
    days: tuple[int, ...], wanted: tuple[int, int]
) -> None:
    state: PartyState | None = None
    for day in days:
        state = with_deed(state, _deed(DAY + day))
    assert state is not None
    last, previous = wanted
    only_one = len(set(days)) == 1
    assert state.last_seen == DAY + last
    assert state.previous_seen == (0 if only_one else DAY + previous)


def test_a_deed_of_an_earlier_day_counts_as_what_is_left_of_it() -> None:
    in_order = with_deed(with_deed(None, _deed(DAY)), _deed(DAY + 180))
    late = with_deed(with_deed(None, _deed(DAY + 180)), _deed(DAY))
    assert late == in_order


def test_an_outcome_known_earlier_counts_as_what_is_left_of_it() -> None:
    state = with_outcome(with_deed(None, _deed(DAY + 365)), DAY, _denied())
    assert state.denied == 0.5
    assert state.lines_decayed == 2.0


def test_an_outcome_is_no_sighting() -> None:
    state = with_outcome(None, DAY, _denied())
    assert (state.is_seen, state.lines, state.entries) == (False, 0, 0)
    assert (state.first_seen, state.last_seen, state.updated) == (0, 0, DAY)
    seen = with_deed(state, _deed(DAY + 5))
    assert (seen.is_seen, seen.first_seen, seen.last_seen) == (True, DAY + 5, DAY + 5)


def test_what_is_taken_back_never_leaves_less_than_nothing() -> None:
    state = with_outcome(None, DAY, _denied(0.1))
    for _ in range(3):
        state = with_outcome(state, DAY, _denied(-0.1))
    assert state.denied == 0.0


def _apply(state: PartyState | None, fact: Deed | tuple[int, Weights]) -> PartyState:
    return with_deed(state, fact) if isinstance(fact, Deed) else with_outcome(state, *fact)


@given(st.lists(deeds | outcomes, min_size=2, max_size=8))
def test_merging_two_histories_is_the_history_of_both(
    facts: list[Deed | tuple[int, Weights]],
) -> None:
    whole: PartyState | None = None
    halves: list[PartyState | None] = [None, None]
    for place, fact in enumerate(facts):
        whole = _apply(whole, fact)
        halves[place % 2] = _apply(halves[place % 2], fact)
    one, other = halves
    assert one is not None
    assert other is not None
    assert whole is not None
    together = merged(one, other)
    assert together == merged(other, one)
    assert together[:10] == WORN(whole[:10], rel=1e-9, abs=1e-9)
    assert together[10:] == whole[10:]


def test_nothing_is_left_of_what_is_taken_back_after_days_of_decay() -> None:
    nothing = _denied(0.0)
    for first in range(1, 20):
        for second in range(1, 20):
            state = with_outcome(None, DAY, _denied())
            state = with_outcome(with_outcome(state, DAY + first, nothing), DAY + 40, nothing)
            state = with_outcome(state, DAY + 40 + second, nothing)
            assert with_outcome(state, DAY, _denied(-1.0)).denied == 0.0


@given(deeds, outcomes)
def test_a_state_survives_its_list_form(deed: Deed, outcome: tuple[int, Weights]) -> None:
    state = with_outcome(with_deed(None, deed), *outcome)
    assert PartyState.from_list(state.to_list()) == state


@pytest.mark.parametrize(
    "values",
    [[], [1.0] * 15, ["x"] * 20, [1.0] * 16 + ["zz"] * 4, [float("nan")] * 10 + [0] * 10],
)
def test_a_malformed_state_is_refused(values: list[float | int | str]) -> None:
    with pytest.raises(DataRefused, match="history state"):
        PartyState.from_list(values)

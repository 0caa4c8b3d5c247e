"""The state of one party: decay, late facts, merging, and its form as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DataRefused
from app.core.history import PartyState, merged
from app.core.history.state import Deed, with_deed, with_outcome

DAY = 739_000


def _deed(day: int = DAY, value: float = 100.0, sketch: int = 1) -> Deed:
    return Deed(day, 2, value, sketch, sketch, sketch, sketch)


deeds = st.builds(
    Deed,
    day=st.integers(DAY, DAY + 3000),
    lines=st.integers(1, 50),
    value=st.floats(0, 1e9),
    goods=st.integers(0, 2**128 - 1),
    origins=st.integers(0, 2**128 - 1),
    routes=st.integers(0, 2**128 - 1),
    partners=st.integers(0, 2**128 - 1),
)


def test_activity_halves_in_half_a_year_and_outcomes_in_a_year() -> None:
    state = with_outcome(with_deed(None, _deed()), DAY, 4.0, 8.0)
    assert state.lines_on(DAY + 180) == 1.0
    assert state.value_on(DAY + 180) == 50.0
    assert state.recent_lines_on(DAY + 30) == 1.0
    assert state.positives_on(DAY + 365) == 2.0
    assert state.negatives_on(DAY + 365) == 4.0


def test_a_read_dated_before_the_last_fact_does_not_inflate() -> None:
    assert with_deed(None, _deed()).lines_on(DAY - 100) == 2.0


def test_counts_days_and_sketches_add_up() -> None:
    state = with_deed(with_deed(None, _deed(DAY, sketch=1)), _deed(DAY + 10, sketch=2))
    assert (state.lines, state.entries) == (4, 2)
    assert (state.first_seen, state.last_seen, state.updated) == (DAY, DAY + 10, DAY + 10)
    assert (state.goods, state.origins, state.routes, state.partners) == (3, 3, 3, 3)


def test_a_deed_of_an_earlier_day_counts_as_what_is_left_of_it() -> None:
    in_order = with_deed(with_deed(None, _deed(DAY)), _deed(DAY + 180))
    late = with_deed(with_deed(None, _deed(DAY + 180)), _deed(DAY))
    assert late == in_order


def test_an_outcome_known_earlier_counts_as_what_is_left_of_it() -> None:
    state = with_outcome(with_deed(None, _deed(DAY + 365)), DAY, 1.0, 0.0)
    assert state.positives == 0.5
    assert state.lines_decayed == 2.0


def test_an_outcome_of_a_party_never_observed_starts_it() -> None:
    state = with_outcome(None, DAY, 1.0, 0.0)
    assert (state.lines, state.entries, state.first_seen) == (0, 0, DAY)


@given(st.lists(deeds, min_size=2, max_size=6))
def test_merging_two_histories_is_the_history_of_both(all_deeds: list[Deed]) -> None:
    whole: PartyState | None = None
    halves: list[PartyState | None] = [None, None]
    for place, deed in enumerate(all_deeds):
        whole = with_deed(whole, deed)
        halves[place % 2] = with_deed(halves[place % 2], deed)
    one, other = halves
    assert one is not None
    assert other is not None
    assert whole is not None
    together = merged(one, other)
    assert together == merged(other, one)
    # sums of decayed floats in another order differ in the last digits
    assert together[:5] == pytest.approx(whole[:5], rel=1e-9)
    assert together[5:] == whole[5:]


@given(deeds, st.floats(0, 10), st.floats(0, 10))
def test_a_state_survives_its_list_form(deed: Deed, yes: float, no: float) -> None:
    state = with_outcome(with_deed(None, deed), deed.day + 3, yes, no)
    assert PartyState.from_list(state.to_list()) == state


@pytest.mark.parametrize("values", [[], [1.0] * 9, ["x"] * 14, [1.0] * 10 + ["zz"] * 4])
def test_a_malformed_state_is_refused(values: list[float | int | str]) -> None:
    with pytest.raises(DataRefused, match="wanted 10 numbers"):
        PartyState.from_list(values)

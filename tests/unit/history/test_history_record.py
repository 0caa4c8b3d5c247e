"""Records: outcomes that wait for their day, and their form as bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DataRefused
from app.core.history import NOTHING, Due, PartyState, Record
from app.core.history.record import MOST_DUE
from app.core.history.state import Deed, Weights, with_deed

DAY = 739_000
FULL = (1 << 128) - 1


def _denied(weight: float = 1.0) -> Weights:
    return Weights(0.0, weight, 0.0, 0.0, 0.0)


def _state() -> PartyState:
    return with_deed(None, Deed(DAY, 2, 1 / 3, 1e12 / 7, FULL, 1, 0, 1 << 127))


dues = st.builds(Due, st.integers(0, 4_000_000), *[st.floats(-9, 9)] * 5)
records = st.builds(
    Record,
    state=st.none() | st.just(_state()),
    due=st.lists(dues, max_size=MOST_DUE).map(tuple),
)


def test_an_outcome_is_folded_in_on_the_day_after_it_became_known() -> None:
    record = NOTHING.with_due(DAY, _denied())
    assert record.folded(DAY) is record
    folded = record.folded(DAY + 1)
    assert folded.due == ()
    assert folded.state is not None
    assert folded.state.denied == 1.0


def test_outcomes_wait_in_the_order_of_their_days_and_add_up_on_one() -> None:
    record = NOTHING.with_due(DAY + 9, _denied()).with_due(DAY, _denied(0.5))
    record = record.with_due(DAY + 9, Weights(1.0, 0.5, 0.0, 0.0, 0.0))
    assert record.due == (
        Due(DAY, 0.0, 0.5, 0.0, 0.0, 0.0),
        Due(DAY + 9, 1.0, 1.5, 0.0, 0.0, 0.0),
    )


def test_an_outcome_taken_back_while_due_leaves_nothing() -> None:
    assert NOTHING.with_due(DAY, _denied()).with_due(DAY, _denied(-1.0)) == NOTHING


def test_of_too_many_days_the_earliest_are_folded_in_and_nothing_is_lost() -> None:
    record = NOTHING
    for day in range(MOST_DUE + 4):
        record = record.with_due(DAY + day, _denied())
    assert len(record.due) == MOST_DUE
    assert record.due[0].day == DAY + 4
    whole = record.folded(DAY + 99).state
    assert whole is not None
    one_by_one = sum(2.0 ** (-(MOST_DUE + 3 - day) / 365) for day in range(MOST_DUE + 4))
    assert whole.denied == pytest.approx(one_by_one, rel=1e-12)


@given(records)
def test_a_record_survives_its_bytes_exactly(record: Record) -> None:
    assert Record.unpack(record.pack()) == record


def test_a_record_is_never_a_kilobyte() -> None:
    due = tuple(Due(DAY + day, 0.1, 0.2, 0.3, 0.4, 0.5) for day in range(MOST_DUE))
    assert len(Record(_state(), due).pack()) < 1024
    assert len(Record(_state(), ()).pack()) == 195
    assert len(NOTHING.pack()) == 3


_GOOD = Record(_state(), (Due(DAY, 1.0, 0.0, 0.0, 0.0, 0.0),)).pack()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        b"\x01" + _GOOD[1:],
        _GOOD[:1] + b"\x07" + _GOOD[2:],
        _GOOD[:-1],
        _GOOD + b"\x00",
        _GOOD[:2] + b"\x09" + _GOOD[3:],
        _GOOD[:3] + b"\x00\x00\x00\x00\x00\x00\xf0\x7f" + _GOOD[11:],
        _GOOD[:-8] + b"\x00\x00\x00\x00\x00\x00\xf0\x7f",
        _GOOD[:-9] + b"\x20" + _GOOD[-8:],
    ],
)
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(DataRefused, match="history record"):
        Record.unpack(data)


@given(st.binary(max_size=300))
def test_no_bytes_ever_do_worse_than_be_refused(data: bytes) -> None:
    with suppress(DataRefused):
        Record.unpack(b"\x02" + data)

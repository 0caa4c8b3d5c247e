"""The compiled functions do as Python what they do as machine code, case by case."""

from math import isnan, log, log1p

import numpy as np
import pytest

from app.core.history import distinct
from training.history_columns.figures import (
    MEASURES,
    basic,
    conduct,
    counted,
    figures,
    known,
    parents,
    partner_counts,
    places,
    shares,
)
from training.history_columns.interning import grown, number_pairs, place_of
from training.history_columns.layout import (
    COLUMN_OF,
    EVERYONE,
    FEATURE_NAMES,
    FIRST,
    LAST,
    NEW_PARTNER,
    NO_BIT,
    PARTNERS,
    PAUSE,
    PREVIOUS,
    READING,
    SEEN,
    SKETCHES,
    STATE,
    SUPPLIER,
    UPDATED,
)
from training.history_columns.texts import hash_of, is_same, number_texts, placed
from training.history_columns.walking import (
    Floats,
    age,
    decay_table,
    file,
    learn,
    left,
    look,
    mark,
    read,
    walk,
)

DAY = 739_000
DECAYS = decay_table()


def _state() -> Floats:
    return np.zeros(STATE)


def test_decay_is_as_in_the_history_also_beyond_the_table() -> None:
    for days, wanted in ((-5, 1.0), (0, 1.0), (180, 0.5), (4096 * 180, 2.0**-4096)):
        assert left.py_func(DECAYS, 1, days) == wanted
    assert left.py_func(DECAYS, 0, 30_000) == 2.0**-1000
    assert left.py_func(DECAYS, 2, 36_500) == 2.0**-100


def test_a_state_ages_forward_only() -> None:
    state = _state()
    age.py_func(state, DAY, DECAYS)
    assert state[UPDATED] == DAY
    state[:10] = 8.0
    age.py_func(state, DAY - 9, DECAYS)
    assert state[UPDATED] == DAY
    age.py_func(state, DAY + 180, DECAYS)
    assert (state[0], state[1], state[4]) == (8 * 2.0**-6, 4.0, 4.0)
    assert state[5] == pytest.approx(8 * 2 ** (-180 / 365))


def test_an_outcome_is_added_and_taken_back() -> None:
    state = _state()
    learn.py_func(state, DAY, 1, 1.0, DECAYS)
    learn.py_func(state, DAY - 365, 1, 1.0, DECAYS)
    assert state[6] == 1.5
    learn.py_func(state, DAY, 1, -2.0, DECAYS)
    assert state[6] == 0.0


def test_a_line_filed_counts_on_its_day_and_late() -> None:
    state = _state()
    file.py_func(state, DAY, 100.0, 20.0, DECAYS)
    file.py_func(state, DAY - 180, 100.0, float("nan"), DECAYS)
    assert (state[1], state[3], state[4]) == (1.5, 150.0, 20.0)
    assert (state[FIRST], state[LAST], state[PREVIOUS]) == (DAY - 180, DAY, DAY - 180)
    file.py_func(state, DAY - 90, 0.0, 0.0, DECAYS)
    assert (state[LAST], state[PREVIOUS]) == (DAY, DAY - 90)
    file.py_func(state, DAY - 100, 0.0, 0.0, DECAYS)
    assert (state[FIRST], state[PREVIOUS]) == (DAY - 180, DAY - 90)
    file.py_func(state, DAY + 1, 0.0, 0.0, DECAYS)
    assert (state[LAST], state[PREVIOUS]) == (DAY + 1, DAY)


def test_marks_are_new_once() -> None:
    sketches = np.zeros(SKETCHES, np.uint64)
    marks = np.array([3, 70, NO_BIT, 127], np.uint8)
    out = np.zeros(READING)
    look.py_func(sketches, marks, out)
    assert out[15:17].tolist() == [1.0, 1.0]
    assert isnan(out[17])
    assert mark.py_func(sketches, marks)
    assert not mark.py_func(sketches, marks)
    look.py_func(sketches, marks, out)
    assert (out[15], out[NEW_PARTNER]) == (0.0, 0.0)
    assert not mark.py_func(sketches, np.full(4, NO_BIT, np.uint8))


def test_a_reading_tells_never_seen_from_seen() -> None:
    state, out = _state(), np.zeros(READING)
    read.py_func(state, DAY, DECAYS, out)
    assert (out[SEEN], out[14]) == (0.0, 0.0)
    assert isnan(out[PAUSE])
    for day in (DAY, DAY + 9):
        file.py_func(state, day, 100.0, 10.0, DECAYS)
    read.py_func(state, DAY + 20, DECAYS, out)
    assert (out[SEEN], out[11], out[12], out[PAUSE]) == (1.0, 20.0, 11.0, 9.0)
    assert out[14] == pytest.approx(100.0)


@pytest.mark.parametrize("is_filed", [True, False])
@pytest.mark.parametrize("has_sketches", [True, False])
def test_a_walk_reads_before_it_files_and_learns_of_what_was_known(
    is_filed: bool, has_sketches: bool
) -> None:
    found = []
    for run in (walk, walk.py_func):
        state, out = np.zeros((1, STATE)), np.zeros((4, READING))
        run(
            np.array([0, 0, -1, 0], np.int32),
            np.array([0, 2, 4], np.int64),
            np.array([DAY, DAY, DAY + 9, DAY + 9], np.int32),
            np.array([100.0, 50.0, 1.0, 1.0]),
            np.array([1.0, np.nan, 1.0, 1.0]),
            np.full((4, 4), 9, np.uint8),
            np.array([[DAY, DAY, 1], [DAY + 1, DAY, 1], [DAY + 8, DAY + 8, 2]], np.int32),
            np.array([1.0, -1.0, 1.0]),
            np.array([0, 0, -1], np.int32),
            state,
            np.zeros((1, SKETCHES), np.uint64),
            DECAYS,
            has_sketches,
            is_filed,
            out,
        )
        found.append((state, out))
    (state, out), (same_state, same_out) = found
    np.testing.assert_array_equal(state, same_state)
    np.testing.assert_array_equal(out, same_out)
    assert out[:2, SEEN].tolist() == [0.0, 0.0]
    assert isnan(out[2, SEEN])
    assert out[3, SEEN] == float(is_filed)
    assert state[0, 6] == pytest.approx(0.0, abs=1e-12)
    assert state[0, PARTNERS] == float(has_sketches and is_filed)


def test_shares_are_drawn_from_the_root_down() -> None:
    readings = np.zeros((EVERYONE + 1, 1, READING))
    readings[EVERYONE, 0, 5:10] = (2.0, 1.0, 9.0, 1.0, 1.0)
    readings[SUPPLIER, 0, 6] = 1.0
    found, drawn = np.zeros(6), np.zeros((EVERYONE + 1, 3))
    shares.py_func(readings, 0, parents(), found, drawn)
    overall = (1.0 + 1.0) / (10.0 + 100.0)
    assert drawn[EVERYONE].tolist() == [overall, 3 / 110, 2 / 102]
    assert drawn[SUPPLIER, 0] == (1.0 + 5 * overall) / 6.0
    counted.py_func(readings[EVERYONE, 0], found)
    assert found.tolist() == [1.0, 10.0, 2.0, 10.0, 1.0, 2.0]


def _measured(reading: Floats, drawn: Floats, *, is_named: bool) -> dict[str, float]:
    found = np.zeros(len(MEASURES))
    basic.py_func(reading, drawn, is_named, found)
    known.py_func(reading, found)
    conduct.py_func(reading, drawn, 100.0, 5.0, partner_counts(), found)
    return dict(zip(MEASURES, found.tolist(), strict=True))


def test_measures_of_a_key_with_nothing_but_a_day_are_known_or_unknown() -> None:
    reading = np.zeros(READING)
    named = _measured(reading, np.zeros(3), is_named=False)
    assert named["surge"] == named["value_surge"] == named["log_outcomes"] == 0.0
    assert named["value_against_usual"] == log1p(100.0)
    assert all(isnan(named[each]) for each in ("review_rate", "new_name", "kg_against_usual"))
    reading[:10] = 1.0
    named = _measured(reading, np.full(3, 0.5), is_named=True)
    assert (named["surge"], named["value_surge"], named["review_rate"]) == (1.0, 1.0, 0.5)
    assert named["kg_against_usual"] == log1p(5.0) - log1p(1.0)
    assert named["new_name"] == 0.0
    assert named["log_outcomes"] == log(3.0)


def test_partners_are_estimated_as_from_a_sketch() -> None:
    counts = partner_counts()
    assert counts[0] == 0.0
    assert counts[5] == log(1 + distinct(0b11111))
    assert len(counts) == 129


def test_figures_are_the_same_compiled_and_not_and_none_is_left_out() -> None:
    draws = np.random.default_rng(3)
    readings = draws.random((EVERYONE + 1, 30, READING))
    readings[..., SEEN] = draws.choice([0.0, 1.0, np.nan], (EVERYONE + 1, 30))
    readings[..., 19] = 7
    arguments = (
        readings, draws.random(30), draws.random(30), draws.random(30) < 0.5, places(), parents(),
        partner_counts(), 0, 30,
    )  # fmt: skip
    one, other = (np.full((len(FEATURE_NAMES), 30), -99.0) for _ in range(2))
    figures(*arguments, one)
    figures.py_func(*arguments, other)
    np.testing.assert_allclose(one, other, rtol=1e-12)
    assert (one != -99.0).all()
    assert sorted(places()[places() >= 0].tolist()) == sorted(COLUMN_OF.values())


def test_pairs_are_numbered_in_the_order_they_are_met_and_survive_growth() -> None:
    draws = np.random.default_rng(1)
    one, other = (draws.integers(0, 9, 200).astype(np.int32) for _ in range(2))
    pairs, numbers = np.full(512, -1, np.int64), np.zeros(512, np.int32)
    out = np.empty(200, np.int32)
    known = number_pairs.py_func(one, other, pairs, numbers, 0, out)
    named = list(zip(one.tolist(), other.tolist(), strict=True))
    assert known == len(set(named))
    order = {pair: number for number, pair in enumerate(dict.fromkeys(named))}
    assert out.tolist() == [order[pair] for pair in named]
    more_pairs, more_numbers = grown.py_func(pairs, numbers, 1024)
    again = np.empty(200, np.int32)
    assert number_pairs.py_func(one, other, more_pairs, more_numbers, known, again) == known
    assert again.tolist() == out.tolist()


def test_a_pair_whose_place_is_taken_stands_in_the_next() -> None:
    pairs = np.array([7, -1], np.int64)
    found = {place_of.py_func(pairs, pair << 32) for pair in range(64)}
    assert found == {1}
    assert place_of.py_func(pairs, 7) in {0, 1}


def test_texts_are_told_apart_byte_by_byte() -> None:
    data = np.frombuffer("aba丹b".encode(), np.uint8)
    offsets = np.array([0, 1, 2, 3, 6, 7, 7], np.int32)
    is_valid = np.array([True, True, True, True, True, False])
    table, room = np.full(4, -1, np.int32), np.zeros(64, np.int64)
    for run in (number_texts, number_texts.py_func):
        table[:], out, texts = -1, np.empty(6, np.int32), np.zeros(64, np.uint8)
        hashes, ends = room.copy(), room.copy()
        assert run(offsets, data, is_valid, table, hashes, ends, texts, 1, out) == 4
        assert out.tolist() == [1, 2, 1, 3, 2, 0]
        assert texts[: ends[3]].tobytes().decode() == "ab丹"
        again = placed.py_func(hashes, 4, 4)
        assert run(offsets, data, is_valid, again, hashes, ends, texts, 4, out) == 4
        assert out.tolist() == [1, 2, 1, 3, 2, 0]
    assert hash_of.py_func(data, 0, 1) == hash_of(data, 0, 1) != hash_of(data, 1, 2)
    assert hash_of.py_func(data, 0, 1) == hash_of.py_func(data, 2, 3) >= 0
    assert is_same.py_func(data, 0, 1, data, 2, 3)
    assert not is_same.py_func(data, 0, 1, data, 1, 2)
    assert not is_same.py_func(data, 0, 1, data, 0, 2)

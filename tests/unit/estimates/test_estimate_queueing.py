"""The simulator against Erlang's formula, and on calendars small enough to do by hand."""

import math

import numpy as np
import pytest

from app.core.estimates.queueing import calendar, calendars, erlang_c, simulate

WITHIN = 0.02  # specs of thresholds, section 10, test 7
ALWAYS = calendar([(0.0, 1e9)])


@pytest.mark.parametrize(
    ("arrivals", "served", "servers", "waiting"),
    [(0.5, 1.0, 1, 0.5), (2.0, 1.0, 3, 4 / 9), (8.0, 1.0, 10, 0.4092)],  # Erlang's tables
)
def test_erlangs_formula_gives_his_tables(
    arrivals: float, served: float, servers: int, waiting: float
) -> None:
    found = erlang_c(arrivals, served, servers)
    assert found.waiting == pytest.approx(waiting, abs=1e-4)
    assert found.wait == pytest.approx(found.waiting / (servers * served - arrivals))
    assert found.utilisation == arrivals / served / servers


def test_more_than_can_be_served_is_never_in_balance() -> None:
    with pytest.raises(ValueError, match="load"):
        erlang_c(3.0, 1.0, 3)


def test_few_waits_exceed_nothing() -> None:
    assert erlang_c(0.1, 1.0, 3).wait_exceeded_by(0.05) == 0
    found = erlang_c(0.9, 1.0, 1)
    assert found.wait_exceeded_by(0.05) == pytest.approx(math.log(0.9 / 0.05) / 0.1)


@pytest.mark.parametrize(("load", "servers"), [(0.7, 1), (2.1, 3)])
def test_the_simulator_matches_the_formula_within_two_percent(load: float, servers: int) -> None:
    rng = np.random.default_rng(7)
    runs, cases, warm = 2_000, 800, 200
    arrivals = np.cumsum(rng.exponential(1 / load, (runs, cases)), axis=1)
    work = rng.exponential(1.0, (runs, cases))
    begun, done = simulate(arrivals, work, [ALWAYS] * servers)
    waits = (begun - arrivals)[:, warm:]
    wanted = erlang_c(load, 1.0, servers)
    assert waits.mean() == pytest.approx(wanted.wait, rel=WITHIN)
    assert (waits > 0).mean() == pytest.approx(wanted.waiting, rel=WITHIN)
    assert np.quantile(waits, 0.95) == pytest.approx(wanted.wait_exceeded_by(0.05), rel=WITHIN)
    assert (done - begun).mean() == pytest.approx(work.mean())


def test_work_goes_on_in_the_next_shift() -> None:
    officer = calendar([(9.0, 8.0), (33.0, 8.0)])
    begun, done = simulate(np.array([[8.0, 16.0, 17.0]]), np.array([[7.0, 2.0, 1.0]]), [officer])
    assert begun.tolist() == [[9, 16, 34]]
    assert done.tolist() == [[16, 34, 35]]


def test_a_case_that_ends_with_the_shift_is_done_then_and_the_next_begins_in_the_next() -> None:
    officer = calendar([(9.0, 8.0), (33.0, 8.0)])
    begun, done = simulate(np.array([[9.0, 9.0]]), np.array([[8.0, 8.0]]), [officer])
    assert begun.tolist() == [[9, 33]]
    assert done.tolist() == [[17, 41]]


def test_what_nobody_is_left_for_is_never_begun() -> None:
    officer = calendar([(9.0, 1.0)])
    begun, done = simulate(np.array([[9.0, 9.5, 30.0]]), np.array([[0.5, 2.0, 1.0]]), [officer])
    assert begun.tolist() == [[9, 9.5, math.inf]]
    assert done.tolist() == [[9.5, math.inf, math.inf]]
    begun, done = simulate(np.array([[1.0]]), np.array([[1.0]]), [])
    assert (begun[0, 0], done[0, 0]) == (math.inf, math.inf)


def test_padding_is_never_begun() -> None:
    begun, _ = simulate(np.array([[1.0, np.inf]]), np.array([[1.0, 1.0]]), [ALWAYS])
    assert begun.tolist() == [[1, math.inf]]


def test_whoever_is_free_first_takes_the_next() -> None:
    late = calendar([(10.0, 8.0)])
    early = calendar([(9.0, 8.0)])
    begun, _ = simulate(np.array([[8.0, 8.0, 8.0]]), np.array([[3.0, 1.0, 1.0]]), [late, early])
    assert begun.tolist() == [[9, 10, 11]]


def test_hours_on_duty_fill_shifts_and_what_is_left_is_a_shorter_one() -> None:
    found = calendars((20.0, 8.0, 0, 0, 0, 0, 0), days=8)
    assert [each.length.tolist() for each in found] == [[8, 8, 8], [8, 8], [4, 4]]
    assert found[0].start.tolist() == [9, 33, 177]  # Monday, Tuesday, Monday
    assert [each.total for each in found] == [24, 16, 8]
    assert calendars((0.0,) * 7, days=14) == ()
    late = calendars((8.0, 0, 0, 0, 0, 0, 0), days=3, first_weekday=1)
    assert late == ()

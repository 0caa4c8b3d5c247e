"""The forecast against a month that it has not seen, and the desk's capacity by hand."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.errors import InvalidField
from app.core.estimates.capacity import Capacity, Opening, capacity
from app.core.estimates.figures import Desk, WhatIfs
from app.core.estimates.lines import Lines, Prepared
from app.core.estimates.volume import forecast_by_weekday, volume
from tests.snapshots import DAY, START, large, snapshot

SEEN, HELD_OUT = 56, 28  # days
WITHIN_BAND = 0.85  # specs of thresholds, section 10, test 7
WEEK = np.array([1.3, 1.2, 1.1, 1.1, 1.0, 0.3, 0.15])
ROSTER = (8.0, 8.0, 8.0, 8.0, 8.0, 0.0, 0.0)
EVERY = Lines(0, 0)


def _tenant(seed: int) -> NDArray[np.int64]:
    """Alerts a day of a tenant whose days are busier or quieter than chance alone makes them."""
    rng = np.random.default_rng(seed)
    days = SEEN + HELD_OUT
    busy = rng.gamma(25, 1 / 25, days) * rng.choice([8, 40, 200])
    return np.asarray(rng.poisson(busy * WEEK[np.arange(days) % 7]), np.int64)


@pytest.mark.parametrize("days_of", [range(40)])
def test_a_month_not_seen_stays_within_the_band(days_of: range) -> None:
    weekday = (np.arange(SEEN + HELD_OUT) % 7).astype(np.int32)
    shares = []
    for seed in days_of:
        daily = _tenant(seed)
        bands = forecast_by_weekday(daily[:SEEN].astype(np.float64), weekday[:SEEN])
        low, high = (np.array([getattr(band, end) for band in bands]) for end in ("low", "high"))
        later, on = daily[SEEN:], weekday[SEEN:]
        shares.append(float(((later >= low[on]) & (later <= high[on])).mean()))
    assert np.mean(shares) >= WITHIN_BAND
    assert np.mean([share >= WITHIN_BAND for share in shares]) >= 0.8


def test_the_month_of_a_snapshot_stays_within_its_band() -> None:
    whole = Prepared(large(60_000, days=84))
    counts = np.bincount(whole.day[whole.alerted(Lines(700, 760))], minlength=84)
    bands = forecast_by_weekday(counts[:SEEN].astype(np.float64), whole.weekday[:SEEN])
    within = [
        bands[weekday].low <= count <= bands[weekday].high
        for count, weekday in zip(counts[SEEN:], whole.weekday[SEEN:], strict=True)
    ]
    assert np.mean(within) >= WITHIN_BAND


def test_a_band_is_not_wide_for_its_own_sake() -> None:
    bands = forecast_by_weekday(np.full(56, 100.0), (np.arange(56) % 7).astype(np.int32))
    assert all(80 <= band.low <= 86 for band in bands)
    assert all(114 <= band.high <= 120 for band in bands)
    one = forecast_by_weekday(np.array([100.0]), np.zeros(1, np.int32))
    assert (one[0].mean, one[1].n, one[1].high) == (100, 0, 0)


def _capacity(
    n: int, roster: tuple[float, ...] = ROSTER, backlog: int = 0, **given: Any
) -> Capacity:
    prepared = Prepared(snapshot(n, **({"score": np.full(n, 500)} | given)))
    return capacity(
        prepared, prepared.alerted(EVERY), roster, seed=7, opening=Opening(backlog=backlog)
    )


def _monday_cases(n: int, minutes: float) -> dict[str, Any]:
    """`n` cases each Monday at 9:00 for four weeks."""
    weeks = np.arange(n) % 4
    decided = START + weeks * 7 * DAY + np.timedelta64(9 * 3_600, "s")
    return {
        "decided_at": decided,
        "case_minutes": np.full(n, minutes),
        "arrival_at": decided + np.timedelta64(4 * 3_600, "s"),
    }


def test_a_desk_that_copes_has_no_backlog() -> None:
    found = _capacity(40, **_monday_cases(40, 24.0))  # ten each Monday, half an hour with pauses
    assert (found.backlog.mean, found.cases, found.backlog.n) == (0, 20, 200)
    assert found.p95_first_touch_hours is not None
    assert found.p95_first_touch_hours.mean == pytest.approx(4.5)
    assert found.decided_before_arrival is not None
    assert found.decided_before_arrival.mean == pytest.approx(0.8)


def test_an_open_backlog_is_worked_off_first() -> None:
    found = _capacity(40, backlog=4, **_monday_cases(40, 24.0))
    assert found.cases == 20
    assert found.p95_first_touch_hours is not None
    assert found.p95_first_touch_hours.mean == pytest.approx(6.0)


def test_a_desk_that_does_not_cope_keeps_a_backlog() -> None:
    found = _capacity(400, **_monday_cases(400, 48.0))  # 100 hours of work each Monday
    assert found.backlog.mean == 200 - 80
    assert found.p95_first_touch_hours is not None
    assert found.p95_first_touch_hours.mean > 14 * 24


def test_without_officers_nothing_is_ever_touched() -> None:
    found = _capacity(40, roster=(0.0,) * 7, **_monday_cases(40, 24.0))
    assert (found.backlog.mean, found.p95_first_touch_hours) == (20, None)
    assert found.decided_before_arrival is not None
    assert found.decided_before_arrival.mean == 0


def test_goods_whose_arrival_is_not_known_are_left_out() -> None:
    given = _monday_cases(40, 24.0)
    del given["arrival_at"]
    assert _capacity(40, **given).decided_before_arrival is None


def test_without_alerts_there_is_nothing_to_do() -> None:
    found = _capacity(0, reasons=np.empty((0, 3), object))
    assert (found.backlog.mean, found.cases, found.p95_first_touch_hours) == (0, 0, None)


def test_the_same_seed_gives_the_same_futures() -> None:
    prepared = Prepared(large(20_000))
    rows = prepared.alerted(Lines(700, 760))
    first, second, other = (
        capacity(prepared, rows, tuple(4 * each for each in ROSTER), seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other
    usual = [each.mean for each in volume(prepared, rows).by_weekday]
    twelve_days = 2 * sum(usual[:5]) + sum(usual[5:])  # they hold ten working days
    assert first.cases == pytest.approx(twelve_days, rel=0.03)


def test_the_desk_of_a_what_if_can_be_asked_for_either_line() -> None:
    prepared = Prepared(large(5_000))
    found = WhatIfs(prepared, Lines(700, 760), Desk(roster_hours=ROSTER))
    few, many = (found.capacity(found.figures(Lines(cut, 800)), seed=1).cases for cut in (750, 600))
    assert few < many
    without = WhatIfs(prepared, Lines(700, 760), Desk())
    with pytest.raises(InvalidField, match="roster_hours"):
        without.capacity(without.current, seed=1)

"""Every number of the what-if, on rows few enough to count by hand."""

import json
from datetime import date
from typing import Any

import numpy as np
import pytest

from app.core.errors import InvalidField
from app.core.estimates.estimate import Status
from app.core.estimates.figures import UNOBSERVED, Desk, LineFigures, WhatIfs
from app.core.estimates.harm import Calibration
from app.core.estimates.lines import Lines, Prepared
from app.core.estimates.workload import handling_times, minutes_of_rows, workload
from app.core.scale import probability_at
from tests.snapshots import START, large, snapshot

ROSTER = (8.0, 8.0, 8.0, 8.0, 8.0, 0.0, 0.0)
HALF_DAY = np.timedelta64(12 * 3_600, "s")


def _figures(
    review_at: int = 500, hold_at: int = 500, *, n: int = 4, desk: Desk | None = None, **given: Any
) -> LineFigures:
    prepared = Prepared(snapshot(n, **given))
    return WhatIfs(prepared, Lines(review_at, hold_at), desk or Desk()).current


def test_alerts_are_told_by_day_weekday_and_hour() -> None:
    decided = START + np.array([0, 0, 1, 9]) * np.timedelta64(86_400, "s") + HALF_DAY
    found = _figures(score=[900, 900, 900, 100], decided_at=decided).volume
    assert (found.per_day.mean, found.per_day.median, found.per_day.n) == (0.3, 0, 10)
    assert found.by_weekday[0].mean == 1  # two Mondays, two alerts
    assert found.mean_by_hour[0, 12] == 1
    assert found.mean_by_hour[0].sum() == 1
    assert found.p95_by_hour[0, 12] == pytest.approx(1.9)
    assert found.forecast.n == 10
    assert found.forecast.low <= 0.3 <= found.forecast.high


def test_a_busy_season_does_not_pass_for_the_next_days() -> None:
    days = 28
    rows: dict[str, Any] = {"n": days * 10, "score": [900] * (days * 10)}
    decided = START + np.repeat(np.arange(days), 10) * np.timedelta64(86_400, "s")
    plain = _figures(decided_at=decided, **rows).volume
    busy = _figures(decided_at=decided, desk=Desk(season=np.full(days, 2.0)), **rows).volume
    assert plain.forecast.mean == 10
    assert busy.forecast.mean == 5
    assert [each.mean for each in busy.forecast_by_weekday] == [5] * 7
    assert busy.per_day.mean == 10


def test_work_is_alerts_times_handling_time_against_the_roster() -> None:
    minutes = np.r_[np.full(40, 30.0), np.full(10, 60.0), np.full(10, np.nan)]
    chapter = ["61"] * 40 + ["03"] * 20
    at = np.full(60, START)
    found = snapshot(60, case_minutes=minutes, hs_chapter=chapter, decided_at=at, score=[900] * 60)
    prepared = Prepared(found)
    times = handling_times(prepared)
    assert [(time.segment, time.n, time.is_pooled) for time in times] == [
        ("61", 40, False),
        ("03", 10, True),
    ]
    assert times[0].mean == 30
    pooled = 30 + 30 * 8 / 46  # two of fifty left out at each end
    assert times[1].mean == pytest.approx(pooled)
    every = minutes_of_rows(prepared, times)
    work = workload(prepared, np.arange(60), every, ROSTER)
    assert work.hours_per_day == pytest.approx((40 * 30 + 20 * pooled) / 60)
    assert work.utilisation == pytest.approx(work.hours_per_day / (0.8 * 8))
    assert (work.n, work.cases) == (1, 50)
    assert workload(prepared, np.arange(60), every, None).utilisation is None
    assert workload(prepared, np.arange(60), every, (0.0,) * 7).utilisation is None


def test_without_cases_no_time_is_known() -> None:
    prepared = Prepared(snapshot())
    assert handling_times(prepared)[0].mean == 0
    empty = Prepared(snapshot(0, reasons=np.empty((0, 3), object)))
    minutes = minutes_of_rows(empty, handling_times(empty))
    assert workload(empty, np.arange(0), minutes, ROSTER).n == 0


def test_pending_is_neither_good_nor_bad_and_unmatured_is_beside() -> None:
    found = _figures(
        n=6,
        score=[900] * 6,
        old_band=[2] * 6,
        outcome=[2, 1, 1, 0, 1, 2],
        is_mature=np.array([1, 1, 1, 1, 0, 0]) == 1,
    ).detection.held
    assert found.precision.value == pytest.approx(1 / 3)
    assert found.precision.n == 3
    assert found.label_coverage.value == pytest.approx(3 / 4)
    assert found.maturity.value == pytest.approx(4 / 6)
    assert (found.pending, found.unmatured) == (1, 2)


def test_what_lies_below_a_line_is_told_from_the_draw() -> None:
    n = 1_000
    row = np.arange(n)
    held, drawn = row < 100, (row >= 100) & (row < 550)  # half of what is below is drawn
    bad = (row < 60) | ((row >= 100) & (row < 120))
    found = _figures(
        n=n,
        score=np.where(held, 600, 400),
        old_band=np.where(held, 2, 0),
        is_drawn=drawn,
        odds=np.where(held, 0.0, 0.5),
        outcome=np.where(held | drawn, np.where(bad, 2, 1), 0),
        decided_at=np.full(n, START),
    ).detection
    assert (found.recall.status, found.recall.positives_below_line) == (Status.MEASURED, 20)
    assert found.recall.value == pytest.approx(60 / (60 + 20 / 0.5))
    assert found.recall == found.recall_at
    # all are worth the same; sums of dollars and of rows round differently
    assert found.value_recall_at.value == pytest.approx(found.recall.value)
    assert found.value_recall_at.high == pytest.approx(found.recall.high)
    assert found.miss_rate_per_10000.value == pytest.approx(10_000 * 20 / 450)
    assert found.share == 0.1
    assert found.precision_at.value == 0.6


def test_precision_over_a_line_weighs_newly_reviewed_rows_by_their_draw() -> None:
    n = 140
    drawn = np.arange(n) >= 100
    outcome = np.r_[np.full(50, 2), np.full(50, 1), np.full(20, 2), np.full(20, 1)]
    rows = {
        "n": n,
        "score": [600] * n,
        "old_band": np.where(drawn, 0, 2),
        "is_drawn": drawn,
        "odds": np.where(drawn, 0.1, 0.0),
        "outcome": outcome,
    }
    found = _figures(**rows).detection.precision_at
    assert found.value == pytest.approx((50 + 200) / (100 + 400))
    assert found.status is Status.MEASURED


def test_precision_over_a_line_is_not_told_where_no_new_row_was_drawn() -> None:
    rows: dict[str, Any] = {"score": [600] * 4, "old_band": [2, 2, 0, 0], "outcome": [2, 1, 0, 0]}
    assert _figures(**rows).detection.precision_at.value is None
    kept = _figures(**(rows | {"score": [600, 600, 1, 1]})).detection.precision_at
    assert kept.status is Status.PROVISIONAL
    assert _figures(score=[1] * 4).detection.precision_at.n == 0


def test_value_held_is_told_by_outcome() -> None:
    found = _figures(score=[900, 900, 900, 1], outcome=[0, 1, 2, 0]).value_held
    assert (found.confirmed, found.cleared, found.pending) == (250, 250, 250)  # four days
    assert found.share == 0.75
    assert _figures(value_usd=[np.nan] * 4).value_held.share == 0


def test_false_holds_cost_hours_and_money_with_an_interval() -> None:
    hours = np.r_[np.arange(1.0, 22.0), np.nan]
    found = _figures(
        n=22,
        score=[900] * 22,
        outcome=[1] * 22,
        hold_hours=hours,
        desk=Desk(hourly_cost_usd=10),
    ).false_holds
    assert (found.cleared, found.n, found.median_hours) == (22, 21, 11)
    assert found.hours == 22 * 11
    assert found.cost_usd == 220 * 11
    assert found.hours_low is not None
    assert found.hours_high is not None
    assert found.hours_low < 22 * 11 < found.hours_high
    nothing = _figures(score=[900] * 4, outcome=[1] * 4).false_holds
    assert (nothing.cleared, nothing.n, nothing.hours) == (4, 0, None)


def test_expected_harm_is_of_what_is_released() -> None:
    found = _figures(score=[900, 400, 400, 400]).harm_released
    assert found.usd_per_day == pytest.approx(3 * 1_000 * probability_at(400) / 4)
    assert found.n == 3
    assert found.calibration is Calibration.NOT_ESTIMABLE


@pytest.mark.parametrize(
    ("score", "bad", "status"),
    [
        (960, 100, Calibration.CALIBRATED),
        (960, 180, Calibration.TOO_LOW),
        (960, 20, Calibration.TOO_HIGH),
        (960, 4, Calibration.NOT_ESTIMABLE),
    ],
)
def test_calibration_is_told_near_the_line(score: int, bad: int, status: Calibration) -> None:
    outcome = np.r_[np.full(bad, 2), np.full(200 - bad, 1)]
    rows = {"n": 200, "score": [score] * 200, "old_band": [2] * 200, "outcome": outcome}
    found = _figures(score, score, **rows).harm_released
    assert found.calibration is status
    assert (found.seen_rate.value is None) is (bad < 5)
    far = _figures(score - 41, score, **rows).harm_released
    assert far.calibration is Calibration.NOT_ESTIMABLE


def test_missed_known_bad_is_listed_with_zero_tolerance_marked() -> None:
    found = _figures(
        score=[900, 100, 100, 100],
        known_bad=["golden", "golden", "seizure", ""],
        known_bad_id=["G1", "G2", "S1", ""],
    ).missed_known_bad
    assert [(each.name, each.count, each.of, each.identifiers) for each in found] == [
        ("golden", 1, 2, ("G2",)),
        ("seizure", 1, 1, ("S1",)),
    ]
    assert [each.is_zero_tolerance for each in found] == [True, False]
    assert found[0].value_usd == 1_000


@pytest.mark.parametrize("cut", [0, 15, 500, 1001])
def test_a_line_among_many_rows_is_dense(cut: int) -> None:
    prepared = Prepared(snapshot(100, score=np.r_[np.arange(50), np.full(50, 500)]))
    lines = Lines(cut, cut)
    single = WhatIfs(prepared, lines, Desk()).current.review_density
    each = Lines(*(np.full(100, cut, np.int16) for _ in range(2)))
    assert WhatIfs(prepared, each, Desk()).current.review_density == single
    near = np.count_nonzero(np.abs(prepared.snapshot.score - cut) <= 10)
    assert single.n == near
    assert single.is_dense == (near > 2)


def _what_ifs(n: int = 4, **given: Any) -> WhatIfs:
    return WhatIfs(Prepared(snapshot(n, **given)), Lines(500, 800), Desk())


def test_a_moved_line_sorts_nothing() -> None:
    prepared = Prepared(large(1_000))
    near, far = (prepared.alerted(Lines(cut, 1001)) for cut in (700, 600))
    assert np.shares_memory(near, far)  # both are parts of the one order made at the start


def test_the_swap_set_says_who_changes_sides_and_why() -> None:
    found = _what_ifs(
        score=[600, 450, 470, 100],
        reasons=[["A", "", ""], ["B", "", ""], ["B", "", ""], ["C", "", ""]],
        value_usd=[1.0, 2.0, 5_000.0, 3.0],
    )
    tighter = found.compare(Lines(440, 800))
    swap = tighter.alert_swap
    assert (swap.gained, swap.lost, swap.unchanged) == (2, 0, 1)
    assert swap.jaccard == pytest.approx(1 / 3)
    assert swap.gained_reasons == {"B": 2}
    assert swap.gained_rows.tolist() == [2, 1]  # worst expected harm first
    assert (tighter.is_loosening, tighter.notice) == (False, None)
    looser = found.compare(Lines(700, 800))
    assert looser.alert_swap.lost_reasons == {"A": 1}
    assert (looser.is_loosening, looser.notice) == (True, UNOBSERVED)
    assert looser.alerts_change == -0.25
    assert looser.alerts_change_share == -1


def test_a_hold_that_becomes_a_review_is_a_loosening() -> None:
    found = _what_ifs(score=[900, 1, 1, 1]).compare(Lines(500, 950))
    assert (found.alert_swap.lost, found.hold_swap.lost, found.is_loosening) == (0, 1, True)


def test_where_nothing_was_over_the_line_there_is_no_share() -> None:
    found = _what_ifs(score=[100] * 4).compare(Lines(50, 800))
    assert found.alerts_change_share is None
    assert found.alert_swap.jaccard == 0
    assert _what_ifs(score=[1] * 4).compare(Lines(500, 800)).alert_swap.jaccard == 1


def test_segments_are_flagged_only_for_large_changes_beyond_chance() -> None:
    n = 200
    score = np.r_[np.full(60, 600), np.full(40, 450), np.full(100, 600)]
    origin = ["CN"] * 100 + ["VN"] * 90 + ["MX"] * 10
    found = _what_ifs(
        n,
        score=score,
        origin=origin,
        port=["A"] * 190 + ["B"] * 10,
        outcome=[1] * n,
        hold_hours=[2.0] * n,
    ).compare(Lines(440, 590))
    by_origin = {each.segment: each for each in found.segments if each.dimension == "origin"}
    assert by_origin["CN"].change == pytest.approx(40 / 60)
    assert by_origin["CN"].is_flagged
    assert (by_origin["VN"].change, by_origin["VN"].is_flagged) == (0, False)
    assert by_origin["CN"].false_hold_hours_now == 0
    assert by_origin["CN"].false_hold_hours_then == 120
    assert by_origin["CN"].precision_then.n == 60
    # the whole changes by a fifth: real, but not large
    chapter = next(each for each in found.segments if each.dimension == "hs_chapter")
    assert chapter.change == pytest.approx(0.25)
    assert not chapter.is_flagged


def test_a_segment_that_had_no_alerts_can_be_flagged() -> None:
    found = _what_ifs(40, score=[450] * 40).compare(Lines(440, 800))
    assert all(each.is_flagged and each.change is None for each in found.segments)


def test_the_document_is_json_without_rows_or_unknown_values() -> None:
    what_ifs = WhatIfs(
        Prepared(large(4_000)),
        Lines(700, 760),
        Desk(50.0, ROSTER, regime_changes=(date(2026, 10, 1), date(2025, 1, 1))),
    )
    document = what_ifs.compare(Lines(690, 770)).document()
    text = json.dumps(document, allow_nan=False)
    assert "null" not in text
    assert "_rows" not in text
    freshness = document["freshness"]
    assert freshness["regime_changes"] == ["2026-10-01"]
    assert freshness["lists"] == {"UFLPA": "2026-10-01"}
    assert freshness["rows"] == 4_000
    for side in ("current", "proposed"):
        for name in ("recall", "recall_at", "value_recall_at", "miss_rate_per_10000"):
            estimate = document[side]["detection"][name]
            assert estimate["status"] == "not_estimable"
            assert not {"value", "low", "high"} & set(estimate)


def test_a_snapshot_without_rows_answers_that_nothing_is_known() -> None:
    prepared = Prepared(snapshot(0, reasons=np.empty((0, 3), object)))
    found = WhatIfs(prepared, Lines(500, 800), Desk()).compare(Lines(400, 800))
    assert found.proposed.detection.recall.value is None
    assert found.proposed.volume.forecast.high == 0
    assert found.freshness.first_day == ""
    assert found.proposed.review_density.share == 0
    json.dumps(found.document(), allow_nan=False)


@pytest.mark.parametrize(
    "wrong",
    [{"hourly_cost_usd": -1.0}, {"roster_hours": (8.0,) * 5}, {"roster_hours": (-1.0,) * 7}],
)
def test_a_desk_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        Desk(**wrong)

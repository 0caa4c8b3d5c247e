"""Which rows lie at or over a pair of lines, with floors and overrides, as the policy decides."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from app.core.errors import InvalidField
from app.core.estimates.lines import Lines, Prepared
from app.core.policy import Band, Floor, FloorKind, Policy, decide
from tests.snapshots import large, snapshot

BANDS = (Band.RELEASE, Band.REVIEW, Band.HOLD)


@pytest.mark.parametrize("cuts", [(0, 0), (0, 1001), (700, 760), (700, 700), (1000, 1001)])
def test_rows_lie_where_the_policy_puts_them(cuts: tuple[int, int]) -> None:
    rows = large(3_000)
    prepared, policy = Prepared(rows), Policy(*cuts)
    bands = [
        decide(int(score), policy, [Floor(FloorKind.RULE, BANDS[floor])]).band.strictness
        for score, floor in zip(rows.score, rows.floor, strict=True)
    ]
    for lines in (Lines(*cuts), Lines(*(np.full(len(rows), cut, np.int16) for cut in cuts))):
        assert sorted(prepared.alerted(lines)) == np.flatnonzero(np.array(bands) >= 1).tolist()
        assert sorted(prepared.held(lines)) == np.flatnonzero(np.array(bands) == 2).tolist()


def test_segments_may_have_lines_of_their_own() -> None:
    prepared = Prepared(snapshot(4, origin=["CN", "VN", "CN", "VN"], score=[500] * 4))
    asked = []

    def choose(segment: Mapping[str, str]) -> tuple[int, int]:
        asked.append(segment["origin"])
        return (400, 600) if segment["origin"] == "VN" else (600, 700)

    lines = prepared.by_segment(choose)
    assert prepared.alerted(lines).tolist() == [1, 3]
    assert sorted(asked) == ["CN", "VN"]


@pytest.mark.parametrize(
    "cuts",
    [
        (-1, 5),
        (5, 1002),
        (7, 6),
        (5.0, 6),
        (np.array([5, 7], np.int16), np.array([6, 6], np.int16)),
    ],
)
def test_lines_that_a_policy_could_not_have_are_refused(cuts: Any) -> None:
    with pytest.raises(InvalidField):
        Lines(*cuts)


def test_days_and_hours_are_those_of_the_desk() -> None:
    prepared = Prepared(
        snapshot(
            3,
            decided_at=np.array(
                ["2026-09-07T23:59:59", "2026-09-09T00:00:00", "2026-09-13T07:30:00"],
                "datetime64[s]",
            ),
        )
    )
    assert len(prepared.days) == 7
    assert prepared.weekday.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert prepared.day.tolist() == [0, 2, 6]
    assert prepared.hour.tolist() == [23, 0, 7]


def test_what_is_neither_closed_nor_matured_was_not_inspected() -> None:
    prepared = Prepared(
        snapshot(
            8,
            old_band=[1, 1, 2, 0, 0, 0, 0, 0],
            is_drawn=np.array([0, 0, 0, 1, 1, 1, 1, 0]) == 1,
            odds=[0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5],
            outcome=[2, 0, 1, 2, 0, 0, 1, 2],
            is_mature=np.array([1, 1, 0, 1, 1, 1, 0, 1]) == 1,
        )
    )
    # the last came to light on its own: released, not drawn
    assert prepared.inspected_rows.tolist() == [0, 3]
    found = prepared.inspected
    assert found.positive.tolist() == [True, True]
    # one of two held is closed; one of three drawn, at odds of a half
    assert found.odds.tolist() == pytest.approx([0.5, 0.5 / 3])


def test_undeclared_value_counts_as_nothing() -> None:
    prepared = Prepared(snapshot(2, value_usd=[np.nan, 3.0]))
    assert prepared.value_usd.tolist() == [0.0, 3.0]


def test_rows_below_a_line_are_counted_once() -> None:
    prepared = Prepared(snapshot(3, score=[0, 500, 1000]))
    assert prepared.near[[0, 1, 500, 501, 1000, 1001]].tolist() == [0, 1, 1, 2, 2, 3]


def test_a_snapshot_without_rows_has_no_days() -> None:
    prepared = Prepared(snapshot(0, reasons=np.empty((0, 3), object)))
    assert (len(prepared.days), len(prepared.day), len(prepared)) == (0, 0, 0)
    assert len(prepared.inspected) == 0
    assert len(prepared.by_segment(lambda _: (1, 2)).review_at) == 0  # type: ignore[arg-type]

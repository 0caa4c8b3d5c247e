"""Every hard guardrail stops a change by itself; soft ones are told; evaluations are read whole."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.governance import (
    CutPoints,
    Direction,
    Floors,
    InvalidPolicy,
    PolicyDocument,
    hard_failures,
    is_stale,
    read_evaluation,
    soft_failures,
)
from app.core.governance.summary import Against, summary_json
from app.core.policy import Band
from tests.policy_documents import AGAINST, CALM, NOW, evaluation, policy, proposal, segment

NO_FLOORS = Floors()


def hard(summary: Mapping[str, Any] | None = None, **more: Any) -> list[str]:
    found = proposal(replace(CALM, **(summary or {})), **more)
    return [each.code for each in hard_failures(found)]


def soft(
    floors: Floors = NO_FLOORS, direction: Direction = Direction.TIGHTENING, **summary: Any
) -> list[str]:
    found = proposal(replace(CALM, **summary), direction=direction)
    return [each.code for each in soft_failures(found, floors)]


def test_a_calm_change_fails_nothing() -> None:
    assert (hard(), soft()) == ([], [])


def unordered() -> PolicyDocument:
    return policy(overrides={segment(): CutPoints(800, 700)})


@pytest.mark.parametrize(
    ("summary", "more", "expected"),
    [
        ({"listed_below_hold": 1}, {}, "listed_below_hold"),
        ({"known_bad_missed": 1}, {}, "known_bad_missed"),
        ({}, {"document": policy(degraded={"lists": Band.RELEASE})}, "released_without_lists"),
        ({}, {"document": unordered()}, "cut_points_out_of_order"),
        ({}, {"now": NOW + timedelta(days=7)}, "evaluation_out_of_date"),
        ({}, {"current": replace(AGAINST, model_digest="x")}, "evaluation_out_of_date"),
        ({}, {"current": replace(AGAINST, feature_digest="x")}, "evaluation_out_of_date"),
        ({}, {"current": replace(AGAINST, lists_digest="x")}, "evaluation_out_of_date"),
        ({"is_model_canary_running": True}, {}, "model_canary_runs"),
        ({"alerts_per_day_proposed": 120.1}, {}, "step_too_large"),
        ({"alerts_per_day_proposed": 79.9}, {}, "step_too_large"),
        ({}, {"steps": (0.2, -0.11)}, "steps_of_a_week_too_large"),
        ({"days_of_data": 27}, {}, "too_few_data"),
        ({"matured_labels": 199}, {}, "too_few_data"),
    ],
)
def test_each_hard_guardrail_stops_a_change(
    summary: Mapping[str, Any], more: Mapping[str, Any], expected: str
) -> None:
    assert hard(summary, **more) == [expected]


def test_what_is_just_within_a_guardrail_passes() -> None:
    assert hard({"alerts_per_day_proposed": 120.0}) == []
    assert hard({"alerts_per_day_proposed": 102.0, "days_of_data": 1, "matured_labels": 0}) == []
    assert hard(None, steps=(0.2, -0.1)) == []
    assert not is_stale(proposal(now=NOW + timedelta(days=7, seconds=-1)))


def test_a_step_from_no_alerts_is_a_whole_one() -> None:
    none = replace(CALM, alerts_per_day_current=0.0, alerts_per_day_proposed=0.0)
    assert none.step == 0.0
    assert replace(none, alerts_per_day_proposed=0.5).step == 1.0


@pytest.mark.parametrize(
    ("floors", "summary", "expected"),
    [
        (Floors(), {"utilisation": 1.01}, "over_capacity"),
        (Floors(recall=0.5), {}, "recall_below_floor"),
        (Floors(recall=0.3), {"recall_status": "provisional"}, "recall_below_floor"),
        (Floors(recall=0.3), {"recall_low": None}, "recall_below_floor"),
        (Floors(precision=0.2), {}, "precision_below_floor"),
        (Floors(precision=0.2), {"precision_low": None}, "precision_below_floor"),
        (Floors(), {"flagged_segments": 1}, "flagged_segments"),
        (Floors(), {"burden_ratio": 1.51}, "burden"),
        (Floors(), {"overlaps_regime_change": True}, "regime_change"),
    ],
)
def test_each_soft_guardrail_is_told(
    floors: Floors, summary: Mapping[str, Any], expected: str
) -> None:
    assert soft(floors, **summary) == [expected]


def test_a_loosening_says_that_recall_is_not_estimable_and_a_tightening_need_not() -> None:
    unknown: dict[str, Any] = {"recall_status": "not_estimable", "recall_low": None}
    assert soft(direction=Direction.LOOSENING, **unknown) == ["recall_not_estimable"]
    assert soft(direction=Direction.MIXED, **unknown) == ["recall_not_estimable"]
    assert soft(**unknown) == []
    assert soft(Floors(0.4, 0.1), utilisation=None, burden_ratio=None) == []


def test_an_evaluation_is_read_and_named_by_all_that_is_in_it() -> None:
    found = read_evaluation(evaluation(policy(), detail={"swap_set": []}))
    assert (found.policy_digest, found.summary) == (policy().digest, CALM)
    assert found.against == AGAINST
    assert isinstance(found.against, Against)
    assert found.digest != read_evaluation(evaluation(policy())).digest


def test_an_unknown_figure_is_absent_never_null_in_what_is_written() -> None:
    assert "recall_low" not in summary_json(replace(CALM, recall_low=None))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"policy_digest": "sha256:" + "z" * 64}, "/policy_digest"),
        ({"model_digest": "a" * 64}, "/model_digest"),
        ({"snapshot_digest": None}, "/snapshot_digest"),
        ({"summary": None}, "/summary"),
        ({"naive_recall": 0.99}, "/naive_recall"),
        ({"summary": {**summary_json(CALM), "naive_recall": 0.99}}, "/summary/naive_recall"),
        ({"summary": {**summary_json(CALM), "recall_low": 1.1}}, "/summary/recall_low"),
        ({"summary": {**summary_json(CALM), "matured_labels": -1}}, "/summary/matured_labels"),
        (
            {"summary": {**summary_json(CALM), "overlaps_regime_change": 0}},
            "/summary/overlaps_regime_change",
        ),
    ],
)
def test_what_is_wrong_with_an_evaluation_is_named(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        read_evaluation(evaluation(policy(), **change))
    assert [each.pointer for each in refused.value.problems] == [pointer]


def test_a_summary_without_what_may_be_unknown_is_read() -> None:
    least = {
        name: value
        for name, value in summary_json(CALM).items()
        if name
        not in {"recall_status", "recall_low", "precision_low", "utilisation", "burden_ratio"}
    }
    found = read_evaluation(evaluation(policy(), summary=least)).summary
    assert (found.recall_status, found.utilisation) == ("not_estimable", None)

"""What earlier decisions on the same goods mean for a line that is scored now."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.policy import Band, FloorKind, Policy, decide
from app.core.resubmission import Changed
from app.core.resubmitted import (
    RESUBMISSION_CODE,
    EarlierDecision,
    EarlierLine,
    MaterialChange,
    change_for,
    joined_change,
    material_changes,
    resubmission_finding,
    resubmission_floor,
)
from tests.fakes import NOW

POLICY = Policy(review_at=700, hold_at=900)


def shipped(origin: str = "CN", hts: str = "620140", **changes: Any) -> Entry:
    """Return an entry of one line on the one bill of these tests."""
    line = {"hts": hts, "origin_country": origin, "entered_value_usd": "48250"}
    document = {"bills_of_lading": ["OOLU2634418870"], "lines": [line]}
    return read_submission(document | changes).entry


def earlier(
    entry: Entry, band: Band, score: int = 800, *, day: int = 0, explained: bool = False
) -> EarlierDecision:
    """Return an earlier decision on `entry`, made `day` days after the first."""
    return EarlierDecision(
        decision_id=f"D{day}",
        scored_at=NOW + timedelta(days=day),
        entry=entry,
        lines={1: EarlierLine(score, band)},
        is_explained=explained,
    )


def change(band: Band = Band.HOLD, score: int = 800, *changed: Changed) -> MaterialChange:
    """Return a change of line 1."""
    return MaterialChange("D0", changed or (Changed.ORIGIN,), (1,), score, band)


def test_a_changed_origin_is_held_against_the_line_it_was_changed_of() -> None:
    (found,) = material_changes(shipped("VN"), [earlier(shipped(), Band.HOLD)])
    assert found == change()


def test_the_same_declaration_and_other_goods_are_not() -> None:
    before = [
        earlier(shipped(), Band.HOLD),
        earlier(shipped(bills_of_lading=["MSCU9999999"]), Band.HOLD, day=1),
    ]
    assert material_changes(shipped(), before) == ()


def test_steps_do_not_launder_the_strictest_of_all_earlier_decisions_counts() -> None:
    before = [
        earlier(shipped("CN"), Band.HOLD, 950),
        earlier(shipped("MY"), Band.REVIEW, 750, day=1),
    ]
    found = joined_change(material_changes(shipped("VN"), before))
    assert found is not None
    assert (found.of, found.band) == ("D0", Band.HOLD)


def test_an_origin_changed_two_steps_ago_is_still_named() -> None:
    before = [  # the newest first, as the ledger finds them; the middle one stood as high or higher
        earlier(shipped("VN"), Band.HOLD, 960, day=1),
        earlier(shipped("CN"), Band.HOLD, 950),
    ]
    changes = material_changes(shipped("VN", hts="610210"), before)
    found = change_for(1, 300, decide(300, POLICY), changes)
    assert found is not None
    assert (found.of, found.changed) == ("D0", (Changed.ORIGIN, Changed.HTS))
    assert "another origin and HTS code" in resubmission_finding(found).text


def test_a_step_to_a_stricter_band_hides_no_step_before_it() -> None:
    before = [
        earlier(shipped("CN"), Band.REVIEW, 750),
        earlier(shipped("VN"), Band.HOLD, 950, day=1),
    ]
    changes = material_changes(shipped("VN", hts="610210"), before)
    found = change_for(1, 300, decide(300, POLICY), changes)
    assert found is not None
    assert (found.of, found.band) == ("D1", Band.HOLD)
    assert found.changed == (Changed.ORIGIN, Changed.HTS)
    assert joined_change([]) is None


def test_an_explanation_lifts_all_before_it_for_that_declaration_alone() -> None:
    before = [
        earlier(shipped("CN"), Band.HOLD),
        earlier(shipped("VN"), Band.RELEASE, 300, day=1, explained=True),
    ]
    assert material_changes(shipped("VN"), before) == ()
    others = {each.of for each in material_changes(shipped("MY"), before)}
    assert others == {"D0", "D1"}


def test_a_decision_after_the_explanation_counts_again() -> None:
    before = [
        earlier(shipped("VN"), Band.RELEASE, 300, day=1, explained=True),
        earlier(shipped("CN"), Band.HOLD, day=2),
    ]
    assert [each.of for each in material_changes(shipped("VN"), before)] == ["D2"]


def test_an_explanation_does_not_speak_for_a_declaration_that_says_more() -> None:
    before = [
        earlier(shipped("CN"), Band.HOLD),
        earlier(shipped("VN"), Band.RELEASE, 300, day=1, explained=True),
    ]
    routed = shipped("VN", route=[{"country": "CN", "role": "lading"}])
    assert [each.of for each in material_changes(routed, before)] == ["D0"]


def test_lines_an_earlier_answer_lacks_hold_nothing() -> None:
    lacking = EarlierDecision("D0", NOW, shipped(), {})
    assert material_changes(shipped("VN"), [lacking]) == ()


@pytest.mark.parametrize(
    ("score", "is_held"), [(799, True), (800, False), (850, False), (300, True)]
)
def test_only_a_lower_score_or_band_is_held(score: int, is_held: bool) -> None:
    verdict = decide(score, POLICY)
    found = change_for(1, score, verdict, [change(Band.REVIEW)])
    assert (found is not None) == is_held


def test_a_milder_band_is_held_whatever_the_score() -> None:
    verdict = decide(850, POLICY)
    assert change_for(1, 850, verdict, [change(Band.HOLD)]) is not None
    assert change_for(2, 850, verdict, [change(Band.HOLD)]) is None


def test_the_floor_is_the_earlier_band() -> None:
    floor = resubmission_floor(change(Band.REVIEW))
    assert (floor.kind, floor.band) == (FloorKind.RESUBMISSION, Band.REVIEW)
    assert decide(100, POLICY, [floor]).band is Band.REVIEW


def test_the_reason_says_what_was_changed_and_names_the_decision() -> None:
    found = resubmission_finding(change(Band.HOLD, 800, Changed.ORIGIN, Changed.HTS, Changed.ROUTE))
    assert found.code == RESUBMISSION_CODE
    assert found.source == "decision:D0"
    assert found.floor is Band.HOLD
    assert found.text == (
        "The same goods were declared before with another origin, HTS code and route, and stood "
        "higher; the band hold is kept until a person explains the change."
    )


def test_an_earlier_release_is_told_and_keeps_nothing() -> None:
    found = resubmission_finding(change(Band.RELEASE, 800, Changed.MANUFACTURER))
    assert found.floor is None
    assert found.text == (
        "The same goods were declared before with another manufacturer, and stood higher."
    )
    assert found.reason.contribution == 0.0

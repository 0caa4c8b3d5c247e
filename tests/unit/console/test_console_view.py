"""What the page shows, without a line of HTML."""

from typing import Any

import pytest

from app.console.view import (
    Fact,
    Scale,
    answer_view,
    facts_of,
    one_in,
    percent,
    refusal_view,
    scale_of,
)
from app.core.errors import FieldProblem, InvalidEntry, LedgerUnavailable

STATUS: dict[str, Any] = {
    "model": {
        "version": "2026-11-24-3f9c1a",
        "label": "nexus",
        "evaluation": {"ap": 0.8123, "auroc": 0.93, "n": 12000},
        "signer": {"dev": False},
        "refused": None,
    },
    "policy": {"review_at": 600, "hold_at": 800, "source": "bundle"},
    "reference": {"version": "2026-11-01", "age_days": 23},
    "history": {"mode": "live"},
    "ledger": {"kind": "sqlite", "writable": True},
    "cache": {"kind": "redis"},
}


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.42, "42 %"),
        (0.0431, "4.3 %"),
        (0.00431, "0.43 %"),
        (0.000431, "0.043 %"),
        (1e-7, "under 0.01 %"),
    ],
)
def test_probabilities_are_shown_with_two_digits(probability: float, text: str) -> None:
    assert percent(probability) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.62, "about 6 in 10"), (0.0431, "about 1 in 23"), (1 / 7500, "about 1 in 7,500")],
)
def test_odds_are_shown_as_a_person_pictures_them(probability: float, text: str) -> None:
    assert one_in(probability) == text


def test_the_facts_name_model_policy_reference_ledger_and_cache() -> None:
    facts = {fact.name: fact for fact in facts_of(STATUS)}
    note = "nexus: average precision 0.812, AUROC 0.930, on 12,000 held-out lines"
    assert facts["Model"] == Fact("Model", "2026-11-24-3f9c1a", note)
    assert facts["Policy"].value == "review from 600, hold from 800"
    assert facts["Reference tables"].note == "23 days old"
    assert not any(fact.is_bad for fact in facts.values())


def test_what_is_missing_is_marked_as_bad() -> None:
    status = STATUS | {
        "model": {"version": None, "refused": None},
        "policy": None,
        "reference": {"version": "x", "age_days": None},
        "ledger": {"kind": "sqlite", "writable": False},
    }
    bad = [fact.name for fact in facts_of(status) if fact.is_bad]
    assert bad == ["Model", "Policy", "Ledger"]
    assert scale_of(status) is None
    assert "age unknown" in {fact.note for fact in facts_of(status)}
    young = STATUS | {"reference": {"version": "x", "age_days": 1}}
    assert "1 day old" in {fact.note for fact in facts_of(young)}


def test_a_development_signer_and_missing_figures_are_said() -> None:
    model = STATUS["model"] | {"evaluation": {}, "signer": {"dev": True}}
    (fact, *_) = facts_of(STATUS | {"model": model})
    assert fact.note == "nexus: no figures; signed for development"


def test_what_the_model_learned_from_is_said_beside_its_figures() -> None:
    model = STATUS["model"] | {"learned_from": "Demo world, synthetic."}
    (fact, *_) = facts_of(STATUS | {"model": model})
    assert fact.note.endswith("Learned from: Demo world, synthetic.")


def test_the_scale_ends_at_a_thousand_wherever_its_cuts_are() -> None:
    assert (Scale(600, 800).review_width, Scale(600, 800).hold_width) == (200, 200)
    assert (Scale(1001, 1001).review_width, Scale(1001, 1001).hold_width) == (0, 0)
    assert (Scale(900, 1001).review_width, Scale(900, 1001).hold_width) == (100, 0)


def answer(*reasons: dict[str, Any], **line: Any) -> dict[str, Any]:
    one = {"line_number": 1, "score": 781, "probability": 0.0431, "band": "review", "floors": []}
    return {
        "score": 781,
        "probability": 0.0431,
        "band": "review",
        "lines": [one | line | ({"reasons": list(reasons)} if reasons else {})],
    }


def reason(contribution: float) -> dict[str, Any]:
    return {
        "code": "A",
        "text": "t",
        "regime": None,
        "source": "entry",
        "contribution": contribution,
    }


def test_reasons_are_shown_by_their_share_of_the_strongest() -> None:
    view = answer_view(answer(reason(2.0), reason(0.5)), {"lines": [{"hts": "6201"}]}, STATUS)
    (line,) = view.lines
    assert [each.share for each in line.reasons] == [1.0, 0.25]
    assert [each.contribution for each in line.reasons] == ["+2.00", "+0.50"]
    assert (line.goods, line.was_explained) == ("6201", True)
    assert view.scale == Scale(600, 800, 781)
    assert view.band_text


def test_a_band_that_floors_raised_says_so_and_any_other_does_not() -> None:
    document = answer()
    (line,) = document["lines"]
    milder = line | {"line_number": 2, "band": "release"}
    raised = line | {"floors": ["screening"]}
    for lines, said in (
        ([line], ""),
        ([line, raised | {"line_number": 2}], ""),
        ([raised, milder], "Raised by screening (line 1); the score is untouched."),
        (
            [raised, raised | {"line_number": 3, "floors": ["degraded"]}],
            "Raised by screening and degraded (lines 1, 3); the score is untouched.",
        ),
    ):
        assert answer_view(document | {"lines": lines}, {}, STATUS).raised_by == said


def test_a_line_without_reasons_or_declaration_is_shown_too() -> None:
    view = answer_view(answer(), {}, STATUS)
    assert (view.lines[0].reasons, view.lines[0].goods) == ((), "")
    assert not view.lines[0].was_explained
    (flat,) = answer_view(answer(reason(0.0)), {}, STATUS).lines
    assert flat.reasons[0].share == 0.0


def test_a_refusal_names_the_fields_at_fault() -> None:
    view = refusal_view(
        InvalidEntry("two", [FieldProblem("", "a", "x"), FieldProblem("/b", "c", "y")])
    )
    assert view.problems == (("/", "x"), ("/b", "y"))
    assert refusal_view(LedgerUnavailable()).problems == ()

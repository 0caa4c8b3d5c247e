"""An outcome is read as the wire contract has it, every fault named where it stands."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document.reading import MAX_FAULTS
from app.core.errors import InvalidOutcome
from app.core.outcome_claim import MAX_OUTCOMES, OutcomeClaim, count_outcomes, read_claims
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.reasons.kinds import Regime

TODAY = date(2026, 11, 24)


def told(**changes: Any) -> dict[str, Any]:
    """An outcome as a client sends it; a change to ... leaves the field out."""
    document = {
        "entry_number": "B76-0324527-8",
        "line_numbers": [1],
        "code": "excluded",
        "source": "government",
        "regime": "UFLPA",
        "event_at": "2026-11-20",
        "known_at": "2026-11-23",
    } | changes
    return {name: value for name, value in document.items() if value is not ...}


def faults(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidOutcome) as refused:
        read_claims(document, TODAY)
    return [(each.pointer, each.code) for each in refused.value.problems]


def test_one_outcome_is_read() -> None:
    assert read_claims(told(corrects="01K"), TODAY) == (
        OutcomeClaim(
            entry_number="B76-0324527-8",
            line_numbers=(1,),
            code=OutcomeCode.EXCLUDED,
            source=OutcomeSource.GOVERNMENT,
            regime=Regime.UFLPA,
            event_at=date(2026, 11, 20),
            known_at=date(2026, 11, 23),
            corrects="01K",
        ),
    )


def test_null_lines_and_null_regime_are_none() -> None:
    (claim,) = read_claims(told(line_numbers=None, regime=None), TODAY)
    assert (claim.line_numbers, claim.regime) == (None, None)


def test_several_are_read_in_their_order() -> None:
    several = {"outcomes": [told(), told(code="seized")]}
    claims = read_claims(several, TODAY)
    assert [each.pointer for each in claims] == ["/outcomes/0", "/outcomes/1"]
    assert [each.code for each in claims] == ["excluded", "seized"]
    assert (count_outcomes(several), count_outcomes(told())) == (2, 1)


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"code": "fined"}, "/code", "unknown_value"),
        ({"code": ...}, "/code", "missing"),
        ({"code": None}, "/code", "wrong_type"),
        ({"source": ...}, "/source", "missing"),
        ({"source": "review"}, "/source", "wrong_source"),
        ({"code": "document_check_nexus"}, "/source", "wrong_source"),
        ({"regime": "GDPR"}, "/regime", "unknown_value"),
        ({"event_at": "20.11.2026"}, "/event_at", "invalid_date"),
        ({"event_at": ...}, "/event_at", "missing"),
        ({"known_at": ...}, "/known_at", "missing"),
        ({"event_at": "0001-01-01"}, "/event_at", "too_early"),
        ({"event_at": "1999-12-31"}, "/event_at", "too_early"),
        ({"known_at": "2026-11-19"}, "/known_at", "before_event"),
        ({"known_at": "2026-11-25"}, "/known_at", "in_the_future"),
        ({"line_numbers": []}, "/line_numbers", "line_numbers_count"),
        ({"line_numbers": [1, 1]}, "/line_numbers", "duplicate_line_number"),
        ({"line_numbers": [0]}, "/line_numbers/0", "out_of_range"),
        ({"line_numbers": "1"}, "/line_numbers", "wrong_type"),
        ({"entry_number": ...}, "", "decision_or_entry"),
        ({"decision_id": "01K"}, "", "decision_or_entry"),
        ({"decision_id": "01K", "entry_number": ..., "revision": 2}, "/revision", "without_entry"),
        ({"revision": 0}, "/revision", "out_of_range"),
        ({"corrects": ""}, "/corrects", "invalid_text"),
    ],
)
def test_every_fault_is_named_where_it_stands(
    changes: dict[str, Any], pointer: str, code: str
) -> None:
    assert faults(told(**changes)) == [(pointer, code)]
    placed = [("/outcomes/1" + pointer, code)]
    assert faults({"outcomes": [told(), told(**changes)]}) == placed


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (7, "", "wrong_type"),
        ([told()], "", "wrong_type"),
        ({"outcomes": told()}, "/outcomes", "wrong_type"),
        ({"outcomes": []}, "/outcomes", "outcomes_count"),
        ({"outcomes": [told()] * (MAX_OUTCOMES + 1)}, "/outcomes", "outcomes_count"),
        ({"outcomes": [told()], "code": "seized"}, "", "unknown_field"),
        ({"outcomes": [None]}, "/outcomes/0", "wrong_type"),
    ],
)
def test_what_is_no_outcome_is_refused(document: object, pointer: str, code: str) -> None:
    assert faults(document) == [(pointer, code)]


def test_faults_are_limited() -> None:
    assert len(faults({"outcomes": [7] * 100})) == MAX_FAULTS
    assert len(faults({"outcomes": [told(known_at="2027-01-01")] * 100})) == MAX_FAULTS


def test_both_faults_of_a_day_are_named() -> None:
    days = told(event_at="2026-12-02", known_at="2026-12-01")
    assert faults(days) == [("/known_at", "before_event"), ("/known_at", "in_the_future")]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*told(), "outcomes"]) | st.text(max_size=4), inner)
    ),
    max_leaves=12,
)


def claims_or_faults(document: object) -> Sequence[object]:
    try:
        return read_claims(document, TODAY)
    except InvalidOutcome as refused:
        return refused.problems


@given(_JSON)
def test_any_json_is_read_or_refused(document: object) -> None:
    assert claims_or_faults(document)

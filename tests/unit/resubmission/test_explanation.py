"""An explanation says why, in a person's words, or is refused by field."""

from typing import Any

import pytest

from app.core.errors import InvalidExplanation
from app.core.explanation import LONGEST_REASON, ExplanationKind, read_explanation

REASON = "The invoice named the wrong mill; see the corrected one."


def test_an_explanation_is_a_kind_and_a_reason() -> None:
    read = read_explanation({"kind": "corrected_error", "reason": REASON})
    assert (read.kind, read.reason) == (ExplanationKind.CORRECTED_ERROR, REASON)


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ([], "", "wrong_type"),
        ({"reason": REASON}, "/kind", "missing"),
        ({"kind": "because", "reason": REASON}, "/kind", "unknown_value"),
        ({"kind": "other", "reason": "ok" + " " * 20}, "/reason", "text_too_short"),
        ({"kind": "other", "reason": "\u200b" * 20}, "/reason", "text_too_short"),
        ({"kind": "other", "reason": "." * 20}, "/reason", "text_too_short"),
        ({"kind": "other", "reason": 7}, "/reason", "wrong_type"),
        ({"kind": "other", "reason": "x" * (LONGEST_REASON + 1)}, "/reason", "text_too_long"),
        ({"kind": "other", "reason": REASON, "more": 1}, "/more", "unknown_field"),
    ],
)
def test_another_document_is_refused_by_field(document: Any, pointer: str, code: str) -> None:
    with pytest.raises(InvalidExplanation) as refused:
        read_explanation(document)
    assert [(each.pointer, each.code) for each in refused.value.problems] == [(pointer, code)]
    assert "1 problem." in refused.value.detail


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidExplanation, match="2 problems"):
        read_explanation({"kind": 1, "reason": ""})

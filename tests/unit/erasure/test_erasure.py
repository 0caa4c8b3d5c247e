"""An erasure names what is gone, and only what came before it."""

import json
from datetime import UTC, datetime

import pytest

from app.core.erasure import Erased, Erasure, erased_before, erasure_event, unnamed
from app.core.records import EventKind

AT = datetime(2026, 11, 24, 2, 31, tzinfo=UTC)
GONE = (Erased(1, "decision", "D1"), Erased(4, "outcome", "O1"))


def erasure(before: datetime | None = AT) -> Erasure:
    return Erasure(
        erasure_id="E1",
        tenant="acme",
        at=AT,
        actor="command-line:dana",
        reason="five years",
        before=before,
        records=GONE,
    )


def test_the_event_says_who_why_and_what() -> None:
    event = erasure_event(erasure())
    assert (event.kind, event.subject, event.recorded_at) == (EventKind.ERASURE, "E1", AT)
    assert json.loads(event.document) == {
        "actor": "command-line:dana",
        "before": "2026-11-24T02:31:00+00:00",
        "reason": "five years",
        "records": [[1, "decision", "D1"], [4, "outcome", "O1"]],
    }
    assert erased_before(5, event.document) == GONE


def test_what_was_found_gone_has_no_day() -> None:
    assert json.loads(erasure_event(erasure(None)).document)["before"] is None


def test_what_comes_later_is_not_named() -> None:
    assert erased_before(4, erasure_event(erasure()).document) == GONE[:1]


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"records":[[1]]}', b'{"records":7}'])
def test_what_is_no_erasure_names_nothing(document: bytes) -> None:
    assert erased_before(9, document) == ()


def test_the_first_that_is_not_named_is_found() -> None:
    other = Erased(2, "decision", "D2")
    assert unnamed([*GONE, other], GONE) == other
    assert unnamed([GONE[1]._replace(subject="O2")], GONE) == (4, "outcome", "O2")
    assert unnamed(GONE, GONE) is None

"""An outcome comes back from the ledger as it was written."""

from dataclasses import replace

import orjson
import pytest

from app.core.errors import DataRefused
from app.core.outcome_document import outcome_bytes, outcome_document, outcome_of
from app.core.outcomes import OutcomeCode
from tests.ledger_records import outcome, record

GIVEN = outcome(record())


@pytest.mark.parametrize("lines", [None, (1,), (2, 7)])
def test_an_outcome_comes_back_as_it_was_written(lines: tuple[int, ...] | None) -> None:
    given = replace(GIVEN, line_numbers=lines, corrects="earlier", held_by_us=True)
    assert outcome_of("acme", outcome_bytes(given)) == given


def test_the_tenant_is_not_in_the_document() -> None:
    assert b"acme" not in outcome_bytes(GIVEN)
    assert "tenant" not in outcome_document(GIVEN)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        orjson.dumps({**outcome_document(GIVEN), "code": "fined"}),
        orjson.dumps({**outcome_document(GIVEN), "known_at": "soon"}),
        orjson.dumps({**outcome_document(GIVEN), "line_numbers": 1}),
    ],
)
def test_what_is_no_outcome_is_refused(document: bytes) -> None:
    with pytest.raises(DataRefused, match="outcome"):
        outcome_of("acme", document)


def test_every_code_can_be_kept() -> None:
    for code in OutcomeCode:
        given = replace(GIVEN, code=code, source=code.source)
        assert outcome_of("acme", outcome_bytes(given)).code is code

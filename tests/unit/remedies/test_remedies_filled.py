"""A filled index as a client sends it: every fault named, nothing uncaught."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidIndex
from app.core.remedies.filled import MAX_ROWS, read_filled
from app.core.remedies.index import FilledRow, RowStatus


def test_a_row_is_read_with_what_it_says() -> None:
    row = {"row": 3, "status": "not_applicable", "note": "no cotton"}
    found = read_filled({"filled": [row], "reviews": ["uflpa_applicability"]})
    assert found.filled == (FilledRow(3, status=RowStatus.NOT_APPLICABLE, note="no cotton"),)
    assert found.reviews == ("uflpa_applicability",)
    assert read_filled({"filled": []}).reviews is None


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        ({}, "/filled", "missing"),
        ([], "", "wrong_type"),
        ({"filled": [{}]}, "/filled/0/row", "missing"),
        ({"filled": [{"row": 0}]}, "/filled/0/row", "out_of_range"),
        ({"filled": [{"row": 1, "pages": 3}]}, "/filled/0/pages", "wrong_type"),
        ({"filled": [{"row": 1, "status": "done"}]}, "/filled/0/status", "unknown_value"),
        ({"filled": [{"row": 1, "extra": 1}]}, "/filled/0/extra", "unknown_field"),
        ({"filled": [], "reviews": []}, "/reviews", "reviews_count"),
        ({"filled": [{"row": 1}] * (MAX_ROWS + 1)}, "/filled", "filled_count"),
    ],
)
def test_each_fault_is_named(document: Any, pointer: str, code: str) -> None:
    with pytest.raises(InvalidIndex) as refused:
        read_filled(document)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["row", "filled", "pages", "reviews", "x"]), inner)
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_no_document_is_too_odd_to_be_refused(document: Any) -> None:
    with suppress(InvalidIndex):
        read_filled(document)

"""Scopes are a closed set."""

import pytest

from app.core.access import Scope, scopes_of
from app.core.errors import InvalidField


def test_known_names_become_scopes() -> None:
    assert scopes_of(["score:write", "audit:read"]) == {Scope.SCORE_WRITE, Scope.AUDIT_READ}


def test_an_unknown_scope_is_refused_by_name() -> None:
    with pytest.raises(InvalidField, match="score:everything") as refused:
        scopes_of(["score:write", "score:everything"])
    assert refused.value.problem == "unknown_scope"


def test_a_key_without_any_scope_is_refused() -> None:
    with pytest.raises(InvalidField, match="at least one"):
        scopes_of([])

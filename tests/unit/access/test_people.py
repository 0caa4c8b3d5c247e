"""People: roles open scopes, names and passwords have a form, failed attempts cost time."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.access import ROLE_SCOPES, Role, Scope, roles_of
from app.core.errors import InvalidField
from app.core.people import (
    FORGOTTEN_AFTER,
    IDLE,
    LONGEST_SESSION,
    Person,
    Session,
    checked_login,
    checked_password,
    wait_s,
)

NOW = datetime(2026, 11, 24, 2, 31, tzinfo=UTC)


def person(*roles: Role, disabled_at: datetime | None = None) -> Person:
    return Person(
        user_id="U1",
        tenant="acme",
        login="dana",
        roles=frozenset(roles),
        created_at=NOW,
        disabled_at=disabled_at,
    )


def test_every_role_opens_something_and_no_role_both_drafts_and_approves() -> None:
    assert set(ROLE_SCOPES) == set(Role)
    assert all(ROLE_SCOPES.values())
    both = {Scope.POLICY_DRAFT, Scope.POLICY_APPROVE}
    assert [role for role, scopes in ROLE_SCOPES.items() if both <= scopes] == []


def test_a_viewer_only_reads() -> None:
    assert person(Role.VIEWER).scopes == {Scope.DECISION_READ}


def test_roles_add_up() -> None:
    assert person(Role.TUNER, Role.AUDITOR).scopes == {
        Scope.DECISION_READ,
        Scope.POLICY_DRAFT,
        Scope.AUDIT_READ,
    }


def test_roles_are_a_closed_set() -> None:
    assert roles_of(["viewer", "auditor"]) == {Role.VIEWER, Role.AUDITOR}
    for names in (["king"], []):
        with pytest.raises(InvalidField, match="roles"):
            roles_of(names)


def test_a_login_name_has_one_spelling() -> None:
    assert checked_login("  Dana.O+x@Example.com ") == "dana.o+x@example.com"


@pytest.mark.parametrize("text", ["", ".dana", "da na", "dana@", "a@b@c", "d\0", "é", "x" * 300])
def test_what_is_no_login_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="login"):
        checked_login(text)


def test_a_password_is_long_and_never_repeated_in_a_refusal() -> None:
    assert checked_password("correct horse battery") == "correct horse battery"
    for text in ("elevenchars", "x" * 257):
        with pytest.raises(InvalidField, match="12 to 256") as refused:
            checked_password(text)
        assert text not in str(refused.value)


def test_the_first_attempts_are_free_and_then_the_wait_doubles() -> None:
    assert [wait_s(failures, NOW, NOW) for failures in (0, 4, 5, 6, 7, 14, 15, 500)] == [
        0,
        0,
        1,
        2,
        4,
        512,
        900,
        900,
    ]


def test_waiting_is_over_when_its_time_is_over() -> None:
    assert wait_s(7, NOW, NOW + timedelta(seconds=1.5)) == 3
    assert wait_s(7, NOW, NOW + timedelta(seconds=4)) == 0
    assert wait_s(500, NOW, NOW + FORGOTTEN_AFTER) == 0


@pytest.mark.parametrize(
    ("idle", "age", "is_live"),
    [
        (timedelta(0), timedelta(0), True),
        (IDLE, timedelta(0), False),
        (timedelta(0), LONGEST_SESSION, False),
        (IDLE - timedelta(seconds=1), LONGEST_SESSION - timedelta(seconds=1), True),
    ],
)
def test_a_session_ends_when_idle_and_when_old(
    idle: timedelta, age: timedelta, is_live: bool
) -> None:
    assert Session(person(Role.VIEWER), NOW - age, NOW - idle).is_live(NOW) is is_live


def test_a_disabled_persons_session_is_over() -> None:
    assert not Session(person(Role.VIEWER, disabled_at=NOW), NOW, NOW).is_live(NOW)

"""Keys and people in force are held against what the audit tells of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.access import Role
from app.core.audit import Action, AuditEvent, Deed, audit_time
from app.core.audit_state import untold
from app.core.people import Person
from app.core.records import ApiKey

AT = datetime(2026, 11, 24, tzinfo=UTC)
KEY = ApiKey(
    key_id="K1",
    tenant="acme",
    name="desk",
    prefix="abcdefgh",
    scopes=frozenset({"score:write", "decision:read"}),
    created_at=AT,
    expires_at=AT,
)
DANA = Person(
    user_id="U1", tenant="acme", login="dana", roles=frozenset({Role.VIEWER}), created_at=AT
)
MADE = {"scopes": "decision:read score:write", "expires_at": audit_time(AT)}
ADDED = {"roles": "viewer", "state": "live"}


def event(action: Action, subject: str, **details: str) -> AuditEvent:
    deed = Deed(
        tenant="acme", actor="command-line:a", action=action, subject=subject, details=details
    )
    return AuditEvent(seq=1, event_id="E", at=AT, deed=deed, prev_hash="", hash="")


EVENTS = [
    event(Action.KEY_CREATED, "K1", **MADE),
    event(Action.USER_ADDED, "U1", **ADDED),
    event(Action.SIGNED_IN, "U1"),
]


def found(key: ApiKey = KEY, person: Person = DANA, *more: AuditEvent) -> list[str]:
    return list(untold([*EVENTS, *more], [key], [person]))


def test_what_the_events_tell_is_in_force() -> None:
    assert found() == []
    assert found(replace(KEY, expires_at=AT - timedelta(days=1))) == []  # rotated: it ends sooner
    assert found(replace(KEY, revoked_at=AT), DANA, event(Action.KEY_REVOKED, "K1")) == []
    changed = event(Action.USER_CHANGED, "U1", roles="tuner", state="disabled")
    tuner = replace(DANA, roles=frozenset({Role.TUNER}), disabled_at=AT)
    assert found(KEY, tuner, changed) == []


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (replace(KEY, key_id="K2"), "key K2: no event tells that it was made"),
        (replace(KEY, tenant="zenith"), "key K1: tenant or scopes are not those it was made with"),
        (
            replace(KEY, scopes=frozenset({"list:admin"})),
            "key K1: tenant or scopes are not those it was made with",
        ),
        (replace(KEY, user_id="U1"), "key K1: it is in other hands than it was made for"),
        (replace(KEY, expires_at=None), "key K1: it lasts longer than it was made for"),
        (
            replace(KEY, expires_at=AT + timedelta(days=1)),
            "key K1: it lasts longer than it was made for",
        ),
    ],
)
def test_a_key_that_was_put_or_changed_by_hand_is_named(key: ApiKey, problem: str) -> None:
    assert found(key) == [problem]


def test_a_key_without_an_end_was_made_so() -> None:
    made = event(Action.KEY_ROTATED, "K1", **MADE | {"expires_at": ""})
    assert found(replace(KEY, expires_at=None), DANA, made) == []


def test_a_key_that_came_back_is_named() -> None:
    assert found(KEY, DANA, event(Action.KEY_REVOKED, "K1")) == [
        "key K1: it was revoked, and is in force"
    ]


@pytest.mark.parametrize(
    ("person", "problem"),
    [
        (replace(DANA, user_id="U2"), "user U2: no event tells that they were added"),
        (
            replace(DANA, roles=frozenset({Role.LIST_STEWARD})),
            "user U1: tenant or roles are not those they were given",
        ),
        (
            replace(DANA, tenant="zenith"),
            "user U1: tenant or roles are not those they were given",
        ),
    ],
)
def test_a_person_who_was_put_or_changed_by_hand_is_named(person: Person, problem: str) -> None:
    assert found(KEY, person) == [problem]


def test_somebody_let_in_again_by_hand_is_named() -> None:
    disabled = event(Action.USER_CHANGED, "U1", roles="viewer", state="disabled")
    assert found(KEY, DANA, disabled) == ["user U1: they were disabled, and may sign in"]

"""Keys and people held against the audit: what is in force has to be what was told to be done."""

from collections.abc import Iterable, Iterator, Mapping

from app.core.audit import Action, AuditEvent, Deed, audit_time
from app.core.people import Person
from app.core.records import ApiKey

_MADE = frozenset({Action.KEY_CREATED, Action.KEY_ROTATED})
_TOLD = frozenset({Action.USER_ADDED, Action.USER_CHANGED})


def untold(
    events: Iterable[AuditEvent], keys: Iterable[ApiKey], people: Iterable[Person]
) -> Iterator[str]:
    """Yield what no event tells of a key or a person that is in force, one sentence each.

    A key from before there was an audit is one of them: it should be rotated. Names, passwords,
    sessions and when something was last used are not compared.
    """
    made: dict[str, Deed] = {}
    revoked: set[str] = set()
    told: dict[str, Deed] = {}
    for event in events:
        deed = event.deed
        if deed.action in _MADE:
            made[deed.subject] = deed
        elif deed.action is Action.KEY_REVOKED:
            revoked.add(deed.subject)
        elif deed.action in _TOLD:
            told[deed.subject] = deed
    for key in keys:
        problem = None if key.revoked_at else _of_key(key, made.get(key.key_id), revoked)
        if problem is not None:
            yield f"key {key.key_id}: {problem}"
    for person in people:
        problem = _of_person(person, told)
        if problem is not None:
            yield f"user {person.user_id}: {problem}"


def _of_key(key: ApiKey, made: Deed | None, revoked: set[str]) -> str | None:
    if key.key_id in revoked:
        return "it was revoked, and is in force"
    if made is None:
        return "no event tells that it was made"
    if (key.tenant, " ".join(sorted(key.scopes))) != (made.tenant, made.details.get("scopes")):
        return "tenant or scopes are not those it was made with"
    if key.user_id != made.details.get("user"):
        return "it is in other hands than it was made for"
    limit = made.details.get("expires_at", "")
    if limit and (key.expires_at is None or audit_time(key.expires_at) > limit):
        return "it lasts longer than it was made for"
    return None


def _of_person(person: Person, told: Mapping[str, Deed]) -> str | None:
    deed = told.get(person.user_id)
    if deed is None:
        return "no event tells that they were added"
    roles = " ".join(sorted(person.roles))
    if (person.tenant, roles) != (deed.tenant, deed.details.get("roles")):
        return "tenant or roles are not those they were given"
    if person.disabled_at is None and deed.details.get("state") != "live":
        return "they were disabled, and may sign in"
    return None

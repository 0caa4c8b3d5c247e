"""People in memory and passwords that are quick to check, for tests of signing in."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.core.access import Role
from app.core.audit import Action, Deed
from app.core.people import Person, Session, wait_s
from tests.fakes import NOW


class PlainPasswords:
    """Passwords that are kept as they are."""

    def __init__(self) -> None:
        self.verified = 0

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, kept: str | None, password: str) -> bool:
        self.verified += 1
        return kept == f"plain:{password}"


class DictPeople:
    """What a store of people has to do, in dictionaries."""

    def __init__(self) -> None:
        self.people: dict[str, tuple[Person, str | None]] = {}
        self.sessions: dict[bytes, Session] = {}
        self.links: dict[bytes, tuple[str, datetime]] = {}
        self.attempts: dict[bytes, tuple[int, datetime]] = {}
        self.deeds: list[tuple[Action, str]] = []
        self.touched = 0

    def put(self, login: str, password: str | None, *roles: Role, tenant: str = "acme") -> Person:
        """Keep a person."""
        person = Person(
            user_id=f"U{len(self.people) + 1}",
            tenant=tenant,
            login=login,
            roles=frozenset(roles),
            created_at=NOW,
        )
        self.people[login] = (person, None if password is None else f"plain:{password}")
        return person

    def put_link(self, login: str, digest: bytes, expires_at: datetime) -> None:
        """Keep a one-time link."""
        self.links[digest] = (login, expires_at)

    def disable(self, login: str) -> None:
        """Let someone in no more."""
        person, kept = self.people[login]
        gone = replace(person, disabled_at=NOW)
        self.people[login] = (gone, kept)
        self.sessions = {
            token: replace(each, person=gone) if each.person.login == login else each
            for token, each in self.sessions.items()
        }

    def attempt(self, who: bytes, now: datetime) -> int:
        failures, last_at = self.attempts.get(who, (0, now - timedelta(days=1)))
        wait = wait_s(failures, last_at, now)
        if wait == 0:
            self.attempts[who] = (failures + 1, now)
        return wait

    def by_login(self, login: str) -> tuple[Person, str | None] | None:
        found = self.people.get(login)
        return None if found is None or found[0].disabled_at else found

    def begin(self, token: bytes, session: Session, *, who: bytes, deed: Deed) -> None:
        self.attempts.pop(who, None)
        self.sessions[token] = session
        self.deeds.append((deed.action, deed.subject))

    def refuse(self, deed: Deed) -> None:
        self.deeds.append((deed.action, deed.subject))

    def session(self, token: bytes) -> Session | None:
        return self.sessions.get(token)

    def seen(self, token: bytes, at: datetime) -> None:
        self.touched += 1
        self.sessions[token] = replace(self.sessions[token], seen_at=at)

    def end(self, token: bytes, deed: Deed | None) -> None:
        self.sessions.pop(token, None)
        if deed is not None:
            self.deeds.append((deed.action, deed.subject))

    def redeem(self, link: bytes, password_hash: str, now: datetime) -> Person | None:
        login, expires_at = self.links.pop(link, ("", now))
        if expires_at <= now:
            return None
        person, _ = self.people[login]
        self.people[login] = (person, password_hash)
        self.sessions = {k: v for k, v in self.sessions.items() if v.person.login != login}
        return person

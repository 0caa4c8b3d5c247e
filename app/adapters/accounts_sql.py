"""People, sessions and one-time links in the control database (blocking)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from ulid import ULID

from app.adapters.accounts_schema import people, sessions, sign_in_attempts, sign_in_links
from app.adapters.audit_sql import append
from app.adapters.control_database import ControlDatabase, unavailable
from app.core.access import Role, roles_of
from app.core.audit import Action, Deed
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.oidc import OutsideIdentity
from app.core.people import Person, Session, checked_login, wait_s

PROVIDER = "identity-provider"  # who is told to have made people and given roles by its claims


class SqlPeople:
    """Everything kept of people; tokens and names of attempts only by their keyed hash."""

    def __init__(self, control: ControlDatabase) -> None:
        self._control = control

    def add(self, tenant: str, login: str, roles: frozenset[str]) -> Person:
        """Make a person without a password; Conflict where the login name is taken."""
        person = Person(
            user_id=str(ULID()),
            tenant=tenant,
            login=checked_login(login),
            roles=roles_of(sorted(roles)),
            created_at=self._control.now(),
        )
        try:
            with self._changing() as connection:
                connection.execute(insert(people), _row_of(person))
                self._tell(connection, Action.USER_ADDED, person)
        except IntegrityError as error:
            raise Conflict("somebody has that login name already") from error
        return person

    def list(self, tenant: str | None = None) -> list[Person]:
        """Return people by login name, of one tenant or all."""
        query = select(people).order_by(people.c.login)
        if tenant is not None:
            query = query.where(people.c.tenant == tenant)
        with self._reading() as connection:
            return [person_of(row) for row in connection.execute(query).mappings()]

    def change(
        self, login: str, roles: frozenset[str] | None = None, *, disabled: bool | None = None
    ) -> Person:
        """Give other roles, or let someone in no more; their sessions end either way."""
        values: dict[str, object] = {}
        if roles is not None:
            values["roles"] = " ".join(sorted(roles_of(sorted(roles))))
        if disabled is not None:
            values["disabled_at"] = self._control.now() if disabled else None
        with self._changing() as connection:
            user_id = self._of_login(connection, login).user_id
            same = people.c.user_id == user_id
            connection.execute(update(people).where(same).values(**values))
            connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
            if disabled:
                connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user_id))
            row = connection.execute(select(people).where(same)).mappings().one()
            person = person_of(row)
            self._tell(connection, Action.USER_CHANGED, person)
        return person

    def put_link(self, login: str, digest: bytes, lifetime: timedelta) -> Person:
        """Keep a one-time link of someone's; an earlier one is good no more."""
        with self._changing() as connection:
            person = self._of_login(connection, login)
            if person.disabled_at is not None:
                raise Conflict("that person is disabled")
            if person.is_outside:
                raise Conflict("that person signs in by the identity provider, without a password")
            mine = sign_in_links.c.user_id == person.user_id
            connection.execute(delete(sign_in_links).where(mine))
            row = {
                "token_hash": digest,
                "user_id": person.user_id,
                "expires_at": self._control.now() + lifetime,
            }
            connection.execute(insert(sign_in_links), row)
            self._tell(connection, Action.USER_LINKED, person)
        return person

    def join(self, identity: OutsideIdentity) -> Person:
        """Return who a provider speaks of, made the first time, given the roles it names now.

        Forbidden where they belong to another tenant; Conflict where the login name is taken.
        """
        same = people.c.outside == identity.digest
        try:
            with self._changing() as connection:
                row = connection.execute(select(people).where(same)).mappings().one_or_none()
                if row is None:
                    return self._joined(connection, identity)
                person = person_of(row)
                if person.tenant != identity.tenant:
                    raise Forbidden("The identity provider names another tenant than before.")
                if person.roles == identity.roles or person.disabled_at is not None:
                    return person
                person = replace(person, roles=identity.roles)
                roles = " ".join(sorted(person.roles))
                connection.execute(update(people).where(same).values(roles=roles))
                mine = sessions.c.user_id == person.user_id
                connection.execute(delete(sessions).where(mine))
                self._tell(connection, Action.USER_CHANGED, person, PROVIDER)
                return person
        except IntegrityError as error:
            raise Conflict("somebody has that login name already") from error

    def _joined(self, connection: Connection, identity: OutsideIdentity) -> Person:
        person = Person(
            user_id=str(ULID()),
            tenant=identity.tenant,
            login=identity.login,
            roles=identity.roles,
            created_at=self._control.now(),
            is_outside=True,
        )
        row = {**_row_of(person), "outside": identity.digest}
        connection.execute(insert(people), row)
        self._tell(connection, Action.USER_ADDED, person, PROVIDER)
        return person

    def attempt(self, who: bytes, now: datetime) -> int:
        """Count an attempt under a name and return 0, or the seconds to wait (not counted)."""
        same = sign_in_attempts.c.who_hash == who
        with self._changing() as connection:
            query = select(sign_in_attempts).where(same).with_for_update()
            row = connection.execute(query).one_or_none()
            if row is None:
                connection.execute(
                    insert(sign_in_attempts), {"who_hash": who, "failures": 1, "last_at": now}
                )
                return 0
            wait = wait_s(row.failures, row.last_at, now)
            if wait == 0:
                counted = update(sign_in_attempts).where(same)
                connection.execute(counted.values(failures=row.failures + 1, last_at=now))
        return wait

    def by_login(self, login: str) -> tuple[Person, str | None] | None:
        """Return who signs in by that name and the kept hash, None if nobody may."""
        query = select(people).where(people.c.login == login, people.c.disabled_at.is_(None))
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else (person_of(row), row["password_hash"])

    def begin(self, token: bytes, session: Session, *, who: bytes, deed: Deed) -> None:
        """Keep a session, and forget failed attempts under the name."""
        row = {
            "token_hash": token,
            "user_id": session.person.user_id,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
        }
        with self._changing() as connection:
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.who_hash == who))
            connection.execute(insert(sessions), row)
            append(connection, session.created_at, deed)

    def refuse(self, deed: Deed) -> None:
        """Keep that someone was refused."""
        with self._changing() as connection:
            append(connection, self._control.now(), deed)

    def session(self, token: bytes) -> Session | None:
        """Return the session of a token's hash, live or not."""
        columns = (*people.c, sessions.c.created_at.label("began_at"), sessions.c.seen_at)
        joined = sessions.join(people, sessions.c.user_id == people.c.user_id)
        query = select(*columns).select_from(joined).where(sessions.c.token_hash == token)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else Session(person_of(row), row["began_at"], row["seen_at"])

    def seen(self, token: bytes, at: datetime) -> None:
        """Note that a session is used."""
        with self._changing() as connection:
            same = sessions.c.token_hash == token
            connection.execute(update(sessions).where(same).values(seen_at=at))

    def end(self, token: bytes, deed: Deed | None) -> None:
        """Forget a session."""
        with self._changing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == token))
            if deed is not None:
                append(connection, self._control.now(), deed)

    def redeem(self, link: bytes, password_hash: str, now: datetime) -> Person | None:
        """Use up a link: set the password, end all sessions; None if it is used or too old."""
        mine = sign_in_links.c.token_hash == link
        with self._changing() as connection:
            row = connection.execute(select(sign_in_links).where(mine)).one_or_none()
            is_taken = connection.execute(delete(sign_in_links).where(mine)).rowcount == 1
            if row is None or not is_taken or row.expires_at <= now:
                return None
            same = people.c.user_id == row.user_id
            connection.execute(update(people).where(same).values(password_hash=password_hash))
            connection.execute(delete(sessions).where(sessions.c.user_id == row.user_id))
            return person_of(connection.execute(select(people).where(same)).mappings().one())

    def _of_login(self, connection: Connection, login: str) -> Person:
        query = select(people).where(people.c.login == checked_login(login))
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound("nobody has that login name")
        return person_of(row)

    def _tell(
        self, connection: Connection, action: Action, person: Person, actor: str = ""
    ) -> None:
        deed = Deed(
            tenant=person.tenant,
            actor=actor or self._control.actor,
            action=action,
            subject=person.user_id,
            details={
                "roles": " ".join(sorted(person.roles)),
                "state": "live" if person.disabled_at is None else "disabled",
            },
        )
        append(connection, self._control.now(), deed)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with _told(), self._control.writer.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _told(), self._control.reader.connect() as connection:
            yield connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        raise unavailable(error) from error


def _row_of(person: Person) -> dict[str, object]:
    return {
        "user_id": person.user_id,
        "tenant": person.tenant,
        "login": person.login,
        "roles": " ".join(sorted(person.roles)),
        "created_at": person.created_at,
        "disabled_at": person.disabled_at,
    }


def person_of(row: Mapping[Any, Any]) -> Person:
    """Return who a row is."""
    return Person(
        user_id=row["user_id"],
        tenant=row["tenant"],
        login=row["login"],
        roles=frozenset(Role(name) for name in row["roles"].split()),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        is_outside=row["outside"] is not None,
    )

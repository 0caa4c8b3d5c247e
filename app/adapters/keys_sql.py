"""API keys in a SQL database, found through a short memory."""

import asyncio
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from ulid import ULID

from app.adapters.accounts_schema import people
from app.adapters.audit_sql import append
from app.adapters.control_database import ControlDatabase, open_control, unavailable
from app.adapters.keys_memory import KeyMemory
from app.adapters.keys_schema import api_keys
from app.adapters.keys_secret import (
    checked_pepper,
    checked_prefix,
    keyed_hash,
    make_secret,
    prefix_of,
)
from app.core.access import scopes_of
from app.core.audit import Action, Deed, audit_time
from app.core.errors import Conflict, NotFound, Overloaded
from app.core.records import ApiKey

MEMORY_S = 2.0  # a revoked key is refused everywhere within 5 s (docs/api.md)
TOUCH_EVERY = timedelta(minutes=1)  # how exact "last used" is
THREADS = 4
MAX_LOOKUPS = 64  # waiting at once; more are strangers guessing, or a database that hangs


def open_keys(
    url: str, *, pepper: bytes, now: Callable[[], datetime], actor: str = "service"
) -> "SqlKeyStore":
    """Migrate the control tables at `url` and return the keys in them (blocking).

    `pepper` is the secret under which hashes are made, 16 bytes or more; `now` gives the moment
    in UTC; `actor` is who the audit names for what is changed. LedgerUnavailable where the
    database does not open.
    """
    checked_pepper(pepper)
    return SqlKeyStore(open_control(url, now, actor), pepper=pepper)


class SqlKeyStore:
    """API keys by the keyed hash of their secret. Made by `open_keys`."""

    def __init__(self, control: ControlDatabase, *, pepper: bytes) -> None:
        self.control = control
        self._writer = control.writer
        self._reader = control.reader
        self._pepper = pepper
        self._now = control.now
        self._memory = KeyMemory(MEMORY_S, time.monotonic)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="keys")
        self._lookups: dict[bytes, asyncio.Future[ApiKey | None]] = {}
        self._touched: dict[str, datetime] = {}
        self._touching = threading.Lock()

    async def find(self, secret: str) -> ApiKey | None:
        """Return the live key whose secret this is, or None (unknown, revoked, expired).

        LedgerUnavailable if the database does not answer, Overloaded if too many ask it at once.
        """
        prefix = prefix_of(secret)
        if prefix is None:
            return None
        digest = keyed_hash(self._pepper, secret)
        is_known, key = self._memory.recall(digest)
        if not is_known:
            key = await self._look_up(prefix, digest)
        if key is None or not _is_live(key, self._now()):
            return None
        self._touch(key)
        return key

    def create(  # noqa: PLR0913, PLR0917 - what a key is
        self,
        tenant: str,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None = None,
        secret: str | None = None,
        login: str | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, shown this once (blocking).

        With `login` it is that person's of the tenant; NotFound where nobody who may sign in has
        that name. InvalidField for an unknown scope or a `secret` of another form; Conflict if a
        key with that secret exists.
        """
        key, secret, digest = self._made(tenant, name, scopes, expires_at, secret)
        try:
            with self._writer.begin() as connection:
                if login is not None:
                    key = replace(key, user_id=_user_id(connection, tenant, login))
                connection.execute(insert(api_keys), _row_of(key, digest))
                append(connection, key.created_at, self._deed(Action.KEY_CREATED, key))
        except IntegrityError as error:
            raise Conflict("a key with this secret exists already") from error
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        self._memory.forget(digest)
        return key, secret

    def rotate(
        self, key_id: str, old_expires_at: datetime, expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key that takes over from another, which goes on until `old_expires_at`.

        Both work until then: two live keys, never three. Returned with its secret, shown this
        once (blocking). NotFound for an unknown key, Conflict for one that is revoked, expired, or
        has a successor that is live.
        """
        try:
            with self._writer.begin() as connection:
                old = self._to_rotate(connection, key_id)
                key, secret, digest = self._made(old.tenant, old.name, old.scopes, expires_at, None)
                key = replace(key, replaces=old.key_id, user_id=old.user_id)
                ends = min(old.expires_at or old_expires_at, old_expires_at)
                same = api_keys.c.key_id == key_id
                connection.execute(update(api_keys).where(same).values(expires_at=ends))
                connection.execute(insert(api_keys), _row_of(key, digest))
                append(connection, key.created_at, self._deed(Action.KEY_ROTATED, key))
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        self._memory.forget_key(key_id)
        return key, secret

    def _to_rotate(self, connection: Connection, key_id: str) -> ApiKey:
        found = connection.execute(select(api_keys).where(api_keys.c.key_id == key_id))
        row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("there is no key of that id")
        key, now = _key_of(dict(row)), self._now()
        if not _is_live(key, now):
            raise Conflict("the key is revoked or expired: make a new one")
        heirs = connection.execute(select(api_keys).where(api_keys.c.replaces == key_id))
        if any(_is_live(_key_of(dict(heir)), now) for heir in heirs.mappings()):
            raise Conflict("the key has a live successor already: rotate that, or revoke it")
        return key

    def _made(
        self,
        tenant: str,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None,
        secret: str | None,
    ) -> tuple[ApiKey, str, bytes]:
        """Return a key that is not kept yet, its secret, and the hash of that."""
        chosen = scopes_of(scopes)
        secret = make_secret() if secret is None else secret
        key = ApiKey(
            key_id=str(ULID()),
            tenant=tenant,
            name=name,
            prefix=checked_prefix(secret),
            scopes=frozenset(scope.value for scope in chosen),
            created_at=self._now(),
            expires_at=expires_at,
        )
        return key, secret, keyed_hash(self._pepper, secret)

    def _deed(self, action: Action, key: ApiKey) -> Deed:
        return Deed(
            tenant=key.tenant,
            actor=self.control.actor,
            action=action,
            subject=key.key_id,
            details={
                "name": key.name,
                "prefix": key.prefix,
                "scopes": " ".join(sorted(key.scopes)),
                "expires_at": "" if key.expires_at is None else audit_time(key.expires_at),
                **({} if key.replaces is None else {"replaces": key.replaces}),
                **({} if key.user_id is None else {"user": key.user_id}),
            },
        )

    def list(self, tenant: str | None = None) -> list[ApiKey]:
        """Return keys, newest first, of one tenant or all (blocking)."""
        query = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id.desc())
        if tenant is not None:
            query = query.where(api_keys.c.tenant == tenant)
        try:
            with self._reader.connect() as connection:
                rows = connection.execute(query).mappings().all()
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        return [_key_of(dict(row)) for row in rows]

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if there is none of that id; the first revocation's time stays."""
        now = self._now()
        same = api_keys.c.key_id == key_id
        statement = update(api_keys).where(same, api_keys.c.revoked_at.is_(None))
        try:
            with self._writer.begin() as connection:
                is_news = connection.execute(statement.values(revoked_at=now)).rowcount > 0
                row = connection.execute(select(api_keys).where(same)).mappings().one_or_none()
                found = row is not None
                if row is not None and is_news:
                    append(connection, now, self._deed(Action.KEY_REVOKED, _key_of(dict(row))))
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        self._memory.forget_key(key_id)
        return found

    def close(self) -> None:
        """Write what is known of last uses and let go of the database (blocking)."""
        self._threads.shutdown(wait=True)
        self.control.close()

    async def _look_up(self, prefix: str, digest: bytes) -> ApiKey | None:
        """Ask the database, once for all who ask for the same secret at the same time."""
        running = self._lookups.get(digest)
        if running is None:
            if len(self._lookups) >= MAX_LOOKUPS:
                raise Overloaded("too many keys are being looked up")
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, self._read, prefix, digest)
            self._lookups[digest] = running
            running.add_done_callback(lambda done: self._looked_up(digest, done))
        return await asyncio.shield(running)

    def _looked_up(self, digest: bytes, done: "asyncio.Future[ApiKey | None]") -> None:
        del self._lookups[digest]
        if not done.cancelled():
            done.exception()  # whoever asked may be gone: that is no unretrieved error

    def _read(self, prefix: str, digest: bytes) -> ApiKey | None:
        query = select(api_keys).where(api_keys.c.prefix == prefix)
        began = time.monotonic()
        try:
            with self._reader.connect() as connection:
                rows = connection.execute(query).mappings().all()
        except SQLAlchemyError as error:
            raise unavailable(error) from error
        found = None
        for row in rows:
            if hmac.compare_digest(bytes(row["secret_hash"]), digest):
                found = _key_of(dict(row))
        self._memory.keep(digest, found, began)
        return found

    def _touch(self, key: ApiKey) -> None:
        """Note the use of a key, at most once a minute, without waiting for the database."""
        now = self._now()
        with self._touching:
            last = self._touched.get(key.key_id, key.last_used_at)
            if last is not None and abs(now - last) < TOUCH_EVERY:
                return
            self._touched[key.key_id] = now
        with suppress(RuntimeError):  # closing
            self._threads.submit(self._write_use, key.key_id, now)

    def _write_use(self, key_id: str, at: datetime) -> None:
        statement = update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=at)
        with suppress(SQLAlchemyError), self._writer.begin() as connection:
            connection.execute(statement)


def _user_id(connection: Connection, tenant: str, login: str) -> str:
    same = (people.c.tenant == tenant) & (people.c.login == login) & people.c.disabled_at.is_(None)
    found: str | None = connection.execute(select(people.c.user_id).where(same)).scalar()
    if found is None:
        raise NotFound("nobody of that tenant may sign in by that name")
    return found


def _is_live(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def _row_of(key: ApiKey, digest: bytes) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "tenant": key.tenant,
        "name": key.name,
        "prefix": key.prefix,
        "secret_hash": digest,
        "scopes": " ".join(sorted(key.scopes)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "replaces": key.replaces,
        "user_id": key.user_id,
    }


def _key_of(row: Mapping[str, Any]) -> ApiKey:
    fields = {name: row[name] for name in ApiKey.__dataclass_fields__}
    return ApiKey(**{**fields, "scopes": frozenset(row["scopes"].split())})

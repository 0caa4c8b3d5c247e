"""API keys in a SQL database, found through a short memory."""

import asyncio
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, insert, make_url, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from ulid import ULID

from app.adapters.keys_memory import KeyMemory
from app.adapters.keys_schema import api_keys
from app.adapters.keys_secret import (
    checked_pepper,
    checked_prefix,
    keyed_hash,
    make_secret,
    prefix_of,
)
from app.adapters.ledger_postgres import postgres_engine
from app.adapters.ledger_sqlite import BEGIN_READING, BEGIN_WRITING, sqlite_engine
from app.adapters.migration import migrate_control
from app.core.access import scopes_of
from app.core.errors import Conflict, LedgerUnavailable, Overloaded
from app.core.records import ApiKey

MEMORY_S = 2.0  # a revoked key is refused everywhere within 5 s (docs/api.md)
TOUCH_EVERY = timedelta(minutes=1)  # how exact "last used" is
THREADS = 4
MAX_LOOKUPS = 64  # waiting at once; more are strangers guessing, or a database that hangs


def open_keys(url: str, *, pepper: bytes, now: Callable[[], datetime]) -> "SqlKeyStore":
    """Migrate the control tables at `url` and return the keys in them (blocking).

    `pepper` is the secret under which hashes are made, 16 bytes or more; `now` gives the moment
    in UTC. LedgerUnavailable where the database does not open.
    """
    checked_pepper(pepper)
    try:
        migrate_control(url)
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the keys do not open: {type(error).__name__}") from error
    return SqlKeyStore(
        _engine(url, BEGIN_WRITING), _engine(url, BEGIN_READING), pepper=pepper, now=now
    )


class SqlKeyStore:
    """API keys by the keyed hash of their secret. Made by `open_keys`."""

    def __init__(
        self, writer: Engine, reader: Engine, *, pepper: bytes, now: Callable[[], datetime]
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._pepper = pepper
        self._now = now
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

    def create(
        self,
        tenant: str,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None = None,
        secret: str | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, shown this once (blocking).

        InvalidField for an unknown scope or a `secret` of another form; Conflict if a key with
        that secret exists.
        """
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
        digest = keyed_hash(self._pepper, secret)
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(api_keys), _row_of(key, digest))
        except IntegrityError as error:
            raise Conflict("a key with this secret exists already") from error
        except SQLAlchemyError as error:
            raise _unavailable(error) from error
        self._memory.forget(digest)
        return key, secret

    def list(self, tenant: str | None = None) -> list[ApiKey]:
        """Return keys, newest first, of one tenant or all (blocking)."""
        query = select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id.desc())
        if tenant is not None:
            query = query.where(api_keys.c.tenant == tenant)
        try:
            with self._reader.connect() as connection:
                rows = connection.execute(query).mappings().all()
        except SQLAlchemyError as error:
            raise _unavailable(error) from error
        return [_key_of(dict(row)) for row in rows]

    def revoke(self, key_id: str) -> bool:
        """Revoke a key; False if there is none of that id; the first revocation's time stays."""
        statement = (
            update(api_keys)
            .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=self._now())
        )
        exists = select(api_keys.c.key_id).where(api_keys.c.key_id == key_id)
        try:
            with self._writer.begin() as connection:
                connection.execute(statement)
                found = connection.scalar(exists) is not None
        except SQLAlchemyError as error:
            raise _unavailable(error) from error
        self._memory.forget_key(key_id)
        return found

    def close(self) -> None:
        """Write what is known of last uses and let go of the database (blocking)."""
        self._threads.shutdown(wait=True)
        self._reader.dispose()
        self._writer.dispose()

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
            raise _unavailable(error) from error
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


def _engine(url: str, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        driver = parsed.set(drivername="postgresql+psycopg")
        return postgres_engine(driver, pool_size=THREADS, max_overflow=1, pool_pre_ping=True)
    engine = sqlite_engine(parsed, begin=begin, pool_size=THREADS, max_overflow=1)

    @event.listens_for(engine, "connect")
    def _durable(raw: Any, _entry: object) -> None:
        # A rollback journal, not a write-ahead log: several processes may write here.
        raw.execute("PRAGMA synchronous = FULL")

    return engine


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
    }


def _key_of(row: Mapping[str, Any]) -> ApiKey:
    fields = {name: row[name] for name in ApiKey.__dataclass_fields__}
    return ApiKey(**{**fields, "scopes": frozenset(row["scopes"].split())})


def _unavailable(error: SQLAlchemyError) -> LedgerUnavailable:
    return LedgerUnavailable(f"the keys cannot be read or written: {type(error).__name__}")

"""A served process for a shard, on SQLite or PostgreSQL, and what its ledger holds."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from app.adapters.ledger_sql import open_ledger
from app.core.access import Scope
from app.settings import Settings, read_settings
from app.wiring import database_urls, open_key_store
from tests.ledger_records import clock
from tests.served_process import ServedProcess
from tests.servers import PostgresServer
from tests.service_process import ServiceProcess

TENANT = "acme"


class RestartablePostgres(PostgresServer):
    """A PostgreSQL server that can be stopped at once and started on the same files."""

    _command: list[str]

    def _prepare(self) -> list[str]:
        self._command = super()._prepare()
        return self._command

    def stop_at_once(self) -> None:
        """End it without a checkpoint, as its immediate shutdown does."""
        self._end()

    def resume(self) -> None:
        """Start it on the files it left."""
        self._start(self._command)


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of the shard's own, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="entry-risk-shard-") as name:
        yield Path(name)


def prepared(
    place: Path,
    database_url: str | None = None,
    kind: type[ServedProcess] = ServedProcess,
    **environment: str,
) -> ServedProcess:
    """Return a service with a live bundle and a key, not started."""
    shared = {"DATABASE_URL": database_url} if database_url else {}
    made = kind(place, **environment, **shared)
    made.set_live(made.put_bundle())
    if database_url:
        made.key = new_key(settings_of(made, database_url), TENANT)
    return made


def settings_of(service: ServiceProcess, database_url: str | None = None) -> Settings:
    """Return the settings the service runs with, as far as they say where things are."""
    places = {"data_dir": service.settings.data_dir, "models_dir": service.settings.models_dir}
    return read_settings(**places, database_url=database_url) if database_url else service.settings


def new_key(settings: Settings, tenant: str) -> str:
    """Make a key of a tenant that may score and read."""
    scopes = frozenset({Scope.SCORE_WRITE.value, Scope.DECISION_READ.value})
    with open_key_store(settings) as keys:
        return keys.create(tenant, "shard", scopes)[1]


def ledger_url(service: ServiceProcess, database_url: str | None = None) -> str:
    """Return where the service's ledger is."""
    return database_urls(settings_of(service, database_url))[0]


def stored(url: str, tenant: str = TENANT) -> Counter[str]:
    """Return the ids of a tenant's decisions and how often each is there."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            query = text("SELECT decision_id FROM decisions WHERE tenant = :tenant")
            return Counter(connection.scalars(query, {"tenant": tenant}))
    finally:
        engine.dispose()


def chain_break(url: str, tenant: str = TENANT) -> str:
    """Open the ledger as a start does, recompute its chain and return the first break, or ''."""

    async def look() -> str:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        try:
            return str(ledger.verify_chain(tenant) or "")
        finally:
            await ledger.close()

    return asyncio.run(look())


def missing(acknowledged: Mapping[str, object] | set[str], url: str) -> set[str]:
    """Return the ids that were acknowledged and are not in the ledger."""
    return set(acknowledged) - set(stored(url))

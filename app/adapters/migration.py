"""Bring a database's schema to what this code reads and writes."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, inspect, make_url, text
from sqlalchemy.pool import NullPool

from app.adapters.jobs_schema import jobs_metadata
from app.adapters.keys_schema import control_metadata
from app.adapters.ledger_postgres import postgres_engine
from app.adapters.ledger_schema import ledger_metadata
from app.adapters.ledger_sqlite import sqlite_engine

if TYPE_CHECKING:
    from alembic.config import Config

_HOME = Path(__file__).parent / "migrations"
_LOCK = 0x656E7472795F6D67  # "entry_mg": one process migrates, the others wait


def migrate(url: str) -> None:
    """Bring the ledger at `url` to the newest version; nothing happens if it is there already."""
    _upgrade(url, "ledger", ledger_metadata)


def migrate_control(url: str) -> None:
    """Bring the control tables at `url` to the newest version; on PostgreSQL the ledger's url."""
    _upgrade(url, "control", control_metadata)


def migrate_jobs(url: str) -> None:
    """Bring jobs and webhooks at `url` to the newest version; on PostgreSQL the ledger's url."""
    _upgrade(url, "jobs", jobs_metadata)


def alembic_config(line: str) -> "Config":
    """Return Alembic's configuration for one line of versions: `ledger`, `control` or `jobs`."""
    from alembic.config import Config  # noqa: PLC0415 - a tenth of a second

    config = Config()
    config.set_main_option("script_location", str(_HOME))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(_HOME / line))
    config.attributes["version_table"] = f"{line}_version"
    return config


def _upgrade(url: str, line: str, metadata: MetaData) -> None:
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            if not _is_newest(connection, line):
                _run_alembic(connection, line, metadata)
    finally:
        engine.dispose()


def _is_newest(connection: Connection, line: str) -> bool:
    """Whether a database is at the newest version, so that Alembic need not be imported."""
    table = f"{line}_version"
    if not inspect(connection).has_table(table):
        return False
    versions = connection.execute(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - ours
    return list(versions.scalars()) == [newest_version(line)]


def newest_version(line: str) -> str:
    """Return the newest version of a line: `ledger_0002` by the file `v0002_events.py`."""
    files = (_HOME / line).glob("v[0-9][0-9][0-9][0-9]_*.py")
    return f"{line}_{max(file.name[1:5] for file in files)}"


def _run_alembic(connection: Connection, line: str, metadata: MetaData) -> None:
    from alembic import command  # noqa: PLC0415 - a tenth of a second

    config = alembic_config(line)
    config.attributes["metadata"] = metadata
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "").absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # for its owner alone; SQLite's other files take after it
        return sqlite_engine(parsed, poolclass=NullPool)
    return postgres_engine(parsed.set(drivername="postgresql+psycopg"), poolclass=NullPool)

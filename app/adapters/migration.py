"""Bring a database's schema to what this code reads and writes."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, make_url, text
from sqlalchemy.pool import NullPool

from app.adapters.jobs_schema import jobs_metadata
from app.adapters.keys_schema import control_metadata
from app.adapters.ledger_postgres import postgres_engine
from app.adapters.ledger_schema import ledger_metadata
from app.adapters.ledger_sqlite import sqlite_engine

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


def alembic_config(line: str) -> Config:
    """Return Alembic's configuration for one line of versions: `ledger`, `control` or `jobs`."""
    config = Config()
    config.set_main_option("script_location", str(_HOME))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(_HOME / line))
    config.attributes["version_table"] = f"{line}_version"
    return config


def _upgrade(url: str, line: str, metadata: MetaData) -> None:
    config = alembic_config(line)
    config.attributes["metadata"] = metadata
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "").absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # for its owner alone; SQLite's other files take after it
        return sqlite_engine(parsed, poolclass=NullPool)
    return postgres_engine(parsed.set(drivername="postgresql+psycopg"), poolclass=NullPool)

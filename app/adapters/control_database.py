"""The control database: keys, people, sessions and the audit of them, in one small place."""

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_postgres import postgres_engine
from app.adapters.ledger_sqlite import BEGIN_READING, BEGIN_WRITING, sqlite_engine
from app.adapters.migration import migrate_control
from app.core.errors import LedgerUnavailable

CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class ControlDatabase:
    """Two engines on one database; `actor` is who changes it where no caller is named."""

    writer: Engine
    reader: Engine
    now: Callable[[], datetime]
    actor: str = "service"

    def close(self) -> None:
        """Let go of the database (blocking)."""
        self.reader.dispose()
        self.writer.dispose()


def open_control(url: str, now: Callable[[], datetime], actor: str = "service") -> ControlDatabase:
    """Migrate the control tables at `url` and open them (blocking); LedgerUnavailable if not."""
    try:
        migrate_control(url)
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the keys do not open: {type(error).__name__}") from error
    return ControlDatabase(_engine(url, BEGIN_WRITING), _engine(url, BEGIN_READING), now, actor)


def account_name() -> str:
    """Return who runs this command, as the audit names them: command-line:<account>."""
    try:
        return f"command-line:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"command-line:{os.getuid()}"


def unavailable(error: SQLAlchemyError) -> LedgerUnavailable:
    """Return what a failure of the database is to whoever asked; no statement, no value."""
    return LedgerUnavailable(f"the keys cannot be read or written: {type(error).__name__}")


def _engine(url: str, begin: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        driver = parsed.set(drivername="postgresql+psycopg")
        return postgres_engine(driver, pool_size=CONNECTIONS, max_overflow=1, pool_pre_ping=True)
    engine = sqlite_engine(parsed, begin=begin, pool_size=CONNECTIONS, max_overflow=1)

    @event.listens_for(engine, "connect")
    def _durable(raw: Any, _entry: object) -> None:
        # A rollback journal, not a write-ahead log: several processes may write here.
        raw.execute("PRAGMA synchronous = FULL")

    return engine

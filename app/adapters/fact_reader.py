"""Read the facts of a ledger that another process may be writing."""

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_database import open_database
from app.adapters.ledger_facts import iterate_facts, read_last_fact
from app.core.errors import LedgerUnavailable
from app.core.records import LedgerFact


class FactReader:
    """Facts alone, every method blocking; failures are LedgerUnavailable."""

    def __init__(self, url: str) -> None:
        """Read the ledger at `url`; SettingsRefused where that is none."""
        self._database = open_database(url)
        self._engine = self._database.reader()

    def lock(self) -> None:
        """Keep other processes from writing where only one can; SettingsRefused if one does."""
        self._database.lock()

    def facts(self, tenant: str, after_seq: int, limit: int | None = None) -> Iterator[LedgerFact]:
        """Yield first filings and outcomes in ledger order with seq > `after_seq`."""
        try:
            yield from iterate_facts(self._engine, self._database.among, tenant, after_seq, limit)
        except SQLAlchemyError as error:
            raise _unreadable(error) from error

    def last_fact_seq(self, tenant: str) -> int:
        """Return the number of the tenant's newest fact, erased or not; 0: none."""
        try:
            return read_last_fact(self._engine, tenant)
        except SQLAlchemyError as error:
            raise _unreadable(error) from error

    def close(self) -> None:
        """Let go of the database and of the lock."""
        self._engine.dispose()
        self._database.unlock()


def _unreadable(error: SQLAlchemyError) -> LedgerUnavailable:
    return LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}")

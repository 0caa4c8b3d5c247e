"""The newest links of a ledger, read beside the service that writes it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import and_, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_database import open_database
from app.adapters.ledger_schema import chain
from app.core.checkpoint import Head
from app.core.errors import LedgerUnavailable


class SqlHeads:
    """Reads the heads of all chains; every method blocks, failures are LedgerUnavailable."""

    def __init__(self, url: str) -> None:
        """Read the ledger at `url`; nothing is opened before the first use."""
        self._engine = open_database(url).reader()

    def last_seq(self) -> int:
        """Return the highest number in the ledger; 0: none."""
        with _told(), self._engine.connect() as connection:
            return connection.scalar(select(func.max(chain.c.seq))) or 0

    def heads(self, after_seq: int) -> list[Head]:
        """Return the newest link of each chain that has one after `after_seq`."""
        newest = (
            select(chain.c.tenant, chain.c.stream, func.max(chain.c.number).label("number"))
            .where(chain.c.seq > after_seq)
            .group_by(chain.c.tenant, chain.c.stream)
            .subquery()
        )
        is_newest = and_(
            chain.c.tenant == newest.c.tenant,
            chain.c.stream == newest.c.stream,
            chain.c.number == newest.c.number,
        )
        columns = (chain.c.tenant, chain.c.stream, chain.c.number, chain.c.seq, chain.c.hash)
        with _told(), self._engine.connect() as connection:
            rows = connection.execute(select(*columns).join(newest, is_newest)).all()
        return [Head(*row) for row in rows]

    def hash_at(self, head: Head) -> str | None:
        """Return the hash of the link in a head's place; None where there is none any more."""
        query = select(chain.c.hash).where(
            chain.c.tenant == head.tenant,
            chain.c.stream == head.stream,
            chain.c.number == head.number,
        )
        with _told(), self._engine.connect() as connection:
            found: str | None = connection.scalar(query)
        return found

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}") from error

"""Erase what has been kept long enough: payloads go, their digests and the chain stay.

The event that names what was erased, why and by whom is linked in the same transaction.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from ulid import ULID

from app.adapters.ledger_database import Database, open_database
from app.adapters.ledger_group import SALT_BYTES, read_link
from app.adapters.ledger_rows import next_link, rows_of
from app.adapters.ledger_schema import (
    Row,
    chain,
    decision_index,
    decisions,
    epochs,
    events,
    payloads,
)
from app.adapters.migration import migrate
from app.core.chain import link_fields
from app.core.erasure import Erased, Erasure, erased_before, erasure_event
from app.core.errors import LedgerUnavailable
from app.core.records import EventKind, EventRecord

PAGE = 500  # payloads erased, and named by one event, in one transaction
_ERASURE = EventKind.ERASURE.value


@dataclass(frozen=True, slots=True)
class Ordered:
    """Who had payloads erased, why, and when it was done."""

    actor: str
    reason: str
    at: datetime


def prune_ledger(url: str, before: datetime, ordered: Ordered, tenant: str | None = None) -> int:
    """Erase the payload of every record made before `before`; return how many (blocking).

    Request, evidence, response, an event's document and the keys they are found by go; columns,
    digests and links stay, and an erasure event names what went. Erasures themselves stay. A page
    a transaction: stopped midway, it is begun again. SettingsRefused where another process writes
    to the file, LedgerUnavailable.
    """
    with _writing(url, ordered.at) as writing:
        return writing.all(partial(_due, before, tenant), ordered, before)


def adopt_erasures(url: str, ordered: Ordered) -> int:
    """Name in erasure events what is gone without one; return how many records (blocking).

    For what a version erased that kept no such events: nobody but who keeps the ledger can say
    that it was no tampering. Raises as `prune_ledger` does.
    """
    with _writing(url, ordered.at) as writing:
        return writing.all(_Unnamed(writing.connection).page, ordered, None)


@dataclass(frozen=True, slots=True)
class _Writing:
    """A connection that writes, and the stream in its epoch that links are put into."""

    database: Database
    connection: Connection
    stream: tuple[str, int]

    def all(self, due: Callable[[], Select[Any]], ordered: Ordered, before: datetime | None) -> int:
        """Erase and name, page by page, what `due` finds, until it finds nothing."""
        count = 0
        while True:
            with self.connection.begin():
                rows = self.connection.execute(due()).all()
                page = [row for row in rows if row.tenant == rows[0].tenant]
                if not page:
                    return count
                self._erase(page, ordered, before)
            count += len(page)

    def _erase(self, page: Sequence[Any], ordered: Ordered, before: datetime | None) -> None:
        erasure = Erasure(
            erasure_id=str(ULID.from_datetime(ordered.at)),
            tenant=page[0].tenant,
            at=ordered.at,
            actor=ordered.actor,
            reason=ordered.reason,
            before=before,
            records=tuple(Erased(row.seq, row.kind, row.subject) for row in page),
        )
        self._append(erasure_event(erasure))
        if before is None:
            return
        seqs = [row.seq for row in page]
        gone = self.connection.execute(_ERASE, {"of": seqs, "at": ordered.at}).rowcount
        if gone != len(seqs):
            raise LedgerUnavailable("another process erases in this ledger")
        self.connection.execute(delete(decision_index).where(decision_index.c.seq.in_(seqs)))

    def _append(self, event: EventRecord) -> None:
        self.database.enter(self.connection, [event.tenant])
        (seq,) = self.database.take_seqs(self.connection, 1)
        rows = rows_of(event, seq, secrets.token_bytes(SALT_BYTES), first_filing=False)
        head = read_link(self.connection, event.tenant, self.stream[0])
        link = next_link(rows, head, self.stream)
        linked: Row = {**link_fields(link), "hash": link.hash}
        self.database.insert(self.connection, chain, [linked])
        self.database.insert(self.connection, events, [rows.record])
        self.database.insert(self.connection, payloads, [rows.payload])


@contextmanager
def _writing(url: str, at: datetime) -> Iterator[_Writing]:
    database = open_database(url)
    database.lock()
    engine = None
    try:
        migrate(url)
        engine = database.writer()
        with engine.connect() as connection:
            name = database.shared_stream or str(ULID())
            with connection.begin():
                newest = select(func.max(epochs.c.epoch)).where(epochs.c.stream == name)
                epoch = (connection.scalar(newest) or 0) + 1
                row = {"stream": name, "epoch": epoch, "opened_at": at}
                connection.execute(insert(epochs), row)
            yield _Writing(database, connection, (name, epoch))
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger fails: {type(error).__name__}") from error
    finally:
        if engine is not None:
            engine.dispose()
        database.unlock()


_ERASE = (
    update(payloads)
    .where(payloads.c.seq.in_(bindparam("of", expanding=True)), payloads.c.erased_at.is_(None))
    .values(salt=None, request=None, evidence=None, response=None, erased_at=bindparam("at"))
)
_PLACED = select(chain.c.tenant, chain.c.seq, chain.c.kind, chain.c.subject).join(
    payloads, payloads.c.seq == chain.c.seq
)


def _due(before: datetime, tenant: str | None) -> Select[Any]:
    query = (
        _PLACED.outerjoin(decisions, decisions.c.seq == chain.c.seq)
        .outerjoin(events, events.c.seq == chain.c.seq)
        .where(
            payloads.c.erased_at.is_(None),
            chain.c.kind != _ERASURE,
            or_(decisions.c.scored_at < before, events.c.recorded_at < before),
        )
    )
    if tenant is not None:
        query = query.where(chain.c.tenant == tenant)
    return query.order_by(chain.c.tenant, chain.c.seq).limit(PAGE)


class _Unnamed:
    """Finds what is gone without an erasure that names it; an erasure itself is never adopted."""

    def __init__(self, connection: Connection) -> None:
        kept = select(payloads.c.seq, payloads.c.request).join(
            events, events.c.seq == payloads.c.seq
        )
        gone = _PLACED.where(payloads.c.erased_at.is_not(None), chain.c.kind != _ERASURE)
        with connection.begin():
            found = connection.execute(kept.where(events.c.kind == _ERASURE)).all()
            rows = connection.execute(gone.order_by(chain.c.tenant, chain.c.seq)).all()
        named = {
            each.seq
            for seq, document in found
            for each in erased_before(seq, bytes(document or b""))
        }
        self._left = [row for row in rows if row.seq not in named]

    def page(self) -> Select[Any]:
        """Return the query for the next page, of one tenant."""
        first = self._left[:PAGE]
        page = [row.seq for row in first if row.tenant == first[0].tenant]
        self._left = self._left[len(page) :]
        return _PLACED.where(chain.c.seq.in_(page)).order_by(chain.c.seq)

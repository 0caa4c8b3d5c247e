"""Write a group of appends in one transaction: lock, read, judge, link, insert."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from app.adapters.ledger_database import Database
from app.adapters.ledger_known import read_known
from app.adapters.ledger_queue import Append, Outcome
from app.adapters.ledger_rows import DECISION, Rows, link_of, next_link, rows_of
from app.adapters.ledger_rules import Known, Repeat, Writing, event_key, judge
from app.adapters.ledger_schema import (
    Row,
    chain,
    claims,
    decision_index,
    decisions,
    events,
    payloads,
)
from app.core.chain import Link, link_fields
from app.core.errors import Conflict, IdempotencyMismatch, LedgerUnavailable
from app.core.records import Appended, EventRecord

SALT_BYTES = 16
# The database's own refusals, and what a driver or encoder says of a value it cannot take.
_REFUSALS = (IntegrityError, DataError, ProgrammingError)
_ABOUT_ROWS = (StatementError, ValueError, TypeError, OverflowError)


class Fenced(Exception):
    """Another writer opened this stream after us: it is no longer ours."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A writer stream in the epoch that this writer opened."""

    name: str
    epoch: int


class GroupWriter:
    """Writes groups on one connection, as the holder of one stream in one epoch.

    `heads` is the newest committed link of each tenant that this writer wrote for.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        stream: Stream,
        now: Callable[[], datetime],
    ) -> None:
        self.heads: dict[str, Link] = {}
        self._database = database
        self._connection = connection
        self._stream = stream
        self._now = now

    def commit(self, group: Sequence[Append]) -> list[tuple[Append, Outcome]]:
        """Write `group` and return each append's outcome, once all is on disk.

        Raises Fenced, and the database's errors where nothing is known to be on disk. An append
        that the database refuses fails alone: the group is then written again, one by one.
        """
        try:
            with self._connection.begin():
                self._enter(group)
                outcomes, heads = self._write(group, self.heads)
        except _ABOUT_ROWS as error:
            if not _is_refusal(error):
                raise
            outcomes, heads = self._commit_one_by_one(group)
        self.heads = heads
        return outcomes

    def _commit_one_by_one(
        self, group: Sequence[Append]
    ) -> tuple[list[tuple[Append, Outcome]], dict[str, Link]]:
        outcomes: list[tuple[Append, Outcome]] = []
        heads = self.heads
        with self._connection.begin():
            self._enter(group)
            for append in group:
                try:
                    with self._connection.begin_nested():
                        written, heads = self._write([append], heads)
                    outcomes += written
                except _ABOUT_ROWS as error:
                    if not _is_refusal(error):
                        raise
                    outcomes.append((append, _refused(error)))
        return outcomes, heads

    def _enter(self, group: Sequence[Append]) -> None:
        self._database.enter(self._connection, {append.tenant for append in group})
        newest = self._database.newest_epoch(self._connection, self._stream.name)
        if newest != self._stream.epoch:
            raise Fenced(f"stream {self._stream.name}: found epoch {newest}")

    def _write(
        self, group: Sequence[Append], heads: dict[str, Link]
    ) -> tuple[list[tuple[Append, Outcome]], dict[str, Link]]:
        known = read_known(self._database, self._connection, group)
        outcomes: dict[Append, Outcome] = {}
        writings: list[Writing] = []
        repeats: dict[Append, Repeat] = {}
        for append in group:
            try:
                verdict = judge(append, known)
            except (Conflict, IdempotencyMismatch) as refusal:
                outcomes[append] = refusal
                continue
            if isinstance(verdict, Writing):
                writings.append(verdict)
            elif isinstance(verdict, Repeat):
                repeats[append] = verdict
            else:
                outcomes[append] = verdict
        written, heads = self._insert(writings, known, heads)
        outcomes.update(written)
        outcomes.update((append, repeat.appended()) for append, repeat in repeats.items())
        return [(append, outcomes[append]) for append in group], heads

    def _insert(
        self, writings: Sequence[Writing], known: Known, heads: dict[str, Link]
    ) -> tuple[dict[Append, Outcome], dict[str, Link]]:
        """Insert what `writings` say; return where each is, and the heads of their chains."""
        heads = dict(heads)
        count = sum(len(writing.append.records) for writing in writings)
        seqs = iter(self._database.take_seqs(self._connection, count) if count else ())
        links: list[Row] = []
        written: list[Rows] = []
        outcomes: dict[Append, Outcome] = {}
        for writing in writings:
            taken = []
            for record, first in zip(writing.append.records, writing.first_filings, strict=True):
                seq = next(seqs)
                rows = rows_of(record, seq, secrets.token_bytes(SALT_BYTES), first_filing=first)
                head = heads.get(record.tenant) or self._read_head(record.tenant)
                link = next_link(rows, head, (self._stream.name, self._stream.epoch))
                heads[record.tenant] = link
                links.append({**link_fields(link), "hash": link.hash})
                written.append(rows)
                taken.append(seq)
                if isinstance(record, EventRecord):
                    known.events[event_key(record)].seq = seq
            outcomes[writing.append] = Appended(tuple(taken), writing.first_filings)
        self._insert_rows(links, written)
        self._insert_claims(writings)
        return outcomes, heads

    def _insert_rows(self, links: list[Row], written: list[Rows]) -> None:
        for table, rows in (
            (chain, links),
            (decisions, [each.record for each in written if each.kind == DECISION]),
            (events, [each.record for each in written if each.kind != DECISION]),
            (payloads, [each.payload for each in written]),
            (decision_index, [key for each in written for key in each.keys]),
        ):
            if rows:
                self._database.insert(self._connection, table, rows)

    def _insert_claims(self, writings: Sequence[Writing]) -> None:
        at = self._now()
        rows = [
            {
                "tenant": claim.tenant,
                "route": claim.route,
                "key": claim.key,
                "body_digest": claim.body_digest,
                "response": writing.append.claimed_response,
                "claimed_at": at,
            }
            for writing in writings
            if (claim := writing.append.claim)
        ]
        if rows:
            self._database.insert(self._connection, claims, rows)

    def _read_head(self, tenant: str) -> Link | None:
        return read_link(self._connection, tenant, self._stream.name)


def read_link(
    connection: Connection, tenant: str, stream: str, number: int | None = None
) -> Link | None:
    """Return a tenant's link of that `number` in `stream`, the newest if None; None if none."""
    query = select(chain).where(chain.c.tenant == tenant, chain.c.stream == stream)
    if number is not None:
        query = query.where(chain.c.number == number)
    row = connection.execute(query.order_by(chain.c.number.desc()).limit(1)).mappings().first()
    return link_of(dict(row)) if row else None


def _is_refusal(error: Exception) -> bool:
    """Whether it is about the rows; anything else is about the database."""
    return not isinstance(error, DBAPIError) or isinstance(error, _REFUSALS)


def _refused(error: Exception) -> LedgerUnavailable:
    return LedgerUnavailable(f"the ledger refused the record: {type(error).__name__}")

"""Write a group of appends in one transaction: lock, read, judge, link, insert."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from app.adapters.ledger_database import Database
from app.adapters.ledger_queue import Append, Outcome
from app.adapters.ledger_rows import decision_row, link_of, next_link, payload_row
from app.adapters.ledger_rules import (
    KeptClaim,
    KeptFiling,
    Known,
    Writing,
    claim_key,
    entry_keys,
    judge,
)
from app.adapters.ledger_schema import (
    FILED,
    FIRST_FILING,
    Row,
    chain,
    claims,
    decisions,
    epochs,
    payloads,
)
from app.core.chain import Link, link_fields
from app.core.errors import Conflict, IdempotencyMismatch, LedgerUnavailable
from app.core.records import Appended

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
        newest = self._connection.scalar(
            select(func.max(epochs.c.epoch)).where(epochs.c.stream == self._stream.name)
        )
        if newest != self._stream.epoch:
            raise Fenced(f"stream {self._stream.name}: found epoch {newest}")

    def _write(
        self, group: Sequence[Append], heads: dict[str, Link]
    ) -> tuple[list[tuple[Append, Outcome]], dict[str, Link]]:
        known = self._read_known(group)
        outcomes: dict[Append, Outcome] = {}
        writings: list[Writing] = []
        for append in group:
            try:
                verdict = judge(append, known)
            except (Conflict, IdempotencyMismatch) as refusal:
                outcomes[append] = refusal
                continue
            if isinstance(verdict, Writing):
                writings.append(verdict)
            else:
                outcomes[append] = verdict
        heads = self._insert(writings, outcomes, heads)
        return [(append, outcomes[append]) for append in group], heads

    def _insert(
        self, writings: Sequence[Writing], outcomes: dict[Append, Outcome], heads: dict[str, Link]
    ) -> dict[str, Link]:
        heads = dict(heads)
        count = sum(len(writing.append.records) for writing in writings)
        seqs = iter(self._database.take_seqs(self._connection, count) if count else ())
        links: list[Row] = []
        decided: list[Row] = []
        kept: list[Row] = []
        for writing in writings:
            taken = []
            for record, first in zip(writing.append.records, writing.first_filings, strict=True):
                seq = next(seqs)
                decision = decision_row(record, seq, first_filing=first)
                payload = payload_row(record, seq, secrets.token_bytes(SALT_BYTES))
                head = heads.get(record.tenant) or self._read_head(record.tenant)
                at = (self._stream.name, self._stream.epoch)
                link = heads[record.tenant] = next_link(decision, payload, head, at)
                links.append({**link_fields(link), "hash": link.hash})
                decided.append(decision)
                kept.append(payload)
                taken.append(seq)
            outcomes[writing.append] = Appended(tuple(taken), writing.first_filings)
        if links:
            self._database.insert(self._connection, chain, links)
            self._database.insert(self._connection, decisions, decided)
            self._database.insert(self._connection, payloads, kept)
        self._insert_claims(writings)
        return heads

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

    def _read_known(self, group: Sequence[Append]) -> Known:
        known = Known()
        self._read_claims(group, known)
        self._read_filings(group, known)
        return known

    def _read_claims(self, group: Sequence[Append], known: Known) -> None:
        wanted: dict[tuple[str, str], set[str]] = {}
        for append in group:
            if append.claim:
                tenant, route, key = claim_key(append.claim)
                wanted.setdefault((tenant, route), set()).add(key)
        for (tenant, route), keys in wanted.items():
            query = select(claims.c.key, claims.c.body_digest, claims.c.response).where(
                claims.c.tenant == tenant,
                claims.c.route == route,
                self._database.among(claims.c.key, keys),
            )
            for key, digest, response in self._connection.execute(query):
                known.claims[tenant, route, key] = KeptClaim(digest, bytes(response))

    def _read_filings(self, group: Sequence[Append], known: Known) -> None:
        # Tenant by tenant: SQLite gives a list of pairs no index.
        wanted: dict[str, set[str]] = {}
        for tenant, number in entry_keys(group):
            wanted.setdefault(tenant, set()).add(number)
        for tenant, numbers in wanted.items():
            among_numbers = self._database.among(decisions.c.entry_number, numbers)
            query = select(decisions.c.entry_number).where(
                FIRST_FILING, decisions.c.tenant == tenant, among_numbers
            )
            filed = set(self._connection.scalars(query))
            known.filed.update((tenant, number) for number in filed)
            if filed:
                among_filed = self._database.among(decisions.c.entry_number, filed)
                for row in self._connection.execute(_filings_of(tenant, among_filed)):
                    known.filings[tenant, row.entry_number, row.revision] = KeptFiling(
                        row.decision_id,
                        row.body_digest,
                        (row.model_digest, row.policy_version, row.reference_digest),
                        None if row.response is None else bytes(row.response),
                    )


def read_link(
    connection: Connection, tenant: str, stream: str, number: int | None = None
) -> Link | None:
    """Return a tenant's link of that `number` in `stream`, the newest if None; None if none."""
    query = select(chain).where(chain.c.tenant == tenant, chain.c.stream == stream)
    if number is not None:
        query = query.where(chain.c.number == number)
    row = connection.execute(query.order_by(chain.c.number.desc()).limit(1)).mappings().first()
    return link_of(dict(row)) if row else None


def _filings_of(tenant: str, among_entries: ColumnElement[bool]) -> Select[Any]:
    """All decisions of these filed entries, the newest last."""
    return (
        select(
            decisions.c.entry_number,
            decisions.c.revision,
            decisions.c.decision_id,
            decisions.c.body_digest,
            decisions.c.model_digest,
            decisions.c.policy_version,
            decisions.c.reference_digest,
            payloads.c.response,
        )
        .outerjoin(payloads, payloads.c.seq == decisions.c.seq)
        .where(FILED, decisions.c.tenant == tenant, among_entries)
        .order_by(decisions.c.seq)
    )


def _is_refusal(error: Exception) -> bool:
    """Whether it is about the rows; anything else is about the database."""
    return not isinstance(error, DBAPIError) or isinstance(error, _REFUSALS)


def _refused(error: Exception) -> LedgerUnavailable:
    return LedgerUnavailable(f"the ledger refused the record: {type(error).__name__}")

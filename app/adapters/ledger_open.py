"""Read what is still open: the newest filing of each entry, and the outcomes that stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.ledger_database import open_database
from app.adapters.ledger_schema import decisions, events, payloads
from app.core.entry import Intent
from app.core.errors import LedgerUnavailable
from app.core.outcome_document import outcome_of
from app.core.records import EventKind, Filing, OutcomeRecord
from app.core.rehearsal import Cut

PAGE = 500  # payloads read at once


class OpenLedger:
    """Reads a ledger that this or another process writes; every method blocks.

    Failures are LedgerUnavailable. What was erased is passed over.
    """

    def __init__(self, url: str) -> None:
        """Read the ledger at `url`; nothing is opened before the first use."""
        self._database = open_database(url)
        self._engine = self._database.reader()

    def exists(self) -> bool:
        """Say whether there is a ledger: of a file whether it is there, of a server always."""
        file = self._database.url.database if self._database.shared_stream else None
        return file is None or Path(file).is_file()

    def newest_filings(self, tenant: str, cut: Cut) -> list[Filing]:
        """Return the newest decision on each entry filed within the cut, in ledger order.

        Newest is the highest revision, then the last decision on it. Entries without a number are
        each their own.
        """
        with _told():
            return list(self._newest(tenant, cut))

    def standing_outcomes(self, tenant: str, cut: Cut) -> list[OutcomeRecord]:
        """Return the outcomes recorded from `since` to `until` that no other of them corrects."""
        with _told():
            return list(self._standing(tenant, cut))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _newest(self, tenant: str, cut: Cut) -> Iterator[Filing]:
        with self._engine.connect() as connection:
            seqs = connection.scalars(_newest_seqs(tenant, cut)).all()
            for at in range(0, len(seqs), PAGE):
                page = _filings().where(decisions.c.seq.in_(seqs[at : at + PAGE]))
                for row in connection.execute(page.order_by(decisions.c.seq)):
                    request = bytes(row.request)
                    yield Filing(row.seq, tenant, row.decision_id, request, row.scored_at)

    def _standing(self, tenant: str, cut: Cut) -> Iterator[OutcomeRecord]:
        query = (
            select(events.c.subject, events.c.corrects, payloads.c.request)
            .outerjoin(payloads, payloads.c.seq == events.c.seq)
            .where(
                events.c.tenant == tenant,
                events.c.kind == EventKind.OUTCOME.value,
                events.c.recorded_at >= cut.since,
                events.c.recorded_at <= cut.until,
            )
            .order_by(events.c.seq)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        corrected = {row.corrects for row in rows}
        for row in rows:
            if row.request is not None and row.subject not in corrected:
                yield outcome_of(tenant, bytes(row.request))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerUnavailable(f"the ledger cannot be read: {type(error).__name__}") from error


def _newest_seqs(tenant: str, cut: Cut) -> Select[Any]:
    entry = func.coalesce(decisions.c.entry_number, decisions.c.decision_id)
    newest_first = (decisions.c.revision.desc(), decisions.c.seq.desc())
    ranked = (
        select(
            decisions.c.seq,
            func.row_number().over(partition_by=entry, order_by=newest_first).label("place"),
        )
        .where(
            decisions.c.tenant == tenant,
            decisions.c.intent == Intent.FILED.value,
            decisions.c.scored_at >= cut.since,
            or_(decisions.c.scored_at <= cut.until, _late(cut)),
        )
        .subquery()
    )
    return select(ranked.c.seq).where(ranked.c.place == 1).order_by(ranked.c.seq)


def _late(cut: Cut) -> ColumnElement[bool]:
    if cut.late is None:
        return false()
    return and_(
        decisions.c.scored_at <= cut.late.until,
        decisions.c.reference_digest != cut.late.reference_digest,
    )


def _filings() -> Select[Any]:
    return (
        select(decisions.c.seq, decisions.c.decision_id, decisions.c.scored_at, payloads.c.request)
        .join(payloads, payloads.c.seq == decisions.c.seq)
        .where(payloads.c.request.is_not(None))
    )

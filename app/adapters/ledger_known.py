"""What the database knows of a group of appends, read under the group's lock."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from app.adapters.ledger_database import Database
from app.adapters.ledger_queue import Append
from app.adapters.ledger_rules import (
    KeptClaim,
    KeptFiling,
    Known,
    KnownEvent,
    claim_key,
    entry_keys,
    events_of,
)
from app.adapters.ledger_schema import (
    FILED,
    claims,
    decisions,
    events,
    payloads,
)


def read_known(database: Database, connection: Connection, group: Sequence[Append]) -> Known:
    """Return claims, filings and events that the rules need to judge `group`."""
    known = Known()
    _read_claims(database, connection, group, known)
    _read_filings(database, connection, group, known)
    _read_events(database, connection, group, known)
    return known


def _read_claims(
    database: Database, connection: Connection, group: Sequence[Append], known: Known
) -> None:
    wanted: dict[tuple[str, str], set[str]] = {}
    for append in group:
        if append.claim:
            tenant, route, key = claim_key(append.claim)
            wanted.setdefault((tenant, route), set()).add(key)
    for (tenant, route), keys in wanted.items():
        query = select(claims.c.key, claims.c.body_digest, claims.c.response).where(
            claims.c.tenant == tenant,
            claims.c.route == route,
            database.among(claims.c.key, keys),
        )
        for key, digest, response in connection.execute(query):
            known.claims[tenant, route, key] = KeptClaim(digest, bytes(response))


def _read_filings(
    database: Database, connection: Connection, group: Sequence[Append], known: Known
) -> None:
    # Tenant by tenant: SQLite gives a list of pairs no index.
    wanted: dict[str, set[str]] = {}
    for tenant, number in entry_keys(group):
        wanted.setdefault(tenant, set()).add(number)
    for tenant, numbers in wanted.items():
        filed = database.filed_among(connection, tenant, numbers)
        known.filed.update((tenant, number) for number in filed)
        if filed:
            among_filed = database.among(decisions.c.entry_number, filed)
            for row in connection.execute(_filings_of(tenant, among_filed)):
                known.filings[tenant, row.entry_number, row.revision] = KeptFiling(
                    row.decision_id,
                    row.body_digest,
                    (row.model_digest, row.policy_version, row.reference_digest),
                    None if row.response is None else bytes(row.response),
                )


def _read_events(
    database: Database, connection: Connection, group: Sequence[Append], known: Known
) -> None:
    subjects: dict[tuple[str, str], set[str]] = {}
    corrected: dict[tuple[str, str], set[str]] = {}
    for event in (each for append in group for each in events_of(append.records)):
        place = (event.tenant, event.kind.value)
        subjects.setdefault(place, set()).add(event.subject)
        if event.corrects is not None:
            subjects[place].add(event.corrects)
            corrected.setdefault(place, set()).add(event.corrects)
    for (tenant, kind), names in subjects.items():
        query = _events_of(tenant, kind, database.among(events.c.subject, names))
        for row in connection.execute(query):
            document = None if row.request is None else bytes(row.request)
            known.events[tenant, kind, row.subject] = KnownEvent(document, row.seq)
    for (tenant, kind), names in corrected.items():
        found = _corrected_among(database, connection, (tenant, kind), names)
        known.corrected.update((tenant, kind, subject) for subject in found)


def _corrected_among(
    database: Database, connection: Connection, place: tuple[str, str], names: Collection[str]
) -> list[str]:
    tenant, kind = place
    query = select(events.c.corrects).where(
        events.c.tenant == tenant,
        events.c.kind == kind,
        database.among(events.c.corrects, names),
    )
    return [subject for subject in connection.scalars(query) if subject is not None]


def _events_of(tenant: str, kind: str, among_subjects: ColumnElement[bool]) -> Select[Any]:
    return (
        select(events.c.seq, events.c.subject, payloads.c.request)
        .outerjoin(payloads, payloads.c.seq == events.c.seq)
        .where(events.c.tenant == tenant, events.c.kind == kind, among_subjects)
    )


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

"""Read the ledger: decisions, filings and claims, the chain as lines, and where it is broken."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, and_, bindparam, select, tuple_

from app.adapters.ledger_rows import (
    SUBJECTS,
    TABLES,
    digest_of_payload,
    link_of,
    record_of,
    row_digest,
)
from app.adapters.ledger_rules import KeptClaim
from app.adapters.ledger_schema import (
    FILED,
    chain,
    claims,
    decision_index,
    decisions,
    events,
    payloads,
)
from app.core.chain import Break, Link, broken_after, link_fields
from app.core.erasure import Erased, erased_before, unnamed
from app.core.records import DecisionRecord, EventKind, IdempotencyClaim

PAGE = 500  # rows read at once
UNNAMED = "the payload is gone and no erasure names it"
_PAYLOAD = ("salt", "request", "evidence", "response")


def _decisions_with_payloads() -> Select[Any]:
    return select(
        decisions, payloads.c.request, payloads.c.evidence, payloads.c.response
    ).outerjoin(payloads, payloads.c.seq == decisions.c.seq)


def decisions_after(seq: int, limit: int) -> Select[Any]:
    """Return the query for the next decisions of all tenants, payloads beside them."""
    query = _decisions_with_payloads().where(decisions.c.seq > seq)
    return query.order_by(decisions.c.seq).limit(limit)


def read_decision(engine: Engine, tenant: str, decision_id: str) -> DecisionRecord | None:
    """Return the tenant's own decision, or None."""
    query = _decisions_with_payloads().where(
        decisions.c.tenant == tenant, decisions.c.decision_id == decision_id
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return record_of(dict(row)) if row else None


def read_last_filed(
    engine: Engine, tenant: str, entry_number: str, revision: int | None
) -> DecisionRecord | None:
    """Return the newest decision of that filing, or None; `revision` None: of the highest."""
    asked = {"tenant": tenant, "entry_number": entry_number, "revision": revision}
    with engine.connect() as connection:
        row = connection.execute(_last_filed(revision is not None), asked).mappings().first()
    return record_of(dict(row)) if row else None


@cache  # asked before every score: building it takes five times as long as running it
def _last_filed(is_of_revision: bool) -> Select[Any]:
    query = _decisions_with_payloads().where(
        FILED,
        decisions.c.tenant == bindparam("tenant"),
        decisions.c.entry_number == bindparam("entry_number"),
    )
    if is_of_revision:
        query = query.where(decisions.c.revision == bindparam("revision"))
    return query.order_by(decisions.c.revision.desc(), decisions.c.seq.desc()).limit(1)


def read_claim(engine: Engine, claim: IdempotencyClaim) -> KeptClaim | None:
    """Return what is kept for that tenant, route and key, whatever the body, or None."""
    query = select(claims.c.body_digest, claims.c.response).where(
        claims.c.tenant == claim.tenant,
        claims.c.route == claim.route,
        claims.c.key == claim.key,
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return KeptClaim(row.body_digest, bytes(row.response)) if row else None


def find_decisions(  # noqa: PLR0913, PLR0917 - each narrows the search
    engine: Engine,
    tenant: str,
    key: str,
    before_seq: int | None,
    since: datetime | None,
    limit: int,
) -> list[DecisionRecord]:
    """Return the tenant's decisions that carry `key` among their index keys, newest first."""
    query = (
        _decisions_with_payloads()
        .join(decision_index, decision_index.c.seq == decisions.c.seq)
        .where(decision_index.c.tenant == tenant, decision_index.c.key == key)
    )
    if before_seq is not None:
        query = query.where(decision_index.c.seq < before_seq)
    if since is not None:
        query = query.where(decisions.c.scored_at >= since)
    query = query.order_by(decision_index.c.seq.desc()).limit(limit)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [record_of(dict(row)) for row in rows]


def iterate_chain(engine: Engine, tenant: str) -> Iterator[str]:
    """Yield the tenant's links as JSON lines, stream by stream in order of number."""
    for link, _row in iterate_links(engine, tenant):
        yield json.dumps({**link_fields(link), "hash": link.hash}, sort_keys=True)


def find_break(engine: Engine, tenant: str) -> Break | None:
    """Return the first place where the tenant's chains or what they cover is not as written.

    What was erased has to be named by an erasure in the chain. A cut tail is not found this way:
    that takes a checkpoint kept elsewhere.
    """
    found = _find_break(engine, tenant)
    if found is not None and found.problem == UNNAMED:  # an erasure may have come meanwhile
        found = _find_break(engine, tenant)
    return found


def _find_break(engine: Engine, tenant: str) -> Break | None:
    previous: Link | None = None
    gone: dict[Erased, Link] = {}
    named: list[Erased] = []
    for link, row in iterate_links(engine, tenant):
        if previous is not None and previous.stream != link.stream:
            previous = None
        problem = broken_after(previous, link) or _covered(link, row)
        if problem:
            return Break(tenant, link.stream, link.number, link.seq, problem)
        if row["payloads_erased_at"] is not None:
            gone[Erased(link.seq, link.kind, link.subject)] = link
        elif link.kind == EventKind.ERASURE:
            named += erased_before(link.seq, bytes(row["payloads_request"]))
        previous = link
    first = unnamed(gone, named)
    if first is not None:
        link = gone[first]
        return Break(tenant, link.stream, link.number, link.seq, UNNAMED)
    return _find_unlinked(engine, tenant)


def _find_unlinked(engine: Engine, tenant: str) -> Break | None:
    for table in (decisions, events):
        query = (
            select(table.c.seq)
            .outerjoin(chain, and_(chain.c.seq == table.c.seq, chain.c.tenant == tenant))
            .where(table.c.tenant == tenant, chain.c.seq.is_(None))
            .order_by(table.c.seq)
            .limit(1)
        )
        with engine.connect() as connection:
            seq = connection.scalar(query)
        if seq is not None:
            return Break(tenant, "", 0, seq, "the record has no link")
    return None


def _covered(link: Link, row: Mapping[str, Any]) -> str | None:
    """Say what of the record under `link` is not what the link covers."""
    table = TABLES.get(link.kind)
    if table is None:
        return "the kind is not known here"
    record = {column.name: row[f"{table.name}_{column.name}"] for column in table.c}
    found = (record["tenant"], record[SUBJECTS[table.name]], record.get("kind", link.kind))
    if found != (link.tenant, link.subject, link.kind):
        return "the record is missing or another one"
    if row_digest(record) != link.record_digest:
        return "the record is not as it was linked"
    return _covered_payload(link, row)


def _covered_payload(link: Link, row: Mapping[str, Any]) -> str | None:
    if row["payloads_seq"] is None:
        return "the payload is missing"
    if row["payloads_erased_at"] is not None:
        return None
    payload = {name: row[f"payloads_{name}"] for name in _PAYLOAD}
    if None in payload.values() or digest_of_payload(payload) != link.payload_digest:
        return "the payload is not as it was linked"
    return None


def iterate_links(engine: Engine, tenant: str) -> Iterator[tuple[Link, Mapping[str, Any]]]:
    """Yield the tenant's links with the row of what they cover, each column as table_column."""
    covered = (decisions, events, payloads)
    columns = [
        column.label(f"{table.name}_{column.name}") for table in covered for column in table.c
    ]
    after = ("", 0)
    while True:
        query = (
            select(chain, *columns)
            .outerjoin(decisions, decisions.c.seq == chain.c.seq)
            .outerjoin(events, events.c.seq == chain.c.seq)
            .outerjoin(payloads, payloads.c.seq == chain.c.seq)
            .where(chain.c.tenant == tenant, tuple_(chain.c.stream, chain.c.number) > after)
            .order_by(chain.c.stream, chain.c.number)
            .limit(PAGE)
        )
        with engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        for row in rows:
            yield link_of({column.name: row[column.name] for column in chain.c}), dict(row)
        if len(rows) < PAGE:
            return
        after = (rows[-1]["stream"], rows[-1]["number"])

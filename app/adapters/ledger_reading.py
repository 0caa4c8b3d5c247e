"""Read the ledger: decisions, filings and claims, the chain as lines, and where it is broken."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, Select, and_, select, tuple_

from app.adapters.ledger_rows import DECISION, digest_of_payload, link_of, record_of, row_digest
from app.adapters.ledger_rules import KeptClaim
from app.adapters.ledger_schema import FILED, FIRST_FILING, chain, claims, decisions, payloads
from app.core.chain import Break, Link, broken_after, link_fields
from app.core.records import DecisionRecord, FiledEntry, IdempotencyClaim

PAGE = 500  # rows read at once
_PAYLOAD = ("salt", "request", "evidence", "response")


def _decisions_with_payloads() -> Select[Any]:
    return select(
        decisions, payloads.c.request, payloads.c.evidence, payloads.c.response
    ).outerjoin(payloads, payloads.c.seq == decisions.c.seq)


def read_decision(engine: Engine, tenant: str, decision_id: str) -> DecisionRecord | None:
    """Return the tenant's own decision, or None."""
    query = _decisions_with_payloads().where(
        decisions.c.tenant == tenant, decisions.c.decision_id == decision_id
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return record_of(dict(row)) if row else None


def read_last_filed(
    engine: Engine, tenant: str, entry_number: str, revision: int
) -> DecisionRecord | None:
    """Return the newest decision of that filing, or None."""
    query = (
        _decisions_with_payloads()
        .where(
            FILED,
            decisions.c.tenant == tenant,
            decisions.c.entry_number == entry_number,
            decisions.c.revision == revision,
        )
        .order_by(decisions.c.seq.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return record_of(dict(row)) if row else None


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


def iterate_filed(engine: Engine, tenant: str, after_seq: int) -> Iterator[FiledEntry]:
    """Yield the tenant's first filings in ledger order after `after_seq`; erased ones are passed.

    Each page is a read of its own, so the iterator may be left at any time.
    """
    while True:
        query = (
            select(
                decisions.c.seq,
                decisions.c.tenant,
                decisions.c.decision_id,
                payloads.c.request,
                decisions.c.scored_at,
            )
            .join(payloads, payloads.c.seq == decisions.c.seq)
            .where(FIRST_FILING, decisions.c.tenant == tenant, decisions.c.seq > after_seq)
            .order_by(decisions.c.seq)
            .limit(PAGE)
        )
        with engine.connect() as connection:
            rows = connection.execute(query).all()
        for seq, owner, decision_id, request, scored_at in rows:
            if request is not None:
                yield FiledEntry(seq, owner, decision_id, bytes(request), scored_at)
        if len(rows) < PAGE:
            return
        after_seq = rows[-1].seq


def iterate_chain(engine: Engine, tenant: str) -> Iterator[str]:
    """Yield the tenant's links as JSON lines, stream by stream in order of number."""
    for link, _row in _iterate_links(engine, tenant):
        yield json.dumps({**link_fields(link), "hash": link.hash}, sort_keys=True)


def find_break(engine: Engine, tenant: str) -> Break | None:
    """Return the first place where the tenant's chains or what they cover is not as written.

    A cut tail is not found this way: that takes a checkpoint kept elsewhere.
    """
    previous: Link | None = None
    for link, row in _iterate_links(engine, tenant):
        if previous is not None and previous.stream != link.stream:
            previous = None
        problem = broken_after(previous, link) or _covered(link, row)
        if problem:
            return Break(tenant, link.stream, link.number, link.seq, problem)
        previous = link
    return _find_unlinked(engine, tenant)


def _find_unlinked(engine: Engine, tenant: str) -> Break | None:
    query = (
        select(decisions.c.seq)
        .outerjoin(chain, and_(chain.c.seq == decisions.c.seq, chain.c.tenant == tenant))
        .where(decisions.c.tenant == tenant, chain.c.seq.is_(None))
        .order_by(decisions.c.seq)
        .limit(1)
    )
    with engine.connect() as connection:
        seq = connection.scalar(query)
    return None if seq is None else Break(tenant, "", 0, seq, "the decision has no link")


def _covered(link: Link, row: Mapping[str, Any]) -> str | None:
    """Say what of the record under `link` is not what the link covers."""
    decision = {column.name: row[f"decision_{column.name}"] for column in decisions.c}
    wanted = (DECISION, link.tenant, link.subject)
    if (link.kind, decision["tenant"], decision["decision_id"]) != wanted:
        return "the decision is missing or another one"
    if row_digest(decision) != link.record_digest:
        return "the decision is not as it was linked"
    if row["payload_seq"] is None:
        return "the payload is missing"
    if row["payload_erased_at"] is not None:
        return None
    payload = {name: row[f"payload_{name}"] for name in _PAYLOAD}
    if None in payload.values() or digest_of_payload(payload) != link.payload_digest:
        return "the payload is not as it was linked"
    return None


def _iterate_links(engine: Engine, tenant: str) -> Iterator[tuple[Link, Mapping[str, Any]]]:
    columns = [column.label(f"decision_{column.name}") for column in decisions.c]
    columns += [column.label(f"payload_{column.name}") for column in payloads.c]
    after = ("", 0)
    while True:
        query = (
            select(chain, *columns)
            .outerjoin(decisions, decisions.c.seq == chain.c.seq)
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

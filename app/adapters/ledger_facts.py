"""Read what moves history on: first filings and outcomes, in ledger order."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, Select, bindparam, select

from app.adapters.ledger_schema import (
    FIRST_FILING,
    decision_index,
    decisions,
    events,
    payloads,
)
from app.core.outcome_document import outcome_of
from app.core.records import EventKind, Filing, LedgerFact, OutcomeFact, OutcomeRecord

PAGE = 500  # facts read at once
Among = Callable[[Column[str], Collection[str]], ColumnElement[bool]]
_OUTCOME = EventKind.OUTCOME.value


def read_last_fact(engine: Engine, tenant: str) -> int:
    """Return the number of the tenant's newest fact, erased or not; 0: none."""
    with engine.connect() as connection:
        return max(_last_facts(connection, tenant))


def iterate_facts(  # noqa: PLR0913, PLR0917 - each narrows the search
    engine: Engine,
    among: Among,
    tenant: str,
    after_seq: int,
    limit: int | None = None,
    key: str | None = None,
) -> Iterator[LedgerFact]:
    """Yield the tenant's facts in ledger order after `after_seq`, at most `limit`.

    With a `key` only those of decisions that carry it among their index keys.
    What was erased is passed over. Each page is a read of its own, so the iterator may be left at
    any time.
    """
    return islice(_iterate(engine, among, tenant, after_seq, key), limit)


def _iterate(
    engine: Engine, among: Among, tenant: str, after_seq: int, key: str | None
) -> Iterator[LedgerFact]:
    while True:
        with engine.connect() as connection:
            # What is not above this number is committed: filings and outcomes, read one after the
            # other, then belong together although something is appended in between.
            # The outcome's is asked for last: where that is not new, no outcome is below the other.
            last_filing, last_outcome = _last_facts(connection, tenant)
            through = max(last_filing, last_outcome)
            numbers = (after_seq, through)
            filings = _read_filings(connection, tenant, numbers, key) if through > after_seq else {}
            outcomes = (
                _read_outcomes(connection, tenant, numbers, key) if last_outcome > after_seq else {}
            )
            page = sorted([*filings, *outcomes])[:PAGE]
            facts: dict[int, LedgerFact] = {
                seq: filing for seq in page if (filing := filings.get(seq)) is not None
            }
            kept = {seq: outcomes[seq] for seq in page if outcomes.get(seq) is not None}
            facts.update(_outcome_facts(connection, among, tenant, kept))
        yield from (facts[seq] for seq in page if seq in facts)
        if len(page) < PAGE:  # all there was when it was read
            return
        after_seq = page[-1]


def _last_facts(connection: Connection, tenant: str) -> tuple[int, int]:
    """Return the numbers of the tenant's newest filing and newest outcome; 0: none."""
    filing, outcome = (connection.scalar(query, {"tenant": tenant}) or 0 for query in _newest())
    return filing, outcome


@cache  # these are asked after every filing: building them takes longer than running them
def _newest() -> tuple[Select[Any], ...]:
    return tuple(
        select(table.c.seq)
        .where(*which, table.c.tenant == bindparam("tenant"))
        .order_by(table.c.seq.desc())
        .limit(1)
        for table, which in ((decisions, [FIRST_FILING]), (events, [events.c.kind == _OUTCOME]))
    )


def _carrying() -> ColumnElement[bool]:
    """Return the condition that a decision carries the `key` that is asked for."""
    index = decision_index.c
    numbers = select(index.seq).where(
        index.tenant == bindparam("tenant"), index.key == bindparam("key")
    )
    return decisions.c.seq.in_(numbers)


def _read_filings(
    connection: Connection, tenant: str, numbers: tuple[int, int], key: str | None
) -> dict[int, Filing | None]:
    """Return the next first filings by number; None for an erased one."""
    asked = {"tenant": tenant, "after": numbers[0], "through": numbers[1], "key": key}
    found = connection.execute(_filings_between(key is not None), asked)
    return {row.seq: _filing(row) for row in found}


@cache
def _filings_between(is_of_key: bool) -> Select[Any]:
    query = _filings().where(
        FIRST_FILING,
        decisions.c.tenant == bindparam("tenant"),
        decisions.c.seq > bindparam("after"),
        decisions.c.seq <= bindparam("through"),
    )
    if is_of_key:
        query = query.where(_carrying())
    return query.order_by(decisions.c.seq).limit(PAGE)


def _read_outcomes(
    connection: Connection, tenant: str, numbers: tuple[int, int], key: str | None
) -> dict[int, OutcomeRecord | None]:
    """Return the next outcomes by number; None for an erased one."""
    asked = {"tenant": tenant, "after": numbers[0], "through": numbers[1], "key": key}
    found = connection.execute(_outcomes_between(key is not None), asked)
    return {row.seq: _outcome(tenant, row) for row in found}


@cache
def _outcomes_between(is_of_key: bool) -> Select[Any]:
    query = _outcomes().where(
        events.c.seq > bindparam("after"), events.c.seq <= bindparam("through")
    )
    if is_of_key:
        of_key = select(decisions.c.decision_id).where(
            decisions.c.tenant == bindparam("tenant"), _carrying()
        )
        query = query.where(events.c.decision_id.in_(of_key))
    return query.order_by(events.c.seq).limit(PAGE)


def _outcome_facts(
    connection: Connection, among: Among, tenant: str, outcomes: Mapping[int, OutcomeRecord | None]
) -> dict[int, LedgerFact]:
    """Return the outcomes with the filings they speak of; without where that was erased."""
    found = {seq: each for seq, each in outcomes.items() if each is not None}
    if not found:
        return {}
    ids = {each.decision_id for each in found.values()}
    of_decisions = _filings().where(
        decisions.c.tenant == tenant, among(decisions.c.decision_id, ids)
    )
    filings = {row.decision_id: _filing(row) for row in connection.execute(of_decisions)}
    corrected = _read_corrected(connection, among, tenant, found.values())
    facts: dict[int, LedgerFact] = {}
    for seq, outcome in found.items():
        filing = filings.get(outcome.decision_id)
        if filing is not None:
            earlier = corrected.get(outcome.corrects or "")
            facts[seq] = OutcomeFact(seq, tenant, outcome, filing, earlier)
    return facts


def _read_corrected(
    connection: Connection, among: Among, tenant: str, outcomes: Collection[OutcomeRecord]
) -> dict[str, OutcomeRecord | None]:
    """Return the earlier outcomes that `outcomes` correct, by id; None for an erased one."""
    ids = {each.corrects for each in outcomes if each.corrects is not None}
    if not ids:
        return {}
    query = _outcomes().where(among(events.c.subject, ids))
    found = connection.execute(query, {"tenant": tenant})
    return {row.subject: _outcome(tenant, row) for row in found}


def _filings() -> Select[Any]:
    return select(
        decisions.c.seq,
        decisions.c.tenant,
        decisions.c.decision_id,
        payloads.c.request,
        decisions.c.scored_at,
    ).outerjoin(payloads, payloads.c.seq == decisions.c.seq)


def _outcomes() -> Select[Any]:
    return (
        select(events.c.seq, events.c.subject, payloads.c.request)
        .outerjoin(payloads, payloads.c.seq == events.c.seq)
        .where(events.c.tenant == bindparam("tenant"), events.c.kind == _OUTCOME)
    )


def _filing(row: Row[Any]) -> Filing | None:
    if row.request is None:
        return None
    return Filing(row.seq, row.tenant, row.decision_id, bytes(row.request), row.scored_at)


def _outcome(tenant: str, row: Row[Any]) -> OutcomeRecord | None:
    return None if row.request is None else outcome_of(tenant, bytes(row.request))

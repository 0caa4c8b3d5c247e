"""Find decisions by many keys at once, without the bulk of their evidence.

Asked before every score, so the statements are built once and not for each question.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Engine, LargeBinary, Select, bindparam, func, null, select

from app.adapters.ledger_rows import record_of
from app.adapters.ledger_schema import decision_index, decisions, payloads
from app.core.records import DecisionRecord

AT_ONCE = 512  # values of one statement, far below what either database takes
_EVER = datetime(1, 1, 1, tzinfo=UTC)
T = TypeVar("T")


def find_sharing(
    engine: Engine, tenant: str, keys: Sequence[str], since: datetime | None, limit: int
) -> list[DecisionRecord]:
    """Return the tenant's decisions that carry any of `keys`, each once, newest first.

    At most `limit` for each key; their `evidence` is left empty.
    """
    found: list[Any] = []
    with engine.connect() as connection:
        numbers: set[int] = set()
        for some in _parts(keys):
            asked = {"tenant": tenant, "keys": some, "most": limit}
            numbers.update(connection.scalars(_numbers(), asked))
        for few in _parts(sorted(numbers, reverse=True)):
            wanted = {"numbers": few, "since": since or _EVER}
            found += connection.execute(_decisions(), wanted).mappings().all()
    return [record_of(dict(row)) for row in found]


def _parts(values: Sequence[T]) -> Iterator[list[T]]:
    """Yield all of `values` in parts whose sizes are powers of two: few statements to plan."""
    for at in range(0, len(values), AT_ONCE):
        part = list(values[at : at + AT_ONCE])
        size = 1 << (len(part) - 1).bit_length()
        yield [*part, *part[-1:] * (size - len(part))]


@cache
def _numbers() -> Select[tuple[int]]:
    index = decision_index.c
    place = func.row_number().over(partition_by=index.key, order_by=index.seq.desc())
    ranked = (
        select(index.seq, place.label("place"))
        .where(
            index.tenant == bindparam("tenant"), index.key.in_(bindparam("keys", expanding=True))
        )
        .subquery()
    )
    return select(ranked.c.seq).where(ranked.c.place <= bindparam("most"))


@cache
def _decisions() -> Select[Any]:
    evidence = null().cast(LargeBinary).label("evidence")
    return (
        select(decisions, payloads.c.request, evidence, payloads.c.response)
        .outerjoin(payloads, payloads.c.seq == decisions.c.seq)
        .where(
            decisions.c.seq.in_(bindparam("numbers", expanding=True)),  # the tenant's, by its keys
            decisions.c.scored_at >= bindparam("since"),
        )
        .order_by(decisions.c.seq.desc())
    )

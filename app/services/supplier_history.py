"""What history knows of one supplier, now or as it knew it on an earlier day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.core.entry import Entry
from app.core.history import NOTHING, PartyState
from app.core.records import Filing, LedgerFact
from app.services.histories import HISTORY_GROUP, Histories
from app.services.history_view import Base
from app.services.projection import apply_moves, move_of


@dataclass(frozen=True, slots=True)
class KnownState:
    """A supplier's state as of ledger number `seq`; None was never seen, or is missing."""

    seq: int
    state: PartyState | None
    missing_groups: tuple[str, ...] = ()


def day_of(fact: LedgerFact) -> date:
    """Return the day (UTC) on which the ledger learned of a fact."""
    moment = fact.scored_at if isinstance(fact, Filing) else fact.outcome.recorded_at
    return moment.date()


async def state_now(
    histories: Histories, tenant: str, key: str, entry: Entry, today: date
) -> KnownState:
    """Return what the served history knows under `key`, which is one of `entry`."""
    view = await histories.look(tenant, [entry])
    state = view.records.get(key, NOTHING).folded(today.toordinal()).state
    return KnownState(view.seq, state, view.missing_groups)


def state_on(base: Base, key: str, facts: Sequence[LedgerFact], at: date) -> KnownState:
    """Return what an entry read under `key` that was scored last on `at`, by replay over `base`.

    `facts` are all facts of the key up to that day, in ledger order. The state is missing where
    the bundle's snapshot already holds what came later: that can't be unwound.
    """
    seq = max((fact.seq for fact in facts), default=0)
    start = base.records.get(key, NOTHING)
    if start.state is not None and start.state.updated > at.toordinal():
        return KnownState(seq, None, (HISTORY_GROUP,))
    moves = [move_of(fact) for fact in facts if fact.seq > base.seq]
    records = apply_moves(moves, {key: start})
    return KnownState(seq, records.get(key, start).folded(at.toordinal()).state)

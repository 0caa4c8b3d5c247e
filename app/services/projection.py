"""What one fact of the ledger does to a history: the same transitions that a replay applies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.core.document import read_submission
from app.core.entry import Entry
from app.core.history.projected import anchor_of
from app.core.history.transition import (
    Record,
    after_filing,
    after_outcome,
    keys_of_entry,
    keys_of_outcome,
    without_outcome,
)
from app.core.json_text import parse_json
from app.core.outcomes import effects_of
from app.core.records import Filing, LedgerFact, OutcomeRecord


@dataclass(frozen=True, slots=True)
class Move:
    """One fact, read: a filing of `entry` on the day `on`, or (with `outcome`) what became of it.

    `keys` are those it may change; `anchor` tells it from any other fact of its number.
    """

    seq: int
    anchor: int
    entry: Entry
    on: date
    keys: tuple[str, ...]
    outcome: OutcomeRecord | None = None
    corrected: OutcomeRecord | None = None


def observed_on(entry: Entry, scored_at: datetime) -> date:
    """Return the day a filing counts for: its moment, never a day that has not come yet."""
    filed_on = scored_at.date()
    return min(entry.moment or filed_on, filed_on)


def anchor_of_fact(fact: LedgerFact) -> int:
    """Return what tells a fact from any other of its number, in another ledger."""
    return anchor_of(fact.decision_id if isinstance(fact, Filing) else fact.outcome.outcome_id)


def move_of(fact: LedgerFact, entry: Entry | None = None) -> Move:
    """Return the fact as a move; `entry` spares reading its filing again."""
    filing = fact if isinstance(fact, Filing) else fact.filing
    if entry is None:
        entry = read_submission(parse_json(filing.request)).entry
    on = observed_on(entry, filing.scored_at)
    anchor = anchor_of_fact(fact)
    if isinstance(fact, Filing):
        return Move(fact.seq, anchor, entry, on, keys_of_entry(entry))
    outcome, corrected = fact.outcome, fact.corrected
    keys = keys_of_outcome(entry, outcome.line_numbers)
    if corrected is not None:
        keys = tuple(dict.fromkeys((*keys, *keys_of_outcome(entry, corrected.line_numbers))))
    return Move(fact.seq, anchor, entry, on, keys, outcome, corrected)


def apply_moves(moves: Iterable[Move], records: Mapping[str, Record]) -> dict[str, Record]:
    """Return the records that `moves`, in order, leave changed; `records` stay as they are."""
    known, changed = dict(records), dict[str, Record]()
    for move in moves:
        new = _after(move, known)
        known.update(new)
        changed.update(new)
    return changed


def _after(move: Move, records: Mapping[str, Record]) -> dict[str, Record]:
    if move.outcome is None:
        return after_filing(move.entry, move.on, records)
    changed: dict[str, Record] = {}
    known = dict(records)
    if move.corrected is not None:
        changed = _effects(move, move.corrected, known, is_taken_back=True)
        known.update(changed)
    return changed | _effects(move, move.outcome, known, is_taken_back=False)


def _effects(
    move: Move, outcome: OutcomeRecord, records: dict[str, Record], *, is_taken_back: bool
) -> dict[str, Record]:
    # An outcome dated before its entry counts as known on the entry's day, as in a replay.
    known_at = max(outcome.known_at, move.on)
    step = without_outcome if is_taken_back else after_outcome
    changed: dict[str, Record] = {}
    for kind, weight in effects_of(outcome.code):
        changed |= step(
            move.entry, outcome.line_numbers, kind, weight, known_at, {**records, **changed}
        )
    return changed

"""What another set of lists would change: the open entries and suppliers whose hits differ.

A pure comparison of two screenings of the same entry as of its own date. An order that began after
that date meets it under neither, so nothing that was entered earlier is ever named as met.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from app.core.canonical import canonical_json, digest
from app.core.document import read_submission
from app.core.entry import Entry
from app.core.history import supplier_key
from app.core.json_text import parse_json
from app.core.outcomes import OutcomeCode
from app.core.records import Filing, OutcomeRecord
from app.core.screening import Hit, HitStrength, Screener

# Days of filings that are looked at again: entries are liquidated within a year as a rule
# (19 USC 1504(a)), after which the government's decision on admissibility is no longer open.
WINDOW_DAYS = 365
FOLLOWED_WITHIN = timedelta(minutes=10)  # model_poll_s and a load are seconds; generously more
# Outcomes that end the matter for a line. Goods that were never examined, are still detained, or
# were only checked by ourselves stay open: they are what a new list is for.
FINAL = frozenset(
    {
        OutcomeCode.EXAMINED_CLEAR,
        OutcomeCode.RELEASED_NOT_APPLICABLE,
        OutcomeCode.RELEASED_EXCEPTION,
        OutcomeCode.RELEASED_OTHER_REASON,
        OutcomeCode.EXCLUDED,
        OutcomeCode.SEIZED,
        OutcomeCode.EXPORTED_BY_IMPORTER,
        OutcomeCode.ABANDONED,
        OutcomeCode.WITHDRAWN_BEFORE_ARRIVAL,
    }
)


class Change(StrEnum):
    """What becomes of a hit: it stands now, stands no more, or says something else."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Late:
    """What was still decided under other lists after they were activated, up to a moment."""

    until: datetime
    reference_digest: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Which filings are looked at: decided from `since` to `until`, and `late` ones as well.

    Of an append-only ledger the same cut gives the same entries for ever.
    """

    since: datetime
    until: datetime
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class HitChange:
    """One hit that differs: as it would be, or, where it is lost, as it was."""

    change: Change
    hit: Hit


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A filed entry that is not settled, with the decision on it and the day it is read as of."""

    decision_id: str
    entry: Entry
    on: date

    @property
    def entry_number(self) -> str | None:
        """The entry's number as the ledger has it; None where it was filed without."""
        return None if self.entry.entry_number is None else str(self.entry.entry_number)


@dataclass(frozen=True, slots=True)
class TouchedEntry:
    """An open entry whose hits differ, and the opaque keys of the suppliers on those lines."""

    decision_id: str
    entry_number: str | None
    revision: int
    on: date
    changes: tuple[HitChange, ...]
    suppliers: tuple[str, ...]


@dataclass(frozen=True)
class Rehearsal:
    """What a change of lists touches, of `screened` open entries; sorted by decision id."""

    screened: int
    entries: tuple[TouchedEntry, ...]

    @property
    def suppliers(self) -> dict[str, tuple[str, ...]]:
        """The decisions of each touched supplier, by its opaque key, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries:
            for key in entry.suppliers:
                found[key].append(entry.decision_id)
        return {key: tuple(found[key]) for key in sorted(found)}

    @cached_property
    def digest(self) -> str:
        """Digest of the touched set: who sees the same digest has seen the same set."""
        return digest(canonical_json([_identity(each) for each in self.entries]))


def cut_at(moment: datetime, activated: str | None = None) -> Cut:
    """Return the cut of a rehearsal at `moment`.

    `activated` is the digest that was activated at that moment; None: it is only staged. A replica
    follows an activation within seconds and a request under way ends with what it began with:
    their decisions under other lists are looked at too.
    """
    late = None if activated is None else Late(moment + FOLLOWED_WITHIN, activated)
    return Cut(moment - timedelta(days=WINDOW_DAYS), moment, late)


def hit_changes(before: Sequence[Hit], after: Sequence[Hit]) -> tuple[HitChange, ...]:
    """Return the hits that differ, in a fixed order.

    A hit stands unless it is PAST. One of a party and listed entity on a line that stands after and
    did not before is gained, the reverse lost; any other difference is a change.
    """
    old, new = _by_place(before), _by_place(after)
    found: list[HitChange] = []
    for place in sorted(old.keys() | new.keys()):
        was, now = old.get(place, ()), new.get(place, ())
        if was == now:
            continue
        stood, stands = any(map(_stands, was)), any(map(_stands, now))
        if stood and not stands:
            found.append(HitChange(Change.LOST, was[0]))
        else:
            change = Change.GAINED if stands and not stood else Change.CHANGED
            found.append(HitChange(change, now[0] if now else was[0]))
    return tuple(found)


def rehearse(entries: Iterable[OpenEntry], before: Screener, after: Screener) -> Rehearsal:
    """Return what differs when `entries` are screened by `after` in place of `before`."""
    touched = []
    screened = 0
    for each in entries:
        screened += 1
        changes = hit_changes(before.screen(each.entry, each.on), after.screen(each.entry, each.on))
        if changes:
            touched.append(_touched(each, changes))
    return Rehearsal(screened, tuple(sorted(touched, key=lambda entry: entry.decision_id)))


def open_entries(
    filings: Iterable[Filing], outcomes: Iterable[OutcomeRecord]
) -> Iterator[OpenEntry]:
    """Yield the entries of `filings` that no final outcome settled, read as of their own day.

    `filings` are the newest of each entry; `outcomes` those that stand, corrected ones left out.
    An entry is settled when every line of it has a final outcome, or the entry as a whole has.
    """
    settled = _settled(outcomes)
    for filing in filings:
        entry = read_submission(parse_json(filing.request)).entry
        each = OpenEntry(filing.decision_id, entry, entry.moment or filing.scored_at.date())
        if not _is_settled(each, settled):
            yield each


_MATCHES = {
    HitStrength.STRONG: "a match",
    HitStrength.WEAK: "a weak match",
    HitStrength.PAST: "a match of an order that ended",
}


def notice_text(change: HitChange, on: date, known_to_us: datetime | None) -> str:
    """Return what a person is told: both dates, the law's and ours, and no party's name.

    `known_to_us` is the moment the list was activated here; None: it is only staged.
    """
    hit = change.hit
    where = "the entry" if hit.line_number is None else f"line {hit.line_number}"
    since = f" dated on or after {hit.effective_from}" if hit.effective_from else " of any date"
    until = f" and before {hit.effective_to}" if hit.effective_to else ""
    known = f"known here since {known_to_us:%Y-%m-%d}" if known_to_us else "not yet in force here"
    said = {
        Change.GAINED: f"would be found today for entries{since}{until}",
        Change.LOST: f"would no longer be found today; it held for entries{since}{until}",
        Change.CHANGED: f"would be found today with other particulars, for entries{since}{until}",
    }[change.change]
    return (
        f"The {hit.role} of {where} and the list {hit.list}: {_MATCHES[hit.strength]} {said}. "
        f"The entry is dated {on}. In law from {hit.effective_from or 'an unknown day'}, {known}."
    )


Settled = Mapping[str, set[int] | None]  # by entry number or decision id; None: as a whole
Place = tuple[int, str, str]


def _stands(hit: Hit) -> bool:
    return hit.strength is not HitStrength.PAST


def _by_place(hits: Sequence[Hit]) -> dict[Place, tuple[Hit, ...]]:
    """Return hits by line, role and listed entity; standing ones first, in a fixed order."""
    found: dict[Place, list[Hit]] = defaultdict(list)
    for hit in hits:
        found[hit.line_number or 0, hit.role, hit.entity_id].append(hit)
    return {
        place: tuple(sorted(each, key=lambda hit: (not _stands(hit), -hit.match, hit.why)))
        for place, each in found.items()
    }


def _touched(each: OpenEntry, changes: tuple[HitChange, ...]) -> TouchedEntry:
    numbers = {change.hit.line_number for change in changes}
    keys = (
        supplier_key(each.entry, line) for line in each.entry.lines if line.line_number in numbers
    )
    return TouchedEntry(
        decision_id=each.decision_id,
        entry_number=each.entry_number,
        revision=each.entry.revision,
        on=each.on,
        changes=changes,
        suppliers=tuple(sorted({key for key in keys if key is not None})),
    )


def _identity(entry: TouchedEntry) -> list[object]:
    changes = [
        [each.change, each.hit.line_number, each.hit.role, each.hit.entity_id, each.hit.why]
        for each in entry.changes
    ]
    return [entry.decision_id, changes, entry.suppliers]


def _settled(outcomes: Iterable[OutcomeRecord]) -> Settled:
    settled: dict[str, set[int] | None] = {}
    for outcome in outcomes:
        if outcome.code not in FINAL:
            continue
        key = outcome.entry_number or outcome.decision_id
        lines = settled.setdefault(key, set())
        if outcome.line_numbers is None or lines is None:
            settled[key] = None
        else:
            lines.update(outcome.line_numbers)
    return settled


def _is_settled(each: OpenEntry, settled: Settled) -> bool:
    key = each.entry_number or each.decision_id
    if key not in settled:
        return False
    lines = settled[key]
    return lines is None or all(line.line_number in lines for line in each.entry.lines)

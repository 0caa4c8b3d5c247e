"""What an answer reads of history: the records of its keys, all as of one moment of the ledger."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.entry import Entry
from app.core.history import LineHistory
from app.core.history.transition import Record, keys_of_entry, read_lines

HISTORY_GROUP = "history"  # docs/api.md, degraded_groups
LINES_AT_ONCE = 64  # whose keys are made on the event loop: about a millisecond


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One moment of a tenant's history: ledger number `seq`, and the records of the keys asked for.

    `missing_groups` names the groups of evidence that are missing, for a degraded answer. It never
    changes, so it may be read in any thread.
    """

    seq: int
    records: Mapping[str, Record]
    missing_groups: tuple[str, ...] = ()

    def read(self, entry: Entry, at: date) -> tuple[LineHistory, ...]:
        """Return for each line of an entry looked up what is known by the morning of `at`."""
        return read_lines(entry, at, self.records)


@dataclass(frozen=True, slots=True)
class Base:
    """What a projection starts from: ledger number `seq`, and the records of the bundle's snapshot.

    What was never touched since is not in the store; it is still here.
    """

    seq: int
    records: Mapping[str, Record]

    def over(self, keys: Iterable[str], stored: Mapping[str, Record]) -> dict[str, Record]:
        """Return the record of each key known: the stored one, else that of the snapshot."""
        found = {}
        for key in keys:
            record = stored.get(key) or self.records.get(key)
            if record is not None:
                found[key] = record
        return found

    def view(self, keys: Iterable[str], missing_groups: tuple[str, ...] = ()) -> HistoryView:
        """Return the snapshot itself as a view."""
        return HistoryView(self.seq, self.over(keys, {}), missing_groups)


async def keys_of_entries(entries: Sequence[Entry]) -> list[str]:
    """Return the distinct keys of `entries`; for many lines they are made off the event loop."""
    if sum(len(each.lines) for each in entries) <= LINES_AT_ONCE:
        return _keys(entries)
    return await asyncio.to_thread(_keys, entries)


def _keys(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(key for each in entries for key in keys_of_entry(each)))

"""The memory of all parties: read before an entry is decided, moved on by entries and outcomes."""

import json
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from app.core.entry import Entry, EntryLine
from app.core.errors import DataRefused
from app.core.history.identity import HistoryKeys, filer_key, importer_key, keys_of, supplier_key
from app.core.history.line_history import LineHistory, route_signature
from app.core.history.sketch import bit_of
from app.core.history.state import (
    FORMAT,
    HALF_LIVES,
    Deed,
    PartyState,
    with_deed,
    with_outcome,
)


class _Outcome(NamedTuple):
    """Outcomes of one party that became known on one day, not folded into its state yet."""

    day: int
    positives: float
    negatives: float


class _Record(NamedTuple):
    state: PartyState | None
    due: tuple[_Outcome, ...]  # by day


_NOTHING = _Record(None, ())
_EVERYONE = "everyone"  # the key of all outcomes together


class History:
    """What is known of suppliers, importers and filers; deterministic in the order of its facts.

    An outcome known on a day is seen by entries of the next day on; entries observed earlier the
    same day are seen in order. The history moves forward: once an entry of a later day was
    observed of a party, its state holds what was known then, and an entry of an earlier day reads
    that. Callers keep out drafts and resubmissions (only first filings count), and dates that lie
    ahead of today.

    `seq` is the ledger number of the last fact applied, `as_of` the latest day of any, `tenant`
    whose memory it is (None: a seed for every tenant).
    """

    def __init__(self, tenant: str | None = None) -> None:
        """Start with no party known."""
        self.seq = 0
        self.as_of: date | None = None
        self.tenant = tenant
        self._shared: Mapping[str, _Record] = {}  # never written: forks may hold it too
        self._own: dict[str, _Record] = {}

    def __len__(self) -> int:
        """Return the number of parties known."""
        return len((self._shared.keys() | self._own.keys()) - {_EVERYONE})

    def keys(self, entry: Entry, line: EntryLine) -> HistoryKeys:
        """Return the keys of the parties of `line`."""
        return keys_of(entry, line)

    def party(self, key: str, at: date) -> PartyState | None:
        """Return what is known of one party by the morning of `at`; None if never seen."""
        return self._known(key, at.toordinal())

    def read(self, entry: Entry, at: date) -> tuple[LineHistory, ...]:
        """Return for each line what is known of its parties by `at`; changes nothing."""
        day = at.toordinal()
        importer, filer = importer_key(entry), filer_key(entry)
        importer_state, filer_state = self._known(importer, day), self._known(filer, day)
        everyone = self._known(_EVERYONE, day)
        states: dict[str | None, PartyState | None] = {}
        read = []
        for line in entry.lines:
            supplier = supplier_key(entry, line)
            if supplier not in states:
                states[supplier] = self._known(supplier, day)
            keys = HistoryKeys(supplier, importer, filer)
            read.append(LineHistory(keys, states[supplier], importer_state, filer_state, everyone))
        return tuple(read)

    def observe(self, entry: Entry, at: date, seq: int | None = None) -> None:
        """Remember that `entry` was filed; `seq` is its ledger number, else one more."""
        day = at.toordinal()
        importer, filer = importer_key(entry), filer_key(entry)
        buyer = 0 if importer is None else bit_of(importer)
        deeds: dict[str, Deed] = {}
        for line in entry.lines:
            supplier = supplier_key(entry, line)
            maker = 0 if supplier is None else bit_of(supplier)
            value, goods, origins, routes = _of_line(entry, line)
            for key, partners in ((supplier, buyer), (importer, maker), (filer, buyer)):
                if key is not None:
                    deed = Deed(day, 1, value, goods, origins, routes, partners)
                    deeds[key] = deed if key not in deeds else _together(deeds[key], deed)
        for key, deed in deeds.items():
            state, due = self._folded(key, day)
            self._own[key] = _Record(with_deed(state, deed), due)
        if self._record(_EVERYONE).due:
            self._own[_EVERYONE] = self._folded(_EVERYONE, day)
        self._move_on(at, seq)

    def settle(  # noqa: PLR0913, PLR0917 - an outcome is read aloud in this order everywhere
        self,
        entry: Entry,
        line_numbers: tuple[int, ...] | None,
        positive: bool,
        weight: float,
        known_at: date,
        seq: int | None = None,
    ) -> None:
        """Remember an outcome of `entry` that became known on `known_at`.

        Each line named counts for its supplier, importer and filer. None on an entry of several
        lines is a label of the entry: it counts once for importer and filer, and for a supplier
        only where all lines have the same one. A line number the entry lacks is passed over.
        """
        day = known_at.toordinal()
        suppliers = [
            supplier_key(entry, line)
            for line in entry.lines
            if line_numbers is None or line.line_number in line_numbers
        ]
        if line_numbers is None:
            suppliers = suppliers[:1] if len(set(suppliers)) == 1 else [None]
        importer, filer = importer_key(entry), filer_key(entry)
        for supplier in suppliers:
            for key in (supplier, importer, filer, _EVERYONE):
                if key is not None:
                    state, due = self._record(key)
                    self._own[key] = _Record(state, _with_due(due, day, positive, weight))
        self._move_on(known_at, seq)

    def fork(self, tenant: str | None = None) -> "History":
        """Return a history that starts with all that is known here; writes stay apart.

        With a `tenant`, a seed becomes that tenant's memory and `seq` starts at 0, before the
        first fact of its ledger.
        """
        if self._own:
            self._shared = {**self._shared, **self._own}
            self._own = {}
        child = History(tenant if tenant is not None else self.tenant)
        child.seq = self.seq if tenant == self.tenant or tenant is None else 0
        child.as_of = self.as_of
        child._shared = self._shared
        return child

    def snapshot(self) -> bytes:
        """Return the whole memory as canonical JSON; the same memory is the same bytes."""
        records = {**self._shared, **self._own}
        document = {
            "format": FORMAT,
            "half_lives": HALF_LIVES,
            "tenant": self.tenant,
            "seq": self.seq,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "parties": {
                key: [None if each.state is None else each.state.to_list(), each.due]
                for key, each in records.items()
            },
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def restore(cls, snapshot: bytes) -> "History":
        """Return the memory `snapshot` wrote; raise DataRefused for anything else."""
        try:
            return _from_document(json.loads(snapshot))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataRefused(f"history snapshot: {error}") from error

    def _record(self, key: str) -> _Record:
        found = self._own.get(key)
        return self._shared.get(key, _NOTHING) if found is None else found

    def _folded(self, key: str, day: int) -> _Record:
        state, due = self._record(key)
        if due and due[0].day < day:
            folded = bisect_left(due, (day,))
            for outcome in due[:folded]:
                state = with_outcome(state, *outcome)
            due = due[folded:]
        return _Record(state, due)

    def _known(self, key: str | None, day: int) -> PartyState | None:
        return None if key is None else self._folded(key, day).state

    def _move_on(self, at: date, seq: int | None) -> None:
        self.seq = self.seq + 1 if seq is None else seq
        self.as_of = at if self.as_of is None else max(self.as_of, at)


def _of_line(entry: Entry, line: EntryLine) -> tuple[float, int, int, int]:
    signature = route_signature(entry, line)
    return (
        float(line.entered_value_usd),
        bit_of(line.hts[:4]),
        bit_of(line.origin_country),
        0 if signature is None else bit_of(signature),
    )


def _together(one: Deed, other: Deed) -> Deed:
    return Deed(
        one.day,
        one.lines + other.lines,
        one.value + other.value,
        one.goods | other.goods,
        one.origins | other.origins,
        one.routes | other.routes,
        one.partners | other.partners,
    )


def _with_due(
    due: tuple[_Outcome, ...], day: int, positive: bool, weight: float
) -> tuple[_Outcome, ...]:
    positives, negatives = (weight, 0.0) if positive else (0.0, weight)
    place = bisect_left(due, (day,))
    if place < len(due) and due[place].day == day:
        same = due[place]
        joined = _Outcome(day, same.positives + positives, same.negatives + negatives)
        return (*due[:place], joined, *due[place + 1 :])
    return (*due[:place], _Outcome(day, positives, negatives), *due[place:])


def _from_document(document: Mapping[str, Any]) -> History:
    found = (document["format"], document["half_lives"])
    if found != (FORMAT, HALF_LIVES):
        raise ValueError(f"found format and half-lives {found}, wanted {(FORMAT, HALF_LIVES)}")
    history = History(document["tenant"])
    history.seq = int(document["seq"])
    as_of = document["as_of"]
    history.as_of = None if as_of is None else date.fromisoformat(as_of)
    history._shared = {
        key: _Record(
            None if state is None else PartyState.from_list(state),
            tuple(_Outcome(int(day), float(yes), float(no)) for day, yes, no in due),
        )
        for key, (state, due) in document["parties"].items()
    }
    return history

"""The memory of all keys: read before an entry is decided, moved on by entries and outcomes."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from app.core.entry import Entry, EntryLine
from app.core.errors import DataRefused
from app.core.history.identity import HistoryKeys, keys_of
from app.core.history.line_history import LineHistory
from app.core.history.record import NOTHING, Record
from app.core.history.state import FORMAT, HALF_LIVES, PartyState
from app.core.history.transition import (
    EVERYONE,
    LineNumbers,
    after_filing,
    after_outcome,
    read_lines,
    without_outcome,
)
from app.core.outcomes import OutcomeKind


class _Layers(Mapping[str, Record]):
    """Records by key in two layers: `shared` is never written, for forks may hold it too."""

    def __init__(self, shared: Mapping[str, Record]) -> None:
        self.shared = shared
        self.own: dict[str, Record] = {}

    def __getitem__(self, key: str) -> Record:
        return self.own[key] if key in self.own else self.shared[key]

    def get(self, key: str, default: Record = NOTHING) -> Record:  # type: ignore[override]  # one default type
        found = self.own.get(key)
        return self.shared.get(key, default) if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self.shared.keys() | self.own.keys())

    def __len__(self) -> int:
        return len(self.shared.keys() | self.own.keys())

    def flattened(self) -> Mapping[str, Record]:
        """Return the shared layer after all that is own went into it."""
        if self.own:
            self.shared = {**self.shared, **self.own}
            self.own = {}
        return self.shared


class History:
    """What is known under every key; deterministic in the order of its facts.

    An outcome known on a day is seen by entries of the next day on; entries observed earlier the
    same day are seen in order. The history moves forward: once an entry of a later day was
    observed under a key, its state holds what was known then, and an entry of an earlier day reads
    that. Callers keep out drafts and resubmissions (only first filings count), and dates that lie
    ahead of today.

    `seq` is the ledger number of the last fact applied, `as_of` the latest day of any, `tenant`
    whose memory it is (None: a seed for every tenant).
    """

    def __init__(self, tenant: str | None = None) -> None:
        """Start with nothing known."""
        self.seq = 0
        self.as_of: date | None = None
        self.tenant = tenant
        self._records = _Layers({})

    @classmethod
    def of_records(
        cls,
        records: Iterable[tuple[str, Record]],
        *,
        seq: int = 0,
        as_of: date | None = None,
        tenant: str | None = None,
    ) -> "History":
        """Return the memory that holds `records`."""
        history = cls(tenant)
        history.seq, history.as_of = seq, as_of
        history._records = _Layers(dict(records))
        return history

    def __len__(self) -> int:
        """Return the number of keys known, `everyone` apart."""
        return len(self._records) - (EVERYONE in self._records)

    @property
    def records(self) -> Mapping[str, Record]:
        """All that is known, by key; a view that moves on with the history."""
        return self._records

    def record(self, key: str) -> Record:
        """Return all that is kept under one key, NOTHING if never seen."""
        return self._records.get(key)

    def keys(self, entry: Entry, line: EntryLine) -> HistoryKeys:
        """Return the keys of `line`."""
        return keys_of(entry, line)

    def party(self, key: str, at: date) -> PartyState | None:
        """Return what is known under one key by the morning of `at`; None if never seen."""
        return self._records.get(key).folded(at.toordinal()).state

    def read(self, entry: Entry, at: date) -> tuple[LineHistory, ...]:
        """Return for each line what is known under its keys by `at`; changes nothing."""
        return read_lines(entry, at, self._records)

    def observe(self, entry: Entry, at: date, seq: int | None = None) -> None:
        """Remember that `entry` was filed; `seq` is its ledger number, else one more."""
        self._records.own.update(after_filing(entry, at, self._records))
        self._move_on(at, seq)

    def settle(  # noqa: PLR0913, PLR0917 - an outcome is read aloud in this order everywhere
        self,
        entry: Entry,
        line_numbers: LineNumbers,
        kind: OutcomeKind,
        weight: float,
        known_at: date,
        seq: int | None = None,
    ) -> None:
        """Remember an outcome of `entry` that became known on `known_at` (see after_outcome)."""
        self._records.own.update(
            after_outcome(entry, line_numbers, kind, weight, known_at, self._records)
        )
        self._move_on(known_at, seq)

    def take_back(  # noqa: PLR0913, PLR0917 - the same order as settle
        self,
        entry: Entry,
        line_numbers: LineNumbers,
        kind: OutcomeKind,
        weight: float,
        known_at: date,
        seq: int | None = None,
    ) -> None:
        """Forget an outcome that `settle` was given with the same words: it was corrected."""
        self._records.own.update(
            without_outcome(entry, line_numbers, kind, weight, known_at, self._records)
        )
        self._move_on(known_at, seq)

    def fork(self, tenant: str | None = None) -> "History":
        """Return a history that starts with all that is known here; writes stay apart.

        With a `tenant`, a seed becomes that tenant's memory and `seq` starts at 0, before the
        first fact of its ledger.
        """
        child = History(tenant if tenant is not None else self.tenant)
        child.seq = self.seq if tenant == self.tenant or tenant is None else 0
        child.as_of = self.as_of
        child._records = _Layers(self._records.flattened())
        return child

    def snapshot(self) -> bytes:
        """Return the whole memory as canonical JSON; the same memory is the same bytes.

        Records are packed, in base64, under their keys.
        """
        records = self._records
        document = {
            "format": FORMAT,
            "half_lives": HALF_LIVES,
            "tenant": self.tenant,
            "seq": self.seq,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "records": {key: b64encode(records[key].pack()).decode() for key in records},
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def restore(cls, snapshot: bytes) -> "History":
        """Return the memory `snapshot` wrote; raise DataRefused for anything else."""
        try:
            return _from_document(json.loads(snapshot))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataRefused(f"history snapshot: {error}") from error

    def _move_on(self, at: date, seq: int | None) -> None:
        self.seq = self.seq + 1 if seq is None else seq
        self.as_of = at if self.as_of is None else max(self.as_of, at)


def _from_document(document: Mapping[str, Any]) -> History:
    found = (document["format"], document["half_lives"])
    if found != (FORMAT, HALF_LIVES):
        raise ValueError(f"found format and half-lives {found}, wanted {(FORMAT, HALF_LIVES)}")
    as_of = document["as_of"]
    return History.of_records(
        (
            (key, Record.unpack(b64decode(packed, validate=True)))
            for key, packed in document["records"].items()
        ),
        seq=int(document["seq"]),
        as_of=None if as_of is None else date.fromisoformat(as_of),
        tenant=document["tenant"],
    )

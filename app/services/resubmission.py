"""Watches for goods declared again: what is asked of the ledger before an entry is decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

from app.core.document import Submission, read_submission
from app.core.errors import EntryRiskError
from app.core.index_keys import stopped_key
from app.core.json_text import parse_json
from app.core.policy import Band, FloorKind, strictest
from app.core.records import DecisionRecord, EventKind
from app.core.resubmission import WINDOW_DAYS, differences, shipment_keys
from app.core.resubmitted import EarlierDecision, EarlierLine, MaterialChange, material_changes
from app.services.ports import Clock, Ledger
from app.services.workers import Lane, Workers

MAX_EARLIER: Final = 20  # newest decisions of a bill, container or number; docs/resubmission.md
_BYTES_A_LINE: Final = 400  # of a stored request, to tell how long reading it takes
Changes = tuple[MaterialChange, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """An earlier decision as stored, and the entry that it was on."""

    record: DecisionRecord
    submission: Submission
    keys: tuple[str, ...]
    response: Mapping[str, Any]


class ResubmissionWatch:
    """Finds what an entry changes of decisions in the ledger; it remembers nothing itself."""

    def __init__(self, ledger: Ledger, workers: Workers, clock: Clock) -> None:
        """Hold the collaborators."""
        self._ledger = ledger
        self._workers = workers
        self._clock = clock

    async def changes(
        self, tenant: str, submissions: Sequence[Submission], lane: Lane
    ) -> list[Changes]:
        """Return for each submission what it changes materially of the tenant's decisions.

        One question to the ledger for all of them, another for each decision whose changes may
        have been explained. Raises LedgerUnavailable: without it nothing could be recorded either.
        """
        wanted = [shipment_keys(each.entry) for each in submissions]
        asked = list(dict.fromkeys(key for keys in wanted for key in keys))
        if not asked:
            return [()] * len(submissions)
        records = await self._ledger.find_many(
            tenant,
            [*asked, *map(stopped_key, asked)],
            since=self._clock.now() - timedelta(days=WINDOW_DAYS),
            limit=MAX_EARLIER,
        )
        if not records:
            return [()] * len(submissions)
        lines = sum(len(record.request) for record in records) // _BYTES_A_LINE
        earlier = await self._workers.run_sized(
            lane, lines, lambda: [read for each in records if (read := _read(each)) is not None]
        )
        by_key: dict[str, list[_Read]] = {}
        for each in earlier:
            for key in each.keys:
                by_key.setdefault(key, []).append(each)
        return [
            await self._changes_of(tenant, submission, _sharing(keys, by_key), lane)
            for submission, keys in zip(submissions, wanted, strict=True)
        ]

    async def _changes_of(
        self,
        tenant: str,
        submission: Submission,
        sharing: Sequence[_Read],
        lane: Lane,
    ) -> Changes:
        entry = submission.entry
        lines = len(entry.lines) * len(sharing)
        found = await self._workers.run_sized(
            lane, lines, lambda: [differences(each.submission.entry, entry) for each in sharing]
        )
        if not any(found):
            return ()
        same_goods = [
            each for each, difference in zip(sharing, found, strict=True) if difference is not None
        ]
        decisions = [await self._decision(tenant, each) for each in same_goods]
        return await self._workers.run_sized(
            lane, lines, lambda: material_changes(entry, decisions)
        )

    async def _decision(self, tenant: str, read: _Read) -> EarlierDecision:
        record, response = read.record, read.response
        is_explained = response.get("resubmission") is not None and bool(
            await self._ledger.events(
                tenant, EventKind.EXPLANATION, decision_id=record.decision_id, limit=1
            )
        )
        passing = {FloorKind.DEGRADED.value}
        if is_explained:
            passing.add(FloorKind.RESUBMISSION.value)
        lines = {
            line["line_number"]: EarlierLine(line["score"], Band(line["band"]))
            for line in response["lines"]
        }
        floors = {floor for line in response["lines"] for floor in line["floors"]}
        if floors & passing:
            whole = await self._ledger.decision(tenant, record.decision_id)
            if whole is not None and whole.evidence:
                lines = _lines_without(whole, passing)
        return EarlierDecision(
            decision_id=record.decision_id,
            scored_at=record.scored_at,
            entry=read.submission.entry,
            lines=lines,
            is_explained=is_explained,
        )


def _sharing(keys: Iterable[str], by_key: Mapping[str, Sequence[_Read]]) -> list[_Read]:
    """Return the earlier decisions that have any of `keys`, each once."""
    found = {read.record.decision_id: read for key in keys for read in by_key.get(key, ())}
    return list(found.values())


def _read(record: DecisionRecord) -> _Read | None:
    """Return a decision as read; None for one that was erased or can't be read any more."""
    if not record.request:
        return None
    try:
        submission = read_submission(parse_json(record.request))
    except EntryRiskError:
        return None
    keys = shipment_keys(submission.entry)
    return _Read(record, submission, keys, orjson.loads(record.response))


def _lines_without(record: DecisionRecord, passing: set[str]) -> dict[int, EarlierLine]:
    """Return the lines with the bands they had but for floors of the kinds `passing`."""
    scores = {line["line_number"]: line["score"] for line in orjson.loads(record.response)["lines"]}
    lines = {}
    for line in orjson.loads(record.evidence)["lines"]:
        kept = [Band(band) for kind, band in line["floors"] if kind not in passing]
        number = line["line_number"]
        lines[number] = EarlierLine(scores[number], strictest([Band(line["model_band"]), *kept]))
    return lines

"""A synthetic past served: filed through the use cases, outcomes recorded, and computed offline."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.core.document import Submission, read_submission, submission_document
from app.core.entry import Entry, Intent
from app.core.features import Encoder, line_facts
from app.core.history import History, line_history_from_json
from app.core.json_text import parse_json
from app.core.mapping import load_mapping
from app.core.outcomes import effects_of
from app.core.records import DecisionRecord, Filing, LedgerFact, OutcomeRecord
from app.services.assessed import Explain
from app.services.desk import Asked
from app.services.outcomes import OutcomeService
from app.services.ports import Ledger
from tests.desks import CALLER, TENANT, Bench, parsed, reference, screener
from tests.small_world import silent
from training.ingest import day_of, ingest
from training.synthetic import Plan, make_world

TOLERANCE = 1e-9  # acceptance 1 of the issue on history; on one machine the difference is 0
MOST_AT_ONCE = 40
CORRECTED_SHARE = 0.15
OTHER_CODES = ("examined_clear", "seized", "document_check_nexus", "withdrawn_before_arrival")


@dataclass(frozen=True)
class Past:
    """Entries in the order of their days, and outcomes in the order they became known."""

    entries: Sequence[Entry]
    outcomes: Sequence[dict[str, Any]]


def make_past(folder: Path, entries: int, seed: int = 11) -> Past:
    """Return the past of a rich synthetic world of late outcomes."""
    world = make_world(Plan(entries=entries, seed=seed, nexus_share=0.06))
    pq.write_table(world.lines, folder / "lines.parquet")
    rows = ingest(folder / "lines.parquet", load_mapping("canonical"), silent()).rows
    found = sorted((row.entry for row in rows), key=day_of)
    return Past(found, world.outcomes.to_pylist())


@dataclass
class Progress:
    """How far a past was served: what a later process needs to go on as if it had not ended."""

    chance: random.Random
    entries: int = 0
    told: int = 0  # outcomes of the past that became known
    corrections: list[dict[str, Any]] = field(default_factory=list)
    outcomes: int = 0


def beginning(seed: int = 5) -> Progress:
    """Return the progress of a past of which nothing was served."""
    return Progress(random.Random(seed))  # noqa: S311  # a repeatable past


@dataclass
class Served:
    """A bench that serves a past, chunk by chunk, each as large as chance has it."""

    at: Bench
    past: Past
    progress: Progress = field(default_factory=beginning)
    filed: set[str] = field(init=False)

    def __post_init__(self) -> None:
        """Take the entries before as filed."""
        before = self.past.entries[: self.progress.entries]
        self.filed = {str(each.entry_number) for each in before}

    async def run(self) -> AsyncIterator[tuple[DecisionRecord, ...]]:
        """File all entries left and record all outcomes; yield what was decided, by chunks."""
        now = self.progress
        while chunk := self.past.entries[now.entries :][: now.chance.randint(1, MOST_AT_ONCE)]:
            self._move_to(day_of(chunk[-1]))
            if now.chance.random() < 0.5:  # else history lags behind by what was just filed
                await self.at.settled()
            decided = await self._file(chunk)
            now.entries += len(chunk)
            known = []
            outcomes = self.past.outcomes
            while now.told < len(outcomes) and outcomes[now.told]["known_at"] <= day_of(chunk[-1]):
                known.append(outcomes[now.told])
                now.told += 1
            await self._record(known)
            yield decided

    def _move_to(self, day: date) -> None:
        self.at.clock.moment = datetime.combine(day, time(20), UTC)

    async def _file(self, entries: Sequence[Entry]) -> tuple[DecisionRecord, ...]:
        documents = [submission_document(Submission(each, Intent.FILED)) for each in entries]
        asked = Asked(CALLER, Explain.NONE)
        if len(documents) == 1:
            answer = await self.at.scoring.score(asked, documents[0])
        else:
            answer = await self.at.batch.score(asked, {"entries": documents})
        assert len(answer.records) == len(entries), answer.body[:500]
        self.filed.update(str(each.entry_number) for each in entries)
        return answer.records

    async def _record(self, known: Sequence[dict[str, Any]]) -> None:
        now = self.progress
        told = [claim for each in known if (claim := _claim(each))["entry_number"] in self.filed]
        now.chance.shuffle(now.corrections)
        told += [now.corrections.pop() for _ in range(len(now.corrections) // 2)]
        if not told:
            return
        service = OutcomeService(self.at.desk, self.at.models)
        answer = parsed(await service.record(Asked(CALLER), {"outcomes": told}))
        for recorded, claim in zip(answer["outcomes"], told, strict=True):
            now.outcomes += 1
            if now.chance.random() < CORRECTED_SHARE:
                now.corrections.append(_correction(claim, recorded["outcome_id"], now.chance))


def _claim(row: dict[str, Any]) -> dict[str, Any]:
    numbers = [int(each) for each in (row["line_numbers"] or "").split("|") if each]
    return {
        "entry_number": row["entry_number"],
        "line_numbers": numbers or None,
        "code": row["code"],
        "source": row["source"],
        "event_at": row["event_at"].isoformat(),
        "known_at": row["known_at"].isoformat(),
    }


def _correction(claim: dict[str, Any], outcome_id: str, chance: random.Random) -> dict[str, Any]:
    code = chance.choice(OTHER_CODES)
    source = "review" if code.startswith("document_check") else "government"
    return claim | {"code": code, "source": source, "corrects": outcome_id}


class Offline:
    """The same past computed from the ledger's facts alone, by a history in memory."""

    def __init__(self, ledger: Ledger, encoder: Encoder) -> None:
        self.history = History(TENANT)
        self.lines = 0
        self._encoder = encoder
        self._ledger = ledger

    def check(self, record: DecisionRecord) -> None:
        """Hold a decision to the history of its `history_seq`, and to the state it stored."""
        self._move_to(record.history_seq)
        evidence = orjson.loads(record.evidence)
        entry = read_submission(parse_json(record.request)).entry
        at = date.fromisoformat(evidence["at"])
        read = self.history.read(entry, at)
        stored = np.array([each["row"] for each in evidence["lines"]], dtype=np.float64)
        kept = [each["history"] for each in evidence["lines"]]
        replayed = tuple(map(line_history_from_json, kept))
        assert replayed == read  # so what follows holds for what was read offline, too
        hits = screener().screen(entry, at)
        rows = self._encoder.encode(line_facts(entry, replayed, hits, reference(), at))
        assert_near(rows, stored)
        assert np.array_equal(rows, stored, equal_nan=True)  # bit for bit, on one machine
        self.lines += len(kept)

    def _move_to(self, seq: int) -> None:
        assert seq >= self.history.seq  # what is read never goes back
        if seq == self.history.seq:
            return
        for fact in self._ledger.facts(TENANT, self.history.seq):
            if fact.seq > seq:
                break
            self._apply(fact)
        assert self.history.seq == seq, "a decision names a fact that the ledger lacks"

    def _apply(self, fact: LedgerFact) -> None:
        filing = fact if isinstance(fact, Filing) else fact.filing
        entry = read_submission(parse_json(filing.request)).entry
        filed_on = filing.scored_at.date()
        on = min(entry.moment or filed_on, filed_on)
        if isinstance(fact, Filing):
            self.history.observe(entry, on, fact.seq)
            return
        if fact.corrected is not None:
            self._settle(self.history.take_back, entry, fact.corrected, on)
        self._settle(self.history.settle, entry, fact.outcome, on)
        self.history.seq = fact.seq

    def _settle(self, move_on: Any, entry: Entry, outcome: OutcomeRecord, on: date) -> None:
        for kind, weight in effects_of(outcome.code):
            known_at = max(outcome.known_at, on)
            move_on(entry, outcome.line_numbers, kind, weight, known_at, self.history.seq)


def assert_near(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> None:
    """Hold all features of all lines equal within the tolerance; unknown is equal to unknown."""
    assert found.shape == wanted.shape
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    known = ~np.isnan(wanted)
    assert np.all(np.abs(found[known] - wanted[known]) <= TOLERANCE)

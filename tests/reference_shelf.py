"""A shelf of reference versions over small made-up packs, and lists to import."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from app.adapters.reference_store import ReferenceStore
from app.core.entry import Intent
from app.core.outcome_document import outcome_of
from app.core.records import DecisionRecord, EventKind, EventRecord, Filing, OutcomeRecord
from app.core.reference.versions import StagedImport
from app.core.rehearsal import Cut
from app.services.callers import Caller
from app.services.references import References
from app.services.rehearsals import Rehearsals
from tests.desks import Bench, bench
from tests.fakes import MemoryLedger
from tests.reference_packs import row, write_pack

MOMENT = datetime(2026, 11, 24, 2, 31, 7, tzinfo=UTC)
AS_OF = date(2026, 11, 20)
COTTON = "Made Up Cotton Co., Ltd."
CAMEL = row(
    "entities",
    entity_id="uflpa-camel-group",
    list="UFLPA",
    name="Camel Group Co., Ltd.",
    effective_from="2023-08-02",
)


def uflpa(*rows: tuple[str, str]) -> bytes:
    """Return the UFLPA list as a CSV of names and dates; Camel Group is on it always."""
    lines = [("Camel Group Co., Ltd.", "August 2, 2023"), *rows]
    body = "".join(f'"{name}","{day}"\n' for name, day in lines)
    return f"Entity Name,Effective Date\n{body}".encode()


LIST = uflpa((COTTON, "March 1, 2026"))


def shelf(folder: Path) -> ReferenceStore:
    """Return a shelf in `folder` that begins with a pack of Camel Group alone."""
    first = folder / "first"
    if not first.is_dir():
        write_pack(first, entities=[CAMEL])
    return ReferenceStore(folder / "reference", first)


def staged(store: ReferenceStore, data: bytes = LIST, as_of: date = AS_OF) -> StagedImport:
    """Return a list that was staged on top of what is live."""
    return store.stage("uflpa", data, as_of=as_of, by="K1", now=MOMENT)[0]


class MemoryOpen:
    """What is open of a ledger in memory."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def newest_filings(self, tenant: str, cut: Cut) -> list[Filing]:
        newest: dict[str, tuple[int, int, DecisionRecord]] = {}
        for seq, each in enumerate(self._ledger.kept, start=1):
            if not isinstance(each, DecisionRecord) or each.tenant != tenant:
                continue
            if each.intent is Intent.FILED and _within(each, cut):
                key = each.entry_number or each.decision_id
                found = (each.revision, seq, each)
                newest[key] = max(newest.get(key, found), found, key=lambda one: one[:2])
        kept = sorted((seq, each) for _, seq, each in newest.values())
        return [
            Filing(seq, tenant, each.decision_id, each.request, each.scored_at)
            for seq, each in kept
        ]

    def standing_outcomes(self, tenant: str, cut: Cut) -> list[OutcomeRecord]:
        events = [
            each
            for each in self._ledger.kept
            if isinstance(each, EventRecord)
            and (each.tenant, each.kind) == (tenant, EventKind.OUTCOME)
            and cut.since <= each.recorded_at <= cut.until
        ]
        corrected = {each.corrects for each in events}
        return [
            outcome_of(tenant, each.document) for each in events if each.subject not in corrected
        ]


def _within(record: DecisionRecord, cut: Cut) -> bool:
    late = cut.late is not None and (
        record.scored_at <= cut.late.until and record.reference_digest != cut.late.reference_digest
    )
    return record.scored_at >= cut.since and (record.scored_at <= cut.until or late)


ADMIN = Caller("acme", "K9")


@dataclass
class Library:
    """A desk whose lists come from a shelf."""

    at: Bench
    store: ReferenceStore
    references: References

    async def start(self) -> None:
        """Serve what is live."""
        await self.references.follow()
        await self.at.models.reload()


@contextmanager
def library(folder: Path, ledger: MemoryLedger | None = None) -> Iterator[Library]:
    """Give a library over a shelf in `folder` (call `await it.start()` first)."""
    with bench(ledger=ledger) as at:
        store = shelf(folder)
        rehearsals = Rehearsals(MemoryOpen(at.ledger))
        references = References(store, rehearsals, at.models, at.ledger, at.clock)
        yield Library(at, store, references)

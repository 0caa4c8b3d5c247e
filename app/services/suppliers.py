"""What is known of a supplier, found by its name or by its key, as of now or of a day."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.core.document import Submission, read_submission
from app.core.entry import Entry, EntryLine, Intent, Party
from app.core.errors import EntryRiskError, NotFound
from app.core.history import fold_name
from app.core.index_keys import name_key
from app.core.json_text import parse_json
from app.core.records import DecisionRecord, LedgerFact, OutcomeFact, OutcomeRecord
from app.core.screening import Hit, Screener
from app.core.suppliers import (
    Supplied,
    spellings_of,
    supplied_lines,
    supplier_keys,
    supplier_of,
)
from app.services.histories import HISTORY_GROUP
from app.services.models import Serving
from app.services.ports import Ledger
from app.services.projection import move_of, observed_on
from app.services.supplier_document import SupplierFile, party_document, supplier_document
from app.services.supplier_history import KnownState, day_of, state_now, state_on
from app.services.workers import Lane, Workers

MAX_FACTS: Final = 5000  # newest filings and outcomes of a supplier read; docs/suppliers.md
MAX_DECISIONS: Final = 100  # newest decisions, drafts too, that are looked through
MAX_SPELLINGS: Final = 50


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the ledger has of one supplier up to a day."""

    facts: Sequence[LedgerFact]
    filed: Sequence[Supplied]
    drafted: Sequence[Supplied]
    outcomes: Sequence[OutcomeRecord]
    is_complete: bool

    @property
    def all(self) -> list[Supplied]:
        """Filings and drafts."""
        return [*self.filed, *self.drafted]


class Suppliers:
    """The use cases behind /v1/suppliers and the console's supplier page."""

    def __init__(self, ledger: Ledger, workers: Workers) -> None:
        """Read `ledger`; entries are parsed in the thread of batches, so that no score waits."""
        self._ledger = ledger
        self._workers = workers

    async def search(self, tenant: str, name: str, country: str | None = None) -> dict[str, Any]:
        """Return the tenant's suppliers of that name, the last seen first.

        Names are compared as history folds them; the newest 100 decisions with the name, drafts
        too, are looked through.
        """
        records = await self._ledger.find_many(tenant, [name_key(name)], limit=MAX_DECISIONS)
        found = await self._workers.run(Lane.BATCH, lambda: _named(records, name, country))
        return {"suppliers": found}

    async def show(
        self, tenant: str, key: str, serving: Serving, today: date, at: date | None = None
    ) -> dict[str, Any]:
        """Return what is known of the supplier today, or as it was at the end of the day `at`.

        Raises NotFound for a key that none of the tenant's decisions up to that day has.
        """
        day = at or today
        records = await self._ledger.find_many(tenant, [key], limit=MAX_DECISIONS)
        seen = await self._workers.run(
            Lane.BATCH, lambda: _seen(self._ledger, tenant, key, records, day)
        )
        if not seen.all:
            raise NotFound("No supplier of that key is in your entries up to that day.")
        if at is None:
            entry = seen.all[-1].entry
            known = await state_now(serving.histories, tenant, key, entry, day)
        elif seen.is_complete:
            base = serving.histories.base(tenant)
            known = await self._workers.run(
                Lane.BATCH, lambda: state_on(base, key, seen.facts, day)
            )
        else:
            known = KnownState(0, None, (HISTORY_GROUP,))
        return await self._workers.run(
            Lane.BATCH, lambda: _shown(key, day, seen, known, serving.screener)
        )


def _shown(
    key: str, day: date, seen: _Seen, known: KnownState, screener: Screener
) -> dict[str, Any]:
    return supplier_document(
        SupplierFile(
            key=key,
            at=day,
            history_seq=known.seq,
            state=known.state,
            missing_groups=known.missing_groups,
            supplied=seen.filed,
            spellings=spellings_of(seen.all, MAX_SPELLINGS),
            drafts=len(seen.drafted),
            outcomes=seen.outcomes,
            hits=_screened(seen.all, screener, day),
            is_complete=seen.is_complete,
        )
    )


def _seen(
    ledger: Ledger, tenant: str, key: str, records: Sequence[DecisionRecord], day: date
) -> _Seen:
    counted = 0
    facts: deque[LedgerFact] = deque(maxlen=MAX_FACTS)
    for fact in ledger.facts_of(tenant, key):
        if day_of(fact) <= day:
            counted += 1
            facts.append(fact)
    moves = [move_of(fact) for fact in facts]
    filed = [
        Supplied(move.on, move.entry, supplied_lines(move.entry, key))
        for move in moves
        if move.outcome is None
    ]
    told = [fact for fact in facts if isinstance(fact, OutcomeFact)]
    return _Seen(
        facts=tuple(facts),
        filed=filed,
        drafted=_drafted(records, key, day),
        outcomes=_outcomes(told, key),
        is_complete=counted <= MAX_FACTS,
    )


def _drafted(records: Sequence[DecisionRecord], key: str, day: date) -> list[Supplied]:
    drafted = []
    for record in records:
        submission = _read(record)
        if submission is None or submission.intent is not Intent.DRAFT:
            continue
        entry = submission.entry
        if record.scored_at.date() <= day:
            on = observed_on(entry, record.scored_at)
            drafted.append(Supplied(on, entry, supplied_lines(entry, key)))
    return drafted


def _read(record: DecisionRecord) -> Submission | None:
    """Return the entry of a decision; None where it was erased or can't be read any more."""
    try:
        return read_submission(parse_json(record.request))
    except EntryRiskError:
        return None


def _outcomes(told: Sequence[OutcomeFact], key: str) -> list[OutcomeRecord]:
    """Return the outcomes of lines of the supplier, without those that were corrected."""
    corrected = {fact.outcome.corrects for fact in told}
    kept = []
    for fact in told:
        outcome = fact.outcome
        own = {line.line_number for line in supplied_lines(move_of(fact).entry, key)}
        named = outcome.line_numbers
        if outcome.outcome_id not in corrected and (named is None or own & set(named)):
            kept.append(outcome)
    return kept


def _screened(supplied: Sequence[Supplied], screener: Screener, day: date) -> tuple[Hit, ...]:
    """Return the hits of the newest spellings with their goods, each entry of a list once."""
    lines: dict[tuple[Party, str, str], EntryLine] = {}
    for each in reversed(supplied):
        for line in each.lines:
            party = supplier_of(line) or Party()
            key = (party, line.hts[:6], line.origin_country)
            if len(lines) < MAX_SPELLINGS:
                lines.setdefault(key, _alone(line, party, len(lines) + 1))
    hits = screener.screen(Entry(lines=tuple(lines.values())), day)
    return tuple({(hit.entity_id, hit.list): hit for hit in reversed(hits)}.values())[::-1]


def _alone(line: EntryLine, party: Party, number: int) -> EntryLine:
    return EntryLine(
        line_number=number,
        hts=line.hts,
        origin_country=line.origin_country,
        entered_value_usd=line.entered_value_usd,
        manufacturer=party,
    )


def _named(
    records: Sequence[DecisionRecord], name: str, country: str | None
) -> list[dict[str, Any]]:
    folded, found = fold_name(name), dict[str, dict[str, Any]]()
    for record in records:  # the newest first, so the first spelling met is the last used
        submission = _read(record)
        if submission is None:
            continue
        entry = submission.entry
        on = observed_on(entry, record.scored_at).isoformat()
        met = set()
        for line, key in zip(entry.lines, supplier_keys(entry), strict=True):
            party = supplier_of(line)
            if key is None or party is None or party.name is None:
                continue
            shown = party_document(party)
            if fold_name(party.name) != folded or country not in {None, shown["country"]}:
                continue
            new = {"key": key, **shown, "decisions": 0, "lines": 0, "last_seen": on}
            item = found.setdefault(key, new)
            item["lines"] += 1
            item["last_seen"] = max(item["last_seen"], on)
            met.add(key)
        for key in met:
            found[key]["decisions"] += 1
    return sorted(found.values(), key=lambda item: (item["last_seen"], item["key"]), reverse=True)

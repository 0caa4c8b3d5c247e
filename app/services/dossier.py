"""What to do about a decision: documents, clocks, an index to fill, letters, what would help."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.core.clocks import DueDate, KnownDates, due_dates
from app.core.counterfactuals import Advice, advise, lines_told, proposals_of
from app.core.policy import Band
from app.core.records import DecisionRecord
from app.core.remedies import (
    Cause,
    Demand,
    FilledRow,
    IndexRow,
    Letter,
    Missing,
    Remedies,
    check_index,
    demands_of,
    index_of,
    letters_of,
    load_remedies,
)
from app.services.desk import Desk
from app.services.rescoring import rescorer_of, scores_now
from app.services.stored import StoredDecision, causes_of, read_stored
from app.services.workers import Lane

# Clocks by whose end the importer's documents must be with CBP.
ANSWERS = frozenset({"UFLPA_RESPONSE", "CAATSA_EVIDENCE", "WRO_PROOF"})


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that follows from one stored decision."""

    stored: StoredDecision
    causes: tuple[Cause, ...]
    demands: tuple[Demand, ...]
    clocks: tuple[DueDate, ...]
    index: tuple[IndexRow, ...]
    letters: tuple[Letter, ...]
    advice: Advice


class DossierService:
    """The use case behind GET /v1/decisions/{id}/evidence."""

    def __init__(self, desk: Desk, remedies: Remedies | None = None) -> None:
        """Work at `desk`; `remedies` None are those shipped."""
        self._desk = desk
        self._remedies = remedies or load_remedies()

    async def dossier(self, tenant: str, decision_id: str, known: KnownDates) -> Dossier:
        """Return what to do about the tenant's decision.

        Days in `known` start their clocks; without an arrival day that of the entry is taken.
        Raises NotFound for any other tenant's decision, or one whose entry was erased.
        """
        record = await self._desk.decision(tenant, decision_id)
        # many small predictions and long lists: never in the way of single scores
        return await self._desk.workers.run(Lane.BATCH, lambda: self._dossier(record, known))

    async def missing(
        self,
        tenant: str,
        decision_id: str,
        filled: Sequence[FilledRow],
        reviews: Collection[str] | None,
    ) -> tuple[Missing, ...]:
        """Return exactly what a filled index of the tenant's decision lacks; raises NotFound."""
        record = await self._desk.decision(tenant, decision_id)

        def work() -> tuple[Missing, ...]:
            stored = read_stored(record)
            _, index = self._wanted(stored, causes_of(stored))
            return check_index(index, filled, reviews)

        return await self._desk.workers.run(Lane.BATCH, work)

    def _dossier(self, record: DecisionRecord, known: KnownDates) -> Dossier:
        stored = read_stored(record)
        causes = causes_of(stored)
        demands, index = self._wanted(stored, causes)
        entry = stored.submission.entry
        if known.arrived_on is None:
            known = replace(known, arrived_on=entry.arrival_date)
        clocks = due_dates(known, {each.regime for each in demands if each.regime})
        wanted_by = _wanted_by(clocks, record.scored_at.date())
        return Dossier(
            stored=stored,
            causes=causes,
            demands=demands,
            clocks=clocks,
            index=index,
            letters=letters_of(entry, demands, wanted_by),
            advice=self._advice(stored),
        )

    def _wanted(
        self, stored: StoredDecision, causes: Sequence[Cause]
    ) -> tuple[tuple[Demand, ...], tuple[IndexRow, ...]]:
        hts_of = {line.line_number: str(line.hts) for line in stored.submission.entry.lines}
        demands = demands_of(causes, hts_of, self._remedies)
        return demands, index_of(demands)

    def _advice(self, stored: StoredDecision) -> Advice:
        entry = stored.submission.entry
        if stored.band is Band.RELEASE:
            return advise(entry, (), (), None)
        now = lines_told(scores_now(stored))
        numbers = [each.line_number for each in now]
        if not self._desk.models.is_loaded:
            return advise(entry, now, proposals_of(entry, numbers), None)
        serving = self._desk.models.serving
        bundle = serving.bundle
        treatment = bundle.schema.treatment_attributes
        proposals = proposals_of(entry, numbers, bundle.lanes, treatment)
        return advise(entry, now, proposals, rescorer_of(stored, serving, numbers))


def _wanted_by(clocks: Sequence[DueDate], today: date) -> date | None:
    """Return the first day by which CBP must have an answer, if it is still to come."""
    due = [each.due_on for each in clocks if each.clock.code in ANSWERS and each.due_on]
    first = min(due, default=None)
    return first if first is not None and first > today else None

"""A person explains why goods were declared otherwise; the floor is lifted, nothing overwritten."""

from typing import Any

import orjson

from app.core.canonical import canonical_json
from app.core.errors import Conflict, NotFound
from app.core.explanation import read_explanation
from app.core.records import DecisionRecord, EventKind, EventRecord, KeptEvent
from app.services.answer import moment_text
from app.services.callers import Caller
from app.services.ports import Clock, Ledger


class Explanations:
    """The use cases behind /v1/decisions/{id}/explanations."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        """Keep explanations in `ledger`."""
        self._ledger = ledger
        self._clock = clock

    async def explain(self, caller: Caller, decision_id: str, document: object) -> dict[str, Any]:
        """Record why a decision's goods were declared otherwise, and return it as it is kept.

        The same explanation again is the one that is kept. Raises NotFound for a decision that is
        not the tenant's, Conflict where nothing is held against it or it was explained otherwise,
        InvalidExplanation, and LedgerUnavailable.
        """
        record = await self._decision(caller.tenant, decision_id)
        held = orjson.loads(record.response).get("resubmission") if record.response else None
        if held is None:
            raise Conflict("No earlier decision is held against this one: nothing to explain.")
        given = read_explanation(document)
        event = EventRecord(
            kind=EventKind.EXPLANATION,
            subject=decision_id,
            tenant=caller.tenant,
            recorded_at=self._clock.now(),
            document=canonical_json(
                {
                    "decision_id": decision_id,
                    "kind": given.kind.value,
                    "reason": given.reason,
                    "recorded_by": caller.key_id,
                    "of": held["of"],
                    "changed": held["changed"],
                }
            ),
            decision_id=decision_id,
            entry_number=record.entry_number,
        )
        await self._ledger.append_event(event)
        (kept,) = await self._kept(caller.tenant, decision_id)
        return kept

    async def given(self, tenant: str, decision_id: str) -> list[dict[str, Any]]:
        """Return what was explained of the tenant's decision, oldest first; NotFound for others."""
        await self._decision(tenant, decision_id)
        return await self._kept(tenant, decision_id)

    async def _kept(self, tenant: str, decision_id: str) -> list[dict[str, Any]]:
        found = await self._ledger.events(tenant, EventKind.EXPLANATION, decision_id=decision_id)
        return [_document(each) for each in found if each.event.document]

    async def _decision(self, tenant: str, decision_id: str) -> DecisionRecord:
        found = await self._ledger.decision(tenant, decision_id)
        if found is None:
            raise NotFound("No decision of that id is yours.")
        return found


def _document(kept: KeptEvent) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(kept.event.document)
    return {**document, "recorded_at": moment_text(kept.event.recorded_at)}

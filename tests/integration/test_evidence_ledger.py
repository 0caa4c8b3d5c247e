"""Evidence over a ledger on disk is that of the decision as it was made."""

import asyncio
from dataclasses import replace

import orjson

from app.adapters.ledger_sql import open_ledger
from app.core.clocks import KnownDates
from app.services.dossier import DossierService
from app.services.dossier_document import dossier_document
from tests.desks import HOLDING, LISTED, TENANT, bench, entry, line, with_policy
from tests.ledger_records import clock


def test_evidence_is_the_same_on_either_ledger(ledger_url: str) -> None:
    hair = line(hts="6703000000", manufacturer={"name": LISTED, "country": "CN"})
    document = entry(line(), hair, arrival_date="2026-11-16")

    async def told() -> None:
        with bench(with_policy(HOLDING)) as at:
            await at.models.reload()
            decision_id = (await at.score(document))["decision_id"]
            in_memory = await DossierService(at.desk).dossier(TENANT, decision_id, KnownDates())
            ledger = open_ledger(ledger_url, now=clock())
            try:
                await ledger.append([at.ledger.records[-1]])
                desk = replace(at.desk, ledger=ledger)
                on_disk = await DossierService(desk).dossier(TENANT, decision_id, KnownDates())
            finally:
                await ledger.close()
            assert orjson.dumps(dossier_document(on_disk)) == orjson.dumps(
                dossier_document(in_memory)
            )
            assert on_disk.index

    asyncio.run(told())

"""The application over a bench, spoken to in this process: for tests of API and console."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.adapters.local_rates import LocalRates
from app.adapters.reference_store import ReferenceStore
from app.api.limits import BodyLimit
from app.api.problems import problem_bytes
from app.api.state import Entrance, State
from app.core.access import Scope
from app.core.model.bundle import Bundle
from app.core.rates import RatePolicy
from app.main import assemble, body_limits
from app.services.accounts import Accounts
from app.services.admission import Admission, Pool, Room, rooms
from app.services.histories import HistoryMode
from app.services.outcomes import OutcomeService
from app.services.rates import Rates
from app.services.references import References
from app.services.rehearsals import Rehearsals
from app.settings import read_settings
from app.telemetry import Telemetry
from app.wiring.entrance import rate_policies
from tests.desks import TENANT, Bench, bench, keys_of
from tests.fakes import DictKeys, ListAudit, MemoryLedger
from tests.job_desks import JobDesk
from tests.people import DictPeople, PlainPasswords
from tests.proofs import receipts_at, replays_at
from tests.reference_shelf import MemoryOpen

ALL = "key-for-all"
WRITES = "key-that-writes"
READS = "key-that-reads"
TELLS = "key-that-tells-outcomes"
STRANGER = "key-of-another-tenant"


@dataclass
class Spoken:
    """A client of the application and the bench under it."""

    client: TestClient
    at: Bench
    keys: DictKeys
    people: DictPeople
    jobs: JobDesk
    audit: ListAudit

    def post(self, path: str, document: Any = None, key: str = ALL, **how: Any) -> Any:
        """Send a document as JSON; `content` and `headers` may be given instead."""
        headers = {"Authorization": f"Bearer {key}"} | how.pop("headers", {})
        if "content" in how:
            headers = {"Content-Type": "application/json"} | headers
            return self.client.post(path, headers=headers, **how)
        return self.client.post(path, json=document, headers=headers, **how)

    def score(self, document: Any = None, **how: Any) -> Any:
        """Score one entry."""
        return self.post("/v1/score", document, **how)

    def get(self, path: str, key: str | None = ALL, **how: Any) -> Any:
        """Get a path, with a key unless None."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return self.client.get(path, headers=headers, **how)


def made_up_keys() -> DictKeys:
    """Return keys of one tenant with all, one and the other scope, and another tenant's."""
    keys = DictKeys()
    both = keys_of(Scope.SCORE_WRITE, Scope.DECISION_READ, Scope.OUTCOME_WRITE)
    keys.create(TENANT, "all", both, secret=ALL)
    keys.create(TENANT, "writes", keys_of(Scope.SCORE_WRITE), secret=WRITES)
    keys.create(TENANT, "reads", keys_of(Scope.DECISION_READ), secret=READS)
    keys.create(TENANT, "tells", keys_of(Scope.OUTCOME_WRITE), secret=TELLS)
    keys.create("other", "all", both, secret=STRANGER)
    return keys


@contextmanager
def spoken(
    bundle: Bundle | None = None,
    *,
    mode: HistoryMode = HistoryMode.LIVE,
    ledger: MemoryLedger | None = None,
    limits: Mapping[str, BodyLimit] | None = None,
    is_loaded: bool = True,
    tables: Path | None = None,
    places: Mapping[Pool, Room] | None = None,
    policies: Mapping[str, RatePolicy] | None = None,
) -> Iterator[Spoken]:
    """Give a client of a running application; its first reference is in `tables`, else shipped."""
    keys, people, audit = made_up_keys(), DictPeople(), ListAudit()
    with (
        tempfile.TemporaryDirectory() as folder,
        bench(bundle, mode=mode, ledger=ledger, render=problem_bytes) as at,
    ):
        rehearsals = Rehearsals(MemoryOpen(at.ledger))
        store = ReferenceStore(Path(folder), tables)
        references = References(store, rehearsals, at.models, at.ledger, at.clock)
        state = State(
            scoring=at.scoring,
            batch=at.batch,
            desk=at.desk,
            models=at.models,
            outcomes=OutcomeService(at.desk, at.models),
            references=references,
            receipts=receipts_at(at),
            replays=replays_at(at, store),
            keys=keys,
            audit=audit,
            accounts=Accounts(people, PlainPasswords(), at.clock, key=b"k" * 32),
            oidc=None,
            status=at.status,
            telemetry=Telemetry(at.models, "0.0.0"),
        )

        entrance = Entrance(
            admission=Admission(places or rooms()),
            rates=Rates(policies or rate_policies(read_settings()), LocalRates()),
        )

        jobs = JobDesk(Path(folder), at)

        @asynccontextmanager
        async def lifespan(_app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
            await references.follow()
            if is_loaded:
                await at.models.reload()
            yield {**state, **jobs.state, **entrance}

        app = assemble(lifespan, limits or body_limits(read_settings()))
        with closing(jobs), TestClient(app) as client:
            yield Spoken(client, at, keys, people, jobs, audit)

"""A scoring desk over fakes and a real tiny bundle: for tests of use cases, API and console."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from app.adapters.memory_history import MemoryHistoryStore
from app.core.access import Scope
from app.core.canonical import digest
from app.core.entry import Entry
from app.core.model.bundle import Bundle, load_bundle
from app.core.reasons import default_reason_map
from app.core.records import IdempotencyClaim
from app.core.reference import load_reference
from app.core.screening import Screener
from app.services.assessed import Explain
from app.services.assessment import Assessor
from app.services.batch import BATCH_ROUTE, BatchService, RenderProblem
from app.services.callers import Caller
from app.services.desk import Answer, Asked, Desk, ExplorationKey
from app.services.histories import PATIENCE_S, HistoryMode, HistoryView
from app.services.models import Models
from app.services.ports import HistoryStore
from app.services.scoring import SCORE_ROUTE, ScoringService
from app.services.status import Status
from app.services.timekeeping import Timekeeper
from app.services.workers import Workers
from tests.bundles import tiny_bundle, tiny_contents, trusting
from tests.fakes import CountedIds, DictCache, HandBundles, HandClock, MemoryLedger

TENANT = "acme"
CALLER = Caller(TENANT, "K1")
NUMBERS = ("B76-0324527-8", "B76-0324528-6", "B76-0324529-4")
LISTED = "Hetian Haolin Hair Accessories Co., Ltd."  # on a WRO of 2020 and the UFLPA list

reference = cache(load_reference)


@cache
def screener() -> Screener:
    """Return a screener over the shipped tables."""
    return Screener(reference())


@cache
def served_bundle() -> Bundle:
    """Return a real tiny bundle whose reasons are those of the catalogue."""
    names = tiny_contents().schema.names
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made = tiny_bundle(root, reason_map=default_reason_map(names))
        return load_bundle(made, trusted=trusting(root), canary=False)


def changed(bundle: Bundle, version: str, **contents: Any) -> Bundle:
    """Return another bundle: `contents` replace parts, version and digest are its own."""
    return replace(
        bundle,
        version=version,
        digest=digest(version.encode()),
        contents=replace(bundle.contents, **contents),
    )


def with_policy(policy: Mapping[str, Any], version: str = "2026-04-01-aaaaaa") -> Bundle:
    """Return the tiny bundle with another baseline policy."""
    return changed(served_bundle(), version, baseline_policy=dict(policy))


RELEASING: dict[str, Any] = {"review_at": 1001, "hold_at": 1001}
HOLDING: dict[str, Any] = {"review_at": 0, "hold_at": 0}
REVIEWING: dict[str, Any] = {"review_at": 0, "hold_at": 1001}


def line(**changes: Any) -> dict[str, Any]:
    """Return the least a line needs, as a document."""
    return {
        "hts": "6201407511",
        "origin_country": "CN",
        "entered_value_usd": "48250.00",
    } | changes


def entry(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the least an entry needs, as a document; a draft unless said otherwise."""
    return {"lines": list(lines or [line()])} | changes


def filed(number: str = NUMBERS[0], *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a filed entry with an importer."""
    importer = {"number": "12-3456789AB", "name": "Harbor Outfitters LLC", "country": "US"}
    return entry(*lines, intent="filed", entry_number=number, importer=importer, **changes)


@dataclass
class Bench:
    """A desk and all its parts."""

    clock: HandClock
    ledger: MemoryLedger
    cache: DictCache
    bundles: HandBundles
    models: Models
    desk: Desk
    scoring: ScoringService
    batch: BatchService
    status: Status
    workers: Workers

    async def score(
        self,
        document: Any,
        explain: Explain = Explain.CODES,
        key: str | None = None,
        caller: Caller = CALLER,
    ) -> dict[str, Any]:
        """Return the answer for an entry, parsed."""
        return parsed(await self.answer(document, explain, key, caller))

    async def answer(
        self,
        document: Any,
        explain: Explain = Explain.CODES,
        key: str | None = None,
        caller: Caller = CALLER,
    ) -> Answer:
        """Return the answer for an entry."""
        await self.settled(caller.tenant)
        asked = Asked(caller, explain, claim_of(SCORE_ROUTE, document, key, caller))
        return await self.scoring.score(asked, deepcopy(document))

    async def score_all(
        self,
        *documents: Any,
        explain: Explain = Explain.CODES,
        key: str | None = None,
        caller: Caller = CALLER,
    ) -> Answer:
        """Return the answer for a batch."""
        document = {"entries": list(documents)}
        await self.settled(caller.tenant)
        asked = Asked(caller, explain, claim_of(BATCH_ROUTE, document, key, caller))
        return await self.batch.score(asked, deepcopy(document))

    async def settled(self, tenant: str = TENANT) -> None:
        """Let the history take in what was filed before, as it does within milliseconds."""
        if self.models.is_loaded:
            await self.models.serving.histories.settled(tenant)

    async def known(self, *entries: Entry, tenant: str = TENANT) -> HistoryView:
        """Return what history knows of `entries` after all that was filed."""
        await self.settled(tenant)
        return await self.models.serving.histories.look(tenant, entries)


def claim_of(route: str, document: Any, key: str | None, caller: Caller) -> IdempotencyClaim | None:
    """Return the claim of a key that came with `document`; None without a key."""
    if key is None:
        return None
    body = digest(orjson.dumps(document))
    return IdempotencyClaim(tenant=caller.tenant, route=route, key=key, body_digest=body)


def parsed(answer: Answer) -> dict[str, Any]:
    """Return the document of an answer."""
    document: dict[str, Any] = orjson.loads(answer.body)
    return document


@contextmanager
def bench(
    bundle: Bundle | None = None,
    *,
    mode: HistoryMode = HistoryMode.LIVE,
    ledger: MemoryLedger | None = None,
    store: HistoryStore | None = None,
    patience_s: float = PATIENCE_S,
    new_id: CountedIds | None = None,
    exploration: bytes = b"exploration key for tests",
    clock: HandClock | None = None,
    render: RenderProblem = lambda error: orjson.dumps({"refused": error.code}),
) -> Iterator[Bench]:
    """Give a bench that serves `bundle` (call `await bench.models.reload()` first)."""
    clock, workers = clock or HandClock(), Workers()
    ledger, kept = ledger or MemoryLedger(), DictCache()
    kept_time = Timekeeper(clock, clock.elapsed)
    bundles = HandBundles(bundle or served_bundle())
    models = Models(
        bundles,
        reference(),
        ledger,
        clock,
        history_store=store or MemoryHistoryStore(),
        history_mode=mode,
        history_patience_s=patience_s,
    )
    desk = Desk(
        models=models,
        assessor=Assessor(kept, workers),
        workers=workers,
        ledger=ledger,
        clock=kept_time,
        new_id=new_id or CountedIds(),
        exploration=ExplorationKey(exploration, "test"),
    )
    status = Status(
        models=models,
        ledger=ledger,
        clock=kept_time,
        data_dir=Path(tempfile.gettempdir()),
        min_free_disk_percent=0.0,
        build={"version": "0.0.0", "python": "3"},
        stores={"ledger": "memory", "cache": "memory", "history": "memory"},
        history_mode=mode.value,
    )
    try:
        yield Bench(
            clock=clock,
            ledger=ledger,
            cache=kept,
            bundles=bundles,
            models=models,
            desk=desk,
            scoring=ScoringService(desk),
            batch=BatchService(desk, render),
            status=status,
            workers=workers,
        )
    finally:
        workers.close()


def keys_of(*scopes: Scope) -> frozenset[str]:
    """Return scopes as a key keeps them."""
    return frozenset(str(scope) for scope in scopes)


async def until(holds: Callable[[], bool], *, at_most_s: float = 20.0) -> None:
    """Let others work until `holds`; fails after `at_most_s`."""
    for _ in range(int(at_most_s * 1000)):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to hold")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run `work` on an event loop of its own."""
    return asyncio.run(work)
